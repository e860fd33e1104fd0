//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// control is how a statement leaves.
type control int

const (
	onward control = iota
	breaks
	continues
	returns
	jumps    // to the label in the frame
	breaksTo // out of the statement with the label in the frame
	continuesTo
	fallsThrough
)

// stmt is a compiled statement.
type stmt func(*frame) control

func inOrder(fs []func(*frame)) func(*frame) {
	switch len(fs) {
	case 0:
		return func(*frame) {}
	case 1:
		return fs[0]
	case 2:
		a, b := fs[0], fs[1]
		return func(fr *frame) { a(fr); b(fr) }
	case 3:
		a, b, c := fs[0], fs[1], fs[2]
		return func(fr *frame) { a(fr); b(fr); c(fr) }
	case 4:
		a, b, c, d := fs[0], fs[1], fs[2], fs[3]
		return func(fr *frame) { a(fr); b(fr); c(fr); d(fr) }
	}
	return func(fr *frame) {
		for _, f := range fs {
			f(fr)
		}
	}
}

// stmt compiles a statement.
func (c *compiler) stmt(s ast.Stmt, label int32) stmt { return c.code(s, label).stmt() }

// control compiles what control may not go on behind. It returns nil for what does nothing.
func (c *compiler) control(s ast.Stmt, label int32) stmt {
	switch s := s.(type) {
	case *ast.EmptyStmt:
		return nil
	case *ast.LabeledStmt:
		n := c.label(s.Label.Name)
		x := c.stmt(s.Stmt, n)
		if x == nil {
			return func(*frame) control { return onward }
		}
		return func(fr *frame) control {
			r := x(fr)
			if r == breaksTo && fr.label == n {
				return onward
			}
			return r
		}
	case *ast.ForStmt:
		return c.forStmt(s, label)
	case *ast.RangeStmt:
		return c.rangeStmt(s, label)
	case *ast.ReturnStmt:
		return c.returnStmt(s)
	case *ast.BranchStmt:
		return c.branch(s)
	case *ast.SwitchStmt:
		return c.switchStmt(s)
	case *ast.TypeSwitchStmt:
		return c.typeSwitch(s)
	case *ast.SelectStmt:
		return c.selectStmt(s)
	case *ast.SendStmt:
		return c.send(s)
	case *ast.GoStmt:
		return c.goStmt(s)
	case *ast.DeferStmt:
		later := c.postpone(s.Call)
		return func(fr *frame) control {
			fr.defers = append(fr.defers, later(fr))
			return onward
		}
	}
	refuse("statements like %T are not supported", s)
	return nil
}

var one = constant.MakeInt64(1)

func (c *compiler) declStmt(d *ast.GenDecl) func(*frame) {
	if d.Tok != token.VAR {
		return nil
	}
	var fs []func(*frame)
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		if len(spec.Values) == 0 {
			for _, id := range spec.Names {
				if v, ok := c.u.info.Defs[id].(*types.Var); ok {
					fs = append(fs, c.declare(v, nil))
				}
			}
			continue
		}
		var lhs []ast.Expr
		for _, id := range spec.Names {
			lhs = append(lhs, id)
		}
		fs = append(fs, c.assign(lhs, spec.Values))
	}
	return inOrder(fs)
}

func (c *compiler) ifStmt(s *ast.IfStmt) code {
	var init func(*frame)
	if s.Init != nil {
		init = c.code(s.Init, 0).always()
	}
	cond := c.expr(s.Cond).Bool
	then := c.blockCode(s.Body.List)
	var otherwise code
	if s.Else != nil {
		otherwise = c.code(s.Else, 0)
	}
	x := choose(cond, then, otherwise)
	switch f, run := x.do, x.run; {
	case init == nil:
	case f != nil:
		x.do = func(fr *frame) { init(fr); f(fr) }
	default:
		x.run = func(fr *frame) control { init(fr); return run(fr) }
	}
	return x
}

// choose runs one of two blocks; the second may be missing.
func choose(cond func(*frame) bool, then, otherwise code) code {
	missing := otherwise.do == nil && otherwise.run == nil
	switch a, b := then.do, otherwise.do; {
	case a != nil && missing:
		return code{do: func(fr *frame) {
			if cond(fr) {
				a(fr)
			}
		}}
	case a != nil && b != nil:
		return code{do: func(fr *frame) {
			if cond(fr) {
				a(fr)
			} else {
				b(fr)
			}
		}}
	}
	a := then.stmt()
	if missing {
		return code{run: func(fr *frame) control {
			if cond(fr) {
				return a(fr)
			}
			return onward
		}}
	}
	b := otherwise.stmt()
	return code{run: func(fr *frame) control {
		if cond(fr) {
			return a(fr)
		}
		return b(fr)
	}}
}

