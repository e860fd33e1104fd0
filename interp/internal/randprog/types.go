package randprog

import (
	"fmt"
	"strconv"
	"strings"
)

type kind int

const (
	kBool kind = iota
	kInt
	kFloat
	kComplex
	kString
	kSlice
	kArray
	kMap
	kStruct
	kPointer
	kFunc // one int to one int
	kAny
	kInterface
)

// typ is a type of the program.
type typ struct {
	kind    kind
	name    string // "" for a type literal
	base    string // of a basic type
	elem    *typ
	key     *typ
	n       int
	fields  []field
	methods []method
	args    []*typ // of a generic type's instance
}

type field struct {
	name     string
	typ      *typ
	embedded bool
}

// method is one of those that interfaces ask for.
type method struct {
	sig     int  // an index of signatures
	pointer bool // has a pointer receiver, and effects
}

var (
	boolType    = &typ{kind: kBool, base: "bool"}
	intType     = &typ{kind: kInt, base: "int"}
	uintType    = &typ{kind: kInt, base: "uint"}
	stringType  = &typ{kind: kString, base: "string"}
	anyType     = &typ{kind: kAny, base: "any"}
	floatType   = &typ{kind: kFloat, base: "float64"}
	complexType = &typ{kind: kComplex, base: "complex128"}
	funcType    = &typ{kind: kFunc}
)

var intTypes = func() []*typ {
	list := []*typ{intType, uintType}
	for _, s := range []string{"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "uintptr"} {
		list = append(list, &typ{kind: kInt, base: s})
	}
	return list
}()

var otherTypes = []*typ{
	boolType, stringType, floatType, {kind: kFloat, base: "float32"}, complexType, {kind: kComplex, base: "complex64"}, anyType,
}

func (t *typ) String() string {
	if t.name != "" {
		return t.name
	}
	switch t.kind {
	case kSlice:
		return "[]" + t.elem.String()
	case kArray:
		return fmt.Sprintf("[%d]%s", t.n, t.elem)
	case kMap:
		return fmt.Sprintf("map[%s]%s", t.key, t.elem)
	case kPointer:
		return "*" + t.elem.String()
	case kFunc:
		return "func(int) int"
	case kStruct:
		var list []string
		for _, f := range t.fields {
			list = append(list, f.name+" "+f.typ.String())
		}
		return "struct{ " + strings.Join(list, "; ") + " }"
	}
	return t.base
}

func (t *typ) signed() bool { return !strings.HasPrefix(t.base, "u") }

// same says whether two types are identical.
func same(a, b *typ) bool { return a == b || a.String() == b.String() }

// plain says whether a value prints the same every time: it has no address in it.
func (t *typ) plain() bool {
	switch t.kind {
	case kPointer, kFunc, kInterface:
		return false
	case kSlice, kArray:
		return t.elem.plain()
	case kMap:
		return t.key.plain() && t.elem.plain()
	case kStruct:
		for _, f := range t.fields {
			if !f.typ.plain() {
				return false
			}
		}
	}
	return true
}

// comparable says whether == is allowed, and never panics.
func (t *typ) comparable() bool {
	switch t.kind {
	case kSlice, kMap, kFunc, kAny, kInterface:
		return false
	case kArray:
		return t.elem.comparable()
	case kStruct:
		for _, f := range t.fields {
			if !f.typ.comparable() {
				return false
			}
		}
	}
	return true
}

// boxes says whether a value may hold one of any type.
func (t *typ) boxes() bool {
	switch t.kind {
	case kAny, kInterface:
		return true
	case kSlice, kArray, kPointer:
		return t.elem.boxes()
	case kMap:
		return t.key.boxes() || t.elem.boxes()
	case kStruct:
		for _, f := range t.fields {
			if f.typ.boxes() {
				return true
			}
		}
	}
	return false
}

// mapKey says whether the type is a key whose order in print is known.
func (t *typ) mapKey() bool {
	switch t.kind {
	case kBool, kInt, kString:
		return true
	case kArray:
		return t.elem.mapKey()
	case kStruct:
		for _, f := range t.fields {
			if !f.typ.mapKey() {
				return false
			}
		}
		return len(t.fields) > 0
	}
	return false
}

// basic is a random predeclared type.
func (g *generator) basic() *typ {
	if g.chance(60) {
		return pick(g, intTypes)
	}
	return pick(g, otherTypes)
}

// anyType is a random type whose values are plain.
func (g *generator) anyType(depth int) *typ {
	for range 5 {
		t := g.someType(depth)
		if t.plain() {
			return t
		}
	}
	return intType
}

func (g *generator) someType(depth int) *typ {
	if len(g.types) > 0 && g.chance(45) {
		return pick(g, g.types)
	}
	if depth <= 0 || g.chance(45) {
		return g.basic()
	}
	switch g.IntN(5) {
	case 0, 1:
		return &typ{kind: kSlice, elem: g.anyType(depth - 1)}
	case 2:
		return &typ{kind: kArray, elem: g.anyType(depth - 1), n: 1 + g.IntN(3)}
	case 3:
		return &typ{kind: kMap, key: g.keyType(), elem: g.anyType(depth - 1)}
	}
	return &typ{kind: kStruct, fields: []field{{name: "A", typ: g.anyType(depth - 1)}, {name: "b", typ: g.basic()}}}
}

