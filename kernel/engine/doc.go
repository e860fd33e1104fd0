// Package engine is the seam between the Jupyter protocol and a language.
//
// The kernel package drives an Engine and knows nothing of the language behind it; an engine runs
// cells, writes what they show to an Output and knows nothing of sockets. Between the two stands
// only this package, which is why the same Engine serves the Jupyter front end, the headless
// runner, the REPL and the tests.
//
//	err := eng.Execute(ctx, engine.Cell{Number: 1, Code: "x := 1\nx + 1"}, out)
//
// The caller serialises Execute, Comm and Restore within a shell. Those of subshells (JEP 91) may come
// while a cell of another shell runs: an Engine that can't run both at a time makes them wait. Complete,
// Inspect, IsComplete and Interrupt (the cancellation of Execute's context) may come at any time,
// from any goroutine, also while a cell runs.
package engine
