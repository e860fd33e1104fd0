package interp

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
)

const wordsFile = "testdata/gc.txt"

// probe is a program with mistakes and what the Go compiler says of it.
type probe struct {
	code string
	says []string // "1:12: declared and not used: x"
}

// readProbes reads programs, each line after "> ", and what is said of them.
func readProbes(t *testing.T) []*probe {
	text, err := os.ReadFile(wordsFile)
	if err != nil {
		t.Fatal(err)
	}
	var list []*probe
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		p := &probe{}
		for line := range strings.SplitSeq(block, "\n") {
			if code, ok := strings.CutPrefix(line, "> "); ok {
				p.code += code + "\n"
			} else {
				p.says = append(p.says, line)
			}
		}
		list = append(list, p)
	}
	return list
}

// asCompiled asks the toolchain's compiler what it says of each program.
func asCompiled(t *testing.T, list []*probe) {
	dir := t.TempDir()
	write := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) ([]byte, error) {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		return cmd.CombinedOutput()
	}
	packages, err := run("list", "-deps", "-export", "-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", "fmt", "os", "strings")
	if err != nil {
		t.Fatal(err, string(packages))
	}
	write("packages", packages)
	place := regexp.MustCompile(`p\.go:(\d+):`)
	for _, p := range list {
		write("p.go", []byte("package main\n"+p.code))
		out, _ := run("tool", "compile", "-e", "-p=main", "-lang=go1.26", "-complete", "-importcfg=packages", "-o=p.o", "p.go") // fails, of course
		p.says = nil
		for line := range strings.Lines(string(out)) {
			line = place.ReplaceAllStringFunc(strings.TrimSuffix(line, "\n"), func(s string) string {
				row, err := strconv.Atoi(place.FindStringSubmatch(s)[1])
				if err != nil {
					t.Fatal(s)
				}
				return fmt.Sprintf("%d:", row-1) // less the package clause's
			})
			p.says = append(p.says, line)
		}
	}
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "> %s\n", strings.ReplaceAll(strings.TrimSuffix(p.code, "\n"), "\n", "\n> "))
		for _, s := range p.says {
			b.WriteString(s + "\n")
		}
		b.WriteByte('\n')
	}
	if err := os.WriteFile(wordsFile, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

// asCell says what a cell is told.
func asCell(code string) []string {
	o := session.Options{Importer: symbols.Importer()}
	s := session.New(o)
	c, err := s.Parse(1, strings.TrimSuffix(code, "\n"))
	if err == nil {
		_, err = s.Plan(c, session.PlanOptions{})
	}
	var errs *check.Errors
	if !errors.As(err, &errs) {
		return nil
	}
	var list []string
	for _, e := range errs.List {
		text := fmt.Sprintf("%d:%d: %s", e.Pos.Line, e.Pos.Column, e.Msg)
		list = append(list, strings.Split(strings.ReplaceAll(text, "In [1]:", ""), "\n")...)
	}
	return list
}

// inCells are probes of which cells are told something else, and why.
var inCells = map[string]string{
	"func f() { undefinedFunc() }":              "it waits for a later cell",
	"func f(x Undefined) {}":                    "it waits for a later cell",
	"var a = b; var b = a":                      "variables of cells are assigned one after the other",
	"var x = f(); func f() int { return x }":    "variables of cells are assigned one after the other",
	"import \"nosuchpackage\"":                  "packages are found elsewhere",
	"import \"fmt\"; func f() { fmt = nil }":    "nothing is said of unused imports",
	"func f() { goto L; x := 1; _ = x; L: }":    "go/types doesn't say which variable",
	"type G[T any] struct{}; var g G[int, int]": "the type of a variable is checked twice",
	"func (t T) { }":                            "the parser takes it for a function T without parameters",

	"func f(...int, x string) {}": "of several mistakes of syntax in a line the first one is told",
}

// TestWords: cells are told of mistakes in the Go compiler's words, in its lines. The words are the toolchain's
// own; -update asks it again.
func TestWords(t *testing.T) {
	list := readProbes(t)
	if *update {
		asCompiled(t, list)
	}
	differ := 0
	for _, p := range list {
		if _, ok := inCells[strings.TrimSuffix(p.code, "\n")]; ok {
			continue
		}
		got := asCell(p.code)
		if !slices.Equal(withoutColumns(got), withoutColumns(withinCell(p))) {
			differ++
			t.Errorf("%s\ta cell is told\n\t\t%s\n\tthe compiler says\n\t\t%s", p.code, strings.Join(got, "\n\t\t"), strings.Join(p.says, "\n\t\t"))
		}
	}
	t.Logf("%d of %d programs", len(list)-differ-len(inCells), len(list))
}

var column = regexp.MustCompile(`^(\d+):\d+: `)

// withinCell puts what is said of the line behind a program's last, at the end of the file, into that line, for cells end
// without a line break.
func withinCell(p *probe) []string {
	last := strings.Count(p.code, "\n")
	var out []string
	for _, s := range p.says {
		if rest, ok := strings.CutPrefix(s, fmt.Sprintf("%d:", last+1)); ok {
			s = fmt.Sprintf("%d:%s", last, rest)
		}
		out = append(out, s)
	}
	return out
}

func withoutColumns(list []string) []string {
	var out []string
	for _, s := range list {
		out = append(out, column.ReplaceAllString(s, "$1: "))
	}
	return out
}
