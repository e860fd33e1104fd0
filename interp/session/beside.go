package session

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
)

// Most cells touch nothing of what the session has: they run statements, or declare what has no name yet.
// They are checked beside the session's declarations, which costs as much as they are long, however many
// declarations there are.

// trial is what was checked beside the declarations and is part of the session on trial.
type trial struct {
	cell      *cell.Cell
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
			if s.slims(e) {
				s.slim = true
				f := e.node.(*ast.FuncDecl)
				s.checked.Empty(f)
				s.checked.Reduce(f)
			}
		}
	}
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
	t.cell.Stmts = nil // its declarations keep the cell
	s.scope.Lock()
	s.checked.Take(t.passing)
	s.scope.Unlock()
	for _, e := range t.touched {
		s.checked.Forget(e.node)
	}
	for _, e := range t.entries {
		if !s.slims(e) {
			s.checked.Keep(t.checked, e.node)
			continue
		}
		s.slim = true
		t.checked.Empty(e.node.(*ast.FuncDecl))
		s.checked.Keep(t.checked, e.node.(*ast.FuncDecl).Name)
	}
}

// slims says whether what is known of a function's syntax can be forgotten once an executor has it, but for what
// its name means: that is half of what a function costs. It is found out again if a name in it has to be changed.
func (s *Session) slims(e *entry) bool {
	f, ok := e.node.(*ast.FuncDecl)
	if !ok || f.Body == nil || s.options.Whole || e.patched || e.private || len(s.folders.loaded) > 0 || f.Type.TypeParams != nil {
		return false
	}
	if f.Recv != nil && check.Generic(f.Recv) {
		return false
	}
	types := false // of its own, which others may speak of
	ast.Inspect(f, func(n ast.Node) bool {
		_, is := n.(*ast.TypeSpec)
		types = types || is
		return !types
	})
	return !types
}

// complete finds out again what was forgotten.
func (s *Session) complete() {
	if !s.slim {
		return
	}
	u := check.Unit{Imports: s.imports, Types: s.types}
	for e := range s.entries.all() {
		u.Decls = append(u.Decls, e.node)
	}
	s.checked, s.slim = s.checker.Check(u), false
}

// try joins what was checked beside the session to it.
func (s *Session) try(t *trial) {
	if len(t.touched) > 0 {
		t.former = s.checked.Nothing()
		for _, e := range t.touched {
			t.former.Keep(s.checked, e.node)
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
		u.Decls = append(u.Decls, it.entry.node)
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
	s.try(&trial{cell: d.cell, checked: checked})
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
		switch e.kind {
		case token.VAR:
			s.clearVar(e.key) // a new variable of that name
		case token.FUNC:
			found.look(t.checked, e.node)
		}
	}
	if body != nil {
		found.look(t.checked, body)
	}
	s.spread(found, t.entries)
}
