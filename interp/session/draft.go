package session

import (
	"cmp"
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/folder"
)

// draft is a plan in the making.
type draft struct {
	s       *Session
	cell    *cell.Cell
	options PlanOptions

	// whole: nothing that the session has is touched so far, and items are the cell's own alone.
	whole bool
	all   bool             // items are all that the session has, and not only what is touched
	taken map[*entry]*item // what became of the session's entries that are among the items; nil where that is nothing

	imports  []check.Import
	items    []*item
	sleeping []*sleeper
	types    map[string]types.Type
	broken   []string // variables without a type, and packages that could not be imported

	changed map[*entry]bool // types and constants that are no longer what they were
	seconds map[*entry]bool // of these, former versions stand among the items
	renames renames
	body    map[string]string // what the cell's statements call by a name that the cell gives away

	loader      *folder.Loader
	reloads     []*reload
	differs     map[types.Object]*reload // types and constants of folders that are something else now
	folderNotes []string
	waiting     []string // functions that wait for others

	infos map[*entry]*types.Info // of syntax that is not kept

	justAsleep []*sleeper // set aside by this cell
	repeated   bool       // a declaration was taken for a repetition
	moves      map[string]move
}

// item is an entry on its way into the next state.
type item struct {
	entry *entry // as it was, or as the cell has it
	built *entry // with names changed
	old   *entry // the entry of the session's state that it comes from, if any

	fresh    bool
	was      string
	former   bool // means the former version where a type or constant has changed
	passing  bool // needed by the cell's statements only, then gone
	woken    *sleeper
	repeated bool // the cell has it too, in the same words

	shift int               // of positions: a second version must not stand where the first does
	own   map[string]string // names to change in this item alone
}

// renames are the names that old declarations must use from now on.
type renames struct {
	imports  map[string]string // everywhere
	former   map[string]string // types and constants, in items that mean the former version
	universe map[string]string // Go's own types whose names the session takes, everywhere
}

// takeApart makes items of all that the session has, since any of it may change.
func (d *draft) takeApart() {
	if d.all {
		return
	}
	d.all, d.whole = true, false
	for e := range d.s.entries.all() {
		d.take(e)
	}
	d.order()
}

// take makes an item of something that the session has.
func (d *draft) take(e *entry) {
	d.whole = false
	if _, ok := d.taken[e]; ok {
		return
	}
	it := &item{entry: e, old: e, former: e.kind() == token.VAR || e.private}
	d.taken[e] = it
	d.items = append(d.items, it)
}

// isSelf says whether an item is what became of an entry, and not a second version of it.
func (d *draft) isSelf(it *item) bool { return it.old != nil && d.taken[it.old] == it }

// order puts what the session has in its order, and before the rest.
func (d *draft) order() {
	at := func(it *item) int32 {
		if d.isSelf(it) {
			return it.old.at
		}
		return math.MaxInt32
	}
	slices.SortStableFunc(d.items, func(a, b *item) int { return cmp.Compare(at(a), at(b)) })
}

// delete removes items, and with that what they came from.
func (d *draft) delete(which func(*item) bool) {
	d.items = slices.DeleteFunc(d.items, func(it *item) bool {
		if !which(it) {
			return false
		}
		if d.isSelf(it) {
			d.taken[it.old] = nil
		}
		return true
	})
}

// touch takes what the session has of a name. What has none could be any of several.
func (d *draft) touch(name string) {
	switch e := d.s.named[name]; {
	case e == nil:
	case name == "_":
		d.takeApart()
	default:
		d.take(e)
	}
}

// declared says whether there is something of a name.
func (d *draft) declared(name string) bool {
	if e := d.s.named[name]; e != nil {
		if _, ok := d.taken[e]; !ok {
			return true
		}
	}
	return slices.ContainsFunc(d.items, func(it *item) bool { return it.entry.declares(name) })
}

