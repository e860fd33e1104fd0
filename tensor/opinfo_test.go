package tensor_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// opinfoSample is one sample of torch's OpInfo database, and what torch makes of it; see gen_opinfo.py.
type opinfoSample struct {
	Op      string
	Args    []any
	Kw      map[string]any
	Outs    []any
	Wide    []any // what float64 gives, rounded, where torch's own result is further from it than the tolerance
	Changed []any // inputs that the operation has written to
}

// opinfoFile is the elements of all samples' tensors, by data type.
type opinfoFile struct {
	elements map[string]*tensor.Tensor
	samples  []opinfoSample

	// On another device than the CPU, where operands are to be, and what watches an operation and its gradients while they run; or nil.
	place func(x *tensor.Tensor) *tensor.Tensor
	watch func(op string, run func())
	// Tolerances there that are looser.
	looser map[string]looser
}

func readOpinfo(t *testing.T) opinfoFile {
	t.Helper()
	f, err := os.Open("testdata/opinfo.safetensors.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "opinfo.safetensors")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	elements, err := tensor.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	out := opinfoFile{elements: elements}
	d := json.NewDecoder(bytes.NewReader(elements["cases"].Uint8s()))
	d.UseNumber()
	if err := d.Decode(&out.samples); err != nil {
		t.Fatal(err)
	}
	return out
}

var opinfoTypes = map[string]tensor.DType{
	"F32": tensor.Float32, "F64": tensor.Float64, "F16": tensor.Float16, "BF16": tensor.BFloat16, "I64": tensor.Int64,
	"I32": tensor.Int32, "I8": tensor.Int8, "U8": tensor.Uint8, "BOOL": tensor.Bool, "C64": tensor.Float32, "C128": tensor.Float64,
}

// operand is a tensor among a sample's arguments.
type operand struct {
	x       *tensor.Tensor
	host    *tensor.Tensor // the same on the CPU, for rows that look at elements
	grad    *tensor.Tensor // nil if torch has none
	wide    *tensor.Tensor // the gradient by float64, see opinfoSample.Wide
	hasGrad bool           // and was asked for one
	complex bool
}

// Other values of samples.
type (
	pySlice    struct{ start, stop, step any }
	pyTuple    []any
	pyEllipsis struct{}
	pyOther    string // what has no meaning here: a memory format, a generator
)

// value makes a tensor, number, … of its JSON. Numbers with a point are float64, others int.
func (f opinfoFile) value(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n
		}
		x, _ := v.Float64()
		return x
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = f.value(v[i])
		}
		return out
	case map[string]any:
		switch {
		case v["t"] != nil:
			return f.leaf(v)
		case v["f"] != nil:
			x, _ := strconv.ParseFloat(v["f"].(string), 64)
			return x
		case v["d"] != nil:
			return opinfoTypes[v["d"].(string)]
		case v["s"] != nil:
			s := f.value(v["s"]).([]any)
			return pySlice{s[0], s[1], s[2]}
		case v["u"] != nil:
			return pyTuple(f.value(v["u"]).([]any))
		case v["e"] != nil:
			return pyEllipsis{}
		case v["v"] != nil:
			return f.value(v["v"])
		}
		return pyOther(fmt.Sprint(v["other"]))
	}
	return v
}

func (f opinfoFile) ints(v any) []int {
	out := []int{}
	for _, n := range v.([]any) {
		out = append(out, f.value(n).(int))
	}
	return out
}

func (f opinfoFile) leaf(v map[string]any) *operand {
	name := v["t"].(string)
	shape := f.ints(v["shape"])
	part := strings.NewReplacer("C64", "F32", "C128", "F64").Replace(name)
	l := &operand{complex: part != name}
	stride := make([]int, len(shape))
	size := 1
	for a := len(shape) - 1; a >= 0; a-- {
		stride[a] = size
		size *= shape[a]
	}
	if v["stride"] != nil {
		stride = f.ints(v["stride"])
	}
	n := 1
	for a, d := range shape {
		n += (d - 1) * stride[a]
	}
	if size == 0 {
		l.x = tensor.Options{DType: opinfoTypes[part]}.Zeros(shape...)
	} else {
		at := f.value(v["at"]).(int)
		l.x = tensor.AsStrided(f.elements[part].Narrow(0, at, n).Clone(), shape, stride)
	}
	l.host = l.x
	if f.place != nil {
		l.x = f.place(l.x)
	}
	if g, ok := v["g"]; ok {
		l.hasGrad = true
		l.x.SetRequiresGrad(true)
		if g != nil {
			l.grad = f.leaf(g.(map[string]any)).x
			if w, ok := v["w"]; ok {
				l.wide = f.leaf(w.(map[string]any)).x
			}
		}
	}
	return l
}

