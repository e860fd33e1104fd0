package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rustygradients/rg/interp"
	"github.com/rustygradients/rg/kernel/engine"
)

// newEngine makes the engine that runs cells. It is the one place that chooses it.
func newEngine() (engine.Engine, error) { return interp.New(interp.Options{}) }

// engineFlag gives all commands the flag that names the executor. Workers inherit it through the
// environment.
func engineFlag(root *cobra.Command) {
	var name string
	root.PersistentFlags().StringVar(&name, "engine", "", "run cells with this `ENGINE`: "+strings.Join(interp.Engines(), " or ")+" (default "+interp.DefaultEngine+")")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if name == "" {
			return nil
		}
		if err := interp.CheckEngine(name); err != nil {
			return usage(err)
		}
		return os.Setenv(interp.EngineVariable, name)
	}
}
