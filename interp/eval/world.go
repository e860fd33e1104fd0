//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io"
	"reflect"
	"sync"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/symbols"
)

// refusal is why a program can't be executed. Compilation panics with it; Load returns it.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func refuse(format string, args ...any) { panic(&refusal{fmt.Sprintf(format, args...)}) }

// variable is a package-level variable.
type variable struct {
	typ  reflect.Type
	addr ptr
}

// unit is a type-checked package whose functions are compiled: the session's, or one of the prelude.
type unit struct {
	fset *token.FileSet
	info *types.Info
	pkg  *types.Package
}

// source is a function declaration.
type source struct {
	decl *ast.FuncDecl
	unit *unit
}

// world is one Load: it turns what go/types knows of a program into types, variables and functions.
type world struct {
	*state
	program *check.Program
	replace map[string]reflect.Value // compiled functions by "path.Name" that have a substitute
	cell    *unit
	stderr  io.Writer
	sources map[types.Object]source
	prelude *prelude

	cache       typeutil.Map // types.Type → reflect.Type
	forms       forms
	forming     typeutil.Map // types whose form is being found out
	context     *types.Context
	locals      map[string]*types.Named
	localOrigin map[*types.TypeName]*types.TypeName // of the types in locals
	localKeys   []any                               // keeps what keys of locals stand for

	late    []func() // method tables to fill when the types under construction are done
	busy    int
	pending []func() // functions to compile
	commits []func() // changes to what earlier programs use
	shapes  []string // made by this load
}

// loading makes loads exclusive: descriptors and stubs are the process's.
var loading sync.Mutex

// isProgram says whether a package's declarations are compiled by this package.
func isProgram(p *types.Package) bool { return isSession(p) || check.Folder(p) }

// isSession says whether a package is that of the cells.
func isSession(p *types.Package) bool { return p != nil && p.Path() == check.PackageName }

// symbol finds a compiled function, variable, constant or type.
func (w *world) symbol(o types.Object) (reflect.Value, bool) {
	if v, ok := w.replace[o.Pkg().Path()+"."+o.Name()]; ok {
		return v, true
	}
	table, ok := symbols.Symbols(o.Pkg().Path())
	if !ok {
		return reflect.Value{}, false
	}
	v, ok := table[o.Name()]
	return v, ok
}

// drain compiles everything that was asked for, and what that asks for.
func (w *world) drain() {
	for len(w.pending) > 0 {
		f := w.pending[len(w.pending)-1]
		w.pending = w.pending[:len(w.pending)-1]
		f()
	}
}

// isGlobal says whether a variable belongs to a package.
func isGlobal(v *types.Var) bool { return v.Pkg() != nil && v.Parent() == v.Pkg().Scope() }

// global returns the address of a package-level variable.
func (w *world) global(v *types.Var) ptr {
	if isProgram(v.Pkg()) {
		key := v.Name()
		if !isSession(v.Pkg()) {
			key = "/" + v.Pkg().Path() + "." + key
		}
		x := w.vars.get(key)
		if x == nil {
			typ := w.reflect(v.Type())
			x = &variable{typ, reflect.New(typ).UnsafePointer()}
			w.vars.set(key, x)
		}
		return x.addr
	}
	s, ok := w.symbol(v)
	if !ok || !s.CanAddr() {
		refuse("the variable %s.%s is not available in cells", v.Pkg().Path(), v.Name())
	}
	return s.Addr().UnsafePointer()
}

func typeList(l *types.TypeList) []types.Type {
	var out []types.Type
	for t := range l.Types() {
		out = append(out, t)
	}
	return out
}

func methodPkg(o types.Object) string {
	if o.Exported() || o.Pkg() == nil {
		return ""
	}
	return check.Plain(o.Pkg().Path()) // one for all versions of a folder
}

func isInterface(t types.Type) bool {
	_, ok := t.Underlying().(*types.Interface)
	return ok
}

func isPointer(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Pointer)
	return ok
}

// elem is what a pointer type points to.
func elem(t types.Type) (types.Type, bool) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem(), true
	}
	return t, false
}

// namedOf is the defined type behind t or *t.
func namedOf(t types.Type) *types.Named {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	return n
}

func pointerReceiver(f *types.Func) bool {
	r := f.Signature().Recv()
	return r != nil && isPointer(r.Type())
}
