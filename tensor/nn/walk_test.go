package nn

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{
		"Weight": "weight", "LayerNorm1": "layer_norm1", "QKV": "qkv", "QKVProj": "qkv_proj", "Conv2D": "conv2d",
		"FC1": "fc1", "WTE": "wte", "X": "x", "InProjWeight": "in_proj_weight", "MLP": "mlp", "Größe": "größe",
	} {
		if got := snake(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

type embedded struct{ Scale *tensor.Tensor }

type Base struct{ Shift *tensor.Tensor }

type everything struct {
	Linear   *Linear
	ByValue  Linear
	Tagged   *Linear        `rg:"proj"`
	Skipped  *Linear        `rg:"-"`
	Buffer   *tensor.Tensor `rg:",buffer"`
	Buffers  *Base          `rg:"stats,buffer"`
	Blocks   []*Linear
	Array    [2]Layer
	Map      map[string]*Linear
	Layer    Layer
	Any      any
	NilLayer Layer
	NilPtr   *Linear
	Numbers  []float64
	Index    *tensor.Tensor // of whole numbers: no parameter
	Computed *tensor.Tensor // by a recorded operation: no parameter
	Tied     *tensor.Tensor
	hidden   *Linear
	Self     *everything
	embedded
	*Base
}

func newEverything() *everything {
	one := func() *Linear { return NewLinear(1, 1, LinearOptions{NoBias: true}) }
	e := &everything{
		Linear: NewLinear(1, 1), ByValue: *one(), Tagged: one(), Skipped: one(), Buffer: tensor.Ones(1), Buffers: &Base{tensor.Ones(1)},
		Blocks: []*Linear{one(), one()}, Array: [2]Layer{ReLU{}, one()}, Map: map[string]*Linear{"b": one(), "a": one()},
		Layer: Sequential{one(), Tanh{}}, Any: one(), Numbers: make([]float64, 3), Index: tensor.Arange(0, 3, 1),
		hidden: one(), embedded: embedded{param(tensor.Ones(1))}, Base: &Base{param(tensor.Ones(1))},
	}
	e.Computed = e.Linear.Weight.Neg()
	e.Tied = e.Linear.Weight
	e.Self = e // a circle
	_ = e.hidden
	return e
}

var everythingNames = []string{
	"linear.weight", "linear.bias", "by_value.weight", "proj.weight", "blocks.0.weight", "blocks.1.weight",
	"array.1.weight", "map.a.weight", "map.b.weight", "layer.0.weight", "any.weight", "scale", "shift",
}

func names(named []Named) []string {
	var out []string
	for _, p := range named {
		out = append(out, p.Name)
	}
	return out
}

func TestNames(t *testing.T) {
	e := newEverything()
	if got := names(NamedParameters(e)); !slices.Equal(got, everythingNames) {
		t.Errorf("parameters\n%v, want\n%v", got, everythingNames)
	}
	if got := names(NamedBuffers(e)); !slices.Equal(got, []string{"buffer", "stats.shift"}) {
		t.Errorf("buffers %v", got)
	}
	want := append(slices.Clone(everythingNames), "tied", "buffer", "stats.shift")
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(StateDict(e))); !slices.Equal(got, want) {
		t.Errorf("state dict\n%v, want\n%v", got, want)
	}
	if got := NumParameters(e); got != len(everythingNames) {
		t.Errorf("%d numbers in %d parameters of one each", got, len(everythingNames))
	}
}

// TestInterpretedStructs walks the kinds of values that the interpreter makes of a cell's types: structs
// without a name, with an X before unexported fields, and the two wrappers of interfaces.
func TestInterpretedStructs(t *testing.T) {
	linear := reflect.TypeFor[*Linear]()
	cell := reflect.StructOf([]reflect.StructField{
		{Name: "First", Type: linear},
		{Name: "Xcache", Type: linear},
		{Name: "XAttn", Type: linear},
		{Name: "Second", Type: linear, Tag: `rg:"out"`},
		{Name: "Layers", Type: reflect.TypeFor[[]any]()},
	})
	v := reflect.New(cell)
	for i := range 4 {
		v.Elem().Field(i).Set(reflect.ValueOf(NewLinear(1, 1, LinearOptions{NoBias: true})))
	}
	type wrapper struct { // as a compiled interface around a cell's type
		IValue   any
		WForward func(*tensor.Tensor) *tensor.Tensor
	}
	type box struct { // as an interface in a lowered cell
		T      *everything
		IValue any
	}
	type valueInterface struct { // as an interface of the interpreter's own
		node  *int
		value reflect.Value
	}
	inner := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "Deep", Type: linear}}))
	inner.Elem().Field(0).Set(reflect.ValueOf(NewLinear(1, 1, LinearOptions{NoBias: true})))
	v.Elem().Field(4).Set(reflect.ValueOf([]any{
		wrapper{IValue: inner.Interface()},
		valueInterface{nil, inner},
		&wrapper{IValue: valueInterface{nil, reflect.ValueOf(NewEmbedding(1, 1))}},
		wrapper{IValue: box{newEverything(), NewEmbedding(1, 1)}},
	}))
	want := []string{"first.weight", "x_attn.weight", "out.weight", "layers.0.deep.weight", "layers.2.weight", "layers.3.weight"}
	if got := names(NamedParameters(v.Interface())); !slices.Equal(got, want) {
		t.Errorf("parameters %v, want %v", got, want)
	}
	for _, r := range Summary(v.Interface()).Rows {
		if r.Type != "Linear" && r.Type != "Embedding" {
			t.Errorf("the summary has a row %v", r)
		}
	}
	if _, ok := StateDict(v.Interface())["layers.1.deep.weight"]; !ok {
		t.Error("the interpreter's own interface was not looked into")
	}
}

