package interp

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/rustygradients/rg/tensor"
)

var tensorType = reflect.TypeFor[*tensor.Tensor]()

// asTensor returns the tensor that a value is, or nil. It also works for what Interface refuses.
func asTensor(v reflect.Value) *tensor.Tensor {
	if !v.IsValid() || v.Type() != tensorType || v.IsNil() {
		return nil
	}
	return (*tensor.Tensor)(v.UnsafePointer())
}

// shape is how large a value is, in its own terms: (2, 3) of a tensor, 5 of a slice, 2×3 of a slice
// of slices that are equally long.
func shape(v reflect.Value) string {
	for v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if t := asTensor(v); t != nil {
		return strings.TrimSuffix(strings.ReplaceAll(fmt.Sprint(t.Shape()), " ", ", "), "]")[1:]
	}
	if !v.IsValid() {
		return ""
	}
	switch v.Kind() {
	case reflect.Map, reflect.String, reflect.Chan:
		return fmt.Sprint(v.Len())
	case reflect.Slice, reflect.Array:
		s := fmt.Sprint(v.Len())
		if inner := v.Type().Elem(); v.Len() > 0 && (inner.Kind() == reflect.Slice || inner.Kind() == reflect.Array) {
			for i := range v.Len() {
				if v.Index(i).Len() != v.Index(0).Len() {
					return s
				}
			}
			return s + "×" + shape(v.Index(0))
		}
		return s
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() != reflect.Struct {
			return shape(v.Elem())
		}
	}
	return ""
}

// weigher adds up the memory that a value holds, each piece of it once.
type weigher struct {
	seen map[uintptr]bool
	left int // how many more values are looked at
}

// weigh returns how many bytes a value holds, itself included, and whether that is all. Maps are
// estimated by their length, for a goroutine may be writing to them.
func weigh(v reflect.Value) (bytes int, all bool) {
	w := weigher{map[uintptr]bool{}, 100_000}
	if !v.IsValid() {
		return 0, true
	}
	bytes = int(v.Type().Size()) + w.behind(v)
	return bytes, w.left > 0
}

// behind is what a value refers to.
func (w *weigher) behind(v reflect.Value) int {
	if w.left--; w.left <= 0 || !v.IsValid() {
		return 0
	}
	if t := asTensor(v); t != nil {
		if w.again(v.Pointer()) {
			return 0
		}
		return t.Len() * t.DType().Size()
	}
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Interface:
		if v.IsNil() {
			return 0
		}
		return int(v.Elem().Type().Size()) + w.behind(v.Elem())
	case reflect.Pointer:
		if v.IsNil() || w.again(v.Pointer()) {
			return 0
		}
		return int(v.Type().Elem().Size()) + w.behind(v.Elem())
	case reflect.Slice:
		if v.IsNil() || w.again(v.Pointer()) {
			return 0
		}
		n := v.Cap() * int(v.Type().Elem().Size())
		if refers(v.Type().Elem()) {
			for i := range v.Len() {
				n += w.behind(v.Index(i))
			}
		}
		return n
	case reflect.Array:
		n := 0
		if refers(v.Type().Elem()) {
			for i := range v.Len() {
				n += w.behind(v.Index(i))
			}
		}
		return n
	case reflect.Struct:
		n := 0
		for i := range v.NumField() {
			n += w.behind(v.Field(i))
		}
		return n
	case reflect.Map:
		if v.IsNil() {
			return 0
		}
		return v.Len() * int(v.Type().Key().Size()+v.Type().Elem().Size())
	case reflect.Chan:
		return v.Cap() * int(v.Type().Elem().Size())
	}
	return 0
}

func (w *weigher) again(p uintptr) bool {
	if w.seen[p] {
		return true
	}
	w.seen[p] = true
	return false
}

// refers says whether values of a type may hold memory elsewhere.
func refers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return refers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if refers(t.Field(i).Type) {
				return true
			}
		}
		return false
	}
	return t.Kind() > reflect.Complex128
}

// size writes a number of bytes as a person reads it.
func size(v reflect.Value) string {
	n, all := weigh(v)
	more := ""
	if !all {
		more = "≥ "
	}
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	x, i := float64(n), 0
	for x >= 1024 && i < len(units)-1 {
		x, i = x/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%s%d B", more, n)
	}
	return fmt.Sprintf("%s%.1f %s", more, x, units[i])
}
