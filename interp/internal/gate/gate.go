// Package gate runs the Go toolchain's own test programs with an executor, and counts how many pass,
// are refused or go wrong. A program passes when its output is what `go run` gives.
//
//	func TestGate(t *testing.T) { gate.Test(t, newExecutor) }
//
// Each program has a process of its own: the test binary, run again with -gate.prog.
package gate

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"go/build/constraint"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/internal/program"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/interp/symbols/exit"
)

var (
	selection = flag.String("gate", "", "run the toolchain's programs whose path contains this; \"all\" for all of them")
	folders   = flag.String("gate.folders", ".,typeparam", "folders below GOROOT/test to take programs from")
	kinds     = flag.String("gate.kinds", "run", "the programs to take, by their first line: run, rundir (several packages in a folder)")
	only      = flag.String("gate.prog", "", "run one program and end (used by the gate itself)")
)

// patience is how long a program may run: some make hundreds of millions of calls.
const patience = 3 * time.Minute

// refused is the exit status of a program that the executor refuses.
const refused = 8

// Test is the gate as a test. It skips unless -gate says what to run, or RG_GATE is set.
func Test(t *testing.T, newExecutor func() (session.Executor, error)) {
	if *only != "" {
		os.Exit(runProgram(*only, newExecutor))
	}
	if *selection == "" && os.Getenv("RG_GATE") != "" {
		*selection = "all"
	}
	if *selection == "" {
		t.Skip("takes minutes; run with -gate all")
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(strings.TrimSpace(string(out)), "test")
	counts := map[string]int{}
	for _, name := range programs(t, root) {
		if _, ok := outOfScope[name]; ok {
			counts["out of scope"]++
			continue
		}
		verdict, detail := judge(t, root, name)
		counts[verdict]++
		if verdict != "passed" {
			fmt.Printf("%-8s %s: %s\n", verdict, name, detail)
		}
	}
	for _, k := range []string{"passed", "refused", "wrong", "out of scope"} {
		fmt.Printf("%d %s\n", counts[k], k)
	}
}

// programs lists the programs to run, relative to a folder.
func programs(t *testing.T, root string) []string {
	var list []string
	for folder := range strings.SplitSeq(*folders, ",") {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if !built(src) {
				continue
			}
			first, _, _ := strings.Cut(string(src), "\n")
			name, err := filepath.Rel(root, f)
			if err != nil {
				t.Fatal(err)
			}
			kind := strings.TrimPrefix(strings.TrimSpace(first), "// ")
			if slices.Contains(strings.Split(*kinds, ","), kind) && (*selection == "all" || strings.Contains(name, *selection)) {
				list = append(list, name)
			}
		}
	}
	slices.Sort(list)
	return list
}

// built says whether a file's build constraint lets it in here, where there is no C.
func built(src []byte) bool {
	for line := range strings.Lines(string(src)) {
		if strings.HasPrefix(line, "package ") {
			break
		}
		x, err := constraint.Parse(strings.TrimSpace(line))
		if err != nil {
			continue // a comment
		}
		if !x.Eval(func(tag string) bool {
			return tag == runtime.GOOS || tag == runtime.GOARCH || tag == "gc" || tag == "unix" || strings.HasPrefix(tag, "go1.")
		}) {
			return false
		}
	}
	return true
}

// judge runs one program and compares its output with the expected one: the .out file beside it, or
// none.
func judge(t *testing.T, root, name string) (verdict, detail string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, name)
	cmd := exec.CommandContext(ctx, self, "-test.run", "^"+t.Name()+"$", "-gate.prog", file)
	cmd.Dir = root // where programs look for files beside them
	if src, err := os.ReadFile(file); err == nil && bytes.Contains(src, []byte(importConfig)) {
		cmd.Env = append(os.Environ(), importConfig+"="+standardLibrary(t))
	}
	out, err := cmd.CombinedOutput()
	last := strings.TrimSpace(string(out))
	if len(last) > 300 {
		last = last[:300]
	}
	last = strings.ReplaceAll(last, "\n", " | ")
	var status *exec.ExitError
	switch {
	case errors.As(err, &status) && status.ExitCode() == refused:
		return "refused", last
	case err != nil:
		return "wrong", err.Error() + ": " + last
	}
	want, err := os.ReadFile(strings.TrimSuffix(file, ".go") + ".out")
	if err != nil {
		want = nil
	}
	if !bytes.Equal(bytes.TrimSpace(want), bytes.TrimSpace(out)) {
		return "wrong", "output differs: " + last
	}
	return "passed", ""
}

// importConfig is a variable that the toolchain's own harness sets for programs that run the linker.
const importConfig = "STDLIB_IMPORTCFG"

// standardLibrary writes where the linker finds the standard library.
func standardLibrary(t *testing.T) string {
	out, err := exec.Command("go", "list", "-export", "-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", "std").Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "importcfg")
	if err := os.WriteFile(file, out, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func runProgram(file string, newExecutor func() (session.Executor, error)) int {
	fail := func(status int, err error) int {
		fmt.Fprintln(os.Stderr, err)
		return status
	}
	runtime.GOMAXPROCS(2)
	os.Args = []string{file}
	x, err := newExecutor()
	if err != nil {
		return fail(1, err)
	}
	p, err := load(file)
	if err != nil {
		return fail(refused, fmt.Errorf("check: %w", err))
	}
	if err := x.Load(p); err != nil {
		return fail(refused, err)
	}
	if _, err := x.Run(context.Background(), p); err != nil {
		var crash *session.Panic
		if errors.As(err, &crash) {
			if code, ok := crash.Value.(exit.Code); ok {
				return int(code)
			}
			for _, f := range crash.Frames {
				fmt.Fprintf(os.Stderr, "%s %s:%d\n", f.Func, f.File, f.Line)
			}
		}
		return fail(2, err)
	}
	return 0
}

// load reads a program: of one file, or of the folder beside it.
func load(file string) (*check.Program, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(src, []byte("// rundir")) {
		name := file
		if bytes.Contains(src, []byte("//line ")) {
			name = filepath.Base(file) // go/scanner puts a relative file of a line directive into this one's folder, the compiler doesn't
		}
		return program.Load(name, src, symbols.Importer())
	}
	tmp, err := os.MkdirTemp("", "rundir")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	return program.LoadDir(strings.TrimSuffix(file, ".go")+".dir", tmp, symbols.Importer())
}

// outOfScope are programs about what an interpreter has no part in, and why.
var outOfScope = map[string]string{
	"closure.go":      "counts allocations of compiled closures",
	"heapsampling.go": "the memory profile names compiled functions",
	"nilptr.go":       "wants a variable at an address that the linker gives",
	"nilptr_aix.go":   "wants a variable at an address that the linker gives",

	"fixedbugs/issue8606b.go":  "compares strings in memory that can't be read",
	"fixedbugs/issue15281.go":  "liveness in compiled frames",
	"fixedbugs/issue24491a.go": "escape analysis",
	"fixedbugs/issue24491b.go": "escape analysis",
	"fixedbugs/issue4618.go":   "counts allocations of compiled code",
	"fixedbugs/issue56990.go":  "reads the flags of a test binary, which the gate is",
}
