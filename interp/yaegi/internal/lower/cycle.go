package lower

import (
	"fmt"
	"go/ast"
	"go/types"
	"sort"
)

// Struct types that refer to one another in a circle are more than yaegi's representation of types
// can express; one that refers to itself alone is not. Circles are therefore broken: a field that
// leads back to an earlier type of the circle is an any in the lowered program, and reading it
// asserts its type.

// edge is a mention of a struct type in a field of another.
type edge struct {
	to      *types.Named
	byValue bool
}

// edges returns the lowered struct types that a type mentions.
func (l *lowerer) edges(t types.Type, byValue bool, out []edge) []edge {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if types.IsInterface(t) || !l.sessionPkg(t.Obj().Pkg()) && t.TypeArgs().Len() == 0 {
			return out
		}
		if _, ok := t.Underlying().(*types.Struct); ok {
			return append(out, edge{t, byValue})
		}
		if l.isRecursive(t) {
			return out
		}
		return l.edges(t.Underlying(), byValue, out)
	case *types.Pointer:
		return l.edges(t.Elem(), false, out)
	case *types.Slice:
		return l.edges(t.Elem(), false, out)
	case *types.Chan:
		return l.edges(t.Elem(), false, out)
	case *types.Array:
		return l.edges(t.Elem(), byValue, out)
	case *types.Map:
		return l.edges(t.Elem(), false, l.edges(t.Key(), false, out))
	case *types.Signature:
		for _, tu := range []*types.Tuple{t.Params(), t.Results()} {
			for v := range tu.Variables() {
				out = l.edges(v.Type(), false, out)
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			out = l.edges(f.Type(), byValue, out)
		}
	}
	return out
}

// circle returns the place of each type of the circle that t is part of, by type ID; nil if t is in
// none. A type comes before those that it holds by value.
func (l *lowerer) circle(t *types.Named) map[string]int {
	id := l.typeID(t)
	if c, ok := l.circles[id]; ok {
		return c
	}
	nodes := map[string]*types.Named{}
	next := map[string][]edge{}
	var visit func(n *types.Named)
	visit = func(n *types.Named) {
		k := l.typeID(n)
		if nodes[k] != nil {
			return
		}
		nodes[k] = n
		next[k] = l.edges(n.Underlying(), true, nil)
		for _, e := range next[k] {
			visit(e.to)
		}
	}
	visit(t)
	reaches := func(from, to string) bool {
		seen := map[string]bool{}
		var walk func(k string) bool
		walk = func(k string) bool {
			for _, e := range next[k] {
				ek := l.typeID(e.to)
				if ek == to {
					return true
				}
				if !seen[ek] {
					seen[ek] = true
					if walk(ek) {
						return true
					}
				}
			}
			return false
		}
		return walk(from)
	}
	var members []string
	for k := range nodes {
		if k == id || reaches(k, id) {
			members = append(members, k)
		}
	}
	var order map[string]int
	if len(members) > 1 {
		sort.Strings(members)
		order = map[string]int{}
		for len(order) < len(members) {
			for _, k := range members {
				if _, placed := order[k]; placed {
					continue
				}
				held := false
				for _, m := range members {
					if _, placed := order[m]; placed || m == k {
						continue
					}
					for _, e := range next[m] {
						held = held || e.byValue && l.typeID(e.to) == k
					}
				}
				if !held {
					order[k] = len(order)
					break
				}
			}
		}
	}
	l.circles[id] = order
	return order
}

// isLoose reports whether the i-th field of a struct type is lowered to any.
func (l *lowerer) isLoose(owner types.Type, i int) bool {
	n := namedOf(owner)
	if n == nil || !l.sessionPkg(n.Obj().Pkg()) && n.TypeArgs().Len() == 0 {
		return false
	}
	st, ok := n.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	ft := st.Field(i).Type()
	switch ft.Underlying().(type) {
	case *types.Array, *types.Struct:
		return false
	}
	es := l.edges(ft, true, nil)
	if len(es) == 0 {
		return false
	}
	order := l.circle(n)
	if order == nil {
		return false
	}
	here := order[l.typeID(n)]
	for _, e := range es {
		if at, ok := order[l.typeID(e.to)]; ok && at < here {
			return true
		}
	}
	return false
}

// field lowers the i-th field of a struct that is in hand.
func (l *lowerer) field(owner string, t types.Type, i int) string {
	st := structOf(t)
	s := owner + "." + fieldName(st, i)
	if !l.isLoose(t, i) {
		return s
	}
	name := l.typ(st.Field(i).Type())
	return l.helper("loose "+name, func(fn string) string {
		return fmt.Sprintf("func %s(x any) %s {\nif x == nil {\nvar zero %s\nreturn zero\n}\nreturn x.(%s)\n}", fn, name, name, name)
	}) + "(" + s + ")"
}

// looseField returns the place of a field that is lowered to any, if e is one.
func (f *function) looseField(e ast.Expr) (place string, ok bool) {
	sel, isSel := ast.Unparen(e).(*ast.SelectorExpr)
	if !isSel || f.info.Selections[sel] == nil || f.info.Selections[sel].Kind() != types.FieldVal {
		return "", false
	}
	s, _ := f.selected(sel)
	st := structOf(s.typ)
	for i := range st.NumFields() {
		if st.Field(i) == s.obj && f.l.isLoose(s.typ, i) {
			return s.owner + "." + fieldName(st, i), true
		}
	}
	return "", false
}
