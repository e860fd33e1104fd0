package lower

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

func (f *function) stmts(list []ast.Stmt) {
	for _, s := range list {
		f.stmt(s)
	}
}

func (f *function) stmt(s ast.Stmt) {
	if s != nil && s.Pos().IsValid() {
		f.l.pos = s.Pos()
	}
	switch s := s.(type) {
	case nil, *ast.EmptyStmt:
	case *ast.ExprStmt:
		f.exprStmt(s)
	case *ast.AssignStmt:
		f.markExprs(s.Pos(), append(append([]ast.Expr{}, s.Lhs...), s.Rhs...)...)
		f.assign(s)
	case *ast.IncDecStmt:
		f.markExprs(s.Pos(), s.X)
		f.boundsChecks(s.X)
		f.line("%s%s", f.place(s.X), s.Tok)
	case *ast.DeclStmt:
		f.declStmt(s)
	case *ast.ReturnStmt:
		f.markExprs(s.Pos(), s.Results...)
		f.returnStmt(s)
	case *ast.BlockStmt:
		f.line("{")
		f.stmts(s.List)
		f.line("}")
	case *ast.IfStmt:
		f.ifStmt(s)
	case *ast.ForStmt:
		f.forStmt(s)
	case *ast.RangeStmt:
		f.rangeStmt(s)
	case *ast.SwitchStmt:
		f.switchStmt(s)
	case *ast.TypeSwitchStmt:
		f.typeSwitch(s)
	case *ast.SelectStmt:
		f.selectStmt(s)
	case *ast.SendStmt:
		f.mark(s.Pos())
		t := f.typeOf(s.Chan).Underlying().(*types.Chan)
		f.line("rt.Send(%s, %s)", f.expr(s.Chan), f.to(s.Value, t.Elem()))
	case *ast.GoStmt:
		f.mark(s.Pos())
		// The literal is made in a frame of its own: when it returns, yaegi writes to the frame that
		// made it, while the next goroutine is being started there.
		thunk := f.thunk(s.Call, "")
		f.line("rt.Go(%d, func() func() {%s0*/\nreturn %s\n%s}())", f.l.rt.AddPos(f.fset.Position(s.Pos())), openMark, thunk, closeMark)
	case *ast.DeferStmt:
		f.mark(s.Pos())
		fn := f.temp("fn")
		f.line("%s := %s", fn, f.thunk(s.Call, f.defers))
		f.line("%s.Push(%s)", f.defers, fn)
	case *ast.LabeledStmt:
		f.labeled(s)
	case *ast.BranchStmt:
		f.branchStmt(s)
	default:
		f.l.refuse(s.Pos(), "%T is not supported", s)
	}
}

// markExprs writes the position mark of a statement whose expressions can panic or call.
func (f *function) markExprs(pos token.Pos, list ...ast.Expr) {
	for _, e := range list {
		if e != nil && f.canPanic(e) {
			f.mark(pos, list...)
			return
		}
	}
}

// canPanic reports whether the evaluation of an expression can panic or call a function.
func (f *function) canPanic(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			tv := f.info.Types[n.Fun]
			if !tv.IsType() && !tv.IsBuiltin() {
				found = true
			}
			if tv.IsBuiltin() {
				if id, ok := ast.Unparen(n.Fun).(*ast.Ident); !ok || id.Name != "len" && id.Name != "cap" && id.Name != "append" {
					found = true
				}
			}
		case *ast.IndexExpr, *ast.SliceExpr, *ast.StarExpr, *ast.TypeAssertExpr:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.SelectorExpr:
			if s := f.info.Selections[n]; s != nil && s.Indirect() {
				found = true
			}
		case *ast.BinaryExpr:
			switch n.Op {
			case token.QUO, token.REM:
				found = found || f.info.Types[n.Y].Value == nil
			case token.EQL, token.NEQ:
				t := f.typeOf(n.X)
				found = found || t != nil && types.IsInterface(t)
			}
		}
		return !found
	})
	return found
}

