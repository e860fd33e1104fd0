//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/rustygradients/rg/interp/check"
)

// compiler compiles one function, or one function literal inside of it.
type compiler struct {
	*world
	u      *unit
	fn     *function
	env    *typeEnv
	parent *compiler
	vars   map[*types.Var]local
	boxed  map[*types.Var]bool
	labels map[string]int32

	literals map[*ast.FuncLit]int // their numbers, for their names

	outTypes []types.Type

	captures    []local   // of the parent's variables
	captureOffs []uintptr // where their addresses are here

	extent extent                   // the statement that is being compiled
	uses   map[*types.Var]token.Pos // the last of each variable
	jumps  bool                     // there is a goto

	results   []*types.Var // where they have names
	hasDefer  bool
	resultRec *ast.ExprStmt // the statement whose values a cell shows
	resultOut []slot
}

// local is a variable's place in the frame; a boxed one has its address there.
type local struct {
	off   uintptr
	boxed bool
	typ   types.Type
}

// flag is where a bool goes, if anywhere.
type flag struct {
	off    uintptr
	wanted bool
}

func flagAt(l *local) flag {
	if l == nil {
		return flag{}
	}
	return flag{l.off, true}
}

func (f flag) set(fr *frame, b bool) bool {
	if f.wanted {
		*(*bool)(at(fr, f.off)) = b
	}
	return f.wanted
}

var pointerType = rt(reflect.TypeFor[unsafe.Pointer]())

func (c *compiler) typ(e ast.Expr) types.Type   { return c.subst(c.u.info.TypeOf(e), c.env) }
func (c *compiler) sub(t types.Type) types.Type { return c.subst(t, c.env) }
func (c *compiler) read(l local) value          { return inFrame(l.typ, l.off) }

// room reserves memory in the frame for the statement that is being compiled.
func (c *compiler) room(t *rtype) slot {
	s := c.fn.room(t)
	from, to := c.extent.here()
	c.lives(s, from, to, token.NoPos)
	return s
}

func (c *compiler) pointerSlot() uintptr    { return c.room(pointerType).off }
func (c *compiler) temp(t types.Type) local { return local{c.room(c.rtype(t)).off, false, t} }

func (c *compiler) label(name string) int32 {
	n, ok := c.labels[name]
	if !ok {
		n = int32(len(c.labels) + 1)
		c.labels[name] = n
	}
	return n
}

// sourceOf finds the declaration of a function that this package is to compile.
func (w *world) sourceOf(f *types.Func) (source, bool) {
	f = f.Origin()
	if isProgram(f.Pkg()) {
		s, ok := w.sources[f]
		if !ok && isSession(f.Pkg()) && w.program.Find != nil {
			if d := w.program.Find(funcKey(f)); d != nil {
				s, ok = source{d.Node.(*ast.FuncDecl), w.cell}, true
				w.sources[f] = s
			}
		}
		return s, ok
	}
	return w.prelude.source(f)
}

// funcKey names a declared function: f, T.m; those of compiled packages /path.f.
func funcKey(f *types.Func) string {
	name := f.Name()
	if r := f.Signature().Recv(); r != nil {
		if n := namedOf(r.Type()); n != nil {
			name = n.Obj().Name() + "." + name
		}
	}
	if !isSession(f.Pkg()) {
		name = "/" + f.Pkg().Path() + "." + name
	}
	return name
}

// instanceKey names a function, or an instance of one.
func (w *world) instanceKey(f *types.Func, targs []types.Type) string {
	key := funcKey(f)
	for i, a := range targs {
		if i == 0 {
			key += "["
		}
		key += fmt.Sprintf("%p,", w.rtype(a))
	}
	return key
}

// known is a function of the session's that is compiled already, or nil. Its syntax may be gone.
func (w *world) known(f *types.Func, targs []types.Type) *function {
	if !isProgram(f.Pkg()) {
		return nil
	}
	return w.funcs.get(w.instanceKey(f.Origin(), targs))
}

// function is the compiled form of a declared function, of an instance if there are type arguments.
func (w *world) function(f *types.Func, src source, targs []types.Type) *function {
	f = f.Origin()
	key := w.instanceKey(f, targs)
	if fn := w.funcs.get(key); fn != nil {
		return fn
	}
	if src.decl.Body == nil {
		refuse("the function %s has no body", f.Name())
	}
	own, _ := src.unit.info.Defs[src.decl.Name].(*types.Func)
	sig := own.Signature()
	params := sig.TypeParams()
	if sig.RecvTypeParams().Len() > 0 {
		params = sig.RecvTypeParams()
	}
	env := w.newEnv(params, targs)
	name, _, _ := strings.Cut(key, "[") // one string with the key, where there are no type arguments
	fn := newFunction(strings.TrimPrefix(strings.TrimPrefix(check.Plain(name), "/"), "./"), src.unit.fset)
	w.busy++ // no method table is filled from a function whose frame isn't laid out
	w.funcs.set(key, fn)
	c := &compiler{world: w, u: src.unit, fn: fn, env: env, vars: map[*types.Var]local{}, labels: map[string]int32{}}
	c.signature(sig)
	w.busy--
	w.flush()
	if w.intrinsic(f, fn, targs) {
		return fn
	}
	w.pending = append(w.pending, func() {
		c.boxed, c.uses = boxedVars(c.u.info, src.decl), lastUses(c.u.info, src.decl)
		c.function(src.decl.Recv, src.decl.Type, src.decl.Body)
	})
	return fn
}

