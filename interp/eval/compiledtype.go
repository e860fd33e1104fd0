//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/types"
	"reflect"
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/symbols"
)

// compiledType finds the runtime type of a compiled package's defined type.
func (w *world) compiledType(o *types.TypeName) reflect.Type {
	if table, ok := symbols.Symbols(o.Pkg().Path()); ok {
		if v, ok := table[o.Name()]; ok && v.Kind() == reflect.Pointer {
			return v.Type().Elem()
		}
	}
	if r := reachable(o.Pkg().Path())[o.Pkg().Path()+"."+o.Name()]; r != nil {
		return r
	}
	for _, p := range symbols.Paths() {
		if r := reachable(p)[o.Pkg().Path()+"."+o.Name()]; r != nil {
			return r
		}
	}
	refuse("the type %s.%s is not available in cells", o.Pkg().Path(), o.Name())
	return nil
}

// compiledInstance finds an instance of a compiled generic type among the types that a package's
// functions mention, such as iter.Seq[string] of package strings.
func compiledInstance(path, str string) reflect.Type {
	for _, p := range []string{path, "strings", "bytes", "reflect"} {
		if r := reachable(p)[str]; r != nil {
			return r
		}
	}
	return nil
}

var reached sync.Map // path → map[string]reflect.Type

// reachable lists the types that the symbols of a package lead to: defined types by path and name,
// instances as they print.
func reachable(path string) map[string]reflect.Type {
	if m, ok := reached.Load(path); ok {
		return m.(map[string]reflect.Type)
	}
	found := map[string]reflect.Type{}
	seen := map[reflect.Type]bool{}
	var visit func(t reflect.Type, depth int)
	visit = func(t reflect.Type, depth int) {
		if depth > 4 || seen[t] {
			return
		}
		seen[t] = true
		if t.Name() != "" && t.PkgPath() != "" {
			found[t.PkgPath()+"."+t.Name()] = t
			if strings.Contains(t.Name(), "[") {
				found[t.String()] = t
			}
		}
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
			visit(t.Elem(), depth)
		case reflect.Map:
			visit(t.Key(), depth+1)
			visit(t.Elem(), depth+1)
		case reflect.Func:
			for i := range t.NumIn() {
				visit(t.In(i), depth+1)
			}
			for i := range t.NumOut() {
				visit(t.Out(i), depth+1)
			}
		case reflect.Struct:
			for i := range t.NumField() {
				visit(t.Field(i).Type, depth+1)
			}
		}
		if t.PkgPath() == path {
			for i := range t.NumMethod() {
				visit(t.Method(i).Type, depth+1)
			}
			if t.Kind() != reflect.Interface && t.Name() != "" {
				pt := reflect.PointerTo(t)
				for i := range pt.NumMethod() {
					visit(pt.Method(i).Type, depth+1)
				}
			}
		}
	}
	table, _ := symbols.Symbols(path)
	for name, v := range table {
		if name[0] == '_' || !v.IsValid() {
			continue
		}
		visit(v.Type(), 0)
	}
	reached.Store(path, found)
	return found
}