// shadow sees to declarations that use one of Go's own names, which now becomes the session's. They
// go on meaning Go's own types. Of Go's own functions and constants there are no second names, so
// what uses those is made anew, with the session's meaning.
func (d *draft) shadow(name string) {
	own := types.Universe.Lookup(name)
	if own == nil || d.s.named[name] != nil {
		return
	}
	d.takeApart()
	if t, ok := own.(*types.TypeName); ok {
		d.renames.universe[name] = d.alias(t.Type())
		return
	}
	d.s.complete()
	for _, it := range d.items {
		if it.old == nil || it.woken != nil {
			continue
		}
		ast.Inspect(d.s.node(it.entry), func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && d.s.checked.Info.Uses[id] == own {
				it.fresh = true
			}
			return true
		})
	}
}

// alias returns a name for a type that can't be written.
func (d *draft) alias(t types.Type) string {
	for name, other := range d.types {
		if types.Identical(t, other) {
			return name
		}
	}
	name := "T"
	switch t := t.(type) {
	case *types.Named:
		name = t.Obj().Name()
	case *types.Alias:
		name = t.Obj().Name()
	case *types.Basic:
		name = t.Name()
	}
	name = d.private(name)
	d.types[name] = t
	return name
}

// private makes up the name under which what was called name lives on.
func (d *draft) private(name string) string {
	d.s.counter++
	if i := strings.Index(name, check.Mark); i >= 0 {
		name = name[:i]
	}
	return name + check.Mark + strconv.Itoa(d.s.counter)
}

// bindImports makes the cell's imports the session's.
func (d *draft) bindImports() []*check.Error {
	var errs []*check.Error
	for _, spec := range d.cell.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		pos := spec.Path.Pos()
		var pkg *types.Package
		if err == nil {
			pkg, err = d.loader.Import(path)
			d.announce()
		}
		var within *check.Errors
		if errors.As(err, &within) {
			errs = append(errs, &check.Error{Pos: d.s.Fset().Position(pos), Msg: "could not import " + path + ", which has mistakes"})
			errs = append(errs, within.List...)
			d.breakImport(spec, path)
			continue
		}
		if err != nil {
			errs = append(errs, &check.Error{
				Pos: d.s.Fset().Position(pos), Msg: "could not import " + path + " (" + err.Error() + ")", Hint: d.besideHint(path),
			})
			d.breakImport(spec, path)
			continue
		}
		path = pkg.Path() // a folder's ends in the number of its version
		name := pkg.Name()
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name != "_" {
			d.bindImport(check.Import{Name: name, Path: path, Pos: pos})
		}
	}
	return errs
}

// breakImport keeps what uses a package that could not be imported from being complained about, too.
func (d *draft) breakImport(spec *ast.ImportSpec, importPath string) {
	name := path.Base(importPath)
	if version.MatchString(name) {
		name = path.Base(path.Dir(importPath))
	}
	if spec.Name != nil {
		name = spec.Name.Name
	}
	if token.IsIdentifier(name) && name != "_" && !d.declared(name) && d.importNamed(name) < 0 {
		d.broken = append(d.broken, name)
	}
}

// version is the last element of the path of a module's later versions.
var version = regexp.MustCompile(`^v[0-9]+$`)

func (d *draft) bindImport(i check.Import) {
	if i.Name == "." {
		if !slices.ContainsFunc(d.imports, func(o check.Import) bool { return o.Name == "." && o.Path == i.Path }) {
			d.imports = append(d.imports, i)
		}
		return
	}
	if k := d.importNamed(i.Name); k >= 0 {
		if d.imports[k].Path == i.Path {
			return
		}
		d.giveUpImport(i.Name)
	}
	d.drop(i.Name)
	d.imports = append(d.imports, i)
}

func (d *draft) importNamed(name string) int {
	return slices.IndexFunc(d.imports, func(i check.Import) bool { return i.Name == name })
}

