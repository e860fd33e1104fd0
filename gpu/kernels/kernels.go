// Package kernels holds the CUDA kernels: what build.py made of the sources beside it, for each architecture.
//
// A source is compiled to a cubin for the GPUs that are named, and to PTX, which the driver compiles, for those that came later. `make kernels`
// compiles anew; a test fails where sources and images don't belong together.
package kernels

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"embed"
	"fmt"
	"io"
	"strings"
	"sync"
)

//go:embed images
var images embed.FS

// architecture is a compiled form, and the compute capabilities that it runs on.
type architecture struct {
	name string
	runs func(major, minor int) bool
}

// The forms, the best first. A cubin runs on its own major version from its minor on (CUDA C++ Programming Guide, “Binary Compatibility”).
var architectures = []architecture{
	{"sm_90.cubin", func(major, _ int) bool { return major == 9 }},
	{"sm_80.cubin", func(major, _ int) bool { return major == 8 }},
	{"compute_80.ptx", func(major, _ int) bool { return major >= 8 }},
	{"compute_75.ptx", func(major, minor int) bool { return major*10+minor >= 75 }},
}

// Image is a source's kernels for a GPU of that compute capability.
func Image(source string, major, minor int) ([]byte, error) {
	for _, a := range architectures {
		if !a.runs(major, minor) {
			continue
		}
		packed, err := images.ReadFile("images/" + source + "." + a.name + ".bz2")
		if err != nil {
			return nil, fmt.Errorf("no kernels of %s: %w", source, err)
		}
		return io.ReadAll(bzip2.NewReader(bytes.NewReader(packed)))
	}
	return nil, fmt.Errorf("compute capability %d.%d is older than the kernels' oldest, 7.5", major, minor)
}

var sources = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	text, err := images.ReadFile("images/kernels.txt")
	if err != nil {
		return m
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		source, kernel, _ := strings.Cut(lines.Text(), " ")
		m[kernel] = source
	}
	return m
})

// Source is the source that holds a kernel.
func Source(kernel string) (string, bool) {
	s, ok := sources()[kernel]
	return s, ok
}