// signature lays out parameters and results.
func (c *compiler) signature(sig *types.Signature) {
	recv := sig.Recv()
	if recv != nil {
		c.fn.ins = append(c.fn.ins, slot{})
	}
	for v := range sig.Params().Variables() {
		c.fn.ins = append(c.fn.ins, c.fn.room(c.rtype(c.sub(v.Type()))))
	}
	for v := range sig.Results().Variables() {
		t := c.sub(v.Type())
		c.outTypes = append(c.outTypes, t)
		c.fn.outs = append(c.fn.outs, c.fn.room(c.rtype(t)))
	}
	if recv != nil { // behind, for callers know the layout of what is in front from the signature
		c.fn.ins[0] = c.fn.room(c.rtype(c.sub(recv.Type())))
	}
}

// function compiles a body.
func (c *compiler) function(recv *ast.FieldList, ft *ast.FuncType, body *ast.BlockStmt) {
	var prologue, epilogue []func(*frame)
	c.hasDefer, c.jumps = hasDefer(body), hasGoto(body)
	i := 0
	for _, list := range []*ast.FieldList{recv, ft.Params} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			if len(field.Names) == 0 {
				i++
			}
			for _, id := range field.Names {
				s := c.fn.ins[i]
				i++
				v, ok := c.u.info.Defs[id].(*types.Var)
				if !ok {
					continue
				}
				t := c.sub(v.Type())
				c.parameterLives(v, s, body)
				if !c.boxed[v] {
					c.vars[v] = local{s.off, false, t}
					continue
				}
				box := c.fn.room(pointerType)
				c.parameterLives(v, box, body)
				off := box.off
				c.vars[v] = local{off, true, t}
				prologue = append(prologue, func(fr *frame) {
					b := newObject(s.typ)
					typedMove(s.typ, b, at(fr, s.off))
					*(*ptr)(at(fr, off)) = b
				})
			}
		}
	}
	zero := c.hasDefer
	if ft.Results != nil {
		k := 0
		for _, field := range ft.Results.List {
			for _, id := range field.Names {
				s := c.fn.outs[k]
				k++
				zero = true
				v, _ := c.u.info.Defs[id].(*types.Var)
				c.results = append(c.results, v)
				if v == nil {
					continue
				}
				t := c.sub(v.Type())
				if !c.boxed[v] {
					c.vars[v] = local{s.off, false, t}
					continue
				}
				off := c.pointerSlot()
				c.vars[v] = local{off, true, t}
				prologue = append(prologue, func(fr *frame) { *(*ptr)(at(fr, off)) = newObject(s.typ) })
				epilogue = append(epilogue, func(fr *frame) { typedMove(s.typ, at(fr, s.off), *(*ptr)(at(fr, off))) })
			}
		}
	}
	if zero {
		for _, s := range c.fn.outs {
			prologue = append(prologue, func(fr *frame) { typedClear(s.typ, at(fr, s.off)) })
		}
	}
	code := c.blockCode(body.List)
	if offs := c.captureOffs; len(offs) > 0 {
		prologue = slices.Insert(prologue, 0, capturing(offs))
	}
	run := code.do
	switch {
	case c.hasDefer:
		run = withDefers(code.stmt(), body.Rbrace)
	case run == nil:
		run = dropResult(code.run)
	}
	switch {
	case len(prologue) == 0 && len(epilogue) == 0:
		c.fn.body = run
	case len(prologue) == 1 && len(epilogue) == 0:
		p := prologue[0]
		c.fn.body = func(fr *frame) { p(fr); run(fr) }
	default:
		c.fn.body = func(fr *frame) {
			for _, f := range prologue {
				f(fr)
			}
			run(fr)
			for _, f := range epilogue {
				f(fr)
			}
		}
	}
	c.fn.seal()
}

// capturing writes the addresses of captured variables to the frame.
func capturing(offs []uintptr) func(*frame) {
	if off := offs[0]; len(offs) == 1 {
		return func(fr *frame) { *(*ptr)(at(fr, off)) = fr.env[0] }
	}
	return func(fr *frame) {
		for i, off := range offs {
			*(*ptr)(at(fr, off)) = fr.env[i]
		}
	}
}

