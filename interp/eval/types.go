//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

var basicTypes = map[types.BasicKind]reflect.Type{
	types.Bool: reflect.TypeFor[bool](), types.UntypedBool: reflect.TypeFor[bool](),
	types.Int: reflect.TypeFor[int](), types.UntypedInt: reflect.TypeFor[int](),
	types.Int8: reflect.TypeFor[int8](), types.Int16: reflect.TypeFor[int16](),
	types.Int32: reflect.TypeFor[int32](), types.UntypedRune: reflect.TypeFor[rune](),
	types.Int64: reflect.TypeFor[int64](), types.Uint: reflect.TypeFor[uint](),
	types.Uint8: reflect.TypeFor[uint8](), types.Uint16: reflect.TypeFor[uint16](),
	types.Uint32: reflect.TypeFor[uint32](), types.Uint64: reflect.TypeFor[uint64](),
	types.Uintptr: reflect.TypeFor[uintptr](), types.Float32: reflect.TypeFor[float32](),
	types.Float64: reflect.TypeFor[float64](), types.UntypedFloat: reflect.TypeFor[float64](),
	types.Complex64: reflect.TypeFor[complex64](), types.Complex128: reflect.TypeFor[complex128](),
	types.UntypedComplex: reflect.TypeFor[complex128](), types.String: reflect.TypeFor[string](),
	types.UntypedString: reflect.TypeFor[string](), types.UnsafePointer: reflect.TypeFor[unsafe.Pointer](),
	types.UntypedNil: reflect.TypeFor[unsafe.Pointer](),
}

var chanDirs = map[types.ChanDir]reflect.ChanDir{types.SendRecv: reflect.BothDir, types.SendOnly: reflect.SendDir, types.RecvOnly: reflect.RecvDir}

// rtype is the runtime descriptor of a type.
func (w *world) rtype(t types.Type) *rtype { return rt(w.reflect(t)) }

// reflect is the runtime's own type for a type of the checker.
func (w *world) reflect(t types.Type) reflect.Type {
	if b, ok := t.(*types.Basic); ok {
		if r := basicTypes[b.Kind()]; r != nil {
			return r
		}
	}
	if r, ok := w.cache.At(t).(reflect.Type); ok {
		return r
	}
	r := w.makeType(t)
	w.cache.Set(t, r)
	return r
}

func (w *world) makeType(t types.Type) reflect.Type {
	switch t := t.(type) {
	case *types.Alias:
		return w.reflect(types.Unalias(t))
	case *types.Pointer:
		return reflect.PointerTo(w.reflect(t.Elem()))
	case *types.Slice:
		return reflect.SliceOf(w.reflect(t.Elem()))
	case *types.Array:
		return reflect.ArrayOf(int(t.Len()), w.reflect(t.Elem()))
	case *types.Map:
		return reflect.MapOf(w.reflect(t.Key()), w.reflect(t.Elem()))
	case *types.Chan:
		return reflect.ChanOf(chanDirs[t.Dir()], w.reflect(t.Elem()))
	case *types.Signature:
		return w.funcType(t)
	case *types.Struct:
		return w.structType(t)
	case *types.Interface:
		return w.interfaceType(t)
	case *types.Named:
		return w.namedType(t)
	}
	refuse("values of type %v are not supported", t)
	return nil
}

// funcType makes a function type, without its receiver.
func (w *world) funcType(s *types.Signature) reflect.Type {
	var in, out []reflect.Type
	for v := range s.Params().Variables() {
		in = append(in, w.reflect(v.Type()))
	}
	for v := range s.Results().Variables() {
		out = append(out, w.reflect(v.Type()))
	}
	return reflect.FuncOf(in, out, s.Variadic())
}

// shapes are the unnamed types that package reflect can't make, by what they are made of.
var shapes = map[string]reflect.Type{}

func (w *world) structType(t *types.Struct) reflect.Type {
	special := false
	var key strings.Builder
	var fields []reflect.StructField
	for i := range t.NumFields() {
		f := t.Field(i)
		typ := w.reflect(f.Type())
		if f.Embedded() || !token.IsIdentifier(f.Name()) {
			special = true
		}
		fmt.Fprintf(&key, "%s.%s %p %q %v;", methodPkg(f), f.Name(), rt(typ), t.Tag(i), f.Embedded())
		fields = append(fields, reflect.StructField{Name: f.Name(), Type: typ, Tag: reflect.StructTag(t.Tag(i)), PkgPath: methodPkg(f)})
	}
	if !special {
		return reflect.StructOf(fields)
	}
	if r := shapes[key.String()]; r != nil {
		return r
	}
	ms := types.NewMethodSet(t)
	d := newDescriptor(reflect.TypeFor[structType](), ms.Len())
	s := (*structType)(d.at)
	d.layout(w.standIn(t), structName(fields, t))
	s.TFlag &^= flagNamed
	w.fillStruct(s, t)
	r := typeOf(&s.rtype)
	shapes[key.String()] = r
	w.shapes = append(w.shapes, key.String())
	w.cache.Set(t, r)
	w.busy++
	w.pointerTo(d, t)
	w.late = append(w.late, func() { d.methods(w, t, ms, "main") })
	w.busy--
	w.flush()
	return r
}

