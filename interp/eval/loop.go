//go:build amd64 && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"unicode/utf8"
	"unsafe"
)

// afterBody says whether a loop ends with what its body returned, and how.
func afterBody(fr *frame, r control, label int32) (stop bool, out control) {
	switch r {
	case onward, continues:
		return false, onward
	case breaks:
		return true, onward
	case continuesTo:
		if fr.label == label {
			return false, onward
		}
	case breaksTo:
		if fr.label == label {
			return true, onward
		}
	}
	return true, r
}

func (c *compiler) forStmt(s *ast.ForStmt, label int32) stmt {
	var init, post stmt
	if s.Init != nil {
		init = c.stmt(s.Init, 0)
	}
	var cond func(*frame) bool
	if s.Cond != nil {
		cond = c.expr(s.Cond).Bool
	} else {
		cond = constantly(true)
	}
	body := c.block(s.Body.List)
	if s.Post != nil {
		post = c.stmt(s.Post, 0)
	}
	// Each iteration has its own copy of a variable that outlives it.
	var copies []func(*frame)
	if as, ok := s.Init.(*ast.AssignStmt); ok && as.Tok == token.DEFINE {
		for _, e := range as.Lhs {
			v, ok := c.u.info.Defs[e.(*ast.Ident)].(*types.Var)
			if !ok || !c.boxed[v] {
				continue
			}
			l := c.vars[v]
			r := c.rtype(l.typ)
			copies = append(copies, func(fr *frame) {
				b := newObject(r)
				typedMove(r, b, *(*ptr)(at(fr, l.off)))
				*(*ptr)(at(fr, l.off)) = b
			})
		}
	}
	if post == nil {
		post = func(*frame) control { return onward }
	}
	if len(copies) > 0 {
		next, again := post, inOrder(copies)
		post = func(fr *frame) control { again(fr); return next(fr) }
	}
	pos := s.Pos()
	loop := func(fr *frame) control {
		for cond(fr) {
			if r := body(fr); r != onward {
				if stop, out := afterBody(fr, r, label); stop {
					return out
				}
			}
			fr.pos = pos
			post(fr)
			if attention.Load() != 0 {
				fr.th.attend()
			}
		}
		return onward
	}
	if init == nil {
		return loop
	}
	return func(fr *frame) control { init(fr); return loop(fr) }
}

// rangeLoop runs a body for as long as next finds something.
func rangeLoop(next func(*frame) bool, set func(*frame), body stmt, label int32, pos token.Pos) stmt {
	return func(fr *frame) control {
		for next(fr) {
			set(fr)
			if r := body(fr); r != onward {
				if stop, out := afterBody(fr, r, label); stop {
					return out
				}
			}
			fr.pos = pos
			if attention.Load() != 0 {
				fr.th.attend()
			}
		}
		return onward
	}
}

func first(init func(*frame), s stmt) stmt {
	return func(fr *frame) control { init(fr); return s(fr) }
}

// iteration assigns a loop's variables; nothing is nil.
func (c *compiler) iteration(s *ast.RangeStmt, key, elem *value) func(*frame) {
	var fs []func(*frame)
	both := used(s.Key) && used(s.Value) && s.Tok == token.ASSIGN
	var puts []func(*frame)
	add := func(e ast.Expr, x *value) {
		if !used(e) || x == nil {
			return
		}
		l := c.target(e)
		if both { // their operands are computed before either is assigned
			var pre func(*frame)
			if pre, l = c.once(l); pre != nil {
				fs = append(fs, pre)
			}
		}
		puts = append(puts, c.put(l, *x))
	}
	add(s.Key, key)
	add(s.Value, elem)
	return inOrder(append(fs, puts...))
}

// hasCall says whether evaluating an expression calls or receives something.
func hasCall(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return true
	})
	return found
}

func used(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return e != nil && !(ok && id.Name == "_")
}

var intType types.Type = types.Typ[types.Int]

func (c *compiler) rangeStmt(s *ast.RangeStmt, label int32) stmt {
	t := c.typ(s.X)
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			return c.rangeString(s, label)
		}
		return c.rangeInt(s, label, t)
	case *types.Slice, *types.Array, *types.Pointer:
		return c.rangeList(s, label, t)
	case *types.Map:
		return c.rangeMap(s, label, u)
	case *types.Chan:
		return c.rangeChan(s, label, t, u)
	case *types.Signature:
		return c.rangeFunc(s, label, u)
	}
	refuse("range over %v is not supported", t)
	return nil
}

