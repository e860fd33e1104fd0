//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/types"
)

func (w *world) fieldOffset(t types.Type, i int) uintptr { return w.reflect(t).Field(i).Offset }

// fields walks down a path of fields, through pointers.
func (c *compiler) fields(base place, t types.Type, path []int) (place, types.Type) {
	for _, i := range path {
		if el, ok := elem(t); ok {
			base = base.through()
			t = el
		}
		base = base.plus(c.fieldOffset(t, i))
		t = t.Underlying().(*types.Struct).Field(i).Type()
	}
	return base, t
}

// placeOf is where the value of e is, a temporary if it has no place of its own.
func (c *compiler) placeOf(e ast.Expr) (place, types.Type) {
	t := c.typ(e)
	if a, ok := c.place(e); ok {
		return a, t
	}
	x := c.expr(e)
	if x.class == isMem {
		return computedAt(x.Mem), t
	}
	off := c.temp(t).off
	put := c.storeFrame(off, x)
	return computedAt(func(fr *frame) ptr { put(fr); return at(fr, off) }), t
}

// place is where an addressable expression is.
func (c *compiler) place(e ast.Expr) (place, bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return c.place(e.X)
	case *ast.Ident:
		if v, ok := c.u.info.ObjectOf(e).(*types.Var); ok {
			return c.variablePlace(v), true
		}
	case *ast.StarExpr:
		return deref(c.expr(e.X)), true
	case *ast.SelectorExpr:
		s := c.u.info.Selections[e]
		if s == nil {
			if v, ok := c.u.info.Uses[e.Sel].(*types.Var); ok {
				return c.variablePlace(v), true
			}
			return place{}, false
		}
		if s.Kind() != types.FieldVal {
			return place{}, false
		}
		return c.field(e, s)
	case *ast.IndexExpr:
		t := c.typ(e.X)
		if t == nil {
			return place{}, false
		}
		switch u := t.Underlying().(type) {
		case *types.Slice:
			return sliceElem(c.expr(e.X), c.expr(e.Index), c.rtype(u.Elem()).Size), true
		case *types.Array:
			if b, ok := c.place(e.X); ok {
				return arrayElem(b, c.expr(e.Index), int(u.Len()), c.rtype(u.Elem()).Size), true
			}
		case *types.Pointer:
			if a, ok := u.Elem().Underlying().(*types.Array); ok {
				return arrayElem(deref(c.expr(e.X)), c.expr(e.Index), int(a.Len()), c.rtype(a.Elem()).Size), true
			}
		}
	}
	return place{}, false
}

// field is where a field is, if it has an address.
func (c *compiler) field(e *ast.SelectorExpr, s *types.Selection) (place, bool) {
	t := c.typ(e.X)
	path := s.Index()
	if _, param := types.Unalias(s.Recv()).(*types.TypeParam); param {
		_, path, _ = types.LookupFieldOrMethod(t, true, c.u.pkg, e.Sel.Name)
	}
	if el, ok := elem(t); ok {
		a, _ := c.fields(deref(c.expr(e.X)), el, path)
		return a, true
	}
	if b, ok := c.place(e.X); ok {
		a, _ := c.fields(b, t, path)
		return a, true
	}
	return place{}, false
}

func (c *compiler) selector(e *ast.SelectorExpr) value {
	s := c.u.info.Selections[e]
	if s == nil {
		return c.object(c.u.info.Uses[e.Sel], e.Sel)
	}
	switch s.Kind() {
	case types.FieldVal:
		t := c.typ(e)
		if a, ok := c.field(e, s); ok {
			return load(t, a)
		}
		base, bt := c.placeOf(e.X)
		a, _ := c.fields(base, bt, s.Index())
		return load(t, a)
	case types.MethodVal:
		return c.methodValue(e, s)
	}
	return c.methodExpr(c.typ(e).Underlying().(*types.Signature), s)
}

// methodValue is x.M as a value: the receiver is computed now.
func (c *compiler) methodValue(e *ast.SelectorExpr, s *types.Selection) value {
	m := c.method(e, s)
	r := c.rtype(m.recvType)
	sig := c.typ(e).Underlying().(*types.Signature)
	f := c.bound(m.function(c), sig, r)
	proto := protoImpl(c.reflect(sig))
	inter, recv := isInterface(m.recvType), m.recv
	return value{typ: sig, class: isPtr, Ptr: func(fr *frame) ptr {
		b := newObject(r)
		recv(fr, b)
		if inter && *(*ptr)(b) == nil {
			nilCheck(nil)
		}
		return ptr(newClosure(f, []ptr{b}, proto))
	}}
}

// forward makes a function that calls another with its own parameters, from the given one on, and
// gives back its results.
func (c *compiler) forward(name string, sig *types.Signature, first int, enter func(fr *frame) *frame) *function {
	k := &compiler{world: c.world, u: c.u, fn: newFunction(name, c.u.fset)}
	k.signature(types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic()))
	fn := k.fn
	fn.hidden = true
	fn.seal()
	fn.body = func(fr *frame) {
		nf := enter(fr)
		g := nf.fn
		n := len(g.ins) - (len(fn.ins) - first)
		for i := first; i < len(fn.ins); i++ {
			typedMove(fn.ins[i].typ, at(nf, g.ins[n+i-first].off), at(fr, fn.ins[i].off))
		}
		nf.panic = fr.panic
		g.call(nf)
		nf.panic = nil
		moveResults(fr, fn.outs, nf, g)
		g.leave(nf)
	}
	return fn
}

