//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"reflect"
	"runtime"
	"sync/atomic"
)

// expr compiles an expression.
func (c *compiler) expr(e ast.Expr) value {
	tv := c.u.info.Types[e]
	if tv.Value != nil && tv.Value.Kind() != constant.Unknown {
		return c.constant(tv.Value, c.sub(tv.Type))
	}
	if tv.IsNil() {
		return value{typ: types.Typ[types.UntypedNil], class: isPtr, isNil: true, Ptr: constantly[ptr](nil)}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return c.expr(e.X)
	case *ast.Ident:
		o := c.u.info.Uses[e]
		if o == nil {
			o = c.u.info.Defs[e]
		}
		return c.object(o, e)
	case *ast.SelectorExpr:
		return c.selector(e)
	case *ast.CallExpr:
		return c.call(e)
	case *ast.BinaryExpr:
		return c.binaryExpr(e)
	case *ast.UnaryExpr:
		return c.unary(e)
	case *ast.StarExpr:
		return load(c.typ(e), deref(c.expr(e.X)))
	case *ast.IndexExpr:
		return c.index(e)
	case *ast.IndexListExpr:
		return c.instance(e.X)
	case *ast.SliceExpr:
		return c.sliceExpr(e)
	case *ast.CompositeLit:
		return c.literal(e, c.typ(e))
	case *ast.FuncLit:
		return c.funcLit(e)
	case *ast.TypeAssertExpr:
		return c.assert(c.expr(e.X), c.typ(e.Type), nil)
	}
	refuse("expressions like %T are not supported", e)
	return value{}
}

// instance is a generic function with explicit type arguments.
func (c *compiler) instance(e ast.Expr) value {
	id := identOf(e)
	return c.object(c.u.info.Uses[id], id)
}

// identOf is the identifier that an expression for a declared thing ends in.
func identOf(e ast.Expr) *ast.Ident {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	case *ast.IndexExpr:
		return identOf(e.X)
	case *ast.IndexListExpr:
		return identOf(e.X)
	}
	return nil
}

// typeArgs are the type arguments at a use of a generic function.
func (c *compiler) typeArgs(id *ast.Ident) []types.Type {
	var list []types.Type
	if in, ok := c.u.info.Instances[id]; ok {
		for t := range in.TypeArgs.Types() {
			list = append(list, c.sub(t))
		}
	}
	return list
}

// declared is the code of a declared function.
func (c *compiler) declared(f *types.Func, id *ast.Ident) *function {
	targs := c.typeArgs(id)
	if fn := c.known(f, targs); fn != nil {
		return fn
	}
	if src, ok := c.sourceOf(f); ok {
		return c.world.function(f, src, targs)
	}
	v, ok := c.symbol(f)
	if !ok || v.Kind() != reflect.Func {
		refuse("the function %s.%s is not available in cells", f.Pkg().Path(), f.Name())
	}
	return nativeFunction(f.Pkg().Path()+"."+f.Name(), v)
}

func (c *compiler) object(o types.Object, id *ast.Ident) value {
	switch o := o.(type) {
	case *types.Var:
		return c.variable(o)
	case *types.Func:
		f := c.declared(o, id)
		t := c.sub(c.u.info.TypeOf(id))
		if args := c.typeArgs(id); len(args) > 0 {
			if s, err := types.Instantiate(c.context, o.Origin().Type(), args, false); err == nil {
				t = s
			}
		}
		if f.native && f.target != nil {
			return value{typ: t, class: isPtr, Ptr: constantly(f.target)}
		}
		cl := newClosure(f, nil, protoImpl(c.reflect(t.Underlying())))
		return value{typ: t, class: isPtr, Ptr: constantly(ptr(cl))}
	case *types.Nil:
		return value{typ: types.Typ[types.UntypedNil], class: isPtr, isNil: true, Ptr: constantly[ptr](nil)}
	}
	refuse("%v is not supported as a value", o)
	return value{}
}

func (c *compiler) binaryExpr(e *ast.BinaryExpr) value {
	t := c.typ(e)
	x, y := c.expr(e.X), c.expr(e.Y)
	xc, yc := c.u.info.Types[e.X].Value, c.u.info.Types[e.Y].Value
	switch e.Op {
	case token.SHL, token.SHR:
		if y.class != isInt && yc != nil {
			y = c.constant(yc, types.Typ[types.Uint])
		}
		if b, ok := x.typ.Underlying().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 && xc != nil {
			x = c.constant(xc, t)
		}
	case token.ADD, token.SUB, token.MUL, token.QUO, token.REM, token.AND, token.OR, token.XOR, token.AND_NOT:
		if x.class != classOf(t) && xc != nil {
			x = c.constant(xc, t)
		}
		if y.class != classOf(t) && yc != nil {
			y = c.constant(yc, t)
		}
	}
	return c.binary(e.Op, t, x, y)
}

