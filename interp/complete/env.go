package complete

import (
	"go/types"

	"github.com/rustygradients/rg/interp/symbols"
)

// Env is what a session knows when it is asked: a snapshot that is only read.
type Env struct {
	// Importer reads compiled packages; nil means symbols.Importer().
	Importer types.Importer

	// Package holds the live declarations of the session in its scope, type-checked: variables,
	// functions, types and constants. nil when there are none yet. Private names (check.Private) may
	// be among them and are not proposed.
	Package *types.Package

	// Imports are the packages that the session has by name: the preloaded ones and those that cells
	// have imported. Where a name is declared in Package too, the declaration wins.
	Imports []symbols.Import

	// Source returns the text of a live declaration as it was typed, with its comment, by the name
	// "f", "T" or "T.M"; "" where it isn't known. nil knows nothing.
	Source func(name string) string

	// Recent are the texts of the cells that were run last, the latest at the end: names that are in
	// use are likelier to be used again.
	Recent []string

	// Magics are the magic commands, each with its percent signs: "%time", "%%time".
	Magics []Magic
}

// Magic is a command that is not Go.
type Magic struct {
	Name string
	Help string // one line
}

func (e *Env) importer() types.Importer {
	if e.Importer == nil {
		return symbols.Importer()
	}
	return e.Importer
}

// declared returns the session's object of that name, or nil.
func (e *Env) declared(name string) types.Object {
	if e.Package == nil {
		return nil
	}
	return e.Package.Scope().Lookup(name)
}

// path is the import path under which cells are checked: that of the session's package, so that
// unexported fields and methods of its types are visible.
func (e *Env) path() string {
	if e.Package == nil {
		return "cell"
	}
	return e.Package.Path()
}

// imported returns the path of the package that the session has under a name.
func (e *Env) imported(name string) (string, bool) {
	// The latest import of a name counts.
	for i := len(e.Imports) - 1; i >= 0; i-- {
		if importName(e.Imports[i]) == name {
			return e.Imports[i].Path, true
		}
	}
	return "", false
}

func importName(i symbols.Import) string {
	if i.Name != "" {
		return i.Name
	}
	return symbols.Name(i.Path)
}