func TestStateDictRoundTrip(t *testing.T) {
	a, b := newEverything(), newEverything()
	if err := LoadStateDict(b, StateDict(a)); err != nil {
		t.Fatal(err)
	}
	sa, sb := StateDict(a), StateDict(b)
	for name, x := range sa {
		if !x.Equals(sb[name]) {
			t.Errorf("%s is %v, want %v", name, sb[name], x)
		}
	}
	if !b.Linear.Weight.RequiresGrad() || b.Linear.Weight == a.Linear.Weight {
		t.Error("loading replaced a parameter")
	}
}

func TestLoadStateDictErrors(t *testing.T) {
	m := NewLinear(2, 3)
	before := m.Bias.Clone()
	bad := map[string]*tensor.Tensor{"weight": tensor.Ones(3, 3), "bias": tensor.Ones(3), "scale": tensor.Ones(1)}
	err := LoadStateDict(m, bad)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"weight has shape [3 3], the module wants [3 2]", "scale is not in the module"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	if !m.Bias.Equals(before) {
		t.Error("a state dict that doesn't fit was loaded in part")
	}
	if err := LoadStateDict(m, map[string]*tensor.Tensor{"bias": tensor.Ones(3)}); err == nil || !strings.Contains(err.Error(), "weight is missing") {
		t.Errorf("missing: %v", err)
	}
	o := LoadOptions{AllowMissing: true, AllowUnexpected: true}
	if err := LoadStateDictWith(m, map[string]*tensor.Tensor{"bias": tensor.Ones(3), "scale": tensor.Ones(1)}, o); err != nil {
		t.Error(err)
	}
	if !m.Bias.Equals(tensor.Ones(3)) {
		t.Error("the bias was not loaded")
	}
}

func TestToKeepsSharing(t *testing.T) {
	e := newEverything()
	e.Tagged.Weight.SetRequiresGrad(false)
	To(e, tensor.Float64)
	for name, x := range StateDict(e) {
		if x.DType() != tensor.Float64 {
			t.Errorf("%s is %s", name, x.DType())
		}
	}
	if e.Tied != e.Linear.Weight {
		t.Error("tied tensors were torn apart")
	}
	if !e.Linear.Weight.RequiresGrad() || e.Tagged.Weight.RequiresGrad() {
		t.Error("what requires grad has changed")
	}
	if e.Index.DType() != tensor.Int64 {
		t.Errorf("whole numbers became %s", e.Index.DType())
	}
}

func TestModes(t *testing.T) {
	tensor.ManualSeed(1)
	m := Sequential{NewLinear(100, 100), NewDropout(0.5), Sequential{NewDropout(0.9)}}
	x := tensor.Ones(1, 100)
	if a, b := m.Forward(x), m.Forward(x); a.Equals(b) {
		t.Error("two forward passes in training are equal")
	}
	Eval(m)
	if a, b := m.Forward(x), m.Forward(x); !a.Equals(b) {
		t.Error("two forward passes in evaluation differ")
	}
	Train(m)
	if zeros := m.Forward(x).EqualScalar(0).To(tensor.Float32).Mean().Item(); zeros < 0.8 {
		t.Errorf("back in training, %v of the result is zero", zeros)
	}
	b := NewBlock(8, 2, AttentionOptions{Dropout: 0.5})
	Eval(b)
	y := tensor.Randn(2, 3, 8)
	if !b.Forward(y).Equals(b.Forward(y)) {
		t.Error("a block in evaluation drops")
	}
}

