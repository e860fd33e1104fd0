package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"time"

	"github.com/rustygradients/rg/internal/machine"
	"github.com/rustygradients/rg/tensor/cpu"
)

func main() {
	py := flag.String("python", "", "a Python with what requirements.txt names; without one, the rows beside it are empty")
	threads := flag.Int("threads", 2, "how many threads the rows of several use")
	only := flag.String("only", "", "measure the rows whose group or name this `expression` matches")
	budget := flag.Duration("time", 400*time.Millisecond, "how long each side of a row is timed")
	out := flag.String("out", "build/bench/cpu.json", "where the result goes")
	page := flag.String("html", "", "write the page of what -out holds there, and measure nothing")
	markdown := flag.Bool("markdown", false, "print what -out holds as the table of docs/performance.md, and measure nothing")
	hog := flag.Duration("hog", 0, "keep one core busy for so long: what the row of a busy machine runs")
	half := flag.String("step", "", "train a model of these `settings` and print its times: what the rows of training steps run")
	flag.Parse()
	if flag.NArg() > 0 || *threads < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if *hog > 0 {
		keepBusy(*hog)
		return
	}
	if *markdown {
		if err := printMarkdown(os.Stdout, *out); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*py, *only, *out, *page, *half, *threads, *budget); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(py, only, out, page, half string, threads int, budget time.Duration) error {
	switch {
	case half != "":
		return trainHalf(half)
	case page != "":
		return writePage(page, out)
	}
	filter, err := regexp.Compile("(?i)" + only)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{threads: threads, budget: budget, only: filter, dir: dir}
	r := report{
		Date: time.Now().Format(time.DateOnly), System: runtime.GOOS + "/" + runtime.GOARCH + ", " + runtime.Version(),
		Processor: machine.Processor(), Kernels: cpu.Kernels(), Load: machine.Load(), Threads: threads,
	}
	if b.python, err = startPython(py, dir); err != nil {
		return err
	}
	start := time.Now()
	for _, suite := range []func(){
		b.products, b.oddProducts, b.vectorMath, b.elementwise, b.reductions, b.layouts, b.fused, b.attention, b.convolutions,
		b.memory, b.files, b.contention, b.training,
	} {
		suite()
	}
	if err := b.python.close(); err != nil {
		return err
	}
	r.Rows, r.Seconds = b.rows, time.Since(start).Seconds()
	r.print(os.Stdout)
	return machine.WriteResult(out, r)
}

// bench is a run of the benchmark.
type bench struct {
	python  *python
	threads int
	budget  time.Duration
	only    *regexp.Regexp
	dir     string // for files; removed at the end
	rows    []row
}