func (g *generator) keyType() *typ {
	for range 5 {
		if t := g.someType(1); t.mapKey() {
			return t
		}
	}
	return stringType
}

// signatures are the methods that there are: name, parameters, result.
var signatures = []struct {
	name   string
	params []*typ
	result *typ
}{
	{"Get", nil, intType},
	{"Add", []*typ{intType}, intType},
	{"Name", nil, stringType},
	{"Is", []*typ{stringType, intType}, boolType},
	{"hidden", nil, uintType},
}

// typeDecl declares a type, with methods.
func (g *generator) typeDecl() {
	t := &typ{name: g.top("T")}
	switch g.IntN(10) {
	case 0, 1:
		b := g.basic()
		if b.kind == kAny {
			b = intType
		}
		t.kind, t.base = b.kind, b.base
		g.line("type %s %s", t.name, b)
	case 2:
		*t = typ{name: t.name, kind: kSlice, elem: g.anyType(1)}
		g.line("type %s []%s", t.name, t.elem)
	case 3:
		*t = typ{name: t.name, kind: kMap, key: g.keyType(), elem: g.anyType(1)}
		g.line("type %s map[%s]%s", t.name, t.key, t.elem)
	case 4:
		*t = typ{name: t.name, kind: kArray, n: 1 + g.IntN(3), elem: g.anyType(1)}
		g.line("type %s [%d]%s", t.name, t.n, t.elem)
	case 5:
		g.interfaceDecl(t)
		return
	case 6:
		g.genericType(t)
		return
	default:
		t.kind = kStruct
		g.structDecl(t)
	}
	g.types = append(g.types, t)
	g.methodDecls(t)
}

func (g *generator) structDecl(t *typ) {
	g.open("type %s struct", t.name)
	if g.chance(50) {
		var list []*typ
		for _, e := range g.types {
			if e.kind != kInterface && len(e.args) == 0 && e.plain() {
				list = append(list, e)
			}
		}
		if len(list) > 0 {
			e := pick(g, list)
			t.fields = append(t.fields, field{e.name, e, true})
			g.line("%s", e)
		}
	}
	for range 1 + g.IntN(3) {
		f := field{name: g.name("F"), typ: g.anyType(1)}
		if g.chance(30) {
			f.name = g.name("f")
		}
		t.fields = append(t.fields, f)
		tag := ""
		if g.chance(10) {
			tag = "`json:\"x\"`"
		}
		g.line("%s %s %s", f.name, f.typ, tag)
	}
	g.close("")
}

func (g *generator) interfaceDecl(t *typ) {
	t.kind = kInterface
	g.open("type %s interface", t.name)
	for i := range signatures {
		if g.chance(35) {
			t.methods = append(t.methods, method{sig: i})
			g.line("%s%s", signatures[i].name, head(i, nil))
		}
	}
	g.close("")
	if len(t.methods) > 0 {
		g.types = append(g.types, t)
		g.ifaces = append(g.ifaces, t)
	}
}

// head is the signature of a method, with the names of its parameters if there are any.
func head(i int, names []string) string {
	s := signatures[i]
	var list []string
	for j, p := range s.params {
		if names == nil {
			list = append(list, p.String())
		} else {
			list = append(list, names[j]+" "+p.String())
		}
	}
	return "(" + strings.Join(list, ", ") + ") " + s.result.String()
}

// methodDecls declares some methods. Those with value receivers have no effects.
func (g *generator) methodDecls(t *typ) {
	for i := range signatures {
		if !g.chance(35) {
			continue
		}
		m := method{sig: i, pointer: g.chance(30)}
		recv := "r " + t.name
		if m.pointer {
			recv = "r *" + t.name
		}
		names := []string{"p", "q"}[:len(signatures[i].params)]
		g.open("func (%s) %s%s", recv, signatures[i].name, head(i, names))
		scope := []*local{{name: "r", typ: t, ro: true}}
		if m.pointer {
			scope[0] = &local{name: "(*r)", typ: t}
		}
		for j, p := range signatures[i].params {
			scope = append(scope, &local{name: names[j], typ: p})
		}
		g.body(scope, signatures[i].result, m.pointer)
		g.close("")
		t.methods = append(t.methods, m)
	}
	if g.chance(25) {
		g.stringDecl(t)
	}
}

// stringDecl declares the method that fmt calls. It uses nothing that may call it.
func (g *generator) stringDecl(t *typ) {
	parts := []string{strconv.Quote(pick(g, words))}
	for _, f := range t.fields {
		if f.typ.name == "" && f.typ.base != "" && f.typ.kind != kAny {
			parts = append(parts, "fmt.Sprint(r."+f.name+")")
		}
	}
	g.line("func (r %s) %s() string { return %s }", t.name, pick(g, []string{"String", "Error"}), strings.Join(parts, " + "))
}

