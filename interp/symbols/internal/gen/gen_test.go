package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rustygradients/rg/interp/symbols"
)

const sample = `// Package sample is a sample.
package sample

import (
	"io"
	"math"
	tmpl "text/template"
)

// Sizes.
const (
	// Small is small.
	Small Size = 1 << iota
	Large // Large is large.
	hidden
	Ratio = 0.5
	Whole = 2.0
	Letter = 'x'
	Name = "a\"b"
	Big = math.MaxUint64
)

// A Size is a number.
type Size uint8

// Options are chosen.
type Options struct {
	// Out is where it goes.
	Out io.Writer
	in, back io.Reader
	Limit int ` + "`json:\"limit\"`" + ` // at most
	cache map[string]int
	base
}

type base struct{ n [hidden]int }

// Reset starts again.
func (b *base) Reset() { b.n[0] = 0 }

func (b *base) hide() {}

type unused struct{}

// Shape has a side.
type Shape interface {
	Area(scale ...float64) float64
	String() string
}

// Sealed has only our own.
type Sealed interface{ sealed() }

func (Size) sealed() {}

// Number is a constraint.
type Number interface{ ~int | ~float64 }

// Map maps.
//
//go:noinline
func Map[T, U any](s []T, f func(T) U) []U { return nil }

// Parse parses.
func Parse(t *tmpl.Template) (o *Options, err error) { return nil, nil }

var (
	// Default is there.
	Default = Options{Limit: 3}
	private = 1
)
`

const sampleTest = `package sample_test

import "fmt"

func ExampleParse() {
	for range 1 {
		fmt.Println(1) // one
	}
	// Output:
	// 1
}

func ExampleOptions_Reset_twice() {
	fmt.Println("no output")
}
`

// sampleWorld is a world with the sample in it.
func sampleWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sample.go"), []byte(sample), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sample_test.go"), []byte(sampleTest), 0o644); err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "sample.go", sample, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: symbols.Importer()}
	pkg, err := config.Check("example.org/sample", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &world{
		listed:   map[string]*listed{pkg.Path(): {ImportPath: pkg.Path(), Name: "sample", Dir: dir, GoFiles: []string{"sample.go"}, XTestGoFiles: []string{"sample_test.go"}}},
		paths:    []string{pkg.Path()},
		fset:     fset,
		packages: map[string]*types.Package{pkg.Path(): pkg},
	}
}

func TestStub(t *testing.T) {
	w := sampleWorld(t)
	s, err := newStub(w, w.paths[0])
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.source()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "sample.stub", got)
}

func TestTable(t *testing.T) {
	w := sampleWorld(t)
	got, err := table("std", w.packages[w.paths[0]], w.importable)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "sample.table", got)
}

func TestPackageDocs(t *testing.T) {
	w := sampleWorld(t)
	texts, err := packageDocs(w.listed[w.paths[0]])
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, x := range texts {
		b.WriteString(x.name + ": " + x.text + "\n")
	}
	golden(t, "sample.docs", []byte(b.String()))
}

// TestArchive: the same contents are the same bytes.
func TestArchive(t *testing.T) {
	files := [2][]byte{}
	for i := range files {
		name := filepath.Join(t.TempDir(), "a.zip")
		z := newArchive()
		for _, n := range []string{"b", "a"} {
			if err := z.add(n, []byte(strings.Repeat(n, 1000))); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.writeTo(name); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = b
	}
	if string(files[0]) != string(files[1]) {
		t.Error("two archives of the same differ")
	}
}

// TestOutput: what isn't made any more goes away, what others wrote stays.
func TestOutput(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"old_gen.go", "kept.go"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := newOutput(dir, "_gen.go")
	out.add("new", []byte("y"))
	if err := out.write(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"old_gen.go": false, "kept.go": true, "new_gen.go": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
}
