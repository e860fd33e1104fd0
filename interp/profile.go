package interp

import (
	"context"
	"runtime"
	"strings"
	"time"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/prof"
	"github.com/rustygradients/rg/viz"
	"github.com/rustygradients/rg/viz/display"
)

func init() {
	magics = append(magics, magic{"%%profile", "show what the cell's tensor operations cost; a file's name writes a Chrome trace too", (*run).profile})
}

// profile measures the tensor operations of the cell, however it ends.
func (r *run) profile(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	prof.MeasurePeaks() // before the cell: the machine is quieter, and an interrupt is not for this
	collectTensors()
	p := prof.Begin()
	return func() {
		p.End()
		r.out.Display(display.Render(p))
		if p.Len() > 0 {
			r.out.Display(display.Render(viz.Timeline(p)))
		}
		if path := strings.TrimSpace(m.Args); path != "" {
			if err := p.WriteTrace(path); err != nil {
				r.out.Stream("stderr", err.Error()+"\n")
				return
			}
			r.out.Stream("stdout", "The trace is in "+path+"; open it in chrome://tracing or ui.perfetto.dev.\n")
		}
	}, nil
}

// collectTensors has the garbage collector look for tensors that nobody holds any more, so that a profile's memory
// is the cell's. What it finds is given back a moment later.
func collectTensors() {
	runtime.GC()
	for before, tries := -1, 0; tries < 10; tries++ {
		now := tensor.MemoryStats().Current
		if now == before {
			return
		}
		before = now
		time.Sleep(time.Millisecond)
	}
}
