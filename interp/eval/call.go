//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"unsafe"
)

// callee computes what is called and its arguments: it leaves them in a frame that is ready to run.
type callee = func(fr *frame) *frame

// prepared is a call up to the point of calling.
type prepared struct {
	begin  callee              // finds what is called and takes a frame for it, with a method's receiver
	puts   []func(*frame, ptr) // the arguments, in order
	offs   []uintptr           // where they go
	layout *function           // has its arguments and results where what is called has them
	fixed  *function           // what is called, where that is known
}

func prepareCall(begin callee, puts []func(*frame, ptr), layout *function, ins []slot) prepared {
	p := prepared{begin: begin, puts: puts, layout: layout}
	for i := range puts {
		p.offs = append(p.offs, ins[i].off)
	}
	return p
}

// enter is the whole of it.
func (p prepared) enter() callee {
	begin, puts, offs := p.begin, p.puts, p.offs
	return func(fr *frame) *frame {
		nf := begin(fr)
		for i, put := range puts {
			put(fr, at(nf, offs[i]))
		}
		return nf
	}
}

func (c *compiler) prepare(e *ast.CallExpr) prepared {
	fun := ast.Unparen(e.Fun)
	ft := c.typ(fun)
	sig := ft.Underlying().(*types.Signature)
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		if s := c.u.info.Selections[sel]; s != nil && s.Kind() == types.MethodVal {
			return c.prepareMethod(e, sel, s, sig)
		}
	}
	if id := identOf(fun); id != nil {
		if o, ok := c.u.info.Uses[id].(*types.Func); ok && c.u.info.Selections[selectorOf(fun)] == nil {
			f := c.declared(o, id)
			return fixedCall(f, c.args(e, sig))
		}
	}
	f := c.expr(fun)
	puts := c.args(e, sig)
	foreign := foreignFunction(c.reflect(sig))
	p, off := f.Ptr, f.off
	begin := func(fr *frame) *frame { return enterValue(fr.th, p(fr), foreign) }
	if f.inFrame {
		begin = func(fr *frame) *frame { return enterValue(fr.th, *(*ptr)(at(fr, off)), foreign) }
	}
	return prepareCall(begin, puts, foreign, foreign.ins)
}

// enterValue takes a frame for what a function value calls. Function values of one type have frames
// of one layout, which is that of the function for compiled code's.
func enterValue(th *thread, target ptr, foreign *function) *frame {
	nilCheck(target)
	if cl := closureOf(target); cl != nil {
		nf := cl.fn.take(th)
		if nf == nil {
			nf = cl.fn.newFrame(th)
		}
		nf.env = cl.env
		return nf
	}
	nf := foreign.enter(th)
	nf.target = target
	return nf
}

func selectorOf(e ast.Expr) *ast.SelectorExpr {
	s, _ := ast.Unparen(e).(*ast.SelectorExpr)
	return s
}

// fixedCall is the call of a known function.
func fixedCall(f *function, puts []func(*frame, ptr)) prepared {
	p := prepareCall(func(fr *frame) *frame { return f.enter(fr.th) }, puts, f, f.ins)
	p.fixed = f
	return p
}

func (c *compiler) prepareMethod(e *ast.CallExpr, sel *ast.SelectorExpr, s *types.Selection, sig *types.Signature) prepared {
	m := c.method(sel, s)
	puts := c.args(e, sig)
	if m.fn != nil {
		return fixedCall(m.fn, slices.Insert(puts, 0, m.recv))
	}
	cache := new(siteCache)
	k := methodName{methodPkg(m.method), m.method.Name()}
	foreign := foreignMethod(c.reflect(sig))
	fun := itabFun(m.recvType.Underlying().(*types.Interface), m.method.Name())
	x := m.iface
	return prepareCall(func(fr *frame) *frame { return enterMethod(fr.th, x(fr), cache, k, foreign, fun) }, puts, foreign, foreign.ins[1:])
}

// argValues are a call's arguments, which one call with several results may stand for.
func (c *compiler) argValues(e *ast.CallExpr) []value {
	if len(e.Args) == 1 {
		if tt, ok := c.typ(e.Args[0]).(*types.Tuple); ok {
			pre, xs := c.multiple(ast.Unparen(e.Args[0]).(*ast.CallExpr), tt)
			if len(xs) > 0 {
				xs[0] = before(pre, xs[0])
			}
			return xs
		}
	}
	var xs []value
	for _, a := range e.Args {
		xs = append(xs, c.expr(a))
	}
	return xs
}

