package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rustygradients/rg/install"
)

// place is the choice of a Jupyter data folder.
type place struct {
	user, sysPrefix bool
	prefix          string
}

func (p *place) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.user, "user", false, "for the current user (the default)")
	cmd.Flags().StringVar(&p.prefix, "prefix", "", "under `DIR`/share/jupyter, such as a virtual environment")
	cmd.Flags().BoolVar(&p.sysPrefix, "sys-prefix", false, "for the Python environment in use")
}

func (p *place) data() (string, error) {
	if p.user && p.prefix != "" || p.user && p.sysPrefix || p.prefix != "" && p.sysPrefix {
		return "", usage(errors.New("--user, --prefix and --sys-prefix exclude each other"))
	}
	switch {
	case p.prefix != "":
		return install.PrefixDir(p.prefix), nil
	case p.sysPrefix:
		prefix, err := install.SysPrefix()
		return install.PrefixDir(prefix), err
	}
	return install.UserDir()
}

func newInstall() *cobra.Command {
	var where place
	var spec install.Spec
	var env []string
	var when string
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Install the kernelspec, so that Jupyter offers the kernel",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if spec.Env, err = environment(env); err != nil {
				return usage(err)
			}
			choice, ok := map[string]install.Copy{"auto": install.CopyTemporary, "never": install.CopyNever, "always": install.CopyAlways}[when]
			if !ok {
				return usage(errors.New("--copy wants auto, always or never, not " + when))
			}
			spec.Copy = choice
			data, err := where.data()
			if err != nil {
				return err
			}
			dir, err := install.Install(data, spec)
			if err != nil {
				return badName(err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), "Installed", dir)
			if install.Copied(dir) {
				fmt.Fprintln(cmd.OutOrStdout(), "with a copy of this program, so that it needs nothing outside that folder.")
			}
			return nil
		},
	}
	where.flags(cmd)
	cmd.Flags().StringVar(&spec.Name, "name", install.DefaultName, "name of the kernelspec")
	cmd.Flags().StringVar(&spec.DisplayName, "display-name", install.DefaultDisplayName, "what front ends show")
	cmd.Flags().StringArrayVar(&env, "env", nil, "set an environment variable for the kernel, as `KEY=VALUE` (repeatable)")
	cmd.Flags().StringVar(&when, "copy", "auto", "`WHEN` to copy this program into the kernelspec: auto (out of temporary folders), always, never")
	return cmd
}

func newUninstall() *cobra.Command {
	var where place
	var name string
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove the kernelspec",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			data, err := where.data()
			if err != nil {
				return err
			}
			dir, err := install.Uninstall(data, name)
			if err != nil {
				return badName(err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), "Removed", dir)
			return nil
		},
	}
	where.flags(cmd)
	cmd.Flags().StringVar(&name, "name", install.DefaultName, "name of the kernelspec")
	return cmd
}

// badName makes an unusable name wrong usage.
func badName(err error) error {
	if errors.Is(err, install.ErrName) {
		return usage(err)
	}
	return err
}

func environment(pairs []string) (map[string]string, error) {
	var env map[string]string
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, errors.New("--env wants KEY=VALUE, not " + pair)
		}
		if env == nil {
			env = map[string]string{}
		}
		env[key] = value
	}
	return env, nil
}
