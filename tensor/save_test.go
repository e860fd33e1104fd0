package tensor_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/safetensors"
	"github.com/rustygradients/rg/tensor/tensortest"
)

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "t.safetensors") }

func TestSaveLoadEveryTypeAndLayout(t *testing.T) {
	path := file(t)
	want := map[string]*tensor.Tensor{}
	for _, dt := range []tensor.DType{
		tensor.Float32, tensor.Float64, tensor.Float16, tensor.BFloat16,
		tensor.Int64, tensor.Int32, tensor.Int8, tensor.Uint8, tensor.Bool,
	} {
		x := tensor.FromSlice([][]float64{{0, 1, 2}, {3, 100, 5.5}}).To(dt)
		want[dt.String()+" whole"] = x
		want[dt.String()+" transposed"] = x.T()
		want[dt.String()+" row"] = x.Slice("1:2")
		want[dt.String()+" expanded"] = x.Unsqueeze(0).Expand(2, 2, 3)
		want[dt.String()+" scalar"] = tensor.Scalar(7).To(dt)
		want[dt.String()+" empty"] = tensor.FromSlice([]float32{}, 0, 4).To(dt)
	}
	want[`"quoted" ünï </script>`] = tensor.Ones(1).SetRequiresGrad(true)
	meta := map[string]string{"step": "500", "ünï\n": "\x01\"\\"}
	if err := tensor.SaveWithMetadata(path, want, meta); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and once more over the file that they are mapped from
		got, m, err := tensor.LoadWithMetadata(path)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(m) != fmt.Sprint(meta) || len(got) != len(want) {
			t.Errorf("%d tensors, metadata %v", len(got), m)
		}
		for name, w := range want {
			g := got[name]
			if g == nil || g.DType() != w.DType() || g.RequiresGrad() {
				t.Fatalf("%s: %v", name, g)
			}
			tensortest.AssertClose(t, g.To(tensor.Float64), w.Detach().To(tensor.Float64))
			if g.String() != w.Detach().Contiguous().String() {
				t.Errorf("%s prints as\n%v, want\n%v", name, g, w)
			}
		}
		if err := tensor.SaveWithMetadata(path, got, m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStateDictThroughAFile(t *testing.T) {
	path := file(t)
	build := func() nn.Sequential {
		return nn.NewSequential(nn.NewLinear(4, 8), nn.ReLU{}, nn.NewLayerNorm(8), nn.NewLinear(8, 2))
	}
	a, b := build(), build()
	x := tensor.Randn(3, 4) // (B, 4)
	if err := tensor.Save(path, nn.StateDict(a)); err != nil {
		t.Fatal(err)
	}
	state, err := tensor.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := nn.LoadStateDict(b, state); err != nil {
		t.Fatal(err)
	}
	if !a.Forward(x).Equals(b.Forward(x)) {
		t.Error("the loaded model computes something else")
	}

	// A checkpoint in half the bytes loads into the same model.
	half := map[string]*tensor.Tensor{}
	for name, p := range nn.StateDict(a) {
		half[name] = p.To(tensor.BFloat16)
	}
	if err := tensor.Save(path, half); err != nil {
		t.Fatal(err)
	}
	if state, err = tensor.Load(path); err != nil {
		t.Fatal(err)
	}
	if err := nn.LoadStateDict(b, state); err != nil {
		t.Fatal(err)
	}
	if d := tensortest.Diff(b.Forward(x), a.Forward(x), tensortest.Tolerance{Abs: 0.05, Rel: 0.05}); d != "" {
		t.Error(d)
	}
}

// Writing to a loaded tensor is copy on write: neither the file nor another loading of it changes.
func TestLoadedTensorsAreCopyOnWrite(t *testing.T) {
	path := file(t)
	if err := tensor.Save(path, map[string]*tensor.Tensor{"w": tensor.Zeros(2000)}); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	load := func() *tensor.Tensor {
		m, err := tensor.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return m["w"]
	}
	a, b := load(), load()
	a.AddScalarInPlace(1)
	if a.Sum().Item() != 2000 || b.Sum().Item() != 0 {
		t.Errorf("sums %v and %v", a.Sum(), b.Sum())
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the file changed")
	}
}

// Trained on, as parameters are.
func TestLoadedTensorsTrain(t *testing.T) {
	path := file(t)
	if err := tensor.Save(path, map[string]*tensor.Tensor{"w": tensor.Ones(3, 1)}); err != nil {
		t.Fatal(err)
	}
	state, err := tensor.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	w := state["w"].SetRequiresGrad(true)
	tensor.FromSlice([][]float32{{1, 2, 3}}).MatMul(w).Sum().Backward()
	tensor.NoGrad(func() { w.AddScaledInPlace(w.Grad(), -1) })
	tensortest.AssertClose(t, w.Detach(), tensor.FromSlice([][]float32{{0}, {-1}, {-2}}))
}

func TestLoadUnaligned(t *testing.T) {
	path := file(t)
	// Any writer's file: a header of odd length, and an F64 after a U8.
	head := `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F64","shape":[2],"data_offsets":[1,17]},"c":{"dtype":"BOOL","shape":[3],"data_offsets":[17,20]}}`
	data := []byte{byte(len(head)), 0, 0, 0, 0, 0, 0, 0}
	data = append(data, head...)
	data = append(data, 9)
	for _, v := range []float64{1.5, -2} {
		for i := range 8 {
			data = append(data, byte(math.Float64bits(v)>>(8*i)))
		}
	}
	data = append(data, 0, 1, 2)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := tensor.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprint(got["a"].Item(), got["b"].Float64s(), got["c"].Uint8s()); s != "9 [1.5 -2] [0 1 1]" {
		t.Error(s)
	}
}

func TestSaveLoadErrors(t *testing.T) {
	path := file(t)
	if err := tensor.Save(path, map[string]*tensor.Tensor{"a": nil}); err == nil || !strings.Contains(err.Error(), `tensor "a" is nil`) {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("a file was left")
	}
	if err := tensor.Save(filepath.Join(path, "no", "folder"), nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
	if _, err := tensor.Load(path); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	err := safetensors.Save(path, map[string]safetensors.Tensor{
		"f8": {DType: safetensors.F8_E4M3, Shape: []int{1}, Data: []byte{1}}, "ok": {DType: safetensors.U8, Shape: []int{1}, Data: []byte{1}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tensor.Load(path); err == nil || !strings.Contains(err.Error(), path+`: tensors can't have these data types: "f8" is F8_E4M3`) {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("not it"), 0o600); err != nil {
		t.Fatal(err)
	}
	var bad *safetensors.FormatError
	if _, err := tensor.Load(path); !errors.As(err, &bad) || bad.Path != path {
		t.Error(err)
	}
}

// A file that is cut short while it is in use: every way of reading gives an error.
func TestLoadedFileShrinks(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("files are not mapped on " + runtime.GOOS)
	}
	path := file(t)
	if err := tensor.Save(path, map[string]*tensor.Tensor{"w": tensor.Ones(512, 512)}); err != nil {
		t.Fatal(err)
	}
	state, err := tensor.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	w := state["w"]
	for name, f := range map[string]func(){
		"sum":       func() { w.Sum() },
		"sum axis":  func() { w.Sum(0) },
		"matmul":    func() { w.MatMul(w) }, // assembly
		"vector":    func() { tensor.Ones(1, 512).MatMul(w) },
		"exp":       func() { w.Exp() },
		"add":       func() { w.Add(w.T()) },
		"softmax":   func() { w.Softmax(-1) },
		"convert":   func() { w.To(tensor.Float64) },
		"values":    func() { w.Float32s() },
		"gather":    func() { w.IndexSelect(0, tensor.FromSlice([]int{500})) },
		"one":       func() { w.At(511, 511) },
		"print":     func() { _ = w.String() },
		"load":      func() { tensor.Zeros(512, 512).CopyFrom(w) },
		"write":     func() { w.Slice("500:512").Fill(1) },
		"copy":      func() { w.Clone() },
		"transpose": func() { w.T().Contiguous() },
	} {
		err := tensor.Try(f)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "shrank") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := tensor.Save(path+"2", state); err == nil {
		t.Error("saved what can't be read")
	}
	if _, err := os.Stat(path + "2"); !errors.Is(err, os.ErrNotExist) {
		t.Error("half a file was left")
	}
	if w.At(0, 0) != 1 {
		t.Error("what is left of the file reads wrong")
	}
}

// Opening must not read: this file is larger than any memory here.
func TestLoadReadsNoMoreThanIsUsed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs sparse files and mapping")
	}
	path := file(t)
	const each, n = 64 << 30, 4 // bytes, tensors
	head := "{"
	for i := range n {
		head += fmt.Sprintf(`"w%d":{"dtype":"F32","shape":[%d,4],"data_offsets":[%d,%d]},`, i, each/16, i*each, (i+1)*each)
	}
	head = head[:len(head)-1] + "}"
	head += strings.Repeat(" ", (8-len(head)%8)%8)
	size := []byte{byte(len(head)), byte(len(head) >> 8), 0, 0, 0, 0, 0, 0}
	if err := os.WriteFile(path, append(size, head...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(8+len(head)+n*each)); err != nil {
		t.Skip("no sparse files here: ", err)
	}
	state, err := tensor.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	row := state["w3"].Slice("-1:")
	row.Fill(3) // one page of the 256 GiB
	if s := fmt.Sprint(row.Sum().Item(), state["w3"].At(-2, 0)); s != "12 0" {
		t.Error(s)
	}
}

// A view is enough to keep the file mapped.
func TestViewsKeepTheFileMapped(t *testing.T) {
	path := file(t)
	if err := tensor.Save(path, map[string]*tensor.Tensor{"w": tensor.Ones(300, 300), "v": tensor.Ones(1)}); err != nil {
		t.Fatal(err)
	}
	view := func() *tensor.Tensor {
		state, err := tensor.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return state["w"].T().Slice("1:")
	}()
	for range 20 {
		runtime.GC()
		time.Sleep(time.Millisecond) // cleanups run beside
		if got := view.Sum().Item(); got != 299*300 {
			t.Fatal(got)
		}
	}
}
