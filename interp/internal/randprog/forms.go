package randprog

import (
	"fmt"
	"strings"
)

// The forms here are what people write whole: their parts are random, their shape isn't. A form that
// needs declarations writes them once for a program and is then one of its statements.

func (g *generator) formDecls() {
	for _, decl := range []func(){
		g.constForm, g.recursiveForm, g.multipleForm, g.listForm, g.errorForm, g.embeddedForm, g.numericForm, g.counterForm, g.fieldFuncForm,
	} {
		if g.chance(30) {
			decl()
		}
	}
}

// formStmt writes one of the forms.
func (g *generator) formStmt() {
	list := append([]func(){g.waitStmt, g.sliceStmt, g.sortStmt, g.yieldStmt, g.formatStmt, g.workerStmt, g.panicStmt, g.arrayStmt, g.boundStmt}, g.forms...)
	pick(g, list)()
}

// constForm has constants by iota, and arithmetic that no machine word holds.
func (g *generator) constForm() {
	c, t := g.top("C"), pick(g, intTypes)
	g.line("type %s %s", c, t)
	g.line("const (")
	g.line("\t%sA %s = iota + %d", c, c, g.IntN(3))
	g.line("\t%sB", c)
	g.line("\t_")
	g.line("\t%sC = %sA + %sB<<%d", c, c, c, g.IntN(4))
	n := 60 + g.IntN(60)
	g.line("\t%sD = (1<<%d - %d) >> %d", c, n, 1+g.IntN(1000), n-6)
	g.line("\t%sE, %sF = 'a' + iota, %d.0 / %d", c, c, 1+g.IntN(50), 1+g.IntN(9))
	g.line("\t%sS = %q + \"x\"", c, pick(g, words))
	g.line("\t%sL = len(%sS) * %d", c, c, 1+g.IntN(5))
	g.line(")")
	g.forms = append(g.forms, func() {
		x := g.expr(t, 2)
		g.line(`fmt.Printf("%%v %%T %%v %%T %%v %%T %%q\n", %sC, %sB, %sD*%d, %sE, %sF*3, %sL, %sS[:1])`, c, c, c, 1+g.IntN(9), c, c, c, c)
		g.open("switch %s(%s) & 3", c, x)
		g.line("case %sA:\n fmt.Println(\"A\")", c)
		g.line("case %sB, %sB + 1:\n fmt.Println(\"B\", %sE)", c, c, c)
		g.close("")
	})
}

// recursiveForm has functions that call each other, one of them a literal.
func (g *generator) recursiveForm() {
	f, t := g.top("f"), pick(g, intTypes)
	g.open("func %s(n int, x %s) %s", f, t, t)
	g.line("if n <= 0 { return x }")
	g.line("return %s(n-1, x*%d+%s(n)) ^ %s(n-2, %s)", f, 1+g.IntN(9), t, f, g.number(t))
	g.close("")
	g.forms = append(g.forms, func() {
		h := g.name("h")
		g.line("var %s func(n int) (%s, error)", h, t)
		g.open("%s = func(n int) (r %s, err error)", h, t)
		g.line("defer func() { if x := recover(); x != nil { err = fmt.Errorf(\"%%d: %%v\", n, x) } }()")
		g.line("if n == 0 { panic(%q) }", pick(g, words))
		g.line("x, err := %s(n - 1)", h)
		g.line("return x + %s(n, %s), err", f, g.expr(t, 1))
		g.close("")
		g.line("fmt.Println(%s(%d))", h, g.IntN(5))
	})
}

