package install

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
		return filepath.Join(home, "Library", "Jupyter"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter"), nil
}

// PrefixDir returns the Jupyter data folder of an installation prefix, such as a virtual
// environment or /usr/local.
func PrefixDir(prefix string) string { return filepath.Join(prefix, "share", "jupyter") }

// SysPrefix returns the prefix of the Python environment in use: the active virtual or conda
// environment, or else what python3 says.
func SysPrefix() (string, error) {
	for _, key := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if dir := os.Getenv(key); dir != "" {
			return dir, nil
		}
	}
	return askPython()
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
func SearchPath() []string {
	var dirs []string
	add := func(dir string) {
		if dir == "" {
			return
		}
		for _, d := range dirs {
			if d == dir {
				return
			}
		}
		dirs = append(dirs, dir)
	}
	for _, dir := range filepath.SplitList(os.Getenv("JUPYTER_PATH")) {
		add(dir)
	}
	if dir, err := UserDir(); err == nil {
		add(dir)
	}
	if prefix, err := SysPrefix(); err == nil {
		add(PrefixDir(prefix))
	}
	if runtime.GOOS == "windows" {
		if dir := os.Getenv("PROGRAMDATA"); dir != "" {
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
				found = append(found, Installed{Name: e.Name(), Dir: dir, DisplayName: spec.DisplayName, Command: spec.Argv[0]})
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
