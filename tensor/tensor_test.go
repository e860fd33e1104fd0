package tensor_test

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

func shapeIs(t *testing.T, x *tensor.Tensor, want ...int) {
	t.Helper()
	if !slices.Equal(x.Shape(), want) {
		t.Errorf("the shape is %v, want %v", x.Shape(), want)
	}
}

func TestConstructors(t *testing.T) {
	for _, c := range []struct {
		name  string
		x     *tensor.Tensor
		dt    tensor.DType
		shape []int
		want  []float64
	}{
		{"Of", tensor.Of(1, 2.5), tensor.Float32, []int{2}, []float64{1, 2.5}},
		{"Scalar", tensor.Scalar(3), tensor.Float32, []int{}, []float64{3}},
		{"Zeros", tensor.Zeros(1, 2), tensor.Float32, []int{1, 2}, []float64{0, 0}},
		{"Ones", tensor.Ones(2), tensor.Float32, []int{2}, []float64{1, 1}},
		{"Full", tensor.Options{DType: tensor.Int32}.Full(-7, 2), tensor.Int32, []int{2}, []float64{-7, -7}},
		{"Eye", tensor.Eye(2), tensor.Float32, []int{2, 2}, []float64{1, 0, 0, 1}},
		{"Eye(0)", tensor.Eye(0), tensor.Float32, []int{0, 0}, nil},
		{"Arange", tensor.Arange(0, 5, 2), tensor.Int64, []int{3}, []float64{0, 2, 4}},
		{"Arange down", tensor.Arange(2, 0, -1), tensor.Int64, []int{2}, []float64{2, 1}},
		{"Arange none", tensor.Arange(2, 0, 1), tensor.Int64, []int{0}, nil},
		{"Arange float", tensor.Arange(0, 1, 0.5), tensor.Float32, []int{2}, []float64{0, 0.5}},
		{"Linspace", tensor.Linspace(0, 1, 5), tensor.Float32, []int{5}, []float64{0, 0.25, 0.5, 0.75, 1}},
		{"Linspace one", tensor.Linspace(3, 9, 1), tensor.Float32, []int{1}, []float64{3}},
		{"ints", tensor.FromSlice([]int{1, -2}), tensor.Int64, []int{2}, []float64{1, -2}},
		{"int32", tensor.FromSlice([]int32{1, -2}), tensor.Int32, []int{2}, []float64{1, -2}},
		{"bytes", tensor.FromSlice([]byte{1, 255}), tensor.Uint8, []int{2}, []float64{1, 255}},
		{"bools", tensor.FromSlice([]bool{true, false}), tensor.Bool, []int{2}, []float64{1, 0}},
		{"named", tensor.FromSlice([]label{3, 4}), tensor.Int64, []int{2}, []float64{3, 4}},
		{"nested", tensor.FromSlice([][]float64{{1, 2, 3}, {4, 5, 6}}), tensor.Float64, []int{2, 3}, []float64{1, 2, 3, 4, 5, 6}},
		{"array", tensor.FromSlice([2][1]float32{{1}, {2}}), tensor.Float32, []int{2, 1}, []float64{1, 2}},
		{"infer", tensor.FromSlice([]float32{1, 2, 3, 4}, 2, -1), tensor.Float32, []int{2, 2}, []float64{1, 2, 3, 4}},
		{"number", tensor.FromSlice(2.5), tensor.Float64, []int{}, []float64{2.5}},
		{"empty", tensor.FromSlice([]float32{}), tensor.Float32, []int{0}, nil},
		{"empty rows", tensor.FromSlice([][]int{{}, {}}), tensor.Int64, []int{2, 0}, nil},
		{"ZerosLike", tensor.ZerosLike(tensor.Arange(0, 2, 1)), tensor.Int64, []int{2}, []float64{0, 0}},
		{"OnesLike", tensor.OnesLike(tensor.Zeros(2, 1)), tensor.Float32, []int{2, 1}, []float64{1, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.x.DType() != c.dt {
				t.Errorf("is %s, want %s", c.x.DType(), c.dt)
			}
			shapeIs(t, c.x, c.shape...)
			if !slices.Equal(c.x.Float64s(), append([]float64{}, c.want...)) {
				t.Errorf("got %v, want %v", c.x.Float64s(), c.want)
			}
		})
	}
}

