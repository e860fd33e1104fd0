package randprog

import (
	"fmt"
	"strconv"
	"strings"
)

var words = []string{"", "a", "go", "née", "日本", "x\x00y", "\xff", "lorem ipsum", "A"}

// literal is a value of a type, perhaps a constant.
func (g *generator) literal(t *typ, depth int) string {
	conv := func(s string) string { return fmt.Sprintf("%s(%s)", t, s) }
	if depth <= 0 { // nothing inside
		switch t.kind {
		case kSlice, kArray, kMap, kStruct:
			return fmt.Sprintf("%s{}", t)
		case kPointer:
			return fmt.Sprintf("new(%s)", t.elem)
		case kFunc:
			return "func(x int) int { return x + 1 }"
		case kAny:
			return fmt.Sprintf("any(%s)", g.number(intType))
		}
	}
	switch t.kind {
	case kBool:
		return conv(pick(g, []string{"true", "false"}))
	case kInt:
		return conv(g.number(t))
	case kFloat:
		return conv(pick(g, []string{"0", "1.5", "-2.25", "1e10", "3", "0.1", "1.0 / 3", "-7"}))
	case kComplex:
		return conv(pick(g, []string{"1i", "2 - 0.5i", "0", "3", "1.5 + 2i"}))
	case kString:
		return conv(strconv.Quote(pick(g, words)))
	case kSlice:
		if g.chance(10) {
			return conv("nil")
		}
		return fmt.Sprintf("%s{%s}", t, g.elements(t.elem, g.IntN(4), depth))
	case kArray:
		if g.chance(30) {
			return fmt.Sprintf("%s{%d: %s}", t, g.IntN(t.n), g.expr(t.elem, depth-1))
		}
		return fmt.Sprintf("%s{%s}", t, g.elements(t.elem, g.IntN(t.n+1), depth))
	case kMap:
		return g.mapLiteral(t, depth)
	case kStruct:
		return g.structLiteral(t, depth)
	case kPointer:
		switch {
		case t.elem.kind == kStruct && g.chance(50):
			return "&" + g.structLiteral(t.elem, depth)
		case g.chance(50):
			return fmt.Sprintf("new(%s)", t.elem)
		}
		return fmt.Sprintf("new(%s)", g.expr(t.elem, depth-1))
	case kFunc:
		p := g.name("p")
		save := g.scope
		g.scope = append(g.scope[:len(g.scope):len(g.scope)], &local{name: p, typ: intType, ro: true})
		e := g.expr(intType, depth-1)
		g.scope = save
		return fmt.Sprintf("func(%s int) int { return %s }", p, e)
	case kAny:
		x := g.anyType(1)
		if x.kind == kAny {
			x = intType
		}
		return fmt.Sprintf("any(%s)", g.expr(x, depth-1))
	case kInterface:
		if x := g.implementer(t); x != nil {
			return conv(g.literal(x, depth))
		}
		return conv("nil")
	}
	panic("randprog: a type without literals: " + t.String())
}

// number is an integer constant that any type like t holds.
func (g *generator) number(t *typ) string {
	n := g.IntN(100)
	switch {
	case g.chance(20):
		return fmt.Sprintf("(%d << %d / 7 + %d) %% 100", 1+g.IntN(9), g.IntN(20), n)
	case t.signed() && g.chance(30):
		return fmt.Sprint(-n)
	case g.chance(10):
		return "'a'"
	case g.chance(15):
		return map[string]string{
			"int8": "127", "int16": "-1 << 15", "int32": "1<<31 - 1", "int64": "-1 << 63", "int": "1<<63 - 1",
			"uint8": "255", "uint16": "65535", "uint32": "1<<32 - 1", "uint64": "1<<64 - 1", "uint": "1 << 63", "uintptr": "1 << 40",
		}[t.base]
	}
	return fmt.Sprint(n)
}

// element is an expression for what is shared: a slice or a map that came to hold itself would be
// printed for ever.
func (g *generator) element(t *typ, depth int) string {
	if t.boxes() {
		return g.literal(t, 0)
	}
	return g.expr(t, depth)
}

func (g *generator) elements(t *typ, n, depth int) string {
	var list []string
	for range n {
		list = append(list, g.expr(t, depth-1))
	}
	return strings.Join(list, ", ")
}

// mapLiteral has keys that differ: constants would have to.
func (g *generator) mapLiteral(t *typ, depth int) string {
	var list []string
	switch t.key.kind {
	case kInt, kString:
		for i := range g.IntN(4) {
			key := fmt.Sprint(i * 7)
			if t.key.kind == kString {
				key = strconv.Quote(words[1+i])
			}
			list = append(list, key+": "+g.expr(t.elem, depth-1))
		}
	}
	return fmt.Sprintf("%s{%s}", t, strings.Join(list, ", "))
}

