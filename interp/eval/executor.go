//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/tensor/backend"
)

// Options say what an executor works with. The zero value uses the process's standard streams.
type Options struct {
	Stdout io.Writer // of fmt.Print and its like; nil means os.Stdout
	Stderr io.Writer // of reports and of the builtin println; nil means os.Stderr

	// Replace are functions that stand in for compiled ones of the same type: "fmt.Scan" → value.
	Replace map[string]reflect.Value

	// Unsafe allows all of package unsafe. Without it only what is a constant of a type may be asked
	// for: a mistake with addresses would take the whole session with it.
	Unsafe bool
}

// Executor implements session.Executor.
type Executor struct {
	stderr  io.Writer
	replace map[string]reflect.Value
	prelude *prelude
	unsafe  bool

	mu      sync.Mutex
	state   *state
	forms   forms
	loaded  *check.Program
	last    compiled                    // what loaded runs
	runs    []*run                      // that may have goroutines
	waiting map[*check.Program]compiled // loaded, and not yet run
}

// compiled is what a program runs.
type compiled struct {
	inits   []*function // of folders, before the body
	body    *function
	results []slot
}

// runs says whether there is anything to run.
func (c compiled) runs() bool { return c.body != nil || len(c.inits) > 0 }

// run runs it on a thread.
func (c compiled) run(th *thread) []reflect.Value {
	for _, f := range c.inits {
		f.call(f.enter(th))
	}
	if c.body == nil {
		return nil
	}
	fr := c.body.enter(th)
	c.body.call(fr)
	return readResults(fr, c.results)
}

var _ session.Executor = (*Executor)(nil)

// New returns an executor with nothing loaded. It reports ErrUnavailable where the runtime is not
// the one that this package knows.
func New(o Options) (session.Executor, error) {
	if err := selfTest(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	debug.SetMaxStack(4 << 30)    // a quarter of a million calls; what nests deeper is refused
	backend.SetInterrupt(Stopped) // tensor operations end with their cell
	e := &Executor{stderr: o.Stderr, unsafe: o.Unsafe, forms: forms{}, prelude: &prelude{packages: map[string]*preludePackage{}}}
	e.waiting = map[*check.Program]compiled{}
	e.state = newState()
	if e.stderr == nil {
		e.stderr = currentStderr{}
	}
	e.replace = aboutStack()
	maps.Copy(e.replace, instances())
	maps.Copy(e.replace, lately())
	maps.Copy(e.replace, o.Replace)
	if o.Stdout != nil {
		for name, f := range printing(o.Stdout) {
			e.replace["fmt."+name] = reflect.ValueOf(f)
		}
	}
	return e, nil
}

// printing are the functions of package fmt that write to standard output, for another one.
func printing(out io.Writer) map[string]any {
	return map[string]any{
		"Print":   func(a ...any) (int, error) { return fmt.Fprint(out, a...) },
		"Println": func(a ...any) (int, error) { return fmt.Fprintln(out, a...) },
		"Printf":  func(format string, a ...any) (int, error) { return fmt.Fprintf(out, format, a...) },
	}
}

// currentStderr is looked up for each write: streams are redirected while a session runs.
type currentStderr struct{}

func (currentStderr) Write(b []byte) (int, error) { return os.Stderr.Write(b) }

// Load compiles a program's fresh declarations and its body.
func (e *Executor) Load(p *check.Program) (err error) {
	loading.Lock()
	defer loading.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.newWorld(p)
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		for _, k := range w.shapes {
			delete(shapes, k)
		}
		e.state.undo()
		r, ok := v.(*refusal)
		if !ok {
			panic(v)
		}
		err = fmt.Errorf("the eval engine can't run the cell: %w", r)
	}()
	if !e.unsafe {
		refuseUnsafe(p)
	}
	fresh := w.declare(p)
	var inits []*function
	for _, f := range p.Packages {
		if f.Init != nil {
			inits = append(inits, w.init(p, f))
		}
	}
	var body *function
	var results []slot
	if p.Body != nil {
		body, results = w.body(p)
	}
	w.drain()
	w.refreshMethods(p.Pkg, p.Decls, fresh)
	for _, f := range p.Packages {
		w.refreshMethods(f.Pkg, f.Decls, fresh)
	}
	w.drain()
	for _, f := range w.commits {
		f()
	}
	w.flush()
	w.drain()
	c := compiled{inits, body, results}
	e.state.commit()
	e.loaded, e.last = p, c
	if c.runs() {
		e.waiting[p] = c
	}
	return nil
}

// refuseUnsafe looks for what of package unsafe is more than a constant.
func refuseUnsafe(p *check.Program) {
	visitIn := func(info *types.Info) func(n ast.Node) bool {
		return func(n ast.Node) bool { return refuseUnsafeIdent(p.Fset, info, n) }
	}
	for _, d := range p.Decls {
		if d.Fresh {
			ast.Inspect(d.Node, visitIn(p.Info))
		}
	}
	for _, f := range p.Packages {
		for _, d := range f.Decls {
			if d.Fresh {
				ast.Inspect(d.Node, visitIn(f.Info))
			}
		}
		if f.Init != nil {
			ast.Inspect(f.Init, visitIn(f.Info))
		}
	}
	if p.Body != nil {
		ast.Inspect(p.Body, visitIn(p.Info))
	}
}

