//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"reflect"
	"strings"

	"github.com/rustygradients/rg/interp/check"
)

// state is what lives from cell to cell, by the names that the session has for things. A load changes it in
// place, for a session may have many thousands; if it fails, it takes its changes back.
type state struct {
	types table[reflect.Type]
	funcs table[*function]
	vars  table[*variable]
}

func newState() *state {
	return &state{newTable[reflect.Type](), newTable[*function](), newTable[*variable]()}
}

// become gives things the names that they have in a program, and drops what is fresh in it and what is gone.
func (s *state) become(p *check.Program) {
	var drop []string
	to := map[string][]string{} // the names of what has changed its name; a name can live on under two
	for _, d := range p.Decls {
		switch {
		case d.Fresh:
			drop = append(drop, d.Name)
		case d.Was != "":
			to[d.Was] = append(to[d.Was], d.Name)
		}
	}
	drop = append(drop, p.Gone...)
	s.types.rename(drop, to)
	s.funcs.rename(drop, to)
	s.vars.rename(drop, to)
}

// commit makes the changes since the last commit final; undo takes them back.
func (s *state) commit() {
	s.types.undone, s.funcs.undone, s.vars.undone = nil, nil, nil
}

func (s *state) undo() {
	s.types.undo()
	s.funcs.undo()
	s.vars.undo()
}

// table finds things by name, instances by the name of what they are instances of with the type arguments in
// brackets behind it. The keys of what is not the session's, such as "local 7" and "/slices.Sort", are nobody's
// names.
type table[V any] struct {
	things    map[string]V
	instances map[string]map[string]bool // keys with brackets, by the name before them
	undone    []func()
}

func newTable[V any]() table[V] {
	return table[V]{things: map[string]V{}, instances: map[string]map[string]bool{}}
}

func (t *table[V]) get(key string) V { return t.things[key] }

func (t *table[V]) set(key string, v V) {
	old, had := t.things[key]
	t.undone = append(t.undone, func() {
		if had {
			t.put(key, old)
		} else {
			t.remove(key)
		}
	})
	t.put(key, v)
}

func (t *table[V]) drop(key string) {
	old, had := t.things[key]
	if !had {
		return
	}
	t.undone = append(t.undone, func() { t.put(key, old) })
	t.remove(key)
}

func (t *table[V]) put(key string, v V) {
	t.things[key] = v
	if name, _, ok := strings.Cut(key, "["); ok {
		if t.instances[name] == nil {
			t.instances[name] = map[string]bool{}
		}
		t.instances[name][key] = true
	}
}

func (t *table[V]) remove(key string) {
	delete(t.things, key)
	if name, _, ok := strings.Cut(key, "["); ok {
		delete(t.instances[name], key)
		if len(t.instances[name]) == 0 {
			delete(t.instances, name)
		}
	}
}

func (t *table[V]) undo() {
	for i := len(t.undone) - 1; i >= 0; i-- {
		t.undone[i]()
	}
	t.undone = nil
}

// keys lists the keys of a name: its own, and those of its instances.
func (t *table[V]) keys(name string) []string {
	var list []string
	if _, ok := t.things[name]; ok {
		list = append(list, name)
	}
	for key := range t.instances[name] {
		list = append(list, key)
	}
	return list
}

func (t *table[V]) rename(drop []string, to map[string][]string) {
	moved := map[string]V{}
	for was, names := range to {
		for _, key := range t.keys(was) {
			for _, name := range names {
				moved[name+strings.TrimPrefix(key, was)] = t.things[key]
			}
		}
	}
	for _, name := range drop {
		for _, key := range t.keys(name) {
			t.drop(key)
		}
	}
	for key, v := range moved {
		t.set(key, v)
	}
}
