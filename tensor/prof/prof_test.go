package prof_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
	"github.com/rustygradients/rg/tensor/prof"
)

// calls counts operations by phase and name, allocations left out.
func calls(p *prof.Profile) map[string]int {
	counts := map[string]int{}
	for _, o := range p.Ops() {
		if o.Name != "alloc" {
			counts[o.Phase.String()+" "+o.Name]++
		}
	}
	return counts
}

// only is the single operation of that name.
func only(t *testing.T, p *prof.Profile, name string) prof.Op {
	t.Helper()
	var found []prof.Op
	for _, o := range p.Ops() {
		if o.Name == name {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d operations %s in %v", len(found), name, calls(p))
	}
	return found[0]
}

func TestCountsOfAKnownProgram(t *testing.T) {
	x, w := tensor.Randn(4, 3), tensor.Randn(3, 2).SetRequiresGrad(true)
	opt := optim.NewAdamW([]*tensor.Tensor{w})
	p := prof.Run(func() {
		y := x.MatMul(w)       // (4, 2)
		loss := y.ReLU().Sum() // ()
		loss.Backward()
		opt.Step()
		tensor.NoGrad(func() { x.MatMul(w).Exp() })
	})
	want := map[string]int{
		"forward matmul": 1, "forward relu": 1, "forward sum": 1,
		"other matmul": 1, "other exp": 1,
		"backward matmul": 1, // of w alone: x has no gradient
		"optimizer adamw": 1,
	}
	got := calls(p)
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: %d calls, not %d", k, got[k], n)
		}
	}
	for k := range got {
		if phase, _, _ := strings.Cut(k, " "); phase != "backward" && phase != "optimizer" && want[k] == 0 {
			t.Errorf("unexpected: %d of %s", got[k], k)
		}
	}
	if n := len(p.Ops()); n != p.Len() {
		t.Errorf("Len is %d, there are %d", p.Len(), n)
	}
}

