package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// selection is what x.f means, after promotion has been made explicit.
type selection struct {
	obj   types.Object // the field or method
	owner string       // the lowered expression that obj is selected from
	typ   types.Type   // of owner
	kind  types.SelectionKind
}

// selected resolves x.f. Within an instance of a generic function it looks the member up anew,
// because what is selected depends on the type arguments.
func (f *function) selected(e *ast.SelectorExpr) (selection, bool) {
	s := f.info.Selections[e]
	if s == nil {
		return selection{}, false
	}
	recv := f.env.subst(s.Recv())
	obj, index := s.Obj(), s.Index()
	if f.env != nil {
		o, i, _ := types.LookupFieldOrMethod(recv, true, obj.Pkg(), obj.Name())
		if o == nil {
			f.l.refuse(e.Sel.Pos(), "%s has no %s here", recv, obj.Name())
		}
		obj, index = o, i
	}
	r := selection{obj: obj, typ: recv, kind: s.Kind()}
	if s.Kind() == types.MethodExpr {
		for _, i := range index[:len(index)-1] {
			r.typ = fieldType(r.typ, i)
		}
		return r, true
	}
	r.owner = operand(f.expr(e.X))
	for _, i := range index[:len(index)-1] {
		st := structOf(r.typ)
		if v := st.Field(i); !v.Exported() && !f.l.sessionPkg(v.Pkg()) {
			// What compiled code embeds under a private name can't be named from here, and need not
			// be: the members that it promotes are the outer type's own to reflection.
			break
		}
		r.owner += "." + fieldName(st, i)
		r.typ = st.Field(i).Type()
	}
	return r, true
}

func structOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	return t.Underlying().(*types.Struct)
}

func fieldType(t types.Type, i int) types.Type { return structOf(t).Field(i).Type() }

func (f *function) selector(e *ast.SelectorExpr) string {
	s, ok := f.selected(e)
	if !ok {
		switch o := f.info.Uses[e.Sel].(type) {
		case *types.Func:
			return f.funcValue(e.Sel)
		case *types.Var:
			return f.l.global(o)
		}
		f.l.refuse(e.Pos(), "%s is not supported here", e.Sel.Name)
	}
	switch s.kind {
	case types.FieldVal:
		st := structOf(s.typ)
		for i := range st.NumFields() {
			if st.Field(i) == s.obj {
				return f.l.field(s.owner, s.typ, i)
			}
		}
		return s.owner + "." + s.obj.Name()
	case types.MethodExpr:
		return f.methodExpr(e, s)
	}
	return f.methodValue(s)
}

// callMethod lowers a call of a selected method with arguments that are lowered already.
func (f *function) callMethod(s selection, args []string) string {
	m := s.obj.(*types.Func)
	l := f.l
	switch {
	case l.isOpen(s.typ):
		return l.dispatcher(s.typ, m) + "(" + strings.Join(append([]string{s.owner}, args...), ", ") + ")"
	case l.isNative(s.typ), !l.sessionMethod(m):
		if m.Signature().Variadic() {
			args[len(args)-1] += "..."
		}
		if n, ok := replacedMethods[methodName(m)]; ok {
			return "rt." + n + "(" + strings.Join(append([]string{f.receiver(s, m)}, args...), ", ") + ")"
		}
		return s.owner + "." + m.Name() + "(" + strings.Join(args, ", ") + ")"
	}
	return l.methodFunc(m, s.typ) + "(" + strings.Join(append([]string{f.receiver(s, m)}, args...), ", ") + ")"
}

// sessionMethod reports whether a method is lowered to a function.
func (l *lowerer) sessionMethod(m *types.Func) bool { return l.sessionPkg(m.Pkg()) }

// methodName is "pkg/path.Type.Method".
func methodName(m *types.Func) string {
	if n := receiverNamed(m); n != nil && n.Obj().Pkg() != nil {
		return n.Obj().Pkg().Path() + "." + n.Obj().Name() + "." + m.Name()
	}
	return m.Name()
}

// receiver adapts the owner to the receiver that the method declares.
func (f *function) receiver(s selection, m *types.Func) string {
	_, wantPtr := types.Unalias(m.Signature().Recv().Type()).(*types.Pointer)
	_, havePtr := s.typ.Underlying().(*types.Pointer)
	switch {
	case wantPtr && !havePtr:
		return "&" + s.owner
	case !wantPtr && havePtr:
		return "(*" + s.owner + ")"
	}
	return s.owner
}

// methodFunc returns the function that a session method has become.
func (l *lowerer) methodFunc(m *types.Func, recv types.Type) string {
	named := namedOf(recv)
	origin := m.Origin()
	if named.TypeArgs().Len() > 0 {
		var args []types.Type
		for t := range named.TypeArgs().Types() {
			args = append(args, t)
		}
		return l.instance(origin, args, token.NoPos)
	}
	if !l.own(m.Pkg()) {
		return l.instance(origin, nil, token.NoPos)
	}
	key := funcKey(origin)
	if n, ok := l.st.versions[key]; ok {
		return n
	}
	l.refuse(token.NoPos, "method %s is not defined in this session", key)
	return ""
}

func namedOf(t types.Type) *types.Named {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	return n
}

