package nn

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/rustygradients/rg/tensor"
)

// place is a tensor in a module.
type place struct {
	name   string
	tensor *tensor.Tensor
	buffer bool
	set    func(*tensor.Tensor) // puts another in its place
}

// walker goes through a module depth first, in the order of its fields.
type walker struct {
	tensor func(place)
	module func(name string, m any) // may be nil; every struct, slice and map on the way, the outer first
	onPath map[visit]bool
}

// visit is what has been entered and not left; entering it again would be a circle.
type visit struct {
	at  unsafe.Pointer
	typ reflect.Type
}

var tensorType = reflect.TypeFor[*tensor.Tensor]()

// walk calls f for every tensor in m, parameters and buffers.
func walk(m any, f func(place)) {
	w := walker{tensor: f, onPath: map[visit]bool{}}
	w.value("", reflect.ValueOf(m), false, nil)
}

// walkModules calls f for m and for every module in it.
func walkModules(m any, f func(name string, m any)) {
	w := walker{tensor: func(place) {}, module: f, onPath: map[visit]bool{}}
	w.value("", reflect.ValueOf(m), false, nil)
}

// value visits v, which can be replaced by set unless that is nil.
func (w *walker) value(name string, v reflect.Value, buffer bool, set func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Interface:
		w.value(name, v.Elem(), buffer, set)
	case reflect.Pointer:
		switch {
		case v.IsNil():
		case v.Type() == tensorType:
			w.found(name, v, buffer, set)
		default:
			key := visit{v.UnsafePointer(), v.Type()}
			if w.onPath[key] {
				return
			}
			w.onPath[key] = true
			defer delete(w.onPath, key)
			switch e := v.Elem(); e.Kind() {
			case reflect.Struct:
				if inner, ok := unwrap(e); ok {
					w.value(name, inner, buffer, nil)
					return
				}
				fallthrough
			case reflect.Slice, reflect.Map:
				w.enter(name, v)
				w.fields(name, e, buffer)
			default:
				w.value(name, e, buffer, nil)
			}
		}
	case reflect.Struct:
		if inner, ok := unwrap(v); ok {
			w.value(name, inner, buffer, nil)
			return
		}
		w.enter(name, v)
		w.fields(name, v, buffer)
	case reflect.Slice, reflect.Array, reflect.Map:
		w.enter(name, v)
		w.fields(name, v, buffer)
	}
}

func (w *walker) enter(name string, v reflect.Value) {
	if w.module != nil && v.CanInterface() {
		w.module(name, v.Interface())
	}
}

// found reports a tensor.
func (w *walker) found(name string, v reflect.Value, buffer bool, set func(reflect.Value)) {
	if !v.CanInterface() {
		return
	}
	w.tensor(place{name, v.Interface().(*tensor.Tensor), buffer, func(t *tensor.Tensor) {
		if set == nil {
			panic(fmt.Sprintf("nn: %s lies where it can't be replaced; hold its module by a pointer", name))
		}
		set(reflect.ValueOf(t))
	}})
}

// fields visits what a struct, slice or map holds.
func (w *walker) fields(name string, v reflect.Value, buffer bool) {
	switch v.Kind() {
	case reflect.Struct:
		t := v.Type()
		for i := range t.NumField() {
			f := t.Field(i)
			tag, options, _ := strings.Cut(f.Tag.Get("rg"), ",")
			if tag == "-" || !visible(t, f) {
				continue
			}
			sub := name
			if !f.Anonymous || tag != "" {
				if tag == "" {
					tag = snake(f.Name)
				}
				sub = join(name, tag)
			}
			w.value(sub, v.Field(i), buffer || options == "buffer", setter(v.Field(i)))
		}
	case reflect.Slice, reflect.Array:
		if !holdsModules(v.Type().Elem()) {
			return
		}
		for i := range v.Len() {
			w.value(join(name, fmt.Sprint(i)), v.Index(i), buffer, setter(v.Index(i)))
		}
	case reflect.Map:
		if !holdsModules(v.Type().Elem()) {
			return
		}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		for _, k := range keys {
			w.value(join(name, fmt.Sprint(k)), v.MapIndex(k), buffer, func(x reflect.Value) { v.SetMapIndex(k, x) })
		}
	}
}

func setter(v reflect.Value) func(reflect.Value) {
	if !v.CanSet() {
		return nil
	}
	return v.Set
}

// holdsModules reports whether a value of the type may have a tensor somewhere; a slice of a million
// numbers need not be walked.
func holdsModules(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Struct, reflect.Slice, reflect.Array, reflect.Map:
		return true
	}
	return false
}

// visible reports whether a field is exported in the source. The types that the interpreter makes
// for a cell's structs have no name, and an X before the names of unexported fields.
func visible(t reflect.Type, f reflect.StructField) bool {
	if !f.IsExported() {
		return f.Anonymous // an embedded struct, whose own fields may be exported
	}
	if t.Name() == "" && len(f.Name) > 1 && f.Name[0] == 'X' {
		r, _ := utf8.DecodeRuneInString(f.Name[1:])
		return !unicode.IsLower(r) && r != '_'
	}
	return true
}

// unwrap looks inside the structs by which the interpreter passes a cell's values where an interface
// is wanted. They have the value in a field IValue, beside functions for the methods or a description
// of the type; the interpreter's own interfaces have it as a reflect.Value, beside a node.
func unwrap(v reflect.Value) (reflect.Value, bool) {
	t := v.Type()
	if f, ok := t.FieldByName("IValue"); ok && len(f.Index) == 1 && f.Type.Kind() == reflect.Interface {
		return v.FieldByIndex(f.Index), true
	}
	if t.NumField() == 2 && t.Field(0).Name == "node" && t.Field(1).Name == "value" && t.Field(1).Type == reflect.TypeFor[reflect.Value]() {
		// The field is unexported: read it from a copy, by its address.
		held := reflect.New(t)
		held.Elem().Set(v)
		return *(*reflect.Value)(held.Elem().Field(1).Addr().UnsafePointer()), true
	}
	return v, false
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

// snake writes a Go name as PyTorch would: LayerNorm1 is layer_norm1, QKVProj is qkv_proj, Conv2D is
// conv2d.
func snake(name string) string {
	var b strings.Builder
	rs := []rune(name)
	for i, r := range rs {
		if i > 0 && unicode.IsUpper(r) {
			afterLower := unicode.IsLower(rs[i-1])
			endsAcronym := unicode.IsUpper(rs[i-1]) && i+1 < len(rs) && unicode.IsLower(rs[i+1])
			if afterLower || endsAcronym {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