func TestCosts(t *testing.T) {
	f64 := func(shape ...int) *tensor.Tensor { return tensor.Ones(shape...).To(tensor.Float64) }
	for _, test := range []struct {
		op           string
		run          func(x, y *tensor.Tensor)
		x, y         *tensor.Tensor
		flops, bytes int64
		shapes       [][]int
	}{
		{"matmul", func(x, y *tensor.Tensor) { x.MatMul(y) }, tensor.Ones(5, 7), tensor.Ones(7, 11), 2 * 5 * 7 * 11, 4 * (5*7 + 7*11 + 5*11), [][]int{{5, 7}, {7, 11}}},
		{"matmul", func(x, y *tensor.Tensor) { x.MatMul(y) }, tensor.Ones(3, 5, 7), tensor.Ones(3, 7, 2), 3 * 2 * 5 * 7 * 2, 4 * 3 * (5*7 + 7*2 + 5*2), [][]int{{3, 5, 7}, {3, 7, 2}}},
		{"matmul", func(x, y *tensor.Tensor) { x.MatMul(y) }, f64(5, 7), f64(7, 11), 2 * 5 * 7 * 11, 8 * (5*7 + 7*11 + 5*11), [][]int{{5, 7}, {7, 11}}},
		{"matmul", func(x, y *tensor.Tensor) { x.T().MatMul(y) }, tensor.Ones(7, 5), tensor.Ones(7, 11), 2 * 5 * 7 * 11, 4 * (5*7 + 7*11 + 5*11), [][]int{{5, 7}, {7, 11}}},
		{"matmul", func(x, y *tensor.Tensor) { x.MatMul(y) }, tensor.Ones(0, 7), tensor.Ones(7, 11), 0, 4 * 7 * 11, [][]int{{0, 7}, {7, 11}}},
		{"add", func(x, y *tensor.Tensor) { x.Add(y) }, tensor.Ones(6, 4), tensor.Ones(6, 4), 24, 3 * 4 * 24, [][]int{{6, 4}}},
		{"add", func(x, y *tensor.Tensor) { x.Add(y) }, tensor.Ones(6, 4), tensor.Ones(4), 24, 4 * (24 + 24 + 4), [][]int{{6, 4}}},
		{"lt", func(x, y *tensor.Tensor) { x.Less(y) }, tensor.Ones(6), tensor.Ones(6), 0, 2*4*6 + 6, [][]int{{6}}},
		{"relu", func(x, _ *tensor.Tensor) { x.ReLU() }, tensor.Ones(6), nil, 0, 2 * 4 * 6, [][]int{{6}}},
		{"exp", func(x, _ *tensor.Tensor) { x.Exp() }, tensor.Ones(6), nil, 6, 2 * 4 * 6, [][]int{{6}}},
		{"sum", func(x, _ *tensor.Tensor) { x.Sum() }, tensor.Ones(8, 5), nil, 39, 4 * (40 + 1), [][]int{{8, 5}}},
		{"sum", func(x, _ *tensor.Tensor) { x.Sum(1) }, tensor.Ones(8, 5), nil, 8 * 4, 4 * (40 + 8), [][]int{{8, 5}}},
		{"sum", func(x, _ *tensor.Tensor) { x.Sum() }, tensor.Ones(8, 5).To(tensor.Int64), nil, 0, 8 * (40 + 1), [][]int{{8, 5}}},
		{"softmax", func(x, _ *tensor.Tensor) { x.Softmax(-1) }, tensor.Ones(2, 9), nil, 4 * 18, 2 * 4 * 18, [][]int{{2, 9}}},
		{"norm", func(x, _ *tensor.Tensor) { x.LayerNorm(nil, nil, 1e-5) }, tensor.Ones(2, 9), nil, 5 * 18, 2 * 4 * 18, [][]int{{2, 9}}},
		{"gelu", func(x, _ *tensor.Tensor) { x.GELU() }, tensor.Ones(9), nil, 5 * 9, 2 * 4 * 9, [][]int{{9}}},
		{"cast", func(x, _ *tensor.Tensor) { x.To(tensor.Float64) }, tensor.Ones(9), nil, 0, (4 + 8) * 9, [][]int{{9}}},
		{"copy", func(x, _ *tensor.Tensor) { x.T().Contiguous() }, tensor.Ones(3, 4), nil, 0, 2 * 4 * 12, [][]int{{4, 3}}},
		{"where", func(x, y *tensor.Tensor) { tensor.Where(x.To(tensor.Bool), y, y) }, tensor.Ones(6), tensor.Ones(6), 0, 3*4*6 + 6, [][]int{{6}}},
	} {
		t.Run(fmt.Sprint(test.op, test.shapes, test.x.DType()), func(t *testing.T) {
			o := only(t, prof.Run(func() { test.run(test.x, test.y) }), test.op)
			if o.FLOPs != test.flops || o.Bytes != test.bytes {
				t.Errorf("%d FLOPs and %d bytes, not %d and %d", o.FLOPs, o.Bytes, test.flops, test.bytes)
			}
			if !reflect.DeepEqual(o.Shapes, test.shapes) {
				t.Errorf("shapes %v, not %v", o.Shapes, test.shapes)
			}
			if o.DType != test.x.DType() && test.op != "where" {
				t.Errorf("dtype %v, not %v", o.DType, test.x.DType())
			}
		})
	}
}

// A training step's matrix products by hand: 2·B·P forward for P weights, as much for the gradients of
// the weights, and as much again for those of the inputs, but for the first layer, whose input has none.
func TestFLOPsOfATrainingStep(t *testing.T) {
	const batch, in, hidden, out = 32, 20, 48, 10
	m := nn.NewSequential(nn.NewLinear(in, hidden), nn.GELU{}, nn.NewLinear(hidden, out))
	x, y := tensor.Randn(batch, in), tensor.RandInt(0, out, batch)
	p := prof.Run(func() { nn.CrossEntropy(m.Forward(x), y).Backward() })
	got := map[string]int64{}
	for _, s := range p.Stats() {
		got[s.Phase.String()+" "+s.Name] = s.FLOPs
	}
	for k, want := range map[string]int64{
		"forward matmul":     2 * batch * (in*hidden + hidden*out),
		"backward matmul":    2 * batch * (in*hidden + 2*hidden*out),
		"forward gelu":       5 * batch * hidden,
		"backward gelu_grad": 11 * batch * hidden,
	} {
		if got[k] != want {
			t.Errorf("%s: %d FLOPs, not %d", k, got[k], want)
		}
	}
}

// A GPT's matrix products by hand, as nanoGPT and Chinchilla's appendix F count them: 2 FLOPs for each weight and
// place in the projections (12·C² weights a block, and C·V in the head), and twice that backward. Attention, for each
// place and one that it sees, multiplies 2·C/H numbers twice a head, and backward four times; 5 more scale and normalise.
func TestFLOPsOfAGPT(t *testing.T) {
	const L, C, H, T, B, V = 4, 128, 4, 64, 16, 63
	const forward, pairs = 2 * B * T * (12*C*C*L + C*V), L * B * H * T * (T + 1) / 2
	got := map[string]int64{}
	for _, s := range prof.Run(gptStep()).Stats() {
		got[s.Phase.String()+" "+s.Name] += s.FLOPs
	}
	for k, want := range map[string]int64{
		"forward matmul": forward, "backward matmul": 2 * forward,
		"forward attention": pairs * (2*2*C/H + 5), "backward attention_grad": pairs * (4*2*C/H + 5),
	} {
		if got[k] != want {
			t.Errorf("%s: %d FLOPs, not %d", k, got[k], want)
		}
	}
}