func (c *compiler) branch(s *ast.BranchStmt) stmt {
	n := int32(0)
	if s.Label != nil {
		n = c.label(s.Label.Name)
	}
	always := func(r control) stmt {
		if n == 0 {
			return func(*frame) control { return r }
		}
		return func(fr *frame) control { fr.label = n; return r }
	}
	switch {
	case s.Tok == token.GOTO:
		return always(jumps)
	case s.Tok == token.FALLTHROUGH:
		return always(fallsThrough)
	case s.Tok == token.BREAK && n == 0:
		return always(breaks)
	case s.Tok == token.BREAK:
		return always(breaksTo)
	case n == 0:
		return always(continues)
	}
	return always(continuesTo)
}

func (c *compiler) returnStmt(s *ast.ReturnStmt) stmt {
	if len(s.Results) == 0 {
		return func(*frame) control { return returns }
	}
	outs, sig := c.fn.outs, c.outTypes
	set := func(i int, x value) func(*frame) {
		if i < len(c.results) && c.results[i] != nil {
			if l, ok := c.vars[c.results[i]]; ok && l.boxed {
				put, off := c.store(x), l.off
				return func(fr *frame) { put(fr, *(*ptr)(at(fr, off))) }
			}
		}
		return c.storeFrame(outs[i].off, x)
	}
	if len(outs) == 1 {
		x := c.assignable(c.expr(s.Results[0]), sig[0])
		if f, off := x.Int, outs[0].off; x.class == isInt && wide(x.typ) && len(c.results) == 0 {
			return func(fr *frame) control { *(*int64)(at(fr, off)) = f(fr); return returns }
		}
		put := set(0, x)
		return func(fr *frame) control { put(fr); return returns }
	}
	var fs []func(*frame)
	var xs []value
	if len(s.Results) == 1 {
		pre, ys := c.tuple(s.Results[0])
		fs = append(fs, pre)
		xs = ys
	} else {
		for i, e := range s.Results {
			x := c.assignable(c.expr(e), sig[i])
			t := c.temp(sig[i])
			fs = append(fs, c.storeFrame(t.off, x))
			xs = append(xs, c.read(t))
		}
	}
	for i := range xs {
		fs = append(fs, set(i, c.assignable(xs[i], sig[i])))
	}
	run := inOrder(fs)
	return func(fr *frame) control { run(fr); return returns }
}

// target is the left side of an assignment.
type target struct {
	typ   types.Type
	blank bool
	fresh bool       // a new variable
	v     *types.Var // a plain variable
	at    *place
	m, k  value // a map's element
	mt    *types.Map
}

func (c *compiler) target(e ast.Expr) target {
	e = ast.Unparen(e)
	if id, ok := e.(*ast.Ident); ok {
		if id.Name == "_" {
			return target{blank: true}
		}
		if v, ok := c.u.info.Defs[id].(*types.Var); ok && !isGlobal(v) {
			return target{v: v, fresh: true, typ: c.sub(v.Type())}
		}
		if v, ok := c.u.info.ObjectOf(id).(*types.Var); ok {
			x := c.variablePlace(v)
			return target{v: v, typ: c.sub(v.Type()), at: &x}
		}
	}
	if x, ok := e.(*ast.IndexExpr); ok {
		if mt, ok := c.typ(x.X).Underlying().(*types.Map); ok {
			return target{m: c.expr(x.X), k: c.assignable(c.expr(x.Index), mt.Key()), mt: mt, typ: mt.Elem()}
		}
	}
	a, ok := c.place(e)
	if !ok {
		refuse("assigning to %T is not supported", e)
	}
	return target{at: &a, typ: c.typ(e)}
}

