package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// branchScope is a statement that break or continue can refer to.
type branchScope struct {
	brk, cont  bool
	label      string
	user       string   // the label in the source
	onContinue []string // what must happen before a continue: loop variables copied back
	rf         *rangeFunc
}

func (f *function) pushBranch(b branchScope) {
	b.user = b.label
	f.branch = append(f.branch, b)
}

func (f *function) popBranch() { f.branch = f.branch[:len(f.branch)-1] }

// labeled lowers L: stmt. The statement takes the label when it writes its loop or switch, which
// may come after statements that prepare it.
func (f *function) labeled(s *ast.LabeledStmt) {
	switch s.Stmt.(type) {
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		if !f.gotoTarget(s.Label.Name) {
			f.labels[s.Stmt] = s.Label.Name
			f.stmt(s.Stmt)
			return
		}
		f.l.refuse(s.Pos(), "goto a label that a loop or switch bears is not supported")
	}
	f.line("%s:", s.Label.Name)
	f.line("if %s { rt.Stop() }", stopVar)
	if _, ok := s.Stmt.(*ast.EmptyStmt); !ok {
		f.stmt(s.Stmt)
	}
}

func (f *function) gotoTarget(label string) bool {
	for id, o := range f.info.Uses {
		if id.Name != label {
			continue
		}
		if _, ok := o.(*types.Label); ok && f.l.gotos(f.info)[id] {
			return true
		}
	}
	return false
}

func (f *function) takeLabel(s ast.Stmt) string { return f.labels[s] }

func (f *function) branchStmt(s *ast.BranchStmt) {
	switch s.Tok {
	case token.FALLTHROUGH:
		f.line("fallthrough")
		return
	case token.GOTO:
		f.line("goto %s", s.Label.Name)
		return
	}
	for i := len(f.branch) - 1; i >= 0; i-- {
		b := f.branch[i]
		switch {
		case s.Label != nil && b.label != s.Label.Name:
			continue
		case s.Label == nil && s.Tok == token.BREAK && !b.brk:
			continue
		case s.Label == nil && s.Tok == token.CONTINUE && !b.cont:
			continue
		}
		if f.leavesRangeFunc(i) || b.rf != nil {
			f.rangeBranch(s, i)
			return
		}
		if s.Tok == token.CONTINUE {
			for _, c := range b.onContinue {
				f.line("%s", c)
			}
		}
		break
	}
	if s.Label != nil {
		f.line("%s %s", s.Tok, s.Label.Name)
		return
	}
	f.line("%s", s.Tok)
}

// captured reports whether one of the objects is used in a function literal in n, or has its
// address taken there.
func (f *function) captured(objs []types.Object, nodes ...ast.Node) bool {
	is := func(o types.Object) bool {
		for _, x := range objs {
			if x == o && o != nil {
				return true
			}
		}
		return false
	}
	found := false
	depth := 0
	var visit func(n ast.Node) bool
	inside := func(n ast.Node) {
		depth++
		ast.Inspect(n, visit)
		depth--
	}
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			inside(n.Body)
			return false
		case *ast.DeferStmt, *ast.GoStmt:
			depth++
			var c *ast.CallExpr
			if d, ok := n.(*ast.DeferStmt); ok {
				c = d.Call
			} else {
				c = n.(*ast.GoStmt).Call
			}
			ast.Inspect(c, visit)
			depth--
			return false
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				inside(n.X)
				return false
			}
		case *ast.SelectorExpr:
			if s := f.info.Selections[n]; s != nil && s.Kind() == types.MethodVal {
				inside(n.X)
				return false
			}
		case *ast.SliceExpr:
			inside(n.X)
		case *ast.RangeStmt:
			if f.isRangeFunc(n) {
				inside(n.Body)
				return false
			}
		case *ast.Ident:
			if depth > 0 && is(f.info.Uses[n]) {
				found = true
			}
		}
		return !found
	}
	for _, n := range nodes {
		if n != nil {
			ast.Inspect(n, visit)
		}
	}
	return found
}

// assigned reports whether a statement changes one of the objects.
func (f *function) assigned(objs []types.Object, n ast.Node) bool {
	found := false
	hit := func(e ast.Expr) {
		if id, ok := ast.Unparen(e).(*ast.Ident); ok {
			for _, o := range objs {
				if o != nil && f.info.Uses[id] == o {
					found = true
				}
			}
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				hit(e)
			}
		case *ast.IncDecStmt:
			hit(n.X)
		case *ast.RangeStmt:
			if n.Key != nil {
				hit(n.Key)
			}
			if n.Value != nil {
				hit(n.Value)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				hit(n.X)
			}
		case *ast.SelectorExpr:
			hit(n.X)
		}
		return !found
	})
	return found
}

