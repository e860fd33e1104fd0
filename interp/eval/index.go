//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/types"
	"unsafe"
)

// outOfRange panics as an index expression does.
func outOfRange(i int64, n int) {
	_ = make([]struct{}, n)[i]
}

// outOfRangeU is outOfRange for an unsigned index.
func outOfRangeU(i uint64, n int) {
	_ = make([]struct{}, n)[i]
}

func badIndex(v value) func(i int64, n int) {
	if !v.fixed && unsigned(v.typ) && wide(v.typ) {
		return func(i int64, n int) { outOfRangeU(uint64(i), n) }
	}
	return outOfRange
}

func sliceElem(x, i value, size uintptr) place {
	f, g, bad := x.Slice, i.Int, badIndex(i)
	if x.inFrame {
		off := x.off
		if i.inFrame && wide(i.typ) && !unsigned(i.typ) {
			return place{kind: element, off: off, index: i.off, size: size}
		}
		return computedAt(func(fr *frame) ptr {
			k := g(fr)
			s := (*slice)(at(fr, off))
			if uint64(k) >= uint64(s.len) {
				bad(k, s.len)
			}
			return unsafe.Add(s.data, uintptr(k)*size)
		})
	}
	return computedAt(func(fr *frame) ptr {
		s := f(fr)
		k := g(fr)
		if uint64(k) >= uint64(s.len) {
			bad(k, s.len)
		}
		return unsafe.Add(s.data, uintptr(k)*size)
	})
}

func arrayElem(x place, i value, n int, size uintptr) place {
	g, bad := i.Int, badIndex(i)
	if i.fixed && i.k >= 0 && i.k < int64(n) {
		return x.plus(uintptr(i.k) * size)
	}
	off, disp := x.off, x.disp
	switch x.kind {
	case framed:
		return computedAt(func(fr *frame) ptr {
			k := g(fr)
			if uint64(k) >= uint64(n) {
				bad(k, n)
			}
			return unsafe.Add(at(fr, off), uintptr(k)*size)
		})
	case behind:
		return computedAt(func(fr *frame) ptr {
			p := pointee(fr, off, disp)
			k := g(fr)
			if uint64(k) >= uint64(n) {
				bad(k, n)
			}
			return unsafe.Add(p, uintptr(k)*size)
		})
	}
	base := x.address()
	return computedAt(func(fr *frame) ptr {
		p := base(fr)
		k := g(fr)
		if uint64(k) >= uint64(n) {
			bad(k, n)
		}
		return unsafe.Add(p, uintptr(k)*size)
	})
}

func (c *compiler) index(e *ast.IndexExpr) value {
	if tv, ok := c.u.info.Types[e.Index]; ok && tv.IsType() {
		return c.instance(e.X)
	}
	switch u := c.typ(e.X).Underlying().(type) {
	case *types.Map:
		return c.mapIndex(c.expr(e.X), u, c.assignable(c.expr(e.Index), u.Key()), nil)
	case *types.Basic:
		x, i := c.expr(e.X), c.expr(e.Index)
		f, g, bad := x.String, i.Int, badIndex(i)
		if off := x.off; x.inFrame {
			return value{typ: c.typ(e), class: isInt, Int: func(fr *frame) int64 {
				k := g(fr)
				s := *(*string)(at(fr, off))
				if uint64(k) >= uint64(len(s)) {
					bad(k, len(s))
				}
				return int64(s[k])
			}}
		}
		return value{typ: c.typ(e), class: isInt, Int: func(fr *frame) int64 {
			s := f(fr)
			k := g(fr)
			if uint64(k) >= uint64(len(s)) {
				bad(k, len(s))
			}
			return int64(s[k])
		}}
	case *types.Slice:
		return c.sliceIndex(c.expr(e.X), c.expr(e.Index), u.Elem())
	}
	if a, ok := c.place(e); ok {
		return load(c.typ(e), a)
	}
	base, bt := c.placeOf(e.X)
	u, ok := bt.Underlying().(*types.Array)
	if !ok {
		refuse("an index of %v is not supported", bt)
	}
	return load(u.Elem(), arrayElem(base, c.expr(e.Index), int(u.Len()), c.rtype(u.Elem()).Size))
}

// sliceIndex reads an element; those of words and floats without a detour.
func (c *compiler) sliceIndex(x, i value, et types.Type) value {
	e := sliceElem(x, i, c.rtype(et).Size)
	v := load(et, e)
	if e.kind == element || unsigned(i.typ) && !i.fixed {
		return v
	}
	switch {
	case v.class == isFloat && kindOf(et) == types.Float64:
		v.Float = indexed[float64](x, i)
	case v.class == isInt && wide(et):
		v.Int = indexed[int64](x, i)
	case v.class == isSlice:
		v.Slice = indexed[slice](x, i)
	case v.class == isPtr:
		v.Ptr = indexed[ptr](x, i)
	}
	return v
}

