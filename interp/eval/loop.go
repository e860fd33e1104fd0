//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/token"
	"go/types"
	"math"
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
	var init, post func(*frame)
	if s.Init != nil {
		init = c.code(s.Init, 0).always()
	}
	cond := constantly(true)
	var less *lessThan
	if s.Cond != nil {
		cond, less = c.condition(s.Cond)
	}
	body := c.blockCode(s.Body.List)
	if s.Post != nil {
		post = c.code(s.Post, 0).always()
	}
	copies := c.loopCopies(s)
	if len(copies) > 0 {
		again := inOrder(copies)
		if next := post; next != nil {
			post = func(fr *frame) { again(fr); next(fr) }
		} else {
			post = again
		}
	}
	var loop stmt
	if off, ok := c.increments(s.Post); ok && less != nil && len(copies) == 0 {
		loop = countingLoop(*less, off, body, label)
	} else {
		loop = forLoop(cond, post, body, label, s.Pos())
	}
	if init == nil {
		return loop
	}
	return func(fr *frame) control { init(fr); return loop(fr) }
}

// loopCopies give each iteration its own copy of a variable that outlives it.
func (c *compiler) loopCopies(s *ast.ForStmt) (copies []func(*frame)) {
	as, ok := s.Init.(*ast.AssignStmt)
	if !ok || as.Tok != token.DEFINE {
		return nil
	}
	for _, e := range as.Lhs {
		v, ok := c.u.info.Defs[e.(*ast.Ident)].(*types.Var)
		if !ok || !c.boxed[v] {
			continue
		}
		r, off := c.rtype(c.vars[v].typ), c.vars[v].off
		copies = append(copies, func(fr *frame) {
			b := newObject(r)
			typedMove(r, b, *(*ptr)(at(fr, off)))
			*(*ptr)(at(fr, off)) = b
		})
	}
	return copies
}

