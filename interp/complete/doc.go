// Package complete proposes what may be written next in a cell and describes what is written there.
//
// A cell is half-typed nearly always when it is asked about. So the text before the cursor is made
// whole: a name is put where the cursor is, open brackets are closed, a missing block is added, and
// of the ways to do that the one with the fewest syntax errors is taken. The result is type-checked
// beside the session's own declarations, errors and all; the type of what stands before the dot, or
// the scopes around the cursor, then say what fits.
//
//	c := complete.Complete(env, "x := tensor.Zeros(2)\nx.Re", 25)
//	// c.Matches: Reshape, Requires…, each with its kind and signature
//
// What fits is ranked by a sum: where it comes from, whether it has a type that is asked for, how much it is in use around the
// cursor (usage.go) and in Go code at large (symbols.Popularity). list.go has the weights.
//
// Nothing runs, and nothing of the session is written to: both functions may be called from any
// goroutine while a cell runs, as long as the Env they are given is not changed.
package complete
