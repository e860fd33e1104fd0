//go:build cuda

package gpu_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/rustygradients/rg/gpu/emu"
)

// The tests run on the emulated driver, or on the one that RG_LIBCUDA names: RG_LIBCUDA= is the system's.
func TestMain(m *testing.M) {
	if err := emu.Use(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}
