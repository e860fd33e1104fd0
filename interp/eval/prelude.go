//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/rustygradients/rg/interp/symbols"
)

// The prelude holds generic functions and types of the standard library in implementations of our
// own: compiled generics can't be instantiated, so these are compiled like a cell's.
//
//go:embed prelude/*.go.txt
var preludeFiles embed.FS

// prelude loads the packages that a session uses.
type prelude struct {
	packages map[string]*preludePackage
}

type preludePackage struct {
	pkg   *types.Package
	decls map[string]source // by name; methods by T.M
}

// source finds our implementation of a compiled generic function or method.
func (p *prelude) source(f *types.Func) (source, bool) {
	if f.Pkg() == nil {
		return source{}, false
	}
	sig := f.Signature()
	generic := sig.TypeParams().Len() > 0
	name := f.Name()
	if r := sig.Recv(); r != nil {
		n := namedOf(r.Type())
		if n == nil || n.TypeParams().Len() == 0 {
			return source{}, false
		}
		generic = true
		name = n.Obj().Name() + "." + name
	}
	pkg := p.packages[f.Pkg().Path()]
	if pkg == nil {
		if !generic {
			return source{}, false
		}
		pkg = p.load(f.Pkg().Path())
	}
	s, ok := pkg.decls[name]
	if !ok && generic {
		refuse("the generic function %s.%s is not available in cells yet", f.Pkg().Path(), name)
	}
	return s, ok && s.decl.Body != nil // what has none is among the instances
}

func (p *prelude) load(path string) *preludePackage {
	// prelude/sync_atomic.go.txt holds sync/atomic.
	file := "prelude/" + strings.ReplaceAll(path, "/", "_") + ".go.txt"
	src, err := preludeFiles.ReadFile(file)
	if err != nil {
		refuse("generics of package %s are not available in cells yet", path)
	}
	pkg, err := loadPrelude(path, file, src)
	if err != nil {
		panic(fmt.Sprintf("eval: %v", err)) // a mistake in an embedded file
	}
	p.packages[path] = pkg
	return pkg
}

func loadPrelude(path, file string, src []byte) (*preludePackage, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	info := newInfo()
	cfg := types.Config{Importer: symbols.Importer(), Sizes: sizes}
	pkg, err := cfg.Check(path, fset, []*ast.File{f}, info)
	if err != nil {
		return nil, err
	}
	u := &unit{fset, info, pkg}
	p := &preludePackage{pkg: pkg, decls: map[string]source{}}
	for _, d := range f.Decls {
		d, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		name := d.Name.Name
		if fn, ok := info.Defs[d.Name].(*types.Func); ok && fn.Signature().Recv() != nil {
			name = namedOf(fn.Signature().Recv().Type()).Obj().Name() + "." + name
		}
		p.decls[name] = source{d, u}
	}
	return p, nil
}

var sizes = types.SizesFor("gc", "amd64")

func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Instances: map[*ast.Ident]types.Instance{}, Implicits: map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
	}
}

// intrinsic gives an instance a compiled body where there is one.
func (w *world) intrinsic(f *types.Func, fn *function, targs []types.Type) bool {
	if f.Pkg().Path() != "slices" || f.Name() != "Sort" || len(targs) != 2 {
		return false
	}
	off := fn.ins[0].off
	switch kindOf(targs[1]) {
	case types.Int, types.Int64:
		fn.body = func(fr *frame) { slices.Sort(*(*[]int)(at(fr, off))) }
	case types.Float64:
		fn.body = func(fr *frame) { slices.Sort(*(*[]float64)(at(fr, off))) }
	case types.String:
		fn.body = func(fr *frame) { slices.Sort(*(*[]string)(at(fr, off))) }
	default:
		return false
	}
	fn.seal()
	return true
}
