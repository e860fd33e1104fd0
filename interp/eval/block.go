//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/ast"
	"go/token"
)

// code is a compiled statement or block in one of two forms: do if control always goes on behind it,
// else run.
type code struct {
	do  func(*frame)
	run stmt
	pos token.Pos
}

// stmt is the form that serves everywhere.
func (k code) stmt() stmt {
	if f := k.do; f != nil {
		return func(fr *frame) control { f(fr); return onward }
	}
	return k.run
}

// always is the form of a statement that control always goes on behind.
func (k code) always() func(*frame) {
	if run := k.run; k.do == nil {
		return func(fr *frame) { run(fr) }
	}
	return k.do
}

// block compiles statements in order. Each leaves its position in the frame, for tracebacks.
func (c *compiler) block(list []ast.Stmt) stmt { return c.blockCode(list).stmt() }

func (c *compiler) blockCode(list []ast.Stmt) code {
	var parts []code
	labels := map[int32]int{}
	around := c.extent
	defer func() { c.extent = around }()
	for i, s := range list {
		c.extent = extent{list, i}
		if l, ok := s.(*ast.LabeledStmt); ok {
			labels[c.label(l.Label.Name)] = len(parts)
		}
		x := c.code(s, 0)
		if x.do == nil && x.run == nil {
			continue
		}
		x.pos = c.where(s)
		parts = append(parts, x)
	}
	if len(labels) > 0 {
		return code{run: blockWithLabels(parts, labels)}
	}
	parts = joined(parts)
	switch {
	case len(parts) == 0:
		return code{do: func(*frame) {}}
	case len(parts) == 1:
		return parts[0]
	}
	return code{run: inTurn(parts)}
}

// joined puts runs of simple statements together. What it returns sets positions itself.
func joined(parts []code) []code {
	var list []code
	for len(parts) > 0 {
		n := 0
		for n < len(parts) && parts[n].do != nil {
			n++
		}
		if n > 0 {
			list = append(list, code{do: simply(parts[:n])})
			parts = parts[n:]
			continue
		}
		run, p := parts[0].run, parts[0].pos
		list = append(list, code{run: func(fr *frame) control { fr.pos = p; return run(fr) }})
		parts = parts[1:]
	}
	return list
}

// simply runs simple statements in order.
func simply(parts []code) func(*frame) {
	a, p := parts[0].do, parts[0].pos
	if len(parts) == 1 {
		return func(fr *frame) { fr.pos = p; a(fr) }
	}
	b, q := parts[1].do, parts[1].pos
	if len(parts) == 2 {
		return func(fr *frame) { fr.pos = p; a(fr); fr.pos = q; b(fr) }
	}
	c, r := parts[2].do, parts[2].pos
	if len(parts) == 3 {
		return func(fr *frame) {
			fr.pos = p
			a(fr)
			fr.pos = q
			b(fr)
			fr.pos = r
			c(fr)
		}
	}
	d, s := parts[3].do, parts[3].pos
	if len(parts) == 4 {
		return func(fr *frame) {
			fr.pos = p
			a(fr)
			fr.pos = q
			b(fr)
			fr.pos = r
			c(fr)
			fr.pos = s
			d(fr)
		}
	}
	rest := simply(parts[4:])
	return func(fr *frame) {
		fr.pos = p
		a(fr)
		fr.pos = q
		b(fr)
		fr.pos = r
		c(fr)
		fr.pos = s
		d(fr)
		rest(fr)
	}
}

// inTurn runs what joined has made, until control leaves.
func inTurn(parts []code) stmt {
	x, rest := parts[0], parts[1:]
	if len(rest) == 0 {
		return x.stmt()
	}
	if len(rest) > 1 {
		rest = []code{{run: inTurn(rest)}}
	}
	y := rest[0]
	switch a, b := x.run, y.run; {
	case x.do != nil && b != nil:
		f := x.do
		return func(fr *frame) control { f(fr); return b(fr) }
	case y.do != nil:
		g := y.do
		return func(fr *frame) control {
			if r := a(fr); r != onward {
				return r
			}
			g(fr)
			return onward
		}
	default:
		return func(fr *frame) control {
			if r := a(fr); r != onward {
				return r
			}
			return b(fr)
		}
	}
}

func blockWithLabels(parts []code, labels map[int32]int) stmt {
	var list []stmt
	for _, x := range parts {
		list = append(list, x.stmt())
	}
	return func(fr *frame) control {
		for i := 0; i < len(list); i++ {
			fr.pos = parts[i].pos
			r := list[i](fr)
			if r == onward {
				continue
			}
			if r == jumps {
				if k, ok := labels[fr.label]; ok {
					i = k - 1
					if attention.Load() != 0 {
						fr.th.attend()
					}
					continue
				}
			}
			return r
		}
		return onward
	}
}

// code compiles a statement; label is that of the labeled statement around it. What does nothing
// has neither form.
func (c *compiler) code(s ast.Stmt, label int32) code {
	switch s := s.(type) {
	case *ast.ExprStmt:
		if s == c.resultRec {
			return code{do: c.keepResult(s.X)}
		}
		return code{do: effect(c.expr(s.X))}
	case *ast.DeclStmt:
		return code{do: c.declStmt(s.Decl.(*ast.GenDecl))}
	case *ast.AssignStmt:
		if s.Tok == token.ASSIGN || s.Tok == token.DEFINE {
			return code{do: c.assign(s.Lhs, s.Rhs)}
		}
		return code{do: c.update(s.Lhs[0], s.Tok+(token.ADD-token.ADD_ASSIGN), c.expr(s.Rhs[0]), s.Rhs[0])}
	case *ast.IncDecStmt:
		op := token.ADD
		if s.Tok == token.DEC {
			op = token.SUB
		}
		return code{do: c.update(s.X, op, c.constant(one, c.typ(s.X)), nil)}
	case *ast.BlockStmt:
		return c.blockCode(s.List)
	case *ast.IfStmt:
		return c.ifStmt(s)
	}
	return code{run: c.control(s, label)}
}

// where is the position of a statement for a traceback: of a chain of calls over several lines it is
// the last name, as the compiler has it.
func (c *compiler) where(s ast.Stmt) token.Pos {
	x, ok := s.(*ast.ExprStmt)
	if !ok {
		return s.Pos()
	}
	call, ok := ast.Unparen(x.X).(*ast.CallExpr)
	if !ok {
		return s.Pos()
	}
	if sel := selectorOf(call.Fun); sel != nil && c.u.fset.Position(sel.Sel.Pos()).Line > c.u.fset.Position(s.Pos()).Line {
		return sel.Sel.Pos()
	}
	return s.Pos()
}
