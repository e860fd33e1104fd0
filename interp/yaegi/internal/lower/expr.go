package lower

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"strconv"
	"strings"
)

// expr lowers an expression to one that yaegi evaluates rightly. The result's representation is
// that of the expression's own type.
func (f *function) expr(e ast.Expr) string {
	if tv, ok := f.info.Types[e]; ok {
		if tv.Value != nil && tv.Value.Kind() != constant.Unknown {
			return f.constant(tv.Value, f.typeOf(e))
		}
		if tv.IsNil() {
			return "nil"
		}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return parens(f.expr(e.X))
	case *ast.Ident:
		return f.ident(e)
	case *ast.FuncLit:
		return f.literal(e, "")
	case *ast.CompositeLit:
		return f.composite(e)
	case *ast.SelectorExpr:
		return f.selector(e)
	case *ast.IndexExpr:
		return f.index(e)
	case *ast.IndexListExpr:
		if id := instanceIdent(e.X); id != nil {
			return f.funcValue(id)
		}
	case *ast.SliceExpr:
		return f.slice(e)
	case *ast.TypeAssertExpr:
		return f.assert(e)
	case *ast.CallExpr:
		return f.call(e)
	case *ast.StarExpr:
		return "(*" + f.expr(e.X) + ")"
	case *ast.UnaryExpr:
		return f.unary(e)
	case *ast.BinaryExpr:
		return f.binary(e)
	}
	f.l.refuse(e.Pos(), "%T is not supported", e)
	return ""
}

// to lowers e and converts it to a type that it is assignable to.
func (f *function) to(e ast.Expr, target types.Type) string {
	if tv := f.info.Types[e]; tv.IsNil() {
		return "nil"
	}
	from := f.typeOf(e)
	if target == nil || from == nil {
		return f.expr(e)
	}
	if b, ok := from.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		from = types.Default(from)
	}
	return f.convert(f.expr(e), from, target)
}

// convert makes an implicit conversion explicit: only interfaces need one.
func (f *function) convert(s string, from, to types.Type) string {
	l := f.l
	if !types.IsInterface(to) {
		if ps, ok := to.Underlying().(*types.Signature); ok {
			return f.convertFunc(s, from, to, ps)
		}
		return s
	}
	if types.IsInterface(from) {
		switch {
		case l.isOpen(to) && l.isNative(from):
			return "rt.Open(" + s + ")"
		case l.isNative(to) && l.isOpen(from):
			return l.wrap(to, s)
		}
		return s
	}
	if !l.isBoxed(from) {
		return s
	}
	b := fmt.Sprintf("rt.B(%s, %s)", l.descriptor(from), s)
	if l.isNative(to) {
		return l.wrap(to, b)
	}
	return b
}

// convertFunc adapts variadic functions: those of cells take a slice, compiled ones are variadic.
func (f *function) convertFunc(s string, from, to types.Type, sig *types.Signature) string {
	if !sig.Variadic() {
		return s
	}
	n, toNamed := types.Unalias(to).(*types.Named)
	compiled := toNamed && !f.l.sessionPkg(n.Obj().Pkg())
	if fn, ok := types.Unalias(from).(*types.Named); ok && !f.l.sessionPkg(fn.Obj().Pkg()) {
		return s
	}
	if !compiled {
		return s
	}
	return f.variadicFunc(s, sig)
}

// variadicFunc makes a Go variadic function of one that takes a slice.
func (f *function) variadicFunc(s string, sig *types.Signature) string {
	params, args := f.forward(sig, true)
	ret := ""
	if sig.Results().Len() > 0 {
		ret = "return "
	}
	return fmt.Sprintf("func(%s)%s { %s%s(%s) }", params, f.l.results(sig), ret, s, strings.Join(args, ", "))
}

// forward prints parameters for a function that passes its arguments on, and the arguments.
func (f *function) forward(sig *types.Signature, variadic bool) (params string, args []string) {
	var ps []string
	for i := range sig.Params().Len() {
		a := f.temp("a")
		t := f.l.typ(sig.Params().At(i).Type())
		if variadic && sig.Variadic() && i == sig.Params().Len()-1 {
			t = "..." + strings.TrimPrefix(t, "[]")
		}
		ps = append(ps, a+" "+t)
		args = append(args, a)
	}
	return strings.Join(ps, ", "), args
}

