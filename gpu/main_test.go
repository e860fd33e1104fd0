//go:build cuda

package gpu_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rustygradients/rg/gpu/emu"
)

// The tests run on the emulated driver, or on the one that RG_LIBCUDA names: RG_LIBCUDA= is the system's.
func TestMain(m *testing.M) {
	if _, chosen := os.LookupEnv("RG_LIBCUDA"); !chosen {
		driver, err := emu.Build("")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Setenv("RG_LIBCUDA", driver)
	}
	os.Exit(m.Run())
}

func emulated() bool { return strings.Contains(os.Getenv("RG_LIBCUDA"), filepath.Join("rg", "emu")) }
