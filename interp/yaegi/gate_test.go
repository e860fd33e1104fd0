package yaegi

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/interp/symbols/exit"
	"github.com/rustygradients/rg/interp/yaegi/internal/program"
)

var (
	gate     = flag.String("gate", "", "run the toolchain's programs whose path contains this; \"all\" for all of them")
	gateProg = flag.String("gate.prog", "", "run one program and end (used by the gate itself)")
)

// TestGate runs the toolchain's own test programs, each in a process of its own, and reports how
// many pass, are refused or go wrong. A program passes when its output is what `go run` gives.
func TestGate(t *testing.T) {
	if *gateProg != "" {
		os.Exit(runProgram(*gateProg))
	}
	if os.Getenv("RG_GATE") != "" && *gate == "" {
		*gate = "all"
	}
	if *gate == "" {
		t.Skip("takes minutes; run make gate, or with -gate and a part of a path")
	}
	var files []string
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"test/*.go", "test/typeparam/*.go"} {
		m, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, m...)
	}
	counts := map[string]int{}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(src), "\n")
		name, _ := filepath.Rel(strings.TrimSpace(string(root)), f)
		if strings.TrimSpace(first) != "// run" || *gate != "all" && !strings.Contains(name, *gate) {
			continue
		}
		if _, ok := outOfScope[strings.TrimPrefix(name, "test/")]; ok {
			counts["out of scope"]++
			continue
		}
		verdict, detail := judge(f)
		counts[verdict]++
		if verdict != "passed" {
			fmt.Printf("%-8s %s: %s\n", verdict, name, detail)
		}
	}
	var keys []string
	for k := range counts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Printf("%d %s\n", counts[k], k)
	}
}

// judge runs one program and compares its output with the expected one: the .out file beside it,
// or none.
func judge(file string) (verdict, detail string) {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestGate$", "-gate.prog", file)
	out, err := cmd.CombinedOutput()
	code := 0
	if err != nil {
		code = -1
		if x, ok := err.(*exec.ExitError); ok {
			code = x.ExitCode()
		}
	}
	text := string(out)
	last := text
	if len(last) > 300 {
		last = last[:300]
	}
	last = strings.ReplaceAll(strings.TrimSpace(last), "\n", " | ")
	switch code {
	case 0:
	case refused:
		return "refused", last
	default:
		return "wrong", last
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

// refused is the exit code of a program that the lowering refuses.
const refused = 8

func runProgram(file string) int {
	src, err := os.ReadFile(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	runtime.GOMAXPROCS(2)
	opts := Options{}
	if *trace {
		opts.Trace = os.Stderr
	}
	x, err := New(opts)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	p, err := program.Load(filepath.Base(file), src, symbols.Importer())
	if err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		return refused
	}
	if err := x.Load(p); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return refused
	}
	if _, err := x.Run(context.Background(), p); err != nil {
		var p *session.Panic
		isPanic := errors.As(err, &p)
		if isPanic {
			if code, ok := p.Value.(exit.Code); ok {
				return int(code)
			}
		}
		fmt.Fprintln(os.Stderr, err)
		if isPanic {
			for _, f := range p.Frames {
				fmt.Fprintf(os.Stderr, "\t%s %s:%d:%d\n", f.Func, f.File, f.Line, f.Column)
			}
		}
		return 2
	}
	return 0
}

// outOfScope are programs about what an interpreter has no part in, and why.
var outOfScope = map[string]string{
	"closure.go":            "counts allocations of compiled closures",
	"deferfin.go":           "finalizers",
	"finprofiled.go":        "finalizers and the memory profile",
	"heapsampling.go":       "the memory profile",
	"inline_literal.go":     "line tables of the linker",
	"linkmain_run.go":       "runs the linker",
	"linkobj.go":            "runs the linker",
	"linkx_run.go":          "runs the linker",
	"mallocfin.go":          "finalizers",
	"nilptr.go":             "page size and unsafe addresses",
	"nilptr_aix.go":         "page size and unsafe addresses",
	"stackobj.go":           "liveness in compiled frames",
	"stackobj3.go":          "liveness in compiled frames",
	"tinyfin.go":            "finalizers",
	"uintptrescapes3.go":    "escape analysis",
	"unsafe_slice_data.go":  "layout through unsafe",
	"unsafe_string.go":      "layout through unsafe",
	"unsafe_string_data.go": "layout through unsafe",
	"unsafebuiltins.go":     "layout through unsafe",
}
