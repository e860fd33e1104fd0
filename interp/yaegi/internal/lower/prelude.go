package lower

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// The prelude holds generic functions and types of the standard library in short implementations of
// our own: compiled generics can't be instantiated, so these are lowered like a cell's.
//
//go:embed prelude
var preludeFiles embed.FS

type prelude struct {
	packages map[*types.Package]bool
	byPath   map[string]*types.Package
	funcs    map[types.Object]*funcSource
}

var loadPrelude = sync.OnceValues(func() (*prelude, error) {
	p := &prelude{packages: map[*types.Package]bool{}, byPath: map[string]*types.Package{}, funcs: map[types.Object]*funcSource{}}
	fset := token.NewFileSet()
	files := map[string]*ast.File{}
	err := fs.WalkDir(preludeFiles, "prelude", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := preludeFiles.ReadFile(name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		// prelude/sync_atomic.go holds sync/atomic.
		base := strings.TrimSuffix(path.Base(name), ".go.txt")
		files[strings.ReplaceAll(base, "_", "/")] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("prelude: %w", err)
	}
	imp := &preludeImporter{p: p, fset: fset, files: files}
	for path := range files {
		if _, err := imp.Import(path); err != nil {
			return nil, fmt.Errorf("prelude: %w", err)
		}
	}
	return p, nil
})

// preludeImporter checks the prelude's packages, which import nothing but one another.
type preludeImporter struct {
	p     *prelude
	fset  *token.FileSet
	files map[string]*ast.File
}

func (i *preludeImporter) Import(path string) (*types.Package, error) {
	if pkg := i.p.byPath[path]; pkg != nil {
		return pkg, nil
	}
	f := i.files[path]
	if f == nil {
		return nil, fmt.Errorf("no package %s", path)
	}
	info := NewInfo()
	cfg := types.Config{Importer: i, Sizes: types.SizesFor("gc", "amd64")}
	pkg, err := cfg.Check(path, i.fset, []*ast.File{f}, info)
	if err != nil {
		return nil, err
	}
	i.p.byPath[path] = pkg
	i.p.packages[pkg] = true
	for _, d := range f.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok {
			i.p.funcs[info.Defs[fd.Name]] = &funcSource{fd, info, i.fset}
		}
	}
	return pkg, nil
}

// substitute returns the prelude's version of a compiled generic function or method, or o itself.
func (p *prelude) substitute(o *types.Func) *types.Func {
	if o.Pkg() == nil || p.packages[o.Pkg()] {
		return o
	}
	pkg := p.byPath[o.Pkg().Path()]
	if pkg == nil {
		return o
	}
	if n := receiverNamed(o); n != nil {
		tn, ok := pkg.Scope().Lookup(n.Obj().Name()).(*types.TypeName)
		if !ok {
			return o
		}
		m, _, _ := types.LookupFieldOrMethod(types.NewPointer(tn.Type()), true, pkg, o.Name())
		if f, ok := m.(*types.Func); ok {
			return f
		}
		return o
	}
	if f, ok := pkg.Scope().Lookup(o.Name()).(*types.Func); ok {
		return f
	}
	return o
}

// NewInfo returns an Info that collects all that lowering needs.
func NewInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Instances: map[*ast.Ident]types.Instance{}, Implicits: map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
	}
}