// args are a sample's arguments, which a row of the table reads by place or name, as torch does.
type args struct {
	pos  []any
	kw   map[string]any
	read map[string]bool
	// changed is what the operation has written to, where torch's has.
	changed []*tensor.Tensor
	leaves  []*operand
}

// lacks is what a row panics with when a sample asks for what rg doesn't have.
type lacks string

func (a *args) no(what string) { panic(lacks(what)) }

func (f opinfoFile) args(s opinfoSample) *args {
	a := &args{kw: map[string]any{}, read: map[string]bool{}}
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case *operand:
			a.leaves = append(a.leaves, v)
		case []any:
			for _, x := range v {
				collect(x)
			}
		case pyTuple:
			collect([]any(v))
		}
	}
	for _, v := range s.Args {
		a.pos = append(a.pos, f.value(v))
		collect(a.pos[len(a.pos)-1])
	}
	for _, k := range slices.Sorted(maps.Keys(s.Kw)) {
		a.kw[k] = f.value(s.Kw[k])
		collect(a.kw[k])
	}
	return a
}

// get is the argument at a place, or of a name; nil if it isn't given.
func (a *args) get(i int, name string) any {
	if v, ok := a.kw[name]; ok {
		a.read[name] = true
		return v
	}
	if i >= 0 && i < len(a.pos) {
		a.read[strconv.Itoa(i)] = true
		return a.pos[i]
	}
	return nil
}

func (a *args) t(i int, name ...string) *tensor.Tensor {
	switch v := a.get(i, append(name, "")[0]).(type) {
	case *operand:
		return v.x
	case nil:
		return nil
	default:
		a.no(fmt.Sprintf("a %T for a tensor", v))
		return nil
	}
}

// in is the first argument.
func (a *args) in() *tensor.Tensor { return a.t(0, "input") }

func (a *args) f(i int, name string, otherwise float64) float64 {
	switch v := a.get(i, name).(type) {
	case float64:
		return v
	case int:
		return float64(v)
	case bool:
		if v {
			return 1
		}
		return 0
	case *operand:
		a.no("a tensor for a number")
	}
	return otherwise
}

func (a *args) i(i int, name string, otherwise int) int {
	switch v := a.get(i, name).(type) {
	case int:
		return v
	case []any:
		if len(v) == 1 {
			return v[0].(int)
		}
		a.no("several axes")
	}
	return otherwise
}

func (a *args) b(i int, name string, otherwise bool) bool {
	if v, ok := a.get(i, name).(bool); ok {
		return v
	}
	return otherwise
}

func (a *args) s(i int, name, otherwise string) string {
	if v, ok := a.get(i, name).(string); ok {
		return v
	}
	return otherwise
}

// ints is a list of numbers, one number, or nil.
func (a *args) ints(i int, name string) []int {
	switch v := a.get(i, name).(type) {
	case int:
		return []int{v}
	case []any:
		out := []int{}
		for _, n := range v {
			switch n := n.(type) {
			case int:
				out = append(out, n)
			default:
				a.no(fmt.Sprintf("a list of %T", n))
			}
		}
		return out
	}
	return nil
}

// rest is the numbers from a place on, given one by one or as a list.
func (a *args) rest(i int, name string) []int {
	if out := a.ints(i, name); i >= len(a.pos) || len(a.pos) == i+1 {
		return out
	}
	out := []int{}
	for ; i < len(a.pos); i++ {
		out = append(out, a.i(i, "", 0))
	}
	return out
}

func (a *args) list(i int, name string) ts {
	out := ts{}
	v, _ := a.get(i, name).([]any)
	for _, x := range v {
		l, ok := x.(*operand)
		if !ok {
			a.no(fmt.Sprintf("a list of %T", x))
		}
		out = append(out, l.x)
	}
	return out
}