// dispatcher returns the function that calls a method of an open interface: it finds the method in
// the dynamic type's table.
func (l *lowerer) dispatcher(t types.Type, m *types.Func) string {
	sig := m.Type().(*types.Signature)
	if l.cur.env != nil {
		sig = l.cur.env.subst(sig).(*types.Signature)
	}
	name := l.methodKey(m)
	key := "dispatch " + name + " " + l.typeID(sig)
	return l.helper(key, func(fn string) string {
		var params, types, args []string
		for i := range sig.Params().Len() {
			pt := l.typ(sig.Params().At(i).Type())
			params = append(params, fmt.Sprintf("a%d %s", i, pt))
			types = append(types, pt)
			args = append(args, fmt.Sprintf("a%d", i))
		}
		ret := ""
		if sig.Results().Len() > 0 {
			ret = "return "
		}
		ftype := "func(" + strings.Join(append([]string{"any"}, types...), ", ") + ")" + l.results(sig)
		return fmt.Sprintf("func %s(%s)%s {\nm, r := rt.Find(x, %q)\n%sm.(%s)(%s)\n}", fn,
			strings.Join(append([]string{"x any"}, params...), ", "), l.results(sig), name, ret, ftype,
			strings.Join(append([]string{"r"}, args...), ", "))
	})
}

// methodExpr lowers T.M to a function.
func (f *function) methodExpr(e *ast.SelectorExpr, s selection) string {
	sig := f.typeOf(e).Underlying().(*types.Signature)
	params, args := f.forward(sig, false)
	recv := f.env.subst(f.info.Selections[e].Recv())
	g := s
	g.owner = args[0]
	index := f.info.Selections[e].Index()
	if f.env != nil {
		_, index, _ = types.LookupFieldOrMethod(recv, true, s.obj.Pkg(), s.obj.Name())
	}
	t := recv
	for _, i := range index[:len(index)-1] {
		g.owner = f.l.field(g.owner, t, i)
		t = fieldType(t, i)
	}
	ret := ""
	if sig.Results().Len() > 0 {
		ret = "return "
	}
	return fmt.Sprintf("func(%s)%s { %s%s }", params, f.l.results(sig), ret, f.callMethod(g, args[1:]))
}

// methodValue lowers x.M as a value: x is evaluated now.
func (f *function) methodValue(s selection) string {
	m := s.obj.(*types.Func)
	sig := m.Type().(*types.Signature)
	sig = f.env.subst(types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())).(*types.Signature)
	params, args := f.forward(sig, false)
	ret := ""
	if sig.Results().Len() > 0 {
		ret = "return "
	}
	r := f.temp("r")
	bound := s
	recvType := s.typ
	check := ""
	if !types.IsInterface(s.typ) {
		recv := f.receiver(s, m)
		_, wantPtr := types.Unalias(m.Signature().Recv().Type()).(*types.Pointer)
		_, havePtr := s.typ.Underlying().(*types.Pointer)
		switch {
		case wantPtr && !havePtr:
			recvType = types.NewPointer(s.typ)
		case !wantPtr && havePtr:
			recvType = s.typ.Underlying().(*types.Pointer).Elem()
		}
		bound = selection{obj: s.obj, owner: r, typ: recvType, kind: s.kind}
		s.owner = recv
	} else {
		bound.owner = r
		check = fmt.Sprintf("if %s == nil { rt.NilPanic() }\n", r)
	}
	return fmt.Sprintf("func(%s %s) func(%s)%s {\n%sreturn func(%s)%s { %s%s }\n}(%s)", r, f.l.typ(recvType), strings.TrimSpace(params),
		f.l.results(sig), check, params, f.l.results(sig), ret, f.callMethod(bound, args), s.owner)
}

// methodTable registers the methods of a boxed type, so that interfaces find them.
func (l *lowerer) methodTable(d interface{ TypeNumber() int }, t types.Type) {
	id := l.typeID(t)
	if l.tabled[id] {
		return
	}
	l.tabled[id] = true
	n := d.TypeNumber()
	l.pending = append(l.pending, func() {
		set := types.NewMethodSet(t)
		for i := range set.Len() {
			l.tableEntry(n, t, set.At(i))
		}
	})
}

func (l *lowerer) tableEntry(n int, t types.Type, s *types.Selection) {
	m := s.Obj().(*types.Func)
	saved := l.cur
	f := &function{l: l, id: saved.instance(), names: map[types.Object]string{}, used: map[string]int{}, boxed: map[types.Object]bool{}}
	l.cur = f
	defer func() { l.cur = saved }()
	sel := selection{obj: m, owner: "v", typ: t, kind: types.MethodVal}
	for _, i := range s.Index()[:len(s.Index())-1] {
		sel.owner = l.field(sel.owner, sel.typ, i)
		sel.typ = fieldType(sel.typ, i)
	}
	if l.sessionMethod(m) && !types.IsInterface(sel.typ) {
		if nt := namedOf(sel.typ); nt != nil && nt.TypeArgs().Len() == 0 && l.own(m.Pkg()) {
			if _, ok := l.st.versions[funcKey(m.Origin())]; !ok {
				return
			}
		}
	}
	sig := m.Type().(*types.Signature)
	params, args := f.forward(sig, false)
	if params != "" {
		params = ", " + params
	}
	ret := ""
	if sig.Results().Len() > 0 {
		ret = "return "
	}
	name := l.fresh(m.Name())
	l.chunks = append(l.chunks, fmt.Sprintf("func %s(r any%s)%s {\nv := %s\n%s%s\n}", name, params, l.results(sig), f.unpack("r", t), ret, f.callMethod(sel, args)))
	plain := types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
	l.inits = append(l.inits, fmt.Sprintf("rt.SetMethod(%s, %q, %q, %s)", fmt.Sprintf("type%s%d", tempMark, n), l.methodKey(m), l.typeID(plain), name))
}
