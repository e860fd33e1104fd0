package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/rustygradients/rg/internal/repl"
	"github.com/rustygradients/rg/internal/version"
	"github.com/rustygradients/rg/kernel"
)

func newREPL() *cobra.Command {
	o := repl.Options{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	var noHistory bool
	cmd := &cobra.Command{
		Use:   "repl",
		Short: "Run cells typed in the terminal, or a script from standard input",
		Long: `Run cells typed in the terminal, with completion, history and editing over several
lines. Ctrl-C interrupts a cell, Ctrl-D ends the session.

Where standard input is no terminal, the cells in it are run up to the first that
fails.`,
		Example: `  rgkernel repl
  echo '6 * 7' | rgkernel repl`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := kernel.StartWorker(cmd.Context(), kernel.WorkerOptions{AllowStdin: true})
			if err != nil {
				return fmt.Errorf("starting a worker: %w", err)
			}
			defer w.Close()
			o.Engine, o.Banner = w, version.Get().String()
			if noHistory {
				o.History = ""
			}
			err = repl.Run(cmd.Context(), o)
			if errors.Is(err, repl.ErrFailed) {
				return statusError(1)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.History, "history", repl.DefaultHistory(), "keep what is typed in this `FILE`")
	f.BoolVar(&noHistory, "no-history", false, "keep nothing of what is typed")
	f.StringVar(&o.Pictures, "pictures", "", "save pictures in this `FOLDER`, where the terminal can't draw them (default a temporary one)")
	return cmd
}