func (f *function) forStmt(s *ast.ForStmt) {
	label := f.takeLabel(s)
	var objs []types.Object
	if as, ok := s.Init.(*ast.AssignStmt); ok && as.Tok == token.DEFINE {
		for _, e := range as.Lhs {
			if o := f.defined(e, true); o != nil && o.Name() != "_" {
				objs = append(objs, o)
			}
		}
	}
	if len(objs) > 0 && f.captured(objs, s.Body) {
		f.forPerIteration(s, label, objs)
		return
	}
	if s.Init != nil {
		f.stmt(s.Init)
	}
	f.forLoop(s, label, nil, nil, nil)
}

// forLoop writes the loop itself. before and after are lines at the beginning and end of the body.
func (f *function) forLoop(s *ast.ForStmt, label string, before, after, onContinue []string) {
	cond, post := "", ""
	if s.Cond != nil {
		f.markExprs(s.Cond.Pos(), s.Cond)
		cond = f.loopCond(s.Cond)
	}
	// A post statement that lowers to several lines is moved into the body, before each continue.
	if s.Post != nil {
		lines := f.capture(func() { f.stmt(s.Post) })
		if n := len(lines); n > 0 && strings.HasPrefix(lines[0], "at"+tempMark) {
			lines = lines[1:]
		}
		if len(lines) == 1 {
			post = lines[0]
		} else {
			lines = append(append([]string{"{"}, lines...), "}")
			after = append(after, lines...)
			onContinue = append(onContinue, lines...)
		}
	}
	if label != "" {
		f.line("%s:", label)
	}
	if cond == "" && post == "" {
		f.line("for {")
	} else {
		f.line("for ; %s; %s {", cond, post)
	}
	f.line("if %s { rt.Stop() }", stopVar)
	for _, b := range before {
		f.line("%s", b)
	}
	f.pushBranch(branchScope{brk: true, cont: true, label: label, onContinue: onContinue})
	f.stmts(s.Body.List)
	f.popBranch()
	for _, a := range after {
		f.line("%s", a)
	}
	f.line("}")
}

// loopCond lowers the condition of a for statement, which must be one expression.
func (f *function) loopCond(e ast.Expr) string {
	var s string
	lines := f.capture(func() { s = f.cond(e) })
	for _, l := range lines {
		f.line("%s", l)
	}
	return s
}

// forPerIteration lowers a loop whose variables closures capture: each iteration has its own copy
// (Go 1.22), which is copied back before the post statement.
func (f *function) forPerIteration(s *ast.ForStmt, label string, objs []types.Object) {
	f.stmt(s.Init)
	var before, after []string
	type pair struct {
		o     types.Object
		outer string
		boxed bool
	}
	var pairs []pair
	changed := f.assigned(objs, s.Body)
	for _, o := range objs {
		p := pair{o, f.names[o], f.boxed[o]}
		inner := f.temp(o.Name())
		t := f.l.typ(f.env.subst(o.Type()))
		if p.boxed {
			before = append(before, fmt.Sprintf("%s := new(%s)", inner, t), fmt.Sprintf("*%s = *%s", inner, p.outer))
			if changed {
				after = append(after, fmt.Sprintf("*%s = *%s", p.outer, inner))
			}
		} else {
			before = append(before, fmt.Sprintf("var %s %s = %s", inner, t, p.outer))
			if changed {
				after = append(after, fmt.Sprintf("%s = %s", p.outer, inner))
			}
		}
		pairs = append(pairs, p)
		p.o = o
		f.names[o] = inner
	}
	inner := map[types.Object]string{}
	restore := func() {
		for _, p := range pairs {
			inner[p.o] = f.names[p.o]
			f.names[p.o] = p.outer
		}
	}
	resume := func() {
		for _, p := range pairs {
			f.names[p.o] = inner[p.o]
		}
	}
	// Condition and post statement speak of the outer variables, the body of the inner ones.
	restore()
	cond, post := "", ""
	if s.Cond != nil {
		f.markExprs(s.Cond.Pos(), s.Cond)
		cond = f.loopCond(s.Cond)
	}
	onContinue := append([]string{}, after...)
	if s.Post != nil {
		lines := f.capture(func() { f.stmt(s.Post) })
		if len(lines) > 0 && strings.HasPrefix(lines[0], "at"+tempMark) {
			lines = lines[1:]
		}
		if len(lines) == 1 {
			post = lines[0]
		} else {
			after = append(after, lines...)
			onContinue = append(onContinue, lines...)
		}
	}
	resume()
	if label != "" {
		f.line("%s:", label)
	}
	f.line("for ; %s; %s {", cond, post)
	f.line("if %s { rt.Stop() }", stopVar)
	for _, b := range before {
		f.line("%s", b)
	}
	f.pushBranch(branchScope{brk: true, cont: true, label: label, onContinue: onContinue})
	f.stmts(s.Body.List)
	f.popBranch()
	for _, a := range after {
		f.line("%s", a)
	}
	f.line("}")
}

