package complete

import (
	"go/types"
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
			it.depth = depth
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
