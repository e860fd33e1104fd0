package probe

import (
	"testing"
	"time"
)

// d is how long a probe takes.
const d = 300 * time.Millisecond

// A processor that adds nothing, or that reads faster than it computes, is a mistake of the probe.
func TestProbes(t *testing.T) {
	if testing.Short() {
		t.Skip("moves gigabytes")
	}
	f, r, c := FMA(1, d), Read(1, d), Copy(1, d)
	t.Logf("%.0f GFLOP/s, %.1f GB/s read, %.1f GB/s copied", f/1e9, r/1e9, c/1e9)
	if c <= 0 {
		t.Errorf("copied %v bytes a second", c)
	}
	if routines.FMA == nil {
		t.Skip("no routine for this processor")
	}
	if f < 1e9 || r < 1e8 || r > f {
		t.Errorf("%v FLOP/s, %v bytes read a second", f, r)
	}
}

func BenchmarkProbe(b *testing.B) {
	for b.Loop() {
		f1, f2, r1, r2, c1, c2 := FMA(1, d), FMA(2, d), Read(1, d), Read(2, d), Copy(1, d), Copy(2, d)
		b.ReportMetric(f1/1e9, "GFLOP/s")
		b.ReportMetric(f2/1e9, "GFLOP/s(2)")
		b.ReportMetric(r1/1e9, "GB/s-read")
		b.ReportMetric(r2/1e9, "GB/s-read(2)")
		b.ReportMetric(c1/1e9, "GB/s-copy")
		b.ReportMetric(c2/1e9, "GB/s-copy(2)")
	}
}
