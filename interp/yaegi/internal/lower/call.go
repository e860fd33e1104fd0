package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

func (f *function) call(e *ast.CallExpr) string {
	tv := f.info.Types[e.Fun]
	switch {
	case tv.IsBuiltin():
		return f.builtin(e)
	case tv.IsType():
		return f.conversion(e)
	}
	sig := f.signatureOf(e.Fun)
	fun := ast.Unparen(e.Fun)

	if spread := f.spreads(e); spread != nil {
		return f.spreadCall(e, sig, spread)
	}
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		if s, ok := f.selected(sel); ok && s.kind == types.MethodVal {
			m := s.obj.(*types.Func)
			compiled := !f.l.isOpen(s.typ) && (f.l.isNative(s.typ) || !f.l.sessionMethod(m))
			return f.callMethod(s, f.args(e, sig, compiled, compiledPath(m, compiled)))
		}
	}
	name, compiled, path := f.callee(fun)
	args := f.args(e, sig, compiled, path)
	if compiled && sig.Variadic() {
		args[len(args)-1] += "..."
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

func compiledPath(m *types.Func, compiled bool) string {
	if compiled && m.Pkg() != nil {
		return m.Pkg().Path() + "." + m.Name()
	}
	return ""
}

// signatureOf returns the signature of a called function in the instance being lowered.
func (f *function) signatureOf(fun ast.Expr) *types.Signature {
	t := f.typeOf(fun)
	s, ok := t.Underlying().(*types.Signature)
	if !ok {
		f.l.refuse(fun.Pos(), "call of %s is not supported", t)
	}
	return s
}

// callee lowers the function part of a call that is not a method's. compiled says that a variadic
// parameter takes its arguments one by one; path is the qualified name of a compiled function.
func (f *function) callee(fun ast.Expr) (name string, compiled bool, path string) {
	id := instanceIdent(fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		id = instanceIdent(x.X)
	case *ast.IndexListExpr:
		id = instanceIdent(x.X)
	}
	if id != nil {
		if o, ok := f.object(id).(*types.Func); ok && f.info.Selections[selectorOf(fun)] == nil {
			compiled = !f.l.sessionPkg(o.Pkg()) && !isGeneric(o)
			if compiled {
				path = qualifiedName(o)
			}
			return f.funcName(id), compiled, path
		}
	}
	t := f.typeOf(fun)
	if n, ok := types.Unalias(t).(*types.Named); ok && !f.l.sessionPkg(n.Obj().Pkg()) && n.TypeArgs().Len() == 0 {
		compiled = true
	}
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		// A function in a field of a compiled struct is a compiled function.
		if s := f.info.Selections[sel]; s != nil && !f.l.sessionPkg(s.Obj().Pkg()) {
			compiled = true
		}
	}
	return operandOfCall(f.expr(fun)), compiled, ""
}

func selectorOf(e ast.Expr) *ast.SelectorExpr {
	s, _ := e.(*ast.SelectorExpr)
	return s
}

func operandOfCall(s string) string {
	if strings.HasPrefix(s, "func(") {
		return s
	}
	return operand(s)
}

// args lowers the arguments of a call, and packs those of a variadic parameter into a slice.
func (f *function) args(e *ast.CallExpr, sig *types.Signature, compiled bool, path string) []string {
	var args []string
	arg := func(x ast.Expr, t types.Type) string {
		if compiled {
			return f.bound(x, f.compiledArg(x, t, path))
		}
		return f.to(x, t)
	}
	n := sig.Params().Len()
	for i := range n {
		t := sig.Params().At(i).Type()
		if !sig.Variadic() || i < n-1 {
			args = append(args, arg(e.Args[i], t))
			continue
		}
		if e.Ellipsis.IsValid() {
			s := f.to(e.Args[i], t)
			if compiled && f.rawArgs(path) && isAnySlice(t) {
				s = "rt.RawSlice(" + s + ")"
			}
			args = append(args, s)
			continue
		}
		elem := t.Underlying()
		if s, ok := elem.(*types.Slice); ok {
			elem = s.Elem()
		}
		var list []string
		for _, x := range e.Args[i:] {
			list = append(list, arg(x, elem))
		}
		if len(list) == 0 {
			args = append(args, "nil")
			if compiled {
				args[len(args)-1] = f.l.typ(t) + "(nil)"
			}
			continue
		}
		args = append(args, f.l.typ(t)+"{"+strings.Join(list, ", ")+"}")
	}
	return args
}