type label int

func TestData(t *testing.T) {
	for _, s := range []any{
		[]float32{1, -2.5}, []float64{1, -2.5}, []int64{1, -2}, []int32{1, -2}, []uint8{1, 200}, []bool{true, false},
	} {
		if got := tensor.FromSlice(s).Data(); !reflect.DeepEqual(got, s) {
			t.Errorf("got %#v, want %#v", got, s)
		}
	}
	x := tensor.FromSlice([][]float64{{1, 2, 3}, {4, 5, 6}})
	if got := x.T().Slice("1:").Float64s(); !slices.Equal(got, []float64{2, 5, 3, 6}) {
		t.Errorf("got %v", got)
	}
	if x.At(1, -1) != 6 || x.Sum().Int() != 21 || !x.Select(0, 0).All().Bool() {
		t.Error("wrong elements")
	}
	x.T().Set(10, 2, 0)
	if x.At(0, 2) != 10 {
		t.Error("Set through a view didn't reach the base")
	}
	x.SetData([]int{1, 2, 3, 4, 5, 6})
	tensortest.AssertClose(t, x, tensor.FromSlice([][]float64{{1, 2, 3}, {4, 5, 6}}))
}

func TestErrors(t *testing.T) {
	x, y := tensor.Zeros(2, 3), tensor.Zeros(4, 5)
	err := tensor.Try(func() { x.MatMul(y) })
	if got, want := fmt.Sprint(err), "matmul: (2, 3) × (4, 5): inner sizes 3 and 4 differ; transpose one?"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	i := tensor.Arange(0, 3, 1)
	for _, c := range []struct {
		want string
		f    func()
	}{
		{"add: (2, 3) × (4, 5): sizes 3 and 5 differ at axis -1, and neither is 1", func() { x.Add(y) }},
		{"sum: (2, 3): axis 2 is out of range; there are 2 (-2 to 1)", func() { x.Sum(2) }},
		{"sum: (2, 3): axis 1 is named twice", func() { x.Sum(1, -1) }},
		{"a scalar has no axis 1", func() { tensor.Scalar(1).Softmax(1) }},
		{"reshape: (2, 3): the elements don't fit (4, 2)", func() { x.Reshape(4, 2) }},
		{"reshape: (2, 3): the elements don't fit (-1, 4)", func() { x.Reshape(-1, 4) }},
		{"one size may be -1", func() { x.Reshape(-1, -1) }},
		{"a copy; use Reshape", func() { x.T().View(6) }},
		{"only axes of size 1 stretch", func() { x.Expand(4, 3) }},
		{"index 3 is out of range for axis 1 of size 3", func() { x.At(0, 3) }},
		{"1 indices are given for 2 axes", func() { x.At(0) }},
		{"has 6 elements; Item takes one", func() { x.Item() }},
		{"a size can't be negative", func() { tensor.Zeros(2, -1) }},
		{"too many elements", func() { tensor.Zeros(1<<31, 1<<31) }},
		{"the rows differ in length", func() { tensor.FromSlice([][]int{{1}, {1, 2}}) }},
		{"can't make a tensor of string", func() { tensor.FromSlice("text") }},
		{"there is no data: nil", func() { tensor.FromSlice(nil) }},
		{"add: (2, 3) × (4, 5)", func() { x.To(tensor.Float16).Add(y.To(tensor.BFloat16)) }},
		{"cannot allocate", func() { tensor.Zeros(1 << 50) }},
		{"cannot allocate", func() { tensor.Arange(0, 1e15, 1) }},
		{"cannot allocate", func() { tensor.Perm(1 << 50) }},
		{"too many elements", func() { tensor.Arange(0, 1e300, 1) }},
		{"the step not zero", func() { tensor.Arange(0, 1, 0) }},
		{"the condition must be bool", func() { tensor.Where(x, x, x) }},
		{"indices are whole numbers", func() { x.IndexSelect(0, tensor.Of(1)) }},
		{"indexselect: float32 (2, 3)", func() { x.IndexSelect(0, i) }},
		{"out of range", func() { x.IndexSelect(0, i) }},
		{"embedding: float32 (2, 3)", func() { x.Embedding(tensor.FromSlice([]int{0, -1})) }},
		{"index 3 is out of range", func() { x.CrossEntropy(tensor.FromSlice([]int{0, 3})) }},
		{"takes logits (…, classes) and targets (…)", func() { x.CrossEntropy(i) }},
		{"pieces of [2 2] don't make up axis 1 of size 3", func() { x.Split(1, 2, 2) }},
		{"the shapes must agree but for axis 0", func() { tensor.Cat(0, x, y) }},
		{"nothing to join", func() { tensor.Cat(0) }},
		{"there are indices outside 0 to 1", func() { i.OneHot(2) }},
		{"convert one with To, so that both are floats", func() { x.MatMul(i.Unsqueeze(1)) }},
		{"for bools", func() { tensor.FromSlice([]bool{true}).Sub(tensor.FromSlice([]bool{true})) }},
		{"the operands are on different devices", func() { x.Add(x.ToDevice(other)) }},
		{`no backend "tpu"`, func() { x.ToDevice("tpu") }},
		{"operand two is nil", func() { x.Add(nil) }},
		{"takes an input (N, C, H, W)", func() { x.Conv2D(y, nil, tensor.ConvOptions{}) }},
		{"larger than the padded image", func() { tensor.Zeros(1, 1, 2, 2).MaxPool2D(tensor.PoolOptions{Kernel: 3}) }},
		{"the probability 1.5 isn't between 0 and 1", func() { x.Dropout(1.5) }},
		{"the upper end must be above the lower", func() { tensor.RandInt(3, 3, 2) }},
		{"y doesn't broadcast", func() { tensor.Zeros(3).AddInPlace(x) }},
		{"there are 2 values for 6 elements", func() { x.SetData([]int{1, 2}) }},
		{"T is for matrices", func() { tensor.Zeros(1, 2, 3).T() }},
	} {
		fails(t, c.f, c.want)
	}
	defer func() {
		if r := recover(); r != "mine" {
			t.Errorf("Try swallowed a panic that isn't a *tensor.Error: %v", r)
		}
	}()
	_ = tensor.Try(func() { panic("mine") })
}