// multipleForm has functions with several results and with any number of parameters.
func (g *generator) multipleForm() {
	f, h := g.top("f"), g.top("f")
	a, b := g.anyType(1), g.anyType(1)
	g.line("func %s(a %s, b %s) (%s, %s, bool) { return b, a, true }", f, a, b, b, a)
	g.open("func %s(c bool, list ...%s) (n int, last %s)", h, a, a)
	g.open("for i, x := range list")
	g.line("n += i + 1")
	g.line("last = x")
	g.line("if c { list[i] = list[0] }")
	g.close("")
	g.line("return")
	g.close("")
	g.forms = append(g.forms, func() {
		x, y := g.name("x"), g.name("y")
		g.line("%s, %s, _ := %s(%s, %s)", x, y, f, g.expr(a, 2), g.expr(b, 2))
		g.line("%s, %s, _ = %s(%s, %s)", x, y, f, y, x)
		s := g.variable(&typ{kind: kSlice, elem: a}, "%s := []%s{%s, %s}", a, y, g.expr(a, 1))
		g.line("fmt.Println(%s(%s, %s...))", h, g.expr(boolType, 1), s.name)
		g.line("fmt.Println(%s(%s, %s, %s, %s[0]))", h, g.expr(boolType, 1), y, g.expr(a, 1), s.name)
		g.line("fmt.Println(%s(true))", h)
		g.line("fmt.Println(%s(%s, %s))", f, y, x)
	})
}

// listForm has a generic list with an iterator, a constraint with a method, and a tree.
func (g *generator) listForm() {
	l, t := g.top("List"), g.top("Tree")
	g.line("type %s[T any] struct { head *node%s[T]; n int }", l, l)
	g.line("type node%s[T any] struct { v T; next *node%s[T] }", l, l)
	g.open("func (l *%s[T]) Push(list ...T) *%s[T]", l, l)
	g.line("for _, v := range list { l.head = &node%s[T]{v, l.head}; l.n++ }", l)
	g.line("return l")
	g.close("")
	g.open("func (l *%s[T]) All() iter.Seq2[int, T]", l)
	g.line("return func(yield func(int, T) bool) {\n i := 0\n for e := l.head; e != nil; e = e.next {\n if !yield(i, e.v) { return }\n i++\n }\n }")
	g.close("")
	g.line("type %s[K interface{ ~int | ~int8 | ~uint16 | ~string }, V fmt.Stringer] struct { k K; v V; left, right *%s[K, V] }", t, t)
	g.open("func (t *%s[K, V]) Put(k K, v V) *%s[K, V]", t, t)
	g.line("switch {\n case t == nil: return &%s[K, V]{k: k, v: v}\n case k < t.k: t.left = t.left.Put(k, v)\n case k > t.k: t.right = t.right.Put(k, v)\n default: t.v = v\n }", t)
	g.line("return t")
	g.close("")
	g.open("func (t *%s[K, V]) Walk(yield func(K, V) bool) bool", t)
	g.line("return t == nil || t.left.Walk(yield) && yield(t.k, t.v) && t.right.Walk(yield)")
	g.close("")
	g.line("type str%s int", t)
	g.line("func (s str%s) String() string { return strconv.Itoa(int(s)) + \"!\" }", t)
	g.forms = append(g.forms, func() {
		e := g.anyType(1)
		v := g.name("l")
		g.line("%s := new(%s[%s]).Push(%s)", v, l, e, g.elements(e, 3, 2))
		g.open("for i, x := range %s.All()", v)
		g.line("if i == %d { break }", 1+g.IntN(3))
		g.line("fmt.Printf(\"%%v %s\\n\", i, x)", g.verb(e))
		g.close("")
		g.line("fmt.Printf(\"%%T %%d\\n\", %s, %s.n)", v, v)
	}, func() {
		k := pick(g, []*typ{intType, {kind: kInt, base: "int8"}, {kind: kInt, base: "uint16"}, stringType})
		v := g.name("t")
		g.line("var %s *%s[%s, str%s]", v, t, k, t)
		g.open("for i := range %d", 1+g.IntN(6))
		if k.kind == kString {
			g.line("%s = %s.Put(strconv.Itoa(i*7%%5), str%s(i))", v, v, t)
		} else {
			g.line("%s = %s.Put(%s(i*%d) ^ %s, str%s(i))", v, v, k, 1+g.IntN(50), g.base(k), t)
		}
		g.close("")
		g.line("fmt.Println(%s.Walk(func(k %s, v str%s) bool { fmt.Print(k, v, \" \"); return int(v) != %d }))", v, k, t, g.IntN(6))
	})
}

