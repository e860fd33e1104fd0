package rt

import (
	"reflect"
	"sync"
)

// Type describes a Go type of a cell as go/types knows it. Two values have the same type exactly
// when their descriptors are the same pointer.
type Type struct {
	ID   string // unique in the session
	Name string // as %T prints it
	N    int    // number in the session's table

	Raw        reflect.Type // of the representation in the lowered program
	Boxed      bool         // an interface holds its values as a Box
	Comparable bool

	Interface  bool
	Native     bool     // an interface type of compiled code
	Required   []Method // the methods of an interface type
	WrapperKey string   // of a native interface type: finds yaegi's wrapper

	Parts Parts

	mu      sync.RWMutex
	methods map[string]method
}

// Parts are the types that a type is made of.
type Parts struct {
	Elem, Key *Type
	Fields    []Field
}

// Field is a field of a struct type.
type Field struct {
	Name               string
	Tag                string
	Exported, Embedded bool
	Type               *Type
}

// Method is a method's name and the ID of its signature.
type Method struct {
	Name, Sig string
}

type method struct {
	sig string
	fn  reflect.Value // func(recv any, params…) results
}

// SetMethod adds or replaces a method; fn takes the receiver as its first parameter, an any that
// holds the raw value.
func (t *Type) SetMethod(name, sig string, fn any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.methods == nil {
		t.methods = map[string]method{}
	}
	t.methods[name] = method{sig: sig, fn: reflect.ValueOf(fn)}
}

func (t *Type) method(name string) (method, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	m, ok := t.methods[name]
	return m, ok
}

// Box is a value of a cell's type in an interface: the value as the lowered program represents it,
// with the type that it has. IValue is the name under which compiled code looks for the value
// behind an interpreter's wrapper.
type Box struct {
	T      *Type
	IValue any
}

// TypeNumber returns the descriptor's number in the session's table.
func (t *Type) TypeNumber() int { return t.N }