// giveUpImport takes a name away from a package; declarations that are there go on meaning it.
func (d *draft) giveUpImport(name string) {
	k := d.importNamed(name)
	if k < 0 {
		return
	}
	d.takeApart()
	d.imports[k].Name = d.private(name)
	d.body[name] = d.imports[k].Name
	if k < len(d.s.imports) { // else it is of this very cell, and no earlier one means it
		d.renames.imports[name] = d.imports[k].Name
	}
}

// bindDecls makes the cell's declarations the session's.
func (d *draft) bindDecls() {
	for _, e := range d.s.newEntries(d.cell) {
		d.touch(e.key)
		d.touch(e.receiver())
		if !d.options.anew && d.repeats(e) {
			continue
		}
		for _, name := range e.names() {
			if name == "_" {
				continue
			}
			d.giveUpImport(name)
			d.shadow(name)
			d.drop(name)
		}
		if len(e.names()) == 0 {
			d.delete(func(it *item) bool { return it.old != nil && it.entry.key == e.key })
		}
		e.id = d.s.newID()
		d.items = append(d.items, &item{entry: e, fresh: true})
	}
}

// repeats says whether a declaration is there already, in the same words.
func (d *draft) repeats(e *entry) bool {
	for _, it := range d.items {
		if it.old == nil || it.entry.key != e.key || !slices.Equal(it.entry.names(), e.names()) || !sameText(it.entry, e) {
			continue
		}
		d.repeated, it.repeated = true, true
		if e.kind() == token.FUNC {
			from, to := d.s.Fset().Position(it.entry.pos()), d.s.Fset().Position(e.pos())
			d.moves[from.Filename] = move{from: from, to: to, lines: 1 + strings.Count(e.text(), "\n")}
		}
		return true
	}
	return false
}

// drop takes a name away from what an earlier cell declared.
func (d *draft) drop(name string) {
	d.touch(name)
	if d.whole {
		return
	}
	var keep []*item
	for _, it := range d.items {
		switch {
		case it.old == nil || !it.entry.declares(name):
			keep = append(keep, it)
		case it.entry.kind() == token.CONST && len(it.entry.names()) > 1:
			// The others of a group stay, with their iota.
			d.changed[it.old] = true
			c := *it
			c.own = maps.Clone(c.own)
			if c.own == nil {
				c.own = map[string]string{}
			}
			c.own[name] = "_"
			e := *it.entry
			e.id = d.s.newID()
			names := slices.Clone(e.names())
			names[slices.Index(names, name)] = "_"
			d.taken[it.old] = nil
			if k := slices.IndexFunc(names, func(n string) bool { return n != "_" }); k >= 0 {
				e.key, e.group = names[k], &names
				c.entry = &e
				d.taken[it.old] = &c
				keep = append(keep, &c)
			}
		default:
			if it.entry.kind() == token.TYPE || it.entry.kind() == token.CONST {
				d.changed[it.old] = true
			}
			if d.isSelf(it) {
				d.taken[it.old] = nil
			}
		}
	}
	d.items = keep
}

// dropOrphans removes the methods of types that are there no more.
func (d *draft) dropOrphans() {
	if d.whole {
		return
	}
	live := map[string]bool{}
	for _, it := range d.items {
		if it.entry.kind() == token.TYPE {
			live[it.entry.key] = true
		}
	}
	for e, it := range d.taken {
		if it == nil && e.kind() == token.TYPE && !live[e.key] {
			for _, m := range d.s.methods(e) {
				d.take(m)
			}
		}
	}
	d.delete(func(it *item) bool {
		r := it.entry.receiver()
		return r != "" && it.old != nil && !live[r] && (d.all || d.typeGone(r))
	})
}

// typeGone says whether the session's type of a name is dropped.
func (d *draft) typeGone(name string) bool {
	it, ok := d.taken[d.s.named[name]]
	return ok && it == nil
}

