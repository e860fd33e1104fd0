package data

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
)

func TestDigits(t *testing.T) {
	train, test := Digits()
	if train.Len() != 1442 || test.Len() != 355 {
		t.Fatalf("%d and %d digits, want 1442 and 355", train.Len(), test.Len())
	}
	if !slices.Equal(test.X.Shape(), []int{355, 64}) || test.Y.DType() != tensor.Int64 {
		t.Errorf("the test set is %v, labels %s", test.X.Shape(), test.Y.DType())
	}
	for _, part := range []*Tensors{train, test} {
		if lo, hi := part.X.Min().Item(), part.X.Max().Item(); lo != 0 || hi != 1 {
			t.Errorf("pixels lie between %v and %v", lo, hi)
		}
		for d := range 10 {
			n := part.Y.EqualScalar(float64(d)).To(tensor.Float32).Mean().Item()
			if n < 0.07 || n > 0.13 {
				t.Errorf("%d makes up %v of the images", d, n)
			}
		}
	}
	// The file begins with 0, 1, 2, …, in order at first; the fifth of each digit is for testing.
	if got := train.Y.Narrow(0, 0, 12).Ints(); !slices.Equal(got, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1}) {
		t.Errorf("the first labels are %v", got)
	}
}

func FuzzParseDigits(f *testing.F) {
	pack := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(s))
		z.Close()
		return b.Bytes()
	}
	line := strings.Repeat("3,", 64)
	for _, s := range []string{"", line + "9\n", line + "10\n", line + "x\n", "1,2\n", strings.Repeat("17,", 64) + "1\n"} {
		f.Add(pack(s))
	}
	f.Add([]byte("not gzip"))
	f.Add(pack(line + "9\n")[:20])
	f.Fuzz(func(t *testing.T, file []byte) {
		pixels, labels, err := parseDigits(file)
		if err == nil && len(pixels) != 64*len(labels) {
			t.Errorf("%d pixels for %d labels", len(pixels), len(labels))
		}
	})
}

func numbers(n int) *Tensors {
	return NewTensors(tensor.Arange(0, float64(n), 1).Reshape(n, 1).To(tensor.Float32), tensor.Arange(0, float64(n), 1))
}

func TestLoaderGivesEachExampleOnce(t *testing.T) {
	for _, o := range []LoaderOptions{
		{BatchSize: 3}, {BatchSize: 5}, {}, {BatchSize: 3, Shuffle: true}, {BatchSize: 3, Shuffle: true, DropLast: true},
	} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			l := NewLoader(numbers(10), o)
			var epochs [2][]int
			for e := range epochs {
				batches := 0
				for l.Next() {
					x, y := l.Batch()
					if !slices.Equal(x.Reshape(-1).Ints(), y.Ints()) {
						t.Fatalf("inputs %v with targets %v", x, y)
					}
					epochs[e] = append(epochs[e], y.Ints()...)
					batches++
				}
				if batches != l.Len() {
					t.Errorf("%d batches, Len says %d", batches, l.Len())
				}
				sorted := slices.Clone(epochs[e])
				slices.Sort(sorted)
				if o.DropLast {
					sorted = slices.Compact(sorted)
					if len(sorted) != 9 {
						t.Errorf("%d different examples in full batches, want 9", len(sorted))
					}
				} else if !slices.Equal(sorted, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
					t.Errorf("an epoch has %v", epochs[e])
				}
			}
			if slices.Equal(epochs[0], epochs[1]) == o.Shuffle {
				t.Errorf("epochs are %v and %v", epochs[0], epochs[1])
			}
			if l.Epoch() != 2 {
				t.Errorf("%d epochs have ended, want 2", l.Epoch())
			}
		})
	}
}

func TestLoaderDependsOnTheSeed(t *testing.T) {
	first := func(seed uint64) []int {
		l := NewLoader(numbers(100), LoaderOptions{BatchSize: 10, Shuffle: true, Seed: seed})
		l.Next()
		_, y := l.Batch()
		return y.Ints()
	}
	if !slices.Equal(first(1), first(1)) {
		t.Error("the same seed gives another order")
	}
	if slices.Equal(first(1), first(2)) {
		t.Error("another seed gives the same order")
	}
	l := NewLoader(numbers(100), LoaderOptions{BatchSize: 10, Seed: 1})
	_, a := l.Sample(5)
	_, b := l.Sample(5)
	_, c := l.Sample(6)
	if !slices.Equal(a.Ints(), b.Ints()) || slices.Equal(a.Ints(), c.Ints()) {
		t.Errorf("samples of steps 5, 5 and 6 are %v, %v and %v", a, b, c)
	}
}

func TestBatchWithoutNextPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	NewLoader(numbers(3)).Batch()
}

func TestWindows(t *testing.T) {
	w := NewWindows([]int{5, 6, 7, 8, 9}, 3)
	if w.Len() != 2 {
		t.Fatalf("%d windows, want 2", w.Len())
	}
	x, y := w.Get([]int{1, 0})
	if !slices.Equal(x.Ints(), []int{6, 7, 8, 5, 6, 7}) || !slices.Equal(y.Ints(), []int{7, 8, 9, 6, 7, 8}) {
		t.Errorf("windows %v with targets %v", x, y)
	}
	if !slices.Equal(x.Shape(), []int{2, 3}) {
		t.Errorf("shape %v", x.Shape())
	}
}

func ExampleLoader() {
	train, _ := Digits()
	loader := NewLoader(train, LoaderOptions{BatchSize: 500})
	for loader.Next() {
		x, y := loader.Batch()
		fmt.Println(x.Shape(), y.Shape())
	}
	// Output:
	// [500 64] [500]
	// [500 64] [500]
	// [442 64] [442]
}
