package complete

import (
	"go/types"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/symbols"
)

// short writes packages by their names, and that of the session not at all.
func short(p *types.Package) string {
	if symbols.Name(p.Path()) == "" && !strings.Contains(p.Path(), "/") {
		return ""
	}
	return p.Name()
}

// typeString writes a type as a person may see it: without the marks of replaced declarations.
func typeString(t types.Type) string { return check.Plain(types.TypeString(t, short)) }

// signature describes an object in a few words, to stand beside its name.
func signature(obj types.Object) string {
	switch obj := obj.(type) {
	case *types.Func:
		return "func" + parameters(obj.Signature())
	case *types.Var:
		return typeString(obj.Type())
	case *types.Const:
		s := typeString(obj.Type())
		if b, ok := obj.Type().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
			s = "const"
		}
		return s + " = " + obj.Val().String()
	case *types.TypeName:
		return typeSignature(obj)
	case *types.Builtin:
		return builtinSignatures[obj.Name()]
	case *types.PkgName:
		return obj.Imported().Path()
	case *types.Nil:
		return "untyped nil"
	}
	return ""
}

// parameters writes the type parameters, parameters and results of a function as a person would:
// "(a, b int) error".
func parameters(sig *types.Signature) string {
	var b strings.Builder
	if sig.Recv() == nil && sig.TypeParams().Len() > 0 {
		b.WriteByte('[')
		for i := range sig.TypeParams().Len() {
			p := sig.TypeParams().At(i)
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(p.Obj().Name() + " " + typeString(p.Constraint()))
		}
		b.WriteByte(']')
	}
	b.WriteString("(" + tuple(sig.Params(), sig.Variadic()) + ")")
	switch r := sig.Results(); {
	case r.Len() == 1 && r.At(0).Name() == "":
		b.WriteString(" " + typeString(r.At(0).Type()))
	case r.Len() > 0:
		b.WriteString(" (" + tuple(r, false) + ")")
	}
	return b.String()
}

// tuple writes parameters or results, neighbours of one type together.
func tuple(t *types.Tuple, variadic bool) string {
	var b strings.Builder
	for i := range t.Len() {
		v := t.At(i)
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.Name())
		last := i == t.Len()-1
		if v.Name() != "" {
			// The type stands after the last of its names; "…" has a type of its own.
			if !last && types.Identical(v.Type(), t.At(i+1).Type()) && !(variadic && i+1 == t.Len()-1) {
				continue
			}
			b.WriteByte(' ')
		}
		if s, ok := v.Type().(*types.Slice); ok && variadic && last {
			b.WriteString("..." + typeString(s.Elem()))
		} else {
			b.WriteString(typeString(v.Type()))
		}
	}
	return b.String()
}

// typeSignature says what sort of type it is; the insides of structs and interfaces are too long.
func typeSignature(tn *types.TypeName) string {
	if tn.IsAlias() {
		if a, ok := tn.Type().(*types.Alias); ok {
			return "= " + typeString(a.Rhs())
		}
	}
	switch u := tn.Type().Underlying().(type) {
	case *types.Struct:
		return "struct"
	case *types.Interface:
		return "interface"
	case *types.Basic:
		if u.Name() == tn.Name() {
			return "type"
		}
		return u.Name()
	default:
		return typeString(u)
	}
}

func unquote(s string) string {
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return strings.Trim(s, "\"`")
}

// builtinSignatures are those of the language's own functions, as package builtin writes them.
var builtinSignatures = map[string]string{
	"append":  "func(slice []Type, elems ...Type) []Type",
	"cap":     "func(v Type) int",
	"clear":   "func(t map or slice)",
	"close":   "func(c chan<- Type)",
	"complex": "func(r, i FloatType) ComplexType",
	"copy":    "func(dst, src []Type) int",
	"delete":  "func(m map[Type]Type1, key Type)",
	"imag":    "func(c ComplexType) FloatType",
	"len":     "func(v Type) int",
	"make":    "func(t Type, size ...IntegerType) Type",
	"max":     "func(x T, y ...T) T",
	"min":     "func(x T, y ...T) T",
	"new":     "func(Type or value) *Type",
	"panic":   "func(v any)",
	"print":   "func(args ...Type)",
	"println": "func(args ...Type)",
	"real":    "func(c ComplexType) FloatType",
	"recover": "func() any",
}
