package rt

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"sort"

	"github.com/rustygradients/rg/viz/display"
)

// Format prints a boxed value as fmt prints the Go value that it stands for.
func (b Box) Format(s fmt.State, verb rune) {
	p := printer{s: s, verb: verb}
	p.value(b.T, reflect.ValueOf(b.IValue), 0, true)
}

// String makes a box print well where no formatting state is at hand.
func (b Box) String() string { return fmt.Sprint(b) }

type printer struct {
	s    fmt.State
	verb rune
}

func (p printer) write(s string) { _, _ = io.WriteString(p.s, s) }

// handled prints a value by its own methods, as fmt does.
func (p printer) handled(t *Type, v reflect.Value) bool {
	if t == nil || !v.IsValid() {
		return false
	}
	b := Box{t, v.Interface()}
	if m, ok := t.method("Format"); ok && m.sig == "func(fmt.State, int32)" {
		b.call("Format", reflect.ValueOf(&p.s).Elem(), reflect.ValueOf(p.verb))
		return true
	}
	if p.s.Flag('#') && p.verb == 'v' {
		if m, ok := t.method("GoString"); ok && m.sig == "func() string" {
			p.write(b.call("GoString")[0].String())
			return true
		}
		return false
	}
	switch p.verb {
	case 'v', 's', 'x', 'X', 'q':
	default:
		return false
	}
	for _, name := range []string{"Error", "String"} {
		if m, ok := t.method(name); ok && m.sig == "func() string" {
			if v.Kind() == reflect.Pointer && v.IsNil() {
				p.write("<nil>")
				return true
			}
			p.plain(b.call(name)[0].Interface())
			return true
		}
	}
	return false
}

// plain prints a value that fmt knows, with the same flags.
func (p printer) plain(x any) { fmt.Fprintf(p.s, fmt.FormatString(p.s, p.verb), x) }

func (p printer) value(t *Type, v reflect.Value, depth int, methods bool) {
	if !v.IsValid() {
		p.write("<nil>")
		return
	}
	if v.Kind() == reflect.Interface && (t == nil || !t.Interface) {
		// a field that closes a circle of types
		if v = v.Elem(); !v.IsValid() {
			p.write("<nil>")
			return
		}
	}
	if t == nil || !t.Boxed && !t.Interface {
		if !v.CanInterface() {
			p.write("?")
			return
		}
		p.plainDepth(v, depth)
		return
	}
	if t.Interface {
		if v.Kind() == reflect.Interface && v.IsNil() || !v.IsValid() {
			if p.sharp() {
				p.write(t.Name + "(nil)")
			} else {
				p.write("<nil>")
			}
			return
		}
		x := unwrap(v.Interface())
		if b, ok := x.(Box); ok {
			p.value(b.T, reflect.ValueOf(b.IValue), depth, methods)
			return
		}
		p.plainDepth(reflect.ValueOf(x), depth)
		return
	}
	if methods && p.handled(t, v) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if p.sharp() {
			p.write(t.Name)
		}
		p.write("{")
		for i := range v.NumField() {
			if i > 0 {
				if p.sharp() {
					p.write(", ")
				} else {
					p.write(" ")
				}
			}
			if i >= len(t.Parts.Fields) {
				break
			}
			f := t.Parts.Fields[i]
			if p.s.Flag('+') || p.sharp() {
				p.write(f.Name + ":")
			}
			p.value(f.Type, v.Field(i), depth+1, methods && f.Exported)
		}
		p.write("}")
	case reflect.Pointer:
		if depth == 0 && !v.IsNil() && t.Parts.Elem != nil {
			switch v.Elem().Kind() {
			case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
				p.write("&")
				p.value(t.Parts.Elem, v.Elem(), depth+1, methods)
				return
			}
		}
		p.pointer(t, v)
	case reflect.Slice, reflect.Array:
		if t.Parts.Elem == nil || !t.Parts.Elem.Boxed && !t.Parts.Elem.Interface && !p.sharp() {
			p.plain(v.Interface())
			return
		}
		open, sep, end := "[", " ", "]"
		if p.sharp() {
			if v.Kind() == reflect.Slice && v.IsNil() {
				p.write(t.Name + "(nil)")
				return
			}
			open, sep, end = t.Name+"{", ", ", "}"
		}
		p.write(open)
		for i := range v.Len() {
			if i > 0 {
				p.write(sep)
			}
			p.value(t.Parts.Elem, v.Index(i), depth+1, methods)
		}
		p.write(end)
	case reflect.Map:
		open, sep, end := "map[", " ", "]"
		if p.sharp() {
			open, sep, end = t.Name+"{", ", ", "}"
		}
		p.write(open)
		for i, k := range sortedKeys(v) {
			if i > 0 {
				p.write(sep)
			}
			p.value(t.Parts.Key, k, depth+1, methods)
			p.write(":")
			p.value(t.Parts.Elem, v.MapIndex(k), depth+1, methods)
		}
		p.write(end)
	case reflect.Func, reflect.Chan:
		p.pointer(t, v)
	default:
		if p.sharp() || !v.CanInterface() {
			fmt.Fprintf(p.s, "%#v", v.Interface())
			return
		}
		p.plain(v.Interface())
	}
}

