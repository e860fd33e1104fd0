// Package check type-checks cells.
//
// A session is one Go package that is checked anew for each cell: every live declaration, the
// imports, and the cell's statements as the body of a function. That is cheap (a millisecond for a
// long notebook), and nothing of a cell that fails can stay behind.
//
// The package has the pure parts of that: Checker runs go/types over a Unit and gives errors in the
// Go compiler's words; Hoist turns the variables that a cell defines into package-level ones; Spell
// writes a type down as source; Rename gives a declaration private names for what it refers to.
// What lives from cell to cell, and what a redefinition means, is package session's business.
//
// The outcome is a Program, which an executor executes.
package check