// boxedVars are the variables of a declaration that live outside the frame: those that a function
// literal captures and those whose address is taken.
func boxedVars(info *types.Info, root ast.Node) map[*types.Var]bool {
	owner := map[*types.Var]ast.Node{}
	boxed := map[*types.Var]bool{}
	cur := root
	var addressed func(e ast.Expr)
	addressed = func(e ast.Expr) {
		switch e := e.(type) {
		case *ast.ParenExpr:
			addressed(e.X)
		case *ast.Ident:
			if v, ok := info.Uses[e].(*types.Var); ok {
				boxed[v] = true
			}
		case *ast.SelectorExpr:
			if info.Selections[e] != nil {
				addressed(e.X)
			}
		case *ast.IndexExpr:
			if t := info.TypeOf(e.X); t != nil {
				if _, ok := t.Underlying().(*types.Slice); !ok {
					addressed(e.X)
				}
			}
		}
	}
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			save := cur
			cur = n
			ast.Inspect(n.Type, visit)
			ast.Inspect(n.Body, visit)
			cur = save
			return false
		case *ast.Ident:
			if v, ok := info.Defs[n].(*types.Var); ok && !v.IsField() {
				owner[v] = cur
			}
			if v, ok := info.Uses[n].(*types.Var); ok && !v.IsField() {
				if o, ok := owner[v]; ok && o != cur {
					boxed[v] = true
				}
			}
		case *ast.CaseClause:
			if v, ok := info.Implicits[n].(*types.Var); ok {
				owner[v] = cur
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				addressed(n.X)
			}
		case *ast.SliceExpr:
			if t := info.TypeOf(n.X); t != nil {
				if _, ok := t.Underlying().(*types.Slice); !ok {
					addressed(n.X)
				}
			}
		case *ast.SelectorExpr:
			if s := info.Selections[n]; s != nil && s.Kind() == types.MethodVal {
				if _, isPtr := s.Recv().Underlying().(*types.Pointer); !isPtr {
					_, param := types.Unalias(s.Recv()).(*types.TypeParam)
					if param || pointerReceiver(s.Obj().(*types.Func)) {
						addressed(n.X)
					}
				}
			}
		}
		return true
	}
	ast.Inspect(root, visit)
	return boxed
}

// lookup finds a local variable, capturing it if it is of an enclosing function.
func (c *compiler) lookup(v *types.Var) local {
	if l, ok := c.vars[v]; ok {
		return l
	}
	if c.parent == nil {
		refuse("the variable %s is unknown here", v.Name())
	}
	outer := c.parent.lookup(v)
	if !outer.boxed {
		refuse("the captured variable %s is in a frame", v.Name())
	}
	off := c.fn.room(pointerType).off
	c.captures = append(c.captures, outer)
	c.captureOffs = append(c.captureOffs, off)
	l := local{off, true, outer.typ}
	c.vars[v] = l
	return l
}

// variable reads a variable.
func (c *compiler) variable(v *types.Var) value { return load(c.sub(v.Type()), c.variablePlace(v)) }

// variablePlace is where a variable is.
func (c *compiler) variablePlace(v *types.Var) place {
	if isGlobal(v) {
		return place{kind: static, p: c.global(v)}
	}
	l := c.lookup(v)
	if l.boxed {
		return behindAt(l.off)
	}
	return inFrameAt(l.off)
}

// declare makes a new variable with a value, or zero.
func (c *compiler) declare(v *types.Var, x *value) func(*frame) {
	t := c.sub(v.Type())
	r := c.rtype(t)
	l, again := c.vars[v]
	if c.boxed[v] {
		if !again {
			s := c.fn.room(pointerType)
			c.variableLives(v, s)
			l = local{s.off, true, t}
			c.vars[v] = l
		}
		off := l.off
		if x == nil {
			return func(fr *frame) { *(*ptr)(at(fr, off)) = newObject(r) }
		}
		put := c.store(*x)
		return func(fr *frame) {
			b := newObject(r)
			put(fr, b)
			*(*ptr)(at(fr, off)) = b
		}
	}
	if !again {
		s := c.fn.room(r)
		c.variableLives(v, s)
		l = local{s.off, false, t}
		c.vars[v] = l
	}
	off := l.off
	if x != nil {
		return c.storeFrame(off, *x)
	}
	if classOf(t) == isInt && wide(t) {
		return func(fr *frame) { *(*int64)(at(fr, off)) = 0 }
	}
	return func(fr *frame) { typedClear(r, at(fr, off)) }
}

// hasDefer says whether a body defers, itself.
func hasDefer(body ast.Node) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			found = true
		}
		return true
	})
	return found
}
