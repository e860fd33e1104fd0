//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/constant"
	"go/types"
	"reflect"
	"unsafe"
)

// newLiteral is &T{…}.
func (c *compiler) newLiteral(e *ast.CompositeLit, t, pt types.Type) value {
	fill, r := c.fill(e, t), c.rtype(t)
	return value{typ: pt, class: isPtr, Ptr: func(fr *frame) ptr {
		p := newObject(r)
		fill(fr, p)
		return p
	}}
}

// fill writes a literal's elements to zeroed memory.
func (c *compiler) fill(e *ast.CompositeLit, t types.Type) func(fr *frame, to ptr) {
	type part struct {
		off uintptr
		put func(*frame, ptr)
	}
	var parts []part
	add := func(x ast.Expr, et types.Type, off uintptr) {
		if lit, ok := x.(*ast.CompositeLit); ok && !isInterface(et) {
			switch et.Underlying().(type) {
			case *types.Struct, *types.Array:
				parts = append(parts, part{off, c.fill(lit, et)})
				return
			}
		}
		parts = append(parts, part{off, c.store(c.element(x, et))})
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for i, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				for j := range u.NumFields() {
					if u.Field(j).Name() == kv.Key.(*ast.Ident).Name {
						i = j
					}
				}
				x = kv.Value
			}
			if u.Field(i).Name() == "_" { // evaluated, not kept
				drop := effect(c.element(x, u.Field(i).Type()))
				parts = append(parts, part{0, func(fr *frame, _ ptr) { drop(fr) }})
				continue
			}
			add(x, u.Field(i).Type(), c.fieldOffset(t, i))
		}
	case *types.Array:
		size := c.rtype(u.Elem()).Size
		i := int64(0)
		for _, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				i = c.literalIndex(kv.Key)
				x = kv.Value
			}
			add(x, u.Elem(), uintptr(i)*size)
			i++
		}
	default:
		return c.store(c.literal(e, t))
	}
	return func(fr *frame, to ptr) {
		for _, x := range parts {
			x.put(fr, unsafe.Add(to, x.off))
		}
	}
}

func (c *compiler) literalIndex(e ast.Expr) int64 {
	i, _ := constant.Int64Val(constant.ToInt(c.u.info.Types[e].Value))
	return i
}

// element is an element of a literal, whose type may be left out.
func (c *compiler) element(x ast.Expr, et types.Type) value {
	if lit, ok := x.(*ast.CompositeLit); ok && lit.Type == nil {
		if p, ok := et.Underlying().(*types.Pointer); ok {
			return c.newLiteral(lit, p.Elem(), et)
		}
		return c.literal(lit, et)
	}
	return c.assignable(c.expr(x), et)
}

// literal is T{…}.
func (c *compiler) literal(e *ast.CompositeLit, t types.Type) value {
	switch u := t.Underlying().(type) {
	case *types.Struct, *types.Array:
		off := c.temp(t).off
		fill, r := c.fill(e, t), c.rtype(t)
		return value{typ: t, class: isMem, Mem: func(fr *frame) ptr {
			p := at(fr, off)
			typedClear(r, p)
			fill(fr, p)
			return p
		}}
	case *types.Slice:
		n, i := int64(0), int64(0)
		for _, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				i = c.literalIndex(kv.Key)
			}
			i++
			n = max(n, i)
		}
		a := types.NewArray(u.Elem(), n)
		fill, r := c.fill(e, a), c.rtype(a)
		return value{typ: t, class: isSlice, Slice: func(fr *frame) slice {
			p := newObject(r)
			fill(fr, p)
			return slice{p, int(n), int(n)}
		}}
	case *types.Map:
		typ := c.reflect(t)
		r, kr, er := rt(typ), c.rtype(u.Key()), c.rtype(u.Elem())
		var keys, elems []func(*frame, ptr)
		for _, x := range e.Elts {
			kv := x.(*ast.KeyValueExpr)
			keys = append(keys, c.store(c.element(kv.Key, u.Key())))
			elems = append(elems, c.store(c.element(kv.Value, u.Elem())))
		}
		return value{typ: t, class: isPtr, Ptr: func(fr *frame) ptr {
			m := reflect.MakeMapWithSize(typ, len(keys)).UnsafePointer()
			for i := range keys {
				k, v := newObject(kr), newObject(er)
				keys[i](fr, k)
				elems[i](fr, v)
				mapSet(r, m, k, v)
			}
			return m
		}}
	}
	refuse("a literal of type %v is not supported", t)
	return value{}
}