func (c *compiler) bound(f *function, sig *types.Signature, r *rtype) *function {
	return c.forward(f.name, sig, 0, func(fr *frame) *frame {
		nf := f.enter(fr.th)
		typedMove(r, at(nf, f.ins[0].off), fr.env[0])
		return nf
	})
}

// methodExpr is T.M.
func (c *compiler) methodExpr(sig *types.Signature, s *types.Selection) value {
	recv := sig.Params().At(0).Type()
	f := s.Obj().(*types.Func)
	proto := protoImpl(c.reflect(sig))
	var fn *function
	if isInterface(recv) {
		o, _, _ := types.LookupFieldOrMethod(recv, true, f.Pkg(), f.Name())
		if m, ok := o.(*types.Func); ok {
			f = m
		}
		g := c.interfaceMethod(recv, f)
		fn = c.forward(f.Name(), sig, 0, func(fr *frame) *frame { return g.enter(fr.th) })
	} else {
		ms := types.NewMethodSet(recv)
		sel := ms.Lookup(f.Pkg(), f.Name())
		if sel == nil {
			refuse("%v has no method %s", recv, f.Name())
		}
		r := c.rtype(recv)
		e := &methodEntry{name: (methodName{methodPkg(f), f.Name()}).shared()}
		c.resolve(e, r, recv, sel)
		b := e.bound.Load()
		direct := r.TFlag&flagDirect != 0
		fn = c.forward(f.Name(), sig, 1, nil)
		in := fn.ins[0].off
		fn = c.forward(f.Name(), sig, 1, func(fr *frame) *frame {
			nf := b.fn.enter(fr.th)
			word := at(fr, in)
			if direct {
				word = *(*ptr)(word)
			}
			b.recv(word, at(nf, b.fn.ins[0].off))
			return nf
		})
	}
	cl := newClosure(fn, nil, proto)
	return value{typ: sig, class: isPtr, Ptr: constantly(ptr(cl))}
}

// methodCall is what x.M(…) calls.
type methodCall struct {
	fn       *function // nil when an interface's value decides
	recvType types.Type
	recv     func(fr *frame, to ptr)
	method   *types.Func
	iface    func(*frame) iface
}

func (m *methodCall) function(c *compiler) *function {
	if m.fn == nil {
		return c.interfaceMethod(m.recvType, m.method)
	}
	return m.fn
}

// method finds out what x.M means.
func (c *compiler) method(e *ast.SelectorExpr, s *types.Selection) *methodCall {
	t := c.typ(e.X)
	o, path, _ := types.LookupFieldOrMethod(t, true, s.Obj().Pkg(), s.Obj().Name())
	f, ok := o.(*types.Func)
	if !ok {
		refuse("%v has no method %s", t, s.Obj().Name())
	}
	path = path[:len(path)-1]
	if len(path) == 0 {
		return c.ownMethod(e, t, f)
	}
	base, cur := c.placeOf(e.X)
	a, cur := c.fields(base, cur, path)
	r := c.rtype(cur)
	addr := a.address()
	whole := func(fr *frame, to ptr) { typedMove(r, to, addr(fr)) }
	if isInterface(cur) {
		return &methodCall{recvType: cur, recv: whole, method: f, iface: access[iface](a)}
	}
	isPtr := isPointer(cur)
	switch {
	case pointerReceiver(f) && isPtr:
		return &methodCall{fn: c.world.method(cur, f), recvType: cur, recv: whole}
	case pointerReceiver(f):
		pt := types.NewPointer(cur)
		return &methodCall{fn: c.world.method(pt, f), recvType: pt, recv: func(fr *frame, to ptr) { *(*ptr)(to) = addr(fr) }}
	case isPtr:
		el, _ := elem(cur)
		r := c.rtype(el)
		return &methodCall{fn: c.world.method(el, f), recvType: el, recv: func(fr *frame, to ptr) {
			p := *(*ptr)(addr(fr))
			nilCheck(p)
			typedMove(r, to, p)
		}}
	}
	return &methodCall{fn: c.world.method(cur, f), recvType: cur, recv: whole}
}

// ownMethod is a method that is not promoted.
func (c *compiler) ownMethod(e *ast.SelectorExpr, t types.Type, f *types.Func) *methodCall {
	if isInterface(t) {
		x := c.expr(e.X)
		return &methodCall{recvType: t, recv: c.store(x), method: f, iface: x.Iface}
	}
	if isPointer(t) {
		x := c.expr(e.X)
		if pointerReceiver(f) {
			return &methodCall{fn: c.world.method(t, f), recvType: t, recv: c.store(x)}
		}
		el, _ := elem(t)
		r, p := c.rtype(el), x.Ptr
		return &methodCall{fn: c.world.method(el, f), recvType: el, recv: func(fr *frame, to ptr) {
			q := p(fr)
			nilCheck(q)
			typedMove(r, to, q)
		}}
	}
	if pointerReceiver(f) {
		a, ok := c.place(e.X)
		if !ok {
			refuse("the address of the receiver of %s is not supported", f.Name())
		}
		pt, addr := types.NewPointer(t), a.address()
		return &methodCall{fn: c.world.method(pt, f), recvType: pt, recv: func(fr *frame, to ptr) { *(*ptr)(to) = addr(fr) }}
	}
	return &methodCall{fn: c.world.method(t, f), recvType: t, recv: c.store(c.expr(e.X))}
}