func (f *function) exprStmt(s *ast.ExprStmt) {
	f.markExprs(exprPos(s.X), s.X)
	if s == f.l.prog.Result && f.l.bodyFunc == f {
		f.l.result(f, s)
		return
	}
	f.boundsChecks(s.X)
	if call, ok := ast.Unparen(s.X).(*ast.CallExpr); ok {
		f.line("%s", f.expr(call))
		return
	}
	f.line("_ = %s", f.expr(s.X))
}

// exprPos is the position that a traceback shows for an expression statement.
func exprPos(e ast.Expr) token.Pos { return e.Pos() }

func (f *function) declStmt(s *ast.DeclStmt) {
	gd := s.Decl.(*ast.GenDecl)
	if gd.Tok != token.VAR {
		return
	}
	for _, sp := range gd.Specs {
		vs := sp.(*ast.ValueSpec)
		if len(vs.Values) == 0 {
			for _, id := range vs.Names {
				o := f.info.Defs[id]
				if o == nil || id.Name == "_" {
					continue
				}
				f.declare(o, "")
			}
			continue
		}
		f.markExprs(vs.Pos(), vs.Values...)
		var lhs []ast.Expr
		for _, id := range vs.Names {
			lhs = append(lhs, id)
		}
		f.assignTo(lhs, vs.Values, true)
	}
}

// declare writes the declaration of a local variable, with a value in the variable's own
// representation or "".
func (f *function) declare(o types.Object, value string) {
	n := f.define(o)
	t := f.l.typ(f.env.subst(o.Type()))
	switch {
	case f.boxed[o]:
		f.line("%s := new(%s)", n, t)
		if value != "" {
			f.line("*%s = %s", n, value)
		}
	case value == "":
		f.line("var %s %s", n, t)
	case strings.HasSuffix(value, "}"):
		// Yaegi builds a composite literal of a declaration in one place for all iterations of a
		// loop, and a closure would see the last.
		f.line("var %s %s", n, t)
		f.line("%s = %s", n, value)
	default:
		f.local(n, t, value)
	}
}

// local writes the declaration of a variable with a value. A literal goes by way of another
// variable, or else all iterations of a loop would share it.
func (f *function) local(name, typ, value string) {
	if strings.HasSuffix(value, "}") && (strings.HasPrefix(value, "[") || strings.HasPrefix(value, "map[")) {
		v := f.temp("lit")
		f.line("%s := %s", v, value)
		value = v
	}
	f.line("var %s %s = %s", name, typ, value)
}

func (f *function) assign(s *ast.AssignStmt) {
	switch s.Tok {
	case token.ASSIGN, token.DEFINE:
		f.assignTo(s.Lhs, s.Rhs, s.Tok == token.DEFINE)
		return
	}
	f.boundsChecks(s.Lhs[0], s.Rhs[0])
	rhs := f.expr(s.Rhs[0])
	f.line("%s %s %s", f.place(s.Lhs[0]), s.Tok, rhs)
}

// assignTo lowers an assignment or definition of any form.
func (f *function) assignTo(lhs, rhs []ast.Expr, define bool) {
	switch {
	case len(lhs) == len(rhs) && len(lhs) == 1:
		f.assignOne(lhs[0], rhs[0], define)
	case len(lhs) == len(rhs):
		f.assignMany(lhs, rhs, define)
	case len(rhs) == 1:
		f.assignMulti(lhs, rhs[0], define)
	}
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// defined returns the object that a define statement creates for a left side, or nil.
func (f *function) defined(e ast.Expr, define bool) types.Object {
	if id, ok := e.(*ast.Ident); ok && define {
		return f.info.Defs[id]
	}
	return nil
}

func (f *function) assignOne(lhs, rhs ast.Expr, define bool) {
	if isBlank(lhs) {
		f.boundsChecks(rhs)
		x := f.expr(rhs)
		if x != "nil" {
			f.line("_ = %s", x)
		}
		return
	}
	if o := f.defined(lhs, define); o != nil {
		f.boundsChecks(rhs)
		f.declare(o, f.to(rhs, f.env.subst(o.Type())))
		return
	}
	t := f.typeOf(lhs)
	f.boundsChecks(rhs)
	v := f.to(rhs, t)
	if f.hasCall(rhs) && !isPlain(lhs) {
		// The check of the left side's index comes after the right side's evaluation.
		tmp := f.temp("v")
		f.line("var %s %s = %s", tmp, f.l.typ(t), v)
		v = tmp
	}
	f.boundsChecks(lhs)
	f.line("%s = %s", f.place(lhs), v)
}

func isPlain(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.Ident)
	return ok
}

