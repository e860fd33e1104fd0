//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"crypto/sha256"
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"strings"
)

// A type descriptor is never freed: package reflect, encoding/json and others keep what they know of
// a type for ever, and the collector doesn't see the types of interface values. So that a session
// doesn't grow as a type is changed to and fro, a definition that comes back with the same form, the
// same underlying type and methods, is the type that it was.

// forms are the defined types that an executor has had, by their form.
type forms map[formKey]*rtype

// form is what makes a defined type what it is, in words; formKey stands for it.
type (
	form    string
	formKey [16]byte
)

func (f form) key() formKey {
	sum := sha256.Sum256([]byte(f))
	return formKey(sum[:16])
}

func (f forms) add(k formKey, r reflect.Type) {
	f[k] = rt(r)
	if d := descriptorOf(rt(r)); d != nil {
		d.form = k
	}
}

// drop forgets a type whose methods are not those of its form any more.
func (f forms) drop(r *rtype) {
	if d := descriptorOf(r); d != nil {
		delete(f, d.form)
	}
}

// revive finds the type that had a form before, if nothing else has it now. Its methods are bound to
// the functions of this program when it is loaded.
func (w *world) revive(n *types.Named, key string, form formKey) reflect.Type {
	if w.forms[form] == nil {
		return nil
	}
	r := typeOf(w.forms[form])
	for _, live := range w.types.things {
		if live == r {
			return nil
		}
	}
	w.types.set(key, r)
	w.cache.Set(n, r)
	if !isInterface(n) {
		w.late = append(w.late, func() {
			w.rebind(n)
			w.rebind(types.NewPointer(n))
		})
	}
	return r
}

// rebind gives the entries of a type's methods the functions of this program.
func (w *world) rebind(t types.Type) {
	r := w.rtype(t)
	for s := range types.NewMethodSet(t).Methods() {
		f := s.Obj().(*types.Func)
		k := methodName{methodPkg(f), f.Name()}
		old := findMethod(r, k)
		if old == nil {
			continue
		}
		e := &methodEntry{name: k.shared()}
		w.resolve(e, r, t, s)
		w.commits = append(w.commits, func() { old.bound.Store(e.bound.Load()) })
	}
}

// formWriter writes the form of a type.
type formWriter struct {
	strings.Builder
	w    *world
	n    *types.Named
	fail bool // it depends on a type that waits for this one
}

// form is what makes a defined type what it is; "" if that can't be said before it is made.
func (w *world) form(n *types.Named, key string) form {
	if n.Obj().Parent() != n.Obj().Pkg().Scope() {
		return ""
	}
	if w.forming.At(n) != nil {
		return ""
	}
	w.forming.Set(n, true)
	defer w.forming.Delete(n)
	f := &formWriter{w: w, n: n}
	f.WriteString(key)
	f.WriteByte(' ')
	f.typ(n.Underlying())
	for _, t := range []types.Type{n, types.NewPointer(n)} {
		for s := range types.NewMethodSet(t).Methods() {
			m := s.Obj().(*types.Func)
			if !m.Exported() && !isProgram(m.Pkg()) {
				continue // nothing outside of its package can see it
			}
			fmt.Fprintf(f, ";%s.%s%v", methodPkg(m), m.Name(), s.Index())
			f.typ(m.Signature())
		}
	}
	if f.fail {
		return ""
	}
	return form(f.String())
}

func (f *formWriter) typ(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		switch {
		case types.Identical(t, f.n):
			f.WriteString("self")
		case f.w.forming.At(t) != nil:
			f.fail = true
		default:
			fmt.Fprintf(f, "%p", f.w.rtype(t))
		}
	case *types.Pointer:
		f.WriteByte('*')
		f.typ(t.Elem())
	case *types.Slice:
		f.WriteString("[]")
		f.typ(t.Elem())
	case *types.Array:
		fmt.Fprintf(f, "[%d]", t.Len())
		f.typ(t.Elem())
	case *types.Chan:
		fmt.Fprintf(f, "chan%d ", t.Dir())
		f.typ(t.Elem())
	case *types.Map:
		f.WriteString("map[")
		f.typ(t.Key())
		f.WriteByte(']')
		f.typ(t.Elem())
	case *types.Struct:
		f.WriteString("struct{")
		for i := range t.NumFields() {
			v := t.Field(i)
			fmt.Fprintf(f, "%s.%s %v %q ", methodPkg(v), v.Name(), v.Embedded(), t.Tag(i))
			f.typ(v.Type())
		}
		f.WriteByte('}')
	case *types.Interface:
		f.WriteString("interface{")
		for _, m := range slices.SortedFunc(t.Methods(), func(a, b *types.Func) int { return strings.Compare(a.Id(), b.Id()) }) {
			f.WriteString(m.Id())
			f.typ(m.Signature())
		}
		f.WriteByte('}')
	case *types.Signature:
		fmt.Fprintf(f, "func %v(", t.Variadic())
		f.typ(t.Params())
		f.WriteByte(')')
		f.typ(t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			f.typ(v.Type())
			f.WriteByte(',')
		}
	default:
		f.WriteString(t.String())
	}
}
