package program

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/folder"
)

// LoadDir parses and checks a program of several packages that lie in one folder, as the toolchain's
// tests do: files that name the same package are one, which is imported by the name of its first
// file, as ./a or test/a, and the last one is package main. Copies of the files go to tmp, a folder for
// each package.
func LoadDir(dir, tmp string, imp types.Importer) (*check.Program, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(tmp, "go.mod"), []byte("module test\n\ngo 1.26\n"), 0o666); err != nil {
		return nil, err
	}
	l := &folder.Loader{Dir: tmp, Fset: token.NewFileSet(), Importer: imp}
	folders := map[string]string{} // by the name of the package
	var files []*ast.File
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(l.Fset, filepath.Base(name), text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		pkg := file.Name.Name
		if pkg == "main" {
			files = append(files, file)
			continue
		}
		if folders[pkg] == "" {
			folders[pkg] = strings.TrimSuffix(filepath.Base(name), ".go")
		}
		to := filepath.Join(tmp, folders[pkg])
		if err := os.MkdirAll(to, 0o777); err != nil {
			return nil, err
		}
		// A folder's own ./a is a folder within it.
		text = []byte(strings.ReplaceAll(string(text), `"./`, `"test/`))
		if err := os.WriteFile(filepath.Join(to, filepath.Base(name)), text, 0o666); err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no package main in %s", dir)
	}
	p, err := load(l.Fset, files, importer(func(path string) (*types.Package, error) {
		if folders := strings.TrimPrefix(path, "./"); folders != path {
			path = "test/" + folders
		}
		return l.Import(path)
	}))
	if err != nil {
		return nil, err
	}
	p.Packages = packages(l)
	return p, nil
}

type importer func(string) (*types.Package, error)

func (f importer) Import(path string) (*types.Package, error) { return f(path) }

// packages lists what a loader has loaded, each package after those that it imports.
func packages(l *folder.Loader) []*check.Package {
	var list []*check.Package
	seen := map[*folder.Package]bool{}
	var add func(f *folder.Package)
	add = func(f *folder.Package) {
		if seen[f] {
			return
		}
		seen[f] = true
		for _, i := range f.Imports {
			add(i)
		}
		list = append(list, &check.Package{Pkg: f.Pkg, Info: f.Info, Decls: f.Decls, Init: f.Init})
	}
	for _, path := range slices.Sorted(maps.Keys(l.Loaded)) {
		add(l.Loaded[path])
	}
	return list
}
