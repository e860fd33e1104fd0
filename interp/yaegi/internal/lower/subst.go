package lower

import (
	"go/types"
)

// env is an instance of a generic function: what its type parameters stand for. A nil env is that
// of a function that isn't generic.
type env struct {
	types  map[*types.TypeParam]types.Type
	locals map[*types.TypeName]*types.Named // types declared in the function, as this instance has them
}

func newEnv() *env {
	return &env{types: map[*types.TypeParam]types.Type{}, locals: map[*types.TypeName]*types.Named{}}
}

// subst replaces type parameters in t. It returns t itself where nothing changes.
func (e *env) subst(t types.Type) types.Type {
	if e == nil || t == nil {
		return t
	}
	s := substituter{env: e, seen: map[types.Type]types.Type{}}
	return s.typ(t)
}

type substituter struct {
	env  *env
	seen map[types.Type]types.Type
}

func (s *substituter) typ(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.TypeParam:
		if r, ok := s.env.types[t]; ok {
			return r
		}
		return t
	case *types.Alias:
		return s.typ(types.Unalias(t))
	case *types.Named:
		return s.named(t)
	case *types.Pointer:
		if e := s.typ(t.Elem()); e != t.Elem() {
			return types.NewPointer(e)
		}
	case *types.Slice:
		if e := s.typ(t.Elem()); e != t.Elem() {
			return types.NewSlice(e)
		}
	case *types.Array:
		if e := s.typ(t.Elem()); e != t.Elem() {
			return types.NewArray(e, t.Len())
		}
	case *types.Chan:
		if e := s.typ(t.Elem()); e != t.Elem() {
			return types.NewChan(t.Dir(), e)
		}
	case *types.Map:
		k, e := s.typ(t.Key()), s.typ(t.Elem())
		if k != t.Key() || e != t.Elem() {
			return types.NewMap(k, e)
		}
	case *types.Tuple:
		if r := s.tuple(t); r != t {
			return r
		}
	case *types.Signature:
		p, r := s.tuple(t.Params()), s.tuple(t.Results())
		if p != t.Params() || r != t.Results() {
			return types.NewSignatureType(nil, nil, nil, p, r, t.Variadic())
		}
	case *types.Struct:
		return s.strct(t)
	case *types.Interface:
		return s.iface(t)
	case *types.Union:
		terms := make([]*types.Term, t.Len())
		for i := range terms {
			terms[i] = types.NewTerm(t.Term(i).Tilde(), s.typ(t.Term(i).Type()))
		}
		return types.NewUnion(terms)
	}
	return t
}

func (s *substituter) named(t *types.Named) types.Type {
	args := t.TypeArgs()
	if args.Len() == 0 {
		return s.local(t)
	}
	changed := false
	list := make([]types.Type, args.Len())
	for i := range list {
		list[i] = s.typ(args.At(i))
		changed = changed || list[i] != args.At(i)
	}
	if !changed {
		return t
	}
	r, err := types.Instantiate(instances, t.Origin(), list, false)
	if err != nil {
		return t
	}
	return r
}

// local returns a type declared in the generic function as the instance has it: another type in
// each instance.
func (s *substituter) local(t *types.Named) types.Type {
	o := t.Obj()
	if o.Pkg() == nil || o.Parent() == nil || o.Parent() == o.Pkg().Scope() {
		return t
	}
	if n, ok := s.env.locals[o]; ok {
		return n
	}
	n := types.NewNamed(types.NewTypeName(o.Pos(), o.Pkg(), o.Name(), nil), nil, nil)
	s.env.locals[o] = n
	n.SetUnderlying(s.typ(t.Underlying()))
	return n
}

// instances makes identical instances of generic types the same object.
var instances = types.NewContext()

func (s *substituter) tuple(t *types.Tuple) *types.Tuple {
	if t.Len() == 0 {
		return t
	}
	changed := false
	vars := make([]*types.Var, t.Len())
	for i := range vars {
		v := t.At(i)
		vt := s.typ(v.Type())
		if vt != v.Type() {
			changed = true
			v = types.NewParam(v.Pos(), v.Pkg(), v.Name(), vt)
		}
		vars[i] = v
	}
	if !changed {
		return t
	}
	return types.NewTuple(vars...)
}

func (s *substituter) strct(t *types.Struct) types.Type {
	changed := false
	fields := make([]*types.Var, t.NumFields())
	tags := make([]string, t.NumFields())
	for i := range fields {
		f := t.Field(i)
		tags[i] = t.Tag(i)
		ft := s.typ(f.Type())
		if ft != f.Type() {
			changed = true
			f = types.NewField(f.Pos(), f.Pkg(), f.Name(), ft, f.Embedded())
		}
		fields[i] = f
	}
	if !changed {
		return t
	}
	return types.NewStruct(fields, tags)
}

func (s *substituter) iface(t *types.Interface) types.Type {
	if r, ok := s.seen[t]; ok {
		return r
	}
	s.seen[t] = t
	changed := false
	methods := make([]*types.Func, t.NumExplicitMethods())
	for i := range methods {
		m := t.ExplicitMethod(i)
		sig := s.typ(m.Type())
		if sig != m.Type() {
			changed = true
			m = types.NewFunc(m.Pos(), m.Pkg(), m.Name(), sig.(*types.Signature))
		}
		methods[i] = m
	}
	embedded := make([]types.Type, t.NumEmbeddeds())
	for i := range embedded {
		embedded[i] = s.typ(t.EmbeddedType(i))
		changed = changed || embedded[i] != t.EmbeddedType(i)
	}
	if !changed {
		return t
	}
	return types.NewInterfaceType(methods, embedded).Complete()
}
