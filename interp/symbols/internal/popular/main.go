// Popular counts how often what a package exports is used, for completion to rank by:
//
//	go run ./interp/symbols/internal/popular
//
// It reads the sources of the standard library and of gonum/plot for their uses of what cells can import, and rg's own
// for their uses of rg. The shipped notebooks are not read: completion is measured by them.
//
// It is no part of go generate, because any change to any source would change what it writes. Run it
// when packages have been added; names that it hasn't seen are merely ranked without it.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"math/bits"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/symbols/internal/catalog"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "popular:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := goEnv("GOROOT")
	if err != nil {
		return err
	}
	mod, err := goEnv("GOMOD")
	if err != nil {
		return err
	}
	module := filepath.Dir(mod)
	plot, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "gonum.org/v1/plot").Output()
	if err != nil {
		return err
	}
	foreign, own := counts{}, counts{}
	for _, dir := range []string{filepath.Join(root, "src"), strings.TrimSpace(string(plot))} {
		if err := foreign.tree(dir, false); err != nil {
			return err
		}
	}
	if err := own.tree(module, true); err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("# How often names are used: the binary logarithm of a count. Written by internal/popular.\n")
	for _, p := range slices.Sorted(maps.Keys(foreign)) {
		if importable(p) {
			foreign.write(&b, p, p, 4)
		}
	}
	foreign.write(&b, members, members, 8)
	for _, p := range catalog.Own {
		own.write(&b, p.Path, p.Path, 1)
	}
	own.write(&b, members, catalog.Module+members, 2)
	return os.WriteFile(filepath.Join(module, "interp", "symbols", "data", "popular.txt"), b.Bytes(), 0o666)
}

func goEnv(name string) (string, error) {
	out, err := exec.Command("go", "env", name).Output()
	return strings.TrimSpace(string(out)), err
}

// importable says whether cells can import a package that isn't rg's.
func importable(p string) bool {
	if slices.Contains(catalog.Gonum, p) || slices.Contains(catalog.Plot, p) {
		return true
	}
	first, _, _ := strings.Cut(p, "/")
	_, excluded := catalog.ExcludedStd[p]
	return !excluded && !catalog.IsInternal(p) && !strings.ContainsAny(first, "._") && p != "C"
}

// members stands in the place of a package for methods and fields of any type.
const members = "."

// counts are by import path and name.
type counts map[string]map[string]int

// tree counts what is used in a folder's sources.
func (c counts) tree(dir string, mine bool) error {
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if name == "testdata" || name == "vendor" || name == "cmd" && p != dir || strings.HasPrefix(name, ".") && p != dir {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_gen.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
		if err == nil {
			c.file(f, mine)
		}
		return nil
	})
}

func (c counts) file(f *ast.File, mine bool) {
	imports := map[string]string{}
	user := false // of what cells can import of rg
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(p)
		if name == "v2" {
			name = path.Base(path.Dir(p))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = p
		user = user || slices.ContainsFunc(catalog.Own, func(own catalog.Package) bool { return own.Path == p })
	}
	if mine && !user {
		return // its members are not those that cells see
	}
	for _, d := range f.Decls {
		weight := 1
		if fn, ok := d.(*ast.FuncDecl); ok && mine && strings.HasPrefix(fn.Name.Name, "Example") {
			weight = exampleWeight
		}
		c.uses(d, imports, weight)
	}
}

// exampleWeight is how often a use in one of rg's examples counts: tests use everything alike, examples what one needs.
const exampleWeight = 8

func (c counts) uses(d ast.Decl, imports map[string]string, weight int) {
	ast.Inspect(d, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !sel.Sel.IsExported() {
			return true
		}
		from := members
		if id, ok := sel.X.(*ast.Ident); ok && imports[id.Name] != "" {
			from = imports[id.Name]
		}
		if c[from] == nil {
			c[from] = map[string]int{}
		}
		c[from][sel.Sel.Name] += weight
		return true
	})
}

// write writes a line: a package, and its names that are used at least so often, each with its logarithm.
func (c counts) write(b *bytes.Buffer, pkg, title string, least int) {
	line := ""
	for _, name := range slices.Sorted(maps.Keys(c[pkg])) {
		if n := c[pkg][name]; n >= least {
			line += fmt.Sprintf(" %s %d", name, bits.Len(uint(n))-1)
		}
	}
	if line != "" {
		b.WriteString(title + line + "\n")
	}
}