func TestCostOfAdamW(t *testing.T) {
	w := tensor.Ones(10, 3).SetRequiresGrad(true)
	w.Sum().Backward()
	o := only(t, prof.Run(optim.NewAdamW([]*tensor.Tensor{w}).Step), "adamw")
	if o.FLOPs != 14*30 || o.Bytes != 7*4*30 {
		t.Errorf("%d FLOPs and %d bytes", o.FLOPs, o.Bytes)
	}
}

// The rows of the table add up to the wall time on one goroutine: nothing is counted twice.
func TestTimesAddUp(t *testing.T) {
	x := tensor.Randn(64, 64)
	p := prof.Run(func() {
		for range 50 {
			x.MatMul(x).GELU().Sum()
		}
		time.Sleep(time.Millisecond)
	})
	var sum time.Duration
	for _, s := range p.Stats() {
		sum += s.Total
		if s.Calls%50 != 0 && s.Name != "alloc" {
			t.Errorf("%s: %d calls", s.Name, s.Calls)
		}
	}
	if sum != p.Busy() {
		t.Errorf("operations take %v, and cover %v", sum, p.Busy())
	}
	if p.Busy() > p.Wall()-time.Millisecond {
		t.Errorf("operations cover %v of %v", p.Busy(), p.Wall())
	}
}

// The table's rows, the time outside operations among them, add up to what a watch beside the profiler shows,
// and in a real step nearly all of it is in operations.
func TestTimesAddUpToAWatch(t *testing.T) {
	step := gptStep()
	step()
	for try := 0; ; try++ {
		start := time.Now()
		p := prof.Run(func() {
			for range 3 {
				step()
			}
		})
		watch := time.Since(start)
		var operations time.Duration
		for _, s := range p.Stats() {
			operations += s.Total
		}
		rows := operations + p.Wall() - p.Busy()
		if off := float64(rows)/float64(watch) - 1; off < -0.1 || off > 0.1 {
			t.Errorf("the rows add up to %v, the watch shows %v", rows, watch)
		}
		if share := float64(operations) / float64(watch); share > 0.8 && share <= 1 {
			return
		} else if try == 4 { // a busy machine stops the program between operations too
			t.Fatalf("operations take %v of %v", operations, watch)
		}
	}
}

func TestSameResultsAndFusedOperations(t *testing.T) {
	step := func() (loss float64, grad string) {
		tensor.ManualSeed(7)
		m := nn.NewSequential(nn.NewLinear(8, 16), nn.NewLayerNorm(16), nn.GELU{}, nn.NewLinear(16, 4))
		l := nn.CrossEntropy(m.Forward(tensor.Randn(5, 8)), tensor.RandInt(0, 4, 5))
		l.Backward()
		return l.Item(), nn.Parameters(m)[0].Grad().String()
	}
	loss, grad := step()
	p := prof.Run(func() {
		if l, g := step(); l != loss || g != grad {
			t.Errorf("profiling changes results: loss %v, not %v", l, loss)
		}
	})
	got := calls(p)
	for _, k := range []string{"forward layernorm", "backward layernorm_grad", "forward gelu", "backward gelu_grad", "forward crossentropy", "backward crossentropy_grad"} {
		if got[k] == 0 {
			t.Errorf("no %s: a fused operation is composed while a profile runs: %v", k, got)
		}
	}
}

