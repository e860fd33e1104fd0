package tensor

import (
	"fmt"
	"runtime"
	"strings"
)

// DetectAnomaly runs f in a mode that looks at every result on this goroutine, forward and backward, and
// panics with an *Error at the first operation that makes a NaN of operands without one. The error names
// the operation, and for a gradient also the line that called it in the forward pass. It makes everything
// slower, so it is for finding faults.
func DetectAnomaly(f func()) { with(func(m *modes) { m.anomaly = true }, f) }

// quietly runs f without looking, for the looking itself.
func quietly(f func()) {
	with(func(m *modes) { m.anomaly, m.noGrad, m.region = false, true, nil }, f)
}

func (t *Tensor) hasNaN() (found bool) {
	if t == nil || !t.DType().IsFloat() {
		return false
	}
	quietly(func() { found = t.IsNaN().Any().Bool() })
	return found
}

// findNaN panics if an operation has made the first NaN.
func (m *modes) findNaN(out *Tensor, op string, inputs []*Tensor) {
	if !out.hasNaN() {
		return
	}
	for _, t := range inputs {
		if t.hasNaN() {
			return
		}
	}
	where := ""
	if line := caller(); line != "" {
		where = " at " + line
	}
	if n := m.within; n != nil {
		fail(op, inputs, "made the first NaN, in the gradient of %s%s", n.op, n.called())
	}
	fail(op, inputs, "made the first NaN%s; the operands have none", where)
}

// called says where an operation was called.
func (n *node) called() string {
	if n.where == "" {
		return ""
	}
	return ", called at " + n.where
}

// caller is the line outside this package that is at work.
func caller() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		name := f.Function
		if name != "" && !strings.HasPrefix(name, "github.com/rustygradients/rg/tensor.") &&
			!strings.HasPrefix(name, "github.com/rustygradients/rg/tensor/") {
			return fmt.Sprintf("%s:%d", f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line)
		}
		if !more {
			return ""
		}
	}
}
