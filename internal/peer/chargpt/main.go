package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/rustygradients/rg/internal/machine"
	"github.com/rustygradients/rg/tensor/nn"
)

//go:embed train.py
var trainPy []byte

// report is what is written as JSON.
type report struct {
	Date       string  `json:"date"`
	System     string  `json:"system"`
	Processor  string  `json:"processor"`
	Load       string  `json:"load_before,omitempty"` // averages over 1, 5 and 15 minutes
	Threads    int     `json:"threads"`
	Steps      int     `json:"steps"`
	Parameters int     `json:"parameters"`
	Runs       []run   `json:"runs"`
	Difference float64 `json:"relative_difference_of_losses"`
	Ratio      float64 `json:"speed_rg_over_torch"` // of steps a second, by the median step
}

var errDiffer = errors.New("the validation losses differ by more than 2 %")

func main() {
	text := flag.String("text", "notebooks/data/psalms.txt", "the `file` to learn")
	python := flag.String("python", "python3", "a Python with torch and numpy")
	steps := flag.Int("steps", 1000, "how many steps to train")
	threads := flag.Int("threads", 2, "how many threads both may use")
	out := flag.String("out", "build/peer/chargpt.json", "where the result goes")
	flag.Parse()
	if flag.NArg() > 0 || *steps < 1 || *threads < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := compare(*text, *python, *out, *steps, *threads); err != nil {
		fmt.Fprintln(os.Stderr, "chargpt:", err)
		os.Exit(1)
	}
}

func compare(text, python, out string, steps, threads int) error {
	runtime.GOMAXPROCS(threads)
	c, err := readCorpus(text)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "chargpt-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := report{
		Date: time.Now().Format(time.DateOnly), System: runtime.GOOS + "/" + runtime.GOARCH,
		Processor: machine.Processor(), Load: machine.Load(), Threads: threads, Steps: steps,
	}
	e := newExperiment(c, steps)
	for _, p := range nn.Parameters(e.model) {
		r.Parameters += p.Len()
	}
	start := filepath.Join(dir, "start.safetensors")
	if err := e.save(start); err != nil {
		return err
	}
	ours := e.train()
	theirs, err := trainTorch(python, dir, start, e, len(c.alphabet), threads)
	if err != nil {
		return err
	}
	r.Runs = []run{ours, theirs}
	r.Difference = math.Abs(ours.loss()-theirs.loss()) / theirs.loss()
	r.Ratio = ours.rate() / theirs.rate()
	r.print()
	if err := machine.WriteResult(out, r); err != nil {
		return err
	}
	if !(r.Difference <= 0.02) { // NaN is no agreement
		return errDiffer
	}
	return nil
}

// trainTorch runs the Python half.
func trainTorch(python, dir, start string, e *experiment, vocab, threads int) (run, error) {
	script, result := filepath.Join(dir, "train.py"), filepath.Join(dir, "result.json")
	if err := os.WriteFile(script, trainPy, 0o666); err != nil {
		return run{}, err
	}
	settings, err := json.Marshal(map[string]any{
		"vocab": vocab, "layers": layers, "heads": heads, "width": width, "context": context, "threads": threads,
		"betas": []float64{adamW.Beta1, adamW.Beta2}, "eps": adamW.Eps, "weight_decay": adamW.WeightDecay,
		"limit": limit, "interval": e.interval,
	})
	if err != nil {
		return run{}, err
	}
	cmd := exec.Command(python, script, start, result, string(settings))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.Env = append(os.Environ(), fmt.Sprintf("OMP_NUM_THREADS=%d", threads), "PYTHONDONTWRITEBYTECODE=1")
	if err := cmd.Run(); err != nil {
		return run{}, fmt.Errorf("train.py: %w (name a Python that has torch and numpy by -python)", err)
	}
	text, err := os.ReadFile(result)
	if err != nil {
		return run{}, err
	}
	var r run
	if err := json.Unmarshal(text, &r); err != nil || len(r.Losses) == 0 {
		return run{}, fmt.Errorf("train.py wrote %q: %w", text, err)
	}
	return r, nil
}

// print writes the table.
func (r report) print() {
	fmt.Printf("\n%s, %s, %d threads, load before %s\n%d parameters, %d steps of %d × %d characters\n\n",
		r.Processor, r.System, r.Threads, r.Load, r.Parameters, r.Steps, batch, context)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "\tvalidation loss\tsteps/s (median)\tsteps/s (mean)")
	for _, u := range r.Runs {
		fmt.Fprintf(w, "%s\t%.4f\t%.1f\t%.1f\n", u.Name, u.loss(), u.rate(), u.mean(r.Steps))
	}
	fmt.Fprintf(w, "rg : torch\t%+.2f %%\t%.2f\t%.2f\n", 100*(r.Runs[0].loss()/r.Runs[1].loss()-1), r.Ratio,
		r.Runs[1].Seconds/r.Runs[0].Seconds)
	w.Flush()
}
