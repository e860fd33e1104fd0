package interp

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"github.com/rustygradients/rg/tensor"
)

// operands says which names of the author's line the shapes of a tensor error belong to, and in which column the
// operation stands: "a is (2, 3), b is (4, 5)". It returns "" where the line doesn't tell.
func (r *run) operands(value any, file string, line, column int) (text string, at int) {
	err, ok := value.(error)
	var te *tensor.Error
	if !ok || !errors.As(err, &te) || len(te.Shapes) == 0 {
		return "", column
	}
	c := r.session.Cell(file)
	if c == nil || line < 1 || line > c.File.LineCount() {
		return "", column
	}
	pos := c.File.LineStart(line) + token.Pos(max(column-1, 0))
	var found []*ast.CallExpr
	for n := range c.Nodes() {
		stmt := statementAt(n, pos)
		if stmt == nil {
			continue
		}
		ast.Inspect(stmt, func(n ast.Node) bool {
			if _, inner := n.(*ast.BlockStmt); inner {
				return false // what stands in it has frames of its own
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && strings.EqualFold(sel.Sel.Name, te.Op) {
				found = append(found, call)
			}
			return true
		})
	}
	if len(found) != 1 {
		return "", column
	}
	call := found[0]
	sel := call.Fun.(*ast.SelectorExpr)
	var names []string
	if id, ok := sel.X.(*ast.Ident); !ok || !r.session.Imported(id.Name) {
		names = append(names, shorten(c.Text(sel.X.Pos(), sel.X.End()), 30))
	}
	for _, a := range call.Args {
		if !r.session.Numeric(a) {
			names = append(names, shorten(c.Text(a.Pos(), a.End()), 30))
		}
	}
	if len(names) < len(te.Shapes) || call.Ellipsis.IsValid() {
		return "", column
	}
	var parts []string
	for i, shape := range te.Shapes {
		if names[i] != "" {
			parts = append(parts, names[i]+" is "+shapeText(shape))
		}
	}
	if p := c.File.Position(sel.Sel.Pos()); p.Line == line {
		column = p.Column
	}
	return strings.Join(parts, ", "), column
}

// shapeText writes a shape as tensors' own messages do.
func shapeText(shape []int) string {
	s := strings.ReplaceAll(strings.Trim(fmt.Sprint(shape), "[]"), " ", ", ")
	if len(shape) == 1 {
		s += ","
	}
	return "(" + s + ")"
}

// statementAt returns the innermost statement that begins at a position.
func statementAt(n ast.Node, pos token.Pos) (found ast.Stmt) {
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || n.End() <= pos {
			return false
		}
		if s, ok := n.(ast.Stmt); ok && s.Pos() == pos {
			found = s
		}
		return true
	})
	return found
}
