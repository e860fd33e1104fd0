// Command rgkernel is the Jupyter kernel for Go, and what goes with it: installing the kernel,
// running notebooks and programs without Jupyter, and finding out why something doesn't work.
//
// Its exit status is 0 when all went well, 1 when a notebook, a program or the thing asked for
// failed, 2 for wrong usage or bad input, and 130 when it was interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/rustygradients/rg/internal/run"
)

func main() {
	os.Exit(execute(os.Args[1:]))
}

// execute runs one command line and returns the exit status. Every error is one line on standard
// error.
func execute(args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		return 0
	}
	var silent statusError
	if errors.As(err, &silent) {
		return int(silent)
	}
	fmt.Fprintln(os.Stderr, "rgkernel:", strings.Join(strings.Fields(err.Error()), " "))
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		return 2
	case errors.Is(err, run.ErrInterrupted):
		return 130
	}
	return 1
}

// interruptible returns a context that ends at the first Ctrl-C or request to end. A second one
// ends the process.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
