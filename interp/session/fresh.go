package session

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/rustygradients/rg/interp/check"
)

// dependencies says for each declaration which others it is made of: what it mentions, and the types
// of the variables that it mentions.
func dependencies(c *check.Checked, items []*item) map[*entry]map[*entry]bool {
	owner := map[types.Object]*entry{}
	for _, it := range items {
		e := it.built
		switch n := e.node.(type) {
		case *ast.FuncDecl:
			owner[c.Info.Defs[n.Name]] = e
		case *ast.GenDecl:
			for _, spec := range n.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					owner[c.Info.Defs[spec.Name]] = e
				case *ast.ValueSpec:
					for _, id := range spec.Names {
						owner[c.Info.Defs[id]] = e
					}
				}
			}
		}
	}
	delete(owner, nil)
	deps := make(map[*entry]map[*entry]bool, len(items))
	for _, it := range items {
		deps[it.built] = dependenciesOf(c.Info, it.built, func(o types.Object) *entry { return owner[o] })
	}
	for e := range deps {
		throughVariables(deps, e)
	}
	return deps
}

// dependenciesOf says what an entry mentions.
func dependenciesOf(info *types.Info, e *entry, owner func(types.Object) *entry) map[*entry]bool {
	var of map[*entry]bool
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
		if on := owner(obj); on != nil && on != e {
			if of == nil {
				of = map[*entry]bool{}
			}
			of[on] = true
		}
		return true
	})
	return of
}

// throughVariables adds the types of the variables that an entry mentions.
func throughVariables(deps map[*entry]map[*entry]bool, e *entry) {
	of := deps[e]
	for dep := range of {
		if dep.kind == token.VAR {
			for t := range deps[dep] {
				of[t] = true
			}
		}
	}
}

// freshen marks every item that is made of something fresh. A variable keeps its slot whatever
// becomes of other things, and a former version is what it was; only what calls is compiled anew.
func (d *draft) freshen(deps map[*entry]map[*entry]bool) {
	fresh := map[*entry]bool{}
	methods := map[*entry][]*entry{} // of a type
	byKey := map[string]*entry{}
	for _, it := range d.items {
		fresh[it.built] = it.fresh
		if it.built.kind == token.TYPE {
			byKey[it.built.key] = it.built
		}
	}
	for _, it := range d.items {
		if t := byKey[it.built.receiver()]; t != nil {
			methods[t] = append(methods[t], it.built)
		}
	}
	still := map[*entry]bool{}
	for _, it := range d.items {
		still[it.old] = true
	}
	for _, it := range d.items {
		if it.old == nil || it.built.kind != token.FUNC || it.built.private {
			continue
		}
		for dep := range d.s.deps[it.old] {
			if !still[dep] { // the name means something else now: Go's own, or a package
				it.fresh, fresh[it.built] = true, true
			}
		}
	}
	stale := func(e *entry) bool {
		for dep := range deps[e] {
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
		for _, it := range d.items {
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
