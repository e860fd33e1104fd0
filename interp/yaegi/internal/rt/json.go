package rt

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// jsonValue turns a value of a cell's type into one that encoding/json encodes as it should: the
// fields in order, with the names that tags give them.
func jsonValue(t *Type, v reflect.Value) (any, error) {
	if !v.IsValid() {
		return nil, nil
	}
	if v.Kind() == reflect.Interface && (t == nil || !t.Interface) {
		// a field that closes a circle of types
		if v = v.Elem(); !v.IsValid() {
			return nil, nil
		}
	}
	if t == nil || !t.Boxed && !t.Interface {
		return v.Interface(), nil
	}
	if t.Interface {
		if v.IsNil() {
			return nil, nil
		}
		x := unwrap(v.Interface())
		if b, ok := x.(Box); ok {
			return jsonValue(b.T, reflect.ValueOf(b.IValue))
		}
		return x, nil
	}
	b := Box{t, v.Interface()}
	isNil := v.Kind() == reflect.Pointer && v.IsNil()
	if m, ok := t.method("MarshalJSON"); ok && m.sig == "func() ([]uint8, error)" && !isNil {
		out := b.call("MarshalJSON")
		if err, _ := out[1].Interface().(error); err != nil {
			return nil, err
		}
		return json.RawMessage(out[0].Bytes()), nil
	}
	if m, ok := t.method("MarshalText"); ok && m.sig == "func() ([]uint8, error)" && !isNil {
		out := b.call("MarshalText")
		if err, _ := out[1].Interface().(error); err != nil {
			return nil, err
		}
		return string(out[0].Bytes()), nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return jsonValue(t.Parts.Elem, v.Elem())
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() {
			return nil, nil
		}
		if t.Parts.Elem != nil && !t.Parts.Elem.Boxed && !t.Parts.Elem.Interface {
			return v.Interface(), nil
		}
		list := make([]any, v.Len())
		for i := range list {
			x, err := jsonValue(t.Parts.Elem, v.Index(i))
			if err != nil {
				return nil, err
			}
			list[i] = x
		}
		return list, nil
	case reflect.Map:
		if v.IsNil() {
			return nil, nil
		}
		m := map[string]any{}
		for _, k := range v.MapKeys() {
			x, err := jsonValue(t.Parts.Elem, v.MapIndex(k))
			if err != nil {
				return nil, err
			}
			name := fmt.Sprint(k.Interface())
			if tm, ok := k.Interface().(encoding.TextMarshaler); ok {
				text, err := tm.MarshalText()
				if err != nil {
					return nil, err
				}
				name = string(text)
			}
			m[name] = x
		}
		return m, nil
	case reflect.Struct:
		var o object
		if err := o.fields(t, v); err != nil {
			return nil, err
		}
		return o, nil
	}
	return v.Interface(), nil
}

// object is a JSON object whose members keep their order.
type object struct {
	names  []string
	values []any
}

func (o *object) fields(t *Type, v reflect.Value) error {
	for i, f := range t.Parts.Fields {
		name, options, _ := strings.Cut(reflect.StructTag(f.Tag).Get("json"), ",")
		if name == "-" && options == "" {
			continue
		}
		fv := v.Field(i)
		if f.Embedded && name == "" {
			ft := f.Type
			if fv.Kind() == reflect.Pointer && !fv.IsNil() && ft.Parts.Elem != nil {
				ft, fv = ft.Parts.Elem, fv.Elem()
			}
			if fv.Kind() == reflect.Struct && ft.Boxed {
				if err := o.fields(ft, fv); err != nil {
					return err
				}
				continue
			}
		}
		if !f.Exported {
			continue
		}
		if strings.Contains(options, "omitempty") && empty(fv) || strings.Contains(options, "omitzero") && fv.IsZero() {
			continue
		}
		x, err := jsonValue(f.Type, fv)
		if err != nil {
			return err
		}
		if name == "" {
			name = f.Name
		}
		if strings.Contains(options, "string") {
			x = fmt.Sprint(x)
		}
		o.names, o.values = append(o.names, name), append(o.values, x)
	}
	return nil
}

func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, n := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		k, err := json.Marshal(n)
		if err != nil {
			return nil, err
		}
		v, err := json.Marshal(o.values[i])
		if err != nil {
			return nil, err
		}
		b.Write(k)
		b.WriteByte(':')
		b.Write(v)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}
