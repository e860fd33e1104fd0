package install

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// UserDir returns the current user's Jupyter data folder: JUPYTER_DATA_DIR, or the place that
// Jupyter takes on this system.
func UserDir() (string, error) { return userDir(runtime.GOOS, os.Getenv) }

func userDir(goos string, getenv func(string) string) (string, error) {
	if dir := getenv("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	// What os.UserHomeDir reads; here it can be tested for every system.
	home := getenv("HOME")
	if goos == "windows" {
		home = getenv("USERPROFILE")
	}
	if goos == "windows" {
		if dir := getenv("LOCALAPPDATA"); dir != "" && on(getenv("JUPYTER_PLATFORM_DIRS")) {
			return filepath.Join(dir, "jupyter"), nil
		}
		if dir := getenv("APPDATA"); dir != "" {
			return filepath.Join(dir, "jupyter"), nil
		}
		if home == "" {
			return "", errors.New("neither APPDATA nor USERPROFILE is set; set JUPYTER_DATA_DIR or give --prefix")
		}
		return filepath.Join(home, "AppData", "Roaming", "jupyter"), nil
	}
	if goos != "darwin" {
		if dir := getenv("XDG_DATA_HOME"); dir != "" {
			return filepath.Join(dir, "jupyter"), nil
		}
	}
	if home == "" {
		return "", errors.New("HOME is not set; set JUPYTER_DATA_DIR or give --prefix")
	}
	if goos == "darwin" {
		if on(getenv("JUPYTER_PLATFORM_DIRS")) {
			return filepath.Join(home, "Library", "Application Support", "Jupyter"), nil
		}
		return filepath.Join(home, "Library", "Jupyter"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter"), nil
}

// on reads a switch as Jupyter does.
func on(value string) bool {
	switch strings.ToLower(value) {
	case "", "no", "n", "false", "off", "0", "0.0":
		return false
	}
	return true
}

// PrefixDir returns the Jupyter data folder of an installation prefix, such as a virtual
// environment or /usr/local.
func PrefixDir(prefix string) string { return filepath.Join(prefix, "share", "jupyter") }

// SysPrefix returns the prefix of the Python environment in use: the active virtual or conda
// environment, or else what python3 says.
func SysPrefix() (string, error) { return sysPrefix(os.Getenv, askPython) }

// sysPrefix prefers the virtual environment: it can be active inside a conda environment, and not the other way round.
func sysPrefix(getenv func(string) string, ask func() (string, error)) (string, error) {
	for _, key := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if dir := getenv(key); dir != "" {
			return dir, nil
		}
	}
	return ask()
}

func askPython() (string, error) {
	for _, name := range []string{"python3", "python"} {
		out, err := exec.Command(name, "-c", "import sys; print(sys.prefix)").Output()
		if dir := strings.TrimSpace(string(out)); err == nil && dir != "" {
			return dir, nil
		}
	}
	return "", errors.New("no Python environment found: VIRTUAL_ENV and CONDA_PREFIX are not set and python3 does not run; give --prefix DIR")
}

// SearchPath returns the data folders in which Jupyter looks for kernelspecs, the preferred first.
func SearchPath() []string { return searchPath(runtime.GOOS, os.Getenv, SysPrefix) }

func searchPath(goos string, getenv func(string) string, sysPrefix func() (string, error)) []string {
	var dirs []string
	add := func(dir string) {
		if dir != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	separator := ":"
	if goos == "windows" {
		separator = ";"
	}
	for dir := range strings.SplitSeq(getenv("JUPYTER_PATH"), separator) {
		add(dir)
	}
	user, _ := userDir(goos, getenv)
	env := ""
	if prefix, err := sysPrefix(); err == nil {
		env = PrefixDir(prefix)
	}
	// Jupyter prefers the environment's kernels where one is active; conda's base counts as none.
	prefer := getenv("VIRTUAL_ENV") != "" || getenv("CONDA_PREFIX") != "" && cmp.Or(getenv("CONDA_DEFAULT_ENV"), "base") != "base"
	if v := getenv("JUPYTER_PREFER_ENV_PATH"); v != "" {
		prefer = on(v)
	}
	if prefer {
		user, env = env, user
	}
	add(user)
	add(env)
	if goos == "windows" {
		if dir := getenv("PROGRAMDATA"); dir != "" && on(getenv("JUPYTER_USE_PROGRAMDATA")) {
			add(filepath.Join(dir, "jupyter"))
		}
		return dirs
	}
	add("/usr/local/share/jupyter")
	add("/usr/share/jupyter")
	return dirs
}

// Installed is an rg kernelspec that was found.
type Installed struct {
	Name        string // the kernel's name
	Dir         string // the kernelspec's folder
	DisplayName string
	Command     string // the program that it starts
}

// Find returns the rg kernelspecs in Jupyter's data folders, in the order in which Jupyter looks.
func Find() []Installed {
	var found []Installed
	for _, data := range SearchPath() {
		entries, err := os.ReadDir(filepath.Join(data, "kernels"))
		if err != nil {
			continue // most of the folders aren't there
		}
		for _, e := range entries {
			dir := filepath.Join(data, "kernels", e.Name())
			if strings.HasPrefix(e.Name(), ".") {
				continue
			}
			if spec, err := read(dir); err == nil && spec.ours() {
				command := strings.ReplaceAll(spec.Argv[0], resourceDir, dir)
				found = append(found, Installed{Name: e.Name(), Dir: dir, DisplayName: spec.DisplayName, Command: filepath.Clean(command)})
			}
		}
	}
	return found
}

func kernelDir(data, name string) string { return filepath.Join(data, "kernels", name) }

var errNotOurs = errors.New("holds the kernelspec of another kernel")

func notOurs(dir string) error {
	return fmt.Errorf("%s %w; choose another --name", dir, errNotOurs)
}
