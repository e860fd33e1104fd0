package install

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// Copy says when the program is copied into the kernelspec's folder, to be started from there.
type Copy int

// The choices of Spec.Copy.
const (
	CopyTemporary Copy = iota // when it lies where it won't stay: go run's folder, /tmp
	CopyNever                 // the kernelspec names the program where it is
	CopyAlways                // the kernelspec needs nothing outside its folder
)

// goRun is where go run and go test put what they build, and then delete.
var goRun = regexp.MustCompile(`/go-build\d+/b\d+/`)

// temporaryRoots are the folders of a system whose content goes away by itself.
func temporaryRoots(goos, tempDir string) []string {
	roots := []string{tempDir}
	switch goos {
	case "windows":
	case "darwin":
		roots = append(roots, "/tmp", "/private/tmp", "/var/folders", "/private/var/folders", "/var/tmp", "/private/var/tmp")
	default:
		roots = append(roots, "/tmp", "/var/tmp", "/dev/shm")
	}
	return roots
}

// Temporary says whether a file lies where this system keeps what needn't stay.
func Temporary(path string) bool { return temporary(path, temporaryRoots(runtime.GOOS, os.TempDir())) }

// temporary says whether a program lies below one of the roots, or where go run puts it.
func temporary(program string, roots []string) bool {
	paths := []string{program}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		paths = append(paths, real)
	}
	for _, path := range paths {
		path = filepath.ToSlash(path)
		if goRun.MatchString(path) {
			return true
		}
		for _, root := range roots {
			root = strings.TrimRight(filepath.ToSlash(root), "/")
			if root != "" && strings.HasPrefix(path, root+"/") {
				return true
			}
		}
	}
	return false
}

// copyName is the program's name in a kernelspec's folder.
func copyName() string {
	if runtime.GOOS == "windows" {
		return "rgkernel.exe"
	}
	return "rgkernel"
}

// Copied says whether the kernelspec in a folder has its program with it.
func Copied(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, copyName()))
	return err == nil
}

// copyProgram copies a program, to be run by everybody.
func copyProgram(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copying the program: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return fmt.Errorf("copying the program: %w", err)
	}
	if _, err = io.Copy(out, in); err != nil {
		_ = out.Close()
		return fmt.Errorf("copying the program: %w", err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("copying the program: %w", err)
	}
	return os.Chmod(to, 0o755) // whatever the umask
}
