package session

import (
	"go/ast"
	"go/token"
	"slices"

	"github.com/rustygradients/rg/interp/check"
)

// change is what becomes of the session's declarations with a cell that touches some of them. What is
// new, what has changed, and what is made of that, is checked; the rest stays as it is.
type change struct {
	batch   []*item
	kept    []*item
	dropped []*entry // that have no successor
	touched []*entry // of the session's: dropped, changed, or made of something that is
	alone   bool     // the batch was checked beside what is kept, and not everything together
}

// change finds out what a cell changes; of everything, if all is to be checked together.
func (d *draft) change(everything bool) change {
	c := change{}
	has, stays := map[*entry]bool{}, map[*entry]bool{}
	for _, it := range d.items {
		if it.old != nil {
			has[it.old] = true
			if it.built == it.old && !it.fresh && !it.passing && !everything {
				stays[it.old] = true
			}
		}
	}
	for _, e := range d.s.entries {
		if !has[e] {
			c.dropped = append(c.dropped, e)
		}
	}
	d.spread(stays)
	for _, e := range d.s.entries {
		if !stays[e] {
			c.touched = append(c.touched, e)
		}
	}
	for _, it := range d.items {
		if it.old != nil && stays[it.old] && it.built == it.old {
			c.kept = append(c.kept, it)
		} else {
			c.batch = append(c.batch, it)
		}
	}
	return c
}

// spread takes out of what stays all that is made of something that doesn't, and the types that get or lose
// a method, for go/types knows a type with its methods only.
func (d *draft) spread(stays map[*entry]bool) {
	if len(stays) == 0 {
		return
	}
	leave := func(method *entry) bool {
		t := d.s.named[method.receiver()]
		if t == nil || !stays[t] {
			return false
		}
		delete(stays, t)
		return true
	}
	for _, it := range d.items {
		if it.old == nil || !stays[it.old] {
			leave(it.built)
		}
	}
	for _, e := range d.s.entries {
		if !stays[e] {
			leave(e)
		}
	}
	for more := true; more; {
		more = false
		for _, e := range d.s.entries {
			if !stays[e] {
				continue
			}
			for _, dep := range d.s.deps[e] {
				if !stays[dep] {
					delete(stays, e)
					leave(e)
					more = true
					break
				}
			}
		}
	}
}

// separable says whether what a cell changes can be checked beside the rest: names of packages and of Go's
// own, and names for types that have none, are the whole package's.
func (d *draft) separable() bool {
	return !d.options.wake && len(d.renames.imports)+len(d.renames.universe)+len(d.differs)+len(d.reloads)+len(d.broken) == 0 &&
		len(d.types) == len(d.s.types) && !slices.ContainsFunc(d.imports, func(i check.Import) bool { return i.Name == "." })
}

// checkChange checks what the cell changes, alone where that can be done. Without bodies of functions it is a
// look at types.
func (d *draft) checkChange(body *ast.FuncDecl, signaturesOnly bool) (*check.Checked, change) {
	for _, it := range d.items {
		it.built = d.build(it) // may need imports of its own
	}
	if d.separable() {
		if c := d.change(false); len(c.batch) < len(c.kept) {
			u := check.Unit{Imports: d.imports, Body: body}
			for _, it := range c.batch {
				n := it.built.node
				if signaturesOnly {
					n = check.Signature(n)
				}
				u.Decls = append(u.Decls, n)
			}
			for _, e := range c.touched {
				u.Without = append(u.Without, e.names...)
			}
			if checked, ok := d.s.checkBeside(u); ok {
				c.alone = true
				return checked, c
			}
		}
	}
	return d.check(body, signaturesOnly), d.change(true)
}

// leaving lists what the executor knows from the program before and will not find under the same name.
func (d *draft) leaving(c change) []string {
	stay := map[*entry]bool{}
	for _, it := range c.batch {
		if it.old != nil && it.was == "" && it.built.key == it.old.key {
			stay[it.old] = true
		}
	}
	gone := slices.Clone(d.s.passing)
	for _, e := range c.touched {
		if !stay[e] {
			gone = append(gone, e.key)
		}
	}
	return gone
}

// released lists the variables of the program before that are dead now.
func (d *draft) released(c change) []string {
	dead := append([]string(nil), d.s.passed...)
	for _, e := range c.dropped {
		if e.kind == token.VAR && !d.s.reach.vars[e.key] {
			dead = append(dead, e.key)
		}
	}
	return dead
}

// gone lists the definitions whose names mean something else now, or nothing.
func (d *draft) gone(c change, next *state) map[int]bool {
	live := map[int]bool{}
	for _, it := range c.batch {
		if !it.passing && !it.built.private {
			live[it.built.id] = true
		}
	}
	gone := map[int]bool{}
	for _, e := range c.touched {
		if !e.private && !live[e.id] {
			gone[e.id] = true
		}
	}
	for path, p := range d.s.folders.loaded {
		if next.folders.loaded[path] != p {
			gone[d.s.folderID(p.Pkg)] = true
		}
	}
	return gone
}
