//go:build cuda

package cuda

import (
	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// scanPart is how many elements, at least, a part of a row has.
const scanPart = 4096

// Scan walks a row with a block. Few rows are walked in parts, each of which begins with what those before it end with.
func (b *Backend) Scan(op backend.ScanOp, dst, x backend.View) error {
	if dst.Layout.Len() == 0 {
		return nil
	}
	name := op.String()
	rows, err := rowsOf([]backend.View{x})
	if err != nil {
		return b.wrap(name, err)
	}
	carried := 8
	if op == backend.CumMax || op == backend.CumMin {
		carried = 16 // a number and where it is
	}
	kernel := "rg_" + name + "_" + suffix(asNumber(x.Storage.DType()))
	width := 32
	for width < rows.length && width < threads {
		width *= 2
	}
	g := cushim.Grid{Blocks: [3]uint32{uint32(min(rows.packs, b.sms*32)), 1, 1}, Threads: [3]uint32{uint32(width), 1, 1}}
	parts := max(1, min(b.sms*4/rows.packs, rows.length/scanPart, 256))
	if parts == 1 {
		return b.launch(name, kernel, g, newArguments().view(dst).view(x).pointer(0).fields(rows.append))
	}
	g.Blocks[1] = uint32(parts)
	ends, err := b.scratch(dtype.Uint8, rows.packs*parts*carried)
	if err != nil {
		return err
	}
	defer ends.Storage.Free()
	if err := b.launch(name, kernel, g, newArguments().pointer(0).view(x).view(ends).fields(rows.append)); err != nil {
		return err
	}
	return b.launch(name, kernel, g, newArguments().view(dst).view(x).view(ends).fields(rows.append))
}
