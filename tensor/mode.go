package tensor

import (
	"sync"
	"sync/atomic"

	"github.com/rustygradients/rg/tensor/internal/goroutine"
)

// Whether operations are recorded belongs to the goroutine, as it belongs to the thread in PyTorch:
// NoGrad in an evaluation goroutine doesn't stop a training one, and a goroutine started inside NoGrad
// records again. gradModes holds the goroutines that differ from the default; while there are none, which
// is while nobody is in NoGrad or Backward, asking costs one atomic load.
var (
	gradModes     sync.Map // goroutine → bool
	gradModeCount atomic.Int64
)

// NoGrad runs f without recording operations on this goroutine: for evaluation, for parameter
// updates, and to save memory.
func NoGrad(f func()) { withGrad(false, f) }

// EnableGrad runs f with recording on, inside NoGrad.
func EnableGrad(f func()) { withGrad(true, f) }

// GradEnabled reports whether operations on this goroutine are recorded.
func GradEnabled() bool {
	if gradModeCount.Load() == 0 {
		return true
	}
	on, ok := gradModes.Load(goroutine.ID())
	return !ok || on.(bool)
}

func withGrad(on bool, f func()) {
	g := goroutine.ID()
	gradModeCount.Add(1)
	before, had := gradModes.Load(g)
	gradModes.Store(g, on)
	defer func() {
		if had {
			gradModes.Store(g, before)
		} else {
			gradModes.Delete(g)
		}
		gradModeCount.Add(-1)
	}()
	f()
}
