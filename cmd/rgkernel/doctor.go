package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/rustygradients/rg/internal/doctor"
	"github.com/rustygradients/rg/kernel"
	"github.com/rustygradients/rg/kernel/engine"
)

func newDoctor() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check that everything works here, and say what to do about what doesn't",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := doctor.Examine(cmd.Context(), doctor.Options{
				Start: func(ctx context.Context) (engine.Engine, func(), error) {
					w, err := kernel.StartWorker(ctx, kernel.WorkerOptions{})
					if err != nil {
						return nil, nil, err
					}
					return w, w.Close, nil
				},
			})
			if doctor.Print(cmd.OutOrStdout(), findings) == doctor.Broken {
				return errors.New("something that is needed does not work; see above")
			}
			return nil
		},
	}
}
