// Package kernel is the front of the Jupyter kernel: it speaks the Jupyter messaging protocol 5.5
// with notebooks and hands the cells to a worker process.
//
// Two processes share the work. The front, which is this package, holds what a session must never
// lose: the five ZeroMQ sockets, the signing key, the queue of cells, the history, the table of
// comms and what is known of the session's declarations. The worker (package kernel/worker, the
// same executable started again) holds an engine.Engine and everything that a cell can break: a
// fatal error of the Go runtime, a stack overflow, an exhausted memory or a crashed C library ends
// the worker, not the session. The two talk in length-prefixed frames over an inherited socket, and
// the worker's standard output and error are pipes that the front reads, so that even the runtime's
// last words reach the cell.
//
//	err := kernel.Main(ctx, "connection.json", kernel.Options{Banner: "rg"})   // the front
//	err := worker.Main(func() (engine.Engine, error) { return interp.New() })  // the worker
//
// Rules that hold everywhere in the package:
//
//   - Every request is answered on the socket it came from, between a busy and an idle status.
//   - Cells and comm messages wait their turn in the queue of their shell: the main one, or a subshell
//     (JEP 91). Everything else is answered at once, also while a cell runs; control never waits for shell.
//   - What waits is bounded: a client that sends more than that is not read on until there is room.
//   - IOPub loses nothing: output waits for a slow subscriber, status never does.
//   - What a cell printed stands before its reply, and the reply before idle.
//   - A foreign byte is checked before it is believed: size, then signature, then JSON.
package kernel
