package check

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// PackageName is the package that all cells are in.
const PackageName = "main"

// Mark is the letter that sets private names off: x, when another x takes its name, lives on as
// xꞏ1. It is a letter to Go (U+A78F, Latin letter sinological dot) and on nobody's keyboard.
const Mark = "ꞏ"

// Plain returns text with the private parts of names taken out: what a person should see.
func Plain(text string) string {
	if !strings.Contains(text, Mark) {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, Mark)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		text = strings.TrimLeft(after, "0123456789")
	}
}

// Private says whether a name is a private one.
func Private(name string) bool { return strings.Contains(name, Mark) }

// Import is one package under the name that it has in cells.
type Import struct {
	Name string // "." for a dot import
	Path string
	Pos  token.Pos // of the path, where a cell imports it
}

// Unit is what is checked together.
type Unit struct {
	Imports []Import
	Decls   []ast.Decl
	Body    *ast.FuncDecl

	// Types are names for types that can't be written in Go where they are needed, such as an
	// unexported type of another package.
	Types map[string]types.Type

	// Without are names of the package that Beside does without, for the unit declares them anew or what had
	// them is gone.
	Without []string

	// Broken are variables whose type could not be found out, and packages that could not be imported. Errors about
	// them were reported.
	Broken []string
}

// Checker checks units against the packages that an importer knows.
type Checker struct {
	Fset     *token.FileSet
	Importer types.Importer
	Count    int // of declarations and bodies that were checked so far

	size struct{ types, uses, defs, scopes int } // of the last unit, which the next will resemble
}

// Checked is a unit with what go/types found out.
type Checked struct {
	Unit   Unit
	Pkg    *types.Package
	Info   *types.Info
	Errors []types.Error // without those about unused imports

	names []string       // that Beside has declared
	taken []types.Object // what had names that it does without
}

var sizes = types.SizesFor("gc", runtime.GOARCH)

// Check checks a unit. It always returns, with as much as could be understood.
func (c *Checker) Check(u Unit) *Checked {
	file := newFile(u)
	file.Decls = append(file.Decls, u.Decls...)
	if u.Body != nil {
		file.Decls = append(file.Decls, u.Body)
	}
	out := &Checked{Unit: u, Pkg: types.NewPackage(PackageName, PackageName), Info: c.newInfo()}
	for name, t := range u.Types {
		out.Pkg.Scope().Insert(types.NewTypeName(token.NoPos, out.Pkg, name, t))
	}
	for _, name := range u.Broken {
		out.Pkg.Scope().Insert(types.NewVar(token.NoPos, out.Pkg, name, types.Typ[types.Invalid]))
	}
	c.files(out, file)
	c.size.types, c.size.uses, c.size.defs, c.size.scopes = len(out.Info.Types), len(out.Info.Uses), len(out.Info.Defs), len(out.Info.Scopes)
	return out
}

// Beside checks new declarations and a body beside what was checked before, whose declarations and
// imports the unit's may use. That costs only as much as they are long. The names of the declarations are
// the package's from then on, until Withdraw; the outcome's Info knows what is new alone, and Join adds it
// to the earlier one's.
//
// It reports false where this can't be done: then everything is to be checked together.
func (c *Checker) Beside(before *Checked, u Unit) (*Checked, bool) {
	scope := before.Pkg.Scope()
	if !open {
		return nil, false
	}
	var nodes []ast.Node
	out := &Checked{Unit: u, Pkg: before.Pkg, Info: (&Checker{}).newInfo()}
	for _, name := range u.Without {
		if obj := take(scope, name); obj != nil {
			out.taken = append(out.taken, obj)
		}
	}
	for _, d := range u.Decls {
		if aliasing(d, scope) {
			out.names = nil
			out.Withdraw()
			return nil, false
		}
		nodes = append(nodes, d)
		out.names = append(out.names, Names(d)...)
	}
	decls := u.Decls
	if u.Body != nil {
		// As a function of its own the body would need a name in the package.
		pos := u.Body.Pos()
		blank := &ast.ValueSpec{
			Names:  []*ast.Ident{{Name: "_", NamePos: pos}},
			Values: []ast.Expr{&ast.FuncLit{Type: u.Body.Type, Body: u.Body.Body}},
		}
		decls = append(slices.Clip(decls), &ast.GenDecl{Tok: token.VAR, TokPos: pos, Specs: []ast.Spec{blank}})
		nodes = append(nodes, u.Body)
	}
	// The scope of a file lives as long as one of its functions.
	u.Imports = mentioned(u.Imports, nodes)
	file := newFile(u)
	file.Decls = append(file.Decls, decls...)
	inner := children(scope)
	n := len(*inner)
	c.files(out, file)
	for i, file := range (*inner)[n:] {
		*children(file) = nil
		(*inner)[n+i] = nil
	}
	*inner = (*inner)[:n]
	return out, true
}

// Withdraw gives the names that Beside has declared back to what had them.
func (c *Checked) Withdraw() {
	c.Take(c.names)
	for _, obj := range c.taken {
		c.Pkg.Scope().Insert(obj)
	}
}