// bound gives a function literal to a compiled function by way of a variable: yaegi binds the
// variables of a literal in an argument list too late.
func (f *function) bound(x ast.Expr, s string) string {
	if _, ok := ast.Unparen(x).(*ast.FuncLit); !ok {
		return s
	}
	v := f.temp("fn")
	f.line("%s := %s", v, s)
	return v
}

func isAnySlice(t types.Type) bool {
	s, ok := t.Underlying().(*types.Slice)
	return ok && types.IsInterface(s.Elem()) && s.Elem().Underlying().(*types.Interface).NumMethods() == 0
}

// compiledArg lowers an argument of a compiled function. Functions that look into what they are
// given get the value itself, all others the box.
func (f *function) compiledArg(x ast.Expr, t types.Type, path string) string {
	if !f.l.isOpen(t) || !f.rawArgs(path) {
		return f.to(x, t)
	}
	from := defaultType(f.typeOf(x))
	switch {
	case f.info.Types[x].IsNil():
		return "nil"
	case f.l.isOpen(from):
		return "rt.RawValue(" + f.expr(x) + ")"
	}
	return f.expr(x)
}

// rawArgs reports whether a compiled function inspects its any arguments by reflection.
func (f *function) rawArgs(path string) bool {
	for _, p := range reflective {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// spreads returns the call whose several results are the arguments of e.
func (f *function) spreads(e *ast.CallExpr) *types.Tuple {
	if len(e.Args) != 1 {
		return nil
	}
	t, _ := f.typeOf(e.Args[0]).(*types.Tuple)
	return t
}

// spreadCall lowers f(g()) where g has several results.
func (f *function) spreadCall(e *ast.CallExpr, sig *types.Signature, tu *types.Tuple) string {
	var names []string
	for range tu.Len() {
		names = append(names, f.temp("v"))
	}
	lines := []string{strings.Join(names, ", ") + " := " + f.expr(e.Args[0])}
	var args []string
	n := sig.Params().Len()
	var rest []string
	for i := range tu.Len() {
		var t types.Type
		switch {
		case sig.Variadic() && i >= n-1:
			t = sig.Params().At(n - 1).Type().Underlying().(*types.Slice).Elem()
			rest = append(rest, f.convert(names[i], tu.At(i).Type(), t))
			continue
		default:
			t = sig.Params().At(i).Type()
		}
		args = append(args, f.convert(names[i], tu.At(i).Type(), t))
	}
	fun := ast.Unparen(e.Fun)
	var s string
	variadic := ""
	if sig.Variadic() {
		variadic = f.l.typ(sig.Params().At(n-1).Type()) + "{" + strings.Join(rest, ", ") + "}"
		args = append(args, variadic)
	}
	call := ""
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		if m, ok := f.selected(sel); ok && m.kind == types.MethodVal {
			call = f.callMethod(m, args)
		}
	}
	if call == "" {
		name, compiled, _ := f.callee(fun)
		if compiled && sig.Variadic() {
			args[len(args)-1] += "..."
		}
		call = name + "(" + strings.Join(args, ", ") + ")"
	}
	if sig.Results().Len() > 0 {
		s = "return "
	}
	return fmt.Sprintf("func()%s {\n%s\n%s%s\n}()", f.l.results(sig), strings.Join(lines, "\n"), s, call)
}

// conversion lowers T(x).
func (f *function) conversion(e *ast.CallExpr) string {
	to, x := f.typeOf(e), e.Args[0]
	from := defaultType(f.typeOf(x))
	if types.IsInterface(to) {
		return f.to(x, to)
	}
	if f.info.Types[x].IsNil() {
		return "(" + f.l.typ(to) + ")(nil)"
	}
	s := f.expr(x)
	dst := f.l.typ(to)
	if f.l.typ(from) == dst {
		if sig, ok := to.Underlying().(*types.Signature); ok {
			return f.convertFunc(s, from, to, sig)
		}
		return s
	}
	if sig, ok := to.Underlying().(*types.Signature); ok && sig.Variadic() {
		s = f.convertFunc(s, from, to, sig)
	}
	fb, _ := from.Underlying().(*types.Basic)
	tb, _ := to.Underlying().(*types.Basic)
	if fb != nil && fb.Kind() == types.UnsafePointer || tb != nil && tb.Kind() == types.UnsafePointer {
		f.l.refuse(e.Pos(), "conversion to and from unsafe.Pointer is not supported by this engine")
	}
	if fb != nil && tb != nil && tb.Info()&types.IsString != 0 && fb.Info()&types.IsInteger != 0 {
		return dst + "(string(rune(" + s + ")))"
	}
	if fb != nil && tb != nil && fb.Info()&types.IsFloat != 0 && tb.Info()&types.IsInteger != 0 {
		return convertTo(dst, s)
	}
	if as, ok := arrayOfSlice(from, to); ok {
		return as(f, s)
	}
	return convertTo(dst, s)
}

// convertTo prints a conversion. Parentheses around the type are for those that need them: yaegi
// stumbles over (T)(x) in conditions.
func convertTo(dst, s string) string {
	switch {
	case strings.HasPrefix(dst, "*"), strings.HasPrefix(dst, "<-"), strings.HasPrefix(dst, "func"), strings.HasPrefix(dst, "chan"):
		dst = "(" + dst + ")"
	}
	if strings.HasPrefix(s, "(") && parens(s) == s {
		return dst + s
	}
	return dst + "(" + s + ")"
}

// arrayOfSlice lowers the conversion of a slice to an array, which copies.
func arrayOfSlice(from, to types.Type) (func(*function, string) string, bool) {
	if _, ok := from.Underlying().(*types.Slice); !ok {
		return nil, false
	}
	if a, ok := to.Underlying().(*types.Array); ok {
		return func(f *function, s string) string {
			t := f.l.typ(to)
			return fmt.Sprintf("func(s %s) %s {\nif len(s) < %d { rt.ArrayPanic(len(s), %d) }\nvar a %s\nfor i := 0; i < %d; i++ { a[i] = s[i] }\nreturn a\n}(%s)",
				f.l.typ(from), t, a.Len(), a.Len(), t, a.Len(), s)
		}, true
	}
	return nil, false
}

func (f *function) builtin(e *ast.CallExpr) string {
	name := ""
	switch b := ast.Unparen(e.Fun).(type) {
	case *ast.Ident:
		name = b.Name
	case *ast.SelectorExpr:
		name = "unsafe." + b.Sel.Name
	}
	arg := func(i int) string { return f.expr(e.Args[i]) }
	switch name {
	case "len", "cap":
		if p, ok := f.typeOf(e.Args[0]).Underlying().(*types.Pointer); ok {
			n := fmt.Sprint(p.Elem().Underlying().(*types.Array).Len())
			if f.hasCall(e.Args[0]) {
				return f.l.helper("len "+f.l.typ(p), func(fn string) string {
					return fmt.Sprintf("func %s(p %s) int { return %s }", fn, f.l.typ(p), n)
				}) + "(" + arg(0) + ")"
			}
			return n
		}
		return name + "(" + arg(0) + ")"
	case "append":
		return f.append(e)
	case "copy":
		return "copy(" + arg(0) + ", " + arg(1) + ")"
	case "delete":
		m := f.typeOf(e.Args[0]).Underlying().(*types.Map)
		return "delete(" + arg(0) + ", " + f.to(e.Args[1], m.Key()) + ")"
	case "clear":
		return "rt.Clear(" + arg(0) + ")"
	case "make":
		t := f.typeOf(e)
		if c, ok := t.Underlying().(*types.Chan); ok {
			t = types.NewChan(types.SendRecv, c.Elem())
		}
		s := "make(" + f.l.typ(t)
		for _, x := range e.Args[1:] {
			s += ", " + f.intIndex(x)
		}
		return s + ")"
	case "new":
		if f.info.Types[e.Args[0]].IsType() {
			return "new(" + f.l.typ(f.typeOf(e.Args[0])) + ")"
		}
		t := f.typeOf(e).Underlying().(*types.Pointer).Elem()
		n := f.l.typ(t)
		return fmt.Sprintf("func(v %s) *%s { p := new(%s); *p = v; return p }(%s)", n, n, n, f.to(e.Args[0], t))
	case "panic":
		return "rt.Panic(" + f.to(e.Args[0], types.NewInterfaceType(nil, nil)) + ")"
	case "recover":
		return f.recover()
	case "print", "println":
		var list []string
		for _, x := range e.Args {
			list = append(list, f.to(x, types.NewInterfaceType(nil, nil)))
		}
		fn := "rt.Print"
		if name == "println" {
			fn = "rt.Println"
		}
		return fn + "(" + strings.Join(list, ", ") + ")"
	case "close":
		return "close(" + arg(0) + ")"
	case "complex":
		return "complex(" + arg(0) + ", " + arg(1) + ")"
	case "real", "imag":
		return name + "(" + arg(0) + ")"
	case "min", "max":
		t := f.typeOf(e)
		n := f.l.typ(t)
		op := "<"
		if name == "max" {
			op = ">"
		}
		fn := f.l.helper(name+" "+n, func(fn string) string {
			special := ""
			if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsFloat != 0 {
				special = "if a != a { return a }\nif b != b { return b }\n"
				if name == "min" {
					special += "if a == 0 && b == 0 && 1/a < 0 { return a }\n"
				} else {
					special += "if a == 0 && b == 0 && 1/b < 0 { return a }\n"
				}
			}
			return fmt.Sprintf("func %s(a, b %s) %s {\n%sif a %s b { return a }\nreturn b\n}", fn, n, n, special, op)
		})
		s := f.to(e.Args[0], t)
		for _, x := range e.Args[1:] {
			s = fn + "(" + s + ", " + f.to(x, t) + ")"
		}
		return s
	}
	f.l.refuse(e.Pos(), "%s is not supported by this engine", name)
	return ""
}

func (f *function) append(e *ast.CallExpr) string {
	t := f.typeOf(e)
	st, _ := t.Underlying().(*types.Slice)
	if st == nil {
		f.l.refuse(e.Pos(), "append to %s is not supported", t)
	}
	first := f.expr(e.Args[0])
	if first == "nil" {
		first = f.l.typ(t) + "(nil)"
	}
	if len(e.Args) == 1 {
		return first
	}
	list := []string{first}
	if e.Ellipsis.IsValid() {
		x := f.expr(e.Args[1])
		if b, ok := f.typeOf(e.Args[1]).Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
			x = "[]byte(" + x + ")"
		}
		if x == "nil" {
			return first
		}
		return "append(" + first + ", " + x + "...)"
	}
	for _, x := range e.Args[1:] {
		list = append(list, f.to(x, st.Elem()))
	}
	if f.l.isOpen(st.Elem()) {
		// One any that holds a slice must not be taken for the slice of elements.
		return "append(" + first + ", " + f.l.typ(t) + "{" + strings.Join(list[1:], ", ") + "}...)"
	}
	return "append(" + strings.Join(list, ", ") + ")"
}

