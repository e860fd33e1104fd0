//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/interp/internal/program"
	"github.com/rustygradients/rg/interp/internal/randprog"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
)

var (
	randomCount = flag.Int("random.n", 200, "how many random programs to compare with the compiler")
	randomTime  = flag.Duration("random.time", 0, "compare programs for so long, however many")
	randomSeed  = flag.Uint64("random.seed", 0, "the seed of the first one")
	randomBatch = flag.Int("random.batch", 500, "how many are compiled at once")
	randomKeep  = flag.String("random.keep", "", "a folder for programs that differ")
)

// TestRandomPrograms compares random programs with what the compiler makes of them.
func TestRandomPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program with the toolchain")
	}
	x, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the toolchain")
	}
	differ := 0
	start, count := time.Now(), *randomCount
	if *randomTime > 0 {
		count = math.MaxInt
	}
	for first := 0; first < count && differ < 40; first += *randomBatch {
		if *randomTime > 0 && time.Since(start) > *randomTime {
			break
		}
		var list []*randprog.Program
		for i := first; i < min(first+*randomBatch, count); i++ {
			list = append(list, randprog.New(*randomSeed+uint64(i)))
		}
		compiled := make(chan map[string]string)
		go func() { compiled <- compile(t, x, list) }()
		got := make([]string, len(list))
		for i, p := range list {
			got[i] = interpret(p)
		}
		want := <-compiled
		if want == nil {
			t.FailNow()
		}
		for i, p := range list {
			if w := want[fmt.Sprint(p.Seed)]; got[i] != w {
				differ++
				t.Errorf("seed %d: %s", p.Seed, firstDifference(got[i], w))
				if *randomKeep != "" {
					if err := os.WriteFile(filepath.Join(*randomKeep, fmt.Sprint(p.Seed)+".go"), []byte(p.Source()), 0o644); err != nil {
						t.Error(err)
					}
				}
			}
		}
		if count > *randomBatch {
			fmt.Printf("%d programs, %d differ\n", first+len(list), differ)
		}
	}
}

// compile builds programs with the toolchain and runs them; their output by seed.
func compile(t *testing.T, tool string, list []*randprog.Program) map[string]string {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Error(err)
		}
	}
	write("go.mod", "module random\n\ngo 1.26\n")
	write("main.go", randprog.Bundle(list))
	// Nobody debugs it, and a compiler that collects little is a third faster.
	cmd := exec.Command(tool, "build", "-gcflags=-dwarf=false", "-ldflags=-s -w", "-o", "random", ".")
	cmd.Dir = dir
	// For the machine that runs the toolchain: these tests may be in an emulator of another.
	cmd.Env = append(os.Environ(), "GOGC=800", "GOMEMLIMIT=1500MiB", "GOARCH=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out[:min(len(out), 4000)])
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var errs bytes.Buffer
	cmd = exec.CommandContext(ctx, filepath.Join(dir, "random"))
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v: %.2000s", err, errs.Bytes())
	}
	return randprog.Outputs(string(out))
}

// interpret runs a program with this executor.
func interpret(p *randprog.Program) string {
	var out bytes.Buffer
	x, err := eval.New(eval.Options{Stdout: &out, Stderr: &out})
	if err != nil {
		return err.Error()
	}
	prog, err := program.Load("p.go", []byte(p.Source()), symbols.Importer())
	if err != nil {
		return "check: " + err.Error()
	}
	if err := x.Load(prog); err != nil {
		return "load: " + err.Error()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := x.Run(ctx, prog); err != nil {
		fmt.Fprintf(&out, "run: %v\n", err)
		var crash *session.Panic
		if errors.As(err, &crash) {
			for _, f := range crash.Frames {
				fmt.Fprintf(&out, "%s %s:%d\n", f.Func, f.File, f.Line)
			}
		}
	}
	return out.String()
}

func firstDifference(got, want string) string {
	g, w := bytes.Split([]byte(got), []byte("\n")), bytes.Split([]byte(want), []byte("\n"))
	for i := range max(len(g), len(w)) {
		var a, b []byte
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if !bytes.Equal(a, b) {
			return fmt.Sprintf("line %d:\n\tgot  %.300s\n\twant %.300s", i+1, a, b)
		}
	}
	return "nothing"
}
