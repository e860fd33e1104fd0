package rt

import (
	"reflect"
	"unsafe"
)

// mirror returns a copy of a boxed value in a type that looks like the cell's own: with the names
// of its fields, in which the interpreter marks those that are not exported. Displays and tables go
// by that. It fails for types that contain themselves or whose parts have methods to show
// themselves by.
func mirror(b Box) (reflect.Value, bool) {
	t, ok := mirrorType(b.T, map[*Type]bool{})
	if !ok || b.IValue == nil {
		return reflect.Value{}, false
	}
	v := reflect.ValueOf(b.IValue)
	if !sameShape(v.Type(), t) {
		return reflect.Value{}, false
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	// The types differ in the names of fields alone, so that the memory means the same.
	return reflect.NewAt(t, unsafe.Pointer(p.Pointer())).Elem(), true
}

func mirrorType(t *Type, within map[*Type]bool) (reflect.Type, bool) {
	if t.Interface {
		return t.Raw, t.Raw != nil && t.Raw.Kind() == reflect.Interface
	}
	if !t.Boxed {
		return t.Raw, t.Raw != nil
	}
	if within[t] || t.shows() || t.Raw == nil {
		return nil, false
	}
	within[t] = true
	defer delete(within, t)
	var elem reflect.Type
	if t.Parts.Elem != nil {
		var ok bool
		if elem, ok = mirrorType(t.Parts.Elem, within); !ok {
			return nil, false
		}
	}
	switch t.Raw.Kind() {
	case reflect.Pointer:
		return reflect.PointerTo(elem), true
	case reflect.Slice:
		return reflect.SliceOf(elem), true
	case reflect.Array:
		return reflect.ArrayOf(t.Raw.Len(), elem), true
	case reflect.Map:
		// A map's key type carries its hash function: it must be the same.
		if t.Parts.Key == nil || t.Parts.Key.Boxed && t.Raw.Key().Kind() == reflect.Struct {
			return nil, false
		}
		return reflect.MapOf(t.Raw.Key(), elem), true
	case reflect.Struct:
		var fields []reflect.StructField
		for _, f := range t.Parts.Fields {
			ft, ok := mirrorType(f.Type, within)
			if !ok || f.Name == "_" {
				return nil, false
			}
			sf := reflect.StructField{Name: f.Name, Type: ft, Tag: reflect.StructTag(f.Tag)}
			if !f.Exported {
				sf.PkgPath = "main"
			}
			fields = append(fields, sf)
		}
		return reflect.StructOf(fields), true
	}
	return t.Raw, true
}

// sameShape reports whether two types are laid out alike.
func sameShape(a, b reflect.Type) bool {
	if a == b {
		return true
	}
	if a.Kind() != b.Kind() || a.Size() != b.Size() {
		return false
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Slice:
		return sameShape(a.Elem(), b.Elem())
	case reflect.Array:
		return a.Len() == b.Len() && sameShape(a.Elem(), b.Elem())
	case reflect.Map:
		return a.Key() == b.Key() && sameShape(a.Elem(), b.Elem())
	case reflect.Struct:
		if a.NumField() != b.NumField() {
			return false
		}
		for i := range a.NumField() {
			if a.Field(i).Offset != b.Field(i).Offset || !sameShape(a.Field(i).Type, b.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return false
}

// shows reports whether a type has a method by which its values are shown.
func (t *Type) shows() bool {
	for _, name := range []string{"Error", "String", "Format", "MIMEBundle", "HTML", "SVG", "PNG"} {
		if _, ok := t.method(name); ok {
			return true
		}
	}
	return false
}
