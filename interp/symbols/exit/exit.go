// Package exit says that a cell asked to end its program.
//
// In cells os.Exit and log.Fatal panic with a Code instead of ending the process, because the
// process is the session. An executor that sees the panic come out of a cell, from whichever
// goroutine, ends the cell: quietly for code 0, as an error otherwise.
package exit

import "strconv"

// Code is the status that a cell gave to os.Exit.
type Code int

func (c Code) Error() string { return "exit status " + strconv.Itoa(int(c)) }