func TestOpenDevice(t *testing.T) {
	if d, err := tensor.OpenDevice("cpu"); err != nil || d != tensor.CPU {
		t.Error(d, err)
	}
	if _, err := tensor.OpenDevice("cuda:7"); err == nil || !strings.Contains(err.Error(), "cpu") {
		t.Errorf("the error doesn't say what there is: %v", err)
	}
	x := tensor.Of(1, 2).ToDevice(other)
	if x.Device() != other || !slices.Equal(x.Float32s(), []float32{1, 2}) {
		t.Errorf("got %v", x)
	}
}

func TestPromotion(t *testing.T) {
	one := func(dt tensor.DType) *tensor.Tensor { return tensor.Options{DType: dt}.Ones(2) }
	scalar := func(dt tensor.DType) *tensor.Tensor { return tensor.Options{DType: dt}.Scalar(1) }
	for _, c := range []struct {
		x, y *tensor.Tensor
		want tensor.DType
	}{
		{one(tensor.Float32), one(tensor.Float64), tensor.Float64},
		{one(tensor.Float32), one(tensor.Int64), tensor.Float32},
		{one(tensor.Bool), one(tensor.Uint8), tensor.Uint8},
		{one(tensor.Int32), one(tensor.Uint8), tensor.Int32},
		{one(tensor.Int32), one(tensor.Int64), tensor.Int64},
		{one(tensor.Bool), one(tensor.Bool), tensor.Bool},
		{one(tensor.Float32), scalar(tensor.Float64), tensor.Float32}, // a scalar doesn't widen its category
		{scalar(tensor.Float64), one(tensor.Float32), tensor.Float32},
		{one(tensor.Int64), scalar(tensor.Float32), tensor.Float32},
		{one(tensor.Uint8), scalar(tensor.Int64), tensor.Uint8},
		{scalar(tensor.Float64), scalar(tensor.Float32), tensor.Float64},
	} {
		if got := c.x.Add(c.y).DType(); got != c.want {
			t.Errorf("%s%v + %s%v is %s, want %s", c.x.DType(), c.x.Shape(), c.y.DType(), c.y.Shape(), got, c.want)
		}
	}
	i := tensor.Arange(1, 4, 1)
	for name, c := range map[string]struct {
		got  *tensor.Tensor
		want tensor.DType
	}{
		"int / int":      {i.Div(i), tensor.Float32},
		"int · 2":        {i.MulScalar(2), tensor.Int64},
		"int · 0.5":      {i.MulScalar(0.5), tensor.Float32},
		"exp int":        {i.Exp(), tensor.Float32},
		"floor int":      {i.Floor(), tensor.Int64},
		"sum of bools":   {i.GreaterScalar(1).Sum(), tensor.Int64},
		"mean of bools":  {i.GreaterScalar(1).Mean(), tensor.Float32},
		"bool + 1":       {i.GreaterScalar(1).AddScalar(1), tensor.Int64},
		"int or -inf":    {i.MaskedFill(i.GreaterScalar(1), math.Inf(-1)), tensor.Float32},
		"int > 1.5":      {i.GreaterScalar(1.5), tensor.Bool},
		"max of ints":    {i.Max(), tensor.Int64},
		"matmul of ints": {i.Dot(i), tensor.Int64},
	} {
		if c.got.DType() != c.want {
			t.Errorf("%s is %s, want %s", name, c.got.DType(), c.want)
		}
	}
	if got := i.GreaterScalar(1.5).Sum().Int(); got != 2 {
		t.Errorf("%d elements of 1, 2, 3 are above 1.5", got)
	}
}

