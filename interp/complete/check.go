package complete

import (
	"go/ast"
	"go/token"
	"go/types"
	"runtime"
	"strconv"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/symbols"
)

// checked is a source with what the type checker made of it.
type checked struct {
	*source
	env  *Env
	pkg  *types.Package
	info *types.Info

	freed map[string]*ast.FuncDecl // methods that the cell adds to the session's types, by "T.M"
}

// newChecked type-checks a source beside the session. Errors are expected and left aside.
func newChecked(env *Env, s *source) *checked {
	c := &checked{source: s, env: env}
	own := ownNames(s.file)
	c.freeMethods(own)
	c.addImports(own)
	c.begin(own)
	c.run()
	if c.callFreed() {
		c.begin(own)
		c.run()
	}
	return c
}

// begin makes an empty package beside the session.
func (c *checked) begin(own map[string]bool) {
	c.pkg = types.NewPackage(c.env.path(), "cell")
	c.info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes:     map[ast.Node]*types.Scope{},
		Instances:  map[*ast.Ident]types.Instance{},
	}
	if env := c.env; env.Package != nil {
		// Objects keep the scope that they belong to; this one only finds those that the cell speaks of.
		ast.Inspect(c.file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && !own[id.Name] {
				if obj := env.declared(id.Name); obj != nil {
					c.pkg.Scope().Insert(obj)
				}
			}
			return true
		})
	}
}

// run type-checks the file.
func (c *checked) run() {
	config := types.Config{
		Importer:                 c.env.importer(),
		Error:                    func(error) {},
		DisableUnusedImportCheck: true,
		Sizes:                    types.SizesFor("gc", runtime.GOARCH),
	}
	_ = types.NewChecker(&config, c.fset, c.pkg, c.info).Files([]*ast.File{c.file})
}

// ownNames returns what the file declares or imports itself.
func ownNames(f *ast.File) map[string]bool {
	own := map[string]bool{}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				own[d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					own[spec.Name.Name] = true
				case *ast.ValueSpec:
					for _, n := range spec.Names {
						own[n.Name] = true
					}
				case *ast.ImportSpec:
					if spec.Name != nil {
						own[spec.Name.Name] = true
					} else if p, err := strconv.Unquote(spec.Path.Value); err == nil {
						own[symbols.Name(p)] = true
					}
				}
			}
		}
	}
	return own
}

// freeMethods turns methods of types that the cell does not declare into functions, because the
// type checker wants a method beside its type. Their bodies are then checked all the same.
func (c *checked) freeMethods(own map[string]bool) {
	for _, d := range c.file.Decls {
		d, ok := d.(*ast.FuncDecl)
		if !ok || d.Recv == nil || len(d.Recv.List) == 0 || own[check.ReceiverName(d)] {
			continue
		}
		if c.freed == nil {
			c.freed = map[string]*ast.FuncDecl{}
		}
		c.freed[check.ReceiverName(d)+"."+d.Name.Name] = d
		list := append([]*ast.Field{d.Recv.List[0]}, d.Type.Params.List...)
		d.Type.Params = &ast.FieldList{Opening: d.Recv.Opening, List: list, Closing: d.Type.Params.Closing}
		d.Recv = nil
		if d.Name != c.cursor {
			d.Name = &ast.Ident{NamePos: d.Name.NamePos, Name: freedName + strconv.Itoa(len(c.freed))}
		}
	}
}

// freedName begins the names of methods that were made functions.
const freedName = cursorName + "m"

// callFreed turns calls of such methods into calls of the functions that were made of them, now that
// the types of what they are called on are known. It reports whether there were any.
func (c *checked) callFreed() bool {
	found := false
	if len(c.freed) == 0 {
		return false
	}
	ast.Inspect(c.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || sel.Sel == c.cursor {
			return true
		}
		d := c.freed[typeName(c.info.TypeOf(sel.X))+"."+sel.Sel.Name]
		if d == nil || c.info.Selections[sel] != nil {
			return true
		}
		recv := sel.X
		if _, ok := d.Type.Params.List[0].Type.(*ast.StarExpr); ok {
			if _, ok := underlying(c.info.TypeOf(sel.X)).(*types.Pointer); !ok {
				recv = &ast.UnaryExpr{OpPos: sel.X.Pos(), Op: token.AND, X: sel.X}
			}
		}
		call.Fun = &ast.Ident{NamePos: sel.Sel.Pos(), Name: d.Name.Name}
		call.Args = append([]ast.Expr{recv}, call.Args...)
		found = true
		return true
	})
	return found
}

// addImports imports the packages that the file names: those of the session, and those that nobody
// has imported yet.
func (c *checked) addImports(own map[string]bool) {
	wanted := map[string]bool{}
	ast.Inspect(c.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				wanted[id.Name] = true
			}
		}
		return true
	})
	if c.cursor.Name != cursorName {
		wanted[c.cursor.Name] = true
	}
	d := &ast.GenDecl{Tok: token.IMPORT}
	add := func(name, path string) {
		spec := &ast.ImportSpec{Name: ast.NewIdent(name), Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(path)}}
		d.Specs = append(d.Specs, spec)
		c.file.Imports = append(c.file.Imports, spec)
	}
	for name := range wanted {
		if own[name] || c.env.declared(name) != nil {
			continue
		}
		if path, ok := c.env.imported(name); ok {
			add(name, path)
		} else if named := symbols.Named(name); len(named) > 0 {
			add(name, named[0])
		}
	}
	for _, i := range c.env.Imports {
		if i.Name == "." {
			add(".", i.Path)
		}
	}
	if len(d.Specs) > 0 {
		c.file.Decls = append([]ast.Decl{d}, c.file.Decls...)
	}
}
