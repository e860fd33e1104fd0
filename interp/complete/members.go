package complete

import (
	"go/types"
	"strings"
)

// members proposes the fields and methods of a value, or of a type, whose methods can be called as
// functions.
func (l *list) members(c *checked, t types.Type, isType bool) {
	if tuple, ok := t.(*types.Tuple); ok {
		if tuple.Len() != 1 {
			return
		}
		t = tuple.At(0).Type()
	}
	l.freedMethods(c, t)
	names := map[string]int{}
	collect(t, 0, names, map[types.Type]bool{})
	for name, depth := range names {
		if !l.fits(name) {
			continue
		}
		// The language's own rules decide what a name means, and whether it is ambiguous.
		obj, _, _ := types.LookupFieldOrMethod(t, true, c.pkg, name)
		if obj == nil {
			continue
		}
		if _, field := obj.(*types.Var); field && isType {
			continue
		}
		if it := l.object(obj, rankMember); it != nil {
			it.weight += worthDepth * float64(depth)
		}
	}
}

// freedMethods proposes the methods that the cell adds to a type of the session.
func (l *list) freedMethods(c *checked, t types.Type) {
	for name, d := range c.freed {
		recv, method, _ := strings.Cut(name, ".")
		f, ok := c.info.Defs[d.Name].(*types.Func)
		if !ok || recv != typeName(t) || d.Name == c.cursor {
			continue
		}
		sig := f.Signature()
		params := make([]*types.Var, 0, sig.Params().Len())
		for i := 1; i < sig.Params().Len(); i++ {
			params = append(params, sig.Params().At(i))
		}
		bound := types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), sig.Results(), sig.Variadic())
		if it := l.object(types.NewFunc(f.Pos(), c.pkg, method, bound), rankMember); it != nil {
			it.Kind, it.weight = kindMethod, it.weight+worthOwn
		}
	}
}

// collect gathers the names of fields and methods, those of embedded types too, each with the least
// depth at which it occurs.
func collect(t types.Type, depth int, names map[string]int, seen map[types.Type]bool) {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	} else if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	t = types.Unalias(t)
	if seen[t] {
		return
	}
	seen[t] = true
	add := func(name string) {
		if old, ok := names[name]; !ok || depth < old {
			names[name] = depth
		}
	}
	if n, ok := t.(*types.Named); ok {
		for m := range n.Methods() {
			add(m.Name())
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			add(f.Name())
			if f.Embedded() {
				collect(f.Type(), depth+1, names, seen)
			}
		}
	case *types.Interface:
		for m := range u.Methods() {
			add(m.Name())
		}
	}
}
