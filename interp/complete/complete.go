package complete

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/kernel/engine"
)

// Complete proposes what may stand at pos, an offset into code in Unicode code points. Matches
// replace the identifier that pos lies in, and are ordered best first.
func Complete(env Env, code string, pos int) (result engine.Completion) {
	at := byteOffset(code, pos)
	start, end := wordAt(code, at)
	// The type checker meets trees that no compiler has seen; no proposals are better than no session.
	defer func() {
		if r := recover(); r != nil {
			recovered(r)
			result = engine.Completion{Start: runeOffset(code, start), End: runeOffset(code, at)}
		}
	}()
	if c, ok := completeMagic(&env, code, at); ok {
		return c
	}
	src := cell.Blank(code)
	l := newList(code[start:at])
	l.usage = usageOf(src[:start], src[end:], env.Recent)
	switch what, from := stateAt(lex(src[:at]), at); what {
	case inString:
		return completeString(code, src, from, at)
	case inCode:
		for s := range cuts(src, start, cursorName) {
			if l.propose(newChecked(&env, s)) {
				break
			}
		}
	}
	return engine.Completion{Start: runeOffset(code, start), End: runeOffset(code, end), Matches: l.matches()}
}

// recovered is told of panics; tests let them through.
var recovered = func(any) {}

// propose fills the list with what fits at the cursor. It reports whether the surroundings made
// sense, so that there is no use in another look at them.
func (l *list) propose(c *checked) bool {
	for _, n := range c.path {
		if f, ok := n.(*ast.FuncDecl); ok {
			l.enclosing = f.Name.Name
		}
	}
	switch p := c.parent(1).(type) {
	case *ast.SelectorExpr:
		if p.Sel == c.cursor {
			if id, ok := p.X.(*ast.Ident); ok {
				l.operand = id.Name
			}
			l.expected = c.expected(1)
			l.typesOnly = c.wantsType(1)
			return l.selector(c, p)
		}
	case *ast.Field:
		if slices.Contains(p.Names, c.cursor) {
			return true // a new name: there is nothing to propose
		}
	case *ast.FuncDecl:
		return true
	case *ast.TypeSpec:
		if p.Name == c.cursor {
			return true
		}
	case *ast.ValueSpec:
		if slices.Contains(p.Names, c.cursor) {
			return true
		}
	case *ast.BranchStmt, *ast.LabeledStmt:
		return true
	case *ast.CompositeLit:
		if p.Type != c.cursor && l.literalFields(c, p) {
			return true
		}
	case *ast.KeyValueExpr:
		if lit, ok := c.parent(2).(*ast.CompositeLit); ok && p.Key == c.cursor && l.literalFields(c, lit) {
			return true
		}
	}
	l.typesOnly = c.wantsType(0)
	l.expected = c.expected(0)
	l.scopes(c)
	return true
}

// wantsType reports whether only a type can stand at the cursor. skip is as for expected.
func (c *checked) wantsType(skip int) bool {
	for i := skip; i+1 < len(c.path); i++ {
		node := c.path[i]
		switch p := c.path[i+1].(type) {
		case *ast.StarExpr, *ast.ParenExpr:
			continue // as what is around it: *T may be a value or a type
		case *ast.Field:
			return p.Type == node
		case *ast.TypeSpec:
			return p.Type == node
		case *ast.ValueSpec:
			return p.Type == node
		case *ast.ArrayType:
			return p.Elt == node
		case *ast.TypeAssertExpr:
			return p.Type == node
		case *ast.MapType, *ast.ChanType, *ast.Ellipsis:
			return true
		}
		return false
	}
	return false
}

// parent returns the n-th node above the cursor, without the parentheses between, or nil.
func (c *checked) parent(n int) ast.Node {
	for _, node := range c.path[1:] {
		if _, ok := node.(*ast.ParenExpr); ok {
			continue
		}
		if n--; n == 0 {
			return node
		}
	}
	return nil
}

