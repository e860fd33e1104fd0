package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/rustygradients/rg/internal/headless"
	"github.com/rustygradients/rg/internal/run"
)

func newRun() *cobra.Command {
	var plan run.PlanOptions
	var opts run.Options
	cmd := &cobra.Command{
		Use:   "run NOTEBOOK...",
		Short: "Run notebooks without Jupyter",
		Long: `Run the code cells of notebooks, each notebook in a session of its own, and write
the executed notebooks. With --html a self-contained report is written too.

A notebook whose cell fails is written as far as it came, unless --inplace would
replace the original. An interrupted run writes nothing.`,
		Example: `  rgkernel run lesson.ipynb --html --output build/
  rgkernel run --inplace notebooks/*.ipynb`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, notebooks []string) error {
			targets, err := run.Plan(notebooks, plan)
			if err != nil {
				return usage(err)
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			r := headless.Runner{Options: opts, Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr()}
			loaded, err := r.Load(targets)
			if err != nil {
				return usage(err)
			}
			return r.Run(ctx, loaded)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&plan.Output, "output", "o", "", "write to this `FILE` (.ipynb or .html) or folder; default NOTEBOOK.executed.ipynb")
	f.BoolVar(&plan.InPlace, "inplace", false, "replace the notebook by the executed one")
	f.BoolVar(&plan.HTML, "html", false, "also write a self-contained HTML report")
	f.DurationVar(&opts.Timeout, "timeout", time.Duration(0), "limit for each cell, such as 90s or 10m (default none)")
	f.BoolVar(&opts.AllowErrors, "allow-errors", false, "go on after a failed cell")
	return cmd
}