func (f *function) hasCall(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			tv := f.info.Types[n.Fun]
			found = found || !tv.IsType() && !tv.IsBuiltin()
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return !found
	})
	return found
}

// place lowers the left side of an assignment.
func (f *function) place(e ast.Expr) string {
	if isBlank(e) {
		return "_"
	}
	if s, ok := f.looseField(e); ok {
		return s
	}
	if x, ok := ast.Unparen(e).(*ast.IndexExpr); ok {
		if _, loose := f.looseField(x.X); loose {
			v := f.temp("v")
			f.line("%s := %s", v, f.expr(x.X))
			if m, ok := f.typeOf(x.X).Underlying().(*types.Map); ok {
				return v + "[" + f.to(x.Index, m.Key()) + "]"
			}
			return v + "[" + f.intIndex(x.Index) + "]"
		}
	}
	s := f.expr(ast.Unparen(e))
	if strings.HasPrefix(s, "(*") && strings.HasSuffix(s, ")") {
		if _, ok := ast.Unparen(e).(*ast.StarExpr); ok {
			return s[1 : len(s)-1]
		}
		if id, ok := ast.Unparen(e).(*ast.Ident); ok && f.boxed[f.object(id)] {
			return s[1 : len(s)-1]
		}
	}
	return s
}

// assignMany lowers a, b = x, y: operands first, then the assignments from left to right.
func (f *function) assignMany(lhs, rhs []ast.Expr, define bool) {
	f.boundsChecks(rhs...)
	var tmps []string
	places := make([]string, len(lhs))
	for i, e := range lhs {
		if f.defined(e, define) == nil && !isBlank(e) {
			places[i] = f.spillPlace(e)
		}
	}
	for i, e := range rhs {
		t := f.targetType(lhs[i], e, define)
		if isBlank(lhs[i]) {
			x := f.expr(e)
			if x != "nil" {
				f.line("_ = %s", x)
			}
			tmps = append(tmps, "")
			continue
		}
		v := f.temp("v")
		f.local(v, f.l.typ(t), f.to(e, t))
		tmps = append(tmps, v)
	}
	for i, e := range lhs {
		if isBlank(e) {
			continue
		}
		if o := f.defined(e, define); o != nil {
			f.declare(o, tmps[i])
			continue
		}
		f.line("%s = %s", places[i], tmps[i])
	}
}

// targetType is the type of a left side of an assignment.
func (f *function) targetType(lhs, rhs ast.Expr, define bool) types.Type {
	if isBlank(lhs) {
		return defaultType(f.typeOf(rhs))
	}
	if o := f.defined(lhs, define); o != nil {
		return f.env.subst(o.Type())
	}
	return f.typeOf(lhs)
}

// spillPlace lowers a left side so that its operands are evaluated now.
func (f *function) spillPlace(e ast.Expr) string {
	switch x := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		t := f.typeOf(x.X)
		if m, ok := t.Underlying().(*types.Map); ok {
			mv, kv := f.temp("m"), f.temp("k")
			f.line("var %s %s = %s", mv, f.l.typ(t), f.expr(x.X))
			f.line("var %s %s = %s", kv, f.l.typ(m.Key()), f.to(x.Index, m.Key()))
			return mv + "[" + kv + "]"
		}
		if f.info.Types[x.Index].Value != nil {
			return f.place(e)
		}
		iv := f.temp("i")
		f.line("%s := %s", iv, f.intIndex(x.Index))
		switch t.Underlying().(type) {
		case *types.Slice:
			sv := f.temp("s")
			f.line("var %s %s = %s", sv, f.l.typ(t), f.expr(x.X))
			return sv + "[" + iv + "]"
		case *types.Pointer:
			return "(*" + f.expr(x.X) + ")[" + iv + "]"
		}
		return f.expr(x.X) + "[" + iv + "]"
	case *ast.StarExpr:
		p := f.temp("p")
		f.line("var %s %s = %s", p, f.l.typ(f.typeOf(x.X)), f.expr(x.X))
		return "*" + p
	case *ast.SelectorExpr:
		if s, ok := f.selected(x); ok && s.kind == types.FieldVal {
			if _, ptr := s.typ.Underlying().(*types.Pointer); ptr {
				p := f.temp("p")
				f.line("var %s %s = %s", p, f.l.typ(s.typ), s.owner)
				st := structOf(s.typ)
				for i := range st.NumFields() {
					if st.Field(i) == s.obj {
						return p + "." + fieldName(st, i)
					}
				}
			}
		}
	}
	return f.place(e)
}