// args compiles the arguments of a call, one writer for each parameter.
func (c *compiler) args(e *ast.CallExpr, sig *types.Signature) []func(*frame, ptr) {
	xs := c.argValues(e)
	n := sig.Params().Len()
	var puts []func(*frame, ptr)
	for i := range n {
		pt := sig.Params().At(i).Type()
		if !sig.Variadic() || i < n-1 {
			puts = append(puts, c.store(c.assignable(xs[i], pt)))
			continue
		}
		if e.Ellipsis.IsValid() {
			if xs[i].class == isString {
				xs[i] = c.convert(xs[i], pt)
			}
			puts = append(puts, c.store(c.assignable(xs[i], pt)))
			continue
		}
		puts = append(puts, c.variadic(xs[i:], pt.Underlying().(*types.Slice).Elem()))
	}
	return puts
}

// variadic makes a slice of the last arguments.
func (c *compiler) variadic(xs []value, et types.Type) func(*frame, ptr) {
	if len(xs) == 0 {
		return func(_ *frame, to ptr) { *(*slice)(to) = slice{} }
	}
	var puts []func(*frame, ptr)
	for _, x := range xs {
		puts = append(puts, c.store(c.assignable(x, et)))
	}
	r, size := c.rtype(types.NewArray(et, int64(len(puts)))), c.rtype(et).Size
	return func(fr *frame, to ptr) {
		b := newObject(r)
		for i, p := range puts {
			p(fr, unsafe.Add(b, uintptr(i)*size))
		}
		*(*slice)(to) = slice{b, len(puts), len(puts)}
	}
}

// multiple runs a call with several results and leaves them in temporaries.
func (c *compiler) multiple(e *ast.CallExpr, tt *types.Tuple) (func(*frame), []value) {
	enter := c.prepare(e).enter()
	var xs []value
	var outs []slot
	for v := range tt.Variables() {
		t := c.temp(v.Type())
		xs = append(xs, c.read(t))
		outs = append(outs, slot{t.off, c.rtype(t.typ)})
	}
	return func(fr *frame) {
		nf := enter(fr)
		f := nf.fn
		f.call(nf)
		moveResults(fr, outs, nf, f)
		f.leave(nf)
	}, xs
}

// call compiles a call, a conversion or a builtin.
func (c *compiler) call(e *ast.CallExpr) value {
	tv := c.u.info.Types[e.Fun]
	if tv.IsType() {
		t := c.typ(e.Fun)
		if k := c.u.info.Types[e.Args[0]].Value; k != nil {
			switch classOf(t) {
			case isFloat, isComplex:
				return c.constant(k, t)
			}
		}
		return c.convert(c.expr(e.Args[0]), t)
	}
	if tv.IsBuiltin() {
		return c.builtin(e)
	}
	if v, ok := c.direct(e); ok {
		return v
	}
	p := c.prepare(e)
	sig := c.typ(e.Fun).Underlying().(*types.Signature)
	if sig.Results().Len() != 1 { // several are dropped: multiple serves whoever wants them
		return value{class: noValue, typ: sig.Results(), Do: dropResult(result[struct{}](p, 0))}
	}
	return c.single(p, sig.Results().At(0).Type())
}

// dropResult makes a function without results of one whose result is in registers or nowhere: by Go's
// calling convention it can be called as such.
func dropResult[T struct{} | control](f func(*frame) T) func(*frame) {
	return *(*func(*frame))(ptr(&f))
}

// result makes a call and reads a result from the frame before giving it back.
func result[T any](p prepared, out uintptr) func(*frame) T {
	var put [3]func(*frame, ptr)
	var off [3]uintptr
	copy(put[:], p.puts)
	copy(off[:], p.offs)
	if p.fixed == nil {
		return unfixedResult[T](p, out, put[0], put[1], off[0], off[1])
	}
	f := p.fixed
	p0, p1, p2, o0, o1, o2 := put[0], put[1], put[2], off[0], off[1], off[2]
	switch len(p.puts) {
	case 0:
		return func(fr *frame) T {
			nf := f.take(fr.th)
			if nf == nil {
				nf = f.newFrame(fr.th)
			}
			f.call(nf)
			r := *(*T)(at(nf, out))
			f.leave(nf)
			return r
		}
	case 1:
		return func(fr *frame) T {
			nf := f.take(fr.th)
			if nf == nil {
				nf = f.newFrame(fr.th)
			}
			p0(fr, at(nf, o0))
			f.call(nf)
			r := *(*T)(at(nf, out))
			f.leave(nf)
			return r
		}
	case 2:
		return func(fr *frame) T {
			nf := f.take(fr.th)
			if nf == nil {
				nf = f.newFrame(fr.th)
			}
			p0(fr, at(nf, o0))
			p1(fr, at(nf, o1))
			f.call(nf)
			r := *(*T)(at(nf, out))
			f.leave(nf)
			return r
		}
	case 3:
		return func(fr *frame) T {
			nf := f.take(fr.th)
			if nf == nil {
				nf = f.newFrame(fr.th)
			}
			p0(fr, at(nf, o0))
			p1(fr, at(nf, o1))
			p2(fr, at(nf, o2))
			f.call(nf)
			r := *(*T)(at(nf, out))
			f.leave(nf)
			return r
		}
	}
	return unfixedResult[T](p, out, nil, nil, 0, 0)
}