func (c *compiler) rangeString(s *ast.RangeStmt, label int32) stmt {
	str := c.temp(types.Typ[types.String])
	init := c.storeFrame(str.off, c.convert(c.expr(s.X), types.Typ[types.String]))
	i, after, char := c.temp(intType), c.temp(intType), c.temp(types.Typ[types.Int32])
	k, v := c.read(i), c.read(char)
	set := c.iteration(s, &k, &v)
	body := c.block(s.Body.List)
	next := func(fr *frame) bool {
		z := *(*string)(at(fr, str.off))
		k := *(*int)(at(fr, after.off))
		if k >= len(z) {
			return false
		}
		r, n := utf8.DecodeRuneInString(z[k:])
		*(*int)(at(fr, i.off)) = k
		*(*int)(at(fr, after.off)) = k + n
		*(*rune)(at(fr, char.off)) = r
		return true
	}
	return first(func(fr *frame) { init(fr); *(*int)(at(fr, after.off)) = 0 }, rangeLoop(next, set, body, label, s.Pos()))
}

func (c *compiler) rangeInt(s *ast.RangeStmt, label int32, t types.Type) stmt {
	kt := t
	if used(s.Key) {
		if x := c.typ(s.Key); x != nil {
			kt = x
		}
	}
	if b, ok := kt.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		kt = types.Default(kt)
	}
	x := c.expr(s.X)
	if v := c.u.info.Types[s.X].Value; v != nil {
		x = c.constant(v, kt)
	}
	n := x.Int
	i, limit := c.temp(intType), c.temp(intType)
	k := c.convert(c.read(i), kt)
	set := c.iteration(s, &k, nil)
	body := c.block(s.Body.List)
	un := unsigned(kt) && wide(kt)
	next := func(fr *frame) bool {
		p := (*int64)(at(fr, i.off))
		*p++
		return *p < *(*int64)(at(fr, limit.off))
	}
	if un {
		next = func(fr *frame) bool {
			p := (*int64)(at(fr, i.off))
			*p++
			return uint64(*p) < *(*uint64)(at(fr, limit.off))
		}
	}
	return first(func(fr *frame) {
		m := n(fr)
		*(*int64)(at(fr, limit.off)) = m
		*(*int64)(at(fr, i.off)) = -1
	}, rangeLoop(next, set, body, label, s.Pos()))
}

func (c *compiler) rangeList(s *ast.RangeStmt, label int32, t types.Type) stmt {
	i := c.temp(intType)
	list := c.fn.room(rt(reflect.TypeFor[[]byte]())).off
	var et types.Type
	var init func(*frame)
	switch u := t.Underlying().(type) {
	case *types.Slice:
		et = u.Elem()
		f := c.expr(s.X).Slice
		init = func(fr *frame) { *(*slice)(at(fr, list)) = f(fr) }
	case *types.Array:
		et = u.Elem()
		n := int(u.Len())
		if !used(s.Value) && !hasCall(s.X) {
			init = func(fr *frame) { *(*slice)(at(fr, list)) = slice{nil, n, n} }
			break
		}
		f, r := c.expr(s.X).Mem, c.rtype(t)
		init = func(fr *frame) {
			b := newObject(r)
			typedMove(r, b, f(fr))
			*(*slice)(at(fr, list)) = slice{b, n, n}
		}
	case *types.Pointer:
		a := u.Elem().Underlying().(*types.Array)
		et = a.Elem()
		n := int(a.Len())
		f := c.expr(s.X).Ptr
		init = func(fr *frame) { *(*slice)(at(fr, list)) = slice{f(fr), n, n} }
	}
	size := c.rtype(et).Size
	k := c.read(i)
	v := load(et, computedAt(func(fr *frame) ptr {
		return unsafe.Add((*slice)(at(fr, list)).data, uintptr(*(*int)(at(fr, i.off)))*size)
	}))
	set := c.iteration(s, &k, &v)
	body := c.block(s.Body.List)
	next := func(fr *frame) bool {
		p := (*int)(at(fr, i.off))
		*p++
		return *p < (*slice)(at(fr, list)).len
	}
	return first(func(fr *frame) { init(fr); *(*int)(at(fr, i.off)) = -1 }, rangeLoop(next, set, body, label, s.Pos()))
}