// assignMulti lowers a, b = f() and the comma-ok forms.
func (f *function) assignMulti(lhs []ast.Expr, rhs ast.Expr, define bool) {
	tu, isTuple := f.typeOf(rhs).(*types.Tuple)
	if !isTuple {
		f.l.refuse(rhs.Pos(), "this assignment is not supported")
	}
	tmps := make([]string, len(lhs))
	places := make([]string, len(lhs))
	for i, e := range lhs {
		tmps[i] = f.temp("v")
		if f.defined(e, define) == nil && !isBlank(e) {
			places[i] = f.spillPlace(e)
		}
	}
	switch x := ast.Unparen(rhs).(type) {
	case *ast.CallExpr:
		f.boundsChecks(rhs)
		f.line("%s := %s", strings.Join(tmps, ", "), f.expr(rhs))
	case *ast.IndexExpr:
		m := f.typeOf(x.X).Underlying().(*types.Map)
		f.line("%s, %s := %s[%s]", tmps[0], tmps[1], f.expr(x.X), f.to(x.Index, m.Key()))
	case *ast.UnaryExpr:
		ct := f.typeOf(x.X).Underlying().(*types.Chan)
		f.line("%s := new(%s)", tmps[0], f.l.typ(ct.Elem()))
		f.line("%s := rt.ReceiveInto(%s, %s)", tmps[1], f.expr(x.X), tmps[0])
		tmps[0] = "(*" + tmps[0] + ")"
	case *ast.TypeAssertExpr:
		f.assertOK(tmps, x)
	default:
		f.l.refuse(rhs.Pos(), "this assignment is not supported")
	}
	for i, e := range lhs {
		if isBlank(e) {
			f.line("_ = %s", tmps[i])
			continue
		}
		if o := f.defined(e, define); o != nil {
			f.declare(o, f.convert(tmps[i], tu.At(i).Type(), f.env.subst(o.Type())))
			continue
		}
		f.line("%s = %s", places[i], f.convert(tmps[i], tu.At(i).Type(), f.typeOf(e)))
	}
}

// assertOK lowers v, ok := x.(T).
func (f *function) assertOK(tmps []string, x *ast.TypeAssertExpr) {
	t := f.typeOf(x.Type)
	d := f.l.descriptor(t)
	switch {
	case f.l.isOpen(t):
		f.line("%s, %s := rt.AsOK(%s, %s)", tmps[0], tmps[1], d, f.expr(x.X))
	default:
		r := f.temp("v")
		n := f.l.typ(t)
		f.line("%s, %s := rt.AsOK(%s, %s)", r, tmps[1], d, f.expr(x.X))
		f.line("var %s %s", tmps[0], n)
		if f.l.isNative(t) {
			f.line("if %s { %s = %s }", tmps[1], tmps[0], f.l.wrap(t, r))
		} else {
			f.line("if %s { %s = %s }", tmps[1], tmps[0], f.unpack(r, t))
		}
	}
}

func (f *function) returnStmt(s *ast.ReturnStmt) {
	if len(f.rangers) > 0 {
		f.rangeReturn(s)
		return
	}
	f.boundsChecks(s.Results...)
	res := f.sig.Results()
	if len(s.Results) == 0 {
		f.line("%s", f.returnLine())
		return
	}
	vals := f.resultValues(s.Results)
	if len(f.results) > 0 && res.Len() > 0 && f.defers != "" {
		// Deferred functions see and change the results.
		f.setResults(vals)
		f.line("return")
		return
	}
	f.line("return %s", strings.Join(vals, ", "))
}

