package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/rustygradients/rg/internal/program"
)

func newExec() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "exec PROGRAM.go [ARGUMENT...]",
		Short: "Type-check and run a Go program as cells are run, without compiling it",
		Args:  args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, list []string) error {
			p, err := program.ReadFile(list[0])
			if err != nil {
				return usage(err)
			}
			eng, err := newEngine()
			if err != nil {
				return err
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			err = p.Run(ctx, eng, list[1:], os.Stdout, os.Stderr)
			var exit program.ExitError
			if errors.As(err, &exit) {
				return statusError(exit)
			}
			return err
		},
	}
	cmd.Flags().SetInterspersed(false) // flags after the program's name are the program's
	return cmd
}
