package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
)

// Plan is a cell that type-checks: what it will make of the session, and the program to execute.
type Plan struct {
	Program *check.Program
	Notes   []string // what a person should know about things that no longer fit
	Stale   []Ran    // the cells whose results are stale, if this cell has made any so

	session  *Session
	edit     edit
	next     state
	turn     turn
	together bool // everything was checked together
	text     string
	moves    map[string]move // by file name
}

// PlanOptions change what a plan does beside its cell.
type PlanOptions struct {
	ID     string         // of the cell in the front end, where that is known
	Silent bool           // it isn't one that a person sees: no one will ask whether it is stale
	Remove []string       // names to forget
	add    []check.Import // that the cell forgot
	wake   bool           // try all sleeping declarations again
	anew   bool           // take no declaration for a repetition of an earlier one
}

// Plan type-checks a cell against the session, which it leaves as it is. The error is a
// *check.Errors.
func (s *Session) Plan(c *cell.Cell, o PlanOptions) (*Plan, error) {
	s.settle()
	d := &draft{
		s: s, cell: c, options: o, whole: true, taken: map[*entry]*item{},
		imports: slices.Clone(s.imports),
		types:   map[string]types.Type{},
		changed: map[*entry]bool{},
		seconds: map[*entry]bool{},
		renames: renames{imports: map[string]string{}, former: map[string]string{}, universe: map[string]string{}},
		body:    map[string]string{},
		moves:   map[string]move{},
		differs: map[types.Object]*reload{},
		infos:   map[*entry]*types.Info{},
	}
	for name, t := range s.types {
		d.types[name] = t
	}
	d.refresh()
	p, errs := d.plan()
	if errs == nil {
		if len(o.add) > 0 {
			p.Notes = append(p.Notes, importNote(o.add))
		}
		return p, nil
	}
	if more := s.missing(c, errs); len(more) > 0 {
		o.add = append(slices.Clip(o.add), more...)
		return s.Plan(c, o)
	}
	if d.repeated && !o.anew {
		// A repeated declaration is its first self, and mistakes would be told of the old cell.
		o.anew = true
		return s.Plan(c, o)
	}
	s.Fail(c)
	return nil, errs
}

// Fail remembers what a cell would have defined, had it not failed: whoever misses that is told. Plan
// does it by itself; an executor's refusal is for the caller to tell of.
func (s *Session) Fail(c *cell.Cell) {
	for _, e := range s.newEntries(c) {
		for _, n := range e.names() {
			s.failed[n] = c.File.Name()
		}
	}
	for _, id := range check.Defined(c.Stmts) {
		s.failed[id.Name] = c.File.Name()
	}
}

// Commit makes the plan's outcome the session's state. It is called when the executor has loaded the
// program, and at most once, before any other plan is made.
func (p *Plan) Commit() {
	s := p.session
	if t := s.trial; t != nil {
		t.committed = true
	}
	if p.edit.declares() || !slices.Equal(s.imports, p.next.imports) || !slices.Equal(s.sleeping, p.next.sleeping) {
		s.declared = nil
	}
	s.state = p.next
	s.history.make(p.turn)
	s.commit(p.edit)
	for _, name := range s.passing {
		s.rename(name, nil)
	}
	s.undo = nil
	s.full = s.full || p.together
	p.commitFolders()
	s.recall(p.text)
	s.mu.Lock()
	for file, m := range p.moves {
		s.moves[file] = append(s.moves[file], m)
	}
	s.mu.Unlock()
	s.publish()
}

// recall keeps the text of a cell for those who want to know what is in use.
func (s *Session) recall(text string) {
	const most = 12
	if text == "" {
		return
	}
	kept := s.recent[max(0, len(s.recent)-most+1):]
	s.recent = append(slices.Clone(kept), text)
}

