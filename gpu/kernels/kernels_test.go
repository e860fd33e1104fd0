package kernels

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The images were made from the sources that lie beside them: build.py writes down what they were.
func TestImagesBelongToSources(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.cu", "*.cuh", "build.py", "requirements.txt"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	h := sha256.New()
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		h.Write([]byte(name + "\x00"))
		h.Write(text)
		h.Write([]byte{0})
	}
	raw, err := images.ReadFile("images/report.json")
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Sources string
		Kernels map[string]map[string]struct{ Registers, Spills int }
	}
	if err := json.Unmarshal(raw, &report); err != nil {
		t.Fatal(err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != report.Sources {
		t.Errorf("gpu/kernels/images were made from other sources: run make kernels")
	}
	for name, architectures := range report.Kernels {
		if _, ok := Source(name); !ok {
			t.Errorf("%s is in no source", name)
		}
		for architecture, use := range architectures {
			if use.Spills > 0 {
				t.Errorf("%s spills %d bytes of registers on %s", name, use.Spills, architecture)
			}
		}
	}
}

func TestImage(t *testing.T) {
	for _, c := range []struct {
		major, minor int
		prefix       string
	}{{9, 0, "\x7fELF"}, {8, 6, "\x7fELF"}, {10, 0, "//"}, {7, 5, "//"}} {
		image, err := Image("matmul", c.major, c.minor)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(strings.TrimSpace(string(image)), c.prefix) {
			t.Errorf("%d.%d gets an image that begins with %q", c.major, c.minor, image[:min(8, len(image))])
		}
	}
	if _, err := Image("matmul", 7, 0); err == nil {
		t.Error("a GPU older than the kernels got some")
	}
	if _, err := Image("nothing", 9, 0); err == nil {
		t.Error("a source that isn't there has an image")
	}
}