// keepFormer gives private names to the former versions of what has changed, directly or because it
// was made of something that has, for the variables that hold values of them. prune drops what turns
// out not to be needed.
func (d *draft) keepFormer() {
	if len(d.changed) == 0 {
		return
	}
	var changed, formersOf []*entry
	for e := range d.changed {
		changed = append(changed, e)
	}
	for len(changed) > 0 {
		e := changed[len(changed)-1]
		changed = changed[:len(changed)-1]
		if !d.seconds[e] {
			formersOf = append(formersOf, e)
		}
		d.take(e)
		for _, u := range d.s.users(e) {
			d.take(u) // it may have to speak of the former version
			if !u.private && !d.changed[u] && (u.kind() == token.TYPE || u.kind() == token.CONST) {
				d.changed[u] = true
				changed = append(changed, u)
			}
		}
	}
	inOrder(formersOf)
	var formers []*item
	for _, e := range formersOf {
		d.seconds[e] = true
		for _, it := range d.items {
			if it.old == e {
				it.fresh = true // the same text, made of other things
			}
		}
		for _, n := range e.names() {
			if n != "_" {
				d.renames.former[n] = d.private(n)
			}
		}
		formers = append(formers, d.formerOf(e))
		if e.kind() == token.TYPE {
			for _, m := range d.s.methods(e) {
				formers = append(formers, d.formerOf(m))
			}
		}
	}
	d.items = append(d.items, formers...)
}

// formerOf makes the private second of an entry.
func (d *draft) formerOf(e *entry) *item {
	node := d.s.node(e) // which its copy has, too
	c := *e
	c.private = true
	c.users = nil
	if r := e.receiver(); r != "" {
		c.key = d.renames.former[r] + strings.TrimPrefix(e.key, r)
	} else {
		names := slices.Clone(e.names())
		for i, n := range names {
			if n != "_" {
				names[i] = d.renames.former[n]
			}
		}
		c.declare(names)
	}
	return &item{entry: &c, old: e, was: e.key, former: true, shift: d.s.copyFile(node)}
}

// copyFile adds a second file like the one that a node is in, so that positions in a copy of the
// node lead to the same lines and are yet not the same. It returns how far to shift them.
func (s *Session) copyFile(n ast.Node) int {
	f := s.Fset().File(n.Pos())
	c := s.Fset().AddFile(f.Name(), -1, f.Size())
	c.SetLines(f.Lines())
	return c.Base() - f.Base()
}

// build makes the declaration that an item is to be checked as.
func (d *draft) build(it *item) *entry {
	if it.old == nil && it.own == nil || it.woken != nil {
		return it.entry // of this cell, or unknown to the last check
	}
	if it.shift == 0 && it.own == nil && len(d.renames.imports)+len(d.renames.universe)+len(d.differs) == 0 && (!it.former || len(d.renames.former) == 0) {
		return it.entry
	}
	info := d.infoOf(it.entry)
	var formerImports map[*ast.Ident]string
	if it.former {
		formerImports = d.formerImports(d.s.node(it.entry))
	}
	scope := d.s.checked.Pkg.Scope()
	node := check.Rename(d.s.node(it.entry), it.shift, func(id *ast.Ident) (string, bool) {
		obj := info.Uses[id] // of an embedded field this is the type, which counts
		if obj == nil {
			obj = info.Defs[id]
		}
		if obj == nil {
			return "", false
		}
		if p, ok := obj.(*types.PkgName); ok {
			if to, ok := formerImports[id]; ok {
				return to, true
			}
			to, ok := d.renames.imports[p.Name()]
			return to, ok
		}
		name := obj.Name()
		if v, ok := obj.(*types.Var); ok && v.Embedded() && it.former {
			// An embedded field is called as its type is.
			t := v.Type()
			if p, ok := t.(*types.Pointer); ok {
				t = p.Elem()
			}
			if n, ok := t.(interface{ Obj() *types.TypeName }); !ok || n.Obj().Parent() != scope {
				return "", false
			}
			to, ok := d.renames.former[name]
			return to, ok
		}
		if _, ok := obj.(*types.TypeName); ok && obj.Parent() == types.Universe {
			to, ok := d.renames.universe[name]
			return to, ok
		}
		if obj.Parent() != scope {
			return "", false
		}
		if to, ok := it.own[name]; ok {
			return to, true
		}
		if !it.former {
			return "", false
		}
		to, ok := d.renames.former[name]
		return to, ok
	})
	e := it.entry.with(node)
	if e != it.entry && it.old != nil && it.entry.kind() == token.VAR {
		e.patched = false
	}
	return e
}