func TestFreeze(t *testing.T) {
	m := NewMLP(2, 3, 1)
	Freeze(m)
	if m.Forward(tensor.Ones(1, 2)).RequiresGrad() {
		t.Error("a frozen module is recorded")
	}
	if len(Parameters(m)) != 4 {
		t.Errorf("a frozen module has %d parameters, want 4", len(Parameters(m)))
	}
	Unfreeze(m)
	m.Forward(tensor.Ones(1, 2)).Sum().Backward()
	if m[0].(*Linear).Weight.Grad() == nil {
		t.Error("no gradient")
	}
	ZeroGrad(m)
	if m[0].(*Linear).Weight.Grad() != nil {
		t.Error("the gradient is still there")
	}
}

func TestAttentionIsCausal(t *testing.T) {
	tensor.ManualSeed(2)
	a := NewCausalSelfAttention(8, 2)
	x := tensor.Randn(1, 5, 8)
	before := a.Forward(x)
	composed, weights := a.ForwardWeights(x)
	tensortest.AssertClose(t, before, composed)
	y := x.Clone()
	y.Narrow(1, 3, 2).Fill(7) // change the last two positions
	after := a.Forward(y)
	if !after.Narrow(1, 0, 3).Equals(before.Narrow(1, 0, 3)) {
		t.Error("positions see what comes after them")
	}
	if after.Narrow(1, 3, 1).Equals(before.Narrow(1, 3, 1)) {
		t.Error("a position doesn't see itself")
	}
	if !slices.Equal(weights.Shape(), []int{1, 2, 5, 5}) {
		t.Errorf("weights of shape %v", weights.Shape())
	}
}

func TestInit(t *testing.T) {
	tensor.ManualSeed(3)
	w := NewConv2D(16, 32).Weight // fan in 144, fan out 288
	for _, test := range []struct {
		name      string
		f         func(*tensor.Tensor) *tensor.Tensor
		deviation float64
	}{
		{"kaiming uniform", InitKaimingUniform, 0.11785},
		{"kaiming normal", InitKaimingNormal, 0.11785},
		{"xavier uniform", InitXavierUniform, 0.06804},
		{"xavier normal", InitXavierNormal, 0.06804},
		{"default", func(*tensor.Tensor) *tensor.Tensor { return NewConv2D(16, 32).Weight }, 0.04811},
		{"normal", func(w *tensor.Tensor) *tensor.Tensor { return InitNormal(w, 0, 0.02) }, 0.02},
		{"constant", func(w *tensor.Tensor) *tensor.Tensor { return InitConstant(w, 3) }, 0},
	} {
		x := test.f(w)
		got := x.Detach().Std().Item()
		if got < 0.95*test.deviation || got > 1.05*test.deviation+1e-6 {
			t.Errorf("%s: standard deviation %v, want about %v", test.name, got, test.deviation)
		}
		if !x.RequiresGrad() || !x.IsLeaf() {
			t.Errorf("%s: the weight is no parameter any more", test.name)
		}
	}
}

func TestSummary(t *testing.T) {
	m := NewMLP(64, 32, 10)
	Freeze(m[2])
	const want = `module  type    parameters                 count
0       Linear  weight [32 64], bias [32]  2,080
1       ReLU                               0
2       Linear  weight [10 32], bias [10]  330
2,410 parameters, 2,080 trainable, 9.64 kB
`
	if got := Summary(m).String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	h := Summary(map[string]any{"<script>": NewLinear(1, 1)}).HTML()
	if strings.Contains(h, "<script>") || !strings.Contains(h, "&lt;script&gt;") {
		t.Errorf("a name was not escaped: %s", h)
	}
}

// A model of the reader's own, with layers called twice, not at all, and held in a slice.
type summed struct {
	In     *Linear
	Layers []*Block `rg:"h"`
	Unused *Linear
	Drop   *Dropout
}

func (s *summed) Forward(x *tensor.Tensor) *tensor.Tensor {
	s.In.Forward(x.Narrow(0, 0, 1)) // another shape than that of the last call
	x = s.In.Forward(x)
	for _, b := range s.Layers {
		x = b.Forward(x)
	}
	return x
}

