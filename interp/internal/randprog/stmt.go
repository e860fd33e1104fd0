package randprog

import (
	"fmt"
	"strings"
)

// verb is a way to print a type.
func (g *generator) verb(t *typ) string {
	switch t.kind {
	case kPointer, kFunc, kInterface:
		return "%v"
	}
	return pick(g, []string{"%v", "%v", "%+v", "%#v", "%T"})
}

// printable is an expression that prints the same every time.
func (g *generator) printable(s string, t *typ) string {
	switch t.kind {
	case kPointer:
		if t.elem.plain() {
			return "*" + s
		}
		return s + " == nil"
	case kFunc:
		return s + "(3)"
	case kInterface:
		return fmt.Sprintf("fmt.Sprintf(\"%%T\", %s)", s)
	case kSlice, kMap:
		if !t.plain() {
			return "len(" + s + ")"
		}
	}
	if !t.plain() {
		return fmt.Sprintf("fmt.Sprintf(\"%%T\", %s)", s)
	}
	return s
}

// stmt writes a statement.
func (g *generator) stmt() {
	g.budget--
	g.risky = !g.pure && g.chance(12)
	if g.depth > 4 {
		g.assignStmt()
		return
	}
	type form struct {
		weight int
		f      func()
	}
	forms := []form{
		{22, g.declStmt}, {14, g.assignStmt}, {8, g.ifStmt}, {10, g.forStmt}, {8, g.switchStmt}, {4, g.typeSwitch}, {4, g.labelStmt}, {3, g.localType},
	}
	if !g.pure {
		forms = append(forms, []form{
			{10, g.printStmt},
			{7, g.methodStmt},
			{6, g.closureStmt},
			{5, g.deferStmt},
			{4, g.goStmt},
			{4, g.selectStmt},
			{4, g.iterStmt},
			{4, g.parallelStmt},
			{4, g.aliasStmt},
			{3, g.recoverStmt},
			{2, g.gotoStmt},
			{3, g.mapStmt},
			{16, g.formStmt},
		}...)
	}
	sum := 0
	for _, f := range forms {
		sum += f.weight
	}
	n := g.IntN(sum)
	for _, f := range forms {
		if n -= f.weight; n < 0 {
			f.f()
			break
		}
	}
	g.risky = false
}

// variable declares a variable, which is used.
func (g *generator) variable(t *typ, format string, args ...any) *local {
	v := &local{name: g.name("v"), typ: t, ro: t.kind == kFunc} // a function that is assigned to may come to call itself
	g.line(format, append([]any{v.name}, args...)...)
	g.line("_ = %s", v.name)
	g.scope = append(g.scope, v)
	return v
}

func (g *generator) declStmt() {
	t := g.someType(2)
	if g.chance(12) && t.kind != kInterface {
		t = &typ{kind: kPointer, elem: t}
	}
	if g.chance(8) {
		t = funcType
	}
	switch {
	case g.chance(15) && t.kind != kPointer && t.kind != kFunc && t.kind != kInterface:
		g.variable(t, "var %s %s", t)
	case g.chance(50):
		g.variable(t, "var %s %s = %s", t, g.expr(t, 3))
	case t.kind == kFunc || t.kind == kInterface || t.kind == kPointer:
		g.variable(t, "%s := %s(%s)", paren(t), g.expr(t, 3))
	default:
		g.variable(t, "%s := %s", g.expr(t, 3))
	}
}

func paren(t *typ) string { return "(" + t.String() + ")" }

// assignable finds a place to assign to.
func (g *generator) assignable() (string, *typ) {
	for range 6 {
		var t *typ
		if len(g.scope) > 0 && g.chance(70) {
			t = pick(g, g.scope).typ
		} else {
			t = g.basic()
		}
		if s := g.place(t, true); s != "" {
			return s, t
		}
	}
	return "", nil
}

