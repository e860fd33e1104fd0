package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	stock "github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"

	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/interp/internal/program"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/interp/yaegi"
)

// A peer runs a case's file and leaves what it prints.
type peer struct {
	name    string
	command func(file string) []string
}

// peers are what is compared, in the order of the table's columns.
func peers(python string) ([]peer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	inside := func(engine string) func(string) []string {
		return func(file string) []string { return []string{self, "-child", engine, file + ".go"} }
	}
	return []peer{
		{"eval", inside("eval")},
		{"yaegi", inside("yaegi")},
		{"stock yaegi", inside("stock")},
		{"python", func(file string) []string { return []string{python, file + ".py"} }},
		{"go", func(file string) []string { return []string{file} }},
	}, nil
}

// timing is what a peer made of a case.
type timing struct {
	NS     float64 `json:"ns,omitempty"` // the median
	Error  string  `json:"error,omitempty"`
	result string
}

// patience is how long a case may take on one peer.
const patience = 60 * time.Second

func (p peer) run(file string) timing {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	args := p.command(file)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return timing{Error: fmt.Sprintf("not done in %v", patience)}
		}
		text := strings.TrimSpace(errs.String())
		if i := strings.LastIndexByte(text, '\n'); p.name == "python" && i >= 0 {
			text = text[i+1:]
		}
		text, _, _ = strings.Cut(text, "\n")
		return timing{Error: text}
	}
	lines := strings.Fields(out.String())
	t := timing{result: lines[0]}
	var ns []float64
	for _, l := range lines[1:] {
		x, err := strconv.ParseFloat(l, 64)
		if err != nil {
			return timing{Error: fmt.Sprintf("printed %q", l)}
		}
		ns = append(ns, x)
	}
	slices.Sort(ns)
	t.NS = ns[len(ns)/2]
	return t
}

// build compiles the cases and writes what the other peers run beside them. Each case's files are
// dir/NAME/NAME with .go, .py and nothing.
func build(dir string, cases []benchCase, o options) error {
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module cases\n\ngo 1.26\n"), 0o666); err != nil {
		return err
	}
	for _, c := range cases {
		d := filepath.Join(dir, c.name)
		if err := os.Mkdir(d, 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(d, c.name+".go"), c.goProgram(o), 0o666); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(d, c.name+".py"), c.pyProgram(o), 0o666); err != nil {
			return err
		}
		cmd := exec.Command("go", "build", "-o", filepath.Join(d, c.name), "./"+c.name)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", c.name, err, out)
		}
	}
	return nil
}

// child runs one program on one engine, in this process.
func child(engine, file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if engine == "stock" {
		i := stock.New(stock.Options{})
		if err := i.Use(stdlib.Symbols); err != nil {
			return err
		}
		_, err := i.Eval(string(src))
		return err
	}
	var x session.Executor
	if engine == "eval" {
		x, err = eval.New(eval.Options{})
	} else {
		x, err = yaegi.New(yaegi.Options{})
	}
	if err != nil {
		return err
	}
	p, err := program.Load(filepath.Base(file), src, symbols.Importer())
	if err != nil {
		return err
	}
	if err := x.Load(p); err != nil {
		return err
	}
	_, err = x.Run(context.Background(), p)
	return err
}
