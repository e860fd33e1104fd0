//go:build (amd64 || arm64) && go1.26 && !go1.27

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
	var fixed []fixedCase
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
				if x.fixed && x.class == isInt {
					fixed = append(fixed, fixedCase{x.k, i})
				}
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
	choose := func(fr *frame) int {
		for i := range tests {
			if tests[i].cond(fr) {
				return tests[i].body
			}
		}
		return otherwise
	}
	if tag.class == isInt && len(fixed) == len(tests) && len(tests) > 0 {
		choose = byConstant(tag.Int, fixed, otherwise)
	}
	return func(fr *frame) control {
		if init != nil {
			init(fr)
		}
		if set != nil {
			set(fr)
		}
		chosen := choose(fr)
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

// fixedCase is a case that is an integer constant.
type fixedCase struct {
	k    int64
	body int
}

// byConstant finds the case of an integer; by a table, if they are close together.
func byConstant(tag func(*frame) int64, cases []fixedCase, otherwise int) func(*frame) int {
	low, high := cases[0].k, cases[0].k
	for _, x := range cases {
		low, high = min(low, x.k), max(high, x.k)
	}
	if uint64(high-low) >= 256 {
		return func(fr *frame) int {
			k := tag(fr)
			for _, x := range cases {
				if x.k == k {
					return x.body
				}
			}
			return otherwise
		}
	}
	table := make([]int, high-low+1)
	for i := range table {
		table[i] = otherwise
	}
	for _, x := range cases {
		table[x.k-low] = x.body
	}
	return func(fr *frame) int {
		if i := uint64(tag(fr) - low); i < uint64(len(table)) {
			return table[i]
		}
		return otherwise
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
			f, okay := effect(c.assert(tag, c.typ(e), &ok)), ok.off
			k.tests = append(k.tests, func(fr *frame) bool { f(fr); return *(*bool)(at(fr, okay)) })
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
