package cpu

import (
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor/dtype"
)

// More than the machine has is an error; the Go runtime would end the process.
func TestAllocTooMuch(t *testing.T) {
	n := int(physicalMemory()/8) + 1
	if _, err := theBackend.Alloc(dtype.Float64, n); err == nil || !strings.HasPrefix(err.Error(), "cpu: ") {
		t.Errorf("allocating %d float64s: %v", n, err)
	}
}
