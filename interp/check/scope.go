package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
)

// The scope of a package only grows by its own methods. A session's would then keep all that it ever
// had, or be made anew, with everything in it checked again, for each cell. So its parts are looked up
// by reflection; where they are not what they are in the Go that this was written for, Beside says that
// it can't.

// elements are the objects of a scope by name; nil where there are none yet.
func elements(s *types.Scope) *map[string]types.Object {
	return (*map[string]types.Object)(reflect.ValueOf(s).Elem().FieldByName("elems").Addr().UnsafePointer())
}

// children are the scopes within a scope.
func children(s *types.Scope) *[]*types.Scope {
	return (*[]*types.Scope)(reflect.ValueOf(s).Elem().FieldByName("children").Addr().UnsafePointer())
}

// parent is the scope that a scope is in.
func parent(s *types.Scope) **types.Scope {
	return (**types.Scope)(reflect.ValueOf(s).Elem().FieldByName("parent").Addr().UnsafePointer())
}

// forgetScope takes its scope away from a signature, and from its parameters.
func forgetScope(sig *types.Signature) {
	*(**types.Scope)(reflect.ValueOf(sig).Elem().FieldByName("scope").Addr().UnsafePointer()) = nil
	orphan := func(v *types.Var) {
		*(**types.Scope)(reflect.ValueOf(v).Elem().FieldByName("parent").Addr().UnsafePointer()) = nil
	}
	if v := sig.Recv(); v != nil {
		orphan(v)
	}
	for _, list := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range list.Variables() {
			orphan(v)
		}
	}
}

// open says whether elements, children, parent and forgetScope know what they are about.
var open = func() bool {
	t := reflect.TypeFor[types.Scope]()
	e, ok := t.FieldByName("elems")
	c, ok2 := t.FieldByName("children")
	p, ok3 := t.FieldByName("parent")
	of := func(t reflect.Type, name string) bool {
		f, ok := t.FieldByName(name)
		return ok && f.Type == reflect.TypeFor[*types.Scope]()
	}
	if !of(reflect.TypeFor[types.Signature](), "scope") || !of(reflect.TypeFor[types.Var](), "parent") {
		return false
	}
	return ok && ok2 && ok3 && p.Type == reflect.TypeFor[*types.Scope]() && e.Type == reflect.TypeFor[map[string]types.Object]() && c.Type == reflect.TypeFor[[]*types.Scope]()
}()

// take takes a name out of a scope and returns what had it.
func take(s *types.Scope, name string) types.Object {
	if !open {
		return nil
	}
	obj := s.Lookup(name)
	if obj != nil {
		delete(*elements(s), name)
	}
	return obj
}

// Names lists the package-level names that a declaration declares.
func Names(d ast.Decl) []string {
	var list []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			list = append(list, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				list = append(list, spec.Name.Name)
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					list = append(list, id.Name)
				}
			}
		}
	}
	return list
}

// aliasing says whether a declaration makes a type of one in a scope by its mere name, which go/types
// follows through declarations of the same check alone.
func aliasing(d ast.Decl, scope *types.Scope) bool {
	g, ok := d.(*ast.GenDecl)
	if !ok || g.Tok != token.TYPE {
		return false
	}
	for _, spec := range g.Specs {
		x := ast.Unparen(spec.(*ast.TypeSpec).Type)
		if star, ok := x.(*ast.StarExpr); ok {
			x = ast.Unparen(star.X)
		}
		if id, ok := x.(*ast.Ident); ok && scope.Lookup(id.Name) != nil {
			return true
		}
	}
	return false
}

// mentioned returns those of the imports whose names stand in some syntax, and dot imports.
func mentioned(imports []Import, nodes []ast.Node) []Import {
	idents := map[string]bool{".": true}
	for _, n := range nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				idents[id.Name] = true
			}
			return true
		})
	}
	var list []Import
	for _, i := range imports {
		if idents[i.Name] {
			list = append(list, i)
		}
	}
	return list
}

// Empty takes the scopes of a function away, of which only the signature will be asked: they would live as long as it,
// and with them that of its file.
func (c *Checked) Empty(d ast.Decl) {
	f, ok := d.(*ast.FuncDecl)
	if !ok || !open {
		return
	}
	if scope := c.Info.Scopes[f.Type]; scope != nil { // some other object may lead to it
		*elements(scope) = nil
		*children(scope) = nil
		*parent(scope) = c.Pkg.Scope()
	}
	if obj, ok := c.Info.Defs[f.Name].(*types.Func); ok {
		forgetScope(obj.Signature())
	}
}

// EachObject calls f with the objects of a scope, in no order: there may be very many, and Scope.Names sorts them.
func EachObject(s *types.Scope, f func(types.Object)) {
	if !open {
		for _, name := range s.Names() {
			f(s.Lookup(name))
		}
		return
	}
	for _, obj := range *elements(s) {
		f(obj)
	}
}

// Generic says whether a receiver's type has type parameters.
func Generic(recv *ast.FieldList) bool {
	generic := false
	ast.Inspect(recv, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.IndexExpr, *ast.IndexListExpr:
			generic = true
		}
		return !generic
	})
	return generic
}