func TestNesting(t *testing.T) {
	x := tensor.Ones(2)
	var inner *prof.Profile
	prof.Start()
	outer := prof.Run(func() {
		x.Exp()
		prof.Range("a", func() {
			prof.Range("b", func() { inner = prof.Run(func() { x.Log() }) })
			prof.Range("c", func() { x.Sqrt() })
		})
	})
	started := prof.Stop()
	if got := calls(inner); !reflect.DeepEqual(got, map[string]int{"forward log": 1}) {
		t.Errorf("inner: %v", got)
	}
	want := map[string]int{"forward exp": 1, "forward log": 1, "forward sqrt": 1}
	for name, p := range map[string]*prof.Profile{"outer": outer, "started": started} {
		if got := calls(p); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", name, got)
		}
		var spans []string
		for _, s := range p.Spans() {
			spans = append(spans, fmt.Sprint(s.Name, s.Depth))
		}
		if !slices.Equal(spans, []string{"a0", "b1", "c1"}) {
			t.Errorf("%s: spans %v", name, spans)
		}
	}
	a, b := outer.Spans()[0], outer.Spans()[1]
	if b.Start < a.Start || b.Start+b.Duration > a.Start+a.Duration {
		t.Errorf("%+v isn't inside %+v", b, a)
	}
	if x.Exp(); outer.Len() != started.Len() {
		t.Error("a closed profile goes on")
	}
	if prof.Last() != started {
		t.Error("Last is not the profile that ended last")
	}
}

func TestConcurrency(t *testing.T) {
	const goroutines, each = 8, 50
	p := prof.Run(func() {
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				w := tensor.Ones(4, 4).SetRequiresGrad(true)
				for range each {
					prof.Range("step", func() {
						x := tensor.Ones(4, 4).MatMul(w)
						x.Sum().Backward()
						w.ZeroGrad()
						tensor.NoGrad(func() { w.Exp() })
					})
				}
			})
		}
		wg.Wait()
	})
	got := calls(p)
	for k, n := range map[string]int{"forward matmul": goroutines * each, "backward matmul": goroutines * each, "other exp": goroutines * each} {
		if got[k] != n {
			t.Errorf("%s: %d, not %d", k, got[k], n)
		}
	}
	seen := map[int]bool{}
	for _, o := range p.Ops() {
		seen[o.Goroutine] = true
	}
	if len(seen) == 0 || len(seen) > goroutines {
		t.Errorf("%d goroutines", len(seen))
	}
	if p.Busy() > p.Wall() {
		t.Errorf("busy %v of %v", p.Busy(), p.Wall())
	}
}

// Profiles begin and end while others compute.
func TestStartAndStopBesideOperations(t *testing.T) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			w := tensor.Ones(4, 4).SetRequiresGrad(true)
			for {
				select {
				case <-stop:
					return
				default:
					w.MatMul(tensor.Ones(4, 4)).GELU().Sum().Backward()
				}
			}
		})
	}
	for range 100 {
		p := prof.Run(func() { tensor.Ones(3).Exp() })
		if calls(p)["forward exp"] == 0 {
			t.Error("an operation is missing")
		}
	}
	close(stop)
	wg.Wait()
}

func TestPanicAndExit(t *testing.T) {
	t.Run("panic", func(t *testing.T) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			prof.Run(func() {
				prof.Range("doomed", func() {
					tensor.Ones(2).Exp()
					tensor.Ones(2, 3).MatMul(tensor.Ones(4, 5))
				})
			})
		}()
		checkClosed(t, "doomed", 1)
	})
	t.Run("exit", func(t *testing.T) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			prof.Run(func() {
				prof.Range("left", func() { tensor.Ones(2).Exp(); runtime.Goexit() })
			})
		}()
		<-done
		checkClosed(t, "left", 1)
	})
	t.Run("interrupt", func(t *testing.T) {
		defer backend.SetInterrupt(nil)
		func() {
			defer func() {
				if _, ok := recover().(backend.Interrupted); !ok {
					t.Error("the interrupt was swallowed")
				}
			}()
			prof.Run(func() {
				prof.Range("long", func() {
					x := tensor.Ones(2)
					x.Exp()
					backend.SetInterrupt(func() bool { return true })
					x.Exp()
				})
			})
		}()
		backend.SetInterrupt(nil)
		checkClosed(t, "long", 1)
	})
}

// checkClosed looks at the profile that ended last.
func checkClosed(t *testing.T, span string, exps int) {
	t.Helper()
	p := prof.Last()
	if n := calls(p)["forward exp"]; n != exps {
		t.Errorf("%d calls of exp", n)
	}
	if s := p.Spans(); len(s) != 1 || s[0].Name != span || s[0].Duration <= 0 || s[0].Duration > p.Wall() {
		t.Errorf("spans: %+v of %v", s, p.Wall())
	}
	wall, n := p.Wall(), p.Len()
	tensor.Ones(2).Exp()
	if p.Wall() != wall || p.Len() != n {
		t.Error("the profile is still open")
	}
	if q := prof.Run(func() { tensor.Ones(2).Exp() }); calls(q)["forward exp"] != 1 {
		t.Error("the phase of the ended span stays")
	}
}