// tensors is the list of tensors at a place, or those from there on.
func (a *args) tensors(i int) ts {
	if _, ok := a.get(i, "tensors").([]any); ok {
		return a.list(i, "tensors")
	}
	out := ts{}
	for ; i < len(a.pos); i++ {
		out = append(out, a.t(i))
	}
	return out
}

func (a *args) dtype(i int, name string) tensor.DType {
	dt, _ := a.get(i, name).(tensor.DType)
	return dt
}

func (a *args) has(name string) bool { return a.kw[name] != nil }

// ignore marks arguments that mean nothing here.
func (a *args) ignore(names ...string) {
	for _, n := range names {
		a.read[n] = true
	}
}

// unread names the arguments that the row hasn't looked at.
func (a *args) unread() string {
	var out []string
	for i, v := range a.pos {
		if !a.read[strconv.Itoa(i)] && v != nil {
			out = append(out, fmt.Sprintf("argument %d (%v)", i, v))
		}
	}
	for k, v := range a.kw {
		if !a.read[k] && v != nil {
			out = append(out, fmt.Sprintf("%s=%v", k, v))
		}
	}
	return strings.Join(out, ", ")
}

// describe prints the arguments for a message.
func (a *args) describe() string {
	show := func(v any) string {
		if l, ok := v.(*operand); ok {
			s := fmt.Sprintf("%s%v", l.x.DType(), l.x.Shape())
			if l.x.Len() <= 12 {
				s += fmt.Sprint(l.x.Float64s())
			}
			return s
		}
		return fmt.Sprint(v)
	}
	var out []string
	for _, v := range a.pos {
		if l, ok := v.([]any); ok {
			for _, x := range l {
				out = append(out, "•"+show(x))
			}
			continue
		}
		out = append(out, show(v))
	}
	for k, v := range a.kw {
		out = append(out, k+"="+show(v))
	}
	return strings.Join(out, ", ")
}

// same compares a result with torch's: shape, data type, and elements within the tolerance.
// Where there is another answer, an element may agree with that one instead.
func same(got, want, other *tensor.Tensor, tol tensortest.Tolerance) string {
	if other != nil && slices.Equal(got.Shape(), want.Shape()) && got.DType() == want.DType() {
		g, w, o := got.Float64s(), want.Float64s(), other.Float64s()
		for i := range g {
			if tol.Close(g[i], o[i]) && !tol.Close(g[i], w[i]) {
				w[i] = g[i]
			}
		}
		want = tensor.FromSlice(w).Reshape(want.Shape()...).To(want.DType())
	}
	switch {
	case got.DType() != want.DType():
		return fmt.Sprintf("got %s, want %s", got.DType(), want.DType())
	case !got.DType().IsInt() || !slices.Equal(got.Shape(), want.Shape()):
		return tensortest.Diff(got, want, tol)
	}
	g, w := got.Int64s(), want.Int64s() // float64 doesn't hold them all
	for i := range g {
		if g[i] != w[i] {
			return fmt.Sprintf("element %d (row-major, shape %v): got %d, want %d", i, got.Shape(), g[i], w[i])
		}
	}
	return ""
}

func outputWeights(x *tensor.Tensor) *tensor.Tensor {
	w := make([]float64, x.Len())
	for i := range w {
		w[i] = 0.5 + float64(7919*i%101)/101
	}
	return tensor.FromSlice(w).Reshape(x.Shape()...).To(x.DType()).ToDevice(x.Device())
}

