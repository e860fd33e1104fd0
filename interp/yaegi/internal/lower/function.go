package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/rustygradients/rg/interp/yaegi/internal/rt"

	"github.com/rustygradients/rg/interp/check"
)

// function is the lowering of one function, or of a function literal within one.
type function struct {
	l     *lowerer
	outer *function
	info  *types.Info
	fset  *token.FileSet
	env   *env
	id    string // of the instance, for local types
	label string // name in tracebacks
	lits  int    // function literals in it so far, which have their number in their name

	names   map[types.Object]string // shared with the literals inside
	used    map[string]int          // likewise
	boxed   map[types.Object]bool   // variables that live behind a pointer, likewise
	sig     *types.Signature
	results []string // names of the results, where they have any

	out      *[]string // lines of the statement list being written
	rec      *rt.Func
	recN     int
	defers   string // name of the defer list, or ""
	deferred string // in a deferred literal: the list that its recover() speaks to
	labels   map[ast.Stmt]string
	rangers  []*rangeFunc // range-over-func bodies around the current statement, innermost last
	branch   []branchScope
	inRange  map[indexPair]bool // indices that need no check, shared with the literals inside
}

func (f *function) instance() string {
	if f == nil {
		return ""
	}
	return f.id
}

// typeOf returns the type of an expression in the instance being lowered.
func (f *function) typeOf(e ast.Expr) types.Type {
	if tv, ok := f.info.Types[e]; ok && tv.Type != nil {
		return f.env.subst(tv.Type)
	}
	if id, ok := e.(*ast.Ident); ok {
		if o := f.object(id); o != nil {
			return f.env.subst(o.Type())
		}
	}
	return nil
}

func (f *function) object(id *ast.Ident) types.Object {
	if o := f.info.Uses[id]; o != nil {
		return o
	}
	return f.info.Defs[id]
}

func (f *function) line(format string, args ...any) {
	*f.out = append(*f.out, fmt.Sprintf(format, args...))
}

// capture runs write with the function's output redirected and returns the lines written.
func (f *function) capture(write func()) []string {
	saved := f.out
	var lines []string
	f.out = &lines
	defer func() { f.out = saved }()
	write()
	return lines
}

// temp returns the name of a new local variable.
func (f *function) temp(base string) string {
	f.used[base+tempMark]++
	return fmt.Sprintf("%s%s%d", base, tempMark, f.used[base+tempMark])
}

// define gives a local object its name in the lowered function, which no other object there has:
// yaegi confuses variables that shadow one another.
func (f *function) define(o types.Object) string {
	if n, ok := f.names[o]; ok {
		return n
	}
	n := o.Name()
	if n == "_" || n == "" {
		n = f.temp("unused")
	} else {
		f.used[n]++
		if f.used[n] > 1 || reserved(n) {
			n = fmt.Sprintf("%s%s%d", n, mark, f.used[n])
		}
	}
	f.names[o] = n
	return n
}

// reserved reports whether a local variable must not have this name in lowered code.
func reserved(n string) bool {
	return n == "rt" || n == "main" || n == "init" || types.Universe.Lookup(n) != nil
}

// isLocal reports whether an object lives in a function.
func (f *function) isLocal(o types.Object) bool {
	if o == nil || o.Pkg() == nil || o.Parent() == nil {
		v, ok := o.(*types.Var)
		return ok && !v.IsField() && o.Pkg() != nil
	}
	return o.Parent() != o.Pkg().Scope()
}

// emitFunc lowers a declared function, or an instance of a generic one.
func (l *lowerer) emitFunc(name string, o *types.Func, src *funcSource, e *env) {
	fd := src.decl
	f := &function{
		l: l, info: src.info, fset: src.fset, env: e, id: name, names: map[types.Object]string{}, used: map[string]int{},
		boxed: map[types.Object]bool{}, labels: map[ast.Stmt]string{}, inRange: map[indexPair]bool{}, label: l.funcLabel(o),
	}
	saved, savedPos := l.cur, l.pos
	l.cur, l.pos = f, fd.Pos()
	defer func() { l.cur, l.pos = saved, savedPos }()
	f.sig = e.subst(o.Type()).(*types.Signature)
	f.findBoxed(fd)

	var params []string
	var prologue []string
	if r := o.Signature().Recv(); r != nil {
		p, pro := f.param(r)
		params, prologue = append(params, p), append(prologue, pro...)
	}
	ps, pro := f.params(o.Signature().Params())
	params, prologue = append(params, ps...), append(prologue, pro...)
	results, pro := f.declareResults(o.Signature().Results(), fd.Body)
	body := f.body(fd.Body, prologue, pro)
	l.chunks = append(l.chunks, fmt.Sprintf("func %s(%s)%s %s", name, strings.Join(params, ", "), results, body))
}