// errorForm has error types, which wrap, and are looked for.
func (g *generator) errorForm() {
	e := g.top("E")
	g.line("type %s struct { code int; err error }", e)
	g.line("func (e *%s) Error() string { return fmt.Sprint(\"code \", e.code, \": \", e.err) }", e)
	g.line("func (e *%s) Unwrap() error { return e.err }", e)
	g.line("type v%s uint8", e)
	g.line("func (e v%s) Error() string { return \"v\" + strconv.Itoa(int(e)) }", e)
	g.line("var s%s = errors.New(%q)", e, pick(g, words))
	g.forms = append(g.forms, func() {
		err := g.name("err")
		g.line("var %s error = %s", err, pick(g, []string{"s" + e, fmt.Sprintf("v%s(%d)", e, g.IntN(9)), fmt.Sprintf("&%s{%d, s%s}", e, g.IntN(9), e)}))
		for range g.IntN(4) {
			g.line("%s = %s", err, pick(g, []string{
				fmt.Sprintf("&%s{%s, %s}", e, g.expr(intType, 1), err),
				fmt.Sprintf("fmt.Errorf(\"w %%w\", %s)", err),
				fmt.Sprintf("errors.Join(%s, v%s(%d))", err, e, g.IntN(9)),
			}))
		}
		p, v := g.name("p"), g.name("v")
		g.line("var %s *%s; var %s v%s", p, e, v, e)
		g.line("fmt.Println(errors.As(%s, &%s), errors.As(%s, &%s), errors.Is(%s, s%s), errors.Is(%s, v%s(3)))", err, p, err, v, err, e, err, e)
		g.line("if %s != nil { fmt.Println(%s.code, %s) }", p, p, v)
		g.open("func()")
		g.line("defer func() { r := recover(); fmt.Printf(\"%%v %%T\\n\", r, r) }()")
		g.line("defer func() { if r := recover(); r != nil { panic(fmt.Errorf(\"again %%w\", r.(error))) } }()")
		g.line("if (%s) { panic(%s) }", g.expr(boolType, 2), err)
		g.line("panic(%s)", pick(g, []string{"s" + e, "v" + e + "(7)", "errors.ErrUnsupported"}))
		g.close("()")
	})
}

// embeddedForm has structs that embed pointers, interfaces and each other, and methods that hide.
func (g *generator) embeddedForm() {
	b := g.top("B")
	t := g.anyType(1)
	if !t.comparable() {
		t = stringType
	}
	g.line("type %s struct { N int; X %s }", b, t)
	g.line("func (b *%s) Inc(n int) int { b.N += n; return b.N }", b)
	g.line("func (b %s) Who() string { return \"b\" + strconv.Itoa(b.N) }", b)
	g.line("type w%s interface { Who() string }", b)
	g.line("type m%s struct { *%s; M map[string]int }", b, b)
	g.line("type i%s struct { w%s; sync.Mutex; N string }", b, b)
	g.line("type o%s struct { m%s; Deep struct{ i *i%s } }", b, b, b)
	g.line("func (o o%s) Who() string { return \"o\" + o.m%s.Who() }", b, b)
	g.forms = append(g.forms, func() {
		v, i, o := g.name("b"), g.name("i"), g.name("o")
		g.open("")
		g.line("%s := %s{%s, %s}", v, b, g.expr(intType, 1), g.expr(t, 2))
		g.line("%s := o%s{m%s: m%s{&%s, map[string]int{\"k\": 1}}}", o, b, b, b, v)
		g.line("%s := &i%s{w%s: %s, N: \"n\"}", i, b, b, pick(g, []string{v, "&" + v, o, o + ".m" + b}))
		g.line("%s.Deep.i = %s", o, i)
		g.line("f, h := %s.Who, %s.Inc", i, o)
		g.line("%s.N += h(%d)", o, 1+g.IntN(9))
		g.line("%s.M[\"k\"] += %s.Inc(1)", o, v)
		g.line("%s.Lock(); %s.Unlock()", i, i)
		g.line("fmt.Println(f(), %s.Deep.i.Who(), %s.N, %s.M, %s.N)", o, o, o, i)
		g.line("fmt.Printf(\"%%+v %%T %%v\\n\", %s, %s, w%s(%s).Who())", v, o, b, o)
		g.line("_, isInc := any(%s).(interface{ Inc(int) int })", pick(g, []string{v, "&" + v, o, i}))
		g.line("fmt.Println(isInc, (*%s).Inc(&%s, 2), %s.Who(%s), %s == *%s.%s)", b, v, b, v, v, o, b)
		g.close("")
	})
}