func (c *compiler) unary(e *ast.UnaryExpr) value {
	t := c.typ(e)
	switch e.Op {
	case token.AND:
		if lit, ok := ast.Unparen(e.X).(*ast.CompositeLit); ok {
			return c.newLiteral(lit, c.typ(lit), t)
		}
		a, ok := c.place(e.X)
		if !ok {
			refuse("the address of %T is not supported", e.X)
		}
		return value{typ: t, class: isPtr, Ptr: a.address()}
	case token.ARROW:
		return c.receive(c.expr(e.X), nil)
	}
	x := c.expr(e.X)
	v := value{typ: t, class: x.class}
	switch e.Op {
	case token.ADD:
		return x
	case token.NOT:
		f := x.Bool
		v.Bool = func(fr *frame) bool { return !f(fr) }
	case token.SUB:
		switch x.class {
		case isInt:
			f := x.Int
			v.Int = wrap(kindOf(t), func(fr *frame) int64 { return -f(fr) })
		case isFloat:
			f := x.Float
			v.Float = func(fr *frame) float64 { return -f(fr) }
		case isComplex:
			f := x.Complex
			v.Complex = func(fr *frame) complex128 { return -f(fr) }
		}
	case token.XOR:
		f := x.Int
		v.Int = wrap(kindOf(t), func(fr *frame) int64 { return ^f(fr) })
	default:
		refuse("operator %v is not supported", e.Op)
	}
	return v
}

// literalName names a function literal as the compiler does: by its number in the function around it.
func (c *compiler) literalName(e *ast.FuncLit) string {
	if c.literals == nil {
		c.literals = map[*ast.FuncLit]int{}
	}
	n, ok := c.literals[e]
	if !ok {
		n = len(c.literals) + 1
		c.literals[e] = n
	}
	if c.parent != nil {
		return fmt.Sprintf("%s.%d", c.fn.name, n)
	}
	return fmt.Sprintf("%s.func%d", c.fn.name, n)
}

func (c *compiler) funcLit(e *ast.FuncLit) value {
	sig := c.typ(e).Underlying().(*types.Signature)
	f := newFunction(c.literalName(e), c.u.fset)
	k := &compiler{world: c.world, u: c.u, fn: f, env: c.env, parent: c, vars: map[*types.Var]local{}, boxed: c.boxed, uses: c.uses, labels: map[string]int32{}}
	k.signature(sig)
	k.function(nil, e.Type, e.Body)
	proto := protoImpl(c.reflect(sig))
	if len(k.captures) == 0 {
		cl := newClosure(f, nil, proto)
		return value{typ: sig, class: isPtr, Ptr: constantly(ptr(cl))}
	}
	offs := make([]uintptr, len(k.captures))
	for i, l := range k.captures {
		offs[i] = l.off
	}
	return value{typ: sig, class: isPtr, Ptr: func(fr *frame) ptr {
		env := make([]ptr, len(offs))
		for i, o := range offs {
			env[i] = *(*ptr)(at(fr, o))
		}
		return ptr(newClosure(f, env, proto))
	}}
}

// assertionError mirrors runtime.TypeAssertionError.
type assertionError struct {
	inter, concrete, asserted *rtype
	missing                   string
}

// assert compiles v.(t). With ok, where the outcome goes, it doesn't panic.
func (c *compiler) assert(v value, t types.Type, ok *local) value {
	f, from := v.Iface, emptyInterface(v.typ)
	target := c.reflect(t)
	r, inter := rt(target), c.rtype(v.typ)
	if isInterface(t) {
		inter = nil // the runtime doesn't know it there
	}
	okay := flagAt(ok)
	fail := func(fr *frame, have *rtype, missing string) {
		if okay.set(fr, false) {
			return
		}
		e := new(runtime.TypeAssertionError)
		*(*assertionError)(ptr(e)) = assertionError{inter, have, r, missing}
		panic(e)
	}
	concrete := func(i iface) *rtype {
		if from {
			return (*rtype)(i.tab)
		}
		return tabType(i.tab)
	}
	if isInterface(t) {
		empty := emptyInterface(t)
		return value{typ: t, class: isIface, Iface: func(fr *frame) iface {
			i := f(fr)
			have := concrete(i)
			if have == nil {
				fail(fr, nil, "")
				return iface{}
			}
			if empty {
				okay.set(fr, true)
				return iface{ptr(have), i.data}
			}
			tab := itabFor(target, have)
			if tab == nil {
				fail(fr, have, missingMethod(target, typeOf(have)))
				return iface{}
			}
			okay.set(fr, true)
			return iface{tab, i.data}
		}}
	}
	zero := newObject(r)
	if r.TFlag&flagDirect != 0 {
		tmp := c.pointerSlot()
		return load(t, computedAt(func(fr *frame) ptr {
			i := f(fr)
			if have := concrete(i); have != r {
				fail(fr, have, "")
				return zero
			}
			okay.set(fr, true)
			*(*ptr)(at(fr, tmp)) = i.data
			return at(fr, tmp)
		}))
	}
	return load(t, computedAt(func(fr *frame) ptr {
		i := f(fr)
		if have := concrete(i); have != r {
			fail(fr, have, "")
			return zero
		}
		okay.set(fr, true)
		return i.data
	}))
}

func missingMethod(it, ct reflect.Type) string {
	for i := range it.NumMethod() {
		m := it.Method(i)
		if x, ok := ct.MethodByName(m.Name); !ok || x.Type.NumIn()-1 != m.Type.NumIn() || x.Type.NumOut() != m.Type.NumOut() {
			return m.Name
		}
	}
	if it.NumMethod() > 0 {
		return it.Method(0).Name
	}
	return ""
}

type siteCache = atomic.Pointer[site]
