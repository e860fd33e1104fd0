package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/cpu"
)

// memory is what storage costs.
func (b *bench) memory() {
	b.compare(duration("memory", "tensor of 1 MB from the pool", "µs", 1e-6), ours("rg", 1, allocate),
		within("the bar", 1, 1), beside(ours("make", 1, func() { runtime.KeepAlive(make([]float32, 1<<18)) }), 0))
	step := func() {
		x := tensor.Randn(64, 256)
		for range 8 {
			x = x.Mul(x).AddScalar(1).Tanh()
		}
	}
	q := duration("memory", "24 operations of 64 KB, the pool", "µs", 1e-6)
	released := func() {
		tensor.Scope(step) // which gives the storage back to the pool
		tensor.ReleaseMemory()
	}
	b.compare(q, ours("rg", 1, step), beside(ours("without a pool", 1, released), 0))
	// The seed promises 30 to 50 % less allocation.
	if q = (quantity{group: "memory", name: "24 operations of 64 KB, allocated", unit: "KB"}); b.wanted(q) {
		with, without := allocated(step)/1e3, allocated(released)/1e3
		b.add(row{Group: q.group, Name: q.name, Unit: q.unit, RG: with, With: "without a pool", Value: without, Ratio: without / with, Bar: 2})
	}
}

// allocated is how many bytes a call of f takes from Go's heap.
func allocated(f func()) float64 {
	const calls = 50
	tensor.Scope(f)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		tensor.Scope(f)
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / calls
}

// allocate takes storage from the pool and gives it back.
func allocate() {
	s, err := cpu.Default().Alloc(tensor.Float32, 1<<18)
	if err != nil {
		panic(err)
	}
	s.Free()
}

// files loads 500 MB of weights.
func (b *bench) files() {
	q := duration("files", "safetensors 500 MB, first tensor", "ms", 1e-3)
	all := duration("files", "safetensors 500 MB, all", "ms", 1e-3)
	if !b.wanted(q) && !b.wanted(all) {
		return
	}
	path := filepath.Join(b.dir, "weights.safetensors")
	weights := map[string]*tensor.Tensor{}
	for i := range 125 {
		weights[fmt.Sprintf("layer.%03d", i)] = tensor.Rand(1000, 1000)
	}
	if err := tensor.Save(path, weights); err != nil {
		b.add(row{Group: q.group, Name: q.name, Note: err.Error()})
		return
	}
	load := func() map[string]*tensor.Tensor {
		w, err := tensor.Load(path)
		if err != nil {
			panic(err)
		}
		return w
	}
	b.compare(q, ours("rg", b.threads, func() { load()["layer.000"].At(0, 0) }), within("the bar", 10, 1),
		towards(b.python.side("safetensors (Rust)", b.threads, request{"kind": "load_first", "path": path, "name": "layer.000"}), 1))
	b.compare(all, ours("rg", b.threads, func() {
		for _, t := range load() {
			t.Sum().Item()
		}
	}), beside(jsonLoad(125), 8),
		towards(b.python.side("safetensors (Rust)", b.threads, request{"kind": "load_all", "path": path}), 1))
}

// jsonLoad reads a hundredth of as many numbers from JSON and says how long all would take.
func jsonLoad(millions int) side {
	const share = 100
	values := make([]float32, millions*1_000_000/share)
	for i := range values {
		values[i] = float32(i%9973) / 9973
	}
	text, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	s := ours("JSON", 1, func() {
		var back []float32
		if err := json.Unmarshal(text, &back); err != nil {
			panic(err)
		}
	})
	return side{name: s.name, sample: scaledSample(s, share)}
}

// scaledSample multiplies what a side measures.
func scaledSample(s side, by float64) func(time.Duration) ([]float64, error) {
	return func(budget time.Duration) ([]float64, error) {
		samples, err := s.sample(budget)
		for i := range samples {
			samples[i] *= by
		}
		return samples, err
	}
}

// contention is a product while another process keeps one core busy: half the rate is what is left to have.
func (b *bench) contention() {
	p := square(1024)
	q := rate("contention", fmt.Sprintf("f32 1024³ ×%d, a core taken", b.threads), "GFLOP/s", p.flop())
	if !b.wanted(q) {
		return
	}
	alone := take([]side{p.ours(b.threads)}, b.budget)[0].seconds
	hog := exec.Command(os.Args[0], "-hog", (4*b.budget + 4*time.Second).String())
	if err := hog.Start(); err != nil {
		b.add(row{Group: q.group, Name: q.name, Note: err.Error()})
		return
	}
	busy := take([]side{p.ours(b.threads)}, b.budget)[0].seconds
	_ = hog.Process.Kill()
	_ = hog.Wait()
	b.add(row{Group: q.group, Name: q.name, Unit: q.unit, RG: q.of(busy), With: "alone", Value: q.of(alone), Ratio: alone / busy, Bar: 0.45})
}

func keepBusy(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
		continue
	}
}
