// Package yaegi executes checked programs with the interpreter yaegi.
//
// Yaegi 0.16 gets much of Go wrong: generics, interfaces, deferred calls, loop variables, panics.
// What it does well is a small language: numbers, strings, slices, maps, structs, functions and
// closures. So a program is never given to it as it stands. Package lower translates the
// type-checked syntax tree to that small language:
//
//   - every expression has the type that go/types found; constants are folded
//   - methods are functions; generic functions and types are instances under names of their own
//   - an interface of a cell is an any; a value of a cell's type in it is an rt.Box, the value
//     beside a descriptor of its type. Assertions, type switches, method calls, comparison and
//     printing go by the descriptor, in compiled code (package rt)
//   - compiled interface types stay what they are; a box gets yaegi's generated wrapper when it is
//     passed as one
//   - deferred calls, channel operations, locks and sleeps are calls of package rt, which can be
//     interrupted
//   - every declaration has a new name in each version, so that nothing is ever redefined
//
// # Positions
//
// A function writes the number of a position to a variable of its own before each statement that
// can panic or call. When a panic unwinds, yaegi reports each function that it leaves on its
// standard error; the executor reads these reports, looks at the variables, and so has the stack.
//
// # Stopping
//
// Loops and functions look at one global variable. When a cell is interrupted it becomes true, and
// they call the runtime, which ends the goroutine by runtime.Goexit if it belongs to the cell:
// deferred calls run, nothing recovers it, and closures and variables stay as they are. The same
// ends endless recursion, which is known by the memory that stacks take.
//
// # What it does not do
//
// Refused, with the position: most of unsafe; compiled generics that package lower's prelude has no
// version of; the address of an interface variable that is not local; go and defer of f(g()) where
// g has several results.
//
// Not as compiled: recover works in every function that runs within a deferred call, not only in
// the deferred function itself; reflect sees a cell's types without their names and methods; types
// that are recursive without a struct between (type T []T) may be refused. Closures keep the
// versions of functions that were current when they were made.
//
// Goroutines of cells share variables of the interpreter without synchronization: the position
// variables, and its frame of globals, which grows when a cell is loaded. Each is harmless, and the
// race detector reports them.
package yaegi
