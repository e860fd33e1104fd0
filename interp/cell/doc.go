// Package cell reads the text of one notebook cell.
//
// A cell is Go with the package clause left out and the borders between declarations and statements
// taken down: imports, types, functions and statements stand in any order. Parse tells them apart by
// tokens, hands each kind to go/parser, and keeps every position: a cell is one token.File, named
// "In [7]", and a node's position is where the author sees it.
//
//	c, err := cell.Parse(fset, 7, "import \"fmt\"\nx := 1\nfunc f() int { return x }\nfmt.Println(f())")
//	c.Imports // "fmt"
//	c.Decls   // func f
//	c.Stmts   // x := 1; fmt.Println(f())
//
// Some spellings are not Go. A line that begins with % where a statement could begin is a magic
// (%who, %reset x), one that begins with ! is for the shell, and %% in the first line is a magic that the
// rest of the cell belongs to. Magics that take their turn between the statements (!ls, %cd, %env) stand
// among Stmts as calls of rg.Magic, and what %timeit measures is inside one of rg.Timeit. A semicolon after
// the last expression silences its value.
//
// A var declaration counts as a statement, because its initialisation happens where it stands.
package cell
