package main

import (
	"github.com/spf13/cobra"

	"github.com/rustygradients/rg/internal/version"
	"github.com/rustygradients/rg/interp"
	"github.com/rustygradients/rg/kernel"
	"github.com/rustygradients/rg/kernel/worker"
)

func newKernel() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "kernel -f CONNECTION_FILE",
		Short: "Serve a Jupyter front end (Jupyter starts this itself)",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usage(errNoConnectionFile)
			}
			v := version.Get()
			return usage(kernel.Main(cmd.Context(), file, kernel.Options{
				Version: v.Number(),
				Banner:  v.String() + ": a Jupyter kernel for Go in which deep learning is live",

				Language: interp.Language(),
				History:  kernel.HistoryFile(),
			}))
		},
	}
	cmd.Flags().StringVarP(&file, "connection-file", "f", "", "the connection file that Jupyter wrote")
	return cmd
}

func newWorker() *cobra.Command {
	return &cobra.Command{
		Use:    "worker",
		Short:  "Run cells for the process that started this one",
		Hidden: true,
		Args:   args(cobra.NoArgs),
		RunE:   func(*cobra.Command, []string) error { return worker.Main(newEngine) },
	}
}