// opinfoCheck runs one sample. It returns what the operation lacks, if anything.
func opinfoCheck(t *testing.T, f opinfoFile, s opinfoSample) (lack string) {
	a := f.args(s)
	defer func() {
		if r := recover(); r != nil {
			if l, ok := r.(lacks); ok {
				lack = string(l)
				return
			}
			t.Errorf("%s(%s): %v", s.Op, a.describe(), r)
		}
	}()
	watch := f.watch
	if watch == nil {
		watch = func(_ string, run func()) { run() }
	}
	var outs ts
	watch(s.Op, func() { outs = opinfoOps[s.Op](a) })
	f.place = nil // what torch gives is on the CPU
	if u := a.unread(); u != "" {
		t.Fatalf("the table's row doesn't read %s", u)
	}
	if len(outs) != len(s.Outs) {
		t.Fatalf("%d results, torch has %d", len(outs), len(s.Outs))
	}
	tolerance := func(x *tensor.Tensor) tensortest.Tolerance {
		if l, ok := opinfoLooser[s.Op]; ok && x.DType() == l.dtype {
			return l.tol
		}
		if l, ok := f.looser[s.Op]; ok && x.DType() == l.dtype {
			return l.tol
		}
		return tensortest.Default(x.DType())
	}
	var heads, flows ts
	for i, o := range s.Outs {
		var want *tensor.Tensor
		switch v := f.value(o).(type) {
		case *operand:
			want = v.x
		case bool:
			want = tensor.FromSlice(v)
		}
		var wide *tensor.Tensor
		if len(s.Wide) > 0 {
			if v, ok := f.value(s.Wide[i]).(*operand); ok {
				wide = v.x
			}
		}
		if d := same(outs[i], want, wide, tolerance(want)); d != "" {
			t.Errorf("%s(%s): result %d: %s", s.Op, a.describe(), i, d)
			return
		}
		if outs[i].RequiresGrad() {
			heads, flows = append(heads, outs[i]), append(flows, outputWeights(outs[i]))
		}
	}
	if len(s.Changed) > 0 && len(a.changed) != len(s.Changed) {
		t.Errorf("%d inputs were changed, by torch %d", len(a.changed), len(s.Changed))
		return
	}
	for i, c := range s.Changed {
		if want := f.value(c).(*operand).x; true {
			if d := same(a.changed[i], want, nil, tolerance(want)); d != "" {
				t.Errorf("%s(%s): changed input %d: %s", s.Op, a.describe(), i, d)
			}
		}
	}
	var inputs ts
	for _, l := range a.leaves {
		if l.hasGrad {
			inputs = append(inputs, l.x)
		}
	}
	if len(inputs) == 0 {
		return ""
	}
	grads := make(ts, len(inputs))
	if len(heads) > 0 {
		watch(s.Op, func() { grads = tensor.Grad(heads, inputs, tensor.BackwardOptions{Gradients: flows}) })
	}
	n := 0
	for i, l := range a.leaves {
		if !l.hasGrad {
			continue
		}
		got, want := grads[n], l.grad
		n++
		if got == nil {
			got = tensor.ZerosLike(l.x)
		}
		if want == nil {
			want = tensor.ZerosLike(l.x)
		}
		if d := same(got, want, l.wide, tolerance(want)); d != "" {
			t.Errorf("%s(%s): gradient of input %d: %s", s.Op, a.describe(), i, d)
		}
	}
	return ""
}

// TestOpInfo holds rg's operations against torch's on samples of torch's OpInfo database, at the default tolerances
// of torch.testing.assert_close.
func TestOpInfo(t *testing.T) {
	f := readOpinfo(t)
	compared, covered := 0, map[string]bool{}
	missing := map[string]int{}
	for i := 0; i < len(f.samples); {
		op := f.samples[i].Op
		if opinfoOps[op] == nil {
			missing[op+": not in rg"]++
			i++
			continue
		}
		t.Run(op, func(t *testing.T) {
			for ; i < len(f.samples) && f.samples[i].Op == op; i++ {
				s := f.samples[i]
				t.Run(strconv.Itoa(i), func(t *testing.T) {
					if lack := opinfoCheck(t, f, s); lack != "" {
						missing[op+": "+lack]++
						return
					}
					compared++
					covered[op] = true
				})
			}
		})
	}
	t.Logf("%d operations, %d samples compared; %d looser", len(covered), compared, len(opinfoLooser))
	for _, k := range slices.Sorted(maps.Keys(missing)) {
		if missing[k] != opinfoLacks[k] {
			t.Errorf("not compared: %s: %d samples, the list says %d", k, missing[k], opinfoLacks[k])
		}
	}
	for k, n := range opinfoLacks {
		if missing[k] == 0 {
			t.Errorf("the list says that rg lacks %s (%d samples), and it doesn't", k, n)
		}
	}
	if len(covered) < 150 || len(opinfoLooser) > 10 {
		t.Errorf("%d operations are covered, and %d looser", len(covered), len(opinfoLooser))
	}
}
