package emu_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rustygradients/rg/gpu/emu"
)

// run compiles a program of a source in testdata and the emulator's files, and runs it. The flags are the source's.
func run(t *testing.T, source string, flags, files []string) {
	t.Helper()
	if _, err := exec.LookPath("g++"); err != nil {
		t.Skip("there is no C++ compiler")
	}
	driver, work := filepath.Join(emu.Folder(), "driver"), t.TempDir()
	object, program := filepath.Join(work, "source.o"), filepath.Join(work, "program")
	common := []string{
		"-std=c++17", "-DRG_EMU", "-O1", "-fPIC", "-fwrapv", "-Wall", "-Wno-unused-function", "-I" + driver, "-I" + filepath.Join(driver, "..", "..", "kernels"),
	}
	link := append(slices.Clone(common), "-o", program, object)
	for _, f := range files {
		link = append(link, filepath.Join(driver, f))
	}
	for _, cmd := range []*exec.Cmd{
		exec.Command("g++", append(append(slices.Clone(common), flags...), "-c", "-o", object, filepath.Join("testdata", source))...),
		exec.Command("g++", link...), exec.Command(program),
	} {
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", filepath.Base(cmd.Path), err, text)
		}
	}
}

// The emulated tensor cores are those of NVIDIA's documentation.
func TestFragments(t *testing.T) { run(t, "fragments.cpp", nil, []string{"fiber.cpp"}) }

// Of each kind of race one is found, and of each kind of order none.
func TestRaces(t *testing.T) {
	run(t, "races.cpp", []string{"-fsanitize=thread"}, []string{"fiber.cpp", "race.cpp"})
}

// An access to an odd address is found.
func TestAlignment(t *testing.T) {
	run(t, "alignment.cpp", []string{"-fsanitize=alignment", "-fsanitize-undefined-trap-on-error"}, []string{"fiber.cpp"})
}
