package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/rustygradients/rg/interp/check"
)

// resultStmt is the last statement of a cell where it is an expression. Go has no expression
// statements but calls, so while the cell is checked an assignment to _ stands in its place, which
// also gives an untyped constant its type.
type resultStmt struct {
	stmt   *ast.ExprStmt
	blank  *ast.AssignStmt // nil for calls, which may have no value or several
	silent bool
}

// statements returns the cell's statements as they are to be checked, and the result among them.
func (d *draft) statements() ([]ast.Stmt, *resultStmt) {
	stmts := d.cell.Stmts
	n := len(stmts)
	if n == 0 || len(d.cell.Inits) > 0 || d.cell.Main != nil {
		return stmts, nil
	}
	last, ok := stmts[n-1].(*ast.ExprStmt)
	if !ok {
		return stmts, nil
	}
	r := &resultStmt{stmt: last, silent: d.cell.Silent}
	if _, call := ast.Unparen(last.X).(*ast.CallExpr); call {
		return stmts, r
	}
	pos := last.Pos()
	r.blank = &ast.AssignStmt{Lhs: []ast.Expr{&ast.Ident{Name: "_", NamePos: pos}}, TokPos: pos, Tok: token.ASSIGN, Rhs: []ast.Expr{last.X}}
	out := append([]ast.Stmt{}, stmts[:n-1]...)
	return append(out, r.blank), r
}

// pardons says whether an error is only about a value that nobody uses, of a call like len(x) or
// float64(x), which is what a cell's last expression is for.
func (r *resultStmt) pardons(e types.Error) bool {
	if r == nil || r.blank != nil || !strings.HasSuffix(e.Msg, "is not used") || !check.Within(e, r.stmt) {
		return false
	}
	inside := false
	ast.Inspect(r.stmt, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncLit); ok && check.Within(e, f) {
			inside = true
		}
		return true
	})
	return !inside
}

// restore puts the expression back into a checked body and says whether it has values to show.
func (r *resultStmt) restore(body *ast.FuncDecl, info *types.Info) (*ast.FuncDecl, *ast.ExprStmt) {
	if r == nil {
		return body, nil
	}
	list := body.Body.List
	last := list[len(list)-1]
	stmt, ok := last.(*ast.ExprStmt)
	if blank, is := last.(*ast.AssignStmt); is && r.blank != nil {
		stmt, ok = &ast.ExprStmt{X: blank.Rhs[0]}, true
	}
	if !ok {
		return body, nil
	}
	tv := info.Types[stmt.X]
	if b, ok := tv.Type.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		tv.Type = types.Default(tv.Type) // min(1, 2) as a statement keeps its untyped constant
		info.Types[stmt.X] = tv
	}
	t, tuple := tv.Type.(*types.Tuple)
	if tv.IsVoid() || tuple && t.Len() == 0 {
		return body, nil
	}
	if r.silent && r.blank != nil {
		return body, nil // `_ = x` evaluates it and shows nothing
	}
	b := *body.Body
	b.List = append(append([]ast.Stmt{}, list[:len(list)-1]...), stmt)
	f := *body
	f.Body = &b
	if r.silent {
		return &f, nil
	}
	return &f, stmt
}