// once computes a target's operands and returns a target that doesn't compute them again.
func (c *compiler) once(l target) (func(*frame), target) {
	switch {
	case l.mt != nil:
		a, b := c.temp(l.m.typ), c.temp(l.mt.Key())
		p, q := c.storeFrame(a.off, l.m), c.storeFrame(b.off, l.k)
		l.m, l.k = c.read(a), c.read(b)
		return func(fr *frame) { p(fr); q(fr) }, l
	case l.v == nil && l.at != nil:
		off, f := c.pointerSlot(), l.at.address()
		x := behindAt(off)
		l.at = &x
		return func(fr *frame) { *(*ptr)(at(fr, off)) = f(fr) }, l
	}
	return nil, l
}

// later computes the operands of a target, and leaves its check, for nil or of bounds, to the
// assignment itself.
func (c *compiler) later(e ast.Expr) (func(*frame), target) {
	e = ast.Unparen(e)
	kept := func(x value) (func(*frame), value) {
		if x.fixed {
			return func(*frame) {}, x
		}
		t := c.temp(x.typ)
		return c.storeFrame(t.off, x), c.read(t)
	}
	var run func(*frame)
	var to place
	switch e := e.(type) {
	case *ast.StarExpr:
		pre, p := kept(c.expr(e.X))
		run, to = pre, deref(p)
	case *ast.SelectorExpr:
		s := c.u.info.Selections[e]
		if s == nil || s.Kind() != types.FieldVal || len(s.Index()) != 1 {
			break
		}
		if el, ok := elem(c.typ(e.X)); ok {
			pre, p := kept(c.expr(e.X))
			run = pre
			to, _ = c.fields(deref(p), el, s.Index())
		}
	case *ast.IndexExpr:
		switch u := c.typ(e.X).Underlying().(type) {
		case *types.Slice:
			p, x := kept(c.expr(e.X))
			q, i := kept(c.expr(e.Index))
			run, to = inOrder([]func(*frame){p, q}), sliceElem(x, i, c.rtype(u.Elem()).Size)
		case *types.Array:
			b, ok := c.place(e.X)
			if !ok {
				break
			}
			off, f := c.pointerSlot(), b.address()
			q, i := kept(c.expr(e.Index))
			run = func(fr *frame) { *(*ptr)(at(fr, off)) = f(fr); q(fr) }
			to = arrayElem(behindAt(off), i, int(u.Len()), c.rtype(u.Elem()).Size)
		}
	}
	if run == nil {
		return c.once(c.target(e))
	}
	return run, target{at: &to, typ: c.typ(e)}
}

// put assigns a value to a target.
func (c *compiler) put(l target, x value) func(*frame) {
	if l.blank {
		if x.isNil {
			return func(*frame) {}
		}
		return effect(x)
	}
	x = c.assignable(x, l.typ)
	switch {
	case l.fresh:
		return c.declare(l.v, &x)
	case l.mt != nil:
		return c.putMap(l, x)
	}
	return c.set(*l.at, x)
}

func (c *compiler) putMap(l target, x value) func(*frame) {
	if c.plainIntMap(l.mt) {
		m, k, v := l.m.Ptr, l.k.Int, x.Int
		return func(fr *frame) {
			p := m(fr)
			i := int(k(fr))
			n := int(v(fr))
			(*(*map[int]int)(ptr(&p)))[i] = n
		}
	}
	if c.plainStringMap(l.mt) {
		m, k, v := l.m.Ptr, l.k.String, x.Int
		return func(fr *frame) {
			p := m(fr)
			s := k(fr)
			n := int(v(fr))
			(*(*map[string]int)(ptr(&p)))[s] = n
		}
	}
	r := c.rtype(l.mt)
	key, elem := c.temp(l.mt.Key()).off, c.temp(l.typ).off
	pk, pv, m := c.storeFrame(key, l.k), c.storeFrame(elem, x), l.m.Ptr
	return func(fr *frame) {
		p := m(fr)
		pk(fr)
		pv(fr)
		mapSet(r, p, at(fr, key), at(fr, elem))
	}
}

