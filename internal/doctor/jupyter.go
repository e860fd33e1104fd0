package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/rustygradients/rg/install"
)

// shell looks for what %%bash and lines that begins with ! run.
func shell() Finding {
	f := Finding{Subject: "shell"}
	if runtime.GOOS == "windows" {
		f.Found = "cmd, for lines that begin with !"
		return f
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		return Finding{Subject: "shell", Status: Warning, Found: "there is no sh on the PATH", Cure: "lines that begin with ! and %%sh need it; Go cells don't"}
	}
	f.Found = sh
	if bash, err := exec.LookPath("bash"); err == nil {
		f.Found += ", " + bash
		return f
	}
	f.Status, f.Cure = Warning, "%%bash needs bash; %%sh runs cells with sh"
	f.Found += ", but no bash"
	return f
}

// python says which environment install --sys-prefix would use.
func python() Finding {
	prefix, err := install.SysPrefix()
	if err != nil {
		return Finding{Subject: "python", Status: Warning, Found: "no Python environment", Cure: "Jupyter needs Python 3; rgkernel run and repl don't"}
	}
	f := Finding{Subject: "python", Found: prefix}
	if _, err := os.Stat(prefix); err != nil {
		f.Status = Warning
		f.Found += ", which is not there"
		f.Cure = "VIRTUAL_ENV or CONDA_PREFIX names a folder that is gone: activate another environment"
	}
	return f
}

// jupyter asks for the versions of Jupyter's parts.
func jupyter(ctx context.Context) Finding {
	path, err := exec.LookPath("jupyter")
	if err != nil {
		return Finding{
			Subject: "jupyter", Status: Warning, Found: "the command jupyter is not on the PATH",
			Cure: "to use notebooks in a browser: pip install jupyterlab; rgkernel run and repl need no Jupyter",
		}
	}
	f := Finding{Subject: "jupyter", Found: path}
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		f.Status = Warning
		f.Found += fmt.Sprintf(", but jupyter --version fails: %v", err)
		f.Cure = "install it again: pip install --force-reinstall jupyterlab"
		return f
	}
	if v := versions(string(out)); v != "" {
		f.Found += ": " + v
	}
	return f
}

// versions shortens what jupyter --version prints to the parts that talk to a kernel.
func versions(text string) string {
	var parts []string
	for line := range strings.Lines(text) {
		name, version, ok := strings.Cut(line, ":")
		name, version = strings.TrimSpace(name), strings.TrimSpace(version)
		switch name {
		case "jupyter_client", "jupyterlab", "notebook", "nbclient", "nbconvert":
			if ok && version != "" && version != "not installed" {
				parts = append(parts, name+" "+version)
			}
		}
	}
	return strings.Join(parts, ", ")
}

// paths lists where Jupyter looks for kernels, in its order.
func paths() Finding {
	var list []string
	for _, dir := range install.SearchPath() {
		if _, err := os.Stat(filepath.Join(dir, "kernels")); err != nil {
			dir += " (no kernels)"
		}
		list = append(list, dir)
	}
	return Finding{Subject: "paths", Found: strings.Join(list, ", ")}
}

// kernelspecs checks each rg kernelspec that Jupyter would find.
func kernelspecs() []Finding {
	found := install.Find()
	if len(found) == 0 {
		return []Finding{{
			Subject: "kernelspec", Status: Warning,
			Found: "not installed in " + strings.Join(install.SearchPath(), ", "),
			Cure:  "rgkernel install",
		}}
	}
	self, _ := os.Executable()
	first := map[string]string{}
	var findings []Finding
	for _, spec := range found {
		f := Finding{Subject: "kernelspec", Found: fmt.Sprintf("%s (%s) in %s", spec.Name, spec.DisplayName, spec.Dir)}
		info, err := program(&spec)
		switch {
		case err != nil:
			f.Status = Broken
			f.Found += fmt.Sprintf(", but it starts %s, which is not there", spec.Command)
			f.Cure = "rgkernel " + reinstall(spec)
		case info.IsDir() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
			f.Status = Broken
			f.Found += fmt.Sprintf(", but it starts %s, which is no program", spec.Command)
			f.Cure = "rgkernel " + reinstall(spec)
		case install.Temporary(spec.Command) && !install.Temporary(spec.Dir):
			f.Status = Warning
			f.Found += fmt.Sprintf(", but it starts %s, which lies in a temporary folder", spec.Command)
			f.Cure = "rgkernel " + reinstall(spec) + " copies the program to where it stays"
		case self != "" && !sameFile(self, spec.Command):
			f.Found += ", starts " + spec.Command + ", which is not this program"
		}
		if by := first[spec.Name]; by != "" {
			f.Found += "; hidden by the one in " + by
		} else {
			first[spec.Name] = spec.Dir
		}
		findings = append(findings, f)
	}
	return findings
}

// program finds what a kernelspec starts, on the PATH where it is no path.
func program(spec *install.Installed) (os.FileInfo, error) {
	if !filepath.IsAbs(spec.Command) {
		path, err := exec.LookPath(spec.Command)
		if err != nil {
			return nil, err
		}
		spec.Command = path
	}
	return os.Stat(spec.Command)
}
