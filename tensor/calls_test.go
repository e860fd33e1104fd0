package tensor_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
)

// functions are the package's own, which reflection can't list. TestEveryFunctionIsCalled keeps the table whole.
var functions = map[string]any{
	"Arange": tensor.Arange, "Attention": tensor.Attention, "AttentionWeights": tensor.AttentionWeights, "Autocast": tensor.Autocast,
	"AutocastDType": tensor.AutocastDType, "Bernoulli": tensor.Bernoulli, "Bilinear": tensor.Bilinear,
	"BlackmanWindow": tensor.BlackmanWindow, "BlockDiag": tensor.BlockDiag, "BroadcastTensors": tensor.BroadcastTensors,
	"CartesianProd": tensor.CartesianProd, "Cat": tensor.Cat, "Checkpoint": tensor.Checkpoint, "ColumnStack": tensor.ColumnStack,
	"Complex": tensor.Complex, "DStack": tensor.DStack, "DefaultGenerator": tensor.DefaultGenerator,
	"DetectAnomaly": tensor.DetectAnomaly, "Einsum": tensor.Einsum, "EnableGrad": tensor.EnableGrad, "Eye": tensor.Eye,
	"FFTFreq": tensor.FFTFreq, "FromSlice": tensor.FromSlice, "Full": tensor.Full, "FullLike": tensor.FullLike, "Grad": tensor.Grad,
	"GradEnabled": tensor.GradEnabled, "HStack": tensor.HStack, "HammingWindow": tensor.HammingWindow,
	"HannWindow": tensor.HannWindow, "Hessian": tensor.Hessian, "JVP": tensor.JVP, "Jacobian": tensor.Jacobian,
	"Linspace": tensor.Linspace, "ManualSeed": tensor.ManualSeed, "MemoryStats": tensor.MemoryStats, "MeshGrid": tensor.MeshGrid,
	"MultiDot": tensor.MultiDot, "NewGenerator": tensor.NewGenerator, "NoGrad": tensor.NoGrad, "Normal": tensor.Normal,
	"Of": tensor.Of, "Ones": tensor.Ones, "OnesLike": tensor.OnesLike, "OpenDevice": tensor.OpenDevice, "Perm": tensor.Perm,
	"RFFTFreq": tensor.RFFTFreq, "Rand": tensor.Rand, "RandInt": tensor.RandInt, "Randn": tensor.Randn,
	"ReleaseMemory": tensor.ReleaseMemory, "Scalar": tensor.Scalar, "Scope": tensor.Scope, "Stack": tensor.Stack,
	"TrilIndices": tensor.TrilIndices, "TriuIndices": tensor.TriuIndices, "Try": tensor.Try, "Uniform": tensor.Uniform,
	"VJP": tensor.VJP, "VStack": tensor.VStack, "Where": tensor.Where, "WithSeed": tensor.WithSeed, "Zeros": tensor.Zeros,
	"ZerosLike": tensor.ZerosLike,
}

// notCalled are the functions that have tests of their own for what goes wrong.
var notCalled = map[string]string{"Save": "files", "Load": "files", "SaveWithMetadata": "files", "LoadWithMetadata": "files", "SetPrintPrecision": "of the whole process", "DefaultDevice": "of the whole process", "SetDefaultDevice": "of the whole process"}

// callable is a method or a function; the receiver is its first argument.
type callable struct {
	name string
	f    reflect.Value
}

func callables() []callable {
	var out []callable
	for _, typ := range []reflect.Type{reflect.TypeFor[*tensor.Tensor](), reflect.TypeFor[tensor.Options](), reflect.TypeFor[*tensor.Generator]()} {
		for i := range typ.NumMethod() {
			name := typ.Method(i).Name
			if typ != reflect.TypeFor[*tensor.Tensor]() {
				name = typ.String() + "." + name
			}
			out = append(out, callable{name, typ.Method(i).Func})
		}
	}
	for name, f := range functions {
		out = append(out, callable{name, reflect.ValueOf(f)})
	}
	slices.SortFunc(out, func(a, b callable) int { return strings.Compare(a.name, b.name) })
	return out
}

// TestEveryFunctionIsCalled reads the package's source: a function that the table lacks would escape the tests
// that call everything.
func TestEveryFunctionIsCalled(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !f.Name.IsExported() {
				continue
			}
			found[f.Name.Name] = true
			if functions[f.Name.Name] == nil && notCalled[f.Name.Name] == "" {
				t.Errorf("%s is in no table", f.Name.Name)
			}
		}
	}
	for name := range functions {
		if !found[name] {
			t.Errorf("%s isn't in the package", name)
		}
	}
}