// Take takes names out of the package.
func (c *Checked) Take(names []string) {
	for _, name := range names {
		take(c.Pkg.Scope(), name)
	}
}

// Forget drops what is known of some syntax.
func (c *Checked) Forget(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		if x, ok := n.(ast.Expr); ok {
			delete(c.Info.Types, x)
		}
		switch n := n.(type) {
		case *ast.Ident:
			delete(c.Info.Instances, n)
			delete(c.Info.Defs, n)
			delete(c.Info.Uses, n)
		case *ast.SelectorExpr:
			delete(c.Info.Selections, n)
		}
		delete(c.Info.Implicits, n)
		delete(c.Info.Scopes, n)
		return true
	})
}

// Nothing returns what knows nothing of the same package.
func (c *Checked) Nothing() *Checked {
	return &Checked{Pkg: c.Pkg, Info: (&Checker{}).newInfo()}
}

// Keep adds what another check has found out about some syntax.
func (c *Checked) Keep(from *Checked, n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		if x, ok := n.(ast.Expr); ok {
			keep(c.Info.Types, from.Info.Types, x)
		}
		switch n := n.(type) {
		case *ast.Ident:
			keep(c.Info.Instances, from.Info.Instances, n)
			keep(c.Info.Defs, from.Info.Defs, n)
			keep(c.Info.Uses, from.Info.Uses, n)
		case *ast.SelectorExpr:
			keep(c.Info.Selections, from.Info.Selections, n)
		}
		keep(c.Info.Implicits, from.Info.Implicits, n)
		keep(c.Info.Scopes, from.Info.Scopes, n)
		return true
	})
}

func keep[K comparable, V any](to, from map[K]V, k K) {
	if v, ok := from[k]; ok {
		to[k] = v
	}
}

// Join makes what was found out beside an earlier check part of it.
func (c *Checked) Join(beside *Checked) {
	maps.Copy(c.Info.Types, beside.Info.Types)
	maps.Copy(c.Info.Instances, beside.Info.Instances)
	maps.Copy(c.Info.Defs, beside.Info.Defs)
	maps.Copy(c.Info.Uses, beside.Info.Uses)
	maps.Copy(c.Info.Implicits, beside.Info.Implicits)
	maps.Copy(c.Info.Selections, beside.Info.Selections)
	maps.Copy(c.Info.Scopes, beside.Info.Scopes)
}

// Part takes back what Join has made.
func (c *Checked) Part(beside *Checked) {
	part(c.Info.Types, beside.Info.Types)
	part(c.Info.Instances, beside.Info.Instances)
	part(c.Info.Defs, beside.Info.Defs)
	part(c.Info.Uses, beside.Info.Uses)
	part(c.Info.Implicits, beside.Info.Implicits)
	part(c.Info.Selections, beside.Info.Selections)
	part(c.Info.Scopes, beside.Info.Scopes)
}

func part[K comparable, V any](from, what map[K]V) {
	for k := range what {
		delete(from, k)
	}
}

// newFile returns a file with the imports of a unit.
func newFile(u Unit) *ast.File {
	file := &ast.File{Name: ast.NewIdent(PackageName)}
	if u.Body != nil {
		file.Package = u.Body.Pos()
	}
	if len(u.Imports) > 0 {
		group := &ast.GenDecl{Tok: token.IMPORT}
		for _, i := range u.Imports {
			group.Specs = append(group.Specs, &ast.ImportSpec{
				Name: &ast.Ident{Name: i.Name, NamePos: i.Pos},
				Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(i.Path), ValuePos: i.Pos},
			})
		}
		file.Decls = append(file.Decls, group)
	}
	return file
}

func (c *Checker) newInfo() *types.Info {
	return &types.Info{
		Types:      make(map[ast.Expr]types.TypeAndValue, c.size.types),
		Instances:  map[*ast.Ident]types.Instance{},
		Defs:       make(map[*ast.Ident]types.Object, c.size.defs),
		Uses:       make(map[*ast.Ident]types.Object, c.size.uses),
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes:     make(map[ast.Node]*types.Scope, c.size.scopes),
	}
}

// files runs go/types.
func (c *Checker) files(out *Checked, file *ast.File) {
	conf := types.Config{
		Importer: c.Importer,
		Sizes:    sizes,
		Error: func(err error) {
			var e types.Error
			if !errors.As(err, &e) {
				return // types.Config promises no other
			}
			if e.Soft && strings.Contains(e.Msg, "imported and not used") || strings.Contains(e.Msg, " imported as ") && strings.HasSuffix(e.Msg, "and not used") {
				return
			}
			out.Errors = append(out.Errors, e)
		},
	}
	c.Count += len(file.Decls)
	// The error is the first of those that were collected.
	_ = types.NewChecker(&conf, c.Fset, out.Pkg, out.Info).Files([]*ast.File{file})
}

// Within says whether an error lies in a node.
func Within(e types.Error, n ast.Node) bool { return n.Pos() <= e.Pos && e.Pos <= n.End() }