// structName and interfaceName write types as the runtime has them.
func structName(fields []reflect.StructField, t *types.Struct) string {
	var list []string
	for i, f := range fields {
		text := f.Type.String()
		if !t.Field(i).Embedded() {
			text = f.Name + " " + text
		}
		if f.Tag != "" {
			text += " " + strconv.Quote(string(f.Tag))
		}
		list = append(list, text)
	}
	return "struct { " + strings.Join(list, "; ") + " }"
}

func (w *world) interfaceName(t *types.Interface) string {
	var list []string
	for m := range t.Methods() {
		name := m.Name()
		if !m.Exported() {
			name = m.Pkg().Name() + "." + name
		}
		list = append(list, name+strings.TrimPrefix(w.funcType(m.Signature()).String(), "func"))
	}
	slices.Sort(list)
	return "interface { " + strings.Join(list, "; ") + " }"
}

func (w *world) interfaceType(t *types.Interface) reflect.Type {
	if t.NumMethods() == 0 {
		return reflect.TypeFor[any]()
	}
	key := "interface"
	for m := range t.Methods() {
		key += fmt.Sprintf(";%s.%s %p", methodPkg(m), m.Name(), rt(w.funcType(m.Signature())))
	}
	if r := shapes[key]; r != nil {
		return r
	}
	d := newDescriptor(reflect.TypeFor[interfaceType](), 0)
	p := (*interfaceType)(d.at)
	d.layout(w.standIn(t), w.interfaceName(t))
	p.TFlag &^= flagNamed
	shapes[key] = typeOf(&p.rtype)
	w.shapes = append(w.shapes, key)
	w.fillInterface(p, t)
	return shapes[key]
}

// standIn has the layout and equality of t, and mentions no type that may be under construction.
func (w *world) standIn(t types.Type) reflect.Type {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return basicTypes[u.Kind()]
	case *types.Pointer:
		return reflect.TypeFor[*int]()
	case *types.Map:
		return reflect.TypeFor[map[int]int]()
	case *types.Slice:
		return reflect.TypeFor[[]int]()
	case *types.Chan:
		return reflect.TypeFor[chan int]()
	case *types.Signature:
		return reflect.TypeFor[func()]()
	case *types.Interface:
		if u.Empty() || u.NumMethods() == 0 {
			return reflect.TypeFor[any]()
		}
		return reflect.TypeFor[error]()
	case *types.Array:
		return reflect.ArrayOf(int(u.Len()), w.standIn(u.Elem()))
	case *types.Struct:
		if n, ok := types.Unalias(t).(*types.Named); ok && n.TypeArgs().Len() == 0 && n.Obj().Pkg() != nil && !isProgram(n.Obj().Pkg()) {
			return w.reflect(t)
		}
		var fields []reflect.StructField
		for i := range u.NumFields() {
			f := reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: w.standIn(u.Field(i).Type())}
			if u.Field(i).Name() == "_" {
				f.Name, f.PkgPath = "_", "main"
			}
			fields = append(fields, f)
		}
		return reflect.StructOf(fields)
	}
	refuse("values of type %v are not supported", t)
	return nil
}

// hasBlank says whether == of a type leaves something out.
func hasBlank(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			if f.Name() == "_" || hasBlank(f.Type()) {
				return true
			}
		}
	case *types.Array:
		return hasBlank(u.Elem())
	}
	return false
}

// equal compares two values of a type, blank fields aside.
func equal(r *rtype, a, b ptr) bool {
	switch reflect.Kind(r.Kind) {
	case reflect.Array:
		t := (*arrayType)(ptr(r))
		for i := range t.Len {
			if !equal(t.Elem, unsafe.Add(a, i*t.Elem.Size), unsafe.Add(b, i*t.Elem.Size)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		t := typeOf(r)
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Name != "_" && !equal(rt(f.Type), unsafe.Add(a, f.Offset), unsafe.Add(b, f.Offset)) {
				return false
			}
		}
		return true
	}
	return r.Equal(a, b)
}