func TestViewsShareStorage(t *testing.T) {
	for name, view := range map[string]func(x *tensor.Tensor) *tensor.Tensor{
		"Reshape":   func(x *tensor.Tensor) *tensor.Tensor { return x.Reshape(4, 3) },
		"T":         func(x *tensor.Tensor) *tensor.Tensor { return x.T() },
		"T Reshape": func(x *tensor.Tensor) *tensor.Tensor { return x.T().Reshape(2, 2, 3) },
		"Narrow":    func(x *tensor.Tensor) *tensor.Tensor { return x.Narrow(1, 0, 2) },
		"Slice":     func(x *tensor.Tensor) *tensor.Tensor { return x.Slice("::2, None, ::-1") },
		"Flip":      func(x *tensor.Tensor) *tensor.Tensor { return x.Flip() },
		"Expand":    func(x *tensor.Tensor) *tensor.Tensor { return x.Expand(2, 3, 4) },
		"Select":    func(x *tensor.Tensor) *tensor.Tensor { return x.Select(0, 0) },
		"Squeeze":   func(x *tensor.Tensor) *tensor.Tensor { return x.Unsqueeze(0).Squeeze() },
		"Detach":    func(x *tensor.Tensor) *tensor.Tensor { return x.Detach() },
	} {
		x := tensor.Arange(0, 12, 1).Reshape(3, 4)
		v := view(x)
		x.Fill(5)
		if !v.EqualScalar(5).All().Bool() {
			t.Errorf("%s copies", name)
		}
	}
	x := tensor.Arange(0, 12, 1).Reshape(3, 4)
	if got := x.T().Reshape(12).Int64s(); got[1] != 4 {
		t.Errorf("a transposed tensor reshapes to %v", got)
	}
}

