package symbols

import (
	"go/types"
	"reflect"
	"unsafe"
)

// same reports whether a type of the type checker and a compiled one are one type. Inside unnamed
// interfaces it compares names only.
func same(t types.Type, r reflect.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if t.TypeArgs().Len() > 0 || t.Obj().Parent() == types.Universe {
			return t.TypeArgs().Len() > 0 || r.Name() == t.Obj().Name() && r.PkgPath() == ""
		}
		return r.Name() == t.Obj().Name() && r.PkgPath() == t.Obj().Pkg().Path()
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return r == reflect.TypeFor[unsafe.Pointer]()
		}
		return r.PkgPath() == "" && r.Kind().String() == types.Typ[t.Kind()].Name()
	case *types.Pointer:
		return r.Kind() == reflect.Pointer && same(t.Elem(), r.Elem())
	case *types.Slice:
		return r.Kind() == reflect.Slice && same(t.Elem(), r.Elem())
	case *types.Array:
		return r.Kind() == reflect.Array && int64(r.Len()) == t.Len() && same(t.Elem(), r.Elem())
	case *types.Map:
		return r.Kind() == reflect.Map && same(t.Key(), r.Key()) && same(t.Elem(), r.Elem())
	case *types.Chan:
		dirs := map[types.ChanDir]reflect.ChanDir{types.SendRecv: reflect.BothDir, types.SendOnly: reflect.SendDir, types.RecvOnly: reflect.RecvDir}
		return r.Kind() == reflect.Chan && r.ChanDir() == dirs[t.Dir()] && same(t.Elem(), r.Elem())
	case *types.Signature:
		return r.Kind() == reflect.Func && sameSignature(t, r, 0)
	case *types.Struct:
		if r.Kind() != reflect.Struct || r.NumField() != t.NumFields() {
			return false
		}
		for i := range t.NumFields() {
			if f := t.Field(i); f.Name() != r.Field(i).Name || f.Exported() && !same(f.Type(), r.Field(i).Type) {
				return false
			}
		}
		return true
	case *types.Interface:
		if r.Kind() != reflect.Interface || r.NumMethod() != t.NumMethods() {
			return false
		}
		for m := range t.Methods() {
			if _, ok := r.MethodByName(m.Name()); !ok {
				return false
			}
		}
		return true
	}
	return false
}

// sameSignature compares a function's type, leaving out the first skip parameters of the compiled one.
func sameSignature(t *types.Signature, r reflect.Type, skip int) bool {
	if r.NumIn()-skip != t.Params().Len() || r.NumOut() != t.Results().Len() || r.IsVariadic() != t.Variadic() {
		return false
	}
	for i := range t.Params().Len() {
		if !same(t.Params().At(i).Type(), r.In(i+skip)) {
			return false
		}
	}
	for i := range t.Results().Len() {
		if !same(t.Results().At(i).Type(), r.Out(i)) {
			return false
		}
	}
	return true
}