// numericForm has generic arithmetic over named and unnamed types.
func (g *generator) numericForm() {
	n, f := g.top("Num"), g.top("G")
	g.line("type %s interface { ~int | ~int8 | ~int16 | ~uint8 | ~uint32 | ~uint64 | ~float32 | ~float64 }", n)
	g.open("func %s[T %s](list ...T) (sum, least T, scaled []T)", f, n)
	g.line("for i, x := range list { sum += x * T(i+1); least = min(least, x); scaled = append(scaled, x/2-T(i)) }")
	g.line("return")
	g.close("")
	g.line("type my%s uint8", f)
	g.line("func map%s[K comparable, V any, R any](m map[K]V, f func(K, V) R) map[K]R { r := make(map[K]R, len(m)); for k, v := range m { r[k] = f(k, v) }; return r }", f)
	g.forms = append(g.forms, func() {
		t := pick(g, []string{"int", "int8", "int16", "uint8", "uint32", "uint64", "float32", "float64", "my" + f})
		var list []string
		for range 1 + g.IntN(4) {
			list = append(list, fmt.Sprintf("%s(%s)", t, g.base(pick(g, intTypes[:2]))))
		}
		g.line("fmt.Println(%s(%s))", f, strings.Join(list, ", "))
		g.line("fmt.Printf(\"%%v %%T\\n\", map%s(map[string]%s{\"a\": %s}, func(k string, v %s) %s { return %s }), %s[%s])",
			f, t, list[0], t, "[]"+t, "[]"+t+"{v, v + 1}", f, t)
	})
}

// counterForm has functions that return closures which share variables.
func (g *generator) counterForm() {
	f, t := g.top("f"), pick(g, intTypes)
	g.open("func %s(start %s) (next func() %s, reset func(%s) func() %s)", f, t, t, t, t)
	g.line("n := start")
	g.line("next = func() %s { n += %d; return n }", t, 1+g.IntN(9))
	g.line("return next, func(x %s) func() %s { old := n; n = x; return func() %s { n, old = old, n; return old } }", t, t, t)
	g.close("")
	g.forms = append(g.forms, func() {
		a, b := g.name("next"), g.name("reset")
		g.open("")
		g.line("%s, %s := %s(%s)", a, b, f, g.expr(t, 2))
		g.line("undo := %s(%s)", b, g.expr(t, 1))
		g.line("fmt.Println(%s(), undo(), %s(), undo(), %s())", a, a, a)
		g.line("for i := 0; i < 3; i++ { defer func() { fmt.Print(i, \" \", %s(), \" \") }(); i += int(%s() & 1) }", a, a)
		g.close("")
	})
}

// fieldFuncForm has functions in fields, maps and slices.
func (g *generator) fieldFuncForm() {
	s, t := g.top("S"), g.anyType(1)
	g.line("type %s struct { f func(%s) (%s, int); by map[string]func(int) int; n int }", s, t, t)
	g.line("func (s %s) With(n int) %s { s.n = n; s.f = func(x %s) (%s, int) { return x, s.n }; return s }", s, s, t, t)
	g.forms = append(g.forms, func() {
		v := g.name("s")
		g.open("")
		g.line("%s := %s{}.With(%s)", v, s, g.expr(intType, 1))
		g.line("%s.by = map[string]func(int) int{\"double\": func(x int) int { return 2 * x }, \"n\": func(x int) int { %s.n++; return x + %s.n }}", v, v, v)
		g.line("w := %s.With(3)", v)
		g.line("fmt.Println(%s.f(%s))", v, g.expr(t, 2))
		g.line("fmt.Println(w.f(%s))", g.expr(t, 2))
		g.line("fmt.Println(%s.by[\"double\"](4), w.by[\"n\"](%s), %s.n, w.n, %s.by[\"none\"] == nil)", v, g.expr(intType, 1), v, v)
		g.close("")
	})
}

