package rt

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

func setRaw(t *Type, p any) { t.Raw = reflect.TypeOf(p).Elem() }

func setMethod(t *Type, name, sig string, fn any) { t.SetMethod(name, sig, fn) }

func makeBox(t *Type, v any) any { return Box{t, v} }

// unwrap returns what an interface value of a lowered program holds: the box behind a wrapper that
// was made for compiled code, or the value itself.
func unwrap(x any) any {
	switch x := x.(type) {
	case *boxedError:
		return x.box
	case *shown:
		return x.box
	}
	if x != nil {
		if v := reflect.ValueOf(x); v.Kind() == reflect.Pointer && !v.IsNil() && isWrapper(v.Type().Elem()) {
			if b, ok := v.Elem().Field(0).Interface().(Box); ok {
				return b
			}
		}
	}
	return x
}

// isWrapper reports whether a type is one of yaegi's wrapper structs.
func isWrapper(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() > 0 && t.Field(0).Name == "IValue" && strings.HasPrefix(t.Name(), "_")
}

func rawValue(x any) any {
	if b, ok := unwrap(x).(Box); ok {
		return b.IValue
	}
	return x
}

func rawSlice(x []any) []any {
	out := make([]any, len(x))
	for i := range x {
		out[i] = rawValue(x[i])
	}
	return out
}

func equal(x, y any) bool { return unwrap(x) == unwrap(y) }

// is reports whether a dynamic value, unwrapped and not nil, is of type t or implements it.
func (r *Runtime) is(t *Type, x any) bool {
	b, boxed := x.(Box)
	if t.Interface {
		return r.missing(t, x) == ""
	}
	if boxed {
		return b.T == t
	}
	return !t.Boxed && reflect.TypeOf(x) == t.Raw
}

// missing returns the name of a method of interface t that x doesn't have, or "".
func (r *Runtime) missing(t *Type, x any) string {
	if b, ok := x.(Box); ok {
		for _, m := range t.Required {
			if have, ok := b.T.method(m.Name); !ok || have.sig != m.Sig {
				return m.Name
			}
		}
		return ""
	}
	rt := reflect.TypeOf(x)
	if t.Native && t.Raw != nil && rt.Implements(t.Raw) {
		return ""
	}
	for _, m := range t.Required {
		have, ok := rt.MethodByName(m.Name)
		if !ok || methodSig(rt, have) != m.Sig {
			return m.Name
		}
	}
	return ""
}

// methodSig prints the signature of a compiled method as type IDs do.
func methodSig(recv reflect.Type, m reflect.Method) string {
	var b strings.Builder
	b.WriteString("func(")
	first := 1
	if recv.Kind() == reflect.Interface {
		first = 0
	}
	for i := first; i < m.Type.NumIn(); i++ {
		if i > first {
			b.WriteString(", ")
		}
		if m.Type.IsVariadic() && i == m.Type.NumIn()-1 {
			b.WriteString("..." + typeID(m.Type.In(i).Elem()))
			continue
		}
		b.WriteString(typeID(m.Type.In(i)))
	}
	b.WriteString(")")
	switch m.Type.NumOut() {
	case 0:
	case 1:
		b.WriteString(" " + typeID(m.Type.Out(0)))
	default:
		b.WriteString(" (")
		for i := range m.Type.NumOut() {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(typeID(m.Type.Out(i)))
		}
		b.WriteString(")")
	}
	return b.String()
}

// typeID prints a compiled type as the lowering prints type IDs.
func typeID(t reflect.Type) string {
	if t.Name() != "" {
		if t.PkgPath() == "" {
			return t.Name()
		}
		return t.PkgPath() + "." + t.Name()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + typeID(t.Elem())
	case reflect.Slice:
		return "[]" + typeID(t.Elem())
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), typeID(t.Elem()))
	case reflect.Map:
		return "map[" + typeID(t.Key()) + "]" + typeID(t.Elem())
	case reflect.Chan:
		return map[reflect.ChanDir]string{reflect.BothDir: "chan ", reflect.SendDir: "chan<- ", reflect.RecvDir: "<-chan "}[t.ChanDir()] + typeID(t.Elem())
	case reflect.Func:
		return methodSig(emptyInterface, reflect.Method{Type: t})
	}
	return t.String()
}

var emptyInterface = reflect.TypeFor[any]()

// AssertionError is the panic of a failed type assertion.
type AssertionError struct{ text string }

func (e *AssertionError) Error() string { return e.text }