func (c *compiler) assign(lhs, rhs []ast.Expr) func(*frame) {
	if len(lhs) == 1 && len(rhs) == 1 {
		x := c.expr(rhs[0])
		return c.put(c.target(lhs[0]), x)
	}
	if len(lhs) == len(rhs) && c.allFresh(lhs) {
		var fs []func(*frame)
		for i, e := range rhs {
			x := c.expr(e)
			fs = append(fs, c.put(c.target(lhs[i]), x))
		}
		return inOrder(fs)
	}
	var fs []func(*frame)
	var ls []target
	for _, e := range lhs {
		pre, l := c.later(e)
		if pre != nil {
			fs = append(fs, pre)
		}
		ls = append(ls, l)
	}
	var xs []value
	if len(rhs) == 1 {
		pre, ys := c.tuple(rhs[0])
		fs = append(fs, pre)
		xs = ys
	} else {
		for i, e := range rhs {
			x := c.expr(e)
			if ls[i].blank && x.isNil {
				xs = append(xs, x)
				continue
			}
			if !ls[i].blank {
				x = c.assignable(x, ls[i].typ)
			}
			t := c.temp(x.typ)
			fs = append(fs, c.storeFrame(t.off, x))
			xs = append(xs, c.read(t))
		}
	}
	for i, l := range ls {
		fs = append(fs, c.put(l, xs[i]))
	}
	return inOrder(fs)
}

// allFresh says whether all variables are new in an assignment, so that no value depends on them.
func (c *compiler) allFresh(lhs []ast.Expr) bool {
	for _, e := range lhs {
		id, ok := e.(*ast.Ident)
		if !ok || id.Name == "_" {
			return false
		}
		if v, ok := c.u.info.Defs[id].(*types.Var); !ok || isGlobal(v) {
			return false
		}
	}
	return true
}

// tuple is an expression of several values: a call, or a form with ok.
func (c *compiler) tuple(e ast.Expr) (func(*frame), []value) {
	e = ast.Unparen(e)
	if call, ok := e.(*ast.CallExpr); ok {
		return c.multiple(call, c.typ(e).(*types.Tuple))
	}
	ok := c.temp(types.Typ[types.Bool])
	var x value
	switch e := e.(type) {
	case *ast.IndexExpr:
		mt := c.typ(e.X).Underlying().(*types.Map)
		x = c.mapIndex(c.expr(e.X), mt, c.assignable(c.expr(e.Index), mt.Key()), &ok)
	case *ast.TypeAssertExpr:
		x = c.assert(c.expr(e.X), c.typ(e.Type), &ok)
	case *ast.UnaryExpr:
		x = c.receive(c.expr(e.X), &ok)
	default:
		refuse("%T in place of two values is not supported", e)
	}
	t := c.temp(x.typ)
	return c.storeFrame(t.off, x), []value{c.read(t), c.read(ok)}
}

// update is l op= y.
func (c *compiler) update(e ast.Expr, op token.Token, y value, ye ast.Expr) func(*frame) {
	t := c.typ(e)
	l := c.target(e)
	if ye != nil {
		k := c.u.info.Types[ye].Value
		switch {
		case k == nil:
		case op == token.SHL || op == token.SHR:
			if y.class != isInt {
				y = c.constant(k, types.Typ[types.Uint])
			}
		case y.class != classOf(t):
			y = c.constant(k, t)
		}
	}
	if l.at != nil && op != token.SHL && op != token.SHR {
		if f := updatePlace(*l.at, t, op, y); f != nil {
			return f
		}
	}
	if l.v != nil {
		return c.put(l, c.binary(op, t, c.variable(l.v), y))
	}
	if l.mt != nil && op == token.ADD {
		if f := c.updateMap(l, y); f != nil {
			return f
		}
	}
	if l.at != nil && l.at.kind != computed { // to look there twice has no effects
		return c.set(*l.at, c.assignable(c.binary(op, t, load(t, *l.at), y), t))
	}
	pre, l := c.once(l)
	var cur value
	if l.mt != nil {
		cur = c.mapIndex(l.m, l.mt, l.k, nil)
	} else {
		cur = load(t, *l.at)
	}
	put := c.put(l, c.binary(op, t, cur, y))
	return func(fr *frame) { pre(fr); put(fr) }
}

func (c *compiler) updateMap(l target, y value) func(*frame) {
	m, v := l.m.Ptr, y.Int
	switch {
	case c.plainIntMap(l.mt):
		k := l.k.Int
		return func(fr *frame) {
			p := m(fr)
			i := int(k(fr))
			n := int(v(fr))
			(*(*map[int]int)(ptr(&p)))[i] += n
		}
	case c.plainStringMap(l.mt):
		k := l.k.String
		return func(fr *frame) {
			p := m(fr)
			s := k(fr)
			n := int(v(fr))
			(*(*map[string]int)(ptr(&p)))[s] += n
		}
	}
	return nil
}
