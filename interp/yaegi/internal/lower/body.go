package lower

import (
	"go/ast"
	"go/token"
	"go/types"
)

// emitBody lowers the statements of the cell to a function of their own.
func (l *lowerer) emitBody() {
	fd := l.prog.Body
	name := l.fresh("cell")
	f := l.newBody(name, l.prog.Info, "main")
	l.cur, l.bodyFunc = f, f
	f.findBoxed(fd)
	body := f.body(fd.Body, nil, nil)
	l.chunks = append(l.chunks, "func "+name+"() "+body)
	l.unit.Body = name
	l.bodyFunc = nil
}

// result lowers the cell's last expression, whose values are handed to the runtime.
func (l *lowerer) result(f *function, s *ast.ExprStmt) {
	f.boundsChecks(s.X)
	t := f.typeOf(s.X)
	var list []types.Type
	var names []string
	if tu, ok := t.(*types.Tuple); ok {
		if tu.Len() == 0 {
			f.line("%s", f.expr(s.X))
			return
		}
		line := ""
		for i := range tu.Len() {
			n := f.temp("v")
			names = append(names, n)
			list = append(list, tu.At(i).Type())
			if i > 0 {
				line += ", "
			}
			line += n
		}
		f.line("%s := %s", line, f.expr(s.X))
	} else {
		list = []types.Type{defaultType(t)}
		names = []string{f.expr(s.X)}
	}
	for i, t := range list {
		d := l.descriptor(t)
		l.unit.Result = append(l.unit.Result, l.st.types[l.typeID(t)])
		f.line("rt.Result(%d, %s, %s)", i, d, names[i])
	}
}

// gotos returns the labels' identifiers that goto statements use.
func (l *lowerer) gotos(info *types.Info) map[*ast.Ident]bool {
	if m, ok := l.gotoIdents[info]; ok {
		return m
	}
	m := map[*ast.Ident]bool{}
	visit := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO {
				m[b.Label] = true
			}
			return true
		})
	}
	for d, at := range l.homes {
		if fd, ok := d.Node.(*ast.FuncDecl); ok && fd.Body != nil && at.info == info {
			visit(fd)
		}
	}
	for _, p := range l.prog.Packages {
		if p.Init != nil && p.Info == info {
			visit(p.Init)
		}
	}
	if info == l.prog.Info {
		if l.prog.Body != nil {
			visit(l.prog.Body)
		}
	}
	l.gotoIdents[info] = m
	return m
}