// RuntimeError marks the panic as one of the runtime.
func (e *AssertionError) RuntimeError() {}

// TypeName returns a value's type as %T prints it.
func TypeName(x any) string {
	x = unwrap(x)
	if b, ok := x.(Box); ok {
		return b.T.Name
	}
	return fmt.Sprintf("%T", x)
}

// as returns x where it is of type t, as the lowered program represents it, and panics otherwise.
func (r *Runtime) as(t, from *Type, x any) any {
	x = unwrap(x)
	if x == nil {
		panic(&AssertionError{fmt.Sprintf("interface conversion: %s is nil, not %s", assertSource(t, from), t.Name)})
	}
	if !r.is(t, x) {
		if t.Interface {
			panic(&AssertionError{fmt.Sprintf("interface conversion: %s is not %s: missing method %s", TypeName(x), t.Name, r.missing(t, x))})
		}
		panic(&AssertionError{fmt.Sprintf("interface conversion: %s is %s, not %s", from.Name, TypeName(x), t.Name)})
	}
	if b, ok := x.(Box); ok && !t.Interface {
		return b.IValue
	}
	return x
}

func assertSource(t, from *Type) string {
	if t.Interface {
		return "interface"
	}
	return from.Name
}

func (r *Runtime) asOK(t *Type, x any) (any, bool) {
	x = unwrap(x)
	if x == nil || !r.is(t, x) {
		return nil, false
	}
	if b, ok := x.(Box); ok && !t.Interface {
		return b.IValue, true
	}
	return x, true
}

// Cases are the types of a type switch.
type Cases struct{ types []*Type }

func newCases(types ...*Type) *Cases { return &Cases{types} }

// switchCase returns the number of the first type that x has, or -1.
func (r *Runtime) switchCase(c *Cases, x any) int {
	x = unwrap(x)
	for i, t := range c.types {
		if t == nil {
			if x == nil {
				return i
			}
			continue
		}
		if x != nil && r.is(t, x) {
			return i
		}
	}
	return -1
}

type adapterKey struct {
	t    reflect.Type
	name string
}

// find returns the method of an interface value as a function whose first parameter is the
// receiver, and the receiver.
func (r *Runtime) find(x any, name string) (fn, recv any) {
	x = unwrap(x)
	if x == nil {
		nilPanic()
	}
	if b, ok := x.(Box); ok {
		m, ok := b.T.method(name)
		if !ok {
			panic(fmt.Sprintf("%s has no method %s", b.T.Name, name))
		}
		return m.fn.Interface(), b.IValue
	}
	t := reflect.TypeOf(x)
	key := adapterKey{t, name}
	if f, ok := r.adapters.Load(key); ok {
		return f, x
	}
	f := adapter(t, name)
	r.adapters.Store(key, f)
	return f, x
}

// adapter makes a function of a compiled method, with the receiver as an any and interfaces that
// are not compiled types as any.
func adapter(t reflect.Type, name string) any {
	m, ok := t.MethodByName(name)
	if !ok {
		panic(fmt.Sprintf("%s has no method %s", t, name))
	}
	in := []reflect.Type{anyType}
	for i := 1; i < m.Type.NumIn(); i++ {
		in = append(in, m.Type.In(i))
	}
	var out []reflect.Type
	for i := range m.Type.NumOut() {
		out = append(out, m.Type.Out(i))
	}
	variadic := m.Type.IsVariadic()
	ft := reflect.FuncOf(in, out, false)
	return reflect.MakeFunc(ft, func(args []reflect.Value) []reflect.Value {
		fn := args[0].Elem().Method(m.Index)
		if variadic {
			return fn.CallSlice(args[1:])
		}
		return fn.Call(args[1:])
	}).Interface()
}

// boxedError gives a cell's error value to compiled code.
type boxedError struct{ box Box }

var _ error = (*boxedError)(nil)

// errorBoxes keeps one wrapper for each comparable value, so that errors compare as they should.
func wrapError(x any) error {
	x = unwrap(x)
	switch x := x.(type) {
	case nil:
		return nil
	case Box:
		return &boxedError{x}
	case error:
		return x
	}
	panic(fmt.Sprintf("%T is not an error", x))
}

func (e *boxedError) Error() string { return e.box.call("Error")[0].String() }

// Format prints the value that the wrapper holds.
func (e *boxedError) Format(s fmt.State, verb rune) { e.box.Format(s, verb) }