// waitStmt shares a counter among goroutines.
func (g *generator) waitStmt() {
	n, t := 1+g.IntN(5), g.anyType(1)
	g.open("func()")
	g.line("var wg sync.WaitGroup; var mu sync.Mutex; var total atomic.Int64")
	g.line("out := make([]%s, %d)", t, n)
	g.line("seen := map[int]bool{}")
	g.open("for i := range %d", n)
	save, risky := g.scope, g.risky
	g.risky, g.scope = false, []*local{{name: "i", typ: intType, ro: true}}
	e := g.expr(t, 2)
	g.scope, g.risky = save, risky
	if g.chance(50) {
		g.open("wg.Go(func()")
		g.line("out[i] = %s", e)
		g.line("total.Add(int64(i)); mu.Lock(); defer mu.Unlock(); seen[i] = true")
		g.close(")")
	} else {
		g.line("wg.Add(1)")
		g.open("go func(k int)")
		g.line("defer wg.Done(); defer func() { _ = recover() }()")
		g.line("out[k] = %s; mu.Lock(); seen[k] = true; mu.Unlock(); total.Add(1)", e)
		g.line("if k == 2 { panic(k) }")
		g.close("(i)")
	}
	g.close("")
	g.line("wg.Wait()")
	g.line("fmt.Println(out, seen, total.Load())")
	g.close("()")
}

// workerStmt has workers between two channels, stopped by a third.
func (g *generator) workerStmt() {
	n := 1 + g.IntN(4)
	g.open("func()")
	g.line("jobs, results, quit := make(chan int%s), make(chan [2]int, %d), make(chan struct{})", pick(g, []string{"", ", 2"}), g.IntN(3))
	g.line("var wg sync.WaitGroup")
	g.open("for w := range %d", 1+g.IntN(3))
	g.open("wg.Go(func()")
	g.open("for j := range jobs")
	g.line("select { case results <- [2]int{j, j*j - w*0}: case <-quit: return }")
	g.close("")
	g.close(")")
	g.close("")
	g.open("go func()")
	g.line("defer close(jobs)")
	g.line("for i := range %d { select { case jobs <- i: case <-quit: return } }", n)
	g.close("()")
	g.line("go func() { wg.Wait(); close(results) }()")
	g.line("sum, count := 0, 0")
	g.line("loop: for { select { case r, ok := <-results: if !ok { break loop }; sum += r[1]; count++; if count > 9 { continue loop }; case <-quit: } }")
	g.line("close(quit)")
	g.line("fmt.Println(sum, count)")
	g.close("()")
}

// sliceStmt has full slice expressions, and conversions of slices to arrays.
func (g *generator) sliceStmt() {
	t := g.anyType(1)
	a := g.variable(&typ{kind: kSlice, elem: t}, "%s := []%s{%s}", t, g.elements(t, 4, 1))
	b, c := g.name("s"), g.name("s")
	g.open("")
	g.line("%s := %s[1:2:%d]", b, a.name, 2+g.IntN(3))
	g.line("%s := append(%s, %s[2:]...)", c, b, a.name)
	g.line("%s[0] = %s", c, g.element(t, 2))
	g.line("%s = slices.Insert(slices.Clone(%s), 1, %s)", b, b, g.expr(t, 1))
	g.line("x, y := [2]%s(%s), (*[1]%s)(%s[3:])", t, c, t, a.name)
	g.line("y[0] = x[1]")
	g.line("fmt.Println(len(%s), cap(%s) >= %d, %s, %s, x)", b, c, 2, a.name, c)
	g.line("clear(%s[:1]); fmt.Println(%s, %s)", a.name, a.name, c)
	if g.risky {
		g.risky = false
		g.line("fmt.Println([3]%s(%s[:%s]))", t, a.name, g.index())
	}
	g.close("")
}