func (g *generator) assignStmt() {
	s, t := g.assignable()
	if s == "" {
		if !g.pure {
			g.declStmt()
		}
		return
	}
	switch t.kind {
	case kInt:
		switch g.IntN(5) {
		case 0:
			g.line("%s%s", s, pick(g, []string{"++", "--"}))
			return
		case 1:
			g.line("%s %s= %s", s, pick(g, []string{"+", "-", "*", "&", "|", "^", "&^"}), g.expr(t, 2))
			return
		case 2:
			g.line("%s %s= uint(%s) %% 40", s, pick(g, []string{"<<", ">>"}), g.expr(intType, 2))
			return
		}
	case kFloat:
		if g.chance(40) {
			g.line("%s %s= %s", s, pick(g, []string{"+", "-", "*", "/"}), g.expr(t, 2))
			return
		}
	case kString:
		if g.chance(40) {
			g.line("%s += %s", s, g.literal(t, 0))
			g.line("%s = %s[max(0, len(%s)-50):]", s, s, s)
			return
		}
	case kSlice:
		if g.chance(50) {
			g.open("if len(%s) < 6", s)
			g.line("%s = append(%s, %s)", s, s, g.elements(t.elem, 1+g.IntN(2), 2))
			g.close("")
			return
		}
		if g.risky {
			g.risky = false
			g.line("%s[%s] = %s", s, g.index(), g.element(t.elem, 2))
			return
		}
		g.open("if len(%s) > 1", s)
		g.line("%s[len(%s)-1] = %s", s, s, g.element(t.elem, 2))
		g.close("")
		return
	case kMap:
		g.line("if %s == nil { %s = %s{} }", s, s, t)
		g.line("%s[%s] = %s", s, g.expr(t.key, 1), g.element(t.elem, 2))
		return
	case kArray:
		g.line("%s[uint(%s)%%%d] = %s", s, g.base(pick(g, intTypes)), t.n, g.expr(t.elem, 2))
		return
	}
	g.line("%s = %s", s, g.expr(t, 3))
}

func (g *generator) printStmt() {
	t := g.anyType(2)
	e := g.expr(t, 3)
	switch g.IntN(4) {
	case 0:
		g.line("fmt.Println(%s)", e)
	case 1:
		g.line(`fmt.Printf("%%v %%T\n", %s, %s)`, e, g.expr(g.anyType(1), 1))
	case 2:
		g.line(`fmt.Printf("%s\n", %s)`, g.verb(t), e)
	default:
		if len(g.scope) > 0 {
			v := pick(g, g.scope)
			g.line("fmt.Println(%q, %s)", v.name, g.printable(v.name, v.typ))
		}
	}
}

func (g *generator) body2(n int) {
	g.block(func() {
		for range n {
			if g.budget > 0 {
				g.stmt()
			}
		}
		if g.loop && g.chance(20) {
			word := pick(g, []string{"break", "continue"})
			if len(g.labels) > 0 && g.chance(40) {
				word += " " + pick(g, g.labels)
			}
			g.line("if (%s) { %s }", g.expr(boolType, 2), word)
		}
		if g.pure && g.ret != nil && g.chance(15) {
			g.line("return %s", g.expr(g.ret, 1))
		}
	})
}

func (g *generator) ifStmt() {
	if g.chance(30) {
		v := &local{name: g.name("v"), typ: g.basic()}
		n := len(g.scope)
		e := g.expr(v.typ, 2)
		g.scope = append(g.scope, v)
		g.open("if %s := (%s); (%s) || any(%s) == nil", v.name, e, g.expr(boolType, 2), v.name)
		g.body2(1 + g.IntN(2))
		g.close("")
		g.scope = g.scope[:n]
		return
	}
	g.open("if (%s)", g.expr(boolType, 3))
	g.body2(1 + g.IntN(2))
	if g.chance(40) {
		g.indent--
		g.open("} else")
		g.body2(1)
	}
	g.close("")
}

