package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/rustygradients/rg/internal/machine"
)

func main() {
	rg := flag.String("rg", "bin/rgkernel", "the kernel to measure")
	python := flag.String("python", "", "a Python with ipykernel; without one, there is nothing to compare with")
	out := flag.String("out", "build/bench/kernel.json", "where the result goes")
	markdown := flag.Bool("markdown", false, "print the table for a document")
	var o options
	flag.IntVar(&o.starts, "starts", 10, "how many times each kernel is started")
	flag.IntVar(&o.cells, "cells", 1000, "how many trivial cells are timed")
	flag.IntVar(&o.rounds, "rounds", 5, "how often everything else is repeated")
	flag.Parse()
	if err := run(*rg, *python, *out, *markdown, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are how often to measure.
type options struct{ starts, cells, rounds int }

func run(rg, python, out string, markdown bool, o options) error {
	rg, err := filepath.Abs(rg)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-kernel-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	kernels := []*kernelKind{{
		name: "rg", argv: []string{rg, "kernel", "-f"}, dir: dir, code: goCode,
		env: []string{"RG_HISTORY=" + filepath.Join(dir, "history.sqlite")},
	}}
	if python != "" {
		kernels = append(kernels, &kernelKind{
			name: "ipykernel", argv: []string{python, "-m", "ipykernel_launcher", "-f"}, dir: dir, code: pythonCode,
			env: []string{"IPYTHONDIR=" + filepath.Join(dir, "ipython")},
		})
	}
	r := report{
		Date: time.Now().Format(time.DateOnly), System: runtime.GOOS + "/" + runtime.GOARCH + ", " + runtime.Version(),
		Processor: fmt.Sprintf("%d × %s", runtime.NumCPU(), machine.Processor()), Load: machine.Load(),
	}
	for _, k := range kernels {
		fmt.Fprintln(os.Stderr, k.name)
		if err := k.measure(o); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		r.Kernels = append(r.Kernels, k.name+" "+k.version)
	}
	r.compare(kernels)
	r.print(os.Stdout, markdown)
	return machine.WriteResult(out, r)
}

// code is what a kernel is given to do.
type code struct {
	trivial, result string
	complete        string
	before          string // runs once, before the loop
	loop            string // never ends
	lines           string // prints the numbers below 100,000
	after, left     string // what is still there after an interrupt, and what it is worth
}

var goCode = code{
	trivial: "1 + 1", result: "2", complete: "tensor.",
	before: "import \"fmt\"\nn := 0\ncount := func() int { n++; return n }\ncount()",
	loop:   "for {}",
	lines:  "for i := range 100000 { fmt.Println(i) }",
	after:  "count() + n", left: "4",
}

var pythonCode = code{
	trivial: "1 + 1", result: "2", complete: "os.",
	before: "import os\nn = 0\ndef count():\n  global n\n  n += 1\n  return n\ncount()",
	loop:   "while True: pass",
	lines:  "for i in range(100000): print(i)",
	after:  "count() + n", left: "4",
}

// lines is what code.lines prints.
func lines() string {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintln(&b, i)
	}
	return b.String()
}
