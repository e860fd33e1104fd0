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
	kept    int
	dropped []*entry // that have no successor
	touched []*entry // of the session's: dropped, changed, or made of something that is
	alone   bool     // the batch was checked beside what is kept, and not everything together
}

// change finds out what a cell changes. It takes up the declarations that are made of something that does, and
// the types that get or lose a method, for go/types knows a type with its methods only.
func (d *draft) change() change {
	left := map[*entry]bool{}
	var work []*entry
	leave := func(e *entry) {
		if e != nil && !left[e] {
			left[e] = true
			d.take(e)
			work = append(work, e)
		}
	}
	leaveType := func(method *entry) {
		if r := method.receiver(); r != "" {
			leave(d.s.named[r])
		}
	}
	for _, it := range slices.Clone(d.items) {
		self := d.isSelf(it)
		if self && it.built == it.old && !it.fresh && !it.passing {
			continue
		}
		if self {
			leave(it.old)
		}
		leaveType(it.built)
	}
	for e, it := range d.taken {
		if it == nil {
			leave(e)
		}
	}
	for len(work) > 0 {
		e := work[len(work)-1]
		work = work[:len(work)-1]
		leaveType(e)
		for _, u := range d.s.users(e) {
			leave(u)
		}
	}
	for _, it := range d.items {
		if it.built == nil {
			it.built = d.build(it)
		}
	}
	d.order()
	c := change{kept: d.s.entries.count - len(left)}
	has := map[*entry]bool{}
	for _, it := range d.items {
		has[it.old] = true
		if !d.isSelf(it) || left[it.old] {
			c.batch = append(c.batch, it)
		}
	}
	for e := range left {
		c.touched = append(c.touched, e)
	}
	inOrder(c.touched)
	for _, e := range c.touched {
		if !has[e] {
			c.dropped = append(c.dropped, e)
		}
	}
	return c
}

// everything is the change where all is checked together.
func (d *draft) everything() change {
	c := change{batch: d.items}
	has := map[*entry]bool{}
	for _, it := range d.items {
		has[it.old] = true
	}
	for e := range d.s.entries.all() {
		c.touched = append(c.touched, e)
		if !has[e] {
			c.dropped = append(c.dropped, e)
		}
	}
	return c
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
		if c := d.change(); len(c.batch) < c.kept {
			u := check.Unit{Imports: d.imports, Body: body}
			for _, it := range c.batch {
				n := d.s.node(it.built)
				if signaturesOnly {
					n = check.Signature(n)
				}
				u.Decls = append(u.Decls, n)
			}
			for _, e := range c.touched {
				u.Without = append(u.Without, e.names()...)
			}
			if checked, ok := d.s.checkBeside(u); ok {
				c.alone = true
				return checked, c
			}
		}
	}
	d.takeApart()
	return d.check(body, signaturesOnly), d.everything()
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
		if e.kind() == token.VAR && !d.s.reach.vars[e.key] {
			dead = append(dead, e.key)
		}
	}
	return dead
}

// gone lists the definitions whose names mean something else now, or nothing.
func (d *draft) gone(c change, next *state) map[identity]bool {
	live := map[identity]bool{}
	for _, it := range c.batch {
		if !it.passing && !it.built.private {
			live[it.built.id] = true
		}
	}
	gone := map[identity]bool{}
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