// inLoop writes a loop's body, in which break and continue mean the loop.
func (g *generator) inLoop(vars []*local, n int) {
	loop, scope := g.loop, len(g.scope)
	g.loop = true
	for _, v := range vars {
		g.line("_ = %s", v.name)
	}
	g.scope = append(g.scope, vars...)
	g.body2(n)
	g.scope = g.scope[:scope]
	g.loop = loop
}

func (g *generator) forStmt() {
	i := &local{name: g.name("i"), typ: intType, ro: true}
	switch g.IntN(7) {
	case 0, 1:
		g.open("for %s := 0; %s < %d; %s++", i.name, i.name, 1+g.IntN(4), i.name)
		g.inLoop([]*local{i}, 1+g.IntN(2))
	case 2:
		t := pick(g, intTypes)
		i.typ = t
		g.open("for %s := range %s(%d)", i.name, t, g.IntN(4))
		g.inLoop([]*local{i}, 1+g.IntN(2))
	case 3:
		t := g.anyType(1)
		v := &local{name: g.name("v"), typ: t}
		if g.chance(50) {
			g.open("for %s, %s := range (%s)", i.name, v.name, g.expr(&typ{kind: kSlice, elem: t}, 2))
		} else {
			g.open("for %s, %s := range (%s)", i.name, v.name, g.expr(&typ{kind: kArray, elem: t, n: 2}, 2))
		}
		g.inLoop([]*local{i, v}, 1+g.IntN(2))
	case 4:
		v := &local{name: g.name("v"), typ: intTypes[4]}
		g.open("for %s, %s := range (%s)", i.name, v.name, g.expr(stringType, 1))
		g.line("if %s > 5 { break }", i.name)
		g.inLoop([]*local{i, v}, 1)
	case 5:
		t := &typ{kind: kMap, key: pick(g, []*typ{intType, stringType}), elem: g.anyType(1)}
		k := &local{name: g.name("k"), typ: t.key}
		m := g.name("m")
		g.line("%s := %s", m, g.expr(t, 2))
		g.open("for _, %s := range slices.Sorted(maps.Keys(%s))", k.name, m)
		g.line("_ = %s[%s]", m, k.name)
		g.inLoop([]*local{k}, 1)
	default:
		g.line("%s := %d", i.name, g.IntN(4))
		g.open("for %s > 0", i.name)
		g.line("%s--", i.name)
		g.inLoop(nil, 1+g.IntN(2))
	}
	g.close("")
}

func (g *generator) labelStmt() {
	l := g.name("L")
	i := g.name("i")
	g.line("%s:", l)
	g.open("for %s := range 3", i)
	labels, loop := g.labels, g.loop
	g.labels, g.loop = append(labels[:len(labels):len(labels)], l), true
	g.body2(1)
	g.line("if %s == 1 && (%s) { %s %s }", i, g.expr(boolType, 1), pick(g, []string{"continue", "break"}), l)
	g.body2(1)
	g.labels, g.loop = labels, loop
	g.close("")
}

func (g *generator) switchStmt() {
	loop := g.loop
	g.loop = false
	defer func() { g.loop = loop }()
	if g.chance(40) {
		g.open("switch")
		for range 1 + g.IntN(3) {
			g.indent--
			g.line("case %s:", g.expr(boolType, 2))
			g.indent++
			g.body2(1)
		}
		g.indent--
		g.line("default:")
		g.indent++
		g.body2(1)
		g.close("")
		return
	}
	t := pick(g, []*typ{intType, stringType, uintType})
	g.open("switch (%s)", g.expr(t, 2))
	n := 1 + g.IntN(3)
	for k := range n {
		g.indent--
		if t.kind == kString {
			g.line("case %q, %s:", words[k+1], g.expr(t, 1))
		} else {
			g.line("case %d, %d, %s:", k*3, k*3+1, g.expr(t, 1))
		}
		g.indent++
		g.body2(1)
		if k < n-1 && g.chance(25) {
			g.line("fallthrough")
		}
	}
	if g.chance(50) {
		g.indent--
		g.line("default:")
		g.indent++
		g.body2(1)
	}
	g.close("")
}