// funcLabel is the name of a function as its author wrote it.
func (l *lowerer) funcLabel(o *types.Func) string {
	if check.Folder(o.Pkg()) {
		return strings.TrimPrefix(check.Plain(funcKey(o)), "./")
	}
	if o.Pkg() != l.prog.Pkg {
		return o.FullName()
	}
	if n := receiverNamed(o); n != nil {
		if _, ok := o.Signature().Recv().Type().(*types.Pointer); ok {
			return "(*" + n.Obj().Name() + ")." + o.Name()
		}
		return n.Obj().Name() + "." + o.Name()
	}
	return o.Name()
}

func (f *function) params(tu *types.Tuple) (params, prologue []string) {
	for v := range tu.Variables() {
		p, pro := f.param(v)
		params, prologue = append(params, p), append(prologue, pro...)
	}
	return params, prologue
}

func (f *function) param(v *types.Var) (param string, prologue []string) {
	n := f.define(v)
	t := f.l.typ(f.env.subst(v.Type()))
	if f.boxed[v] {
		arg := f.temp("arg")
		return arg + " " + t, []string{fmt.Sprintf("%s := new(%s)", n, t), fmt.Sprintf("*%s = %s", n, arg)}
	}
	return n + " " + t, nil
}

// declareResults prints the results of a function. Where they have names, or deferred calls can see
// them, they are variables, which it returns the declarations of: yaegi's named results are the
// caller's variables and hold what these held.
func (f *function) declareResults(tu *types.Tuple, body *ast.BlockStmt) (results string, prologue []string) {
	if tu.Len() == 0 {
		return "", nil
	}
	var list []string
	for v := range tu.Variables() {
		list = append(list, f.l.typ(f.env.subst(v.Type())))
	}
	if tu.At(0).Name() != "" || hasDefer(body) {
		prologue = f.capture(func() {
			for v := range tu.Variables() {
				if v.Name() == "" || v.Name() == "_" {
					f.names[v] = f.temp("result")
				}
				f.declare(v, "")
				n := f.names[v]
				if f.boxed[v] {
					n = "*" + n
				}
				f.results = append(f.results, n)
			}
		})
	}
	return " (" + strings.Join(list, ", ") + ")", prologue
}

// returnLine is the return statement without operands.
func (f *function) returnLine() string {
	if f.defers != "" || len(f.results) == 0 {
		return "return"
	}
	return "return " + strings.Join(f.results, ", ")
}

// hasDefer reports whether a function body, without the literals in it, has a defer statement. A
// range-over-func loop counts as part of the body.
func hasDefer(body ast.Node) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			found = true
		}
		return !found
	})
	return found
}

// body lowers the block of a function, with what every function begins with.
func (f *function) body(b *ast.BlockStmt, params, results []string) string {
	l := f.l
	f.rec = &rt.Func{Name: f.label, Pos: f.fset.Position(b.Lbrace)}
	f.recN = l.rt.FirstFunc() + len(l.unit.Funcs)
	l.unit.Funcs = append(l.unit.Funcs, f.rec)
	if hasDefer(b) {
		f.defers = f.temp("defers")
	}
	lines := f.capture(func() {
		if needsCheck(f.info, b) {
			f.line("if %s { rt.Stop() }", stopVar)
		}
		*f.out = append(*f.out, params...)
		if f.defers == "" {
			*f.out = append(*f.out, results...)
		}
		f.stmts(b.List)
	})
	if f.rec.Marked {
		l.vars = append(l.vars, fmt.Sprintf("var at%s%d int", tempMark, f.recN))
		l.inits = append(l.inits, fmt.Sprintf("rt.At(%d, &at%s%d)", f.recN, tempMark, f.recN))
	}
	if f.defers == "" && len(f.results) > 0 {
		lines = append(lines, f.returnLine())
	}
	body := fmt.Sprintf("{%s%d*/\n%s\n%s}", openMark, f.recN+1, strings.Join(lines, "\n"), closeMark)
	if f.defers == "" {
		return body
	}
	// The statements are a function of their own, which the runtime calls and after which it runs
	// the deferred calls; the results are variables of the function around it.
	inner := f.temp("body")
	outer := append([]string{openMark + "0*/"}, results...)
	outer = append(outer, f.defers+" := rt.NewDefers()", inner+" := func() "+body, f.defers+".Call("+inner+")")
	if len(f.results) > 0 {
		outer = append(outer, "return "+strings.Join(f.results, ", "))
	}
	return "{" + strings.Join(outer, "\n") + "\n" + closeMark + "}"
}

