package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/rustygradients/rg/internal/compare"
	"github.com/rustygradients/rg/internal/headless"
	"github.com/rustygradients/rg/internal/run"
)

func newRun() *cobra.Command {
	var plan run.PlanOptions
	var r headless.Runner
	var params []string
	var sanitize string
	cmd := &cobra.Command{
		Use:   "run NOTEBOOK...",
		Short: "Run notebooks without Jupyter",
		Long: `Run the code cells of notebooks, each notebook in a session of its own, and write
the executed notebooks. With --html a self-contained report is written too.

A notebook whose cell fails is written as far as it came, unless --inplace would
replace the original. An interrupted run writes nothing.

With -p the variables that the cell tagged "parameters" defines are set to other
values by a cell after it. With --check outputs are compared with those that the
notebook was saved with, as nbval does, and nothing is written.`,
		Example: `  rgkernel run lesson.ipynb --html --output build/
  rgkernel run --inplace notebooks/*.ipynb
  rgkernel run train.ipynb -p epochs=20 -p lr=3e-4 --output runs/20.ipynb
  rgkernel run --check --jobs 4 --junit report.xml notebooks/*.ipynb`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, notebooks []string) error {
			targets, err := run.Plan(notebooks, plan)
			if err != nil {
				return usage(err)
			}
			for _, p := range params {
				one, err := run.ParseParameter(p)
				if err != nil {
					return usage(err)
				}
				r.Parameters = append(r.Parameters, one)
			}
			if r.Jobs < 1 {
				return usage(fmt.Errorf("--jobs %d: at least one notebook runs at a time", r.Jobs))
			}
			if sanitize != "" && !plan.Check {
				return usage(errors.New("--sanitize is for --check"))
			}
			if plan.Check {
				r.Check = &headless.Check{}
				if sanitize != "" {
					if r.Check.Rules, err = compare.ReadRules(sanitize); err != nil {
						return usage(err)
					}
				}
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			r.Stdout, r.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
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
	f.StringArrayVarP(&params, "parameter", "p", nil, "set a parameter, as `NAME=VALUE` (repeatable)")
	f.Var((*limit)(&r.Options.Timeout), "timeout", "`LIMIT` for each cell: 90s, 10m, or a number of seconds (default none)")
	f.BoolVar(&r.Options.AllowErrors, "allow-errors", false, "go on after a failed cell")
	f.IntVarP(&r.Jobs, "jobs", "j", 1, "run so many notebooks at a time")
	f.BoolVar(&plan.Check, "check", false, "compare the outputs with the saved ones instead of writing them")
	f.StringVar(&sanitize, "sanitize", "", "before comparing, replace what this `FILE` says, in nbval's format")
	f.StringVar(&r.JUnit, "junit", "", "write a JUnit report of all cells to this `FILE`")
	return cmd
}

// limit is a duration that may be given as a number of seconds, as to nbconvert and papermill.
type limit time.Duration

func (l *limit) Type() string { return "duration" }

func (l *limit) String() string {
	if *l == 0 {
		return "" // no limit: the help says so
	}
	return time.Duration(*l).String()
}

func (l *limit) Set(s string) error {
	d, err := time.ParseDuration(s)
	if n, err2 := strconv.ParseFloat(s, 64); err2 == nil {
		d, err = time.Duration(n*float64(time.Second)), nil
	}
	if err != nil || d < 0 {
		return errors.New("a limit is a time like 90s or 10m, or a number of seconds")
	}
	*l = limit(d)
	return nil
}