func (g *generator) typeSwitch() {
	loop := g.loop
	g.loop = false
	v := g.name("v")
	g.open("switch %s := (%s).(type)", v, g.expr(anyType, 2))
	g.line("case nil:")
	g.line("_ = %s", v)
	seen := map[string]bool{}
	for range 3 {
		t := g.someType(1)
		if seen[t.String()] || t.kind == kAny {
			continue
		}
		seen[t.String()] = true
		// Numeric names of one kind may be aliases of each other for the checker of duplicates.
		g.indent--
		g.line("case %s:", t)
		g.indent++
		n := len(g.scope)
		g.scope = append(g.scope, &local{name: v, typ: t})
		g.line("_ = %s", v)
		g.body2(1)
		g.scope = g.scope[:n]
	}
	g.indent--
	g.line("case error, interface{ Get() int }:")
	g.indent++
	g.line("_ = %s", v)
	g.body2(1)
	g.close("")
	g.loop = loop
}

// localType declares a type inside of the function.
func (g *generator) localType() {
	t := &typ{kind: kStruct, name: g.name("L")}
	g.open("type %s struct", t.name)
	for range 1 + g.IntN(2) {
		f := field{name: g.name("F"), typ: g.anyType(1)}
		t.fields = append(t.fields, f)
		g.line("%s %s", f.name, f.typ)
	}
	g.close("")
	g.variable(t, "%s := %s", g.structLiteral(t, 2))
}

// methodStmt calls a method that has effects, or one of an interface.
func (g *generator) methodStmt() {
	for _, v := range g.scope {
		if v.ro || len(v.typ.methods) == 0 || g.chance(40) {
			continue
		}
		m := pick(g, v.typ.methods)
		s := signatures[m.sig]
		if v.typ.kind == kInterface {
			g.line("if %s != nil { fmt.Println(%s.%s(%s)) }", v.name, v.name, s.name, g.arguments(s.params, 2))
			return
		}
		switch g.IntN(3) {
		case 0:
			g.line("fmt.Println(%s.%s(%s))", v.name, s.name, g.arguments(s.params, 2))
		case 1:
			f := g.name("f")
			g.line("%s := %s.%s", f, v.name, s.name)
			g.line("fmt.Println(%s(%s))", f, g.arguments(s.params, 2))
		default:
			recv := v.typ.String()
			arg := v.name
			if m.pointer || g.chance(50) {
				recv, arg = "(*"+recv+")", "&"+arg
			}
			g.line("fmt.Println(%s.%s(%s))", recv, s.name, strings.TrimSuffix(arg+", "+g.arguments(s.params, 2), ", "))
		}
		return
	}
	for _, v := range g.scope {
		if len(v.typ.args) > 0 && !v.ro {
			g.line("fmt.Println(%s.Put(%s, %s))", v.name, g.expr(v.typ.args[0], 1), g.element(v.typ.args[1], 2))
			return
		}
	}
	g.printStmt()
}

// closureStmt makes closures over a variable and calls them.
func (g *generator) closureStmt() {
	t := pick(g, []*typ{intType, uintType, stringType})
	v := g.variable(t, "%s := %s", g.expr(t, 2))
	list := g.name("c")
	g.line("var %s []func() %s", list, t)
	i := g.name("i")
	g.open("for %s := range 3", i)
	g.open("%s = append(%s, func() %s", list, list, t)
	if t.kind == kString {
		g.line("%s = %s[max(0, len(%s)-20):] + strconv.Itoa(%s)", v.name, v.name, v.name, i)
	} else {
		g.line("%s = %s*3 + %s(%s)", v.name, v.name, t, i)
	}
	g.line("return %s", v.name)
	g.close(")")
	g.close("")
	g.open("for _, f := range %s", list)
	g.line("fmt.Print(f(), \" \")")
	g.close("")
	g.line("fmt.Println(%s)", v.name)
}

