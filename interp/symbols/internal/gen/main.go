// Gen writes what cells know of compiled packages: symbol tables, type information and
// documentation, for the packages that interp/symbols/internal/catalog lists.
//
//	go generate ./interp/symbols
//
// It works from the export data that the go command makes (go list -export), so what it writes
// depends only on the Go version, the versions in go.mod and rg's own sources. Files that nothing
// writes any more are removed.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rustygradients/rg/interp/symbols/internal/catalog"
)

func main() {
	only := flag.String("only", "", `"own": leave the standard library and gonum as they are, which takes seconds instead of minutes`)
	dir := flag.String("dir", ".", "the interp/symbols folder")
	flag.Parse()
	if err := run(*dir, *only); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(dir, only string) error {
	switch only {
	case "", "own":
	default:
		return fmt.Errorf("-only %q: there is only \"own\"", only)
	}
	var own []string
	for _, p := range catalog.Own {
		if _, err := os.Stat(filepath.Join(dir, "..", "..", strings.TrimPrefix(p.Path, catalog.Module+"/"))); err != nil {
			fmt.Fprintf(os.Stderr, "gen: %s is listed and not there yet\n", p.Path)
			continue
		}
		own = append(own, p.Path)
	}
	var foreign, std []string
	if only == "" {
		var err error
		if std, err = stdPaths(); err != nil {
			return err
		}
		foreign = slices.Concat(catalog.Gonum, catalog.Plot)
	}
	w, err := load(dir, slices.Concat(std, foreign, own))
	if err != nil {
		return err
	}
	tables := func(name string, paths []string) error {
		out := newOutput(filepath.Join(dir, "internal", name), "_gen.go")
		for _, p := range paths {
			pkg, err := w.importPackage(p)
			if err != nil {
				return err
			}
			src, err := table(name, pkg, w.importable)
			if err != nil {
				return fmt.Errorf("%s: %w", p, err)
			}
			out.add(fileName(p), src)
		}
		return out.write()
	}
	if err := tables("own", own); err != nil {
		return err
	}
	if err := stubs(filepath.Join(dir, "data", "own"), w, own); err != nil {
		return err
	}
	if only == "own" {
		return nil
	}
	if err := tables("std", std); err != nil {
		return err
	}
	if err := tables("gonum", foreign); err != nil {
		return err
	}
	if err := exports(filepath.Join(dir, "data", "types.zip"), w, slices.Concat(std, foreign)); err != nil {
		return err
	}
	return docs(filepath.Join(dir, "data", "docs.zip"), w, slices.Concat(std, foreign))
}

// fileName turns an import path into the first part of a file name.
func fileName(path string) string {
	path = strings.TrimPrefix(path, catalog.Module+"/")
	path = strings.TrimPrefix(path, "gonum.org/v1/")
	// A trailing _linux or _test would be read as a constraint; _gen.go always follows.
	return strings.NewReplacer("/", "_", ".", "_", "-", "_").Replace(path)
}
