package folder

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/rustygradients/rg/interp/check"
)

// takeApart lists the declarations of a package, and makes a function of what is to run.
func (p *Package) takeApart(files []*ast.File) {
	p.texts = map[string]string{}
	body := p.variables()
	for _, f := range files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				switch {
				case d.Recv == nil && d.Name.Name == "init":
					lit := &ast.FuncLit{Type: d.Type, Body: d.Body}
					p.Info.Types[lit] = types.TypeAndValue{Type: types.NewSignatureType(nil, nil, nil, nil, nil, false)}
					call := &ast.CallExpr{Fun: lit, Lparen: d.Name.Pos(), Rparen: d.Name.Pos()}
					p.Info.Types[call] = types.TypeAndValue{Type: types.NewTuple()}
					body = append(body, &ast.ExprStmt{X: call})
				case d.Name.Name != "_":
					name := d.Name.Name
					if r := check.ReceiverName(d); r != "" {
						name = r + "." + name
						p.add(token.FUNC, name, nil, d)
						break
					}
					p.add(token.FUNC, name, []string{name}, d)
				}
			case *ast.GenDecl:
				p.group(d)
			}
		}
	}
	if len(body) == 0 {
		return
	}
	pos := body[0].Pos()
	p.Init = &ast.FuncDecl{
		Name: &ast.Ident{Name: "init", NamePos: pos},
		Type: &ast.FuncType{Func: pos, Params: &ast.FieldList{Opening: pos, Closing: pos}},
		Body: &ast.BlockStmt{Lbrace: pos, List: body, Rbrace: body[len(body)-1].End()},
	}
}

func (p *Package) add(kind token.Token, name string, names []string, node ast.Decl) {
	p.Decls = append(p.Decls, &check.Decl{Kind: kind, Name: name, Names: names, Node: node, Fresh: true})
}

// group lists what a declaration of types, constants or variables declares.
func (p *Package) group(d *ast.GenDecl) {
	if d.Tok == token.CONST && len(d.Specs) > 0 {
		var names []string
		for _, s := range d.Specs {
			for _, id := range s.(*ast.ValueSpec).Names {
				names = append(names, id.Name)
			}
		}
		p.add(token.CONST, names[0], names, d)
		return
	}
	for _, spec := range d.Specs {
		one := &ast.GenDecl{Tok: d.Tok, TokPos: spec.Pos(), Specs: []ast.Spec{spec}}
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.Name != "_" {
				p.add(token.TYPE, spec.Name.Name, []string{spec.Name.Name}, one)
			}
		case *ast.ValueSpec:
			var names []string
			for _, id := range spec.Names {
				if id.Name != "_" {
					names = append(names, id.Name)
				}
			}
			if len(names) > 0 {
				p.add(token.VAR, names[0], names, one)
			}
		}
	}
}

// variables are the assignments that give the variables their first values, in Go's order.
func (p *Package) variables() []ast.Stmt {
	var list []ast.Stmt
	for _, i := range p.Info.InitOrder {
		pos := i.Rhs.Pos()
		a := &ast.AssignStmt{TokPos: pos, Tok: token.ASSIGN, Rhs: []ast.Expr{i.Rhs}}
		for _, v := range i.Lhs {
			id := &ast.Ident{Name: v.Name(), NamePos: pos}
			if v.Name() != "_" {
				p.Info.Uses[id] = v
				p.Info.Types[id] = types.TypeAndValue{Type: v.Type()}
			}
			a.Lhs = append(a.Lhs, id)
		}
		list = append(list, a)
	}
	return list
}

// Same says whether a type of this package is what it was in a former version: it is written alike,
// and so is what it is made of.
func (p *Package) Same(former *Package, name string) bool {
	a, ok := p.Pkg.Scope().Lookup(name).(*types.TypeName)
	b, ok2 := former.Pkg.Scope().Lookup(name).(*types.TypeName)
	return ok && ok2 && p.form(a) == former.form(b)
}

// form writes down what a type is, down to the types of other packages. Two versions of a type of
// another folder are two types, whose paths differ, unless they are the same, which the number that
// is kept out of the form leaves to that folder: it is told apart by its own form.
func (p *Package) form(t *types.TypeName) string {
	if s, ok := p.texts[t.Name()]; ok {
		return s
	}
	w := formWriter{p: p, seen: map[*types.TypeName]bool{}}
	w.named(t)
	p.texts[t.Name()] = w.String()
	return w.String()
}

type formWriter struct {
	strings.Builder
	p    *Package
	seen map[*types.TypeName]bool
}

// named writes a type of a folder: its name, and what it stands for, once.
func (w *formWriter) named(t *types.TypeName) {
	w.WriteString(check.Plain(t.Pkg().Path()) + "." + t.Name())
	if w.seen[t] {
		return
	}
	w.seen[t] = true
	w.WriteByte('=')
	u := t.Type().Underlying()
	if t.IsAlias() {
		u = types.Unalias(t.Type())
		w.WriteByte('=')
	}
	var mentioned []*types.TypeName
	w.WriteString(types.TypeString(u, func(p *types.Package) string { return check.Plain(p.Path()) }))
	if n, ok := t.Type().(*types.Named); ok {
		for tp := range n.TypeParams().TypeParams() {
			w.WriteString("," + types.TypeString(tp.Constraint(), func(p *types.Package) string { return check.Plain(p.Path()) }))
		}
	}
	walk(u, map[types.Type]bool{}, func(n *types.TypeName) {
		if n.Pkg() != nil && check.Private(n.Pkg().Path()) {
			mentioned = append(mentioned, n)
		}
	})
	slices.SortFunc(mentioned, func(a, b *types.TypeName) int { return strings.Compare(a.Name(), b.Name()) })
	for _, n := range mentioned {
		w.WriteByte(';')
		w.named(n)
	}
}

// Mentions calls f with the defined types that a type is made of, not looking into those.
func Mentions(t types.Type, f func(*types.TypeName)) { walk(t, map[types.Type]bool{}, f) }

func walk(t types.Type, seen map[types.Type]bool, f func(*types.TypeName)) {
	if seen[t] {
		return
	}
	seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		f(t.Obj())
		for a := range t.TypeArgs().Types() {
			walk(a, seen, f)
		}
	case *types.Alias:
		f(t.Obj())
		walk(types.Unalias(t), seen, f)
	case *types.Pointer:
		walk(t.Elem(), seen, f)
	case *types.Slice:
		walk(t.Elem(), seen, f)
	case *types.Array:
		walk(t.Elem(), seen, f)
	case *types.Chan:
		walk(t.Elem(), seen, f)
	case *types.Map:
		walk(t.Key(), seen, f)
		walk(t.Elem(), seen, f)
	case *types.Struct:
		for v := range t.Fields() {
			walk(v.Type(), seen, f)
		}
	case *types.Signature:
		walk(t.Params(), seen, f)
		walk(t.Results(), seen, f)
	case *types.Tuple:
		for v := range t.Variables() {
			walk(v.Type(), seen, f)
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			walk(m.Type(), seen, f)
		}
		for e := range t.EmbeddedTypes() {
			walk(e, seen, f)
		}
	case *types.Union:
		for term := range t.Terms() {
			walk(term.Type(), seen, f)
		}
	}
}
