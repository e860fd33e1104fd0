package lower

import (
	"fmt"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/yaegi/internal/rt"
)

// sessionPkg reports whether the package's declarations are lowered, rather than compiled into the
// process.
func (l *lowerer) sessionPkg(p *types.Package) bool {
	return p != nil && (l.own(p) || l.prelude.packages[p])
}

// isNative reports whether an interface type keeps its own type in the lowered program: it is named
// by a compiled package (or is error), so that compiled functions take and give it. All other
// interface types become any.
func (l *lowerer) isNative(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && types.IsInterface(n) && !l.sessionPkg(n.Obj().Pkg()) && n.TypeArgs().Len() == 0
}

// isOpen reports whether t is an interface type that is lowered to any.
func (l *lowerer) isOpen(t types.Type) bool {
	return types.IsInterface(t) && !l.isNative(t)
}

// isBoxed reports whether values of a concrete type lose their identity in the lowered program, so
// that an interface must hold them in a box beside their type.
func (l *lowerer) isBoxed(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		return l.sessionPkg(t.Obj().Pkg()) || t.TypeArgs().Len() > 0
	case *types.Pointer:
		return l.isBoxed(t.Elem())
	case *types.Slice:
		return l.isBoxed(t.Elem())
	case *types.Array:
		return l.isBoxed(t.Elem())
	case *types.Chan:
		return l.isBoxed(t.Elem())
	case *types.Map:
		return l.isBoxed(t.Key()) || l.isBoxed(t.Elem())
	case *types.Signature:
		if t.Variadic() {
			return true
		}
		for _, tu := range []*types.Tuple{t.Params(), t.Results()} {
			for v := range tu.Variables() {
				if l.isBoxed(v.Type()) {
					return true
				}
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			if !f.Exported() || f.Embedded() || l.isBoxed(f.Type()) {
				return true
			}
		}
	case *types.Interface:
		return t.NumMethods() > 0
	}
	return false
}

// typ prints the lowered form of a type, which must be free of type parameters.
func (l *lowerer) typ(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		switch t.Kind() {
		case types.UnsafePointer:
			return l.importName("unsafe") + ".Pointer"
		case types.UntypedNil:
			return "any"
		}
		return types.Default(t).(*types.Basic).Name()
	case *types.Named:
		return l.namedType(t)
	case *types.Pointer:
		return "*" + l.typ(t.Elem())
	case *types.Slice:
		return "[]" + l.typ(t.Elem())
	case *types.Array:
		return "[" + strconv.FormatInt(t.Len(), 10) + "]" + l.typ(t.Elem())
	case *types.Chan:
		switch t.Dir() {
		case types.SendOnly:
			return "chan<- " + l.typ(t.Elem())
		case types.RecvOnly:
			return "<-chan (" + l.typ(t.Elem()) + ")"
		}
		return "chan (" + l.typ(t.Elem()) + ")"
	case *types.Map:
		return "map[" + l.typ(t.Key()) + "]" + l.typ(t.Elem())
	case *types.Signature:
		return "func" + l.signature(t)
	case *types.Struct:
		return l.structOf(t, nil)
	case *types.Interface:
		return "any"
	case *types.TypeParam:
		l.refuse(token.NoPos, "type parameter %s is not known here", t)
	}
	l.refuse(token.NoPos, "type %s is not supported", t)
	return ""
}

func (l *lowerer) signature(s *types.Signature) string {
	var params []string
	for v := range s.Params().Variables() {
		params = append(params, l.typ(v.Type()))
	}
	return "(" + strings.Join(params, ", ") + ")" + l.results(s)
}

