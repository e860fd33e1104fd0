package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/data"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

func main() {
	steps := flag.Int("steps", 200, "")
	lr := flag.Float64("lr", 2e-3, "")
	prof := flag.String("prof", "", "")
	flag.Parse()
	raw, _ := os.ReadFile("notebooks/data/psalms.txt")
	var vocab []rune
	for _, r := range string(raw) {
		if !slices.Contains(vocab, r) {
			vocab = append(vocab, r)
		}
	}
	slices.Sort(vocab)
	enc := func(s string) (o []int) {
		for _, r := range s {
			o = append(o, slices.Index(vocab, r))
		}
		return
	}
	var tr, va []int
	for i, p := range strings.Split(string(raw), "\n\n") {
		if i%10 == 9 {
			va = append(va, enc(p+"\n\n")...)
		} else {
			tr = append(tr, enc(p+"\n\n")...)
		}
	}
	tensor.ManualSeed(1)
	g := NewGPT(len(vocab))
	fmt.Println(nn.NumParameters(g), len(tr), len(va))
	ps := nn.Parameters(g)
	opt := optim.NewAdamW(ps, optim.AdamWOptions{LR: *lr, Beta2: 0.99, WeightDecay: 0.1})
	sch := optim.Cosine{Peak: *lr, Floor: *lr / 10, Warmup: 50, Steps: *steps}
	l := data.NewLoader(data.NewWindows(tr, context), data.LoaderOptions{BatchSize: batch, Seed: 1})
	vl := data.NewLoader(data.NewWindows(va, context), data.LoaderOptions{BatchSize: 64, Seed: 2})
	vx, vy := vl.Sample(0)
	val := func() (v float64) {
		tensor.NoGrad(func() { v = nn.CrossEntropy(g.Forward(vx), vy).Item() })
		return
	}
	if *prof != "" {
		f, _ := os.Create(*prof)
		pprof.StartCPUProfile(f)
		defer pprof.StopCPUProfile()
	}
	t := time.Now()
	for s := range *steps {
		x, y := l.Sample(s)
		loss := nn.CrossEntropy(g.Forward(x), y)
		loss.Backward()
		optim.ClipGradNorm(ps, 1)
		opt.SetLR(sch.At(s))
		opt.Step()
		opt.ZeroGrad()
		if s%50 == 49 {
			fmt.Printf("%d train %.3f val %.3f  %.2f steps/s\n", s, loss.Item(), val(), float64(s+1)/time.Since(t).Seconds())
		}
	}
}
var std = 0.02
func init() { fmt.Sscan(os.Getenv("STD"), &std) }
