package tensor

import (
	"sync"
	"sync/atomic"

	"github.com/rustygradients/rg/tensor/internal/goroutine"
)

// modes is what a goroutine does otherwise than by default. It belongs to the goroutine, as it belongs to
// the thread in PyTorch: NoGrad in an evaluation goroutine doesn't stop a training one, and a goroutine
// started inside NoGrad or Autocast begins with the defaults again. Values are never changed, only
// replaced.
type modes struct {
	noGrad    bool
	autocast  DType      // what products are computed in; 0 for what their operands are
	generator *Generator // in place of the global one
	region    *region    // of Checkpoint
	scope     *scope
	anomaly   bool
	within    *node // whose gradient is being computed, in anomaly mode
}

// modeTable holds the goroutines that differ from the default; while there are none, which is while
// nobody is in NoGrad, Backward or their like, asking costs one atomic load.
var (
	modeTable    sync.Map // goroutine → *modes
	modeCount    atomic.Int64
	defaultModes modes
)

// mode is the running goroutine's.
func mode() *modes {
	if modeCount.Load() == 0 {
		return &defaultModes
	}
	if m, ok := modeTable.Load(goroutine.ID()); ok {
		return m.(*modes)
	}
	return &defaultModes
}

// with runs f in a mode that differs from the present one by a change.
func with(change func(m *modes), f func()) {
	g := goroutine.ID()
	modeCount.Add(1)
	before, had := modeTable.Load(g)
	var m modes
	if had {
		m = *before.(*modes)
	}
	change(&m)
	modeTable.Store(g, &m)
	defer func() {
		if had {
			modeTable.Store(g, before)
		} else {
			modeTable.Delete(g)
		}
		modeCount.Add(-1)
	}()
	f()
}

// NoGrad runs f without recording operations on this goroutine: for evaluation, for parameter
// updates, and to save memory.
func NoGrad(f func()) { withGrad(false, f) }

// EnableGrad runs f with recording on, inside NoGrad.
func EnableGrad(f func()) { withGrad(true, f) }

// GradEnabled reports whether operations on this goroutine are recorded.
func GradEnabled() bool { return !mode().noGrad }

func withGrad(on bool, f func()) { with(func(m *modes) { m.noGrad = !on }, f) }
