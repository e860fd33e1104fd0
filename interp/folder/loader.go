package folder

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	pathpkg "path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/rustygradients/rg/interp/check"
)

// Loader reads folders. What it has loaded it gives again.
type Loader struct {
	Dir      string // where the notebook is
	Fset     *token.FileSet
	Importer types.Importer // of compiled packages

	// Source, if set, is told the text of each file that is read.
	Source func(file *token.File, text string)

	Loaded map[string]*Package // by path, as Resolve returns it
	chain  []step              // of imports, from the one that Load was asked for
	site   *ast.ImportSpec     // of the folder's file that is about to be loaded for; nil for a cell
}

// step is a package that waits for what it imports.
type step struct {
	path string
	site *ast.ImportSpec // that has asked for it; nil for a cell's
}

// Package is a folder that was read and type-checked.
type Package struct {
	Path    string
	Pkg     *types.Package
	Info    *types.Info
	Decls   []*check.Decl // all are fresh
	Init    *ast.FuncDecl // sets the variables and calls the init functions; nil where there is nothing to do
	Imports []*Package    // the folders among its imports

	dir   string
	files []file
	texts map[string]string // of types and constants: what they are made of, for Same
}

// file is what tells that a file has changed.
type file struct {
	name string
	size int64
	time int64
}

var version atomic.Int64

// Import returns the package that a cell's import names: a compiled one, or a folder, which is loaded.
func (l *Loader) Import(name string) (*types.Package, error) {
	path, ok := l.Resolve(name)
	if !ok {
		return l.Importer.Import(name)
	}
	if pkg := l.compiled(path); pkg != nil {
		return pkg, nil
	}
	p, err := l.Load(path)
	if err != nil {
		return nil, err
	}
	return p.Pkg, nil
}

// compiled returns the package of a path where it is compiled into this process, or nil: a notebook
// within rg's own module works with that.
func (l *Loader) compiled(path string) *types.Package {
	if strings.HasPrefix(path, ".") {
		return nil
	}
	pkg, err := l.Importer.Import(path)
	if err != nil {
		return nil
	}
	return pkg
}

// Load returns the package of a path that Resolve has returned.
func (l *Loader) Load(path string) (*Package, error) {
	if p := l.Loaded[path]; p != nil {
		return p, nil
	}
	next := step{path, l.site}
	if i := slices.IndexFunc(l.chain, func(s step) bool { return s.path == path }); i >= 0 {
		return nil, l.cycle(append(slices.Clone(l.chain[i:]), next))
	}
	l.chain = append(l.chain, next)
	defer func() { l.chain = l.chain[:len(l.chain)-1] }()
	p := &Package{Path: path, dir: l.dir(path)}
	files, err := list(p.dir)
	if err != nil {
		return nil, err
	}
	p.files = files
	parsed, err := l.parse(p)
	if err != nil {
		return nil, err
	}
	if err := l.check(p, parsed); err != nil {
		return nil, err
	}
	if l.Loaded == nil {
		l.Loaded = map[string]*Package{}
	}
	l.Loaded[path] = p
	return p, nil
}

// cycle is the mistake of packages that import each other, in the go command's words.
func (l *Loader) cycle(chain []step) error {
	var b strings.Builder
	b.WriteString("package " + chain[0].path)
	for _, s := range chain[1:] {
		fmt.Fprintf(&b, "\n\timports %s from %s", s.path, pathpkg.Base(l.Fset.Position(s.site.Pos()).Filename))
	}
	b.WriteString(": import cycle not allowed")
	return check.NewErrors([]*check.Error{{Pos: l.Fset.Position(chain[len(chain)-1].site.Path.Pos()), Msg: b.String()}})
}

// siteOf finds the import of a package in the files of another.
func siteOf(files []*ast.File, name string) *ast.ImportSpec {
	for _, f := range files {
		for _, s := range f.Imports {
			if to, err := strconv.Unquote(s.Path.Value); err == nil && to == name {
				return s
			}
		}
	}
	return nil
}

// list finds the files of a folder's package.
func list(dir string) ([]file, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("there is no folder %s", filepath.ToSlash(dir))
		}
		return nil, err
	}
	var files []file
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		// MatchFile also leaves out names that begin with _ or a dot.
		if ok, err := build.Default.MatchFile(dir, name); err == nil && !ok {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, info.Size(), info.ModTime().UnixNano()})
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no Go files in %s", filepath.ToSlash(dir))
	}
	return files, nil
}