// choices draws arguments by bytes, so that a fuzzer can change them one by one.
type choices struct {
	bytes []byte
	lay   func(x *tensor.Tensor) *tensor.Tensor // how tensors lie in memory; nil means contiguous
	sane  bool                                  // no nils, no other devices, no huge numbers
}

// next is a number below n; 0 when the bytes are used up.
func (c *choices) next(n int) int {
	if len(c.bytes) == 0 {
		return 0
	}
	b := c.bytes[0]
	c.bytes = c.bytes[1:]
	return int(b) % n
}

func pick[T any](c *choices, of ...T) T { return of[c.next(len(of))] }

var shapesDrawn = [][]int{
	{3},
	{2, 3},
	{},
	{3, 3},
	{0},
	{1},
	{2},
	{4},
	{2, 0},
	{0, 3},
	{3, 2},
	{1, 3},
	{2, 3, 4},
	{2, 3, 3},
	{2, 1, 3},
	{1, 2, 4, 4},
	{2, 2, 3, 3},
	{1, 2, 3, 2, 3},
	{2, 1, 2, 1, 2, 2},
	{0, 2, 4, 4},
	{2, 3, 2},
	{1, 1, 1, 1, 1, 1},
}

// tensor draws one, most often an ordinary one.
func (c *choices) tensor() *tensor.Tensor {
	kind := c.next(16)
	if c.sane {
		kind = 4 + kind%8
	}
	switch kind {
	case 0:
		return nil
	case 1:
		return tensor.Ones(pick(c, shapesDrawn...)...).ToDevice(other)
	case 2: // more elements than there is memory for
		if c.next(4) > 0 {
			break
		}
		return tensor.Scalar(1).Expand(pick(c, []int{1 << 40}, []int{3, 1 << 40}, []int{1 << 38, 1 << 10}, []int{1 << 40, 0})...)
	case 3:
		return tensor.Ones(pick(c, shapesDrawn...)...).SetRequiresGrad(true)
	}
	shape := pick(c, shapesDrawn...)
	n := 1
	for _, d := range shape {
		n *= d
	}
	values := make([]float64, n)
	special := []float64{0, 1, 2, -1, 0.5, 3, -2.25, 1e30, math.NaN(), math.Inf(1), math.Inf(-1), 1e-40}
	count := 7
	if c.next(4) == 3 {
		count = len(special)
	}
	for i := range values {
		values[i] = special[c.next(count)]
	}
	dt := pick(c, tensor.Float32, tensor.Float32, tensor.Int64, tensor.Float64, tensor.Bool, tensor.Int32, tensor.Float16, tensor.Uint8, tensor.BFloat16, tensor.Int8)
	x := tensor.FromSlice(values).Reshape(shape...).To(dt)
	if c.lay != nil {
		x = c.lay(x)
	}
	if kind == 4 && dt.IsFloat() {
		x.SetRequiresGrad(true)
	}
	return x
}

var data = []any{
	[]float64{1, 2, 3},
	[]int{1},
	[]bool{true},
	[][]float32{{1, 2}, {3, 4}},
	3,
	2.5,
	true,
	[]float32{},
	[3]int{1, 2, 3},
	[2][2]uint8{},
	nil,
	"x",
	[]string{"a"},
	struct{}{},
	map[int]int{},
	[][]int{{1}, {2, 3}},
	[][]int{nil, {1}},
	[][]int{{1}, nil},
	[][][]int{},
	(*int)(nil),
	new(int),
	make(chan int),
	[]any{1, 2},
	[][]any{{1}},
	func() {},
	[]complex128{1},
	[][0]int{{}, {}},
	uint64(7),
	[]uint16{1},
}

