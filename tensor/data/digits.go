package data

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/rustygradients/rg/tensor"
)

//go:embed digits/digits.csv.gz
var digitsFile []byte

// Digits returns the 1797 handwritten digits of 8×8 pixels that come with the library (UCI, Alpaydin
// and Kaynak 1998; see digits/README.md): 1442 to train with and 355 to test. X is (N, 64), each pixel between
// 0 and 1, row by row; x.Reshape(-1, 1, 8, 8) makes images of it. Y is (N,), the digit.
//
// The split is fixed: of the images of each digit, in the file's order, every fifth is for testing. The
// same people wrote both parts.
func Digits() (train, test *Tensors) {
	pixels, labels := digits()
	var xs [2][]float32
	var ys [2][]int64
	var seen [10]int
	for i, label := range labels {
		part := 0
		if seen[label]++; seen[label]%5 == 0 {
			part = 1
		}
		xs[part] = append(xs[part], pixels[i*64:(i+1)*64]...)
		ys[part] = append(ys[part], label)
	}
	pack := func(part int) *Tensors {
		return NewTensors(tensor.FromSlice(xs[part], len(ys[part]), 64), tensor.FromSlice(ys[part]))
	}
	return pack(0), pack(1)
}

var digits = sync.OnceValues(func() (pixels []float32, labels []int64) {
	pixels, labels, err := parseDigits(digitsFile)
	if err != nil {
		panic("data: the embedded digits are damaged: " + err.Error())
	}
	return pixels, labels
})

// parseDigits reads gzipped lines of 64 pixels and a digit.
func parseDigits(file []byte) (pixels []float32, labels []int64, err error) {
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, nil, err
	}
	r := csv.NewReader(z)
	r.FieldsPerRecord = 65
	r.ReuseRecord = true
	for line := 1; ; line++ {
		record, err := r.Read()
		if err == io.EOF {
			return pixels, labels, nil
		}
		if err != nil {
			return nil, nil, err
		}
		for i, field := range record {
			n, err := strconv.ParseUint(field, 10, 8)
			limit := uint64(16)
			if i == 64 {
				limit = 9
			}
			if err != nil || n > limit {
				return nil, nil, fmt.Errorf("line %d: %q is not a number from 0 to %d", line, field, limit)
			}
			if i == 64 {
				labels = append(labels, int64(n))
			} else {
				pixels = append(pixels, float32(n)/16)
			}
		}
	}
}