// setResults assigns to the named results.
func (f *function) setResults(vals []string) {
	if len(vals) == 1 {
		f.line("%s = %s", f.resultPlace(0), vals[0])
		return
	}
	tmps := make([]string, len(vals))
	for i, v := range vals {
		tmps[i] = f.temp("v")
		f.line("var %s %s = %s", tmps[i], f.l.typ(f.sig.Results().At(i).Type()), v)
	}
	for i := range vals {
		f.line("%s = %s", f.resultPlace(i), tmps[i])
	}
}

func (f *function) resultPlace(i int) string { return f.results[i] }

// resultValues lowers the operands of a return statement.
func (f *function) resultValues(list []ast.Expr) []string {
	res := f.sig.Results()
	if len(list) == 1 && res.Len() > 1 {
		tu := f.typeOf(list[0]).(*types.Tuple)
		tmps := make([]string, tu.Len())
		for i := range tmps {
			tmps[i] = f.temp("v")
		}
		f.line("%s := %s", strings.Join(tmps, ", "), f.expr(list[0]))
		for i := range tmps {
			tmps[i] = f.convert(tmps[i], tu.At(i).Type(), res.At(i).Type())
		}
		return tmps
	}
	vals := make([]string, len(list))
	for i, e := range list {
		vals[i] = f.to(e, res.At(i).Type())
	}
	return vals
}

func (f *function) ifStmt(s *ast.IfStmt) {
	if s.Init != nil {
		f.stmt(s.Init)
	}
	f.markExprs(s.Cond.Pos(), s.Cond)
	f.boundsChecks(s.Cond)
	f.line("if %s {", f.cond(s.Cond))
	f.stmts(s.Body.List)
	if s.Else != nil {
		f.line("} else {")
		if b, ok := s.Else.(*ast.BlockStmt); ok {
			f.stmts(b.List)
		} else {
			f.stmt(s.Else)
		}
	}
	f.line("}")
}

// cond lowers a condition.
func (f *function) cond(e ast.Expr) string {
	if tv := f.info.Types[e]; tv.Value != nil && tv.Value.Kind() == constant.Bool {
		return boolVar(constant.BoolVal(tv.Value))
	}
	switch ast.Unparen(e).(type) {
	case *ast.IndexExpr, *ast.StarExpr, *ast.TypeAssertExpr, *ast.SelectorExpr:
		// yaegi loses its way behind a map's missing element, for one; a comparison is safe.
		return "(" + f.expr(e) + " == " + trueVar + ")"
	}
	return f.expr(e)
}

func (f *function) switchStmt(s *ast.SwitchStmt) {
	label := f.takeLabel(s)
	if s.Init != nil {
		f.stmt(s.Init)
	}
	var tag string
	var tagType types.Type
	if s.Tag != nil {
		f.markExprs(s.Tag.Pos(), s.Tag)
		f.boundsChecks(s.Tag)
		tagType = defaultType(f.typeOf(s.Tag))
		tag = f.temp("tag")
		f.line("var %s %s = %s", tag, f.l.typ(tagType), f.to(s.Tag, tagType))
	}
	if tag != "" && f.nativeSwitch(s, tagType) {
		f.nativeSwitchBody(s, tag, tagType, label)
		return
	}
	// yaegi's case clauses take constants; which one is chosen is found out before.
	k := f.temp("case")
	otherwise := -1
	for i, c := range s.Body.List {
		if c.(*ast.CaseClause).List == nil {
			otherwise = i
		}
	}
	f.line("%s := %d", k, otherwise)
	nested := 0
	for i, c := range s.Body.List {
		for _, e := range c.(*ast.CaseClause).List {
			f.markExprs(e.Pos(), e)
			f.boundsChecks(e)
			test := ""
			if tag == "" {
				test = f.cond(e)
				if types.IsInterface(f.typeOf(e)) {
					test = f.equal(boolVar(true), types.Typ[types.Bool], f.expr(e), f.typeOf(e), "")
				}
			} else {
				test = f.caseTest(tag, tagType, e)
			}
			f.line("if %s { %s = %d } else {", test, k, i)
			nested++
		}
	}
	for range nested {
		f.line("}")
	}
	if label != "" {
		f.line("%s:", label)
	}
	f.line("switch %s {", k)
	f.pushBranch(branchScope{brk: true, label: label})
	for i, c := range s.Body.List {
		cc := c.(*ast.CaseClause)
		f.line("case %d:", i)
		f.stmts(cc.Body)
	}
	f.popBranch()
	f.line("}")
}