// Changed says whether the files of a package are not those that were read.
func (p *Package) Changed() bool {
	files, err := list(p.dir)
	return err != nil || !slices.Equal(files, p.files)
}

func (l *Loader) parse(p *Package) ([]*ast.File, error) {
	var files []*ast.File
	var mistakes []*check.Error
	for _, f := range p.files {
		name := filepath.Join(p.dir, f.name)
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		shown := name
		if dir, err := filepath.Abs(l.Dir); err == nil {
			if abs, err := filepath.Abs(name); err == nil {
				if rel, err := filepath.Rel(dir, abs); err == nil {
					shown = filepath.ToSlash(rel)
				}
			}
		}
		parsed, err := parser.ParseFile(l.Fset, shown, text, parser.SkipObjectResolution|parser.ParseComments)
		if parsed != nil && l.Source != nil {
			l.Source(l.Fset.File(parsed.FileStart), string(text))
		}
		if err != nil {
			for _, e := range check.SyntaxErrors(err).List {
				e.Msg = "syntax error: " + e.Msg
				mistakes = append(mistakes, e)
			}
			continue
		}
		if e := l.refuse(parsed); e != nil {
			mistakes = append(mistakes, e)
		}
		files = append(files, parsed)
	}
	if errs := check.NewErrors(mistakes); errs != nil {
		return nil, errs
	}
	for _, f := range files[1:] {
		if a, b := files[0].Name.Name, f.Name.Name; a != b {
			return nil, fmt.Errorf("found packages %s and %s in %s", a, b, filepath.ToSlash(p.dir))
		}
	}
	if files[0].Name.Name == "main" {
		return nil, fmt.Errorf("%s is a program (package main), not an importable package", p.Path)
	}
	return files, nil
}

// refuse looks for what only a toolchain can do.
func (l *Loader) refuse(f *ast.File) *check.Error {
	for _, i := range f.Imports {
		if i.Path.Value == `"C"` {
			return &check.Error{Pos: l.Fset.Position(i.Pos()), Msg: "cgo is not available: there is no C compiler in a notebook"}
		}
	}
	for _, g := range f.Comments {
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, "//go:embed ") {
				return &check.Error{Pos: l.Fset.Position(c.Pos()), Msg: "//go:embed is not available in folders", Hint: "read the file with os.ReadFile"}
			}
		}
	}
	return nil
}

// check type-checks a package and takes it apart.
func (l *Loader) check(p *Package, files []*ast.File) error {
	p.Info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Instances: map[*ast.Ident]types.Instance{}, Implicits: map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
	}
	var found []types.Error
	broken := map[string]error{} // imports that failed, which know better what is wrong
	conf := types.Config{
		Sizes: types.SizesFor("gc", build.Default.GOARCH),
		Importer: importer(func(name string) (*types.Package, error) {
			path, ok := l.Resolve(name)
			if strings.HasPrefix(name, ".") { // relative to the folder that says so
				path, ok = l.Resolve(relative(l.Dir, filepath.Join(p.dir, filepath.FromSlash(name))))
			}
			if !ok {
				return l.Importer.Import(name)
			}
			if pkg := l.compiled(path); pkg != nil {
				return pkg, nil
			}
			l.site = siteOf(files, name)
			dep, err := l.Load(path)
			l.site = nil
			if err != nil {
				broken[name] = err
				return nil, err
			}
			p.Imports = append(p.Imports, dep)
			return dep.Pkg, nil
		}),
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) {
				found = append(found, e)
			}
		},
	}
	// The error is the first of those that were collected.
	pkg, _ := conf.Check(p.Path+check.Mark+strconv.FormatInt(version.Add(1), 10), l.Fset, files, p.Info)
	p.Pkg = pkg
	for _, err := range broken {
		var errs *check.Errors
		if errors.As(err, &errs) {
			return errs
		}
	}
	if len(found) > 0 {
		c := &check.Checked{Pkg: pkg, Info: p.Info, Errors: found}
		return check.NewErrors(c.Explain(l.Fset, found, func(string) string { return "" }))
	}
	p.takeApart(files)
	return nil
}

type importer func(string) (*types.Package, error)

func (f importer) Import(path string) (*types.Package, error) { return f(path) }

func relative(from, to string) string {
	a, err1 := filepath.Abs(from)
	b, err2 := filepath.Abs(to)
	rel, err3 := filepath.Rel(a, b)
	if errors.Join(err1, err2, err3) != nil {
		return filepath.ToSlash(to)
	}
	rel = filepath.ToSlash(rel)
	if !strings.HasPrefix(rel, "..") {
		rel = "./" + rel
	}
	return rel
}