func refuseUnsafeIdent(fset *token.FileSet, info *types.Info, n ast.Node) bool {
	id, ok := n.(*ast.Ident)
	if !ok {
		return true
	}
	if o := info.Uses[id]; o != nil && o.Pkg() == types.Unsafe {
		switch o.Name() {
		case "Sizeof", "Offsetof", "Alignof":
		default:
			refuse("unsafe.%s at %s: of package unsafe there are only Sizeof, Offsetof and Alignof in cells", o.Name(), fset.Position(id.Pos()))
		}
	}
	return true
}

// newWorld begins a load: with the state under the names that things have now, less what is fresh
// and what is gone.
func (e *Executor) newWorld(p *check.Program) *world {
	e.state.become(p)
	return &world{
		state: e.state, program: p,
		replace: e.replace, cell: &unit{p.Fset, p.Info, p.Pkg}, stderr: e.stderr, prelude: e.prelude, context: types.NewContext(),
		forms: e.forms, sources: map[types.Object]source{}, locals: map[string]*types.Named{}, localOrigin: map[*types.TypeName]*types.TypeName{},
	}
}

// declare makes what is fresh, and says which functions are.
func (w *world) declare(p *check.Program) map[types.Object]bool {
	fresh := map[types.Object]bool{}
	w.index(p.Decls, w.cell, fresh)
	for _, f := range p.Packages {
		w.index(f.Decls, &unit{p.Fset, f.Info, f.Pkg}, fresh)
		w.same(f)
	}
	for _, f := range p.Packages {
		w.declareAll(f.Decls, f.Info, f.Pkg)
	}
	w.declareAll(p.Decls, p.Info, p.Pkg)
	return fresh
}

// index says where functions are declared, and which of them are fresh.
func (w *world) index(decls []*check.Decl, u *unit, fresh map[types.Object]bool) {
	for _, d := range decls {
		if n, ok := d.Node.(*ast.FuncDecl); ok {
			o := u.info.Defs[n.Name]
			if o == nil {
				continue
			}
			w.sources[o] = source{n, u}
			fresh[o] = d.Fresh
		}
	}
}

// same makes the types of a folder that are what they were in its former version the same types.
func (w *world) same(f *check.Package) {
	if f.Was == "" {
		return
	}
	same := map[string]bool{}
	for _, name := range f.Same {
		same["/"+f.Was+"."+name] = true
	}
	for key, t := range maps.Clone(w.types.things) {
		base, args, generic := strings.Cut(key, "[")
		if !same[base] {
			continue
		}
		if generic {
			args = "[" + args
		}
		w.types.set("/"+f.Pkg.Path()+strings.TrimPrefix(base, "/"+f.Was)+args, t)
	}
}

// declareAll makes the fresh ones among the declarations of a package.
func (w *world) declareAll(decls []*check.Decl, info *types.Info, pkg *types.Package) {
	for _, d := range decls {
		if !d.Fresh {
			continue
		}
		switch n := d.Node.(type) {
		case *ast.FuncDecl:
			f, ok := info.Defs[n.Name].(*types.Func)
			if !ok || f.Name() == "_" || f.Signature().TypeParams().Len() > 0 || f.Signature().RecvTypeParams().Len() > 0 {
				continue
			}
			w.function(f, w.sources[f], nil)
		case *ast.GenDecl:
			for _, name := range d.Names {
				w.declareName(pkg.Scope().Lookup(name))
			}
		}
	}
}

// init compiles what sets a folder's variables.
func (w *world) init(p *check.Program, f *check.Package) *function {
	u := &unit{p.Fset, f.Info, f.Pkg}
	fn := newFunction(f.Pkg.Name()+".init", p.Fset)
	c := &compiler{world: w, u: u, fn: fn, vars: map[*types.Var]local{}, labels: map[string]int32{}}
	c.boxed = boxedVars(f.Info, f.Init)
	c.function(nil, f.Init.Type, f.Init.Body)
	return fn
}

func (w *world) declareName(o types.Object) {
	switch o := o.(type) {
	case *types.Var:
		w.global(o)
	case *types.TypeName:
		n, ok := o.Type().(*types.Named)
		if ok && n.TypeParams().Len() == 0 && !constraint(n) {
			w.reflect(n)
		}
	}
}

// constraint says whether an interface type can only constrain type parameters.
func constraint(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && !i.IsMethodSet()
}

// body compiles the cell's statements.
func (w *world) body(p *check.Program) (*function, []slot) {
	fn := newFunction("main", p.Fset)
	c := &compiler{world: w, u: w.cell, fn: fn, vars: map[*types.Var]local{}, labels: map[string]int32{}, resultRec: p.Result}
	c.boxed, c.uses = boxedVars(p.Info, p.Body), lastUses(p.Info, p.Body)
	c.function(nil, p.Body.Type, p.Body.Body)
	return fn, c.resultOut
}

