package check

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Variable is a variable that a cell defines at its top level.
type Variable struct {
	Name string
	Type types.Type
	Pos  token.Pos
}

// Defined lists the variables that statements define at their top level, and the identifiers that
// define them, before any checking: `x` of `x := 1` as well as of a later `x, y := f()`.
func Defined(stmts []ast.Stmt) []*ast.Ident {
	var ids []*ast.Ident
	for _, s := range stmts {
		for {
			l, ok := s.(*ast.LabeledStmt)
			if !ok {
				break
			}
			s = l.Stmt
		}
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				for _, e := range s.Lhs {
					if id, ok := e.(*ast.Ident); ok && id.Name != "_" {
						ids = append(ids, id)
					}
				}
			}
		case *ast.DeclStmt:
			if d, ok := s.Decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
				for _, spec := range d.Specs {
					for _, id := range spec.(*ast.ValueSpec).Names {
						if id.Name != "_" {
							ids = append(ids, id)
						}
					}
				}
			}
		}
	}
	return ids
}

// Variables returns the variables that the top level of a checked body defines, with their types.
func Variables(stmts []ast.Stmt, info *types.Info) []Variable {
	var vars []Variable
	for _, id := range Defined(stmts) {
		if v, ok := info.Defs[id].(*types.Var); ok {
			vars = append(vars, Variable{id.Name, v.Type(), id.Pos()})
		}
	}
	return vars
}

// Hoist returns statements in which the top-level variables are assigned to and no longer defined:
// `x := e` becomes `x = e`, `var x T = e` becomes `x = e`, and `var x T` becomes nothing, for a new
// package-level variable is zero. zero writes the type of a variable down, and is asked only where
// a label lets control come by such a declaration again.
func Hoist(stmts []ast.Stmt, zero func(*ast.Ident) ast.Expr) []ast.Stmt {
	labels := false
	for _, s := range stmts {
		if _, ok := s.(*ast.LabeledStmt); ok {
			labels = true
		}
	}
	var out []ast.Stmt
	for _, s := range stmts {
		out = append(out, hoist(s, labels, zero)...)
	}
	return out
}

func hoist(s ast.Stmt, labels bool, zero func(*ast.Ident) ast.Expr) []ast.Stmt {
	switch s := s.(type) {
	case *ast.LabeledStmt:
		inner := hoist(s.Stmt, labels, zero)
		if len(inner) == 1 && inner[0] == s.Stmt {
			return []ast.Stmt{s}
		}
		if len(inner) == 0 {
			inner = []ast.Stmt{&ast.EmptyStmt{Semicolon: s.Stmt.Pos(), Implicit: true}}
		}
		l := *s
		l.Stmt = inner[0]
		return append([]ast.Stmt{&l}, inner[1:]...)
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			a := *s
			a.Tok = token.ASSIGN
			return []ast.Stmt{&a}
		}
	case *ast.DeclStmt:
		d, ok := s.Decl.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR {
			break
		}
		var out []ast.Stmt
		for _, spec := range d.Specs {
			v := spec.(*ast.ValueSpec)
			a := &ast.AssignStmt{TokPos: v.Pos(), Tok: token.ASSIGN, Rhs: v.Values}
			for _, id := range v.Names {
				if len(v.Values) == 0 && !labels {
					continue
				}
				if len(v.Values) == 0 && id.Name == "_" {
					continue
				}
				a.Lhs = append(a.Lhs, id)
				if len(v.Values) == 0 {
					a.Rhs = append(a.Rhs, zeroOf(zero(id), id.Pos()))
				}
			}
			if len(a.Lhs) > 0 {
				out = append(out, a)
			}
		}
		return out
	}
	return []ast.Stmt{s}
}

// zeroOf writes `*new(T)`.
func zeroOf(t ast.Expr, pos token.Pos) ast.Expr {
	call := &ast.CallExpr{Fun: &ast.Ident{Name: "new", NamePos: pos}, Lparen: pos, Args: []ast.Expr{t}, Rparen: pos}
	return &ast.StarExpr{Star: pos, X: call}
}