func TestSummaryWith(t *testing.T) {
	m := &summed{In: NewLinear(5, 8), Layers: []*Block{NewBlock(8, 2)}, Unused: NewLinear(2, 2, LinearOptions{NoBias: true}), Drop: NewDropout(0.5)}
	x := tensor.Ones(2, 3, 5)
	const want = `module         type       parameters               output    count
in             Linear     weight [8 5], bias [8]   [2 3 8]   48
h.0.ln_1       LayerNorm  weight [8], bias [8]     [2 3 8]   16
h.0.attn.c_attn  Linear     weight [24 8], bias [24]  [2 3 24]  216
h.0.attn.c_proj  Linear     weight [8 8], bias [8]  [2 3 8]  72
h.0.ln_2  LayerNorm  weight [8], bias [8]  [2 3 8]  16
h.0.mlp.c_fc  Linear  weight [32 8], bias [32]  [2 3 32]  288
h.0.mlp.c_proj  Linear  weight [8 32], bias [8]  [2 3 8]  264
unused  Linear  weight [2 2]  4
drop  Dropout  0
924 parameters, 924 trainable, 3.70 kB; [2 3 5] → [2 3 8]
`
	s := SummaryWith(m, x)
	if got := strings.Join(strings.Fields(s.String()), " "); got != strings.Join(strings.Fields(want), " ") {
		t.Errorf("got\n%swant\n%s", s, want)
	}
	if h := s.HTML(); !strings.Contains(h, ">[2 3 24]<") || strings.Count(h, "<th ") != 5 {
		t.Errorf("the shapes are missing: %s", h)
	}
	if observer.Load() != nil {
		t.Error("layers go on telling what they return")
	}
	if m.In.Weight.Grad() != nil || m.Forward(x).IsLeaf() {
		t.Error("looking at a model changed how it trains")
	}
}

// A Forward that fails leaves nothing behind.
func TestSummaryOfAnInput(t *testing.T) {
	m, x := NewLinear(3, 2), tensor.Ones(4, 3)
	if got, want := Summary(m, x).String(), SummaryWith(m, x).String(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	err := tensor.Try(func() { Summary(struct{ L *Linear }{m}, x) })
	if err == nil || !strings.Contains(err.Error(), "must be a Layer") {
		t.Errorf("without Forward: %v", err)
	}
}

func TestSummaryWithPanic(t *testing.T) {
	if err := tensor.Try(func() { SummaryWith(NewLinear(3, 2), tensor.Ones(2, 4)) }); err == nil {
		t.Fatal("no error")
	}
	if observer.Load() != nil {
		t.Error("layers go on telling what they return")
	}
	SummaryWith(NewLinear(3, 2), tensor.Ones(2, 3))
}

func TestMistakesPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"heads":        func() { NewBlock(10, 3) },
		"mlp":          func() { NewMLP(3) },
		"options":      func() { NewLinear(1, 1, LinearOptions{}, LinearOptions{}) },
		"fans":         func() { InitXavierNormal(tensor.Ones(3)) },
		"batchnorm":    func() { NewBatchNorm(3).Forward(tensor.Ones(2, 4)) },
		"unreplacable": func() { To([]any{Linear{Weight: tensor.Ones(1, 1)}}, tensor.Float64) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

// A struct that embeds a layer is one module: the layer has no name of its own.
type scaled struct {
	*Linear
	Scale *tensor.Tensor
}

func (s *scaled) Forward(x *tensor.Tensor) *tensor.Tensor {
	return s.Linear.Forward(x).Mul(s.Scale).Sum(-1)
}

func TestSummaryOfEmbedded(t *testing.T) {
	m := &scaled{NewLinear(4, 3), tensor.Ones(3).SetRequiresGrad(true)}
	const want = `module  type    parameters                            output  count
.       scaled  weight [3 4], bias [3], scale [3]     [2]     18
18 parameters, 18 trainable, 72 B; [2 4] → [2]
`
	if got := Summary(m, tensor.Ones(2, 4)).String(); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestSizes(t *testing.T) {
	for bytes, want := range map[int]string{0: "0 B", 999: "999 B", 1000: "1.00 kB", 9995: "10.0 kB", 123_456: "123 kB", 3_270_656: "3.27 MB", 999_500_000: "1.00 GB"} {
		if got := size(bytes); got != want {
			t.Errorf("%d bytes are written %s, not %s", bytes, got, want)
		}
	}
}