func (c *compiler) rangeMap(s *ast.RangeStmt, label int32, u *types.Map) stmt {
	x := c.expr(s.X).Ptr
	typ := c.reflect(u)
	iter := c.fn.room(rt(reflect.TypeFor[*reflect.MapIter]())).off
	kt, vt := c.temp(u.Key()), c.temp(u.Elem())
	k, v := c.read(kt), c.read(vt)
	set := c.iteration(s, &k, &v)
	krt, vrt := c.reflect(u.Key()), c.reflect(u.Elem())
	body := c.block(s.Body.List)
	wantKey, wantElem := used(s.Key), used(s.Value)
	next := func(fr *frame) bool {
		m := *(**reflect.MapIter)(at(fr, iter))
		if !m.Next() {
			return false
		}
		if wantKey {
			reflect.NewAt(krt, at(fr, kt.off)).Elem().SetIterKey(m)
		}
		if wantElem {
			reflect.NewAt(vrt, at(fr, vt.off)).Elem().SetIterValue(m)
		}
		return true
	}
	return first(func(fr *frame) {
		p := x(fr)
		*(**reflect.MapIter)(at(fr, iter)) = reflect.NewAt(typ, ptr(&p)).Elem().MapRange()
	}, rangeLoop(next, set, body, label, s.Pos()))
}

func (c *compiler) rangeChan(s *ast.RangeStmt, label int32, t types.Type, u *types.Chan) stmt {
	x := c.expr(s.X)
	ch, ok, got := c.temp(t), c.temp(types.Typ[types.Bool]), c.temp(u.Elem())
	get := c.storeFrame(got.off, c.receive(c.read(ch), &ok))
	k := c.read(got)
	set := c.iteration(s, &k, nil)
	body := c.block(s.Body.List)
	next := func(fr *frame) bool { get(fr); return *(*bool)(at(fr, ok.off)) }
	return first(c.storeFrame(ch.off, x), rangeLoop(next, set, body, label, s.Pos()))
}

// iteratorState is what the body of a loop over a function has become.
type iteratorState struct {
	fr    *frame
	out   control
	phase iteratorPhase
}

type iteratorPhase int

const (
	ready iteratorPhase = iota
	bodyReturnedFalse
	loopLeft
	inBody
)

var iteratorMisuse = map[iteratorPhase]string{
	bodyReturnedFalse: "range function continued iteration after function for loop body returned false",
	loopLeft:          "range function continued iteration after whole loop exit",
	inBody:            "range function continued iteration after loop body panic",
}

// rangeFunc runs the body on the frame of the function that it is in, behind a yield function.
func (c *compiler) rangeFunc(s *ast.RangeStmt, label int32, sig *types.Signature) stmt {
	ys := sig.Params().At(0).Type().Underlying().(*types.Signature)
	k := &compiler{world: c.world, u: c.u, fn: newFunction(c.fn.name+".range", c.u.fset)}
	k.signature(ys)
	yield := k.fn
	yield.hidden = true
	var temps []local
	var vals [2]*value
	for i := range ys.Params().Len() {
		t := c.temp(ys.Params().At(i).Type())
		x := c.read(t)
		temps = append(temps, t)
		vals[i] = &x
	}
	set := c.iteration(s, vals[0], vals[1])
	body := c.block(s.Body.List)
	yield.body = func(yf *frame) {
		st := (*iteratorState)(yf.env[0])
		if text, misused := iteratorMisuse[st.phase]; misused {
			panic(runtimeError(text))
		}
		fr := st.fr
		for i, t := range temps {
			typedMove(yield.ins[i].typ, at(fr, t.off), at(yf, yield.ins[i].off))
		}
		st.phase = inBody
		set(fr)
		r := body(fr)
		st.phase = ready
		goOn := true
		if r != onward {
			if stop, out := afterBody(fr, r, label); stop {
				st.out, st.phase, goOn = out, bodyReturnedFalse, false
			}
		}
		*(*bool)(at(yf, yield.outs[0].off)) = goOn
		if attention.Load() != 0 {
			fr.th.attend()
		}
	}
	yield.seal()
	proto := protoImpl(c.reflect(ys))
	f := c.expr(s.X).Ptr
	foreign := foreignFunction(c.reflect(sig))
	return func(fr *frame) control {
		st := &iteratorState{fr: fr}
		target := f(fr)
		nilCheck(target)
		y := newClosure(yield, []ptr{ptr(st)}, proto)
		g, env := foreign, []ptr(nil)
		if cl := closureOf(target); cl != nil {
			g, env = cl.fn, cl.env
		}
		nf := g.enter(fr.th)
		nf.env, nf.target = env, target
		*(*ptr)(at(nf, g.ins[0].off)) = ptr(y)
		g.call(nf)
		g.leave(nf)
		if st.phase == inBody {
			panic(runtimeError("range function recovered a loop body panic and did not resume panicking"))
		}
		st.phase = loopLeft
		return st.out
	}
}

// runtimeError is an error of the runtime that only its text tells.
type runtimeError string

func (e runtimeError) Error() string { return "runtime error: " + string(e) }

// RuntimeError implements runtime.Error.
func (e runtimeError) RuntimeError() {}
