// Package eval executes checked programs as Go: with native memory, the runtime's own types and
// closures compiled from the type-checked syntax tree.
//
// # Values
//
// A cell's value is what the compiler would have made: an int is eight bytes, a struct is laid out
// as go/types says, an interface is a type word and a data word. Every type of a cell is a genuine
// reflect.Type. Most are made by package reflect; named types, structs with embedded fields and
// interfaces with methods are fabricated: a copy of the runtime's type descriptor of a stand-in with
// the same layout, given a name, fields and a table of methods (fabricate.go). So identity, ==,
// hashing, type switches, %T, encoding/json, errors.As and sort.Sort work by the runtime's own code;
// nothing is wrapped.
//
// A method's entry in such a table is one of a fixed number of assembly stubs (stubs_*.s), which
// hands over to reflect's makeFuncStub. A function value is a closure object whose code word is
// another such stub: compiled code can call it, and this package, when it sees its own code word,
// goes straight to the function.
//
// # Code
//
// A function is compiled, at once with everything that it refers to, before a cell starts. The
// compiler makes Go closures over a frame. An expression is one closure in the class of its type
// (boolean, integer, float, complex, string, pointer, slice, interface, memory), so that a value is
// never boxed on its way. A statement is a closure; one that control may leave says how it goes on
// (block.go). What programs are made of has closures of its own, which call no other: places in the
// frame, behind a pointer in it or in a slice (place.go), operands (operand.go), loops that count
// (loop.go), calls of known functions (call.go).
//
// A frame is one block of typed memory: a header, then parameters, results, variables and
// temporaries. Arguments are written straight into the callee's frame. Variables that are captured
// or whose address is taken live in a block of their own and the frame has a pointer to it.
// Generic functions are compiled once for each list of type arguments, from the same tree.
//
// # Compiled packages
//
// A compiled function is called with its arguments in registers, as Go's calling convention has
// them: whatever its signature, it takes some words in integer registers and some floats in others
// (native.go). Signatures that don't fit go by reflect. Generic functions and types of the standard
// library have implementations of our own, compiled like a cell's (folder prelude).
//
// # Stops and panics
//
// Loop heads and function entries look at one global word. When a run was stopped its goroutines end
// by runtime.Goexit at the next such place: deferred calls run, nothing recovers it. Channel
// operations wait for the stop as well. What blocks in compiled code is abandoned.
//
// Frames are linked from callee to caller, and each has the position of the statement that it is at.
// The first recovery of a panic writes the list down.
//
// # Where it works
//
// The layouts of runtime types are those of Go 1.26 on amd64 and arm64. New checks them on known types
// and reports ErrUnavailable where something differs, as it does on other platforms.
package eval
