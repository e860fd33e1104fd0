package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// Program is a type-checked session: every live declaration and, where there is one, the body of
// the cell about to run. It is what an executor executes.
//
// The nodes are shared between programs and must not be written to.
//
// Positions lead back to the cells: Fset holds one file a cell, named "In [7]", so that
// Fset.Position of any node gives the cell, line and column that the author sees.
type Program struct {
	Fset  *token.FileSet
	Pkg   *types.Package
	Info  *types.Info // of Body and of Decls, but maybe not of functions that are kept and not generic
	Decls []*Decl     // the live declarations that aren't kept, in textual order

	// Kept lists the live declarations that are what they were in the program before; nil where there are none.
	Kept func() []*Decl

	// Gone are declarations of the program before, by their names in it, that are not there any more under
	// those names. What is fresh need not be among them.
	Gone []string

	// Find returns the declaration of a name as Decl.Name has it, or nil. It
	// may be nil where nothing is kept.
	Find func(name string) *Decl

	// Packages are the folders of source that the program imports, and those that they import, each
	// after what it imports itself. Their paths contain Mark; compiled packages' don't.
	Packages []*Package

	// Body holds the cell's statements as a function without parameters; nil when the cell only
	// declares. A variable defined at the top level of a cell is a package-level variable of Pkg:
	// `x := e` stands here as `x = e`, beside a Decl `var x T`.
	Body *ast.FuncDecl

	// Released are variables of the program before, by their names in it, that nothing can reach any
	// more: they were defined again, and no function, closure or pointer refers to the old ones. An
	// executor lets go of their values when it has loaded the program.
	Released []string

	// Result is the cell's last statement where that is an expression with values to show. It is
	// also Body's last statement.
	Result *ast.ExprStmt
}

// All lists every live declaration, those that are kept first.
func (p *Program) All() []*Decl {
	if p.Kept == nil {
		return p.Decls
	}
	return append(p.Kept(), p.Decls...)
}

// Runs says whether there is anything to run.
func (p *Program) Runs() bool {
	return p.Body != nil || slices.ContainsFunc(p.Packages, func(f *Package) bool { return f.Init != nil })
}

// Package is a folder of source. Its declarations don't change: another version is another package.
type Package struct {
	Pkg   *types.Package
	Info  *types.Info
	Decls []*Decl // fresh in the first program that has the package

	// Was is the path of the package's former version, in the program that has both for the first
	// time, and Same are the types, by name, that are what they were in it: they are the same types
	// under another path.
	Was  string
	Same []string

	// Init sets the package's variables and runs its init functions. It is nil once it has run; until
	// then an executor runs it before Body, in the order of Packages.
	Init *ast.FuncDecl
}

// Folder says whether the declarations of a package are not compiled into the process, nor cells'.
func Folder(p *types.Package) bool { return p != nil && Private(p.Path()) }

// Decl is one top-level declaration of the session.
type Decl struct {
	Kind  token.Token // token.TYPE, FUNC, VAR or CONST; methods are FUNC
	Name  string      // "f", "T", or "T.M" for a method
	Names []string    // every name that the node declares (a const group declares several)
	Node  ast.Decl    // a *ast.FuncDecl, or a *ast.GenDecl of one spec (const groups stay whole)

	// Fresh: the executor has not yet seen the declaration in this form, because it is new, its
	// text changed, or something it depends on became another thing. A fresh variable is a new
	// slot holding its zero value; a variable that is not fresh keeps its slot and value.
	Fresh bool

	// Was is the name under which the executor knows the declaration from the program before, where
	// that differs from Name: a variable whose name went to a new slot, or a type of which values
	// outlive its redefinition, lives on under a private name (an exotic letter and a number after
	// the old one). Such a declaration is not fresh: it is the old slot, the old type, renamed.
	Was string
}