func (f *function) nativeSwitchBody(s *ast.SwitchStmt, tag string, tagType types.Type, label string) {
	if label != "" {
		f.line("%s:", label)
	}
	f.line("switch %s {", tag)
	f.pushBranch(branchScope{brk: true, label: label})
	for _, c := range s.Body.List {
		cc := c.(*ast.CaseClause)
		if cc.List == nil {
			f.line("default:")
		} else {
			var list []string
			for _, e := range cc.List {
				list = append(list, f.to(e, tagType))
			}
			f.line("case %s:", strings.Join(list, ", "))
		}
		f.stmts(cc.Body)
	}
	f.popBranch()
	f.line("}")
}

// nativeSwitch reports whether yaegi's own switch does: on integers and strings, constants only.
func (f *function) nativeSwitch(s *ast.SwitchStmt, t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	if !ok || b.Info()&(types.IsInteger|types.IsString) == 0 {
		return false
	}
	for i, c := range s.Body.List {
		list := c.(*ast.CaseClause).List
		if list == nil && i < len(s.Body.List)-1 {
			return false // fallthrough would go astray
		}
		for _, e := range list {
			if f.info.Types[e].Value == nil {
				return false
			}
		}
	}
	return true
}

func (f *function) caseTest(tag string, tagType types.Type, e ast.Expr) string {
	if f.info.Types[e].IsNil() {
		return "(" + tag + " == nil)"
	}
	return f.equal(tag, tagType, f.expr(e), defaultType(f.typeOf(e)), "")
}

func (f *function) typeSwitch(s *ast.TypeSwitchStmt) {
	label := f.takeLabel(s)
	if s.Init != nil {
		f.stmt(s.Init)
	}
	var x ast.Expr
	switch a := s.Assign.(type) {
	case *ast.AssignStmt:
		x = a.Rhs[0].(*ast.TypeAssertExpr).X
	case *ast.ExprStmt:
		x = a.X.(*ast.TypeAssertExpr).X
	}
	f.markExprs(x.Pos(), x)
	f.boundsChecks(x)
	v, k := f.temp("x"), f.temp("case")
	f.line("var %s any = %s", v, f.convert(f.expr(x), f.typeOf(x), types.NewInterfaceType(nil, nil)))
	var cases []string
	for _, c := range s.Body.List {
		for _, e := range c.(*ast.CaseClause).List {
			if f.info.Types[e].IsNil() {
				cases = append(cases, "nil")
			} else {
				cases = append(cases, f.l.descriptor(f.typeOf(e)))
			}
		}
	}
	table := f.l.fresh("cases")
	f.l.vars = append(f.l.vars, "var "+table+" *rt.Cases")
	f.l.inits = append(f.l.inits, fmt.Sprintf("%s = rt.NewCases(%s)", table, strings.Join(cases, ", ")))
	f.line("%s := rt.Switch(%s, %s)", k, table, v)
	if label != "" {
		f.line("%s:", label)
	}
	f.line("switch %s {", k)
	f.pushBranch(branchScope{brk: true, label: label})
	i := 0
	for _, c := range s.Body.List {
		cc := c.(*ast.CaseClause)
		if cc.List == nil {
			f.line("default:")
		} else {
			var list []string
			for range cc.List {
				list = append(list, fmt.Sprint(i))
				i++
			}
			f.line("case %s:", strings.Join(list, ", "))
		}
		if o := f.info.Implicits[cc]; o != nil && usesObject(f.info, cc.Body, o) {
			t := f.env.subst(o.Type())
			switch {
			case len(cc.List) == 1 && !types.IsInterface(t):
				f.declare(o, f.unpack("rt.RawValue("+v+")", t))
			case f.l.isNative(t):
				f.declare(o, f.l.wrap(t, v))
			default:
				f.declare(o, v)
			}
		}
		f.stmts(cc.Body)
	}
	f.popBranch()
	f.line("}")
}