func (g *generator) deferStmt() {
	if g.loop && g.chance(70) {
		g.assignStmt()
		return
	}
	t := g.anyType(1)
	switch g.IntN(3) {
	case 0:
		g.line("defer fmt.Println(%q, %s)", g.name("deferred"), g.expr(t, 2))
	case 1:
		g.open("defer func(x %s)", t)
		g.line("fmt.Println(%q, x)", g.name("deferred"))
		g.close(fmt.Sprintf("(%s)", g.expr(t, 2)))
	default:
		g.open("func()")
		g.line("defer func() { fmt.Println(%q, recover()) }()", g.name("recovered"))
		g.line("defer fmt.Print(%s, \" \")", g.expr(t, 1))
		risky := g.risky
		g.risky = true
		g.line("fmt.Println(%s)", g.expr(g.anyType(1), 3))
		g.risky = risky
		g.close("()")
	}
}

// recoverStmt calls a function that panics, recovers, and changes its result.
func (g *generator) recoverStmt() {
	t := g.anyType(1)
	g.open("fmt.Println(func() (r %s, err error)", t)
	g.open("defer func()")
	g.open("if x := recover(); x != nil")
	g.line("err = fmt.Errorf(\"was %%v\", x)")
	g.line("if e, ok := x.(error); ok { err = fmt.Errorf(\"wraps %%w\", e) }")
	g.close("")
	g.close("()")
	g.line("r = %s", g.expr(t, 2))
	if g.chance(60) {
		g.line("if (%s) { panic(%s) }", g.expr(boolType, 2), g.expr(g.anyType(1), 2))
	}
	g.risky = true
	x := g.name("x")
	g.line("%s := %s", x, g.expr(t, 3)) // the compiler assigns a literal's fields one by one
	g.line("r = %s", x)
	g.risky = false
	g.line("return r, errors.New(\"none\")")
	g.close("())")
}

func (g *generator) goStmt() {
	t := g.anyType(1)
	ch := g.name("ch")
	g.line("%s := make(chan %s%s)", ch, t, pick(g, []string{"", ", 1", ", 3"}))
	g.open("go func()")
	g.line("defer close(%s)", ch)
	g.open("for i := range %d", 1+g.IntN(3))
	g.line("_ = i")
	// What it computes is nobody else's, and a panic would end everything.
	scope := g.scope
	g.risky = false
	g.scope = []*local{{name: "i", typ: intType, ro: true}}
	g.line("%s <- %s", ch, g.expr(t, 2))
	g.scope = scope
	g.close("")
	g.close("()")
	if g.chance(50) {
		g.open("for x := range %s", ch)
		g.line("fmt.Printf(\"%s\\n\", x)", g.verb(t))
		g.close("")
		return
	}
	g.open("for range 4")
	g.line("x, ok := <-%s", ch)
	g.line("fmt.Println(x, ok)")
	g.close("")
}

func (g *generator) selectStmt() {
	t := g.anyType(1)
	a, b := g.name("ch"), g.name("ch")
	g.line("%s, %s := make(chan %s, 1), make(chan int)", a, b, t)
	if g.chance(60) {
		g.line("%s <- %s", a, g.expr(t, 2))
	}
	g.open("select")
	g.line("case x, ok := <-%s:", a)
	g.line("\tfmt.Println(x, ok)")
	g.line("case x := <-%s:", b)
	g.line("\tfmt.Println(x)")
	g.line("case %s <- %s:", b, g.expr(intType, 1))
	g.line("\tfmt.Println(\"sent\")")
	g.line("default:")
	g.line("\tfmt.Println(\"none\")")
	g.close("")
}