// value draws an argument of a type.
func (c *choices) value(typ reflect.Type) reflect.Value {
	switch typ {
	case reflect.TypeFor[*tensor.Tensor]():
		return reflect.ValueOf(c.tensor())
	case reflect.TypeFor[tensor.DType]():
		if c.sane {
			return reflect.ValueOf(pick(c, tensor.Float32, tensor.Float64, tensor.Int64, tensor.Bool))
		}
		return reflect.ValueOf(pick(c, 0, tensor.Float32, tensor.Float64, tensor.Int64, tensor.Bool, tensor.Float16, 99))
	case reflect.TypeFor[tensor.Device]():
		if c.sane {
			return reflect.ValueOf(tensor.CPU)
		}
		return reflect.ValueOf(pick(c, "", tensor.CPU, other, "nowhere"))
	case reflect.TypeFor[*tensor.Generator]():
		return reflect.ValueOf(tensor.NewGenerator(uint64(c.next(3))))
	case reflect.TypeFor[any]():
		return reflect.ValueOf(&data[c.next(len(data))]).Elem()
	case reflect.TypeFor[tensor.Target]():
		if c.next(4) == 0 {
			return c.value(reflect.TypeFor[tensor.Device]())
		}
		return c.value(reflect.TypeFor[tensor.DType]())
	}
	switch typ.Kind() {
	case reflect.Int:
		numbers := []int{0, 1, 2, 3, -1, -2, 5, -7, 1 << 40, math.MaxInt, math.MinInt, 1 << 62}
		if c.sane {
			numbers = numbers[:6]
		}
		return reflect.ValueOf(pick(c, numbers...)).Convert(typ)
	case reflect.Uint8:
		return reflect.ValueOf(uint8(c.next(5))).Convert(typ)
	case reflect.Uint64:
		return reflect.ValueOf(uint64(c.next(256)))
	case reflect.Float64:
		numbers := []float64{0.5, 1, 0, 2, -1, 3, 1e300, -1e300, math.NaN(), math.Inf(1), math.Inf(-1), 1e-300, 1e15}
		if c.sane {
			numbers = numbers[:6]
		}
		return reflect.ValueOf(pick(c, numbers...))
	case reflect.Bool:
		return reflect.ValueOf(c.next(2) == 1).Convert(typ)
	case reflect.String:
		return reflect.ValueOf(pick(c, "", "ij,jk->ik", "0", "1:, ::-1", "..., None", "i,i->", "ii", "-9223372036854775808:", "::9223372036854775807", ",", "cpu", "...ij->...ji"))
	case reflect.Array:
		out := reflect.New(typ).Elem()
		if c.next(3) == 0 {
			return out
		}
		for i := range typ.Len() {
			out.Index(i).Set(c.value(typ.Elem()))
		}
		return out
	case reflect.Slice:
		out := reflect.MakeSlice(typ, 0, 4)
		for range c.next(5) {
			out = reflect.Append(out, c.value(typ.Elem()))
		}
		return out
	case reflect.Struct:
		out := reflect.New(typ).Elem()
		for i := range typ.NumField() {
			if c.next(3) == 0 {
				out.Field(i).Set(c.value(typ.Field(i).Type))
			}
		}
		return out
	case reflect.Func:
		return c.function(typ)
	}
	panic("draw no " + typ.String())
}

// function is one of a few of its type.
func (c *choices) function(typ reflect.Type) reflect.Value {
	switch typ {
	case reflect.TypeFor[func()]():
		return reflect.ValueOf(func() {})
	case reflect.TypeFor[func(*tensor.Tensor) *tensor.Tensor]():
		return reflect.ValueOf(pick(c, func(g *tensor.Tensor) *tensor.Tensor { return g }, func(*tensor.Tensor) *tensor.Tensor { return nil }))
	case reflect.TypeFor[func([]*tensor.Tensor) *tensor.Tensor]():
		return reflect.ValueOf(pick(c,
			func(x []*tensor.Tensor) *tensor.Tensor { return tensor.Stack(0, x...).Square().Sum() },
			func(x []*tensor.Tensor) *tensor.Tensor { return tensor.Cat(0, x...).Exp() },
			func([]*tensor.Tensor) *tensor.Tensor { return nil },
			func([]*tensor.Tensor) *tensor.Tensor { return tensor.Ones(2) }))
	}
	panic("draw no " + typ.String())
}

// arguments draws those of a call.
func (c *choices) arguments(f reflect.Value) []reflect.Value {
	args := make([]reflect.Value, f.Type().NumIn())
	for i := range args {
		args[i] = c.value(f.Type().In(i))
	}
	return args
}

// crash is a panic that no one has thought of, and where.
type crash struct {
	v     any
	stack string
}

func (c crash) String() string { return fmt.Sprintf("%v\n%s", c.v, c.stack) }

// call calls f and gives what it returns or panics with.
func call(f reflect.Value, args []reflect.Value) (out []reflect.Value, panicked any) {
	defer func() {
		panicked = recover()
		if _, ok := panicked.(runtime.Error); ok {
			panicked = crash{panicked, string(debug.Stack())}
		}
	}()
	if f.Type().IsVariadic() {
		return f.CallSlice(args), nil
	}
	return f.Call(args), nil
}