// keepResult leaves the values of a cell's last expression in the frame.
func (c *compiler) keepResult(e ast.Expr) func(*frame) {
	save := c.extent
	c.extent = extent{} // the values outlive the statement
	defer func() { c.extent = save }()
	if tt, ok := c.typ(e).(*types.Tuple); ok && tt.Len() != 1 {
		pre, xs := c.multiple(ast.Unparen(e).(*ast.CallExpr), tt)
		for _, x := range xs {
			c.resultOut = append(c.resultOut, slot{x.off, c.rtype(x.typ)})
		}
		return pre
	}
	x := c.expr(e)
	t := x.typ
	if x.isNil {
		t = anyType
		x = c.zero(t)
	}
	if b, ok := t.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		t = types.Default(t)
		x.typ = t
	}
	tmp := c.temp(t)
	c.resultOut = append(c.resultOut, slot{tmp.off, c.rtype(t)})
	return c.storeFrame(tmp.off, x)
}

// refreshMethods binds fresh methods to types that are not fresh.
func (w *world) refreshMethods(pkg *types.Package, decls []*check.Decl, fresh map[types.Object]bool) {
	for _, d := range decls {
		if d.Fresh || d.Kind != token.TYPE {
			continue
		}
		o, ok := pkg.Scope().Lookup(d.Name).(*types.TypeName)
		if !ok || o.IsAlias() {
			continue
		}
		n, ok := o.Type().(*types.Named)
		if !ok || n.TypeParams().Len() > 0 || isInterface(n) {
			continue
		}
		if key, _ := w.typeKey(n); w.types.get(key) == nil {
			continue
		}
		for _, t := range []types.Type{n, types.NewPointer(n)} {
			w.refreshType(t, fresh)
		}
	}
}

func (w *world) refreshType(t types.Type, fresh map[types.Object]bool) {
	r := w.rtype(t)
	d := descriptorOf(r)
	if d == nil {
		return
	}
	ms := types.NewMethodSet(t)
	changed := false
	for s := range ms.Methods() {
		f := s.Obj().(*types.Func)
		if !fresh[f.Origin()] {
			continue
		}
		changed = true
		k := methodName{methodPkg(f), f.Name()}
		e := &methodEntry{name: k.shared()}
		w.resolve(e, r, t, s)
		mtype := addReflectOff(ptr(rt(w.funcType(f.Signature()))))
		w.commits = append(w.commits, func() {
			old := d.method(k)
			switch {
			case old == nil:
			case old.mtype == mtype:
				old.bound.Store(e.bound.Load())
			default:
				d.remove(k)
			}
			if old == nil || old.mtype != mtype {
				w.forms.drop(r)
			}
		})
	}
	if changed {
		path := check.PackageName
		if n := namedOf(t); n != nil {
			path = check.Plain(n.Obj().Pkg().Path())
		}
		w.commits = append(w.commits, func() { d.methods(w, t, ms, path) })
	}
}

// Run runs the body of a program that was loaded: the last, or one that has not run yet. It may be
// called while another program runs.
func (e *Executor) Run(ctx context.Context, p *check.Program) ([]reflect.Value, error) {
	e.mu.Lock()
	c, ok := e.waiting[p]
	delete(e.waiting, p)
	if !ok && e.loaded == p {
		c, ok = e.last, true
	}
	e.mu.Unlock()
	if !ok {
		return nil, errors.New("eval: Run of a program that was not loaded")
	}
	if !c.runs() {
		return nil, nil
	}
	return e.run(ctx, c.run)
}

// Call calls a function as Run runs a body: the cells' functions that it calls can be interrupted, and
// their panics are errors with a trace.
func (e *Executor) Call(ctx context.Context, f func()) error {
	_, err := e.run(ctx, func(*thread) []reflect.Value { f(); return nil })
	return err
}

func (e *Executor) run(ctx context.Context, body func(*thread) []reflect.Value) ([]reflect.Value, error) {
	r := newRun(e.stderr)
	r.late = session.Late(ctx)
	latest.Store(r)
	e.remember(r)
	out := r.execute(body, ctx.Done())
	switch {
	case out.panic != nil:
		return nil, &session.Panic{Value: out.panic.value, Frames: out.panic.trace}
	case out.interrupted:
		return nil, session.ErrInterrupted
	}
	return out.values, nil
}

// remember keeps the runs that have goroutines, for Stop.
func (e *Executor) remember(r *run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.runs = slices.DeleteFunc(e.runs, func(r *run) bool { return !r.lives() })
	e.runs = append(e.runs, r)
}

// Stop tells the goroutines of all cells to end, but for those that rg.Background has started.
func (e *Executor) Stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.runs {
		r.stop()
	}
	e.runs = nil
}

// Variable returns the current value of a live top-level variable.
func (e *Executor) Variable(name string) (reflect.Value, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := e.state.vars.get(name)
	if v == nil {
		return reflect.Value{}, false
	}
	return reflect.NewAt(v.typ, v.addr).Elem(), true
}
