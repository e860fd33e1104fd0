// Package interp is rg's Go engine: cells in, results out.
//
//	eng, err := interp.New(interp.Options{})
//	err = eng.Execute(ctx, engine.Cell{Number: 1, Code: "x := 6\nx * 7"}, out) // out.Result: 42
//
// A cell goes through a pipeline. Package cell splits its text into imports, declarations and
// statements; package session type-checks them beside everything that is live and says what a
// redefinition means; an executor (package yaegi) runs the checked program; viz/display shows what
// the last expression was worth. A cell that doesn't type-check changes nothing. One that panics or
// is interrupted keeps what it had declared and assigned.
//
// An Engine implements kernel/engine's Engine and Restorer. Execute, Evaluate, Comm and Restore take
// turns; Complete, Inspect and IsComplete answer at any time, from a snapshot of the session.
package interp