// TestReshapeAgainstCopy holds every reshape of every layout against that of a contiguous copy.
func TestReshapeAgainstCopy(t *testing.T) {
	base := tensor.Arange(0, 48, 1).Reshape(2, 3, 1, 8)
	for _, v := range []*tensor.Tensor{
		base, base.Permute(3, 1, 0, 2), base.Slice(":, :, :, ::2"), base.Slice("::-1, 1:"), base.Transpose(0, 1),
		base.Slice("0, :, 0"), base.Slice(":1").Expand(4, 3, 1, 8), base.Slice("..., :0"),
	} {
		n := v.Len()
		for _, shape := range [][]int{{-1}, {n}, {1, n, 1}, {n / 2, -1}, {2, -1}, {3, -1}, {2, 3, -1}, {4, 1, -1}, {3, 4, -1}} {
			known := -1
			for _, d := range shape {
				known *= d
			}
			if known <= 0 && n == 0 || known > 0 && n%known != 0 {
				continue
			}
			var got, want *tensor.Tensor
			if tensor.Try(func() { want = v.Clone().Reshape(shape...) }) != nil {
				continue
			}
			got = v.Reshape(shape...)
			if !got.Equals(want) {
				t.Errorf("%v of strides %v reshapes to\n%v\nwant\n%v", v.Shape(), v.Strides(), got, want)
			}
		}
	}
}

func TestSlice(t *testing.T) {
	x := tensor.Arange(0, 24, 1).Reshape(2, 3, 4)
	for _, c := range []struct {
		index string
		shape []int
		want  []int
	}{
		{"0", []int{3, 4}, nil},
		{"1, 2, 3", []int{}, []int{23}},
		{"-1, -1", []int{4}, []int{20, 21, 22, 23}},
		{":, 1", []int{2, 4}, []int{4, 5, 6, 7, 16, 17, 18, 19}},
		{"..., 0", []int{2, 3}, []int{0, 4, 8, 12, 16, 20}},
		{"0, ..., ::2", []int{3, 2}, []int{0, 2, 4, 6, 8, 10}},
		{"1, 0, ::-1", []int{4}, []int{15, 14, 13, 12}},
		{"1, 0, 2::-1", []int{3}, []int{14, 13, 12}},
		{"1, 0, :-5:-2", []int{2}, []int{15, 13}},
		{"0, 0, 1:3", []int{2}, []int{1, 2}},
		{"0, 0, -3:-1", []int{2}, []int{1, 2}},
		{"0, 0, 3:1", []int{0}, []int{}},
		{"0, 0, -100:100", []int{4}, []int{0, 1, 2, 3}},
		{"None, 0, None, 0, :2", []int{1, 1, 2}, []int{0, 1}},
		{"", []int{2, 3, 4}, nil},
		{"...", []int{2, 3, 4}, nil},
		{"..., None", []int{2, 3, 4, 1}, nil},
	} {
		got := x.Slice(c.index)
		if !slices.Equal(got.Shape(), c.shape) || c.want != nil && !slices.Equal(got.Ints(), c.want) {
			t.Errorf("[%s] is %v %v, want %v %v", c.index, got.Shape(), got.Ints(), c.shape, c.want)
		}
	}
	for _, bad := range []string{"3", "-3", "0,0,0,0", "a", "1:2:3:4", "::0", ",", "..., ...", "1.5", "0x10"} {
		fails(t, func() { x.Slice(bad) }, "slice")
	}
	if got := x.SliceAxis(-1, 3, 0, -2).Slice("0, 0").Ints(); !slices.Equal(got, []int{3, 1}) {
		t.Errorf("SliceAxis gives %v", got)
	}
}

