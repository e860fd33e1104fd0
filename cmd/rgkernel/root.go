package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "rgkernel",
		Short: "A Jupyter kernel for Go in which deep learning is live",
		Long: `rgkernel is a Jupyter kernel for Go in which deep learning is live.

Install it once, then choose "Go (rg)" in JupyterLab:

  rgkernel install

Exit status: 0 all went well, 1 a notebook, a program or the thing asked for
failed, 2 wrong usage or bad input, 130 interrupted.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			err := fmt.Errorf("unknown command %q; see rgkernel --help", args[0])
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				err = fmt.Errorf("unknown command %q; did you mean %s?", args[0], strings.Join(near, " or "))
			}
			return usage(err)
		},
		Args: cobra.ArbitraryArgs,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(fmt.Errorf("%w; see %s --help", err, cmd.CommandPath()))
	})
	engineFlag(root)
	root.AddCommand(newKernel(), newWorker(), newInstall(), newUninstall(), newRun(), newREPL(), newExec(), newVersion(), newDoctor())
	return root
}
