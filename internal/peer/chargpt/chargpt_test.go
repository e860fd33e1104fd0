package main

import (
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

const psalms = "../../../notebooks/data/psalms.txt"

func readPsalms(t *testing.T) *corpus {
	t.Helper()
	c, err := readCorpus(psalms)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// joined takes out of a source what says only where its lines end.
func joined(source string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(source), ""), ",}", "}")
}

// What is compared is what the notebook trains: the same sizes, the same declarations.
func TestSameAsNotebook(t *testing.T) {
	nb, err := notebook.ReadFile("../../../notebooks/02-char-gpt.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	source := ""
	for _, c := range nb.Cells {
		source += c.Source + "\n"
	}
	for name, want := range map[string]int{"layers": layers, "heads": heads, "width": width, "context": context, "batch": batch} {
		m := regexp.MustCompile(`(?m)^\s*` + name + `\s+= (\d+)`).FindStringSubmatch(source)
		if m == nil {
			t.Errorf("the notebook has no constant %s", name)
		} else if got, _ := strconv.Atoi(m[1]); got != want {
			t.Errorf("%s is %d in the notebook, %d here", name, got, want)
		}
	}
	for _, want := range []string{
		"optim.AdamWOptions{Beta2: 0.99, WeightDecay: 0.1}", "optim.Cosine{Peak: 3e-3, Floor: 3e-4, Warmup: 50, Steps: steps}",
		"InitNormal(g.Tokens.Weight, 0, 0.2)", "InitNormal(g.Positions.Weight, 0, 0.2)", "optim.ClipGradNorm(params, 1)",
	} {
		if !strings.Contains(joined(source), joined(want)) {
			t.Errorf("the notebook doesn't say %s, which is what is compared here", want)
		}
	}
	if s := schedule(1000); s.Peak != 3e-3 || math.Abs(s.Floor-3e-4) > 1e-12 || s.Warmup != 50 || s.Steps != 1000 || adamW.Beta2 != 0.99 || adamW.WeightDecay != 0.1 {
		t.Errorf("%+v, %+v", s, adamW)
	}
	tensor.ManualSeed(1)
	if n := nn.NumParameters(NewGPT(63)); n != 817_664 {
		t.Errorf("%d parameters", n)
	}
}

func TestCorpus(t *testing.T) {
	c := readPsalms(t)
	if len(c.alphabet) != 63 || len(c.learn) != 206_928 || len(c.judge) != 16_954 {
		t.Errorf("%d characters, %d to learn from, %d to judge by", len(c.alphabet), len(c.learn), len(c.judge))
	}
	if _, err := readCorpus("doc.go"); err == nil {
		t.Error("a text without ten passages was taken")
	}
}

// A few steps bring the loss down, and what is saved for the other side is what this one began with.
func TestTrain(t *testing.T) {
	c := readPsalms(t)
	e := newExperiment(c, 20)
	before := e.evaluate()
	path := filepath.Join(t.TempDir(), "start.safetensors")
	if err := e.save(path); err != nil {
		t.Fatal(err)
	}
	r := e.train()
	if before < 4 || r.loss() > 3.2 {
		t.Errorf("loss went from %.2f to %.2f", before, r.loss())
	}
	if len(r.Losses) != 10 || r.Seconds <= 0 || r.MedianStep <= 0 {
		t.Errorf("%+v", r)
	}

	state, err := tensor.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := state["batches"].Shape(); !slices.Equal(got, []int{20, batch, context + 1}) {
		t.Errorf("batches have shape %v", got)
	}
	again := newExperiment(c, 20)
	for _, p := range nn.NamedParameters(again.model) {
		saved, ok := state["model."+p.Name]
		if !ok || !saved.Equals(p.Tensor.Detach()) {
			t.Errorf("%s is not what the training began with", p.Name)
		}
	}
	if rates := state["rates"]; rates.Len() != 20 || rates.At(19) != schedule(20).At(19) {
		t.Errorf("rates %v", rates)
	}
}

// BenchmarkStep times the notebook's training step.
func BenchmarkStep(b *testing.B) {
	c, err := readCorpus(psalms)
	if err != nil {
		b.Fatal(err)
	}
	e := newExperiment(c, 1)
	params := nn.Parameters(e.model)
	opt := optim.NewAdamW(params, adamW)
	x, y := pair(e.batches.Select(0, 0))
	for b.Loop() {
		nn.CrossEntropy(e.model.Forward(x), y).Backward()
		optim.ClipGradNorm(params, limit)
		opt.Step()
		opt.ZeroGrad()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}