// wrap converts an any to a native interface type.
func (l *lowerer) wrap(to types.Type, s string) string {
	if n := to.(*types.Named); n.Obj().Pkg() == nil && n.Obj().Name() == "error" {
		return "rt.WrapError(" + s + ")"
	}
	d := l.descriptor(to)
	key := "wrap " + l.typeID(to)
	name, ok := l.st.helpers[key]
	if !ok {
		name = l.fresh("wrap")
		l.st.helpers[key] = name
		t := l.typ(to)
		l.chunks = append(l.chunks, fmt.Sprintf("func %s(x any) %s {\ny := rt.Wrap(%s, x)\nif y == nil { return nil }\nreturn y.(%s)\n}", name, t, d, t))
	}
	return name + "(" + s + ")"
}

func (f *function) constant(v constant.Value, t types.Type) string {
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		// A constant in an interface has its default type.
		switch v.Kind() {
		case constant.Bool:
			b = types.Typ[types.Bool]
		case constant.String:
			b = types.Typ[types.String]
		case constant.Int:
			b = types.Typ[types.Int]
		case constant.Float:
			b = types.Typ[types.Float64]
		default:
			b = types.Typ[types.Complex128]
		}
		t = b
	}
	if b.Info()&types.IsUntyped != 0 {
		b = types.Default(b).(*types.Basic)
		t = b
	}
	lit := literal(v, b)
	switch name := f.l.typ(t); name {
	case "string", "bool", "int":
		return lit
	case "float64":
		if !strings.HasPrefix(lit, "-") {
			return lit
		}
		return "(" + lit + ")"
	default:
		return name + "(" + lit + ")"
	}
}

// literal prints a constant as a literal for a basic type.
func literal(v constant.Value, b *types.Basic) string {
	info := b.Info()
	switch {
	case info&types.IsBoolean != 0:
		return strconv.FormatBool(constant.BoolVal(v))
	case info&types.IsString != 0:
		return strconv.Quote(constant.StringVal(v))
	case info&types.IsInteger != 0:
		s := constant.ToInt(v).ExactString()
		if strings.HasPrefix(s, "-") {
			return "(" + s + ")"
		}
		return s
	case info&types.IsFloat != 0:
		return floatLiteral(v, b.Kind() == types.Float32)
	case info&types.IsComplex != 0:
		c := constant.ToComplex(v)
		single := b.Kind() == types.Complex64
		return fmt.Sprintf("complex(%s, %s)", floatLiteral(constant.Real(c), single), floatLiteral(constant.Imag(c), single))
	case b.Kind() == types.UnsafePointer:
		return "nil"
	}
	return v.ExactString()
}

func floatLiteral(v constant.Value, single bool) string {
	x, _ := constant.Float64Val(constant.ToFloat(v))
	bits := 64
	if single {
		y, _ := constant.Float32Val(constant.ToFloat(v))
		x, bits = float64(y), 32
	}
	if math.IsInf(x, 0) {
		return v.ExactString()
	}
	s := strconv.FormatFloat(x, 'g', -1, bits)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

func (f *function) ident(id *ast.Ident) string {
	o := f.object(id)
	switch o := o.(type) {
	case *types.Nil:
		return "nil"
	case *types.Func:
		return f.funcValue(id)
	case *types.Var:
		n := f.variable(o)
		if f.boxed[o] {
			return "(*" + n + ")"
		}
		return n
	case *types.TypeName:
		return f.l.typ(f.env.subst(o.Type()))
	}
	if id.Name == "_" {
		return "_"
	}
	f.l.refuse(id.Pos(), "%s is not supported here", id.Name)
	return ""
}

// variable returns the emitted name of a variable.
func (f *function) variable(o *types.Var) string {
	if o.Name() == "_" && f.names[o] == "" {
		return "_"
	}
	if f.isLocal(o) {
		return f.define(o)
	}
	return f.l.global(o)
}

// global returns the emitted name of a top-level variable.
func (l *lowerer) global(o types.Object) string {
	if !l.sessionPkg(o.Pkg()) {
		return l.qualified(o)
	}
	if !l.own(o.Pkg()) {
		l.refuse(token.NoPos, "variable %s of package %s is not supported", o.Name(), o.Pkg().Path())
	}
	n, ok := l.st.versions[l.key(o)]
	if !ok {
		l.refuse(token.NoPos, "%s is not defined in this session", o.Name())
	}
	return n
}

// instanceIdent returns the identifier of a generic function being instantiated.
func instanceIdent(x ast.Expr) *ast.Ident {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return x.Sel
	}
	return nil
}