func forLoop(cond func(*frame) bool, post func(*frame), body code, label int32, pos token.Pos) stmt {
	if f := body.do; f != nil && post != nil {
		return func(fr *frame) control {
			for cond(fr) {
				f(fr)
				fr.pos = pos
				post(fr)
				if attention.Load() != 0 {
					fr.th.attend()
				}
			}
			return onward
		}
	}
	run := body.stmt()
	if post == nil {
		post = func(*frame) {}
	}
	return func(fr *frame) control {
		for cond(fr) {
			if r := run(fr); r != onward {
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
}

// lessThan is i < n of an int variable in the frame and a constant or another one.
type lessThan struct {
	off, limit uintptr
	fixed      bool
	k          int64
}

// condition compiles the condition of a loop; less describes it, if it is such a comparison.
func (c *compiler) condition(e ast.Expr) (cond func(*frame) bool, less *lessThan) {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	if !ok || b.Op != token.LSS || c.u.info.Types[e].Value != nil {
		return c.expr(e).Bool, nil
	}
	x, y := c.expr(b.X), c.expr(b.Y)
	cond = c.binary(b.Op, c.typ(e), x, y).Bool
	if a := intOperand(x); x.class == isInt && a.framed && !unsigned(x.typ) {
		if b := intOperand(y); b.fixed || b.framed {
			less = &lessThan{a.off, b.off, b.fixed, b.k}
			if !b.fixed {
				less.k = math.MinInt64 // that nothing is below
			}
		}
	}
	return cond, less
}

// increments says which int variable in the frame a statement adds one to.
func (c *compiler) increments(s ast.Stmt) (uintptr, bool) {
	if inc, ok := s.(*ast.IncDecStmt); ok && inc.Tok == token.INC {
		if x := c.expr(inc.X); x.class == isInt && x.inFrame && wide(x.typ) {
			return x.off, true
		}
	}
	return 0, false
}

// countingLoop is for ; i < n; j++ with everything in the frame.
func countingLoop(less lessThan, counter uintptr, body code, label int32) stmt {
	i, n, k, fixed := less.off, less.limit, less.k, less.fixed
	if f := body.do; f != nil {
		return func(fr *frame) control {
			for *(*int64)(at(fr, i)) < k || !fixed && *(*int64)(at(fr, i)) < *(*int64)(at(fr, n)) {
				f(fr)
				*(*int64)(at(fr, counter))++
				if attention.Load() != 0 {
					fr.th.attend()
				}
			}
			return onward
		}
	}
	run := body.stmt()
	return func(fr *frame) control {
		for *(*int64)(at(fr, i)) < k || !fixed && *(*int64)(at(fr, i)) < *(*int64)(at(fr, n)) {
			if r := run(fr); r != onward {
				if stop, out := afterBody(fr, r, label); stop {
					return out
				}
			}
			*(*int64)(at(fr, counter))++
			if attention.Load() != 0 {
				fr.th.attend()
			}
		}
		return onward
	}
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
	str := c.temp(types.Typ[types.String]).off
	init := c.storeFrame(str, c.convert(c.expr(s.X), types.Typ[types.String]))
	i, after, char := c.temp(intType), c.temp(intType), c.temp(types.Typ[types.Int32])
	k, v := c.read(i), c.read(char)
	set := c.iteration(s, &k, &v)
	body := c.block(s.Body.List)
	index, rest, r := i.off, after.off, char.off
	next := func(fr *frame) bool {
		z := *(*string)(at(fr, str))
		k := *(*int)(at(fr, rest))
		if k >= len(z) {
			return false
		}
		c, n := utf8.DecodeRuneInString(z[k:])
		*(*int)(at(fr, index)) = k
		*(*int)(at(fr, rest)) = k + n
		*(*rune)(at(fr, r)) = c
		return true
	}
	return first(func(fr *frame) { init(fr); *(*int)(at(fr, rest)) = 0 }, rangeLoop(next, set, body, label, s.Pos()))
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
	n, i := x.Int, c.temp(intType)
	var set func(*frame)
	if !wide(kt) || !c.inSlot(s, s.Key, i) {
		k := c.convert(c.read(i), kt)
		set = c.iteration(s, &k, nil)
	}
	limit := n
	if unsigned(kt) && wide(kt) { // beyond what an int holds nothing gets in this life
		limit = func(fr *frame) int64 {
			if m := n(fr); m >= 0 {
				return m
			}
			return math.MaxInt64
		}
	}
	list := func(fr *frame) slice { return slice{len: int(limit(fr))} }
	return overList[struct{}](list, i.off, i.off, set, c.blockCode(s.Body.List), label)
}

// inSlot makes a variable that a loop defines live where the loop keeps it, if it stays in the frame.
func (c *compiler) inSlot(s *ast.RangeStmt, e ast.Expr, l local) bool {
	if !used(e) {
		return true
	}
	id, ok := e.(*ast.Ident)
	if !ok || s.Tok != token.DEFINE {
		return false
	}
	v, ok := c.u.info.Defs[id].(*types.Var)
	if !ok || c.boxed[v] || isGlobal(v) {
		return false
	}
	c.vars[v] = l
	return true
}

func (c *compiler) rangeList(s *ast.RangeStmt, label int32, t types.Type) stmt {
	var et types.Type
	var list func(*frame) slice
	wantElem := used(s.Value)
	switch u := t.Underlying().(type) {
	case *types.Slice:
		et = u.Elem()
		list = c.expr(s.X).Slice
	case *types.Array:
		et = u.Elem()
		n := int(u.Len())
		if !wantElem && !hasCall(s.X) {
			list = constantly(slice{nil, n, n})
			break
		}
		f, r := c.expr(s.X).Mem, c.rtype(t)
		list = func(fr *frame) slice {
			b := newObject(r)
			typedMove(r, b, f(fr))
			return slice{b, n, n}
		}
	case *types.Pointer:
		a := u.Elem().Underlying().(*types.Array)
		et = a.Elem()
		n := int(a.Len())
		f := c.expr(s.X).Ptr
		list = func(fr *frame) slice {
			p := f(fr)
			if wantElem && n > 0 {
				nilCheck(p)
			}
			return slice{p, n, n}
		}
	}
	i := c.temp(intType)
	k := c.read(i)
	if !wantElem {
		var set func(*frame)
		if !c.inSlot(s, s.Key, i) {
			set = c.iteration(s, &k, nil)
		}
		return overList[struct{}](list, i.off, i.off, set, c.blockCode(s.Body.List), label)
	}
	x := c.temp(et)
	v := c.read(x)
	var set func(*frame)
	key, elem := c.inSlot(s, s.Key, i), c.inSlot(s, s.Value, x)
	switch {
	case key && elem:
	case key:
		set = c.iteration(s, nil, &v)
	case elem:
		set = c.iteration(s, &k, nil)
	default:
		set = c.iteration(s, &k, &v)
	}
	body := c.blockCode(s.Body.List)
	over := map[class]func(func(*frame) slice, uintptr, uintptr, func(*frame), code, int32) stmt{
		isString: overList[string], isPtr: overList[ptr], isSlice: overList[slice], isIface: overList[iface],
	}[v.class]
	r := c.rtype(et)
	if over == nil && r.PtrBytes == 0 {
		over = map[uintptr]func(func(*frame) slice, uintptr, uintptr, func(*frame), code, int32) stmt{
			0: overList[struct{}], 1: overList[uint8], 2: overList[uint16], 4: overList[uint32], 8: overList[uint64], 16: overList[[2]uint64],
		}[r.Size]
	}
	if over != nil {
		return over(list, i.off, x.off, set, body, label)
	}
	return overStructs(list, r, i.off, x.off, set, body, label)
}

// overList runs a body for each element of a list, with the index and the element in the frame.
func overList[T any](list func(*frame) slice, key, elem uintptr, set func(*frame), body code, label int32) stmt {
	var zero T
	size := unsafe.Sizeof(zero)
	if f := body.do; f != nil && set == nil {
		return func(fr *frame) control {
			s := list(fr)
			for i := range s.len {
				*(*int)(at(fr, key)) = i
				*(*T)(at(fr, elem)) = *(*T)(unsafe.Add(s.data, uintptr(i)*size))
				f(fr)
				if attention.Load() != 0 {
					fr.th.attend()
				}
			}
			return onward
		}
	}
	run := body.stmt()
	return func(fr *frame) control {
		s := list(fr)
		for i := range s.len {
			*(*int)(at(fr, key)) = i
			*(*T)(at(fr, elem)) = *(*T)(unsafe.Add(s.data, uintptr(i)*size))
			if set != nil {
				set(fr)
			}
			if r := run(fr); r != onward {
				if stop, out := afterBody(fr, r, label); stop {
					return out
				}
			}
			if attention.Load() != 0 {
				fr.th.attend()
			}
		}
		return onward
	}
}

// overStructs is overList for elements that the runtime has to move.
func overStructs(list func(*frame) slice, r *rtype, key, elem uintptr, set func(*frame), body code, label int32) stmt {
	run := body.stmt()
	return func(fr *frame) control {
		s := list(fr)
		for i := range s.len {
			*(*int)(at(fr, key)) = i
			typedMove(r, at(fr, elem), unsafe.Add(s.data, uintptr(i)*r.Size))
			if set != nil {
				set(fr)
			}
			if r := run(fr); r != onward {
				if stop, out := afterBody(fr, r, label); stop {
					return out
				}
			}
			if attention.Load() != 0 {
				fr.th.attend()
			}
		}
		return onward
	}
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
	key, elem := kt.off, vt.off
	next := func(fr *frame) bool {
		m := *(**reflect.MapIter)(at(fr, iter))
		if !m.Next() {
			return false
		}
		if wantKey {
			reflect.NewAt(krt, at(fr, key)).Elem().SetIterKey(m)
		}
		if wantElem {
			reflect.NewAt(vrt, at(fr, elem)).Elem().SetIterValue(m)
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
	more := ok.off
	next := func(fr *frame) bool { get(fr); return *(*bool)(at(fr, more)) }
	return first(c.storeFrame(ch.off, x), rangeLoop(next, set, body, label, s.Pos()))
}

// iteratorState is what the body of a loop over a function has become.
type iteratorState struct {
	fr    *frame
	pos   token.Pos // of the loop
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
	k := &compiler{world: c.world, u: c.u, fn: newFunction(c.fn.name+"-range", c.u.fset)}
	k.signature(ys)
	yield := k.fn
	yield.yields = true
	var temps []uintptr
	var vals [2]*value
	for i := range ys.Params().Len() {
		t := c.temp(ys.Params().At(i).Type())
		x := c.read(t)
		temps = append(temps, t.off)
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
			typedMove(yield.ins[i].typ, at(fr, t), at(yf, yield.ins[i].off))
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
	foreign, pos := foreignFunction(c.reflect(sig)), s.Pos()
	return func(fr *frame) control {
		st := &iteratorState{fr: fr, pos: pos}
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
