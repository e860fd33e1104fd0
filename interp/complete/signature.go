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
		return typeString(withoutReceiver(obj.Signature()))
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

func withoutReceiver(sig *types.Signature) *types.Signature {
	if sig.Recv() == nil {
		return sig
	}
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
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
