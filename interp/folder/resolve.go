package folder

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Resolve returns the path by which a folder is known that an import names, and whether it names one:
// "./mylib" and "../lib" beside the notebook, or a path in the module whose go.mod lies there or
// above. A folder of the module has one path, however it is named.
func (l *Loader) Resolve(name string) (string, bool) {
	root, module := l.module()
	if strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") || name == "." || name == ".." {
		clean := path.Clean(name)
		if module != "" {
			dir, err := filepath.Abs(filepath.Join(l.Dir, filepath.FromSlash(clean)))
			if rel, err2 := filepath.Rel(root, dir); err == nil && err2 == nil && !strings.HasPrefix(filepath.ToSlash(rel), "..") {
				return path.Join(module, filepath.ToSlash(rel)), true
			}
		}
		if !strings.HasPrefix(clean, "..") {
			clean = "./" + clean
		}
		return clean, true
	}
	if module != "" && (name == module || strings.HasPrefix(name, module+"/")) {
		return name, true
	}
	return "", false
}

// dir returns the folder of a path that Resolve has returned.
func (l *Loader) dir(name string) string {
	if root, module := l.module(); module != "" {
		if rest, ok := strings.CutPrefix(name+"/", module+"/"); ok {
			return filepath.Join(root, filepath.FromSlash(rest))
		}
	}
	return filepath.Join(l.Dir, filepath.FromSlash(name))
}

// module returns the root and the path of the module that the notebook lies in, or "".
func (l *Loader) module() (root, module string) {
	dir, err := filepath.Abs(l.Dir)
	if err != nil {
		return "", ""
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			return dir, modulePath(string(text))
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", ""
		}
		dir = up
	}
}

// modulePath reads the module line of a go.mod.
func modulePath(text string) string {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		if f := strings.Fields(line); len(f) == 2 && f[0] == "module" {
			return strings.Trim(f[1], "\"`")
		}
	}
	return ""
}

// Beside returns the import of a folder that lies beside the notebook under a name, or "".
func (l *Loader) Beside(name string) string {
	if strings.ContainsAny(name, `.:\"`) {
		return ""
	}
	files, err := filepath.Glob(filepath.Join(l.Dir, filepath.FromSlash(name), "*.go"))
	if err != nil || len(files) == 0 {
		return ""
	}
	return "./" + name
}
