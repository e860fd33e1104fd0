package session

import (
	"cmp"
	"go/token"
	"iter"
	"slices"
)

// A session may have many thousands of declarations, and a cell touches a few. So what is known of them
// is changed in place when a cell is planned, and taken back if nothing comes of it.

// entries are the live declarations, in textual order. Where one was is nil until there are many such.
type entries struct {
	list            []*entry
	count, privates int
}

func (l *entries) all() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for _, e := range l.list {
			if e != nil && !yield(e) {
				return
			}
		}
	}
}

func (l *entries) has(e *entry) bool { return int(e.at) < len(l.list) && l.list[e.at] == e }

func (l *entries) add(e *entry) {
	e.at = int32(len(l.list))
	l.list = append(l.list, e)
	l.counts(e, 1)
}

func (l *entries) remove(e *entry) {
	l.list[e.at] = nil
	l.counts(e, -1)
}

// replace puts an entry where another one was.
func (l *entries) replace(old, e *entry) {
	e.at = old.at
	l.list[e.at] = e
	l.counts(old, -1)
	l.counts(e, 1)
}

func (l *entries) counts(e *entry, by int) {
	l.count += by
	if e.private {
		l.privates += by
	}
}

// pack closes the gaps where there are many.
func (l *entries) pack() {
	if len(l.list) < 2*l.count+16 {
		return
	}
	old := *l
	*l = entries{list: make([]*entry, 0, 2*old.count)}
	for e := range old.all() {
		l.add(e)
	}
}

func inOrder(list []*entry) {
	slices.SortFunc(list, func(a, b *entry) int { return cmp.Compare(a.at, b.at) })
}

// edit is what becomes of the entries when a plan is committed.
type edit struct {
	anew []*entry // all that there are then; nil where the rest says it

	removed  []*entry
	replaced [][2]*entry // by what
	added    []*entry

	checked []*entry // that stay where they are and are not what they were to an executor
}

// declares says whether anything else than variables may change.
func (x edit) declares() bool {
	other := func(e *entry) bool { return e.kind() != token.VAR }
	return x.anew != nil || slices.ContainsFunc(x.removed, other) || slices.ContainsFunc(x.added, other) ||
		slices.ContainsFunc(x.replaced, func(r [2]*entry) bool { return other(r[0]) })
}

func (l *entries) apply(x edit) {
	if x.anew != nil {
		*l = entries{}
		for _, e := range x.anew {
			l.add(e)
		}
		return
	}
	for _, e := range x.removed {
		l.remove(e)
	}
	for _, r := range x.replaced {
		l.replace(r[0], r[1])
	}
	for _, e := range x.added {
		l.add(e)
	}
	l.pack()
}

// users lists the live entries that are made of one.
func (s *Session) users(e *entry) []*entry {
	var list []*entry
	for _, u := range e.users {
		if s.uses(u, e) {
			list = append(list, u)
		}
	}
	return list
}

func (s *Session) uses(u, e *entry) bool { return s.entries.has(u) && slices.Contains(u.deps, e) }

// methods lists the methods of a type, in textual order.
func (s *Session) methods(t *entry) []*entry {
	var list []*entry
	for _, u := range s.users(t) {
		if u.receiver() == t.key && !slices.Contains(list, u) {
			list = append(list, u)
		}
	}
	inOrder(list)
	return list
}

// madeOf says what an entry is made of, until that is taken back.
func (s *Session) madeOf(e *entry, deps []*entry) {
	was := e.deps
	e.deps = deps
	s.undo = append(s.undo, func() { e.deps = was })
}

// commit makes an edit, and enters what was checked with what it is made of. There is no need to look for where it
// was entered before: users leaves those aside that are none any more, and they go when the list would grow.
func (s *Session) commit(x edit) {
	s.entries.apply(x)
	for _, e := range x.anew {
		e.users = nil
	}
	enter := func(e *entry) {
		for _, dep := range e.deps {
			if len(dep.users) == cap(dep.users) {
				dep.users = slices.DeleteFunc(dep.users, func(u *entry) bool { return !s.uses(u, dep) })
				inOrder(dep.users)
				dep.users = slices.Compact(dep.users)
			}
			dep.users = append(dep.users, e)
		}
	}
	for _, e := range slices.Concat(x.anew, x.checked, x.added) {
		enter(e)
	}
	for _, r := range x.replaced {
		enter(r[1])
	}
}

// name gives an entry its names, and unname takes them away, until that is taken back.
func (s *Session) name(e *entry) {
	e.eachName(func(name string) { s.rename(name, e) })
}

func (s *Session) unname(e *entry) {
	e.eachName(func(name string) {
		if s.named[name] == e {
			s.rename(name, nil)
		}
	})
}

func (s *Session) rename(name string, e *entry) {
	was := s.named[name]
	put := func(e *entry) {
		s.scope.Lock()
		defer s.scope.Unlock()
		if e == nil {
			delete(s.named, name)
		} else {
			s.named[name] = e
		}
	}
	put(e)
	s.undo = append(s.undo, func() { put(was) })
}

// takeBack undoes what the last plan has changed, if it wasn't committed.
func (s *Session) takeBack() {
	for _, f := range slices.Backward(s.undo) {
		f()
	}
	s.undo = nil
}