// iterStmt ranges over a function.
func (g *generator) iterStmt() {
	t := g.anyType(1)
	n := 1 + g.IntN(4)
	v := &local{name: g.name("v"), typ: t}
	i := &local{name: g.name("i"), typ: intType, ro: true}
	seq := g.name("seq")
	g.open("%s := func(yield func(int, %s) bool)", seq, t)
	g.line("defer fmt.Println(%q)", seq+" ends")
	g.open("for i := range %d", n)
	g.line("if !yield(i*%d, %s) { return }", 1+g.IntN(3), g.expr(t, 2))
	g.close("")
	g.close("")
	g.open("for %s, %s := range %s", i.name, v.name, seq)
	g.inLoop([]*local{i, v}, 1+g.IntN(2))
	g.line("fmt.Println(%s, %s)", i.name, v.name)
	g.close("")
}

// parallelStmt assigns several at once.
func (g *generator) parallelStmt() {
	t := g.anyType(1)
	a := g.variable(t, "%s := %s", g.expr(t, 2))
	b := g.variable(t, "%s := %s", g.expr(t, 2))
	g.line("%s, %s = %s, %s", a.name, b.name, b.name, a.name)
	s := g.variable(&typ{kind: kSlice, elem: t}, "%s := []%s{%s, %s}", t, a.name, g.expr(t, 2))
	i := g.variable(intType, "%s := %d", g.IntN(2))
	g.line("%s, %s[%s] = 1-%s, %s", i.name, s.name, i.name, i.name, g.element(t, 2))
	g.line("%s[0], %s[1] = %s[1], %s[0]", s.name, s.name, s.name, s.name)
	if g.risky {
		g.risky = false
		g.line("%s, %s[%s%%4] = %s, %s", a.name, s.name, g.base(intType), b.name, g.element(t, 1))
	}
}

// aliasStmt has two names for one array.
func (g *generator) aliasStmt() {
	t := g.anyType(1)
	a := g.variable(&typ{kind: kArray, elem: t, n: 3}, "%s := [3]%s{%s}", t, g.expr(t, 1))
	s := g.name("s")
	g.line("%s := %s[:%d]", s, a.name, 1+g.IntN(3))
	g.line("%s[0] = %s", s, g.element(t, 2))
	g.line("%s = append(%s[:1], %s)", s, s, g.element(t, 2))
	p := g.name("p")
	g.line("%s := &%s[2]", p, a.name)
	g.line("*%s = %s[1]", p, s)
	g.line("fmt.Println(%s, len(%s))", a.name, s)
	g.line("fmt.Println(copy(%s, %s[1:]))", s, a.name)
}

func (g *generator) mapStmt() {
	t := &typ{kind: kMap, key: g.keyType(), elem: g.anyType(1)}
	m := g.variable(t, "%s := %s{}", t)
	for range 1 + g.IntN(3) {
		g.line("%s[%s] = %s", m.name, g.expr(t.key, 2), g.element(t.elem, 2))
	}
	g.line("delete(%s, %s)", m.name, g.expr(t.key, 1))
	v, ok := g.name("v"), g.name("ok")
	g.line("%s, %s := %s[%s]", v, ok, m.name, g.expr(t.key, 1))
	g.line("fmt.Println(%s, %s, len(%s))", v, ok, m.name)
	if g.chance(20) {
		g.line("clear(%s)", m.name)
	}
	if t.elem.kind == kInt {
		g.line("%s[%s] += 3", m.name, g.expr(t.key, 1))
	}
}

func (g *generator) gotoStmt() {
	l, n := g.name("L"), g.name("n")
	g.line("%s := 0", n)
	g.line("%s:", l)
	g.open("if %s < 3", n)
	g.line("%s++", n)
	g.line("if (%s) { goto %s }", g.expr(boolType, 1), l)
	g.close("")
	g.line("fmt.Println(%s)", n)
}
