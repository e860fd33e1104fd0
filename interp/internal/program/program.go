// Package program makes a check.Program of a whole Go program, so that it can be run as one cell.
package program

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"

	"github.com/rustygradients/rg/interp/check"
)

// Load parses and checks one file of package main. The body of the result initializes the
// package's variables, then calls its init functions and main.
func Load(name string, src []byte, imp types.Importer) (*check.Program, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return load(fset, []*ast.File{file}, imp)
}

// load checks the files of package main.
func load(fset *token.FileSet, files []*ast.File, imp types.Importer) (*check.Program, error) {
	info := newInfo()
	cfg := types.Config{Importer: imp, Sizes: types.SizesFor("gc", "amd64")}
	pkg, err := cfg.Check("main", fset, files, info)
	if err != nil {
		return nil, err
	}
	p := &check.Program{Fset: fset, Pkg: pkg, Info: info}
	at := files[len(files)-1].End()
	body := &ast.BlockStmt{Lbrace: at, Rbrace: at}
	p.Body = &ast.FuncDecl{Name: ast.NewIdent("run"), Type: &ast.FuncType{Func: at, Params: &ast.FieldList{}}, Body: body}
	for _, in := range info.InitOrder {
		as := &ast.AssignStmt{Tok: token.ASSIGN, TokPos: in.Rhs.Pos(), Rhs: []ast.Expr{in.Rhs}}
		for _, v := range in.Lhs {
			id := &ast.Ident{Name: v.Name(), NamePos: in.Rhs.Pos()}
			info.Uses[id] = v
			info.Types[id] = types.TypeAndValue{Type: v.Type()}
			as.Lhs = append(as.Lhs, id)
		}
		body.List = append(body.List, as)
	}
	call := func(f ast.Expr, pos token.Pos) {
		c := &ast.CallExpr{Fun: f, Lparen: pos, Rparen: pos}
		info.Types[c] = types.TypeAndValue{Type: types.NewTuple()}
		body.List = append(body.List, &ast.ExprStmt{X: c})
	}
	for _, file := range files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					lit := &ast.FuncLit{Type: d.Type, Body: d.Body}
					sig := info.Defs[d.Name].Type()
					info.Types[lit] = types.TypeAndValue{Type: sig}
					call(lit, d.Pos())
					continue
				}
				if d.Recv == nil && d.Name.Name == "_" {
					continue
				}
				name := d.Name.Name
				if d.Recv != nil {
					if r := check.Receiver(d); r != nil {
						name = r.Name + "." + name
					}
				}
				p.Decls = append(p.Decls, &check.Decl{Kind: token.FUNC, Name: name, Names: []string{name}, Node: d, Fresh: true})
			case *ast.GenDecl:
				if d.Tok == token.IMPORT {
					continue
				}
				p.Decls = append(p.Decls, genDecls(d)...)
			}
		}
	}
	if m, ok := pkg.Scope().Lookup("main").(*types.Func); ok {
		id := &ast.Ident{Name: "main", NamePos: at}
		info.Uses[id] = m
		info.Types[id] = types.TypeAndValue{Type: m.Type()}
		call(id, at)
	}
	return p, nil
}

func genDecls(d *ast.GenDecl) []*check.Decl {
	var out []*check.Decl
	for _, s := range d.Specs {
		decl := &check.Decl{Kind: d.Tok, Fresh: true, Node: &ast.GenDecl{Tok: d.Tok, TokPos: d.TokPos, Specs: []ast.Spec{s}}}
		switch s := s.(type) {
		case *ast.TypeSpec:
			decl.Names = []string{s.Name.Name}
		case *ast.ValueSpec:
			for _, id := range s.Names {
				decl.Names = append(decl.Names, id.Name)
			}
		}
		decl.Name = decl.Names[0]
		out = append(out, decl)
	}
	return out
}

func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Instances: map[*ast.Ident]types.Instance{}, Implicits: map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
	}
}
