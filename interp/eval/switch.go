//go:build amd64 && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

func (c *compiler) switchStmt(s *ast.SwitchStmt) stmt {
	var init func(*frame)
	if s.Init != nil {
		init = c.code(s.Init, 0).always()
	}
	var tag value
	var set func(*frame)
	if s.Tag != nil {
		x := c.expr(s.Tag)
		if b, ok := x.typ.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
			x.typ = types.Default(x.typ)
		}
		t := c.temp(x.typ)
		set = c.storeFrame(t.off, x)
		tag = c.read(t)
	}
	type test struct {
		cond func(*frame) bool
		body int
	}
	var tests []test
	otherwise := -1
	bodies := make([]stmt, len(s.Body.List))
	for i, b := range s.Body.List {
		cc := b.(*ast.CaseClause)
		if cc.List == nil {
			otherwise = i
		}
		for _, e := range cc.List {
			x := c.expr(e)
			switch {
			case s.Tag != nil:
				tests = append(tests, test{c.compare(token.EQL, tag, x), i})
			case x.class == isBool:
				tests = append(tests, test{x.Bool, i})
			default:
				yes := c.constant(constant.MakeBool(true), types.Typ[types.Bool])
				tests = append(tests, test{c.compare(token.EQL, yes, x), i})
			}
		}
		bodies[i] = c.block(cc.Body)
	}
	return func(fr *frame) control {
		if init != nil {
			init(fr)
		}
		if set != nil {
			set(fr)
		}
		chosen := otherwise
		for i := range tests {
			if tests[i].cond(fr) {
				chosen = tests[i].body
				break
			}
		}
		if chosen < 0 {
			return onward
		}
		r := bodies[chosen](fr)
		for r == fallsThrough {
			chosen++
			r = bodies[chosen](fr)
		}
		if r == breaks {
			return onward
		}
		return r
	}
}

func (c *compiler) typeSwitch(s *ast.TypeSwitchStmt) stmt {
	var init func(*frame)
	if s.Init != nil {
		init = c.code(s.Init, 0).always()
	}
	var e ast.Expr
	switch a := s.Assign.(type) {
	case *ast.ExprStmt:
		e = a.X
	case *ast.AssignStmt:
		e = a.Rhs[0]
	}
	x := c.expr(ast.Unparen(e).(*ast.TypeAssertExpr).X)
	t := c.temp(x.typ)
	set := c.storeFrame(t.off, x)
	tag := c.read(t)
	ok := c.temp(types.Typ[types.Bool])
	type clause struct {
		tests []func(*frame) bool
		bind  func(*frame)
		body  stmt
	}
	var clauses []clause
	otherwise := -1
	for i, b := range s.Body.List {
		cc := b.(*ast.CaseClause)
		if cc.List == nil {
			otherwise = i
		}
		var k clause
		for _, e := range cc.List {
			if c.u.info.Types[e].IsNil() {
				k.tests = append(k.tests, isZero(tag))
				continue
			}
			f := effect(c.assert(tag, c.typ(e), &ok))
			k.tests = append(k.tests, func(fr *frame) bool { f(fr); return *(*bool)(at(fr, ok.off)) })
		}
		if v, bound := c.u.info.Implicits[cc].(*types.Var); bound {
			y := tag
			if len(cc.List) == 1 && !c.u.info.Types[cc.List[0]].IsNil() {
				y = c.assert(tag, c.typ(cc.List[0]), &ok)
			}
			k.bind = c.declare(v, &y)
		}
		k.body = c.block(cc.Body)
		clauses = append(clauses, k)
	}
	return func(fr *frame) control {
		if init != nil {
			init(fr)
		}
		set(fr)
		chosen := otherwise
	search:
		for i := range clauses {
			for _, f := range clauses[i].tests {
				if f(fr) {
					chosen = i
					break search
				}
			}
		}
		if chosen < 0 {
			return onward
		}
		k := &clauses[chosen]
		if k.bind != nil {
			k.bind(fr)
		}
		r := k.body(fr)
		if r == breaks {
			return onward
		}
		return r
	}
}
