//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
)

// Channel operations are tried first; only those that have to wait go by reflect.Select, which also
// waits for the stop of the run.

func (c *compiler) send(s *ast.SendStmt) stmt {
	ch := c.expr(s.Chan)
	ct := ch.typ.Underlying().(*types.Chan)
	r, typ := c.rtype(ct.Elem()), reflect.ChanOf(reflect.BothDir, c.reflect(ct.Elem()))
	x, put := ch.Ptr, c.store(c.assignable(c.expr(s.Value), ct.Elem()))
	return func(fr *frame) control {
		p := x(fr)
		b := newObject(r)
		put(fr, b)
		if p != nil && chanSend(p, b, true) {
			return onward
		}
		fr.th.wait([]reflect.SelectCase{{
			Dir:  reflect.SelectSend,
			Chan: reflect.NewAt(typ, ptr(&p)).Elem(),
			Send: reflect.NewAt(typeOf(r), b).Elem(),
		}})
		return onward
	}
}

// receive compiles <-x. With ok it says there whether the value was sent.
func (c *compiler) receive(x value, ok *local) value {
	ct := x.typ.Underlying().(*types.Chan)
	tmp := c.temp(ct.Elem())
	r, typ := c.rtype(ct.Elem()), reflect.ChanOf(reflect.BothDir, c.reflect(ct.Elem()))
	f := x.Ptr
	return before(func(fr *frame) {
		p := f(fr)
		to := at(fr, tmp.off)
		var done, sent bool
		if p != nil {
			done, sent = chanRecv(p, true, to)
		}
		if !done {
			var v reflect.Value
			_, v, sent = fr.th.wait([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.NewAt(typ, ptr(&p)).Elem()}})
			setReceived(r, to, v)
		}
		if ok != nil {
			*(*bool)(at(fr, ok.off)) = sent
		}
	}, c.read(tmp))
}

func setReceived(r *rtype, to ptr, v reflect.Value) {
	if !v.IsValid() {
		typedClear(r, to)
		return
	}
	reflect.NewAt(typeOf(r), to).Elem().Set(v)
}

// wait performs one of several channel operations, or ends the goroutine if its run is stopped.
func (th *thread) wait(cases []reflect.SelectCase) (int, reflect.Value, bool) {
	n := len(cases)
	cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(th.run.stopC)})
	i, v, ok := reflect.Select(cases)
	if i == n {
		th.attend()
		// Deferred calls of a goroutine that is ending may still wait for others.
		return reflect.Select(cases[:n])
	}
	return i, v, ok
}

// selectCase is a clause of a select statement.
type selectCase struct {
	dir  reflect.SelectDir
	ch   func(*frame) ptr
	typ  reflect.Type
	elem *rtype
	put  func(*frame, ptr)
	got  local
	ok   local
	bind func(*frame)
	body stmt
	pos  token.Pos
}

func (c *compiler) selectStmt(s *ast.SelectStmt) stmt {
	var list []selectCase
	otherwise := -1
	for i, b := range s.Body.List {
		cc := b.(*ast.CommClause)
		k := selectCase{bind: func(*frame) {}, pos: cc.Pos()}
		receive := func(e ast.Expr) {
			x := c.expr(ast.Unparen(e).(*ast.UnaryExpr).X)
			ct := x.typ.Underlying().(*types.Chan)
			k.dir, k.ch, k.elem = reflect.SelectRecv, x.Ptr, c.rtype(ct.Elem())
			k.typ = reflect.ChanOf(reflect.BothDir, c.reflect(ct.Elem()))
			k.got, k.ok = c.temp(ct.Elem()), c.temp(types.Typ[types.Bool])
		}
		switch m := cc.Comm.(type) {
		case nil:
			otherwise = i
			k.dir = reflect.SelectDefault
		case *ast.SendStmt:
			x := c.expr(m.Chan)
			ct := x.typ.Underlying().(*types.Chan)
			k.dir, k.ch, k.elem = reflect.SelectSend, x.Ptr, c.rtype(ct.Elem())
			k.typ = reflect.ChanOf(reflect.BothDir, c.reflect(ct.Elem()))
			k.put = c.store(c.assignable(c.expr(m.Value), ct.Elem()))
		case *ast.ExprStmt:
			receive(m.X)
		case *ast.AssignStmt:
			receive(m.Rhs[0])
			var fs []func(*frame)
			for i, e := range m.Lhs {
				x := c.read(k.got)
				if i == 1 {
					x = c.read(k.ok)
				}
				fs = append(fs, c.put(c.target(e), x))
			}
			k.bind = inOrder(fs)
		}
		k.body = c.block(cc.Body)
		list = append(list, k)
	}
	return func(fr *frame) control {
		cases := make([]reflect.SelectCase, len(list), len(list)+1)
		for i := range list {
			k := &list[i]
			cases[i].Dir = k.dir
			fr.pos = k.pos
			if k.ch != nil {
				p := k.ch(fr)
				cases[i].Chan = reflect.NewAt(k.typ, ptr(&p)).Elem()
			}
			if k.put != nil {
				b := newObject(k.elem)
				k.put(fr, b)
				cases[i].Send = reflect.NewAt(typeOf(k.elem), b).Elem()
			}
		}
		var chosen int
		var v reflect.Value
		var ok bool
		if otherwise >= 0 {
			chosen, v, ok = reflect.Select(cases)
		} else {
			chosen, v, ok = fr.th.wait(cases)
		}
		k := &list[chosen]
		if k.dir == reflect.SelectRecv {
			setReceived(k.elem, at(fr, k.got.off), v)
			*(*bool)(at(fr, k.ok.off)) = ok
		}
		k.bind(fr)
		r := k.body(fr)
		if r == breaks {
			return onward
		}
		return r
	}
}