// funcValue lowers a function name that stands for its value.
func (f *function) funcValue(id *ast.Ident) string {
	// The name of a function is not a value that yaegi can return, so it is wrapped in a literal.
	// Function values of cells take a slice for their variadic parameter.
	o := f.object(id).(*types.Func)
	name := f.funcName(id)
	sig := f.env.subst(o.Type()).(*types.Signature)
	if inst, ok := f.info.Instances[id]; ok {
		sig = f.env.subst(inst.Type).(*types.Signature)
	}
	params, args := f.forward(sig, false)
	if sig.Variadic() && !f.l.sessionPkg(o.Pkg()) && !isGeneric(o) {
		args[len(args)-1] += "..."
	}
	ret := ""
	if sig.Results().Len() > 0 {
		ret = "return "
	}
	return fmt.Sprintf("func(%s)%s { %s%s(%s) }", params, f.l.results(sig), ret, name, strings.Join(args, ", "))
}

// funcName returns the emitted name of a function, instantiating it when it is generic.
func (f *function) funcName(id *ast.Ident) string {
	o := f.object(id).(*types.Func)
	l := f.l
	if inst, ok := f.info.Instances[id]; ok {
		var args []types.Type
		for t := range inst.TypeArgs.Types() {
			args = append(args, f.env.subst(t))
		}
		return l.instance(o.Origin(), args, id.Pos())
	}
	if n, ok := replaced[qualifiedName(o)]; ok {
		return "rt." + n
	}
	if !l.sessionPkg(o.Pkg()) {
		return l.qualified(o)
	}
	if !l.own(o.Pkg()) {
		return l.instance(o, nil, id.Pos())
	}
	if n, ok := l.st.versions[l.key(o)]; ok {
		return n
	}
	l.refuse(id.Pos(), "%s is not defined in this session", o.Name())
	return ""
}

func qualifiedName(o types.Object) string {
	if o.Pkg() == nil {
		return o.Name()
	}
	return o.Pkg().Path() + "." + o.Name()
}

func (f *function) unary(e *ast.UnaryExpr) string {
	switch e.Op {
	case token.AND:
		x := ast.Unparen(e.X)
		if lit, ok := x.(*ast.CompositeLit); ok {
			return f.addressOfLiteral(lit)
		}
		if id, ok := x.(*ast.Ident); ok {
			if v, ok := f.object(id).(*types.Var); ok && f.boxed[v] {
				return f.variable(v)
			}
			if types.IsInterface(f.typeOf(id)) {
				f.l.refuse(e.Pos(), "the address of the interface variable %s is not supported; put it in a struct behind a pointer", id.Name)
			}
		}
		if _, loose := f.looseField(x); loose {
			f.l.refuse(e.Pos(), "the address of a field that closes a circle of types is not supported by this engine")
		}
		return "&" + f.expr(x)
	case token.ARROW:
		return f.receive(e.X)
	case token.ADD:
		return f.expr(e.X)
	case token.NOT:
		return f.negate(e.X)
	}
	return "(" + e.Op.String() + parens(f.expr(e.X)) + ")"
}

// parens puts an expression in parentheses, unless it is in some: yaegi takes the wrong value of a
// condition within two pairs.
func parens(s string) string {
	if !strings.HasPrefix(s, "(") {
		return "(" + s + ")"
	}
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
			if depth == 0 && i < len(s)-1 {
				return "(" + s + ")"
			}
		case '"', '\'', '`':
			// Not worth a scanner: a literal may hold parentheses.
			return "(" + s + ")"
		}
	}
	return s
}

// negate lowers !e. yaegi's own ! takes a wrong turn in conditions when its operand is in
// parentheses, so that the negation is moved inwards, to a comparison.
func (f *function) negate(e ast.Expr) string {
	if tv := f.info.Types[e]; tv.Value == nil {
		switch x := ast.Unparen(e).(type) {
		case *ast.UnaryExpr:
			if x.Op == token.NOT {
				return f.cond(x.X)
			}
		case *ast.BinaryExpr:
			switch x.Op {
			case token.LAND:
				return "(" + f.negate(x.X) + " || " + f.negate(x.Y) + ")"
			case token.LOR:
				return "(" + f.negate(x.X) + " && " + f.negate(x.Y) + ")"
			case token.EQL:
				return f.compare(x.X, x.Y, token.NEQ)
			case token.NEQ:
				return f.compare(x.X, x.Y, token.EQL)
			}
		}
	}
	return "(" + f.expr(e) + " == " + falseVar + ")"
}

