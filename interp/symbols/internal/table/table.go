// Package table holds the symbol tables of compiled packages: what ties a name in a cell to the
// compiled function, variable, constant or type.
//
// The tables are static data, so that a process that never asks for a package pays nothing for it;
// the reflect values of a package are made when it is first asked for.
package table

import (
	"go/constant"
	"go/token"
	"reflect"
	"slices"
	"sync"
)

// Kind says what a symbol is, which decides how its value is made.
type Kind uint8

// The kinds of symbols.
const (
	Func    Kind = iota // Value is the function
	Var                 // Value is a pointer to the variable
	Const               // Value is the constant, of its own type
	Int                 // an untyped integer; Value is its literal
	Rune                // an untyped rune; Value is the rune
	Float               // an untyped floating-point number; Value is its literal
	String              // an untyped string; Value is the string
	Bool                // an untyped bool; Value is the bool
	Type                // Value is a nil pointer to the type
	Wrapper             // as Type: a struct of functions that implements the interface Name[1:]
)

// Symbol is one exported name of a package.
type Symbol struct {
	Name  string
	Kind  Kind
	Value any
}

// Package is the table of one package.
type Package struct {
	Path, Name string
	symbols    func() map[string]reflect.Value
}

// Symbols returns the values by name. The map is shared and must not be changed.
func (p *Package) Symbols() map[string]reflect.Value { return p.symbols() }

var packages = map[string]*Package{}

// Register adds a package. Only init functions may call it. S is the registering package's own name
// for Symbol, because go vet wants keyed fields of the types of others.
func Register[S ~struct {
	Name  string
	Kind  Kind
	Value any
}](path, name string, symbols []S) {
	packages[path] = &Package{Path: path, Name: name, symbols: sync.OnceValue(func() map[string]reflect.Value {
		m := make(map[string]reflect.Value, len(symbols))
		for _, s := range symbols {
			s := Symbol(s)
			v := value(s)
			if o, ok := overrides[path+"."+s.Name]; ok {
				v = reflect.ValueOf(o)
			}
			m[s.Name] = v
		}
		return m
	})}
}

// overrides replaces functions that would end or harm the session.
var overrides = map[string]any{}

// Override makes cells see f where they name a compiled function. Only init functions may call it.
func Override(name string, f any) { overrides[name] = f }

// Lookup returns the table of a package.
func Lookup(path string) (*Package, bool) {
	p, ok := packages[path]
	return p, ok
}

// Paths returns the paths of all packages, sorted.
func Paths() []string {
	paths := make([]string, 0, len(packages))
	for p := range packages {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

func value(s Symbol) reflect.Value {
	switch s.Kind {
	case Var:
		return reflect.ValueOf(s.Value).Elem()
	case Int:
		return untyped(s, token.INT)
	case Rune:
		return reflect.ValueOf(constant.MakeInt64(int64(s.Value.(rune))))
	case Float:
		return untyped(s, token.FLOAT)
	case String:
		return reflect.ValueOf(constant.MakeString(s.Value.(string)))
	case Bool:
		return reflect.ValueOf(constant.MakeBool(s.Value.(bool)))
	default:
		return reflect.ValueOf(s.Value)
	}
}

func untyped(s Symbol, tok token.Token) reflect.Value {
	return reflect.ValueOf(constant.MakeFromLiteral(s.Value.(string), tok, 0))
}

// Constant returns the value of a constant's symbol; of kind Unknown for other symbols.
func Constant(v reflect.Value) constant.Value {
	if v.IsValid() {
		if c, ok := v.Interface().(constant.Value); ok {
			return c
		}
	}
	switch {
	case v.Kind() == reflect.Bool:
		return constant.MakeBool(v.Bool())
	case v.Kind() == reflect.String:
		return constant.MakeString(v.String())
	case v.CanInt():
		return constant.MakeInt64(v.Int())
	case v.CanUint():
		return constant.MakeUint64(v.Uint())
	case v.CanFloat():
		return constant.MakeFloat64(v.Float())
	case v.CanComplex():
		return constant.BinaryOp(constant.MakeFloat64(real(v.Complex())), token.ADD, constant.MakeImag(constant.MakeFloat64(imag(v.Complex()))))
	}
	return constant.MakeUnknown()
}
