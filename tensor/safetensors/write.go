package safetensors

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rustygradients/rg/internal/atomicfile"
	"github.com/rustygradients/rg/tensor/internal/mmap"
)

// Save writes a file, replacing what is at path when all of it is on disk. metadata may be nil.
func Save(path string, tensors map[string]Tensor, metadata map[string]string) error {
	p, err := plan(tensors, metadata)
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	if err := atomicfile.WriteFunc(path, p.write); err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}

// Write writes a file to w. metadata may be nil.
func Write(w io.Writer, tensors map[string]Tensor, metadata map[string]string) error {
	p, err := plan(tensors, metadata)
	if err != nil {
		return err
	}
	return p.write(w)
}

// output is a file about to be written.
type output struct {
	head []byte // prefix and header
	data [][]byte
}

// plan checks the tensors and lays them out.
func plan(tensors map[string]Tensor, metadata map[string]string) (*output, error) {
	names := slices.Collect(maps.Keys(tensors))
	// The most aligned data types first, so that every tensor is aligned when the first is.
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(tensors[b].DType, tensors[a].DType), strings.Compare(a, b))
	})
	b := append(make([]byte, prefixSize, prefixSize+128*(len(tensors)+1)), '{')
	if metadata != nil {
		b = append(appendString(b, metadataKey), ":{"...)
		for i, key := range slices.Sorted(maps.Keys(metadata)) {
			value := metadata[key]
			if !utf8.ValidString(key) || !utf8.ValidString(value) {
				return nil, fmt.Errorf("the metadata entry %s is not UTF-8 text", quoteShort(key))
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(append(appendString(b, key), ':'), value)
		}
		b = append(b, '}')
	}
	o := &output{data: make([][]byte, len(names))}
	at := 0
	for i, name := range names {
		t := tensors[name]
		if err := check(name, t); err != nil {
			return nil, err
		}
		if len(b) > prefixSize+1 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), `:{"dtype":"`+t.DType.String()+`","shape":[`...)
		for j, size := range t.Shape {
			if j > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, int64(size), 10)
		}
		b = fmt.Appendf(b, `],"data_offsets":[%d,%d]}`, at, at+len(t.Data))
		at += len(t.Data)
		o.data[i] = t.Data
	}
	b = append(b, '}')
	for len(b)%8 != 0 {
		b = append(b, ' ')
	}
	n := len(b) - prefixSize
	if n > maxHeaderSize {
		return nil, fmt.Errorf("the header would take %d bytes; at most %d are allowed: write several files", n, maxHeaderSize)
	}
	binary.LittleEndian.PutUint64(b, uint64(n))
	o.head = b
	return o, nil
}

// check says what is wrong with a tensor to be written.
func check(name string, t Tensor) error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("tensor %s: %s", quoteShort(name), fmt.Sprintf(format, args...))
	}
	switch {
	case name == metadataKey:
		return fail("the format keeps this name for the metadata")
	case !utf8.ValidString(name):
		return fail("the name is not UTF-8 text")
	case t.DType.Bits() == 0:
		return fail("%s is not a data type", t.DType)
	}
	want, err := byteSize(t.DType, t.Shape)
	if err != nil {
		return fail("%s", err)
	}
	if len(t.Data) != want {
		return fail("there are %d bytes, and %s %v takes %d", len(t.Data), t.DType, t.Shape, want)
	}
	return nil
}

// write writes it all. Data may lie in a mapped file.
func (o *output) write(w io.Writer) (err error) {
	fault := mmap.Try(func() {
		b := bufio.NewWriterSize(w, 1<<16) // large tensors pass it by
		_, err = b.Write(o.head)
		for _, data := range o.data {
			if err == nil {
				_, err = b.Write(data)
			}
		}
		if err == nil {
			err = b.Flush()
		}
	})
	if fault != nil {
		return fault
	}
	return err
}

// appendString appends a JSON string, escaped as serde_json does: quotes, backslashes and control
// characters, and nothing else.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			if c < ' ' {
				b = fmt.Appendf(b, `\u%04x`, c)
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}