// plan does the work. The order of its steps is the order in which a cell's parts take effect:
// imports, declarations, variables.
func (d *draft) plan() (*Plan, *check.Errors) {
	if c := d.cell; len(d.s.sleeping) > 0 && len(c.Decls)+len(check.Defined(c.Stmts)) > 0 {
		d.takeApart() // it may wake what sleeps
	}
	errs := d.bindImports()
	for _, i := range d.options.add {
		d.bindImport(i)
	}
	d.bindDecls()
	for _, name := range d.options.Remove {
		d.drop(name)
	}
	d.dropOrphans()
	d.keepFormer()

	stmts, result := d.statements()
	if len(check.Defined(stmts)) > 0 {
		more, hoisted := d.bindVariables(stmts)
		errs = append(errs, more...)
		stmts = hoisted
	}
	if len(errs) > 0 {
		stmts, result = nil, nil // go on without them: there may be more to say about the rest
	}
	if d.whole && len(errs) > 0 && len(d.items) == 0 {
		return nil, check.NewErrors(errs)
	}
	if p, errs, done := d.finishBeside(errs, stmts, result); done {
		return p, errs
	}
	if d.options.wake || len(d.s.sleeping)+d.s.entries.privates > 0 {
		d.takeApart()
	}
	d.whole = false
	d.wake()
	return d.finish(errs, stmts, result)
}

// finish checks everything together, again and again until what no longer fits is set aside.
func (d *draft) finish(errs []*check.Error, stmts []ast.Stmt, result *resultStmt) (*Plan, *check.Errors) {
	body := d.bodyOf(errs, stmts)
	var checked *check.Checked
	var ch change
	withdraw := func() {
		if ch.alone {
			d.s.withdraw(checked)
		}
	}
	for {
		d.prune(body)
		checked, ch = d.checkChange(body, false)
		mine, others := d.sort(checked, result)
		if len(errs) == 0 && body == nil && d.postpone(checked, mine) {
			withdraw()
			continue
		}
		if all := append(errs, checked.Explain(d.s.Fset(), mine, d.hint)...); len(all) > 0 {
			withdraw()
			return nil, check.NewErrors(all)
		}
		if len(others) == 0 {
			break
		}
		d.setAside(checked, others)
		withdraw()
	}
	next := state{sleeping: d.sleeping, checked: checked}
	if ch.alone {
		t := &trial{checked: checked, touched: ch.touched}
		for _, it := range ch.batch {
			if it.passing {
				t.passing = append(t.passing, it.built.names()...)
			} else {
				t.entries = append(t.entries, it.built)
			}
		}
		d.s.try(t)
		next.checked = d.s.checked
	}
	program := &check.Program{Fset: d.s.Fset(), Pkg: checked.Pkg, Info: next.checked.Info, Body: body}
	if body != nil {
		program.Body, program.Result = result.restore(body, program.Info)
	}
	next.imports, next.types = d.used(next.checked)
	next.folders = d.nextFolders(next.imports, next.types)
	program.Packages = d.programPackages(next.folders)
	for _, e := range ch.touched {
		d.s.unname(e)
	}
	for _, it := range ch.batch {
		d.s.name(it.built)
	}
	deps := d.dependencies(checked, ch)
	d.freshen(ch, deps)
	program.Released, program.Gone = d.released(ch), d.leaving(ch)
	deps.enter(d.s)
	d.atLarge(checked, body, ch)
	p := &Plan{Program: program, Notes: d.notes(), session: d.s, edit: d.fill(program, &next, ch), text: d.cell.Code, moves: d.moves, together: !ch.alone}
	program.Find, program.Kept = d.s.finder(program), d.s.keeper(p.edit)
	p.remember(d.ran(next.checked, program.Body, &next), d.gone(ch, &next), &next)
	return p, nil
}

