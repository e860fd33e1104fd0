package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/rustygradients/rg/interp/check"
)

// refuseKnown refuses what is known to come out wrong and can be seen in the checked program: a
// program that runs and says something else than Go is worse than one that doesn't run.
func (l *lowerer) refuseKnown(decls []*check.Decl) {
	k := known{l: l, recovers: map[types.Object]bool{}, deferred: map[*ast.CallExpr]bool{}}
	for _, d := range l.all {
		if f, ok := d.Node.(*ast.FuncDecl); ok {
			k.info = l.homes[d].info
			k.methods = k.methods || f.Recv != nil
			k.recovers[k.info.Defs[f.Name]] = k.callsRecover(f)
		}
	}
	for _, d := range decls {
		k.info = l.homes[d].info
		ast.Inspect(d.Node, k.check)
	}
	k.info = l.prog.Info
	if l.prog.Body != nil {
		ast.Inspect(l.prog.Body, k.check)
	}
}

// known is a walk over a program.
type known struct {
	l        *lowerer
	info     *types.Info            // of what is being looked at
	methods  bool                   // the program declares methods
	recovers map[types.Object]bool  // functions that call recover
	deferred map[*ast.CallExpr]bool // the calls of defer statements
}

// callsRecover says whether a function calls recover itself, at once.
func (k *known) callsRecover(f *ast.FuncDecl) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			id, ok := n.Fun.(*ast.Ident)
			found = found || ok && k.info.Uses[id] == types.Universe.Lookup("recover")
		}
		return true
	})
	return found
}

// asksForMethods says whether a method is one of reflect.Type's and reflect.Value's that tell of a type's
// methods, by its own name or as a method of an interface that they implement.
func asksForMethods(f *types.Func) bool {
	sig := f.Signature()
	if sig.Recv() == nil || !slices.Contains([]string{"Method", "MethodByName", "NumMethod", "Methods"}, f.Name()) {
		return false
	}
	if f.Pkg() != nil && f.Pkg().Path() == "reflect" {
		return true
	}
	for v := range sig.Results().Variables() {
		if n, ok := types.Unalias(v.Type()).(*types.Named); ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "reflect" {
			return true
		}
	}
	return false
}

func (k *known) check(n ast.Node) bool {
	info := k.info
	switch n := n.(type) {
	case *ast.DeferStmt:
		k.deferred[n.Call] = true
	case *ast.CallExpr:
		if id := calleeName(n.Fun); id != nil && !k.deferred[n] {
			if f, ok := info.Uses[id].(*types.Func); ok && k.recovers[f.Origin()] {
				k.l.refuse(n.Pos(), "%s calls recover and is called without defer here: this engine would recover what Go does not", f.Name())
			}
		}
	case *ast.Ident:
		if f, ok := info.Uses[n].(*types.Func); ok && k.methods && asksForMethods(f) {
			k.l.refuse(n.Pos(), "this engine hides the methods of a cell's types from reflect's %s", f.Name())
		}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN && n.Key != nil && n.Value != nil && (dependsOn(info, n.Value, n.Key) || dependsOn(info, n.Key, n.Value)) {
			k.l.refuse(n.Pos(), "assigning to variables of which one is found by the other, in a range clause, is not supported by this engine")
		}
	}
	return true
}

// calleeName is the name of a function or method that is called.
func calleeName(fun ast.Expr) *ast.Ident {
	switch f := ast.Unparen(fun).(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		return f.Sel
	}
	return nil
}

// dependsOn says whether a place is found with the variable that another expression is.
func dependsOn(info *types.Info, place, variable ast.Expr) bool {
	id, ok := variable.(*ast.Ident)
	if !ok || place == variable {
		return false
	}
	if _, plain := place.(*ast.Ident); plain {
		return false
	}
	found := false
	ast.Inspect(place, func(n ast.Node) bool {
		if x, ok := n.(*ast.Ident); ok && info.Uses[x] != nil && info.Uses[x] == info.Uses[id] {
			found = true
		}
		return true
	})
	return found
}