// selector proposes the members of what stands before the dot, and reports whether that is known.
func (l *list) selector(c *checked, sel *ast.SelectorExpr) bool {
	if id, ok := ast.Unparen(sel.X).(*ast.Ident); ok {
		if p, ok := c.info.Uses[id].(*types.PkgName); ok {
			l.packageMembers(p.Imported())
			return true
		}
	}
	tv, ok := c.info.Types[sel.X]
	if !ok || tv.Type == nil || tv.Type == types.Typ[types.Invalid] {
		return false
	}
	l.members(c, tv.Type, tv.IsType())
	return true
}

// packageMembers proposes what a package exports.
func (l *list) packageMembers(p *types.Package) {
	for _, name := range p.Scope().Names() {
		if obj := p.Scope().Lookup(name); obj.Exported() {
			l.object(obj, rankMember)
		}
	}
}

// literalFields proposes the fields that a struct literal doesn't set yet. It reports whether
// nothing else can stand there.
func (l *list) literalFields(c *checked, lit *ast.CompositeLit) bool {
	t := c.info.TypeOf(lit)
	if t == nil {
		return false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem() // an element of []*T{{…}}
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	set := map[string]bool{}
	keyed := false
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			keyed = true
			if id, ok := kv.Key.(*ast.Ident); ok {
				set[id.Name] = true
			}
		}
	}
	for f := range st.Fields() {
		if !set[f.Name()] && (f.Exported() || f.Pkg().Path() == c.pkg.Path()) {
			l.object(f, rankField)
		}
	}
	// The first element may also be a value without its field's name; in a literal of a compiled
	// package's type that is no custom.
	foreign := true
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil {
		foreign = n.Obj().Pkg().Path() != c.pkg.Path()
	}
	return keyed || len(lit.Elts) > 1 || foreign
}

// scopes proposes every name that is visible at the cursor.
func (l *list) scopes(c *checked) {
	pos := c.cursor.Pos()
	scope := c.pkg.Scope().Innermost(pos)
	for s := scope; s != nil && s != c.pkg.Scope() && s != types.Universe; s = s.Parent() {
		for _, name := range s.Names() {
			obj := s.Lookup(name)
			if _, isImport := obj.(*types.PkgName); isImport {
				continue // a file's imports are those of the session, proposed below
			}
			// A local is visible from the end of its declaration.
			if _, found := s.LookupParent(name, pos); found == obj {
				l.object(obj, rankLocal)
			}
		}
	}
	for _, name := range c.pkg.Scope().Names() { // what the cell declares, and what it speaks of
		l.object(c.pkg.Scope().Lookup(name), rankSession)
		l.seen[name] = true
	}
	if c.env.Package != nil {
		l.session(c.env.Package.Scope())
	}
	for _, i := range c.cellImports() {
		l.importedPackage(i.Name, i.Path, rankImport)
	}
	for i := len(c.env.Imports) - 1; i >= 0; i-- {
		l.importedPackage(importName(c.env.Imports[i]), c.env.Imports[i].Path, rankImport)
	}
	if l.prefix == "" {
		return // everything else is too much to look through
	}
	for _, name := range types.Universe.Names() {
		l.object(types.Universe.Lookup(name), rankBuiltin)
	}
	for _, name := range symbols.Names() {
		if l.fits(name) {
			l.importedPackage(name, symbols.Named(name)[0], rankPackage)
		}
	}
	l.keywords(c)
}

// keywords proposes those that can begin a statement, or those that can stand in an expression.
func (l *list) keywords(c *checked) {
	words := []token.Token{token.CHAN, token.FUNC, token.INTERFACE, token.MAP, token.STRUCT}
	switch c.parent(1).(type) {
	case *ast.ExprStmt:
		words = nil
		for tok := token.BREAK; tok <= token.VAR; tok++ {
			words = append(words, tok)
		}
	case *ast.AssignStmt:
		words = append(words, token.RANGE)
	}
	for _, tok := range words {
		l.add(tok.String(), kindKeyword, "", rankKeyword)
	}
}
