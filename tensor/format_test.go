package tensor_test

import (
	"math"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
)

func TestString(t *testing.T) {
	var none *tensor.Tensor
	for _, c := range []struct {
		x    *tensor.Tensor
		want string
	}{
		{none, "<nil>"},
		{tensor.Scalar(3), "3. float32 ()"},
		{tensor.Arange(8, 12, 1), "[ 8,  9, 10, 11] int64 (4,)"},
		{tensor.Of(1, 2.5), "[1.0, 2.5] float32 (2,)"},
		{tensor.Of(1, -2).SetRequiresGrad(true), "[ 1., -2.] float32 (2,) requires grad"},
		{tensor.Of(1).ToDevice(other), "[1.] float32 (1,) on reference"},
		{tensor.FromSlice([]bool{true, false}), "[ true, false] bool (2,)"},
		{tensor.Of(math.NaN(), math.Inf(-1), 0.1), "[ nan, -inf,  0.1] float32 (3,)"},
		{tensor.Of(1e-7, 1), "[1.e-07, 1.e+00] float32 (2,)"},
		{tensor.Of(1e10, -1), "[ 1.e+10, -1.e+00] float32 (2,)"},
		{tensor.FromSlice([]float64{math.Pi}), "[3.1416] float64 (1,)"},
		{tensor.Zeros(0), "[] float32 (0,)"},
		{tensor.Zeros(2, 0), "[] float32 (2, 0)"},
		{tensor.Arange(0, 6, 1).Reshape(2, 3), "[[0, 1, 2],\n [3, 4, 5]]\nint64 (2, 3)"},
		{tensor.Arange(0, 8, 1).Reshape(2, 2, 2), "[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]]\nint64 (2, 2, 2)"},
		{tensor.Arange(0, 2000, 1), "[   0,    1,    2, ..., 1997, 1998, 1999] int64 (2000,)"},
		{
			tensor.Arange(0, 2000, 1).Reshape(1000, 2),
			"[[   0,    1],\n [   2,    3],\n [   4,    5],\n ...,\n [1994, 1995],\n [1996, 1997],\n [1998, 1999]]\nint64 (1000, 2)",
		},
	} {
		if got := c.x.String(); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
	for line := range strings.SplitSeq(tensor.Rand(3, 100).String(), "\n") {
		if len(line) > 100 || line != strings.TrimRight(line, " ") {
			t.Errorf("the line %q is too long, or ends in blanks", line)
		}
	}
}

func TestHTML(t *testing.T) {
	html := tensor.Of(1, -2, 3, 4).Reshape(2, 2).HTML()
	for _, want := range []string{"<table", "</table>", ">-2.</td>", "float32 (2, 2)"} {
		if !strings.Contains(html, want) {
			t.Errorf("there is no %s in %s", want, html)
		}
	}
	if n := strings.Count(tensor.Zeros(100, 100).HTML(), "<td"); n != 7*7+1 {
		t.Errorf("a large matrix shows %d cells", n)
	}
	for _, x := range []*tensor.Tensor{nil, tensor.Scalar(1), tensor.Zeros(2, 2, 2), tensor.Zeros(0, 2)} {
		if html := x.HTML(); !strings.HasPrefix(html, "<pre>") || strings.Contains(html, "<nil>") {
			t.Errorf("got %s", html)
		}
	}
}

func TestSetPrintPrecision(t *testing.T) {
	defer tensor.SetPrintPrecision(-1)
	x := tensor.Of(1.0/3, 2)
	for digits, want := range map[int]string{1: "[0.3, 2.0] float32 (2,)", 6: "[0.333333, 2.000000] float32 (2,)", -1: "[0.3333, 2.0000] float32 (2,)"} {
		tensor.SetPrintPrecision(digits)
		if got := x.String(); got != want {
			t.Errorf("%d digits: %s, want %s", digits, got, want)
		}
	}
}
