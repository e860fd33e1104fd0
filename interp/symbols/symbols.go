package symbols

import (
	"reflect"
	"slices"

	"github.com/rustygradients/rg/interp/symbols/internal/catalog"
	_ "github.com/rustygradients/rg/interp/symbols/internal/gonum" // registers its tables
	_ "github.com/rustygradients/rg/interp/symbols/internal/own"   // registers its tables
	_ "github.com/rustygradients/rg/interp/symbols/internal/std"   // registers its tables
	"github.com/rustygradients/rg/interp/symbols/internal/table"
)

// Import is an import declaration: a package and the name by which it is known.
type Import struct {
	Name string
	Path string
}

// Preloaded returns the packages that every session has imported from its start, in the order in
// which they are listed to a person.
func Preloaded() []Import {
	var imports []Import
	for _, p := range catalog.Own {
		if _, ok := table.Lookup(p.Path); ok && p.Name != "" {
			imports = append(imports, Import{Name: p.Name, Path: p.Path})
		}
	}
	return imports
}

// Paths returns the import paths of all packages that cells can import, sorted.
func Paths() []string { return slices.Clone(paths) }

// Name returns the name that an importable package declares, or "".
func Name(path string) string {
	if t, ok := table.Lookup(path); ok {
		return t.Name
	}
	return ""
}

// Symbols returns the symbols of an importable package by name, and whether there is such a package.
// The map is shared: callers don't change it. Its values are
//
//   - of a function, the function;
//   - of a variable, the variable itself, addressable and settable;
//   - of a typed constant, its value; of an untyped one, a constant.Value;
//   - of a type T, a nil *T;
//   - of a name "_T", a nil pointer to a struct that implements the interface T by its fields: IValue
//     holds the value that stands behind it, WM the method M. These serve interpreters that can't
//     make types with methods.
//
// Functions that would end the process are replaced: os.Exit and log.Fatal panic with an exit.Code.
func Symbols(path string) (map[string]reflect.Value, bool) {
	if t, ok := table.Lookup(path); ok {
		return t.Symbols(), true
	}
	return nil, false
}

var paths = table.Paths()
