//go:build cuda

package gpu_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/rustygradients/rg/gpu/emu"
)

// rgkernel is the binary: the bundle's, which lies beside the test, or one that is built now, once.
func rgkernel(t *testing.T) string {
	t.Helper()
	at, err := builtKernel()
	if err != nil {
		t.Fatal(err)
	}
	return at
}

var builtKernel = sync.OnceValues(func() (string, error) {
	if beside, err := filepath.Abs("rgkernel"); err == nil {
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	folder, err := os.MkdirTemp("", "rg-gpu-")
	if err != nil {
		return "", err
	}
	built = folder
	at := filepath.Join(folder, "rgkernel")
	if text, err := exec.Command("go", "build", "-tags", "cuda", "-o", at, "../cmd/rgkernel").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, text)
	}
	return at, nil
})

// built is the folder of a binary that was built, which TestMain removes.
var built string

// runCells runs a notebook of cells in a worker, and returns the text of each, errors included.
func runCells(t *testing.T, binary string, environment []string, cells ...string) []string {
	t.Helper()
	notebook := map[string]any{"nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{}}
	var list []any
	for _, c := range cells {
		list = append(list, map[string]any{"cell_type": "code", "metadata": map[string]any{}, "source": c, "outputs": []any{}, "execution_count": nil})
	}
	notebook["cells"] = list
	raw, err := json.Marshal(notebook)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in.ipynb"), filepath.Join(folder, "out.ipynb")
	if err := os.WriteFile(in, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "run", "--allow-errors", "--output", out, in)
	cmd.Env = append(os.Environ(), environment...)
	said, _ := cmd.CombinedOutput()
	raw, err = os.ReadFile(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	var done struct {
		Cells []struct {
			Outputs []struct {
				Text      any
				EName     string
				EValue    string
				Traceback []string
			}
		}
	}
	if err := json.Unmarshal(raw, &done); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, c := range done.Cells {
		text := ""
		for _, o := range c.Outputs {
			switch v := o.Text.(type) {
			case string:
				text += v
			case []any:
				for _, line := range v {
					text += line.(string)
				}
			}
			if o.EName != "" {
				text += "ERROR " + o.EValue
			}
		}
		texts = append(texts, text)
	}
	return texts
}

// A kernel that faults ends the cell, and not the session: variables on the host live on, those on the device say that they are lost, and new ones
// work. So does an allocation that is too large, whose error names what holds the memory, and an index out of range.
func TestFaultsInCells(t *testing.T) {
	got := runCells(t, rgkernel(t), nil,
		"import (\n\t\"fmt\"\n\n\t\"github.com/rustygradients/rg/gpu\"\n\t\"github.com/rustygradients/rg/tensor/backend\"\n)\nhost := tensor.Of(1, 2, 3)\nx := host.To(gpu.Device(0))\nfmt.Println(x.Exp().Sum().Item() > 30)",
		"b, _ := backend.Get(\"cuda:0\")\nstorage, _ := b.Alloc(tensor.Float32, 8)\nnear := backend.View{Storage: storage, Layout: backend.Layout{Shape: []int{8}, Stride: []int{1}}}\n"+
			"far := near\nfar.Layout.Offset = 1 << 44 // what no device has\nfmt.Println(b.Unary(backend.Exp, near, far), x.Exp().Sum().Item())",
		"fmt.Println(host.Sum().Item(), host.To(gpu.Device(0)).Exp().Sum().Item() > 30)",
		"fmt.Println(x.Sum().Item())",
		"limit := tensor.MemoryStats(gpu.Device(0)).Limit\nbig := tensor.Options{Device: gpu.Device(0)}.Zeros(25 << 20)\nbig.Add(tensor.Options{Device: gpu.Device(0), DType: tensor.Float64}.Zeros(limit / 8))",
		"fmt.Println(host.To(gpu.Device(0)).Sum().Item())",
		"fmt.Println(host.To(gpu.Device(0)).IndexSelect(0, tensor.Of(7).To(tensor.Int64).To(gpu.Device(0))).Sum().Item())",
		"fmt.Println(host.To(gpu.Device(0)).Sum().Item())",
	)
	largest := regexp.QuoteMeta("1 × 104.9 MB (26214400 float32)") // whatever the device has: emulated memory is the worker's, which has a limit of its own
	for i, want := range []string{
		`^true\n$`, `ERROR (?s:.*)a kernel failed \(IllegalAddress\), that of \w+ or of an operation queued before it(?s:.*)are lost`, `^6 true\n$`, `^ERROR (?s:.*)lost when the device was reset`,
		`^ERROR (?s:.*)out of memory(?s:.*)` + largest, `^6\n$`, `^ERROR (?s:.*)out of range`, `^6\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(got[i]) {
			t.Errorf("cell %d: %q, want %s", i+1, got[i], want)
		}
		t.Logf("report: a session's cell %d: %s", i+1, strings.ReplaceAll(strings.TrimSpace(got[i]), "\n", " · "))
	}
}

// Where not even a new context helps, the error says so, and what needs no device goes on.
func TestDeviceLostForGood(t *testing.T) {
	if !emu.Used() {
		t.Skip("a kernel of ours has to fault")
	}
	got := runCells(t, rgkernel(t), []string{"RG_EMU_FAULT=rg_exp_f32", "RG_EMU_LOST=1"},
		"import (\n\t\"fmt\"\n\n\t\"github.com/rustygradients/rg/gpu\"\n)\nx := tensor.Of(1, 2, 3).To(gpu.Device(0))\nfmt.Println(x.Exp().Sum().Item())",
		"fmt.Println(tensor.Of(1, 2, 3).To(gpu.Device(0)).Sum().Item())",
		"x = nil\nfmt.Println(tensor.Of(1, 2, 3).Exp().Sum().Item() > 30)",
	)
	for i, want := range []string{`ERROR (?s:.*)only a new session can use it`, `^ERROR `, `^true\n$`} {
		if !regexp.MustCompile(want).MatchString(got[i]) {
			t.Errorf("cell %d: %q, want %s", i+1, got[i], want)
		}
	}
}

// The doctor says what there is, or why there is nothing and what helps; the binary starts with a driver, without, and with one that doesn't work.
func TestDoctor(t *testing.T) {
	binary := rgkernel(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "text.so"), []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	fake := func(name, source string) string {
		out := filepath.Join(folder, name+".so")
		cmd := exec.Command("g++", "-shared", "-fPIC", "-x", "c++", "-o", out, "-")
		cmd.Stdin = strings.NewReader("extern \"C\" {" + source + "}")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		return out
	}
	type driver struct{ path, want string }
	drivers := []driver{
		{os.Getenv("RG_LIBCUDA"), "✓ GPU .*cuda:0: .*compute capability"},
		{"off", "✓ GPU .*no GPU: CUDA is off.*; unset it"},
		{"libcuda.so.1", "✓ GPU .*no GPU: no CUDA driver: RG_LIBCUDA must be an absolute path"},
		{"/nowhere/libcuda.so.1", "✓ GPU .*no GPU: no CUDA driver: /nowhere/libcuda.so.1: cannot open.*; unset RG_LIBCUDA"},
		{filepath.Join(folder, "text.so"), "✓ GPU .*no GPU: no CUDA driver: .*text.so: .*; unset RG_LIBCUDA"},
	}
	if _, err := exec.LookPath("g++"); err == nil {
		drivers = append(drivers, []driver{
			{fake("empty", ""), "✓ GPU .*no GPU: no CUDA driver: .*empty.so has no cuInit"},
			{fake("none", "int cuInit(unsigned) { return 100; }"), "✓ GPU .*none.so doesn't start: .*error 100.*; nvidia-smi"},
			{fake("skew", "int cuInit(unsigned) { return 803; }"), "✓ GPU .*skew.so doesn't start: .*error 803.*; .*restart"},
			{fake("unknown", "int cuInit(unsigned) { return 999; }"), "✓ GPU .*unknown.so doesn't start: .*error 999.*; .*nvidia_uvm"},
			{fake("zero", "int cuInit(unsigned) { return 0; } int cuDeviceGetCount(int *n) { return *n = 0; }"), "✓ GPU .*zero.so finds no GPU; nvidia-smi"},
			{fake("mute", "int cuInit(unsigned) { return 0; } int cuDeviceGetCount(int *n) { return *n = 1, 0; }"), "✓ GPU .*cuda:0 can't be used: .*NotSupported"},
		}...)
	}
	for _, c := range drivers {
		cmd := exec.Command(binary, "doctor")
		cmd.Env = append(os.Environ(), "RG_LIBCUDA="+c.path, "RG_CUBLAS=off")
		text, _ := cmd.CombinedOutput()
		if !regexp.MustCompile(c.want).Match(text) || !strings.Contains(string(text), "✓ worker") {
			t.Errorf("driver %q: want %s in\n%s", c.path, c.want, strings.TrimSpace(string(text)))
		}
	}
}