// indexed reads an element whose memory has the form in which values are passed.
func indexed[T any](x, i value) func(*frame) T {
	f, g, off := x.Slice, i.Int, x.off
	if x.inFrame {
		return func(fr *frame) T { k := g(fr); return (*(*[]T)(at(fr, off)))[k] }
	}
	if o := i.off; i.inFrame && wide(i.typ) {
		return func(fr *frame) T { s := f(fr); return (*(*[]T)(ptr(&s)))[*(*int)(at(fr, o))] }
	}
	return func(fr *frame) T { s := f(fr); k := g(fr); return (*(*[]T)(ptr(&s)))[k] }
}

// plainIntMap and plainStringMap say whether a map is exactly a map[int]int or map[string]int.
func (w *world) plainIntMap(t *types.Map) bool {
	return types.Identical(t.Key(), types.Typ[types.Int]) && types.Identical(t.Elem(), types.Typ[types.Int])
}

func (w *world) plainStringMap(t *types.Map) bool {
	return types.Identical(t.Key(), types.Typ[types.String]) && types.Identical(t.Elem(), types.Typ[types.Int])
}

// mapIndex reads a map's element. With ok it says there whether there is one.
func (c *compiler) mapIndex(m value, t *types.Map, k value, ok *local) value {
	f := m.Ptr
	if ok == nil && c.plainIntMap(t) {
		g := k.Int
		return value{typ: t.Elem(), class: isInt, Int: func(fr *frame) int64 {
			p := f(fr)
			return int64((*(*map[int]int)(ptr(&p)))[int(g(fr))])
		}}
	}
	if ok == nil && c.plainStringMap(t) {
		g := k.String
		return value{typ: t.Elem(), class: isInt, Int: func(fr *frame) int64 {
			p := f(fr)
			return int64((*(*map[string]int)(ptr(&p)))[g(fr)])
		}}
	}
	r := c.rtype(t)
	key := c.temp(t.Key()).off
	put, okay := c.storeFrame(key, k), flagAt(ok)
	zero := newObject(c.rtype(t.Elem()))
	return load(t.Elem(), computedAt(func(fr *frame) ptr {
		p := f(fr)
		put(fr)
		v := mapGet(r, p, at(fr, key))
		okay.set(fr, v != nil)
		if v == nil {
			return zero
		}
		return v
	}))
}

func (c *compiler) sliceExpr(e *ast.SliceExpr) value {
	t, xt := c.typ(e), c.typ(e.X)
	operand := func(x ast.Expr) bound {
		if x == nil {
			return bound{}
		}
		v := c.expr(x)
		return bound{v.Int, v.fixed || !unsigned(v.typ)}
	}
	if classOf(xt) == isString {
		f := c.expr(e.X).String
		lo, hi := operand(e.Low), operand(e.High)
		return value{typ: t, class: isString, String: func(fr *frame) string {
			s := f(fr)
			z := slice{len: len(s), cap: len(s)}
			l, h, _ := z.bounds(fr, lo, hi, bound{}, true)
			return s[l:h]
		}}
	}
	var f func(*frame) slice
	var et types.Type
	array := true
	switch u := xt.Underlying().(type) {
	case *types.Slice:
		f, et, array = c.expr(e.X).Slice, u.Elem(), false
	case *types.Pointer:
		a := u.Elem().Underlying().(*types.Array)
		p, n := deref(c.expr(e.X)).address(), int(a.Len())
		et = a.Elem()
		f = func(fr *frame) slice { return slice{p(fr), n, n} }
	case *types.Array:
		a, ok := c.place(e.X)
		if !ok {
			refuse("slicing an array without an address is not supported")
		}
		n, p := int(u.Len()), a.address()
		et = u.Elem()
		f = func(fr *frame) slice { return slice{p(fr), n, n} }
	default:
		refuse("slicing %v is not supported", xt)
	}
	lo, hi, limit := operand(e.Low), operand(e.High), operand(e.Max)
	size := c.rtype(et).Size
	return value{typ: t, class: isSlice, Slice: func(fr *frame) slice {
		s := f(fr)
		l, h, k := s.bounds(fr, lo, hi, limit, array)
		r := slice{s.data, h - l, k - l}
		if r.cap > 0 {
			r.data = unsafe.Add(s.data, uintptr(l)*size)
		}
		return r
	}}
}