func (e *boxedError) Unwrap() []error {
	m, ok := e.box.T.method("Unwrap")
	if !ok {
		return nil
	}
	switch m.sig {
	case "func() error":
		if err, _ := e.box.call("Unwrap")[0].Interface().(error); err != nil {
			return []error{err}
		}
	case "func() []error":
		return e.box.call("Unwrap")[0].Interface().([]error)
	}
	return nil
}

func (e *boxedError) Is(target error) bool {
	if t, ok := target.(*boxedError); ok && e.box.T == t.box.T && e.box.T.Comparable && e.box == t.box {
		return true
	}
	if m, ok := e.box.T.method("Is"); ok && m.sig == "func(error) bool" {
		return e.box.call("Is", reflect.ValueOf(&target).Elem())[0].Bool()
	}
	return false
}

// call calls a method of the boxed value.
func (b Box) call(name string, args ...reflect.Value) []reflect.Value {
	m, ok := b.T.method(name)
	if !ok {
		panic(fmt.Sprintf("%s has no method %s", b.T.Name, name))
	}
	recv := reflect.New(anyType).Elem()
	if b.IValue != nil {
		recv.Set(reflect.ValueOf(b.IValue))
	}
	return m.fn.Call(append([]reflect.Value{recv}, args...))
}

// wrap makes a value that compiled code accepts as the interface type t.
func (r *Runtime) wrap(t *Type, x any) any {
	x = unwrap(x)
	b, ok := x.(Box)
	if !ok {
		return x
	}
	if t.WrapperKey == "error" {
		return &boxedError{b}
	}
	w, ok := r.Wrapper(t.WrapperKey)
	if !ok {
		panic(fmt.Sprintf("a value of type %s can't be used as %s: there is no wrapper for it", b.T.Name, t.Name))
	}
	p := reflect.New(w)
	s := p.Elem()
	s.Field(0).Set(reflect.ValueOf(b))
	for i := 1; i < w.NumField(); i++ {
		f := w.Field(i)
		if _, ok := b.T.method(f.Name[1:]); ok {
			s.Field(i).Set(bind(f.Type, b, f.Name[1:]))
		}
	}
	if !w.Implements(t.Raw) {
		panic(fmt.Sprintf("a value of type %s can't be used as %s: its wrapper lacks methods", b.T.Name, t.Name))
	}
	return p.Interface()
}

// bind makes a function of type ft that calls a method of a boxed value, as the method is by then.
func bind(ft reflect.Type, b Box, name string) reflect.Value {
	return reflect.MakeFunc(ft, func(args []reflect.Value) []reflect.Value {
		out := b.call(name, args...)
		for i := range out {
			if want := ft.Out(i); out[i].Type() != want {
				out[i] = coerce(out[i], want)
			}
		}
		return out
	})
}

// coerce converts between an any of the lowered program and an interface type of compiled code.
func coerce(v reflect.Value, t reflect.Type) reflect.Value {
	if v.Kind() == reflect.Interface {
		if v.IsNil() {
			return reflect.Zero(t)
		}
		v = v.Elem()
	}
	if v.Type().AssignableTo(t) {
		n := reflect.New(t).Elem()
		n.Set(v)
		return n
	}
	return v.Convert(t)
}

// errorsAs is errors.As for targets that point to a cell's types.
func (r *Runtime) errorsAs(err error, target any) bool {
	b, ok := target.(Box)
	if !ok {
		return errors.As(err, target)
	}
	want := b.T.Parts.Elem
	p := reflect.ValueOf(b.IValue)
	if want == nil || p.Kind() != reflect.Pointer || p.IsNil() {
		panic("errors: target must be a non-nil pointer")
	}
	var walk func(err error) bool
	walk = func(err error) bool {
		if err == nil {
			return false
		}
		x := unwrap(err)
		if r.is(want, x) {
			if w, ok := x.(Box); ok && !want.Interface {
				x = w.IValue
			}
			p.Elem().Set(reflect.ValueOf(x))
			return true
		}
		if e, ok := err.(*boxedError); ok { //nolint:errorlint // this is errors.As: it looks at one level
			if m, ok := e.box.T.method("As"); ok && m.sig == "func(interface {}) bool" {
				if e.box.call("As", reflect.ValueOf(&target).Elem())[0].Bool() {
					return true
				}
			}
		}
		switch u := err.(type) { //nolint:errorlint // the same
		case interface{ Unwrap() error }:
			return walk(u.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range u.Unwrap() {
				if walk(e) {
					return true
				}
			}
		}
		return false
	}
	return walk(err)
}