// check checks the items and a body. Without bodies of functions it is a cheap look at types alone.
func (d *draft) check(body *ast.FuncDecl, signaturesOnly bool) *check.Checked {
	for _, it := range d.items {
		it.built = d.build(it) // may need imports of its own
	}
	u := check.Unit{Imports: d.imports, Body: body, Types: d.types, Broken: d.broken}
	for _, it := range d.items {
		n := d.s.node(it.built)
		if signaturesOnly {
			n = check.Signature(n)
		}
		u.Decls = append(u.Decls, n)
	}
	return d.s.checker.Check(u)
}

// sort tells errors of the cell from those of other declarations.
func (d *draft) sort(c *check.Checked, result *resultStmt) (mine []types.Error, others map[*item][]types.Error) {
	f := d.cell.File
	lo, hi := token.Pos(f.Base()), token.Pos(f.Base()+f.Size())
	others = map[*item][]types.Error{}
	for _, e := range c.Errors {
		if e.Pos >= lo && e.Pos <= hi {
			if !result.pardons(e) {
				mine = append(mine, e)
			}
			continue
		}
		found := false
		for _, it := range d.items {
			if check.Within(e, d.s.node(it.built)) {
				if found = !it.repeated; found {
					others[it] = append(others[it], e)
				}
				break
			}
		}
		if !found {
			mine = append(mine, e)
		}
	}
	return mine, others
}

// setAside puts declarations with errors to sleep. Private ones are forgotten, for nothing but old
// values would call them; of variables nothing is left but the note.
func (d *draft) setAside(c *check.Checked, others map[*item][]types.Error) {
	d.delete(func(it *item) bool {
		errs := others[it]
		if len(errs) == 0 {
			return false
		}
		why := "it no longer type-checks"
		if list := c.Explain(d.s.Fset(), errs[:1], d.hint); len(list) > 0 {
			why, _, _ = strings.Cut(list[0].Msg, "\n")
		}
		switch {
		case it.woken != nil:
			d.sleeping = append(d.sleeping, &sleeper{it.woken.entry, why})
		case !it.entry.private:
			sl := &sleeper{it.entry, why}
			d.justAsleep = append(d.justAsleep, sl)
			if it.entry.kind() != token.VAR {
				d.sleeping = append(d.sleeping, sl)
			}
		}
		return true
	})
}

// wake gives sleeping declarations another try where the cell defines anything.
func (d *draft) wake() {
	quiet := len(d.items) == d.s.entries.count
	for _, it := range d.items {
		if it.fresh {
			quiet = false
		}
	}
	if d.options.wake {
		quiet = false
	}
	for _, sl := range d.awaiting() {
		if quiet {
			d.sleeping = append(d.sleeping, sl)
			continue
		}
		d.items = append(d.items, &item{entry: sl.entry, fresh: true, woken: sl})
	}
}

// awaiting lists the declarations that sleep and whose names are still free.
func (d *draft) awaiting() []*sleeper {
	if len(d.s.sleeping) == 0 {
		return nil
	}
	taken := map[string]bool{}
	for _, it := range d.items {
		taken[it.entry.key] = true
		for _, n := range it.entry.names() {
			taken[n] = true
		}
	}
	for _, i := range d.imports {
		taken[i.Name] = true
	}
	removed := map[string]bool{}
	for _, n := range d.options.Remove {
		removed[n] = true
	}
	var out []*sleeper
	for _, sl := range d.s.sleeping {
		free := !taken[sl.key] && !removed[sl.key]
		for _, n := range sl.names() {
			free = free && !taken[n]
		}
		if free {
			out = append(out, sl)
		}
	}
	return out
}