// body writes a function's statements, up to its return.
func (g *generator) body(scope []*local, result *typ, effects bool) {
	save, pure, budget, ret := g.scope, g.pure, g.budget, g.ret
	g.scope, g.pure, g.ret = scope, true, result
	if effects {
		n := 1 + g.IntN(2)
		for range n {
			g.assignStmt()
		}
	}
	g.budget = g.IntN(4)
	g.depth++
	for g.budget > 0 {
		g.stmt()
	}
	g.depth--
	g.line("return %s", g.expr(result, 2))
	g.scope, g.pure, g.budget, g.ret = save, pure, budget, ret
}

// has says whether values of t, or of *t, have the methods.
func (t *typ) has(list []method, pointer bool) bool {
	for _, want := range list {
		found := false
		for _, m := range t.methods {
			found = found || m.sig == want.sig && (pointer || !m.pointer)
		}
		if !found {
			return false
		}
	}
	return true
}

// genericType declares a generic type, and keeps instances of it.
func (g *generator) genericType(t *typ) {
	name := t.name
	g.open("type %s[K comparable, V any] struct", name)
	g.line("Key K")
	g.line("List []V")
	g.line("m map[K]V")
	g.close("")
	g.open("func (r %s[K, V]) First(d V) V", name)
	g.open("for _, v := range r.List")
	g.line("return v")
	g.close("")
	g.line("return d")
	g.close("")
	g.open("func (r *%s[K, V]) Put(k K, v V) int", name)
	g.line("r.Key = k")
	g.open("if len(r.List) < 6")
	g.line("r.List = append(r.List, v)")
	g.close("")
	g.open("if r.m == nil")
	g.line("r.m = map[K]V{}")
	g.close("")
	g.line("r.m[k] = v")
	g.line("return len(r.m)")
	g.close("")
	g.open("func (r %s[K, V]) Get() int", name)
	g.line("return len(r.List) + len(r.m)")
	g.close("")
	for range 1 + g.IntN(2) {
		k, v := g.keyType(), g.anyType(1)
		x := &typ{kind: kStruct, name: fmt.Sprintf("%s[%s, %s]", name, k, v), args: []*typ{k, v}}
		x.fields = []field{{name: "Key", typ: k}, {name: "List", typ: &typ{kind: kSlice, elem: v}}, {name: "m", typ: &typ{kind: kMap, key: k, elem: v}}}
		x.methods = []method{{sig: 0}}
		g.types = append(g.types, x)
	}
}

// funcDecl declares a function without effects.
func (g *generator) funcDecl() {
	f := &fun{name: g.top("f"), result: g.anyType(1)}
	var list []string
	var scope []*local
	for range g.IntN(4) {
		v := &local{name: g.name("p"), typ: g.anyType(1), ro: true}
		scope = append(scope, v)
		f.params = append(f.params, v.typ)
		list = append(list, v.name+" "+v.typ.String())
	}
	g.open("func %s(%s) %s", f.name, strings.Join(list, ", "), f.result)
	g.body(scope, f.result, false)
	g.close("")
	g.funcs = append(g.funcs, f)
}

// genericDecl declares generic functions, and keeps instances of them.
func (g *generator) genericDecl() {
	name := g.top("G")
	g.open("func %s[T any](c bool, a, b T) T", name)
	g.open("if c")
	g.line("return a")
	g.close("")
	g.line("return b")
	g.close("")
	sum := g.top("G")
	g.open("func %s[S ~[]E, E interface{ ~int | ~int8 | ~uint16 | ~float64 | ~string }](s S) (t E)", sum)
	g.open("for _, x := range s")
	g.line("t += x")
	g.close("")
	g.line("return t")
	g.close("")
	mapped := g.top("G")
	g.open("func %s[A, B any](s []A, f func(int, A) B) []B", mapped)
	g.line("type pair struct { a A; b B }")
	g.line("var list []pair")
	g.open("for i, x := range s")
	g.line("list = append(list, pair{x, f(i, x)})")
	g.close("")
	g.line("var out []B")
	g.open("for _, p := range list")
	g.line("out = append(out, p.b)")
	g.close("")
	g.line("return out")
	g.close("")
	for range 3 {
		t := g.anyType(1)
		g.generic = append(g.generic, &fun{fmt.Sprintf("%s[%s]", name, t), []*typ{boolType, t, t}, t})
	}
	for _, t := range []*typ{intType, stringType, floatType} {
		g.generic = append(g.generic, &fun{sum, []*typ{{kind: kSlice, elem: t}}, t})
	}
	for range 2 {
		a, b := g.anyType(1), g.anyType(1)
		f := fmt.Sprintf("func(i int, x %s) %s { _, _ = i, x; return ", a, b)
		g.generic = append(g.generic, &fun{
			name: mapped, params: []*typ{{kind: kSlice, elem: a}, {kind: kFunc, base: f, elem: b}}, result: &typ{kind: kSlice, elem: b},
		})
	}
}
