//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
)

// Channel operations are tried first; only those that have to wait are a select, which also waits for
// the stop of the run.

func (c *compiler) send(s *ast.SendStmt) stmt {
	ch := c.expr(s.Chan)
	et := ch.typ.Underlying().(*types.Chan).Elem()
	x, put, off := ch.Ptr, c.store(c.assignable(c.expr(s.Value), et)), c.temp(et).off
	return func(fr *frame) control {
		p, v := x(fr), at(fr, off)
		put(fr, v)
		if p == nil || !chanSend(p, v, true) {
			fr.th.wait([]runtimeSelect{{dir: reflect.SelectSend, ch: p, val: v}, {}})
		}
		return onward
	}
}

// receive compiles <-x. With ok it says there whether the value was sent.
func (c *compiler) receive(x value, ok *local) value {
	et := x.typ.Underlying().(*types.Chan).Elem()
	tmp := c.temp(et)
	f, off, okay := x.Ptr, tmp.off, flagAt(ok)
	return before(func(fr *frame) {
		p, v := f(fr), at(fr, off)
		var done, sent bool
		if p != nil {
			done, sent = chanRecv(p, true, v)
		}
		if !done {
			_, sent = fr.th.wait([]runtimeSelect{{dir: reflect.SelectRecv, ch: p, val: v}, {}})
		}
		okay.set(fr, sent)
	}, c.read(tmp))
}

// wait performs one of several channel operations, or ends the goroutine if its run is stopped. The
// last place is for the stop.
func (th *thread) wait(cases []runtimeSelect) (chosen int, received bool) {
	if th.collections != collections.Load() {
		th.forget()
	}
	n := len(cases) - 1
	cases[n] = runtimeSelect{dir: reflect.SelectRecv, ch: *(*ptr)(ptr(&th.run.stopC))}
	i, ok := rselect(cases)
	if i == n {
		th.attend()
		// Deferred calls of a goroutine that is ending may still wait for others.
		return rselect(cases[:n])
	}
	return i, ok
}

// selectCase is a clause of a select statement.
type selectCase struct {
	dir  reflect.SelectDir
	ch   func(*frame) ptr
	put  func(*frame, ptr)
	val  uintptr // of what is sent or received
	ok   flag
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
		var got, ok local
		receive := func(e ast.Expr) {
			x := c.expr(ast.Unparen(e).(*ast.UnaryExpr).X)
			got, ok = c.temp(x.typ.Underlying().(*types.Chan).Elem()), c.temp(types.Typ[types.Bool])
			k.dir, k.ch, k.val, k.ok = reflect.SelectRecv, x.Ptr, got.off, flagAt(&ok)
		}
		switch m := cc.Comm.(type) {
		case nil:
			otherwise = i
			k.dir = reflect.SelectDefault
		case *ast.SendStmt:
			x := c.expr(m.Chan)
			et := x.typ.Underlying().(*types.Chan).Elem()
			k.dir, k.ch, k.val = reflect.SelectSend, x.Ptr, c.temp(et).off
			k.put = c.store(c.assignable(c.expr(m.Value), et))
		case *ast.ExprStmt:
			receive(m.X)
		case *ast.AssignStmt:
			receive(m.Rhs[0])
			var fs []func(*frame)
			for i, e := range m.Lhs {
				x := c.read(got)
				if i == 1 {
					x = c.read(ok)
				}
				fs = append(fs, c.put(c.target(e), x))
			}
			k.bind = inOrder(fs)
		}
		k.body = c.block(cc.Body)
		list = append(list, k)
	}
	return func(fr *frame) control {
		var few [5]runtimeSelect
		cases := few[:]
		if len(list) >= len(few) {
			cases = make([]runtimeSelect, len(list)+1)
		}
		cases = cases[:len(list)+1]
		for i := range list {
			k := &list[i]
			x := &cases[i]
			x.dir = k.dir
			fr.pos = k.pos
			if k.ch == nil {
				continue
			}
			x.ch, x.val = k.ch(fr), at(fr, k.val)
			if k.put != nil {
				k.put(fr, x.val)
			}
		}
		var chosen int
		var received bool
		if otherwise >= 0 {
			chosen, received = rselect(cases[:len(list)])
		} else {
			chosen, received = fr.th.wait(cases)
		}
		k := &list[chosen]
		if k.dir == reflect.SelectRecv {
			k.ok.set(fr, received)
		}
		k.bind(fr)
		r := k.body(fr)
		if r == breaks {
			return onward
		}
		return r
	}
}
