package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/rustygradients/rg/interp/check"
)

// dependencies says of entries that were checked which others they are made of: what they mention, and the types
// of the variables that they mention.
type dependencies map[*entry][]*entry

// of is what an entry is made of, whether it was checked or not.
func (deps dependencies) of(e *entry) []*entry {
	if list, ok := deps[e]; ok {
		return list
	}
	return e.deps
}

// enter makes it known to the session.
func (deps dependencies) enter(s *Session) {
	for e, list := range deps {
		s.madeOf(e, list)
	}
}

func (d *draft) dependencies(c *check.Checked, ch change) dependencies {
	deps := dependencies{}
	for _, it := range ch.batch {
		deps[it.built] = dependenciesOf(c.Info, it.built, func(o types.Object) *entry { return d.s.owner(c, o) })
	}
	for _, it := range ch.batch {
		deps.throughVariables(it.built)
	}
	return deps
}

// dependenciesOf says what an entry mentions.
func dependenciesOf(info *types.Info, e *entry, owner func(types.Object) *entry) []*entry {
	var of []*entry
	ast.Inspect(e.syntax, func(n ast.Node) bool {
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
func (deps dependencies) throughVariables(e *entry) {
	for _, dep := range deps[e] {
		if dep.kind() != token.VAR {
			continue
		}
		for _, t := range deps.of(dep) {
			if !slices.Contains(deps[e], t) {
				deps[e] = append(deps[e], t)
			}
		}
	}
}

// freshen marks every item that is made of something fresh. A variable keeps its slot whatever
// becomes of other things, and a former version is what it was; only what calls is compiled anew.
func (d *draft) freshen(ch change, deps dependencies) {
	fresh := map[*entry]bool{}
	methods := map[*entry][]*entry{} // of a type
	byKey := map[string]*entry{}
	for _, it := range ch.batch {
		fresh[it.built] = it.fresh
		if it.built.kind() == token.TYPE {
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
		if it.old == nil || it.built.kind() != token.FUNC || it.built.private {
			continue
		}
		for _, dep := range it.old.deps {
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
			if e.kind() != token.FUNC {
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
			if fresh[e] || e.kind() == token.VAR || e.private && e.kind() != token.FUNC || it.passing {
				continue
			}
			if stale(e) {
				fresh[e], it.fresh, more = true, true, true
			}
		}
	}
}