// unfixedResult is result for a call of what is found out then.
func unfixedResult[T any](p prepared, out uintptr, p0, p1 func(*frame, ptr), o0, o1 uintptr) func(*frame) T {
	begin := p.begin
	switch len(p.puts) {
	case 0:
		return func(fr *frame) T {
			nf := begin(fr)
			f := nf.fn
			f.call(nf)
			r := *(*T)(at(nf, out))
			f.leave(nf)
			return r
		}
	case 1:
		return func(fr *frame) T {
			nf := begin(fr)
			p0(fr, at(nf, o0))
			f := nf.fn
			f.call(nf)
			r := *(*T)(at(nf, out))
			f.leave(nf)
			return r
		}
	case 2:
		return func(fr *frame) T {
			nf := begin(fr)
			p0(fr, at(nf, o0))
			p1(fr, at(nf, o1))
			f := nf.fn
			f.call(nf)
			r := *(*T)(at(nf, out))
			f.leave(nf)
			return r
		}
	}
	enter := p.enter()
	return func(fr *frame) T {
		nf := enter(fr)
		f := nf.fn
		f.call(nf)
		r := *(*T)(at(nf, out))
		f.leave(nf)
		return r
	}
}

func smallResult[T smallInt](p prepared, out uintptr) func(*frame) int64 {
	f := result[T](p, out)
	return func(fr *frame) int64 { return int64(f(fr)) }
}

// single is a call's only result.
func (c *compiler) single(p prepared, t types.Type) value {
	v := value{typ: t, class: classOf(t)}
	out := p.layout.outs[0].off
	switch v.class {
	case isBool:
		v.Bool = result[bool](p, out)
	case isInt:
		switch kindOf(t) {
		case types.Int8:
			v.Int = smallResult[int8](p, out)
		case types.Int16:
			v.Int = smallResult[int16](p, out)
		case types.Int32:
			v.Int = smallResult[int32](p, out)
		case types.Uint8:
			v.Int = smallResult[uint8](p, out)
		case types.Uint16:
			v.Int = smallResult[uint16](p, out)
		case types.Uint32:
			v.Int = smallResult[uint32](p, out)
		default:
			v.Int = result[int64](p, out)
		}
	case isFloat:
		if kindOf(t) == types.Float32 {
			f := result[float32](p, out)
			v.Float = func(fr *frame) float64 { return float64(f(fr)) }
		} else {
			v.Float = result[float64](p, out)
		}
	case isString:
		v.String = result[string](p, out)
	case isPtr:
		v.Ptr = result[ptr](p, out)
	case isSlice:
		v.Slice = result[slice](p, out)
	case isIface:
		v.Iface = result[iface](p, out)
	default:
		tmp, r, enter := c.temp(t), c.rtype(t), p.enter()
		to := tmp.off
		return before(func(fr *frame) {
			nf := enter(fr)
			f := nf.fn
			f.call(nf)
			typedMove(r, at(fr, to), at(nf, out))
			f.leave(nf)
		}, c.read(tmp))
	}
	return v
}

// direct calls compiled functions of floats without a frame.
func (c *compiler) direct(e *ast.CallExpr) (value, bool) {
	id := identOf(e.Fun)
	if id == nil {
		return value{}, false
	}
	f, ok := c.u.info.Uses[id].(*types.Func)
	if !ok || f.Signature().Recv() != nil || f.Pkg() == nil || isProgram(f.Pkg()) {
		return value{}, false
	}
	s, ok := c.symbol(f)
	if !ok || s.Kind() != reflect.Func {
		return value{}, false
	}
	switch g := s.Interface().(type) {
	case func(float64) float64:
		a := c.floatArg(e, 0)
		return value{typ: c.typ(e), class: isFloat, Float: func(fr *frame) float64 { return g(a(fr)) }}, a != nil
	case func(float64, float64) float64:
		if len(e.Args) != 2 {
			return value{}, false
		}
		a, b := c.floatArg(e, 0), c.floatArg(e, 1)
		return value{typ: c.typ(e), class: isFloat, Float: func(fr *frame) float64 { x := a(fr); return g(x, b(fr)) }}, true
	}
	return value{}, false
}

func (c *compiler) floatArg(e *ast.CallExpr, i int) func(*frame) float64 {
	return c.assignable(c.expr(e.Args[i]), types.Typ[types.Float64]).Float
}

// deferred is a call that waits: of a defer statement, or of a goroutine to start.
type deferred func(th *thread, p *panicking)