// fill lists the declarations of a program, and says what becomes of the entries.
func (d *draft) fill(program *check.Program, next *state, ch change) edit {
	x := edit{}
	stay := map[*entry]bool{}
	for _, it := range ch.batch {
		e := it.built
		decl := e.decl()
		decl.Fresh, decl.Was = it.fresh, it.was
		program.Decls = append(program.Decls, decl)
		switch self := it.old != nil && d.taken[it.old] == it; {
		case it.passing:
			next.passing = append(next.passing, e.key)
			if e.kind() == token.VAR && !d.s.reach.vars[e.key] {
				next.passed = append(next.passed, e.key)
			}
		case !self:
			x.added = append(x.added, e)
		case e == it.old:
			x.checked = append(x.checked, e)
			stay[e] = true
		default:
			x.replaced = append(x.replaced, [2]*entry{it.old, e})
			stay[it.old] = true
		}
	}
	for _, e := range ch.touched {
		if !stay[e] {
			x.removed = append(x.removed, e)
		}
	}
	if !ch.alone {
		x = edit{anew: []*entry{}}
		for _, it := range d.items {
			if !it.passing {
				x.anew = append(x.anew, it.built)
			}
		}
	}
	return x
}

// remember says what the cell, with which some definitions are gone, makes of the history, and completes the plan.
func (p *Plan) remember(r *ran, gone map[identity]bool, next *state) {
	h := p.session.history
	p.turn = h.turn(r, gone, func(f definition) bool {
		e := p.session.named[f.key]
		return e != nil && e.id == f.id && !e.private
	})
	if len(p.turn.stale) > 0 {
		p.Stale = h.after(p.turn)
	}
	p.next = *next
}

// bodyOf makes the cell's body of what it has to run, if anything and if that is right.
func (d *draft) bodyOf(errs []*check.Error, stmts []ast.Stmt) *ast.FuncDecl {
	if len(errs) > 0 || len(stmts) == 0 && len(d.cell.Inits) == 0 && d.cell.Main == nil {
		return nil
	}
	return d.function(append(slices.Clip(stmts), d.calls()...))
}

// function makes the cell's body of statements.
func (d *draft) function(stmts []ast.Stmt) *ast.FuncDecl {
	f := d.cell.File
	start, end := token.Pos(f.Base()), token.Pos(f.Base()+f.Size())
	return &ast.FuncDecl{
		Name: &ast.Ident{Name: "cell" + check.Mark + strconv.Itoa(d.cell.Number), NamePos: start},
		Type: &ast.FuncType{Func: start, Params: &ast.FieldList{Opening: start, Closing: start}},
		Body: &ast.BlockStmt{Lbrace: start, List: stmts, Rbrace: end},
	}
}

// calls are the statements that run the cell's init functions and its main.
func (d *draft) calls() []ast.Stmt {
	var out []ast.Stmt
	call := func(f ast.Expr, at token.Pos) {
		out = append(out, &ast.ExprStmt{X: &ast.CallExpr{Fun: f, Lparen: at, Rparen: at}})
	}
	for _, f := range d.cell.Inits {
		call(&ast.FuncLit{Type: f.Type, Body: f.Body}, f.Name.Pos())
	}
	if m := d.cell.Main; m != nil {
		call(&ast.Ident{Name: "main", NamePos: m.Name.Pos()}, m.Name.Pos())
	}
	return out
}

// hint explains an undefined name by what is not in the program.
func (d *draft) hint(name string) string {
	for _, sl := range d.sleeping {
		switch {
		case !sl.declares(name):
		case sl.awaits() != "":
			return name + " of " + sl.src.file.Name() + " waits for " + sl.awaits() + ", which is not defined"
		default:
			return name + " of " + sl.src.file.Name() + " was set aside: " + sl.why
		}
	}
	if file := d.s.failed[name]; file != "" && file != d.cell.File.Name() {
		return file + ", which defines it, failed"
	}
	found := d.s.options.named(name)
	if len(found) == 0 {
		return d.s.misspelt(name, selected(d.cell, name))
	}
	if h := d.s.lacking(found, selected(d.cell, name)); h != "" {
		return h
	}
	for i, p := range found {
		found[i] = strconv.Quote(p)
	}
	h := name + " is not imported: add import " + found[0]
	if len(found) > 1 {
		h += " (or " + strings.Join(found[1:], ", ") + ")"
	}
	return h
}
