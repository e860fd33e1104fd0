package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
)

// output is a folder in which all files with one suffix are generated.
type output struct {
	dir, suffix string
	files       map[string][]byte
}

func newOutput(dir, suffix string) *output {
	return &output{dir: dir, suffix: suffix, files: map[string][]byte{}}
}

func (o *output) add(name string, data []byte) { o.files[name+o.suffix] = data }

// write writes the files that changed and removes those that are no longer made.
func (o *output) write() error {
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(o.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, keep := o.files[e.Name()]; !keep && strings.HasSuffix(e.Name(), o.suffix) {
			if err := os.Remove(filepath.Join(o.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	for name, data := range o.files {
		if err := writeFile(filepath.Join(o.dir, name), data); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
