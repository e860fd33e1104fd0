package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

var errNoConnectionFile = errors.New("kernel needs -f CONNECTION_FILE; Jupyter gives it when it starts the kernel")

// usageError is the caller's mistake: wrong flags, or input that can't be used. It makes exit
// status 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

// statusError ends the command with an exit status when all that there is to say has been said.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// args makes a wrong number of arguments a usage error that says where to look.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, list []string) error {
		if err := check(cmd, list); err != nil {
			return usage(fmt.Errorf("%w; see %s --help", err, cmd.CommandPath()))
		}
		return nil
	}
}