// stopVar is the global variable that is true while something must stop.
const stopVar = "stop" + tempMark

// Globals declares the variables that every unit uses: the one that loops and functions look at,
// and, because yaegi gets constant conditions wrong, the truth values.
const Globals = "var " + stopVar + " bool\nvar " + falseVar + " bool = false\nvar " + trueVar + " bool = true\n"

const (
	falseVar = "false" + tempMark
	trueVar  = "true" + tempMark
)

func boolVar(b bool) string {
	if b {
		return trueVar
	}
	return falseVar
}

// StopName is the name of the variable that loops and functions look at.
const StopName = stopVar

// needsCheck reports whether a function can be part of an endless recursion: it calls something.
func needsCheck(info *types.Info, b *ast.BlockStmt) bool {
	found := false
	ast.Inspect(b, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			tv := info.Types[c.Fun]
			found = found || !tv.IsType() && !tv.IsBuiltin()
		}
		return !found
	})
	return found
}

// mark writes the position of what follows to the function's position variable. calls are the
// expressions at that position, of which the runtime knows what they call.
func (f *function) mark(pos token.Pos, calls ...ast.Expr) {
	p := f.fset.Position(pos)
	if !p.IsValid() || f.rec == nil {
		return
	}
	f.rec.Marked = true
	n := f.l.rt.AddPos(p)
	f.line("at%s%d = %d", tempMark, f.recN, n)
	c := rt.Call{Pos: n}
	for _, e := range calls {
		if e != nil {
			f.callees(e, &c)
		}
	}
	if c.Any || len(c.To) > 0 {
		f.rec.Calls = append(f.rec.Calls, c)
	}
}

// callees collects the names of the functions that an expression calls.
func (f *function) callees(e ast.Expr, c *rt.Call) {
	ast.Inspect(e, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			_, lit := n.(*ast.FuncLit)
			return !lit
		}
		tv := f.info.Types[call.Fun]
		if tv.IsType() || tv.IsBuiltin() {
			return true
		}
		id := instanceIdent(call.Fun)
		if id != nil {
			if o, ok := f.object(id).(*types.Func); ok {
				c.To = append(c.To, f.l.funcLabel(o.Origin()))
				if !f.l.sessionPkg(o.Pkg()) {
					c.Any = true // it may call back
				}
				return true
			}
		}
		c.Any = true
		return true
	})
}

// findBoxed finds the variables that must live behind a pointer: those of interface type whose
// address is taken, which yaegi gets wrong.
func (f *function) findBoxed(root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		u, ok := n.(*ast.UnaryExpr)
		if !ok || u.Op != token.AND {
			return true
		}
		if id, ok := ast.Unparen(u.X).(*ast.Ident); ok {
			if o := f.info.Uses[id]; o != nil && f.isLocal(o) && types.IsInterface(f.env.subst(o.Type())) {
				f.boxed[o] = true
			}
		}
		return true
	})
}

// literal lowers a function literal.
func (f *function) literal(n *ast.FuncLit, deferred string) string {
	g := *f
	g.outer = f
	g.sig = f.typeOf(n).Underlying().(*types.Signature)
	g.results, g.defers, g.deferred = nil, "", deferred
	g.rangers, g.branch = nil, nil
	f.lits++
	g.label, g.lits = fmt.Sprintf("%s.%d", f.label, f.lits), 0
	if f.outer == nil {
		g.label = fmt.Sprintf("%s.func%d", f.label, f.lits)
	}
	saved := f.l.cur
	f.l.cur = &g
	defer func() { f.l.cur = saved }()
	raw := f.info.Types[n].Type.Underlying().(*types.Signature)
	params, prologue := g.params(raw.Params())
	results, pro := g.declareResults(raw.Results(), n.Body)
	return "func(" + strings.Join(params, ", ") + ")" + results + " " + g.body(n.Body, prologue, pro)
}
