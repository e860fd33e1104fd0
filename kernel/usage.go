package kernel

import (
	"context"
	"os"
	"runtime"
	"sync"
	"time"
)

// usage is what a session remembers from one usage_request to the next.
type usage struct {
	mu   sync.Mutex
	last sample
}

// sample is what the system had spent at some time.
type sample struct {
	at        time.Time
	kernel    time.Duration // of processor time, by the kernel's processes
	busy, all time.Duration // of all processors
}

// percent is the share of b, since the sample before, in what passed.
func percent(spent, passed time.Duration) float64 {
	if passed <= 0 {
		return 0
	}
	return 100 * float64(spent) / float64(passed)
}

// usageReply says what the kernel and the machine use, in ipykernel's terms: jupyter-resource-usage
// shows it. Where the system doesn't tell, the fields are missing.
func (s *session) usageReply(context.Context, *request) (any, error) {
	content := map[string]any{"status": "ok", "pid": os.Getpid(), "cpu_count": runtime.NumCPU()}
	if name, err := os.Hostname(); err == nil {
		content["hostname"] = name
	}
	s.usage.mu.Lock()
	defer s.usage.mu.Unlock()
	now, ok := measure(content)
	if !ok {
		return content, nil
	}
	before := s.usage.last
	s.usage.last = now
	content["kernel_cpu"] = 0.0
	if !before.at.IsZero() {
		content["kernel_cpu"] = percent(max(now.kernel-before.kernel, 0), now.at.Sub(before.at))
		content["host_cpu_percent"] = percent(now.busy-before.busy, now.all-before.all)
	}
	return content, nil
}
