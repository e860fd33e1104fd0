// Package repl is rgkernel repl: cells typed in a terminal.
//
// A line editor (github.com/reeflective/readline) collects a cell, over several lines until the engine says that it is
// complete, and proposes what the engine completes. The cell runs in a worker, as under Jupyter: Ctrl-C interrupts it,
// and its death costs variables, not the session. Where standard input is no terminal, cells are read from
// it one after the other, without prompts, up to the first that fails.
//
//	err := repl.Run(ctx, repl.Options{Engine: worker, In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
//
// What was typed is kept in a file of lines of JSON, 0600, without the values that %env sets.
package repl