func (l *lowerer) results(s *types.Signature) string {
	var list []string
	for v := range s.Results().Variables() {
		list = append(list, l.typ(v.Type()))
	}
	switch len(list) {
	case 0:
		return ""
	case 1:
		return " " + list[0]
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// structOf prints a struct type, which may be that of a named type.
func (l *lowerer) structOf(t *types.Struct, named types.Type) string {
	var b strings.Builder
	b.WriteString("struct {")
	for i := range t.NumFields() {
		f := t.Field(i)
		if i > 0 {
			b.WriteString(";")
		}
		ft := ""
		if named != nil && l.isLoose(named, i) {
			ft = "any"
		} else {
			ft = l.typ(f.Type())
		}
		fmt.Fprintf(&b, " %s %s", fieldName(t, i), ft)
		if tag := t.Tag(i); tag != "" {
			b.WriteString(" " + strconv.Quote(tag))
		}
	}
	b.WriteString(" }")
	return b.String()
}

// fieldName is the lowered name of a field. Blank fields get names of their own, because a struct
// literal that yaegi builds must have distinct names.
func fieldName(t *types.Struct, i int) string {
	if n := t.Field(i).Name(); n != "_" {
		return n
	}
	return fmt.Sprintf("blank%s%d", mark, i)
}

func (l *lowerer) namedType(t *types.Named) string {
	obj := t.Obj()
	if types.IsInterface(t) {
		if l.isNative(t) {
			return l.qualified(obj)
		}
		return "any"
	}
	if !l.sessionPkg(obj.Pkg()) && t.TypeArgs().Len() == 0 {
		return l.qualified(obj)
	}
	if _, ok := t.Underlying().(*types.Struct); ok || l.isRecursive(t) {
		return l.structName(t)
	}
	return l.typ(t.Underlying())
}

func (l *lowerer) qualified(obj types.Object) string {
	if obj.Pkg() == nil {
		return obj.Name()
	}
	return l.importName(obj.Pkg().Path()) + "." + obj.Name()
}

// isRecursive reports whether a named type contains itself without a struct type between.
func (l *lowerer) isRecursive(t *types.Named) bool {
	seen := map[types.Type]bool{}
	var walk func(u types.Type) bool
	walk = func(u types.Type) bool {
		switch u := types.Unalias(u).(type) {
		case *types.Named:
			if types.Identical(u, t) {
				return true
			}
			if seen[u] || types.IsInterface(u) || !l.sessionPkg(u.Obj().Pkg()) {
				return false
			}
			seen[u] = true
			if _, ok := u.Underlying().(*types.Struct); ok {
				return false
			}
			return walk(u.Underlying())
		case *types.Pointer:
			return walk(u.Elem())
		case *types.Slice:
			return walk(u.Elem())
		case *types.Array:
			return walk(u.Elem())
		case *types.Chan:
			return walk(u.Elem())
		case *types.Map:
			return walk(u.Key()) || walk(u.Elem())
		case *types.Signature:
			for _, tu := range []*types.Tuple{u.Params(), u.Results()} {
				for v := range tu.Variables() {
					if walk(v.Type()) {
						return true
					}
				}
			}
		}
		return false
	}
	return walk(t.Underlying())
}

// structName returns the name of the lowered declaration of a named type and emits the declaration
// when the type is met for the first time.
func (l *lowerer) structName(t *types.Named) string {
	id := l.typeID(t)
	if n, ok := l.st.structs[id]; ok {
		return n
	}
	name := l.fresh(t.Obj().Name())
	l.st.structs[id] = name
	at := len(l.typeDecls)
	l.typeDecls = append(l.typeDecls, "")
	if st, ok := t.Underlying().(*types.Struct); ok {
		l.typeDecls[at] = "type " + name + " " + l.structOf(st, t)
	} else {
		l.typeDecls[at] = "type " + name + " " + l.typ(t.Underlying())
	}
	return name
}

// typeID prints a type so that two types have the same ID exactly when they are identical, across
// all cells of the session.
func (l *lowerer) typeID(t types.Type) string {
	var b strings.Builder
	l.writeID(&b, t, l.objectKey)
	return b.String()
}

// userType prints a type as %T and panics do.
func (l *lowerer) userType(t types.Type) string {
	var b strings.Builder
	l.writeID(&b, t, func(o *types.TypeName) string {
		if o.Pkg() == nil {
			return o.Name()
		}
		name := o.Pkg().Name()
		if o.Pkg() == l.prog.Pkg {
			name = "main"
		}
		return name + "." + o.Name()
	})
	return check.Plain(b.String())
}

// objectKey identifies a declared type within the session.
func (l *lowerer) objectKey(o *types.TypeName) string {
	switch {
	case o.Pkg() == nil:
		return o.Name()
	case o.Parent() == o.Pkg().Scope():
		if l.own(o.Pkg()) {
			if v, ok := l.st.versions[l.key(o)]; ok {
				return v
			}
			return "main." + l.key(o)
		}
		return o.Pkg().Path() + "." + o.Name()
	}
	// A type declared in a function.
	if k, ok := l.localTypes[o]; ok {
		return k
	}
	k := o.Name() + "@" + l.fresh("local")
	l.localTypes[o] = k
	return k
}

func (l *lowerer) writeID(b *strings.Builder, t types.Type, name func(*types.TypeName) string) {
	sub := func(t types.Type) { l.writeID(b, t, name) }
	list := func(open, close string, tu *types.Tuple, variadic bool) {
		b.WriteString(open)
		for i := range tu.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			t := tu.At(i).Type()
			if variadic && i == tu.Len()-1 {
				b.WriteString("...")
				if s, ok := t.Underlying().(*types.Slice); ok {
					t = s.Elem()
				}
			}
			sub(t)
		}
		b.WriteString(close)
	}
	sig := func(s *types.Signature) {
		list("(", ")", s.Params(), s.Variadic())
		switch s.Results().Len() {
		case 0:
		case 1:
			b.WriteString(" ")
			sub(s.Results().At(0).Type())
		default:
			list(" (", ")", s.Results(), false)
		}
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		b.WriteString(name(t.Obj()))
		for i := range t.TypeArgs().Len() {
			if i == 0 {
				b.WriteString("[")
			} else {
				b.WriteString(",")
			}
			sub(t.TypeArgs().At(i))
			if i == t.TypeArgs().Len()-1 {
				b.WriteString("]")
			}
		}
	case *types.Pointer:
		b.WriteString("*")
		sub(t.Elem())
	case *types.Slice:
		b.WriteString("[]")
		sub(t.Elem())
	case *types.Array:
		fmt.Fprintf(b, "[%d]", t.Len())
		sub(t.Elem())
	case *types.Chan:
		b.WriteString([]string{"chan ", "chan<- ", "<-chan "}[t.Dir()])
		sub(t.Elem())
	case *types.Map:
		b.WriteString("map[")
		sub(t.Key())
		b.WriteString("]")
		sub(t.Elem())
	case *types.Signature:
		b.WriteString("func")
		sig(t)
	case *types.Struct:
		b.WriteString("struct {")
		for i := range t.NumFields() {
			f := t.Field(i)
			if i > 0 {
				b.WriteString(";")
			}
			if !f.Embedded() {
				b.WriteString(" " + f.Name())
			}
			b.WriteString(" ")
			sub(f.Type())
			if tag := t.Tag(i); tag != "" {
				b.WriteString(" " + strconv.Quote(tag))
			}
		}
		if t.NumFields() > 0 {
			b.WriteString(" ")
		}
		b.WriteString("}")
	case *types.Interface:
		if t.NumMethods() == 0 {
			b.WriteString("interface {}")
			return
		}
		b.WriteString("interface {")
		for i := range t.NumMethods() {
			if i > 0 {
				b.WriteString(";")
			}
			b.WriteString(" " + t.Method(i).Name())
			sig(t.Method(i).Type().(*types.Signature))
		}
		b.WriteString(" }")
	default:
		b.WriteString(t.String())
	}
}

// descriptor returns the name of the variable that holds the run-time descriptor of a type.
func (l *lowerer) descriptor(t types.Type) string {
	id := l.typeID(t)
	d, ok := l.st.types[id]
	if !ok {
		d = &rt.Type{ID: id, Name: l.userType(t), N: len(l.st.types)}
		l.st.types[id] = d
		l.newTypes = append(l.newTypes, d)
		l.describe(d, t)
	}
	v := fmt.Sprintf("type%s%d", tempMark, d.N)
	return v
}

// describe fills a descriptor and arranges for its methods to be registered by the unit.
func (l *lowerer) describe(d *rt.Type, t types.Type) {
	v := fmt.Sprintf("type%s%d", tempMark, d.N)
	l.vars = append(l.vars, "var "+v+" *rt.Type")
	l.inits = append(l.inits, fmt.Sprintf("%s = rt.TypeAt(%d)", v, d.N))
	d.Boxed = !types.IsInterface(t) && l.isBoxed(t)
	d.Comparable = types.Comparable(t)
	if types.IsInterface(t) {
		d.Interface = true
		d.Native = l.isNative(t)
		u := t.Underlying().(*types.Interface)
		for i := range u.NumMethods() {
			m := u.Method(i)
			d.Required = append(d.Required, rt.Method{Name: l.methodKey(m), Sig: l.typeID(m.Type())})
		}
		if d.Native {
			name := types.Unalias(t).(*types.Named).Obj() // os.FileInfo is fs.FileInfo
			d.WrapperKey = name.Name()
			if p := name.Pkg(); p != nil {
				d.WrapperKey = p.Path() + "." + d.WrapperKey
			}
			l.inits = append(l.inits, fmt.Sprintf("rt.SetRaw(%s, new(%s))", v, l.typ(t)))
		}
		return
	}
	l.inits = append(l.inits, fmt.Sprintf("rt.SetRaw(%s, new(%s))", v, l.typ(t)))
	if !d.Boxed {
		return
	}
	d.Parts = l.parts(d, t)
	l.st.described[d.ID] = true
	l.methodTable(d, t)
}

// methodKey names a method; names that are not exported carry their package.
func (l *lowerer) methodKey(m *types.Func) string {
	if m.Exported() || l.sessionPkg(m.Pkg()) {
		return m.Name()
	}
	return m.Pkg().Path() + "." + m.Name()
}

// parts describes what a boxed type is made of, for printing and JSON.
func (l *lowerer) parts(d *rt.Type, t types.Type) rt.Parts {
	part := func(t types.Type) *rt.Type {
		l.descriptor(t)
		return l.st.types[l.typeID(t)]
	}
	var p rt.Parts
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		p.Elem = part(u.Elem())
	case *types.Slice:
		p.Elem = part(u.Elem())
	case *types.Array:
		p.Elem = part(u.Elem())
	case *types.Map:
		p.Key, p.Elem = part(u.Key()), part(u.Elem())
	case *types.Struct:
		for i := range u.NumFields() {
			f := u.Field(i)
			p.Fields = append(p.Fields, rt.Field{Name: f.Name(), Exported: f.Exported(), Embedded: f.Embedded(), Tag: u.Tag(i), Type: part(f.Type())})
		}
	}
	return p
}
