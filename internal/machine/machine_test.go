package machine

import (
	"os"
	"runtime"
	"testing"
)

func TestLinux(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	if Load() == "" {
		t.Error("no load")
	}
	before := PeakMemory()
	if before < 1<<20 {
		t.Errorf("a peak of %d bytes", before)
	}
	const size = 64 << 20
	b := make([]byte, size)
	for i := 0; i < len(b); i += os.Getpagesize() {
		b[i] = 1
	}
	if after := PeakMemory(); after < max(before, size) {
		t.Errorf("the peak went from %d to %d bytes with %d more in use", before, after, size)
	}
	runtime.KeepAlive(b)
}
