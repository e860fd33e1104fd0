package symbols

import (
	"encoding"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log"
	"reflect"

	"github.com/rustygradients/rg/interp/symbols/internal/table"
)

// Exports returns all symbols in the form in which yaegi's Interpreter.Use takes them: by path and
// name ("math/rand/rand"), then by symbol. The result can be assigned to an interp.Exports. The
// inner maps are shared; yaegi copies what it keeps.
func Exports() map[string]map[string]reflect.Value {
	exports := make(map[string]map[string]reflect.Value, len(paths)+1)
	for _, p := range paths {
		t, _ := table.Lookup(p)
		exports[t.Path+"/"+t.Name] = t.Symbols()
	}
	exports["."] = map[string]reflect.Value{"MapTypes": reflect.ValueOf(dynamicArguments())}
	return exports
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
