// Package symbols is what cells know of compiled packages: the standard library, gonum,
// gonum/plot and rg's own.
//
// Of each package there are three things, all generated (go generate ./interp/symbols), so that a
// user's machine needs no Go toolchain and no sources:
//
//   - its types, which the type checker and completion read through Importer;
//   - its symbols, the compiled functions, variables, constants and types behind the names, which an
//     executor binds to, by Symbols for one package and by Exports for yaegi;
//   - its documentation, for Doc.
//
// internal/catalog lists the packages and says which of the standard library are left out, and why.
// Types and symbols agree: what a package exports has a symbol, except what only a compiler can use
// (generic functions and types, constraint interfaces).
//
//	imp := symbols.Importer()
//	pkg, err := imp.Import("strings")               // *types.Package
//	syms, ok := symbols.Symbols("strings")          // map[string]reflect.Value
//	text := symbols.Doc("strings", "Builder", "Len") // "Len returns the number of …"
//
// Everything is read when it is first asked for, kept for the life of the process and safe for use
// by several goroutines.
package symbols

//go:generate go run ./internal/gen
