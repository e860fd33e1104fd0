package symbols

import (
	"encoding"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"go/token"
	"log"
	"maps"
	"reflect"

	"github.com/rustygradients/rg/interp/symbols/internal/table"
)

// Exports returns all symbols in the form in which yaegi's Interpreter.Use takes them: by path and
// name ("math/rand/rand"), then by symbol. The result can be assigned to an interp.Exports. The
// inner maps are shared; yaegi copies what it keeps.
//
// The unexported types of exported variables and results are among them (binary.littleEndian): cells
// can't name these, but generated code declares variables of them.
func Exports() map[string]map[string]reflect.Value {
	exports := make(map[string]map[string]reflect.Value, len(paths)+1)
	for _, p := range paths {
		t, _ := table.Lookup(p)
		exports[t.Path+"/"+t.Name] = withHidden(t)
	}
	exports["."] = map[string]reflect.Value{"MapTypes": reflect.ValueOf(dynamicArguments())}
	return exports
}

// withHidden returns a package's symbols with the unexported types that values of it have.
func withHidden(t *table.Package) map[string]reflect.Value {
	syms := t.Symbols()
	copied := false
	add := func(rt reflect.Type) {
		for rt.Kind() == reflect.Pointer && rt.Name() == "" {
			rt = rt.Elem()
		}
		if rt.PkgPath() != t.Path || token.IsExported(rt.Name()) {
			return
		}
		if !copied {
			syms, copied = maps.Clone(syms), true
		}
		syms[rt.Name()] = reflect.Zero(reflect.PointerTo(rt))
	}
	for name, v := range t.Symbols() {
		switch {
		case v.CanSet():
			add(v.Type())
		case v.Kind() == reflect.Func:
			for i := range v.Type().NumOut() {
				add(v.Type().Out(i))
			}
		case name[0] != '_' && v.Kind() != reflect.Pointer && v.Type().PkgPath() == t.Path:
			add(v.Type()) // a constant
		}
	}
	return syms
}

// dynamicArguments names the functions that take any value but look for methods on it. To these
// yaegi passes a value in the wrapper of the first interface here that it implements.
func dynamicArguments() map[reflect.Value][]reflect.Type {
	m := map[reflect.Value][]reflect.Type{}
	add := func(types []reflect.Type, funcs ...any) {
		for _, f := range funcs {
			m[reflect.ValueOf(f)] = types
		}
	}
	add([]reflect.Type{reflect.TypeFor[fmt.Formatter](), reflect.TypeFor[error](), reflect.TypeFor[fmt.Stringer]()},
		fmt.Errorf, fmt.Fprint, fmt.Fprintf, fmt.Fprintln, fmt.Print, fmt.Printf, fmt.Println,
		fmt.Sprint, fmt.Sprintf, fmt.Sprintln, fmt.Append, fmt.Appendf, fmt.Appendln,
		log.Print, log.Printf, log.Println, log.Panic, log.Panicf, log.Panicln)
	add([]reflect.Type{reflect.TypeFor[fmt.Scanner]()},
		fmt.Scan, fmt.Scanf, fmt.Scanln, fmt.Sscan, fmt.Sscanf, fmt.Sscanln, fmt.Fscan, fmt.Fscanf, fmt.Fscanln)
	add([]reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()},
		json.Marshal, json.MarshalIndent)
	add([]reflect.Type{reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()},
		json.Unmarshal)
	add([]reflect.Type{reflect.TypeFor[xml.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()},
		xml.Marshal, xml.MarshalIndent)
	add([]reflect.Type{reflect.TypeFor[xml.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()},
		xml.Unmarshal)
	return m
}