func (p printer) sharp() bool { return p.verb == 'v' && p.s.Flag('#') }

func (p printer) pointer(t *Type, v reflect.Value) {
	if p.sharp() {
		if v.IsNil() {
			p.write("(" + t.Name + ")(nil)")
		} else {
			p.write(fmt.Sprintf("(%s)(0x%x)", t.Name, v.Pointer()))
		}
		return
	}
	if v.IsNil() && p.verb == 'v' {
		p.write("<nil>")
		return
	}
	p.write(fmt.Sprintf("0x%x", v.Pointer()))
}

// plainDepth prints a compiled value; within another value pointers are addresses.
func (p printer) plainDepth(v reflect.Value, depth int) {
	if depth > 0 && v.Kind() == reflect.Pointer && !v.IsNil() && p.verb == 'v' {
		switch v.Interface().(type) {
		case fmt.Stringer, error, fmt.Formatter:
		default:
			p.write(fmt.Sprintf("0x%x", v.Pointer()))
			return
		}
	}
	p.plain(v.Interface())
}

// sortedKeys returns the keys of a map in the order in which fmt prints them.
func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	less := func(a, b reflect.Value) bool { return fmt.Sprint(a.Interface()) < fmt.Sprint(b.Interface()) }
	if len(keys) > 0 {
		switch keys[0].Kind() {
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			less = func(a, b reflect.Value) bool { return a.Int() < b.Int() }
		case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
			less = func(a, b reflect.Value) bool { return a.Uint() < b.Uint() }
		case reflect.Float32, reflect.Float64:
			less = func(a, b reflect.Value) bool { return a.Float() < b.Float() }
		case reflect.String:
			less = func(a, b reflect.Value) bool { return a.String() < b.String() }
		}
	}
	sort.SliceStable(keys, func(i, j int) bool { return less(keys[i], keys[j]) })
	return keys
}

// MarshalJSON encodes a boxed value as encoding/json would the Go value.
func (b Box) MarshalJSON() ([]byte, error) {
	x, err := jsonValue(b.T, reflect.ValueOf(b.IValue))
	if err != nil {
		return nil, err
	}
	return json.Marshal(x)
}

// shown is a cell's value as the display sees it: its methods choose how it looks.
type shown struct{ box Box }

// Present returns what is shown of a boxed value.
func Present(b Box) any {
	if m, ok := b.T.method("Error"); ok && m.sig == "func() string" {
		return &boxedError{b}
	}
	if !b.T.shows() {
		if v, ok := mirror(b); ok {
			return v.Interface()
		}
	}
	return &shown{b}
}

// String prints the value as displays do: with field names, and with its own String if it has one.
func (s *shown) String() string {
	if s.box.T.shows() {
		return fmt.Sprintf("%v", s)
	}
	return fmt.Sprintf("%+v", s)
}

// Format prints the value.
func (s *shown) Format(f fmt.State, verb rune) { s.box.Format(f, verb) }

// MIMEBundle is how the display sees a boxed value that compiled code passes on to it.
func (b Box) MIMEBundle() display.Bundle { return (&shown{b}).MIMEBundle() }

// MIMEBundle collects what the value's own methods give.
func (s *shown) MIMEBundle() display.Bundle {
	b := display.Bundle{Data: map[string]any{}}
	if m, ok := s.box.T.method("MIMEBundle"); ok && m.fn.Type().NumIn() == 1 && m.fn.Type().NumOut() == 1 {
		if x, ok := s.box.call("MIMEBundle")[0].Interface().(display.Bundle); ok {
			b = x
			if b.Data == nil {
				b.Data = map[string]any{}
			}
		}
	}
	add := func(mime, name, sig string, get func(reflect.Value) any) {
		if m, ok := s.box.T.method(name); ok && m.sig == sig && b.Data[mime] == nil {
			b.Data[mime] = get(s.box.call(name)[0])
		}
	}
	switch reflect.ValueOf(s.box.IValue).Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		if len(b.Data) == 0 && !s.box.T.speaks(0) {
			return display.Render(s.box.IValue) // as with compiled types: structs make a table, long lists are cut
		}
	}
	if b.Data[display.MIMEText] == nil {
		b.Data[display.MIMEText] = fmt.Sprintf("%+v", s.box)
	}
	text := func(v reflect.Value) any { return v.String() }
	add(display.MIMEHTML, "HTML", "func() string", text)
	add(display.MIMESVG, "SVG", "func() []uint8", func(v reflect.Value) any { return string(v.Bytes()) })
	add(display.MIMEPNG, "PNG", "func() []uint8", func(v reflect.Value) any { return v.Bytes() })
	return b
}

// speaks reports whether a type, or a type that it is made of, has a say in how its values look, or
// has fields whose names the representation spells otherwise.
func (t *Type) speaks(depth int) bool {
	if t == nil || !t.Boxed || depth > 4 {
		return false
	}
	for _, name := range []string{"Format", "Error", "String", "HTML", "SVG", "PNG", "MIMEBundle"} {
		if _, ok := t.method(name); ok {
			return true
		}
	}
	for _, f := range t.Parts.Fields {
		if !f.Exported || f.Type.speaks(depth+1) {
			return true
		}
	}
	return t.Parts.Elem.speaks(depth+1) || t.Parts.Key.speaks(depth+1)
}