func (f *function) binary(e *ast.BinaryExpr) string {
	switch e.Op {
	case token.EQL, token.NEQ:
		return f.compare(e.X, e.Y, e.Op)
	case token.LAND, token.LOR:
		return "(" + f.cond(e.X) + " " + e.Op.String() + " " + f.cond(e.Y) + ")"
	}
	return "(" + f.expr(e.X) + " " + e.Op.String() + " " + f.expr(e.Y) + ")"
}

// compare lowers == and !=.
func (f *function) compare(x, y ast.Expr, op token.Token) string {
	not := ""
	if op == token.NEQ {
		not = "!"
	}
	nilX, nilY := f.info.Types[x].IsNil(), f.info.Types[y].IsNil()
	if nilX || nilY {
		if nilX {
			x = y
		}
		return "(" + f.expr(x) + " " + op.String() + " nil)"
	}
	return f.equal(f.expr(x), f.typeOf(x), f.expr(y), f.typeOf(y), not)
}

// equal compares two values that are in hand.
func (f *function) equal(x string, tx types.Type, y string, ty types.Type, not string) string {
	ix, iy := types.IsInterface(tx), types.IsInterface(ty)
	switch {
	case ix || iy:
		any := types.NewInterfaceType(nil, nil)
		if !ix {
			x = f.convert(x, defaultType(tx), any)
		}
		if !iy {
			y = f.convert(y, defaultType(ty), any)
		}
		return rtEqual(x, y, not)
	}
	switch tx.Underlying().(type) {
	case *types.Struct, *types.Array, *types.Chan:
		return rtEqual(x, y, not)
	}
	op := "=="
	if not != "" {
		op = "!="
	}
	return "(" + x + " " + op + " " + y + ")"
}

func rtEqual(x, y, not string) string {
	s := "rt.Eq(" + x + ", " + y + ")"
	if not != "" {
		return "(" + s + " == " + falseVar + ")"
	}
	return s
}

func defaultType(t types.Type) types.Type {
	if b, ok := t.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		return types.Default(t)
	}
	return t
}

// composite lowers a composite literal; its type is always written out.
func (f *function) composite(e *ast.CompositeLit) string {
	t := f.typeOf(e)
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return f.addressOfElided(e, p.Elem())
	}
	return f.compositeOf(e, t)
}

func (f *function) addressOfElided(e *ast.CompositeLit, t types.Type) string {
	return f.addressOf(t, f.compositeOf(e, t))
}

func (f *function) addressOfLiteral(e *ast.CompositeLit) string {
	t := f.typeOf(e)
	return f.addressOf(t, f.compositeOf(e, t))
}

func (f *function) addressOf(t types.Type, lit string) string {
	if _, ok := t.Underlying().(*types.Struct); ok {
		return "&" + lit
	}
	// yaegi takes the address of struct literals only.
	name := f.l.typ(t)
	return fmt.Sprintf("func(v %s) *%s { p := new(%s); *p = v; return p }(%s)", name, name, name, lit)
}

func (f *function) compositeOf(e *ast.CompositeLit, t types.Type) string {
	var elts []string
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for i, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				name := kv.Key.(*ast.Ident).Name
				for j := range u.NumFields() {
					if u.Field(j).Name() == name {
						elts = append(elts, name+": "+f.to(kv.Value, u.Field(j).Type()))
					}
				}
				continue
			}
			elts = append(elts, fieldName(u, i)+": "+f.to(x, u.Field(i).Type()))
		}
	case *types.Slice, *types.Array:
		var elem types.Type
		if s, ok := u.(*types.Slice); ok {
			elem = s.Elem()
		} else {
			elem = u.(*types.Array).Elem()
		}
		for _, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				elts = append(elts, constant.ToInt(f.info.Types[kv.Key].Value).ExactString()+": "+f.to(kv.Value, elem))
				continue
			}
			elts = append(elts, f.to(x, elem))
		}
	case *types.Map:
		for _, x := range e.Elts {
			kv := x.(*ast.KeyValueExpr)
			elts = append(elts, f.to(kv.Key, u.Key())+": "+f.to(kv.Value, u.Elem()))
		}
	default:
		f.l.refuse(e.Pos(), "composite literal of %s is not supported", t)
	}
	return f.l.typ(t) + "{" + strings.Join(elts, ", ") + "}"
}