func usesObject(info *types.Info, list []ast.Stmt, o types.Object) bool {
	found := false
	for _, s := range list {
		ast.Inspect(s, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && info.Uses[id] == o {
				found = true
			}
			return !found
		})
	}
	return found
}

// selectStmt lowers a select to a call of the runtime, which also waits for the interrupt.
func (f *function) selectStmt(s *ast.SelectStmt) {
	label := f.takeLabel(s)
	f.mark(s.Pos())
	k, ok := f.temp("case"), f.temp("ok")
	var cases []string
	hasDefault := false
	type received struct{ ptr string }
	recv := map[*ast.CommClause]received{}
	for _, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		switch st := cc.Comm.(type) {
		case nil:
			hasDefault = true
		case *ast.SendStmt:
			t := f.typeOf(st.Chan).Underlying().(*types.Chan)
			cases = append(cases, fmt.Sprintf("rt.SendCase(%s, %s)", f.expr(st.Chan), f.to(st.Value, t.Elem())))
		default:
			ch := recvChan(st)
			t := f.typeOf(ch).Underlying().(*types.Chan)
			p := f.temp("p")
			f.line("%s := new(%s)", p, f.l.typ(t.Elem()))
			recv[cc] = received{p}
			cases = append(cases, fmt.Sprintf("rt.RecvCase(%s, %s)", f.expr(ch), p))
		}
	}
	f.line("%s, %s := rt.Select(%s)", k, ok, strings.Join(append([]string{fmt.Sprint(hasDefault)}, cases...), ", "))
	f.line("_ = %s", ok)
	if label != "" {
		f.line("%s:", label)
	}
	f.line("switch %s {", k)
	f.pushBranch(branchScope{brk: true, label: label})
	i := 0
	for _, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		if cc.Comm == nil {
			f.line("case -1:")
		} else {
			f.line("case %d:", i)
			i++
		}
		if as, isAssign := cc.Comm.(*ast.AssignStmt); isAssign {
			ct := f.typeOf(recvChan(as)).Underlying().(*types.Chan)
			vals := []string{"(*" + recv[cc].ptr + ")", ok}
			for j, e := range as.Lhs {
				if isBlank(e) {
					continue
				}
				from := types.Type(types.Typ[types.Bool])
				if j == 0 {
					from = ct.Elem()
				}
				if o := f.defined(e, as.Tok == token.DEFINE); o != nil {
					f.declare(o, vals[j])
					continue
				}
				f.line("%s = %s", f.place(e), f.convert(vals[j], from, f.typeOf(e)))
			}
		}
		f.stmts(cc.Body)
	}
	f.popBranch()
	f.line("}")
}

func recvChan(s ast.Stmt) ast.Expr {
	var e ast.Expr
	switch s := s.(type) {
	case *ast.ExprStmt:
		e = s.X
	case *ast.AssignStmt:
		e = s.Rhs[0]
	}
	return ast.Unparen(e).(*ast.UnaryExpr).X
}

// thunk lowers the call of a go or defer statement to a function without parameters; what the call
// is made of is evaluated now.
func (f *function) thunk(c *ast.CallExpr, defers string) string {
	if lit, ok := ast.Unparen(c.Fun).(*ast.FuncLit); ok {
		sig := f.typeOf(lit).Underlying().(*types.Signature)
		if sig.Params().Len() == 0 && sig.Results().Len() == 0 {
			return f.literal(lit, defers)
		}
		// Parameters become variables of a literal without any.
		args := f.args(c, sig, false, "")
		var tmps []string
		for i, a := range args {
			v := f.temp("arg")
			f.local(v, f.l.typ(sig.Params().At(i).Type()), a)
			tmps = append(tmps, v)
		}
		fn := f.literal(lit, defers)
		return "func() {" + openMark + "0*/\n" + fn + "(" + strings.Join(tmps, ", ") + ")\n" + closeMark + "}"
	}
	spill := func(s, typ string) string {
		v := f.temp("arg")
		f.local(v, typ, s)
		return v
	}
	call := f.spilledCall(c, spill, defers)
	return "func() {" + openMark + "0*/\n" + call + "\n" + closeMark + "}"
}

