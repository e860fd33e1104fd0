package interp

import (
	"context"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
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