// sortStmt calls back from compiled code and from generic one.
func (g *generator) sortStmt() {
	t := pick(g, []*typ{intType, stringType, floatType, pick(g, intTypes)})
	s := g.variable(&typ{kind: kSlice, elem: t}, "%s := []%s{%s}", t, g.elements(t, 2+g.IntN(5), 2))
	switch g.IntN(4) {
	case 0:
		g.line("sort.SliceStable(%s, func(i, j int) bool { return %s[i] > %s[j] })", s.name, s.name, s.name)
	case 1:
		g.line("slices.SortStableFunc(%s, func(a, b %s) int { return cmp.Compare(b, a) })", s.name, t)
	case 2:
		g.line("slices.Sort(%s)", s.name)
		g.line("fmt.Println(slices.BinarySearch(%s, %s))", s.name, g.expr(t, 1))
	default:
		g.line("fmt.Println(slices.IndexFunc(%s, func(x %s) bool { return x == %s[len(%s)-1] }), slices.Contains(%s, %s))", s.name, t, s.name, s.name, s.name, g.expr(t, 1))
		g.line("%s = slices.DeleteFunc(slices.Compact(%s), func(x %s) bool { return x == %s })", s.name, s.name, t, g.literal(t, 0))
	}
	g.line("fmt.Println(%s)", s.name)
}

// yieldStmt leaves loops over functions by all ways that there are.
func (g *generator) yieldStmt() {
	t := g.anyType(1)
	g.open("fmt.Println(func() (r %s, n int)", t)
	g.line("defer func() { n += 100; if x := recover(); x != nil { fmt.Println(\"caught\", x) } }()")
	g.line("seq := func(yield func(int) bool) { defer func() { n++ }(); for i := 0; yield(i); i++ { if i > %d { panic(\"far\") } } }", 3+g.IntN(5))
	g.open("outer: for i := range seq")
	g.open("for j := range seq")
	g.line("n += i * j")
	switch g.IntN(5) {
	case 0:
		g.line("if j == %d { continue outer }", g.IntN(4))
	case 1:
		g.line("if j == %d { break outer }", g.IntN(4))
	case 2:
		g.line("if i+j == %d { return %s, n }", g.IntN(5), g.expr(t, 2))
	case 3:
		g.line("if j > %d { break }", g.IntN(4))
	default:
		g.line("defer func() { n += i - j }()")
	}
	g.line("if i > 3 { break outer }")
	g.close("")
	g.close("")
	g.line("next, stop := iter.Pull(seq)")
	g.line("x, ok := next()")
	g.line("stop()")
	g.line("fmt.Println(x, ok, n)")
	g.line("return %s, n", g.expr(t, 1))
	g.close("())")
}

// formatStmt prints by verbs of all kinds, and as JSON.
func (g *generator) formatStmt() {
	x := pick(g, []*typ{pick(g, intTypes), stringType, floatType, boolType, complexType})
	verbs := map[kind][]string{
		kInt: {"%5d", "%-4d|", "%x", "%#X", "%08b", "%o", "%c", "%q", "%U", "%+d"}, kString: {"%q", "%x", "%10s|", "%-5.2s|", "%+q", "% X"},
		kFloat: {"%.3f", "%e", "%g", "%8.2f|", "%+v"}, kBool: {"%t", "%5v"}, kComplex: {"%.2f", "%v"},
	}
	v := pick(g, verbs[x.kind])
	g.line(`fmt.Printf("%s %%v\n", %s, %s)`, v, g.expr(x, 3), g.expr(g.anyType(1), 2))
	t := &typ{kind: kStruct, fields: []field{{name: "A", typ: pick(g, intTypes)}, {name: "B", typ: &typ{kind: kSlice, elem: stringType}}, {name: "c", typ: intType}}}
	j := g.name("j")
	g.open("if %s, err := json.Marshal(struct { %s `json:\"a,omitempty\"`; B []string; C map[string]%s; c int }{%s, []string{%s}, map[string]%s{\"k\": %s}, 1}); err == nil",
		j, "A "+t.fields[0].typ.String(), intType, g.expr(t.fields[0].typ, 1), g.expr(stringType, 1), intType, g.expr(intType, 1))
	back := g.name("back")
	g.line("var %s struct { B []string; C map[string]any }", back)
	g.line("fmt.Println(string(%s), json.Unmarshal(%s, &%s), %s)", j, j, back, back)
	g.close("")
}

