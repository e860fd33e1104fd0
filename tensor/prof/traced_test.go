package prof

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
)

// A backend's optional interfaces are profiled, all of them: without its methods here an operation is
// run but missing from the table.
func TestEveryOptionalInterfaceIsTraced(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "../backend/optional.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	traced := reflect.TypeFor[*traced]()
	n := 0
	ast.Inspect(f, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok || !strings.HasSuffix(spec.Name.Name, "Backend") {
			return true
		}
		methods, ok := spec.Type.(*ast.InterfaceType)
		if !ok {
			return true
		}
		for _, m := range methods.Methods.List {
			for _, name := range m.Names {
				n++
				if _, ok := traced.MethodByName(name.Name); !ok {
					t.Errorf("backend.%s has a method %s that tensor/prof's traced lacks; add it in traced.go, with its cost", spec.Name.Name, name.Name)
				}
			}
		}
		return true
	})
	if n == 0 {
		t.Error("optional.go has no interfaces")
	}
}

// Optional interfaces are asserted by As: a plain assertion asks what stands in for a backend, which has
// them all.
func TestOptionalInterfacesAreAssertedByAs(t *testing.T) {
	plainAssertion := regexp.MustCompile(`\.\(backend\.\w+Backend\)`)
	read := 0
	for _, folder := range []string{"..", "../nn", "../optim", "../data"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			read++
			if m := plainAssertion.Find(src); m != nil && !strings.HasSuffix(name, "_test.go") {
				t.Errorf("%s asserts %s; write backend.As[…](b)", name, m)
			}
		}
	}
	if read == 0 {
		t.Error("no files were read")
	}
}

// plain is a backend without optional interfaces.
type plain struct{ backend.Backend }

func TestWhatABackendLacksIsNotOffered(t *testing.T) {
	cpu, err := backend.Get("cpu")
	if err != nil {
		t.Fatal(err)
	}
	has := &traced{inner: cpu}
	if b, ok := backend.As[backend.SoftmaxBackend](has); !ok || b != backend.SoftmaxBackend(has) {
		t.Error("the CPU's softmax is hidden or not traced")
	}
	if _, ok := backend.As[backend.SoftmaxBackend](&traced{inner: plain{cpu}}); ok {
		t.Error("a softmax is offered that isn't there")
	}
	if _, ok := backend.As[backend.SoftmaxBackend](plain{cpu}); ok {
		t.Error("a softmax is offered that isn't there, untraced")
	}
}

func TestCoverage(t *testing.T) {
	for _, test := range []struct {
		in   [][2]int64
		want int64
	}{
		{nil, 0},
		{[][2]int64{{0, 5}, {7, 9}}, 7},
		{[][2]int64{{0, 5}, {5, 9}}, 9},
		{[][2]int64{{2, 3}, {5, 6}, {0, 9}}, 9},
		{[][2]int64{{2, 3}, {5, 6}, {4, 9}}, 6},
		{[][2]int64{{0, 9}, {2, 8}}, 9},
	} {
		var c coverage
		for _, i := range test.in {
			c.add(i[0], i[1])
		}
		if got := c.total(); got != test.want {
			t.Errorf("%v cover %d, not %d", test.in, got, test.want)
		}
	}
	var c coverage
	for i := range int64(20000) {
		c.add(10*i, 10*i+4)
	}
	if c.total() != 80000 || len(c.tail) >= 4096 {
		t.Errorf("%d, in %d pieces", c.total(), len(c.tail))
	}
}

// Far more changes than points keep the peak, and the last state.
func TestMemoryPointsAreThinned(t *testing.T) {
	var m memory
	for i := range int64(100_000) {
		bytes := i
		if i == 33_333 {
			bytes = 1_000_000
		}
		m.note(i, bytes)
		m.note(i, bytes) // no change
	}
	highest := int64(0)
	for _, p := range m.points {
		highest = max(highest, p.bytes)
	}
	if len(m.points) > maxPoints || highest != m.peak || m.peak != 1_000_000 || m.points[len(m.points)-1].bytes != 99_999 {
		t.Errorf("%d points, highest %d, peak %d, last %v", len(m.points), highest, m.peak, m.points[len(m.points)-1])
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		percent(0): "0 %", percent(0.0004): "< 0.1 %", percent(0.0123): "1.2 %", percent(0.0996): "10 %", percent(1.5): "150 %",
		figures(0.001): "< 0.01", figures(1.234): "1.23", figures(12.34): "12.3", figures(123.4): "123",
		quantity(12, "B"): "12 B", quantity(1234, "B"): "1.23 kB", quantity(5e9, "FLOP"): "5.00 GFLOP", quantity(999_999, "B"): "1.00 MB",
		duration(999): "999 ns", duration(1500): "1.50 µs", duration(2e6): "2.00 ms", duration(61e9): "61.0 s", duration(125e9): "2 min 05 s",
		grouped(1234567): "1,234,567", grouped(12): "12", shapesText([][]int{{64, 128}, {}}): "(64, 128) × ()",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestMemory(t *testing.T) {
	const n = 1 << 16 // elements: 256 KiB
	current := func() int64 { return int64(tensor.MemoryStats().Current) }
	settle := func(below int64) { // what the garbage collector finds is told a moment later
		for deadline := time.Now().Add(10 * time.Second); current() > below && time.Now().Before(deadline); {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
	}
	settle(n) // other tests' tensors
	var keep *tensor.Tensor
	before, after := current(), int64(0)
	p := Run(func() {
		keep = tensor.Ones(n)
		for range 3 {
			tensor.Ones(n)
		}
		settle(before + 5*n)
		after = current()
	})
	if peak := p.PeakBytes(); peak < before+4*4*n {
		t.Errorf("peak of %d bytes, %d of them before", peak, before)
	}
	points := p.Memory()
	if first := points[0]; first.Bytes != before || first.Start != 0 {
		t.Errorf("begins with %+v, not with %d bytes", first, before)
	}
	if last := points[len(points)-1].Bytes; last != after || last < 4*n || last > before+5*n {
		t.Errorf("%d bytes are held at the end, %d by the backend's count, of %d that are used", last, after, 4*keep.Len())
	}
	if !slices.IsSortedFunc(points, func(a, b MemoryPoint) int { return cmp.Compare(a.Start, b.Start) }) {
		t.Error("memory goes back in time")
	}
}

// What the backward pass gives back is gone without the garbage collector.
func TestMemoryFreed(t *testing.T) {
	w := tensor.Ones(1 << 16).SetRequiresGrad(true)
	fell, before := false, int64(0)
	for _, m := range Run(func() { w.Square().Exp().Sum().Backward() }).Memory() {
		fell, before = fell || m.Bytes < before, m.Bytes
	}
	if !fell {
		t.Error("what the backward pass gives back is still counted")
	}
}
