//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"strings"
	"testing"
)

// TestPrelude: every package of the prelude type-checks.
func TestPrelude(t *testing.T) {
	files, err := preludeFiles.ReadDir("prelude")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		file := "prelude/" + f.Name()
		src, err := preludeFiles.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		path := strings.ReplaceAll(strings.TrimSuffix(f.Name(), ".go.txt"), "_", "/")
		if _, err := loadPrelude(path, file, src); err != nil {
			t.Error(err)
		}
	}
}