// postpone compiles a call whose arguments are computed now and that runs later.
func (c *compiler) postpone(e *ast.CallExpr) func(fr *frame) deferred {
	tv := c.u.info.Types[e.Fun]
	if tv.IsBuiltin() || tv.IsType() {
		return c.postponeBuiltin(e)
	}
	fun := ast.Unparen(e.Fun)
	var selection *types.Selection
	if s := selectorOf(fun); s != nil {
		selection = c.u.info.Selections[s]
	}
	_, isFunc := c.u.info.Uses[identOrNil(fun)].(*types.Func)
	if !isFunc && (selection == nil || selection.Kind() == types.FieldVal) {
		return c.postponeValue(e)
	}
	enter := c.prepare(e).enter()
	if selection != nil && selection.Kind() == types.MethodVal {
		if m := c.method(selectorOf(fun), selection); m.fn == nil {
			enter = c.postponeInterface(e, m)
		}
	}
	return func(fr *frame) deferred {
		nf := enter(fr)
		return func(th *thread, p *panicking) { runLater(nf, th, p) }
	}
}

// postponeInterface keeps the interface value: what its method takes for a receiver is found when
// the call runs, and may be a nil pointer.
func (c *compiler) postponeInterface(e *ast.CallExpr, m *methodCall) callee {
	f := c.interfaceMethod(m.recvType, m.method)
	args := c.args(e, c.typ(e.Fun).Underlying().(*types.Signature))
	enter := fixedCall(f, slices.Insert(args, 0, m.recv)).enter()
	return func(fr *frame) *frame {
		nf := enter(fr)
		nilCheck(*(*ptr)(at(nf, f.ins[0].off)))
		return nf
	}
}

func identOrNil(e ast.Expr) *ast.Ident {
	if id := identOf(e); id != nil {
		return id
	}
	return &ast.Ident{}
}

func runLater(nf *frame, th *thread, p *panicking) {
	nf.th = th
	nf.panic = p
	nf.fn.call(nf)
	nf.panic = nil
}

// postponeValue is the call of a function value, which panics only when it runs if it is nil.
func (c *compiler) postponeValue(e *ast.CallExpr) func(fr *frame) deferred {
	sig := c.typ(e.Fun).Underlying().(*types.Signature)
	p := c.expr(e.Fun).Ptr
	puts := c.args(e, sig)
	foreign := foreignFunction(c.reflect(sig))
	return func(fr *frame) deferred {
		target := p(fr)
		f := foreign
		var env []ptr
		if target != nil {
			if cl := closureOf(target); cl != nil {
				f, env = cl.fn, cl.env
			}
		}
		nf := f.enter(fr.th)
		for i, put := range puts {
			put(fr, at(nf, f.ins[i].off))
		}
		nf.env, nf.target = env, target
		return func(th *thread, p *panicking) {
			nilCheck(target)
			runLater(nf, th, p)
		}
	}
}

// synthetic is an identifier of a variable that is in no source.
func (c *compiler) synthetic(t types.Type, l local) *ast.Ident {
	id := ast.NewIdent("argument")
	v := types.NewParam(token.NoPos, c.u.pkg, "argument", t)
	c.u.info.Uses[id] = v
	c.u.info.Types[id] = types.TypeAndValue{Type: t}
	c.vars[v] = l
	return id
}

// postponeBuiltin keeps the arguments of a builtin in variables of its own.
func (c *compiler) postponeBuiltin(e *ast.CallExpr) func(fr *frame) deferred {
	type arg struct {
		r   *rtype
		put func(*frame, ptr)
		off uintptr
	}
	var args []arg
	call := *e
	call.Args = append([]ast.Expr{}, e.Args...)
	for i, a := range e.Args {
		if tv := c.u.info.Types[a]; tv.Value != nil || tv.IsNil() || tv.IsType() {
			continue
		}
		t := c.typ(a)
		off := c.pointerSlot()
		args = append(args, arg{c.rtype(t), c.store(c.expr(a)), off})
		call.Args[i] = c.synthetic(t, local{off, true, t})
	}
	c.u.info.Types[&call] = c.u.info.Types[e]
	run := effect(c.expr(&call))
	return func(fr *frame) deferred {
		kept := make([]ptr, len(args))
		for i, a := range args {
			kept[i] = newObject(a.r)
			a.put(fr, kept[i])
		}
		return func(_ *thread, p *panicking) {
			for i, a := range args {
				*(*ptr)(at(fr, a.off)) = kept[i]
			}
			// A recover that is itself deferred counts as called by this function, unless that is
			// panicking.
			save := fr.panic
			if p != nil {
				fr.panic = nil
			}
			run(fr)
			fr.panic = save
		}
	}
}