func (f *function) spilledCall(c *ast.CallExpr, spill func(s, typ string) string, defers string) string {
	tv := f.info.Types[c.Fun]
	if tv.IsBuiltin() {
		return f.spilledBuiltin(c, spill, defers)
	}
	sig := f.signatureOf(c.Fun)
	fun := ast.Unparen(c.Fun)
	if tu := f.spreads(c); tu != nil {
		f.l.refuse(c.Pos(), "go and defer of a call with the results of another call are not supported; put the results in variables")
	}
	spillArgs := func(args []string) []string {
		for i := range args {
			args[i] = spill(args[i], f.l.typ(sig.Params().At(i).Type()))
		}
		return args
	}
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		if s, ok := f.selected(sel); ok && s.kind == types.MethodVal {
			m := s.obj.(*types.Func)
			compiled := !f.l.isOpen(s.typ) && (f.l.isNative(s.typ) || !f.l.sessionMethod(m))
			if !types.IsInterface(s.typ) {
				_, wantPtr := types.Unalias(m.Signature().Recv().Type()).(*types.Pointer)
				_, havePtr := s.typ.Underlying().(*types.Pointer)
				switch {
				case wantPtr && !havePtr:
					s.owner, s.typ = "&"+s.owner, types.NewPointer(s.typ)
				case !wantPtr && havePtr:
					s.owner, s.typ = "(*"+s.owner+")", s.typ.Underlying().(*types.Pointer).Elem()
				}
			}
			s.owner = spill(s.owner, f.l.typ(s.typ))
			return f.callMethod(s, spillArgs(f.args(c, sig, compiled, compiledPath(m, compiled))))
		}
	}
	name, compiled, path := f.callee(fun)
	id := instanceIdent(fun)
	static := false
	if id != nil {
		_, static = f.object(id).(*types.Func)
	}
	if !static {
		name = spill(name, f.l.typ(f.typeOf(fun)))
	}
	args := spillArgs(f.args(c, sig, compiled, path))
	if compiled && sig.Variadic() {
		args[len(args)-1] += "..."
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

func (f *function) spilledBuiltin(c *ast.CallExpr, spill func(s, typ string) string, defers string) string {
	name := ""
	if id, ok := ast.Unparen(c.Fun).(*ast.Ident); ok {
		name = id.Name
	}
	any := types.NewInterfaceType(nil, nil)
	switch name {
	case "recover":
		return defers + ".Recover()"
	case "panic":
		return "rt.Panic(" + spill(f.to(c.Args[0], any), "any") + ")"
	case "close":
		return "close(" + spill(f.expr(c.Args[0]), f.l.typ(f.typeOf(c.Args[0]))) + ")"
	case "delete":
		m := f.typeOf(c.Args[0]).Underlying().(*types.Map)
		return "delete(" + spill(f.expr(c.Args[0]), f.l.typ(m)) + ", " + spill(f.to(c.Args[1], m.Key()), f.l.typ(m.Key())) + ")"
	case "print", "println":
		var list []string
		for _, x := range c.Args {
			list = append(list, spill(f.to(x, any), "any"))
		}
		fn := "rt.Print"
		if name == "println" {
			fn = "rt.Println"
		}
		return fn + "(" + strings.Join(list, ", ") + ")"
	case "copy":
		return "copy(" + spill(f.expr(c.Args[0]), f.l.typ(f.typeOf(c.Args[0]))) + ", " + spill(f.expr(c.Args[1]), f.l.typ(f.typeOf(c.Args[1]))) + ")"
	}
	f.l.refuse(c.Pos(), "go or defer of %s is not supported", name)
	return ""
}
