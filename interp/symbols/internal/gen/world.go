package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/tools/go/gcexportdata"

	"github.com/rustygradients/rg/interp/symbols/internal/catalog"
)

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Name       string
	Dir        string
	Export     string
	GoFiles    []string

	TestGoFiles, XTestGoFiles []string
}

// world is every package that the listed ones need, with its export data.
type world struct {
	dir      string
	listed   map[string]*listed
	paths    []string // those asked for
	fset     *token.FileSet
	packages map[string]*types.Package
}

// goCommand runs the go command for the platform whose types are embedded. Paths are trimmed, so
// that the result doesn't depend on where the sources lie.
func goCommand(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS="+catalog.GOOS, "GOARCH="+catalog.GOARCH, "CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOEXPERIMENT=")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, exit.Stderr)
	}
	return out, err
}

// stdPaths lists the packages of the standard library that cells can import.
func stdPaths() ([]string, error) {
	out, err := goCommand(".", "list", "std")
	if err != nil {
		return nil, err
	}
	all := strings.Fields(string(out))
	for p := range catalog.ExcludedStd {
		if !slices.Contains(all, p) && p != "runtime/cgo" && p != "plugin" {
			return nil, fmt.Errorf("catalog.ExcludedStd names %s, which this Go does not have", p)
		}
	}
	return slices.DeleteFunc(all, func(p string) bool {
		_, excluded := catalog.ExcludedStd[p]
		return excluded || catalog.IsInternal(p) || p == "unsafe"
	}), nil
}

func load(dir string, paths []string) (*world, error) {
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Name,Dir,Export,GoFiles,TestGoFiles,XTestGoFiles", "--"}, paths...)
	out, err := goCommand(dir, args...)
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir, listed: map[string]*listed{}, paths: paths, fset: token.NewFileSet(), packages: map[string]*types.Package{}}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		l := new(listed)
		if err := dec.Decode(l); errors.Is(err, io.EOF) {
			return w, nil
		} else if err != nil {
			return nil, err
		}
		w.listed[l.ImportPath] = l
	}
}

// exportData returns the export data of a package, without the object code that comes with it.
func (w *world) exportData(path string) ([]byte, error) {
	l, ok := w.listed[path]
	if !ok || l.Export == "" {
		return nil, fmt.Errorf("no export data for %s", path)
	}
	f, err := os.Open(l.Export)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gcexportdata.NewReader(f) //nolint:staticcheck // Go 1.26 hands out archives; from 1.28 the file is the data itself
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return io.ReadAll(r)
}

func (w *world) importPackage(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := w.packages[path]; p != nil && p.Complete() {
		return p, nil
	}
	data, err := w.exportData(path)
	if err != nil {
		return nil, err
	}
	return gcexportdata.Read(bytes.NewReader(data), w.fset, w.packages, path)
}

// importable reports whether generated code may import the package.
func (w *world) importable(path string) bool {
	return path == "unsafe" || slices.Contains(w.paths, path) ||
		catalog.IsStd(path) && !catalog.IsInternal(path) && catalog.StdConstraint[path] == ""
}
