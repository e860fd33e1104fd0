package cell

import (
	"go/ast"
	"go/token"
	"slices"
)

// orderVars puts var declarations that follow one another in the order in which a package initializes its
// variables: again and again the first that depends on none that is still to come, functions and methods of the cell
// followed (The Go Programming Language Specification, "Package initialization"). Names are compared, not objects, so
// what a function calls a local variable of that name counts too; where declarations go round in a circle the text decides.
func (p *cellParser) orderVars() {
	stmts := p.cell.Stmts
	for from := 0; from < len(stmts); {
		to := from
		for to < len(stmts) && varSpec(stmts[to]) != nil {
			to++
		}
		if to-from > 1 {
			p.order(stmts[from:to])
		}
		from = to + 1
	}
}

// varSpec is the one spec of a var statement, or nil.
func varSpec(s ast.Stmt) *ast.ValueSpec {
	if s, ok := s.(*ast.DeclStmt); ok {
		if d, ok := s.Decl.(*ast.GenDecl); ok && d.Tok == token.VAR && len(d.Specs) == 1 {
			return d.Specs[0].(*ast.ValueSpec)
		}
	}
	return nil
}

func (p *cellParser) order(vars []ast.Stmt) {
	at := map[string]int{} // where a variable is declared
	for i, s := range vars {
		for _, n := range varSpec(s).Names {
			at[n.Name] = i
		}
	}
	needs := make([]map[int]bool, len(vars))
	forward := false
	for i, s := range vars {
		needs[i] = map[int]bool{}
		for name := range p.mentioned(s) {
			if j, ok := at[name]; ok && j != i {
				needs[i][j] = true
				forward = forward || j > i
			}
		}
	}
	if !forward {
		return
	}
	rest := make([]int, len(vars))
	for i := range rest {
		rest[i] = i
	}
	former := slices.Clone(vars)
	for n := range vars {
		next := max(0, slices.IndexFunc(rest, func(i int) bool {
			return !slices.ContainsFunc(rest, func(j int) bool { return needs[i][j] })
		}))
		vars[n] = former[rest[next]]
		rest = slices.Delete(rest, next, next+1)
	}
}

// mentioned are the names that a node and the cell's functions that it mentions speak of.
func (p *cellParser) mentioned(n ast.Node) map[string]bool {
	names, members := map[string]bool{}, map[string]bool{}
	var visit func(n ast.Node) bool
	add := func(name string, to map[string]bool, methods bool) {
		if to[name] {
			return
		}
		to[name] = true
		for _, d := range p.cell.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == name && (f.Recv != nil) == methods && f.Body != nil {
				ast.Inspect(f.Body, visit)
			}
		}
	}
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			add(n.Sel.Name, members, true)
			ast.Inspect(n.X, visit)
			return false
		case *ast.Ident:
			add(n.Name, names, false)
		}
		return true
	}
	ast.Inspect(n, visit)
	return names
}
