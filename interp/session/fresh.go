package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/rustygradients/rg/interp/check"
)

// dependencies says for each declaration which others it is made of: what it mentions, and the types
// of the variables that it mentions.
func (d *draft) dependencies(c *check.Checked, ch change, next *state) map[*entry][]*entry {
	deps := make(map[*entry][]*entry, len(d.items))
	for _, it := range ch.kept {
		deps[it.built] = d.s.deps[it.built]
	}
	for _, it := range ch.batch {
		deps[it.built] = dependenciesOf(c.Info, it.built, func(o types.Object) *entry { return next.owner(c, o) })
	}
	for _, it := range ch.batch {
		throughVariables(deps, it.built)
	}
	return deps
}

// dependenciesOf says what an entry mentions.
func dependenciesOf(info *types.Info, e *entry, owner func(types.Object) *entry) []*entry {
	var of []*entry
	ast.Inspect(e.node, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := info.Uses[id]
		if f, ok := obj.(*types.Func); ok {
			obj = f.Origin()
		}
		if obj == nil {
			return true
		}
		if on := owner(obj); on != nil && on != e && !slices.Contains(of, on) {
			of = append(of, on)
		}
		return true
	})
	return of
}

// throughVariables adds the types of the variables that an entry mentions.
func throughVariables(deps map[*entry][]*entry, e *entry) {
	for _, dep := range deps[e] {
		if dep.kind != token.VAR {
			continue
		}
		for _, t := range deps[dep] {
			if !slices.Contains(deps[e], t) {
				deps[e] = append(deps[e], t)
			}
		}
	}
}

// freshen marks every item that is made of something fresh. A variable keeps its slot whatever
// becomes of other things, and a former version is what it was; only what calls is compiled anew.
func (d *draft) freshen(ch change, deps map[*entry][]*entry) {
	fresh := map[*entry]bool{}
	methods := map[*entry][]*entry{} // of a type
	byKey := map[string]*entry{}
	for _, it := range ch.batch {
		fresh[it.built] = it.fresh
		if it.built.kind == token.TYPE {
			byKey[it.built.key] = it.built
		}
	}
	for _, it := range ch.batch {
		if t := byKey[it.built.receiver()]; t != nil {
			methods[t] = append(methods[t], it.built)
		}
	}
	dropped := map[*entry]bool{}
	for _, e := range ch.dropped {
		dropped[e] = true
	}
	for _, it := range ch.batch {
		if it.old == nil || it.built.kind != token.FUNC || it.built.private {
			continue
		}
		for _, dep := range d.s.deps[it.old] {
			if dropped[dep] { // the name means something else now: Go's own, or a package
				it.fresh, fresh[it.built] = true, true
			}
		}
	}
	stale := func(e *entry) bool {
		for _, dep := range deps[e] {
			if fresh[dep] {
				return true
			}
			if e.kind != token.FUNC {
				continue
			}
			// Whoever holds a value of a type may have it call any of its methods.
			for _, m := range methods[dep] {
				if fresh[m] && m != e {
					return true
				}
			}
		}
		return false
	}
	for more := true; more; {
		more = false
		for _, it := range ch.batch {
			e := it.built
			if fresh[e] || e.kind == token.VAR || e.private && e.kind != token.FUNC || it.passing {
				continue
			}
			if stale(e) {
				fresh[e], it.fresh, more = true, true, true
			}
		}
	}
}
