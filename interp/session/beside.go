package session

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/rustygradients/rg/interp/check"
)

// Most cells touch nothing of what the session has: they run statements, or declare what has no name yet.
// They are checked beside the session's declarations, which costs as much as they are long, however many
// declarations there are.

// trial is what was checked beside the declarations and is part of the session on trial.
type trial struct {
	checked   *check.Checked
	entries   []*entry // of the cell, and those that were checked anew
	committed bool

	touched []*entry       // what was there before
	former  *check.Checked // what was known of that
	passing []string       // names that the cell's statements alone need
}

// settle ends the trial of the cell before. What it has declared stays, if it was committed; what is known
// of its statements would only add up.
func (s *Session) settle() {
	s.takeBack()
	if s.full {
		s.full = false
		for e := range s.entries.all() {
			if e.slim = s.slims(e); e.slim {
				s.checked.Empty(e.syntax)
				s.checked.Forget(e.syntax)
				e.syntax, s.slim = nil, true
			}
		}
	}
	defer s.forgetParsed()
	t := s.trial
	if t == nil {
		return
	}
	s.trial = nil
	s.checked.Part(t.checked)
	if !t.committed {
		s.withdraw(t.checked)
		if t.former != nil {
			s.checked.Join(t.former)
		}
		return
	}
	s.scope.Lock()
	s.checked.Take(t.passing)
	s.scope.Unlock()
	for _, e := range t.touched {
		if !e.slim {
			s.checked.Forget(e.syntax)
		}
	}
	for _, e := range t.entries {
		if e.slim = s.slims(e); !e.slim {
			s.checked.Keep(t.checked, e.syntax)
			continue
		}
		t.checked.Empty(e.syntax)
		e.syntax, s.slim = nil, true
	}
}

// forgetParsed drops the syntax that was parsed again, where that is of no more use.
func (s *Session) forgetParsed() {
	for _, e := range s.parsed {
		if e.slim {
			e.syntax = nil
		}
	}
	s.parsed = nil
}

// slims says whether the syntax of a function or type, and what is known of it, can be forgotten once an executor has
// it: that is more than half of what it costs. It is parsed and checked again if a name in it has to be changed.
func (s *Session) slims(e *entry) bool {
	if !e.src.plain || s.options.Whole || e.patched || e.private || len(s.folders.loaded) > 0 {
		return false
	}
	switch d := e.syntax.(type) {
	case *ast.GenDecl:
		return e.kind() == token.TYPE && d.Specs[0].(*ast.TypeSpec).TypeParams == nil
	case *ast.FuncDecl:
		if d.Body == nil || d.Type.TypeParams != nil || d.Recv != nil && check.Generic(d.Recv) {
			return false
		}
		types := false // of its own, which others may speak of
		ast.Inspect(d, func(n ast.Node) bool {
			_, is := n.(*ast.TypeSpec)
			types = types || is
			return !types
		})
		return !types
	}
	return false
}

// complete finds out again what was forgotten, until the next plan.
func (s *Session) complete() {
	if !s.slim {
		return
	}
	u := check.Unit{Imports: s.imports, Types: s.types}
	for e := range s.entries.all() {
		u.Decls = append(u.Decls, s.node(e))
		e.slim = false
	}
	s.checked, s.slim, s.full = s.checker.Check(u), false, true
}

// infoOf is what is known of an entry's syntax. What was forgotten is found out again beside the rest: of a type
// without its methods, and of a method as a function, which is enough to tell what the names in it mean.
func (d *draft) infoOf(e *entry) *types.Info {
	if !e.slim {
		return d.s.checked.Info
	}
	if d.infos[e] == nil {
		decl := check.Function(d.s.node(e))
		u := check.Unit{Imports: d.s.imports, Decls: []ast.Decl{decl}, Without: check.Names(decl)} // not e's, which may be private
		c, ok := d.s.checkBeside(u)
		if !ok {
			d.s.complete()
			return d.s.checked.Info
		}
		d.s.withdraw(c)
		d.infos[e] = c.Info
	}
	return d.infos[e]
}

