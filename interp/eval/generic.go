//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// typeEnv says what type parameters stand for in an instance.
type typeEnv struct {
	params []*types.TypeParam
	args   []types.Type
	key    string

	// function is set where the parameters are also those of a type that a function declares: what
	// they are in the function alone.
	function *typeEnv
}

func (w *world) newEnv(params *types.TypeParamList, args []types.Type) *typeEnv {
	if params.Len() == 0 {
		return nil
	}
	e := &typeEnv{args: args}
	var key strings.Builder
	for p := range params.TypeParams() {
		e.params = append(e.params, p)
	}
	if len(e.params) != len(args) {
		refuse("an instance with %d of %d type arguments", len(args), len(e.params))
	}
	for _, a := range args {
		fmt.Fprintf(&key, "%p,", w.rtype(a))
	}
	e.key = key.String()
	return e
}

func (e *typeEnv) lookup(p *types.TypeParam) types.Type {
	for i, q := range e.params {
		if p == q {
			return e.args[i]
		}
	}
	return nil
}

// subst puts type arguments for type parameters.
func (w *world) subst(t types.Type, e *typeEnv) types.Type {
	if e == nil || t == nil {
		return t
	}
	switch t := t.(type) {
	case *types.TypeParam:
		if a := e.lookup(t); a != nil {
			return a
		}
	case *types.Alias:
		return w.subst(types.Unalias(t), e)
	case *types.Pointer:
		if x := w.subst(t.Elem(), e); x != t.Elem() {
			return types.NewPointer(x)
		}
	case *types.Slice:
		if x := w.subst(t.Elem(), e); x != t.Elem() {
			return types.NewSlice(x)
		}
	case *types.Array:
		if x := w.subst(t.Elem(), e); x != t.Elem() {
			return types.NewArray(x, t.Len())
		}
	case *types.Chan:
		if x := w.subst(t.Elem(), e); x != t.Elem() {
			return types.NewChan(t.Dir(), x)
		}
	case *types.Map:
		return types.NewMap(w.subst(t.Key(), e), w.subst(t.Elem(), e))
	case *types.Tuple:
		return w.substTuple(t, e)
	case *types.Signature:
		return types.NewSignatureType(nil, nil, nil, w.substTuple(t.Params(), e), w.substTuple(t.Results(), e), t.Variadic())
	case *types.Struct:
		var fields []*types.Var
		var tags []string
		for i := range t.NumFields() {
			f := t.Field(i)
			fields = append(fields, types.NewField(f.Pos(), f.Pkg(), f.Name(), w.subst(f.Type(), e), f.Embedded()))
			tags = append(tags, t.Tag(i))
		}
		return types.NewStruct(fields, tags)
	case *types.Interface:
		if t.NumMethods() == 0 {
			return t
		}
		var methods []*types.Func
		for m := range t.Methods() {
			methods = append(methods, types.NewFunc(m.Pos(), m.Pkg(), m.Name(), w.subst(m.Signature(), e).(*types.Signature)))
		}
		return types.NewInterfaceType(methods, nil).Complete()
	case *types.Named:
		return w.substNamed(t, e)
	}
	return t
}

func (w *world) substTuple(t *types.Tuple, e *typeEnv) *types.Tuple {
	var vars []*types.Var
	for v := range t.Variables() {
		vars = append(vars, types.NewParam(v.Pos(), v.Pkg(), v.Name(), w.subst(v.Type(), e)))
	}
	return types.NewTuple(vars...)
}

func (w *world) substNamed(t *types.Named, e *typeEnv) types.Type {
	var args []types.Type
	same := true
	for a := range t.TypeArgs().Types() {
		x := w.subst(a, e)
		same = same && x == a
		args = append(args, x)
	}
	if !e.declares(t.Obj()) {
		if same {
			return t
		}
		r, err := types.Instantiate(w.context, t.Origin(), args, false)
		if err != nil {
			refuse("%v", err)
		}
		return r
	}
	// A type that a generic function declares is another one in each instance.
	if e.function != nil {
		e = e.function
	}
	o := t.Origin().Obj()
	inner := &typeEnv{params: slices.Clone(e.params), args: slices.Concat(e.args, args), function: e}
	key := fmt.Sprintf("%p %s", o, e.key)
	name := w.argNames(e.args)
	if len(args) > 0 {
		for p := range t.Origin().TypeParams().TypeParams() {
			inner.params = append(inner.params, p)
		}
		for _, a := range args {
			key += fmt.Sprintf(";%p", w.rtype(a))
		}
		name += ";" + w.argNames(args)
	}
	if r := w.locals[key]; r != nil {
		return r
	}
	obj := types.NewTypeName(o.Pos(), o.Pkg(), o.Name()+"["+name+"]", nil)
	r := types.NewNamed(obj, nil, nil)
	w.locals[key] = r
	w.localOrigin[obj] = o
	w.localKeys = append(w.localKeys, o)
	r.SetUnderlying(w.subst(t.Origin().Underlying(), inner).Underlying())
	return r
}

// declares says whether a type is declared in the function whose type parameters these are.
func (e *typeEnv) declares(o *types.TypeName) bool {
	if o.Pkg() == nil || o.Parent() == nil || o.Parent() == o.Pkg().Scope() {
		return false
	}
	for _, p := range e.params {
		if s := p.Obj().Parent(); s != nil && s.Contains(o.Pos()) {
			return true
		}
	}
	return false
}

func (w *world) argNames(args []types.Type) string {
	var names []string
	for _, a := range args {
		names = append(names, w.argName(a))
	}
	return strings.Join(names, ",")
}
