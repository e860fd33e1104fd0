package main

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/internal/machine"
)

func fixed(name string, seconds ...float64) side {
	return side{name: name, sample: func(time.Duration) ([]float64, error) { return seconds, nil }}
}

func TestCompare(t *testing.T) {
	b := &bench{only: regexp.MustCompile("")}
	rg := fixed("rg", 3, 1, 2) // the median is 2
	b.compare(rate("g", "a rate", "GFLOP/s", 4e9), rg, beside(fixed("slow", 4), 1.5), within("peak", 4, 0.6))
	b.compare(duration("g", "a time", "ms", 1e-3), rg, towards(fixed("quick", 1), 1),
		beside(side{name: "broken", sample: func(time.Duration) ([]float64, error) { return nil, errors.New("no such thing") }}, 1))
	want := []row{
		{Group: "g", Name: "a rate", Unit: "GFLOP/s", RG: 2, With: "slow", Value: 1, Ratio: 2, Bar: 1.5},
		{Group: "g", Name: "a rate", Unit: "GFLOP/s", RG: 2, With: "peak", Value: 4, Ratio: 0.5, Bar: 0.6},
		{Group: "g", Name: "a time", Unit: "ms", RG: 2000, With: "quick", Value: 1000, Ratio: 0.5, Bar: 1, Aim: true},
		{Group: "g", Name: "a time", Unit: "ms", RG: 2000, With: "broken", Bar: 1, Note: "no such thing"},
	}
	for i, r := range b.rows {
		if i >= len(want) || r != want[i] {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	for i, verdict := range []string{"≥ 1.50", "≥ 0.60  SHORT", "aim: 1.00", "no such thing"} {
		if got := b.rows[i].verdict(); got != verdict {
			t.Errorf("verdict %q, want %q", got, verdict)
		}
	}

	r := report{Processor: "a <b>processor</b>", Rows: b.rows}
	var table strings.Builder
	r.print(&table)
	if !strings.Contains(table.String(), "4 rows, 2 short of their bars") {
		t.Error(table.String())
	}
	dir := t.TempDir()
	json, html := filepath.Join(dir, "deep", "cpu.json"), filepath.Join(dir, "page", "cpu.html")
	if err := machine.WriteResult(json, r); err != nil {
		t.Fatal(err)
	}
	if err := writePage(html, json); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(html)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(page); strings.Count(s, `<tr class="`) != 4 || strings.Contains(s, "<b>processor") {
		t.Error(s)
	}
	var md strings.Builder
	if err := printMarkdown(&md, json); err != nil {
		t.Fatal(err)
	}
	if want := "| g, a rate | GFLOP/s | 2.00 | slow 1.00; peak 4.00 | 2.00 (≥ 1.50); **0.50** (≥ 0.60) |"; !strings.Contains(md.String(), want) {
		t.Errorf("%s\nhas no line\n%s", md.String(), want)
	}
	if err := writePage(html, filepath.Join(dir, "none.json")); err == nil || !strings.Contains(err.Error(), "make bench") {
		t.Error(err)
	}
}

func TestPlace(t *testing.T) {
	for ratio, want := range map[float64]float64{0: 0, 0.125: 0, 1: 50, 2: 50 + 100.0/6, 100: 100} {
		if got := place(ratio); math.Abs(got-want) > 1e-9 {
			t.Errorf("place(%v) = %v, want %v", ratio, got, want)
		}
	}
}

// Every operation by torch's name computes something of the right shape.
func TestOperations(t *testing.T) {
	for op, f := range elementwiseOps {
		x, y := numbers(op, 3, 4)
		z := f(x, y)
		if z.Len() != 12 || !z.IsFinite().All().Bool() {
			t.Errorf("%s gives %v", op, z)
		}
	}
	for _, p := range []product{{m: 2, k: 3, n: 4, dtype: "f32"}, {m: 2, k: 3, n: 4, tx: true, ty: true, dtype: "bf16"}} {
		if x, y := p.operands(); x.Dim(0) != 2 || x.Dim(1) != 3 || y.Dim(0) != 3 || y.Dim(1) != 4 || x.DType() != dtypes[p.dtype] {
			t.Errorf("%+v has operands %v and %v", p, x.Shape(), y.Shape())
		}
	}
}