// recover lowers recover(). A literal that is deferred asks the list that runs it; any other
// function asks the runtime which list runs it.
func (f *function) recover() string {
	if f.deferred != "" {
		return f.deferred + ".Recover()"
	}
	return "rt.Recover()"
}

// instance returns the name of an instance of a generic function, and arranges for it to be
// emitted when it is new. Functions of the prelude that are not generic count as instances too.
func (l *lowerer) instance(o *types.Func, args []types.Type, pos token.Pos) string {
	o = l.prelude.substitute(o)
	src := l.funcs[o]
	if src == nil || src.decl.Body == nil {
		l.refuse(pos, "%s is generic and compiled; this engine has no version of its own", o.FullName())
	}
	key := qualifiedName(o)
	if l.own(o.Pkg()) {
		key = l.st.versions[funcKey(o)]
	} else if n := receiverNamed(o); n != nil {
		key = o.Pkg().Path() + "." + funcKey(o)
	}
	key += "["
	for i, a := range args {
		if i > 0 {
			key += ","
		}
		key += l.typeID(a)
	}
	key += "]"
	if n, ok := l.st.instances[key]; ok {
		return n
	}
	name := l.fresh(strings.ReplaceAll(strings.TrimPrefix(funcKey(o), folderPrefix(o.Pkg())), ".", "_"))
	l.st.instances[key] = name
	sig := o.Signature()
	params := sig.TypeParams()
	if params.Len() == 0 {
		params = sig.RecvTypeParams()
	}
	e := newEnv()
	for i := range params.Len() {
		e.types[params.At(i)] = args[i]
	}
	l.pending = append(l.pending, func() { l.emitFunc(name, o, src, e) })
	return name
}