func (f *function) rangeStmt(s *ast.RangeStmt) {
	label := f.takeLabel(s)
	f.markExprs(s.X.Pos(), s.X)
	f.boundsChecks(s.X)
	t := f.typeOf(s.X)
	switch u := t.Underlying().(type) {
	case *types.Signature:
		f.rangeFuncStmt(s, label, u)
		return
	case *types.Chan:
		f.rangeChan(s, label, u)
		return
	case *types.Basic:
		if u.Info()&types.IsInteger != 0 {
			f.rangeInt(s, label, t)
			return
		}
		f.rangeString(s, label)
		return
	}
	if n, ok := arrayLen(t); ok && (s.Value == nil || isBlank(s.Value)) && !f.hasCall(s.X) {
		f.rangeCount(s, label, types.Typ[types.Int], fmt.Sprint(n)) // the array itself isn't looked at
		return
	}
	x := f.expr(s.X)
	var kt, vt types.Type = types.Typ[types.Int], nil
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		x = "(*" + x + ")"
		vt = u.Elem().Underlying().(*types.Array).Elem()
	case *types.Array:
		vt = u.Elem()
		if s.Value != nil && !isBlank(s.Value) {
			// The loop is over a copy of the array.
			c := f.temp("array")
			f.line("var %s %s = %s", c, f.l.typ(t), x)
			x = c
		}
	case *types.Slice:
		vt = u.Elem()
		if _, ok := ast.Unparen(s.X).(*ast.Ident); !ok {
			c := f.temp("slice")
			f.line("var %s %s = %s", c, f.l.typ(t), x)
			x = c
		}
	case *types.Map:
		kt, vt = u.Key(), u.Elem()
		c := f.temp("m")
		f.line("var %s %s = %s", c, f.l.typ(t), x)
		x = c
	}
	if label != "" {
		f.line("%s:", label)
	}
	// yaegi keeps what it ranges over beside the key, which therefore must be there.
	k, v := f.temp("k"), ""
	_, ofChans := vt.Underlying().(*types.Chan)
	switch {
	case s.Value == nil || isBlank(s.Value):
		f.line("for %s := range %s {", k, x)
	case ofChans:
		// yaegi would take this for a loop over a channel.
		f.line("for %s := range %s {", k, x)
		v = x + "[" + k + "]"
	default:
		v = f.temp("v")
		f.line("for %s, %s := range %s {", k, v, x)
	}
	f.line("if %s { rt.Stop() }", stopVar)
	f.rangeAssign(s, k, kt, v, vt)
	defer f.prove(s)()
	f.pushBranch(branchScope{brk: true, cont: true, label: label})
	f.stmts(s.Body.List)
	f.popBranch()
	f.line("}")
}

// prove notes that the key of a range over a variable is in that variable's range, where the loop
// changes neither. The function that it returns takes that back.
func (f *function) prove(s *ast.RangeStmt) func() {
	x, k := identOf(s.X), identOf(s.Key)
	if x == nil || k == nil || s.Tok != token.DEFINE || k.Name == "_" {
		return func() {}
	}
	xo, ko := f.object(x), f.object(k)
	if xo == nil || ko == nil || !f.isLocal(xo) {
		return func() {}
	}
	switch f.typeOf(s.X).Underlying().(type) {
	case *types.Slice, *types.Array:
	default:
		return func() {}
	}
	objs := []types.Object{xo, ko}
	if f.assigned(objs, s.Body) || f.captured(objs, s.Body) {
		return func() {}
	}
	p := indexPair{xo, ko}
	f.inRange[p] = true
	return func() { delete(f.inRange, p) }
}