func (g *generator) structLiteral(t *typ, depth int) string {
	var list []string
	all := g.chance(50)
	for _, f := range t.fields {
		switch {
		case all && len(t.args) == 0:
			list = append(list, g.expr(f.typ, depth-1))
		case g.chance(60):
			list = append(list, strings.TrimSuffix(f.name, "]")+": "+g.expr(f.typ, depth-1))
		}
	}
	return fmt.Sprintf("%s{%s}", t, strings.Join(list, ", "))
}

// implementer is a type whose values have an interface's methods.
func (g *generator) implementer(t *typ) *typ {
	var list []*typ
	for _, x := range g.types {
		if x.kind != kInterface && x.has(t.methods, false) {
			list = append(list, x)
		}
		if x.kind == kStruct && x.has(t.methods, true) {
			list = append(list, &typ{kind: kPointer, elem: x})
		}
	}
	if len(list) == 0 {
		return nil
	}
	return pick(g, list)
}

// place is a way to a value of type t from a variable, or "".
func (g *generator) place(t *typ, assign bool) string {
	var list []string
	var walk func(s string, x *typ, depth int)
	walk = func(s string, x *typ, depth int) {
		if same(x, t) {
			list = append(list, s)
		}
		if depth == 0 {
			return
		}
		switch x.kind {
		case kStruct:
			for _, f := range x.fields {
				walk(s+"."+f.name, f.typ, depth-1)
				if f.embedded && f.typ.kind == kStruct {
					for _, p := range f.typ.fields { // promoted, unless another field hides it
						walk(s+"."+p.name, p.typ, 0)
					}
				}
			}
		case kArray:
			walk(fmt.Sprintf("%s[%d]", s, g.IntN(x.n)), x.elem, depth-1)
		case kPointer:
			walk("(*"+s+")", x.elem, depth-1)
		}
	}
	for _, v := range g.scope {
		if !assign || !v.ro {
			walk(v.name, v.typ, 2)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return pick(g, list)
}

// base is an expression of a type that is no constant, and simple.
func (g *generator) base(t *typ) string {
	if s := g.place(t, false); s != "" && g.chance(85) {
		return s
	}
	switch t.kind {
	case kInt, kFloat, kString, kBool, kComplex:
		return fmt.Sprintf("func() %s { return %s }()", t, g.literal(t, 0))
	}
	return g.literal(t, 0)
}

// expr is an expression of a type, no constant, without effects.
func (g *generator) expr(t *typ, depth int) string {
	if depth <= 0 || g.chance(20) {
		return g.base(t)
	}
	if s := g.special(t, depth-1); s != "" {
		return s
	}
	if g.chance(35) {
		if s := g.anyExpr(t, depth-1); s != "" {
			return s
		}
	}
	switch t.kind {
	case kInt:
		return g.intExpr(t, depth-1)
	case kBool:
		return g.boolExpr(t, depth-1)
	case kString:
		return g.stringExpr(t, depth-1)
	case kFloat:
		return g.floatExpr(t, depth-1)
	case kComplex:
		return g.complexExpr(t, depth-1)
	}
	if s := g.place(t, false); s != "" && g.chance(50) {
		return s
	}
	return g.literal(t, depth-1)
}

// anyExpr is a form that any type has; "" if it wasn't found.
func (g *generator) anyExpr(t *typ, depth int) string {
	switch g.IntN(9) {
	case 0, 1: // a call
		for _, list := range [][]*fun{g.funcs, g.generic} {
			for _, f := range list {
				if same(f.result, t) && g.chance(60) {
					return f.name + "(" + g.arguments(f.params, depth) + ")"
				}
			}
		}
	case 2: // what a map has
		for _, v := range g.scope {
			if v.typ.kind == kMap && same(v.typ.elem, t) && v.typ.key.kind != kAny {
				return fmt.Sprintf("%s[%s]", v.name, g.expr(v.typ.key, depth-1))
			}
		}
	case 3: // an element
		for _, v := range g.scope {
			if v.typ.kind == kSlice && same(v.typ.elem, t) && g.risky {
				g.risky = false
				return fmt.Sprintf("%s[%s]", v.name, g.index())
			}
			if v.typ.kind == kArray && same(v.typ.elem, t) {
				return fmt.Sprintf("%s[uint(%s)%%%d]", v.name, g.base(pick(g, intTypes)), v.typ.n)
			}
		}
	case 4: // through an interface
		if t.kind != kInterface {
			return fmt.Sprintf("func() %s { v, _ := any(%s).(%s); return v }()", t, g.expr(t, depth-1), t)
		}
	case 5: // one or the other
		return fmt.Sprintf("func() %s { if (%s) { return %s }; return %s }()", t, g.expr(boolType, depth-1), g.expr(t, depth-1), g.expr(t, depth-1))
	case 6: // through a pointer
		return fmt.Sprintf("*func(x %s) *%s { return &x }(%s)", t, t, g.expr(t, depth-1))
	case 7: // a failed assertion
		if t.plain() && g.risky && t.kind != kAny {
			g.risky = false
			return fmt.Sprintf("any(%s).(%s)", g.expr(g.anyType(1), depth-1), t)
		}
	case 8: // what a method value gives
		if m := g.methodCall(t, depth, true); m != "" {
			return m
		}
	}
	return ""
}

// special is for types whose expressions are only of one form.
func (g *generator) special(t *typ, depth int) string {
	if t.kind == kFunc && t.elem != nil { // a parameter of a generic function
		return t.base + g.expr(t.elem, depth) + " }"
	}
	return ""
}

func (g *generator) index() string {
	if g.chance(50) {
		return fmt.Sprintf("%s %% 4", g.base(intType))
	}
	return g.base(pick(g, intTypes))
}

func (g *generator) arguments(params []*typ, depth int) string {
	var list []string
	for _, p := range params {
		if p.kind == kFunc && p.elem != nil {
			list = append(list, g.special(p, depth))
			continue
		}
		list = append(list, g.expr(p, depth-1))
	}
	return strings.Join(list, ", ")
}

// methodCall is a call of a method without effects, that gives a t.
func (g *generator) methodCall(t *typ, depth int, value bool) string {
	for _, v := range g.scope {
		if v.typ.kind == kInterface {
			continue // may be nil, and its methods may have effects
		}
		for _, m := range v.typ.methods {
			s := signatures[m.sig]
			if m.pointer || !same(s.result, t) || g.chance(30) {
				continue
			}
			args := g.arguments(s.params, depth)
			switch {
			case value && g.chance(30):
				return fmt.Sprintf("%s.%s(%s)", v.typ, s.name, strings.TrimSuffix(v.name+", "+args, ", "))
			case value && g.chance(30):
				return fmt.Sprintf("func(f func%s) %s { return f(%s) }(%s.%s)", head(m.sig, nil), t, args, v.name, s.name)
			}
			return fmt.Sprintf("%s.%s(%s)", v.name, s.name, args)
		}
	}
	return ""
}

func (g *generator) intExpr(t *typ, depth int) string {
	x := func() string { return g.expr(t, depth) }
	switch g.IntN(15) {
	case 0, 1, 2, 3:
		return fmt.Sprintf("(%s %s %s)", x(), pick(g, []string{"+", "-", "*", "&", "|", "^", "&^"}), x())
	case 4:
		return fmt.Sprintf("(%s %s %s)", x(), pick(g, []string{"+", "-", "*", "&", "|", "^", "&^"}), g.literal(t, 0))
	case 5:
		op := pick(g, []string{"/", "%"})
		if g.risky && g.chance(60) {
			g.risky = false
			return fmt.Sprintf("(%s %s %s)", x(), op, x())
		}
		return fmt.Sprintf("(%s %s (%s | 1))", x(), op, x())
	case 6:
		return fmt.Sprintf("(%s %s %s)", x(), pick(g, []string{"/", "%"}), fmt.Sprint(1+g.IntN(50)))
	case 7:
		op := pick(g, []string{"<<", ">>"})
		switch {
		case g.risky && g.chance(40):
			g.risky = false
			return fmt.Sprintf("(%s %s %s)", x(), op, g.expr(pick(g, intTypes), depth))
		case g.chance(50):
			return fmt.Sprintf("(%s %s %d)", x(), op, g.IntN(70))
		}
		return fmt.Sprintf("(%s %s (uint8(%s) %% 70))", x(), op, g.expr(intType, depth))
	case 8:
		return fmt.Sprintf("(%s%s)", pick(g, []string{"-", "^", "+"}), x())
	case 9, 10:
		return fmt.Sprintf("%s(%s)", t, g.expr(pick(g, intTypes), depth))
	case 11:
		for _, v := range g.scope {
			if k := v.typ.kind; (k == kSlice || k == kMap || k == kString) && g.chance(60) {
				return fmt.Sprintf("%s(len(%s))", t, v.name)
			}
		}
		return fmt.Sprintf("%s(len(%s))", t, g.expr(stringType, depth))
	case 12:
		return fmt.Sprintf("%s(%s, %s)", pick(g, []string{"min", "max"}), x(), x())
	case 13:
		if g.risky {
			g.risky = false
			return fmt.Sprintf("%s(%s[%s])", t, g.base(stringType), g.index())
		}
		return fmt.Sprintf("%s(('a' + %s(%s)) ^ 5)", t, t, g.expr(pick(g, intTypes), depth))
	}
	for _, v := range g.scope {
		if v.typ.kind == kFunc && v.typ.elem == nil && g.chance(50) {
			return fmt.Sprintf("%s(%s(%s))", t, v.name, g.expr(intType, depth))
		}
	}
	return fmt.Sprintf("%s(func(a, b int) int { return a - 2*b }(%s, %s))", t, g.expr(intType, depth), g.expr(intType, depth))
}

func (g *generator) boolExpr(t *typ, depth int) string {
	var s string
	switch g.IntN(7) {
	case 0, 1:
		x := pick(g, intTypes)
		s = fmt.Sprintf("(%s %s %s)", g.expr(x, depth), pick(g, []string{"==", "!=", "<", "<=", ">", ">="}), g.expr(x, depth))
	case 2:
		x := pick(g, []*typ{stringType, floatType})
		s = fmt.Sprintf("(%s %s %s)", g.expr(x, depth), pick(g, []string{"==", "!=", "<", "<=", ">", ">="}), g.expr(x, depth))
	case 3:
		s = fmt.Sprintf("(%s %s %s)", g.expr(boolType, depth), pick(g, []string{"&&", "||", "==", "!="}), g.expr(boolType, depth))
	case 4:
		s = fmt.Sprintf("!%s", g.expr(boolType, depth))
	case 5:
		x := g.anyType(1)
		if !x.comparable() {
			x = intType
		}
		a, b := g.expr(x, depth), g.expr(x, depth)
		switch g.IntN(3) {
		case 0:
			s = fmt.Sprintf("(any(%s) == any(%s))", a, b)
		case 1:
			s = fmt.Sprintf("(any(%s) != %s(%s))", a, x, b)
		default:
			s = fmt.Sprintf("func(a, b %s) bool { return a == b }(%s, %s)", x, a, b)
		}
	default:
		x := g.anyType(1)
		s = fmt.Sprintf("func() bool { _, ok := any(%s).(%s); return ok }()", g.expr(x, depth), g.someType(1))
	}
	if t.name != "" {
		return fmt.Sprintf("%s(%s)", t, s)
	}
	return s
}

// clip bounds the length of a string.
func clip(s string) string {
	return fmt.Sprintf("func(s string) string { return s[:min(len(s), 60)] }(%s)", s)
}

func (g *generator) stringExpr(t *typ, depth int) string {
	x := func() string { return "string(" + g.expr(t, depth) + ")" }
	var s string
	switch g.IntN(8) {
	case 0, 1:
		s = clip(x() + " + " + g.expr(stringType, depth))
	case 2:
		s = fmt.Sprintf("strconv.Itoa(%s)", g.expr(intType, depth))
	case 3:
		s = fmt.Sprintf("string(rune(%s))", g.expr(pick(g, intTypes), depth))
	case 4:
		s = clip(fmt.Sprintf("fmt.Sprint(%s)", g.expr(g.anyType(1), depth)))
	case 5:
		if g.risky {
			g.risky = false
			s = fmt.Sprintf("%s[%s:]", x(), g.index())
		} else {
			s = fmt.Sprintf("string([]%s(%s))", pick(g, []string{"byte", "rune"}), x())
		}
	case 6:
		s = fmt.Sprintf("strings.ToUpper(%s)", x())
	default:
		s = fmt.Sprintf("func(r []rune) string { slices.Reverse(r); return string(r) }([]rune(%s))", x())
	}
	if t.name != "" {
		return fmt.Sprintf("%s(%s)", t, s)
	}
	return s
}

func (g *generator) floatExpr(t *typ, depth int) string {
	x := func() string { return g.expr(t, depth) }
	switch g.IntN(6) {
	case 0, 1, 2:
		return fmt.Sprintf("%s(%s %s %s)", t, x(), pick(g, []string{"+", "-", "*", "/"}), x())
	case 3:
		return fmt.Sprintf("%s(%s)", t, g.expr(pick(g, intTypes), depth))
	case 4:
		return fmt.Sprintf("%s(%s(%s))", t, pick(g, []string{"real", "imag"}), g.expr(complexType, depth))
	}
	return fmt.Sprintf("-%s(%s, %s)", pick(g, []string{"min", "max"}), x(), x())
}

func (g *generator) complexExpr(t *typ, depth int) string {
	x := func() string { return g.expr(t, depth) }
	if g.chance(40) {
		return fmt.Sprintf("%s(complex(%s, %s))", t, g.expr(floatType, depth), g.expr(floatType, depth))
	}
	return fmt.Sprintf("(%s %s %s)", x(), pick(g, []string{"+", "-", "*"}), x())
}
