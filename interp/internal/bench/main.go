package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/rustygradients/rg/internal/machine"
)

// options are how often and how long to measure.
type options struct {
	rounds  int
	atLeast time.Duration
}

// report is what is written as JSON.
type report struct {
	Date      string   `json:"date"`
	System    string   `json:"system"`
	Processor string   `json:"processor"`
	Load      string   `json:"load_before,omitempty"` // averages over 1, 5 and 15 minutes
	Go        string   `json:"go"`
	Peers     []string `json:"peers"`
	Cases     []row    `json:"cases"`
}

type row struct {
	Name    string            `json:"name"`
	What    string            `json:"what"`
	Program bool              `json:"program,omitempty"`
	Times   map[string]timing `json:"times"`
}

func main() {
	only := flag.String("run", "", "cases whose name matches this `pattern`")
	python := flag.String("python", "python3", "the Python to compare with")
	out := flag.String("out", "build/bench/interp.json", "where the result goes")
	against := flag.String("peers", "eval,yaegi,stock yaegi,python,go", "what to run")
	asMarkdown := flag.Bool("markdown", false, "print the table for a document")
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "how often a case is repeated for the median")
	flag.DurationVar(&o.atLeast, "time", 60*time.Millisecond, "how long a round takes, at least")
	engine := flag.String("child", "", "run a program on this engine and end (used by the command itself)")
	profile := flag.String("profile", "", "with -child: write a CPU profile to this `file`")
	flag.Parse()
	var err error
	if *engine != "" {
		err = profiled(*profile, func() error { return child(*engine, flag.Arg(0)) })
	} else {
		err = compare(*only, *python, *out, strings.Split(*against, ","), *asMarkdown, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func profiled(path string, f func() error) error {
	if path == "" {
		return f()
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}

func compare(only, python, out string, names []string, asMarkdown bool, o options) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	cases, err := readCases(pattern)
	if err != nil {
		return err
	}
	all, err := peers(python)
	if err != nil {
		return err
	}
	var chosen []peer
	for _, n := range names {
		for _, p := range all {
			if p.name == n {
				chosen = append(chosen, p)
			}
		}
	}
	dir, err := os.MkdirTemp("", "bench-interp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(dir, cases, o); err != nil {
		return err
	}
	r := report{
		Date: time.Now().Format(time.DateOnly), System: runtime.GOOS + "/" + runtime.GOARCH,
		Processor: fmt.Sprintf("%d × %s", runtime.NumCPU(), machine.Processor()), Load: machine.Load(), Go: runtime.Version(),
	}
	for _, p := range chosen {
		r.Peers = append(r.Peers, p.name)
	}
	for _, c := range cases {
		fmt.Fprintf(os.Stderr, "%s ", c.name)
		w := row{c.name, c.what, c.program, map[string]timing{}}
		for _, p := range chosen {
			w.Times[p.name] = p.run(filepath.Join(dir, c.name, c.name))
		}
		w.disagree(chosen)
		r.Cases = append(r.Cases, w)
	}
	fmt.Fprintln(os.Stderr)
	r.print(os.Stdout, asMarkdown)
	return machine.WriteResult(out, r)
}

// disagree marks the peers whose result is not that of compiled Go, or of the last that has one.
func (w row) disagree(chosen []peer) {
	want := ""
	for _, p := range chosen {
		if t := w.Times[p.name]; t.Error == "" {
			want = t.result
		}
	}
	for name, t := range w.Times {
		if t.Error == "" && t.result != want {
			w.Times[name] = timing{Error: fmt.Sprintf("wrong: %s, not %s", t.result, want)}
		}
	}
}