// prune drops private declarations that nothing speaks of.
func (d *draft) prune(body *ast.FuncDecl) {
	private := false
	for _, it := range d.items {
		it.built = d.build(it)
		private = private || it.built.private
	}
	if !private {
		return
	}
	mentioned := map[string]bool{}
	mention := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && check.Private(id.Name) {
				mentioned[id.Name] = true
			}
			return true
		})
	}
	if body != nil {
		mention(body)
	}
	for _, it := range d.items {
		switch {
		case it.built.private:
		case it.built == it.old: // what it mentions is known
			for _, dep := range it.old.deps {
				dep.eachName(func(name string) { mentioned[name] = true })
			}
		default:
			mention(d.s.node(it.built))
		}
	}
	live := map[*item]bool{}
	for more := true; more; {
		more = false
		for _, it := range d.items {
			if live[it] || !it.built.private {
				continue
			}
			wanted := mentioned[it.built.receiver()]
			for _, n := range it.built.names() {
				wanted = wanted || mentioned[n]
			}
			if wanted {
				live[it], more = true, true
				mention(d.s.node(it.built))
			}
		}
	}
	d.delete(func(it *item) bool { return it.built.private && !live[it] })
}

// used drops private names of imports and types that nothing uses any more.
func (d *draft) used(c *check.Checked) ([]check.Import, map[string]types.Type) {
	used := map[string]bool{}
	if len(d.types) == 0 && !slices.ContainsFunc(d.imports, func(i check.Import) bool { return check.Private(i.Name) }) {
		return d.imports, d.types
	}
	for id := range c.Info.Uses {
		if check.Private(id.Name) {
			used[id.Name] = true
		}
	}
	imports := slices.DeleteFunc(slices.Clone(d.imports), func(i check.Import) bool {
		return check.Private(i.Name) && !used[i.Name]
	})
	maps.DeleteFunc(d.types, func(name string, _ types.Type) bool { return !used[name] })
	return imports, d.types
}

// notes tells what a person should know.
func (d *draft) notes() []string {
	notes := append(d.folderNotes, d.waiting...)
	kept := map[string][]string{}
	var order []string
	for _, it := range d.items {
		if it.old == nil || it.old.kind() != token.VAR || it.passing || it.built == it.entry {
			continue
		}
		expr := it.built.syntax.(*ast.GenDecl).Specs[0].(*ast.ValueSpec).Type
		if !d.former(expr) {
			continue
		}
		t := check.Plain(types.ExprString(expr))
		if _, ok := kept[t]; !ok {
			order = append(order, t)
		}
		kept[t] = append(kept[t], it.entry.key)
	}
	for _, t := range order {
		names := strings.Join(kept[t], ", ")
		if len(kept[t]) == 1 {
			notes = append(notes, names+" keeps its value of the former type "+t)
		} else {
			notes = append(notes, names+" keep their values of the former type "+t)
		}
	}
	for _, sl := range d.justAsleep {
		if sl.kind() == token.VAR {
			notes = append(notes, sl.key+" is gone: "+sl.why)
		} else {
			notes = append(notes, sl.key+" ("+sl.src.file.Name()+") no longer type-checks and is set aside: "+sl.why)
		}
	}
	return notes
}

// former says whether a type mentions a former version that came to be with this cell.
func (d *draft) former(t ast.Expr) bool {
	private := map[string]bool{}
	for _, name := range d.renames.former {
		private[name] = true
	}
	for _, r := range d.reloads {
		private[r.private] = true
	}
	found := false
	ast.Inspect(t, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && private[id.Name] {
			found = true
		}
		return !found
	})
	return found
}
