package heap

import (
	"runtime"
	"runtime/debug"
	"testing"
)

var kept []byte

// TestBallast: with a ballast, short-lived memory of a few megabytes is no reason to collect.
func TestBallast(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	collections := func() int {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 24 << 10 { // 24 MiB
			kept = make([]byte, 1<<10)
		}
		runtime.ReadMemStats(&after)
		return int(after.NumGC - before.NumGC)
	}
	without := collections()
	release := Ballast(64 << 20)
	with := collections()
	release()
	if without == 0 || with != 0 {
		t.Errorf("%d collections without, %d with a ballast", without, with)
	}
}