// rangeAssign writes the assignments of the iteration's values to the loop's own variables.
func (f *function) rangeAssign(s *ast.RangeStmt, k string, kt types.Type, v string, vt types.Type) {
	one := func(e ast.Expr, name string, from types.Type) {
		if e == nil || isBlank(e) || name == "" || name == "_" {
			return
		}
		if o := f.defined(e, s.Tok == token.DEFINE); o != nil {
			f.declare(o, name)
			return
		}
		f.line("%s = %s", f.place(e), f.convert(name, from, f.typeOf(e)))
	}
	one(s.Key, k, kt)
	one(s.Value, v, vt)
}

func (f *function) rangeInt(s *ast.RangeStmt, label string, t types.Type) {
	if s.Key != nil && !isBlank(s.Key) {
		t = defaultType(f.targetType(s.Key, s.X, s.Tok == token.DEFINE))
	}
	t = defaultType(t)
	f.rangeCount(s, label, t, f.to(s.X, t))
}

// arrayLen returns the length of an array, or of one that is pointed to.
func arrayLen(t types.Type) (int64, bool) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	a, ok := t.Underlying().(*types.Array)
	if !ok {
		return 0, false
	}
	return a.Len(), true
}

// rangeCount writes a loop whose key counts from 0.
func (f *function) rangeCount(s *ast.RangeStmt, label string, t types.Type, count string) {
	name := f.l.typ(t)
	n, i := f.temp("n"), f.temp("i")
	f.line("var %s %s = %s", n, name, count)
	if label != "" {
		f.line("%s:", label)
	}
	var objs []types.Object
	if s.Key != nil {
		if o := f.defined(s.Key, s.Tok == token.DEFINE); o != nil {
			objs = append(objs, o)
		}
	}
	if len(objs) == 1 && !f.boxed[objs[0]] && objs[0].Name() != "_" && !f.captured(objs, s.Body) && !f.assigned(objs, s.Body) {
		i = f.define(objs[0])
	}
	f.line("for %s := %s(0); %s < %s; %s++ {", i, name, i, n, i)
	f.line("if %s { rt.Stop() }", stopVar)
	if len(objs) == 0 || f.names[objs[0]] != i {
		f.rangeAssign(s, i, t, "", nil)
	}
	f.pushBranch(branchScope{brk: true, cont: true, label: label})
	f.stmts(s.Body.List)
	f.popBranch()
	f.line("}")
}

func (f *function) rangeString(s *ast.RangeStmt, label string) {
	str, i, w, r := f.temp("s"), f.temp("i"), f.temp("w"), f.temp("r")
	utf8 := f.l.importName("unicode/utf8")
	f.line("var %s string = %s", str, f.expr(s.X))
	f.line("var %s rune", r)
	f.line("var %s int", w)
	if label != "" {
		f.line("%s:", label)
	}
	f.line("for %s := 0; %s < len(%s); %s += %s {", i, i, str, i, w)
	f.line("if %s { rt.Stop() }", stopVar)
	f.line("%s, %s = %s.DecodeRuneInString(%s[%s:])", r, w, utf8, str, i)
	f.rangeAssign(s, i, types.Typ[types.Int], r, types.Typ[types.Rune])
	f.pushBranch(branchScope{brk: true, cont: true, label: label})
	f.stmts(s.Body.List)
	f.popBranch()
	f.line("}")
}

func (f *function) rangeChan(s *ast.RangeStmt, label string, t *types.Chan) {
	c, p := f.temp("c"), f.temp("p")
	f.line("var %s %s = %s", c, f.l.typ(f.typeOf(s.X)), f.expr(s.X))
	if label != "" {
		f.line("%s:", label)
	}
	f.line("for {")
	f.line("if %s { rt.Stop() }", stopVar)
	f.line("%s := new(%s)", p, f.l.typ(t.Elem()))
	f.line("if !rt.ReceiveInto(%s, %s) { break }", c, p)
	f.rangeAssign(s, "(*"+p+")", t.Elem(), "", nil)
	f.pushBranch(branchScope{brk: true, cont: true, label: label})
	f.stmts(s.Body.List)
	f.popBranch()
	f.line("}")
}
