package install

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Install writes the kernelspec under the Jupyter data folder and returns the kernelspec's folder.
// An earlier rg kernelspec of the same name is replaced.
func Install(data string, spec Spec) (dir string, err error) {
	if spec, err = spec.complete(); err != nil {
		return "", err
	}
	if data, err = filepath.Abs(data); err != nil {
		return "", err
	}
	dir = kernelDir(data, spec.Name)
	if err := checkReplaceable(dir); err != nil {
		return "", err
	}
	undo, err := makeDirs(filepath.Dir(dir))
	defer func() {
		if err != nil {
			undo()
			err = fmt.Errorf("kernelspec not installed: %w", err)
		}
	}()
	if err != nil {
		return "", err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "."+spec.Name+".new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh) // nothing, once it is renamed
	if spec.Copy == CopyAlways {
		if err := copyProgram(filepath.Join(fresh, copyName()), spec.Command); err != nil {
			return "", err
		}
		spec.Command = filepath.Join(dir, copyName())
	}
	if err := fill(fresh, spec); err != nil {
		return "", err
	}
	return dir, replaceDir(dir, fresh)
}

// Uninstall removes the rg kernelspec of the name from the data folder and returns the folder that
// was removed.
func Uninstall(data, name string) (string, error) {
	name, err := checkName(name)
	if err != nil {
		return "", err
	}
	dir := kernelDir(data, name)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		err := fmt.Errorf("no kernelspec %q in %s", name, filepath.Dir(dir))
		for _, other := range Find() {
			if other.Name == name {
				err = fmt.Errorf("%w; there is one in %s (--prefix, --sys-prefix and --user say where)", err, other.Dir)
				break
			}
		}
		return "", err
	}
	if err := checkReplaceable(dir); err != nil {
		return "", err
	}
	// Renamed first, so that Jupyter never sees half a kernelspec.
	gone, err := os.MkdirTemp(filepath.Dir(dir), "."+name+".old-")
	if err != nil {
		return "", fmt.Errorf("kernelspec not removed: %w", err)
	}
	if err := os.Rename(dir, filepath.Join(gone, name)); err != nil {
		_ = os.Remove(gone)
		return "", fmt.Errorf("kernelspec not removed: %w", err)
	}
	return dir, os.RemoveAll(gone)
}

// checkReplaceable refuses a folder that holds anything but an rg kernelspec.
func checkReplaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return nil // a file in the way, no permission: making the folder will say so
	}
	spec, err := read(dir)
	if err != nil {
		return fmt.Errorf("%s is not an rg kernelspec (%w); remove it or choose another --name", dir, err)
	}
	if !spec.ours() {
		return notOurs(dir)
	}
	return nil
}

func read(dir string) (*kernelJSON, error) {
	text, err := os.ReadFile(filepath.Join(dir, "kernel.json"))
	if err != nil {
		return nil, err
	}
	var spec kernelJSON
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, fmt.Errorf("kernel.json: %w", err)
	}
	return &spec, nil
}

func (k *kernelJSON) ours() bool {
	return k.Language == "go" && len(k.Argv) == 1+len(startArgs) && slices.Equal(k.Argv[1:], startArgs)
}

// File is a file of a kernelspec.
type File struct {
	Name string
	Data []byte
}

// Relative returns the files of a kernelspec that names its program by a path from the kernelspec's folder, for
// packages that are put together before it is known where they will lie. Jupyter's clients replace the folder
// in it.
func Relative(program string) ([]File, error) {
	spec, err := Spec{Command: resourceDir, Copy: CopyNever}.complete()
	if err != nil {
		return nil, err
	}
	spec.Command = resourceDir + "/" + program
	return files(spec)
}

func files(spec Spec) ([]File, error) {
	text, err := spec.json()
	if err != nil {
		return nil, err
	}
	list := []File{{"kernel.json", text}}
	entries, err := fs.ReadDir(logos, "logos")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		data, err := logos.ReadFile("logos/" + e.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, File{e.Name(), data})
	}
	return list, nil
}

func fill(dir string, spec Spec) error {
	list, err := files(spec)
	if err != nil {
		return err
	}
	for _, f := range list {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			return err
		}
	}
	return os.Chmod(dir, 0o755) // MkdirTemp's 0700 would hide a prefix's kernel from its users
}

// replaceDir renames fresh to dir. What was there is put back if that fails.
func replaceDir(dir, fresh string) error {
	old := fresh + ".old"
	err := os.Rename(dir, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	hadOld := err == nil
	if err := os.Rename(fresh, dir); err != nil {
		if hadOld {
			_ = os.Rename(old, dir)
		}
		return err
	}
	if hadOld {
		return os.RemoveAll(old)
	}
	return nil
}

// makeDirs is os.MkdirAll; undo removes the folders that it made.
func makeDirs(dir string) (undo func(), err error) {
	var made []string
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || filepath.Dir(d) == d {
			break
		}
		made = append(made, d)
	}
	undo = func() {
		for _, d := range made {
			_ = os.Remove(d)
		}
	}
	return undo, os.MkdirAll(dir, 0o755)
}