func FuzzSlice(f *testing.F) {
	for _, s := range []string{"", ":", "0", "-1, ::2", "..., None", "5::-3", "::-9223372036854775808", "9223372036854775807", "1:2:3:4"} {
		f.Add(s)
	}
	x := tensor.Arange(0, 24, 1).Reshape(2, 3, 4)
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Count(s, "None")+strings.Count(s, "newaxis") > 50 {
			t.Skip("a hundred axes take long to print and say nothing")
		}
		_ = tensor.Try(func() {
			for _, v := range x.Slice(s).Ints() { // any panic but an *Error is a fault
				if v < 0 || v > 23 {
					t.Errorf("%q reads %d, which isn't in the tensor", s, v)
				}
			}
		})
	})
}

func TestPieces(t *testing.T) {
	x := tensor.Arange(0, 7, 1)
	var sizes []int
	for _, p := range x.Split(0, 3) {
		sizes = append(sizes, p.Len())
	}
	for _, p := range x.Chunk(-1, 2) {
		sizes = append(sizes, p.Len())
	}
	if !slices.Equal(sizes, []int{3, 3, 1, 4, 3}) {
		t.Errorf("the pieces have sizes %v", sizes)
	}
	shapeIs(t, tensor.Cat(0, tensor.Zeros(0, 2), tensor.Zeros(3, 2)), 3, 2)
	if got := tensor.Cat(0, tensor.Arange(0, 2, 1), tensor.Of(0.5)); got.DType() != tensor.Float32 || got.At(2) != 0.5 {
		t.Errorf("int64 and float32 join to %v", got)
	}
	if got := x.Repeat(2, 2); !slices.Equal(got.Shape(), []int{2, 14}) || got.At(1, 8) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestRandom(t *testing.T) {
	draw := func() []*tensor.Tensor {
		tensor.ManualSeed(42)
		return []*tensor.Tensor{
			tensor.Rand(1000), tensor.Randn(1001), tensor.RandInt(-3, 4, 1000), tensor.Bernoulli(0.25, 1000), tensor.Perm(100),
			tensor.Ones(1000).Dropout(0.25), tensor.Uniform(2, 3, 1000), tensor.Normal(5, 0.1, 1000),
		}
	}
	a, b := draw(), draw()
	for i := range a {
		if !a[i].Equals(b[i]) {
			t.Errorf("draw %d differs for the same seed", i)
		}
	}
	near := func(what string, got, want, by float64) {
		t.Helper()
		if math.Abs(got-want) > by {
			t.Errorf("%s is %v, want about %v", what, got, want)
		}
	}
	near("mean of uniform", a[0].Mean().Item(), 0.5, 0.05)
	near("deviation of normal", a[1].Std().Item(), 1, 0.1)
	near("least integer", a[2].Min().Item(), -3, 0)
	near("largest integer", a[2].Max().Item(), 3, 0)
	near("mean of Bernoulli", a[3].Mean().Item(), 0.25, 0.05)
	near("mean of dropout", a[5].Mean().Item(), 1, 0.08)
	near("mean of uniform on [2, 3)", a[6].Mean().Item(), 2.5, 0.05)
	near("mean of normal at 5", a[7].Mean().Item(), 5, 0.02)
	seen := make([]bool, 100)
	for _, i := range a[4].Ints() {
		seen[i] = true
	}
	if slices.Contains(seen, false) {
		t.Error("Perm leaves a number out")
	}
	if tensor.Rand(4).Equals(tensor.Rand(4)) {
		t.Error("two draws are the same")
	}
	// The same seed gives the same numbers on another device.
	o := tensor.Options{Generator: tensor.NewGenerator(9)}
	x := o.Randn(33)
	o = tensor.Options{Generator: tensor.NewGenerator(9), Device: other}
	tensortest.AssertClose(t, o.Randn(33), x)
	// State continues.
	seed, offset := tensor.DefaultGenerator().State()
	y := tensor.Randn(5)
	tensor.DefaultGenerator().SetState(seed, offset)
	if !tensor.Randn(5).Equals(y) {
		t.Error("SetState doesn't continue where State was")
	}
}

func TestReductionsOfNothing(t *testing.T) {
	x := tensor.Zeros(0, 3)
	tensortest.AssertClose(t, x.Sum(0), tensor.Zeros(3))
	tensortest.AssertClose(t, x.Prod(0), tensor.Ones(3))
	if !x.To(tensor.Bool).All().Bool() || x.Any().Bool() {
		t.Error("all of nothing is false, or any of nothing true")
	}
	if got := tensor.Scalar(3).ArgMax().Int(); got != 0 {
		t.Errorf("the largest of one is number %d", got)
	}
}

func TestNumericalStability(t *testing.T) {
	inf := math.Inf(1)
	x := tensor.Of(1000, 1000, -1000)
	tensortest.AssertClose(t, x.Softmax(0), tensor.Of(0.5, 0.5, 0))
	tensortest.AssertClose(t, x.LogSumExp(0), tensor.Scalar(1000+math.Ln2))
	tensortest.AssertClose(t, x.LogSoftmax(0), tensor.Of(-math.Ln2, -math.Ln2, -2000-math.Ln2))
	tensortest.AssertClose(t, tensor.Of(-inf, -inf).LogSumExp(), tensor.Scalar(-inf))
	tensortest.AssertClose(t, tensor.Of(inf, 1).LogSumExp(), tensor.Scalar(inf))
	tensortest.AssertClose(t, tensor.Of(-inf, 0).Softmax(0), tensor.Of(0, 1))
	tensortest.AssertClose(t, tensor.Of(-200, 200).BCEWithLogits(tensor.Of(0, 1)), tensor.Scalar(0))
	// An infinite gradient doesn't reach what a mask hides; 0·∞ would make NaN of it.
	y := leaf(-1, 4)
	y.ReLU().Backward(tensor.Of(inf, 1))
	wantGrad(t, y, 0, 1)
}

func TestAttentionMasks(t *testing.T) {
	q, k, v := tensor.Randn(2, 4, 8), tensor.Randn(2, 4, 8), tensor.Randn(2, 4, 3)
	causal, weights := tensor.AttentionWeights(q, k, v, tensor.AttentionOptions{Causal: true})
	if weights.Triu(1).Abs().Max().Item() != 0 {
		t.Error("a position sees the future")
	}
	tensortest.AssertClose(t, weights.Sum(-1), tensor.Ones(2, 4))
	allowed := tensor.Ones(4, 4).Tril(0).To(tensor.Bool)
	tensortest.AssertClose(t, tensor.Attention(q, k, v, tensor.AttentionOptions{Mask: allowed}), causal)
	added := tensor.Zeros(4, 4).MaskedFill(allowed.LogicalNot(), math.Inf(-1))
	tensortest.AssertClose(t, tensor.Attention(q, k, v, tensor.AttentionOptions{Mask: added}), causal)
}

func TestInPlaceOverlap(t *testing.T) {
	x := tensor.Arange(0, 6, 1)
	x.Narrow(0, 1, 5).AddInPlace(x.Narrow(0, 0, 5))
	if got := x.Ints(); !slices.Equal(got, []int{0, 1, 3, 5, 7, 9}) {
		t.Errorf("a shifted sum in place gives %v", got)
	}
	y := tensor.Arange(0, 4, 1).Reshape(2, 2)
	y.CopyFrom(y.T())
	if got := y.Ints(); !slices.Equal(got, []int{0, 2, 1, 3}) {
		t.Errorf("a transposition in place gives %v", got)
	}
	z := tensor.Of(1, 2)
	z.MulInPlace(tensor.Of(3)).SubInPlace(tensor.Of(1, 1)).DivInPlace(tensor.Scalar(2)).AddScalarInPlace(1)
	tensortest.AssertClose(t, z, tensor.Of(2, 3.5))
	fails(t, func() { x.DivInPlace(x) }, "integers can't hold the quotient")
}

func TestSort(t *testing.T) {
	nan := math.NaN()
	x := tensor.Of(3, nan, 1, 3, 2)
	for _, c := range []struct {
		o    tensor.SortOptions
		want []int
	}{
		{tensor.SortOptions{}, []int{2, 4, 0, 3, 1}},
		{tensor.SortOptions{Axis: -1, Descending: true}, []int{1, 0, 3, 4, 2}},
	} {
		if got := x.ArgSort(c.o).Ints(); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.o, got, c.want)
		}
	}
	m := tensor.FromSlice([][]int{{3, 1}, {1, 2}, {2, 0}})
	if got := m.Sort(tensor.SortOptions{}).Ints(); !slices.Equal(got, []int{1, 0, 2, 1, 3, 2}) {
		t.Errorf("sorted columns are %v", got)
	}
	v, i := m.TopK(2, 0)
	if !slices.Equal(v.Ints(), []int{3, 2, 2, 1}) || !slices.Equal(i.Ints(), []int{0, 1, 2, 0}) {
		t.Errorf("the two largest are %v at %v", v, i)
	}
	if got := tensor.Zeros(2, 0).Sort(tensor.SortOptions{Axis: 1}); got.Len() != 0 {
		t.Errorf("nothing sorts to %v", got)
	}
	fails(t, func() { m.TopK(4, 0) }, "topk", "doesn't have 4")
}

