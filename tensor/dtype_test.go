package tensor_test

import (
	"encoding/json"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

var dtypes = []tensor.DType{
	tensor.Float32, tensor.Float64, tensor.Float16, tensor.BFloat16, tensor.Int64, tensor.Int32, tensor.Int8, tensor.Uint8, tensor.Bool,
}

func named(t *testing.T, name string) tensor.DType {
	for _, dt := range dtypes {
		if dt.String() == name {
			return dt
		}
	}
	t.Fatalf("no data type %s", name)
	return 0
}

// TestPromotionTable compares the type of results with torch's table. The one difference is documented: torch
// makes int16 of int8 and uint8, which there is none of here; the next one up is int32.
func TestPromotionTable(t *testing.T) {
	raw, err := os.ReadFile("testdata/promotion.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Tensors [][3]string
		Numbers [][3]any
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Tensors) != 9*9*4 || len(file.Numbers) != 9*2 {
		t.Fatalf("the table has %d and %d rows", len(file.Tensors), len(file.Numbers))
	}
	operand := func(s string) *tensor.Tensor {
		name, scalar := strings.CutSuffix(s, "()")
		o := tensor.Options{DType: named(t, name)}
		if scalar {
			return o.Scalar(1)
		}
		return o.Ones(2)
	}
	for _, row := range file.Tensors {
		want := row[2]
		if want == "int16" {
			want = "int32"
		}
		x, y := operand(row[0]), operand(row[1])
		for op, got := range map[string]*tensor.Tensor{"add": x.Add(y), "where": tensor.Where(tensor.FromSlice(true), x, y)} {
			if got.DType().String() != want {
				t.Errorf("%s of %s and %s is %s, want %s", op, row[0], row[1], got.DType(), want)
			}
		}
	}
	for _, row := range file.Numbers {
		x, v := operand(row[0].(string)), row[1].(float64)
		if got := x.AddScalar(v).DType().String(); got != row[2] {
			t.Errorf("%s + %v is %s, want %s", row[0], v, got, row[2])
		}
	}
}

// TestCasts converts between all types, by way of every value that both hold.
func TestCasts(t *testing.T) {
	values := []float64{0, 1, 2, 100}
	for _, from := range dtypes {
		for _, to := range dtypes {
			x := tensor.FromSlice(values).To(from)
			y := x.To(to)
			want := values
			if from == tensor.Bool || to == tensor.Bool {
				want = []float64{0, 1, 1, 1}
			}
			tensortest.AssertClose(t, y, tensor.FromSlice(want).To(to))
			if y.DType() != to {
				t.Errorf("%s to %s is %s", from, to, y.DType())
			}
			back := tensor.Options{DType: to}.FromSlice(x.Data())
			tensortest.AssertClose(t, back, y)
		}
	}
	for _, c := range []struct {
		to   tensor.DType
		x    float64
		want float64
	}{
		{tensor.Float16, 0.1, 0.0999755859375},
		{tensor.BFloat16, 0.1, 0.10009765625},
		{tensor.Float16, 65520, math.Inf(1)},
		{tensor.Float16, 65519, 65504},
		{tensor.Int8, -3.9, -3},
		{tensor.Int8, 200, -56},
		{tensor.Uint8, -1, 255},
		{tensor.Int32, 2.9, 2},
		{tensor.Bool, math.NaN(), 1},
		{tensor.Int8, math.NaN(), 0},
	} {
		if got := tensor.FromSlice(c.x).To(c.to).Item(); got != c.want {
			t.Errorf("%v as %s is %v, want %v", c.x, c.to, got, c.want)
		}
	}
}

func TestDataOfEveryType(t *testing.T) {
	for dt, want := range map[tensor.DType]any{
		tensor.Float32: []float32{1, 0}, tensor.Float64: []float64{1, 0}, tensor.Float16: []float32{1, 0}, tensor.BFloat16: []float32{1, 0},
		tensor.Int64: []int64{1, 0}, tensor.Int32: []int32{1, 0}, tensor.Int8: []int8{1, 0}, tensor.Uint8: []uint8{1, 0},
		tensor.Bool: []bool{true, false},
	} {
		if got := tensor.Of(1, 0).To(dt).Data(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s gives %T %v", dt, got, got)
		}
	}
}

// What takes several steps is computed in float32 and rounded once.
func TestHalvesDontOverflowInside(t *testing.T) {
	for _, dt := range []tensor.DType{tensor.Float16, tensor.BFloat16} {
		x := tensor.Options{DType: dt}.Full(4, 100_000)
		if got := x.Mean(); got.Item() != 4 || got.DType() != dt {
			t.Errorf("the mean of 100,000 fours is %v", got)
		}
		if got := x.MulScalar(100).Var(); got.Item() != 0 {
			t.Errorf("the variance is %v", got)
		}
		if got := (tensor.Options{DType: dt}).Full(60000, 1).MulScalar(1e-8); got.Item() == 0 {
			t.Errorf("%s: 60000·1e-8 is 0", dt)
		}
		if got := (tensor.Options{DType: dt}).Full(300, 2).RMSNorm(nil, 1e-5); math.Abs(got.At(0)-1) > 0.01 {
			t.Errorf("RMSNorm overflows: %v", got)
		}
		if got := (tensor.Options{DType: dt}).Full(300, 2).LogSumExp(); math.Abs(got.Item()-300.7) > 1 {
			t.Errorf("LogSumExp is %v", got)
		}
	}
}

// Gradients of halves agree with those in float64 to the type's own precision.
func TestHalvesTrain(t *testing.T) {
	for dt, eps := range map[tensor.DType]float64{tensor.Float16: 4e-3, tensor.BFloat16: 3e-2} {
		grads := func(dt tensor.DType) ts {
			tensor.ManualSeed(3)
			x := tensor.Randn(4, 8).To(dt)
			w, b := tensor.Randn(5, 8).MulScalar(0.3).To(dt).SetRequiresGrad(true), tensor.Zeros(5).To(dt).SetRequiresGrad(true)
			x.Linear(w, b).GELU().LayerNorm(nil, nil, 1e-5).CrossEntropy(tensor.FromSlice([]int{0, 1, 2, 3})).Backward()
			return ts{w.Grad(), b.Grad()}
		}
		got, want := grads(dt), grads(tensor.Float64)
		for i, g := range got {
			if g.DType() != dt {
				t.Errorf("the gradient is %s", g.DType())
			}
			if d := tensortest.Diff(g.To(tensor.Float64), want[i], tensortest.Tolerance{Rel: 2 * eps, Abs: eps}); d != "" {
				t.Errorf("%s: gradient %d: %s", dt, i, d)
			}
		}
	}
}

func TestHalvesPrint(t *testing.T) {
	for _, c := range []struct {
		x    *tensor.Tensor
		want string
	}{
		{tensor.Of(0.1, 2.5).To(tensor.Float16), "[0.1, 2.5] float16 (2,)"},
		{tensor.Of(0.1, 2.5).To(tensor.BFloat16), "[0.1, 2.5] bfloat16 (2,)"},
		{tensor.Of(65504).To(tensor.Float16), "[6.55e+04] float16 (1,)"},
		{tensor.Of(-128, 127).To(tensor.Int8), "[-128,  127] int8 (2,)"},
	} {
		if got := c.x.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