func TestStopWithoutStart(t *testing.T) {
	defer func() {
		if s, _ := recover().(string); !strings.Contains(s, "Stop without Start") {
			t.Errorf("panic: %q", s)
		}
	}()
	prof.Stop()
}

func TestOffMeansOff(t *testing.T) {
	prof.Run(func() {})
	x := tensor.Ones(2)
	if _, traced := x.Backend().(interface{ Unwrap() backend.Backend }); traced {
		t.Error("operations are traced when nothing is profiled")
	}
	ran := false
	prof.Range("r", func() { ran = true })
	if !ran {
		t.Error("Range didn't run its function")
	}
}

// More operations than are kept are counted all the same.
func TestManyOperations(t *testing.T) {
	const n = 100_000
	x := tensor.Ones(1)
	p := prof.Run(func() {
		tensor.NoGrad(func() {
			for range n {
				x.MulScalarInPlace(1)
			}
		})
	})
	got, flops := 0, int64(0)
	for _, s := range p.Stats() {
		if s.Name == "mul" {
			got += s.Calls
			flops += s.FLOPs
		}
	}
	if got != n || flops != n {
		t.Errorf("%d calls with %d FLOPs, not %d", got, flops, n)
	}
	if len(p.Ops()) >= p.Len() {
		t.Errorf("%d of %d operations are kept", len(p.Ops()), p.Len())
	}
}

const evil = `<script>alert("x")</script> & "quoted" \ 日本` + "\x00\xff"

func TestTrace(t *testing.T) {
	w := tensor.Ones(4, 4).SetRequiresGrad(true)
	p := prof.Run(func() { prof.Range(evil, func() { w.MatMul(w).Sum().Backward() }) })
	path := filepath.Join(t.TempDir(), "trace.json")
	if err := p.WriteTrace(path); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var trace struct {
		TraceEvents []struct {
			Name, Cat, Ph string
			TS, Dur       *float64
			PID, TID      *int
			Args          map[string]any
		}
	}
	if err := json.Unmarshal(raw, &trace); err != nil {
		t.Fatal(err)
	}
	type interval struct{ from, to float64 }
	threads := map[int][]interval{}
	kinds := map[string]int{}
	for _, e := range trace.TraceEvents {
		kinds[e.Ph]++
		if e.Name == "" || e.TS == nil || e.PID == nil || e.TID == nil {
			t.Fatalf("incomplete: %+v", e)
		}
		if e.Ph != "X" {
			continue
		}
		if e.Dur == nil || *e.Dur < 0 || *e.TS < 0 {
			t.Fatalf("no duration: %+v", e)
		}
		// What overlaps on a thread is nested: the viewers ask for it.
		at := interval{*e.TS, *e.TS + *e.Dur}
		for _, o := range threads[*e.TID] {
			apart := at.to <= o.from+1e-6 || o.to <= at.from+1e-6
			inside := at.from >= o.from-1e-6 && at.to <= o.to+1e-6 || o.from >= at.from-1e-6 && o.to <= at.to+1e-6
			if !apart && !inside {
				t.Errorf("%s %v crosses %v", e.Name, at, o)
			}
		}
		threads[*e.TID] = append(threads[*e.TID], at)
	}
	if kinds["X"] != p.Len()+len(p.Spans()) || kinds["C"] != len(p.Memory()) || kinds["M"] != 2 {
		t.Errorf("events: %v", kinds)
	}
	if err := p.WriteTrace(filepath.Join(t.TempDir(), "no", "such", "folder.json")); err == nil || !strings.Contains(err.Error(), "trace") {
		t.Errorf("error: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTable(t *testing.T) {
	x := tensor.Randn(64, 128)
	w := tensor.Randn(128, 10).SetRequiresGrad(true)
	p := prof.Run(func() { x.MatMul(w).Softmax(-1).Sum().Backward() })
	text := p.String()
	for _, want := range []string{"matmul", "forward", "backward", "(64, 128) × (128, 10)", "GFLOP/s", "outside operations", "Measured peaks"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	page := p.HTML()
	if strings.Count(page, "<tr>") != strings.Count(page, "</tr>") || !strings.Contains(page, "<table") || strings.Contains(page, "< 0.1") {
		t.Errorf("HTML:\n%s", page)
	}
	if k := prof.MeasurePeaks(); k.GFLOPS <= 0 || k.GBps <= 0 || k != prof.MeasurePeaks() {
		t.Errorf("peaks: %+v", k)
	}
	if empty := prof.Run(func() {}); !strings.Contains(empty.String(), "0 operations") {
		t.Errorf("an empty profile:\n%s", empty)
	}
}
