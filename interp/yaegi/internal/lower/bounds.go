package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// boundsChecks writes explicit checks of the indices in the expressions, so that a wrong one panics
// in Go's own words: yaegi's has no numbers. Checked is what is certain to be evaluated before any
// call and is made of variables and constants only; the rest is left to yaegi.
func (f *function) boundsChecks(list ...ast.Expr) {
	for _, e := range list {
		if e != nil && !f.boundsCheck(e) {
			return
		}
	}
}

// boundsCheck reports whether what comes after e in the statement may be checked as well.
func (f *function) boundsCheck(e ast.Expr) bool {
	if tv, ok := f.info.Types[e]; ok && tv.Value != nil {
		return true
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return f.boundsCheck(e.X)
	case *ast.Ident, *ast.BasicLit:
		return true
	case *ast.FuncLit:
		return true
	case *ast.StarExpr:
		return f.boundsCheck(e.X)
	case *ast.UnaryExpr:
		return e.Op != token.ARROW && f.boundsCheck(e.X)
	case *ast.BinaryExpr:
		if !f.boundsCheck(e.X) {
			return false
		}
		if e.Op == token.LAND || e.Op == token.LOR {
			return !f.hasCall(e.Y)
		}
		return f.boundsCheck(e.Y)
	case *ast.SelectorExpr:
		if f.info.Selections[e] == nil {
			return true
		}
		return f.boundsCheck(e.X)
	case *ast.IndexExpr:
		if !f.boundsCheck(e.X) || !f.boundsCheck(e.Index) {
			return false
		}
		f.checkIndex(e)
		return true
	case *ast.SliceExpr:
		for _, x := range []ast.Expr{e.X, e.Low, e.High, e.Max} {
			if x != nil && !f.boundsCheck(x) {
				return false
			}
		}
		f.checkSlice(e)
		return true
	case *ast.CallExpr:
		for _, a := range e.Args {
			if f.info.Types[a].IsType() {
				continue
			}
			if !f.boundsCheck(a) {
				return false
			}
		}
		tv := f.info.Types[e.Fun]
		return tv.IsType() || tv.IsBuiltin()
	}
	return false
}

func (f *function) checkIndex(e *ast.IndexExpr) {
	if _, ok := f.info.Instances[identOf(e.X)]; ok {
		return
	}
	t := f.typeOf(e.X)
	if t == nil || !f.pure(e.X) || !f.pure(e.Index) {
		return
	}
	var length string
	switch u := t.Underlying().(type) {
	case *types.Slice:
		length = "len(" + f.expr(e.X) + ")"
	case *types.Basic:
		if f.info.Types[e.X].Value != nil {
			return
		}
		length = "len(" + f.expr(e.X) + ")"
	case *types.Array:
		if f.info.Types[e.Index].Value != nil {
			return
		}
		length = fmt.Sprint(u.Len())
	default:
		return
	}
	if f.provenIndex(e) {
		return
	}
	i := f.intIndex(e.Index)
	if f.info.Types[e.Index].Value != nil {
		f.line("if %s >= %s { rt.IndexPanic(%s, %s) }", i, length, i, length)
		return
	}
	f.line("if %s >= %s || %s < 0 { rt.IndexPanic(%s, %s) }", i, length, i, i, length)
}

func (f *function) checkSlice(e *ast.SliceExpr) {
	if e.Slice3 || e.Low == nil && e.High == nil {
		return
	}
	for _, x := range []ast.Expr{e.X, e.Low, e.High} {
		if x != nil && !f.pure(x) {
			return
		}
	}
	x, limit, what := f.expr(e.X), "", "length"
	length := "len(" + x + ")"
	switch u := f.typeOf(e.X).Underlying().(type) {
	case *types.Slice:
		limit, what = "cap("+x+")", "capacity"
	case *types.Basic:
		limit = length
	case *types.Array:
		limit = fmt.Sprint(u.Len())
		length = limit
	default:
		return
	}
	low, high := "0", length
	if e.Low != nil {
		low = f.intIndex(e.Low)
	}
	if e.High != nil {
		high = f.intIndex(e.High)
	} else {
		limit, what = length, "length"
	}
	f.line("if %s < 0 || %s > %s || %s < 0 || %s > %s { rt.SlicePanic(%s, %s, %s, %q) }", high, high, limit, low, low, high, low, high, limit, what)
}

func identOf(e ast.Expr) *ast.Ident {
	if e == nil {
		return nil
	}
	id, _ := ast.Unparen(e).(*ast.Ident)
	return id
}

// pure reports whether an expression can be evaluated twice: it is made of variables, fields of
// variables, constants and arithmetic.
func (f *function) pure(e ast.Expr) bool {
	if tv := f.info.Types[e]; tv.Value != nil {
		return true
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return f.pure(e.X)
	case *ast.Ident:
		_, ok := f.object(e).(*types.Var)
		return ok
	case *ast.BasicLit:
		return true
	case *ast.SelectorExpr:
		s := f.info.Selections[e]
		return s != nil && s.Kind() == types.FieldVal && f.pure(e.X)
	case *ast.IndexExpr:
		if _, ok := f.typeOf(e.X).Underlying().(*types.Map); ok {
			return false
		}
		return f.pure(e.X) && f.pure(e.Index)
	case *ast.BinaryExpr:
		switch e.Op {
		case token.ADD, token.SUB, token.MUL:
			return f.pure(e.X) && f.pure(e.Y)
		}
	case *ast.CallExpr:
		if tv := f.info.Types[e.Fun]; tv.IsType() && len(e.Args) == 1 {
			return f.pure(e.Args[0])
		}
		if id := identOf(e.Fun); id != nil && id.Name == "len" && f.info.Types[e.Fun].IsBuiltin() {
			return f.pure(e.Args[0])
		}
	}
	return false
}

// provenIndex reports whether an index is in range whatever happens: the loop variable of a range
// over the same variable, neither of which the loop changes.
func (f *function) provenIndex(e *ast.IndexExpr) bool {
	x, i := identOf(e.X), identOf(e.Index)
	if x == nil || i == nil {
		return false
	}
	return f.inRange[indexPair{f.object(x), f.object(i)}]
}

// indexPair is a variable and an index that is in its range.
type indexPair struct{ x, i types.Object }