// panicStmt panics in what is deferred while another panic is on its way.
func (g *generator) panicStmt() {
	g.open("func()")
	g.line("defer func() { fmt.Println(\"outer\", recover(), recover()) }()")
	g.line("defer func() { defer func() { fmt.Println(\"inner\", recover()) }(); %s }()", pick(g, []string{
		"panic(1)", "panic(fmt.Sprint(\"was \", recover()))", "_ = recover()", "var m map[string]int; m[\"x\"]++",
	}))
	g.line("for i := range 3 { defer func(n int) { fmt.Print(n, i, \" \") }(i * 2) }")
	g.line("var p *struct{ a [4]int; f func() }; var e error; s := []int{1, 2}")
	g.line("i := %s", g.expr(intType, 2))
	g.line("_, _, _, _ = p, e, s, i")
	g.line("%s", pick(g, []string{
		"fmt.Println(p.a[i&3])", "p.f()", "fmt.Println(e.Error())", "fmt.Println(s[i|2])", "fmt.Println(s[i&1:1][:i&3])", "fmt.Println(1 / (i - i))",
		"fmt.Println(any(i).(string))", "fmt.Println(any(s) == any(s))", "close((chan int)(nil))", "c := make(chan int); close(c); close(c)",
		"fmt.Println(make([]int, i|-1<<62))", "panic(fmt.Errorf(\"e %d\", i))", "fmt.Println(e.(fmt.Stringer))", "fmt.Println(map[any]int{s: 1})", "panic(nil)",
	}))
	g.close("()")
}

// arrayStmt copies arrays and structs where Go copies them.
func (g *generator) arrayStmt() {
	t := g.anyType(1)
	a := g.variable(&typ{kind: kArray, elem: t, n: 3}, "%s := [3]%s{%s}", t, g.elements(t, 3, 1))
	g.open("for i, x := range %s", a.name)
	g.line("%s[2-i] = x", a.name)
	g.close("")
	g.open("for i := range &%s", a.name)
	g.line("if i > 0 { %s[i] = %s[i-1] }", a.name, a.name)
	g.close("")
	b := g.name("b")
	g.open("")
	g.line("%s := struct { a, b [3]%s; n int }{a: %s, n: %s}", b, t, a.name, g.expr(intType, 1))
	g.line("%s.b = %s.a", b, b)
	g.line("%s.a[uint(%s)%%3] = %s", b, g.expr(intType, 1), g.expr(t, 2))
	g.line("c, m := %s, map[string]struct { a, b [3]%s; n int }{\"x\": %s}", b, t, b)
	g.line("c.n++; %s.n--", b)
	g.line("fmt.Println(%s, c.n, m[\"x\"].n, m[\"y\"].a, len(m[\"x\"].b))", b)
	if t.comparable() {
		g.line("fmt.Println(%s == c, %s.a == %s.b, m[\"x\"] != c)", b, b, b)
	}
	g.close("")
}

// boundStmt binds methods and arguments when Go does.
func (g *generator) boundStmt() {
	v := g.variable(intType, "%s := %s", g.expr(intType, 2))
	b, say := g.name("b"), g.name("say")
	g.open("func()")
	g.line("var %s strings.Builder", b)
	g.line("defer func() { fmt.Printf(\"%%q %%d\\n\", %s.String(), %s.Len()) }()", b, b)
	g.line("%s := func(n int) func(...any) { fmt.Fprint(&%s, n, \";\"); return func(a ...any) { fmt.Fprint(&%s, a...) } }", say, b, b)
	g.open("for i, s := range strings.Split(%q, \"o\")", "foo bord")
	g.line("defer %s(i)(%s, s)", say, v.name)
	g.line("defer %s.WriteString(s)", b)
	g.line("%s++", v.name)
	g.close("")
	g.line("write, r := %s.WriteByte, %s", b, v.name)
	g.line("defer func(x *int) { *x += r; write('0' + byte(*x&7)) }(&%s)", v.name)
	g.line("%s *= 2", v.name)
	g.close("()")
}