func TestCumSum(t *testing.T) {
	for n := range 9 {
		want, sum := []int{}, 0
		for i := range n {
			sum += i + 1
			want = append(want, sum)
		}
		if got := tensor.Arange(1, float64(n+1), 1).CumSum(0).Ints(); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestMultinomial(t *testing.T) {
	tensor.ManualSeed(3)
	w := tensor.FromSlice([][]float32{{0, 1, 3, 0}, {5, 0, 0, 0}})
	x := w.Multinomial(4000)
	shapeIs(t, x, 2, 4000)
	share := x.OneHot(4).Mean(1) // (2, 4)
	if d := tensortest.Diff(share, tensor.FromSlice([][]float32{{0, 0.25, 0.75, 0}, {1, 0, 0, 0}}), tensortest.Tolerance{Abs: 0.03}); d != "" {
		t.Error(d)
	}
	if share.At(0, 0) != 0 || share.At(0, 3) != 0 {
		t.Error("a class of weight 0 was drawn")
	}
	fails(t, func() { tensor.Of(0, 0).Multinomial(1) }, "all 0")
	fails(t, func() { tensor.Of(-1, 2).Multinomial(1) }, "a weight is -1")
}

// A training loop must not hold on to its graphs.
func TestTrainingDoesNotLeak(t *testing.T) {
	w := tensor.Rand(64, 64).SetRequiresGrad(true)
	x := tensor.Rand(64, 64)
	heap := func() uint64 {
		settle(0)
		tensor.ReleaseMemory()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	step := func() {
		w.ZeroGrad()
		x.MatMul(w).GELU().Softmax(-1).LayerNorm(nil, nil, 1e-5).Square().Mean().Backward()
		tensor.NoGrad(func() { w.AddScaledInPlace(w.Grad(), -0.1) })
	}
	for range 20 {
		step()
	}
	before := heap()
	for range 300 { // each step makes some 300 kB
		step()
	}
	if after := heap(); after > before+2<<20 {
		t.Errorf("300 steps took %d kB that they didn't give back", (after-before)>>10)
	}
}
