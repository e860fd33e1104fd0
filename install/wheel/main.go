// Command wheel builds rgkernel and packs it with its kernelspec into a Python wheel, so that pip installs the
// kernel into an environment: the program as bin/rgkernel, the kernelspec as share/jupyter/kernels/rg.
//
//	go run ./install/wheel -o build/dist
//	GOOS=windows GOARCH=amd64 go run ./install/wheel
//
// It needs no Python. The same source makes the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/rustygradients/rg/internal/atomicfile"
)

func main() {
	out := flag.String("o", "build/dist", "write the wheel into this `folder`")
	version := flag.String("version", "0.0.0", "the wheel's `version`, as Python writes them: 0.1.0, 0.2.0rc1")
	goos := flag.String("goos", env("GOOS", runtime.GOOS), "the `system` it is for")
	goarch := flag.String("goarch", env("GOARCH", runtime.GOARCH), "the `processor` it is for")
	flag.Parse()
	path, err := build(*out, *version, *goos, *goarch)
	if err != nil {
		fmt.Fprintln(os.Stderr, "wheel:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}

func env(name, or string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return or
}

// build makes the wheel in a folder and returns its path.
func build(dir, version, goos, goarch string) (string, error) {
	tag, err := platformTag(goos, goarch)
	if err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp("", "rg-wheel-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	program := filepath.Join(tmp, "rgkernel")
	// Without C the program needs no library of the system, which is what the tag promises.
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "github.com/rustygradients/rg/cmd/rgkernel")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building rgkernel: %w", err)
	}
	binary, err := os.ReadFile(program)
	if err != nil {
		return "", err
	}
	w := wheel{version: version, tag: tag, windows: goos == "windows", program: binary}
	data, err := w.bytes()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	path := filepath.Join(dir, w.fileName())
	return path, atomicfile.Write(path, data)
}
