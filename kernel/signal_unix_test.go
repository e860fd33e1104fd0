//go:build unix

package kernel_test

import (
	"os"
	"testing"

	"github.com/rustygradients/rg/kernel/kerneltest"
)

// interruptProcess sends SIGINT to a kernel.
func interruptProcess(t *testing.T, k *kerneltest.Process) {
	t.Helper()
	if err := k.Cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}