// try joins what was checked beside the session to it.
func (s *Session) try(t *trial) {
	if len(t.touched) > 0 {
		t.former = s.checked.Nothing()
		for _, e := range t.touched {
			if !e.slim {
				t.former.Keep(s.checked, e.syntax)
			}
		}
	}
	s.checked.Join(t.checked)
	s.trial = t
}

func (s *Session) checkBeside(u check.Unit) (*check.Checked, bool) {
	if s.together {
		return nil, false
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	return s.checker.Beside(s.checked, u)
}

func (s *Session) withdraw(c *check.Checked) {
	s.scope.Lock()
	defer s.scope.Unlock()
	c.Withdraw()
}

// finishBeside checks what the cell adds beside declarations that stay as they are. It reports false where
// that won't do: they don't, or something is wrong, of which there may be more to say.
func (d *draft) finishBeside(errs []*check.Error, stmts []ast.Stmt, result *resultStmt) (*Plan, *check.Errors, bool) {
	if !d.whole || len(errs) > 0 || d.options.wake || len(d.options.Remove) > 0 {
		return nil, nil, false
	}
	s := d.s
	body := d.bodyOf(nil, stmts)
	u := check.Unit{Imports: d.imports, Body: body}
	for _, it := range d.items {
		it.built = it.entry
		u.Decls = append(u.Decls, it.entry.syntax)
	}
	checked, ok := s.checkBeside(u)
	if !ok {
		return nil, nil, false
	}
	var mine []types.Error
	for _, e := range checked.Errors {
		if !result.pardons(e) {
			mine = append(mine, e)
		}
	}
	if len(mine) > 0 {
		s.withdraw(checked)
		if len(d.items) > 0 {
			return nil, nil, false
		}
		d.sleeping = s.sleeping
		return nil, check.NewErrors(checked.Explain(s.Fset(), mine, d.hint)), true
	}
	if len(d.types) > len(s.types) {
		s.withdraw(checked)
		return nil, nil, false // a variable's type needs a name that the package hasn't
	}
	s.try(&trial{checked: checked})
	program := &check.Program{Fset: s.Fset(), Pkg: checked.Pkg, Info: s.checked.Info, Gone: s.passing, Released: s.passed}
	next := s.state
	next.imports, next.passed, next.passing = d.imports, nil, nil
	next.folders.loaded = d.loader.Loaded
	for _, it := range d.items {
		e := it.built
		s.trial.entries = append(s.trial.entries, e)
		s.name(e)
		decl := e.decl()
		decl.Fresh = true
		program.Decls = append(program.Decls, decl)
	}
	x := edit{added: s.trial.entries}
	s.addDependencies(s.trial)
	s.addAtLarge(s.trial, body)
	program.Packages = d.programPackages(next.folders)
	program.Find, program.Kept = s.finder(program), s.keeper(x)
	if body != nil {
		program.Body, program.Result = result.restore(body, program.Info)
	}
	p := &Plan{Program: program, Notes: d.notes(), session: s, edit: x, text: d.cell.Code, moves: d.moves}
	p.remember(d.ran(s.checked, program.Body, &next), nil, &next)
	return p, nil, true
}

// addDependencies says what new entries are made of.
func (s *Session) addDependencies(t *trial) {
	deps := dependencies{}
	for _, e := range t.entries {
		deps[e] = dependenciesOf(t.checked.Info, e, func(o types.Object) *entry { return s.owner(t.checked, o) })
	}
	for _, e := range t.entries {
		deps.throughVariables(e)
	}
	deps.enter(s)
}

// addAtLarge says what new entries and a body put at large.
func (s *Session) addAtLarge(t *trial, body *ast.FuncDecl) {
	found := newReach()
	for _, e := range t.entries {
		switch e.kind() {
		case token.VAR:
			s.clearVar(e.key) // a new variable of that name
		case token.FUNC:
			found.look(t.checked, e.syntax)
		}
	}
	if body != nil {
		found.look(t.checked, body)
	}
	s.spread(found, t.entries)
}
