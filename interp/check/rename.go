package check

import (
	"go/ast"
	"go/token"
	"reflect"
)

// Rename returns a copy of a tree in which some identifiers have other names and all positions are
// shifted; the tree itself where there is nothing to change.
func Rename[N ast.Node](n N, shift int, name func(*ast.Ident) (string, bool)) N {
	found := shift != 0
	ast.Inspect(n, func(m ast.Node) bool {
		if id, ok := m.(*ast.Ident); ok && !found {
			_, found = name(id)
		}
		return !found
	})
	if !found {
		return n
	}
	c := copier{token.Pos(shift), name}
	return c.copy(reflect.ValueOf(n)).Interface().(N)
}

type copier struct {
	shift token.Pos
	name  func(*ast.Ident) (string, bool)
}

var (
	identType = reflect.TypeFor[*ast.Ident]()
	posType   = reflect.TypeFor[token.Pos]()
)

func (t *copier) copy(v reflect.Value) reflect.Value {
	if v.Type() == posType {
		if p := token.Pos(v.Int()); p.IsValid() {
			return reflect.ValueOf(p + t.shift)
		}
		return v
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		c := reflect.New(v.Type()).Elem()
		c.Set(t.copy(v.Elem()))
		return c
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			c.Index(i).Set(t.copy(v.Index(i)))
		}
		return c
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		if v.Type() == identType {
			id := *v.Interface().(*ast.Ident)
			if to, ok := t.name(v.Interface().(*ast.Ident)); ok {
				id.Name = to
			}
			if id.NamePos.IsValid() {
				id.NamePos += t.shift
			}
			return reflect.ValueOf(&id)
		}
		if _, ok := v.Interface().(ast.Node); !ok {
			return v // the parser's own objects and scopes, which go/types doesn't read
		}
		c := reflect.New(v.Type().Elem())
		for i := range v.Elem().NumField() {
			c.Elem().Field(i).Set(t.copy(v.Elem().Field(i)))
		}
		return c
	}
	return v
}

// Signature returns a function declaration without its body; any other declaration as it is.
func Signature(d ast.Decl) ast.Decl {
	if f, ok := d.(*ast.FuncDecl); ok {
		s := *f
		s.Body = nil
		return &s
	}
	return d
}

// Function returns a method as a function whose first parameter is the receiver, and any other declaration as it is. For
// go/types a method stands beside its type.
func Function(d ast.Decl) ast.Decl {
	f, ok := d.(*ast.FuncDecl)
	if !ok || f.Recv == nil || len(f.Recv.List) == 0 {
		return d
	}
	recv := *f.Recv.List[0]
	if len(recv.Names) == 0 {
		recv.Names = []*ast.Ident{{Name: "_", NamePos: recv.Pos()}}
	}
	t := *f.Type
	t.Params = &ast.FieldList{Opening: t.Params.Opening, Closing: t.Params.Closing, List: append([]*ast.Field{&recv}, t.Params.List...)}
	return &ast.FuncDecl{Name: &ast.Ident{Name: "_", NamePos: f.Name.NamePos}, Type: &t, Body: f.Body}
}

// Receiver returns the name of the type that a method belongs to, and the identifier that names it.
// It is nil for a function that is no method.
func Receiver(f *ast.FuncDecl) *ast.Ident {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return nil
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.ParenExpr:
			t = x.X
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x
		default:
			return nil
		}
	}
}

// ReceiverName returns the name of the type that a method belongs to, or "" for what is no method.
func ReceiverName(f *ast.FuncDecl) string {
	if r := Receiver(f); r != nil {
		return r.Name
	}
	return ""
}

// VarDecl returns `var name T`, standing where the variable is defined in its cell.
func VarDecl(name string, t ast.Expr, pos token.Pos) *ast.GenDecl {
	return &ast.GenDecl{Tok: token.VAR, TokPos: pos, Specs: []ast.Spec{
		&ast.ValueSpec{Names: []*ast.Ident{{Name: name, NamePos: pos}}, Type: t},
	}}
}
