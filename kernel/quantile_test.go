package kernel_test

import (
	"slices"
	"testing"
	"time"
)

// reportQuantiles reports the median and the 99th percentile in milliseconds.
func reportQuantiles(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(times[len(times)/2]), "p50-ms")
	b.ReportMetric(ms(times[len(times)*99/100]), "p99-ms")
}