func (f *function) index(e *ast.IndexExpr) string {
	if id := instanceIdent(e.X); id != nil {
		if _, ok := f.info.Instances[id]; ok {
			return f.funcValue(id)
		}
	}
	t := f.typeOf(e.X)
	switch u := t.Underlying().(type) {
	case *types.Map:
		return f.expr(e.X) + "[" + f.to(e.Index, u.Key()) + "]"
	case *types.Pointer:
		return "(*" + f.expr(e.X) + ")[" + f.intIndex(e.Index) + "]"
	}
	return operand(f.expr(e.X)) + "[" + f.intIndex(e.Index) + "]"
}

// operand puts parentheses around what would not parse as the operand of an index or a selector.
func operand(s string) string {
	if strings.HasPrefix(s, "&") || strings.HasPrefix(s, "*") || strings.HasPrefix(s, "<-") || strings.HasPrefix(s, "!") || strings.HasPrefix(s, "-") {
		return "(" + s + ")"
	}
	return s
}

// intIndex lowers an index expression to an int.
func (f *function) intIndex(e ast.Expr) string {
	if tv := f.info.Types[e]; tv.Value != nil {
		return constant.ToInt(tv.Value).ExactString()
	}
	s := f.expr(e)
	if f.l.typ(defaultType(f.typeOf(e))) != "int" {
		return "int(" + s + ")"
	}
	return s
}

func (f *function) slice(e *ast.SliceExpr) string {
	x := operand(f.expr(e.X))
	if p, ok := f.typeOf(e.X).Underlying().(*types.Pointer); ok {
		if _, ok := p.Elem().Underlying().(*types.Array); ok {
			x = "(*" + x + ")"
		}
	}
	part := func(e ast.Expr) string {
		if e == nil {
			return ""
		}
		return f.intIndex(e)
	}
	s := x + "[" + part(e.Low) + ":" + part(e.High)
	if e.Slice3 {
		s += ":" + part(e.Max)
	}
	return s + "]"
}

// receive lowers <-ch as an expression.
func (f *function) receive(ch ast.Expr) string {
	t := f.typeOf(ch).Underlying().(*types.Chan).Elem()
	name := f.l.typ(t)
	if f.l.isOpen(t) {
		return "rt.Receive(" + f.expr(ch) + ")"
	}
	return f.l.helper("receive "+name, func(fn string) string {
		return fmt.Sprintf("func %s(c <-chan (%s)) %s {\nv := new(%s)\nrt.ReceiveInto(c, v)\nreturn *v\n}", fn, name, name, name)
	}) + "(" + f.expr(ch) + ")"
}

// helper returns the name of a small function that the session has once.
func (l *lowerer) helper(key string, source func(name string) string) string {
	if n, ok := l.st.helpers[key]; ok {
		return n
	}
	n := l.fresh("help")
	l.st.helpers[key] = n
	l.chunks = append(l.chunks, source(n))
	return n
}

// assert lowers x.(T) with one result.
func (f *function) assert(e *ast.TypeAssertExpr) string {
	t := f.typeOf(e)
	d := f.l.descriptor(t)
	x := f.expr(e.X)
	src := f.l.descriptor(f.typeOf(e.X))
	switch {
	case f.l.isOpen(t):
		return fmt.Sprintf("rt.As(%s, %s, %s)", d, src, x)
	case f.l.isNative(t):
		return f.l.wrap(t, fmt.Sprintf("rt.As(%s, %s, %s)", d, src, x))
	}
	return f.unpack(fmt.Sprintf("rt.As(%s, %s, %s)", d, src, x), t)
}

// unpack lowers the assertion of an any that is known to hold a concrete type's representation.
func (f *function) unpack(s string, t types.Type) string {
	name := f.l.typ(t)
	if st, ok := t.Underlying().(*types.Struct); ok && st.NumFields() == 0 {
		// yaegi looks for a struct's first field.
		return f.l.helper("empty "+name, func(fn string) string {
			return fmt.Sprintf("func %s(x any) %s {\nreturn %s{}\n}", fn, name, name)
		}) + "(" + s + ")"
	}
	return s + ".(" + name + ")"
}
