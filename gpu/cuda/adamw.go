//go:build cuda

package cuda

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// adamElements is how many elements a block of kernels/adamw.cu steps.
const adamElements = 4096

// appendStep writes the struct Step of adamw.cu.
func appendStep(out []byte, s backend.AdamStep) []byte {
	for _, f := range []float64{s.Rate, s.Beta1, s.Beta2, s.Eps, s.Decay, s.Correction1, s.Correction2, s.Scale} {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(f))
	}
	return out
}

// AdamW updates a parameter in one pass.
func (b *Backend) AdamW(param, grad, m, v backend.View, s backend.AdamStep) error {
	n := param.Layout.Len()
	if n == 0 {
		return nil
	}
	a := newArguments().view(param).view(grad).view(m).view(v).int64(n).fields(func(out []byte) []byte { return appendStep(out, s) })
	return b.launch("adamw", "rg_adamw_"+suffix(param.Storage.DType()), b.spread(n), a)
}

// AdamWList updates parameters in one launch for each data type. Where they are, and the numbers of their steps, are a table that is
// copied to the device.
func (b *Backend) AdamWList(list []backend.AdamParam) error {
	by := map[dtype.DType][]backend.AdamParam{}
	for _, p := range list {
		dt := p.Param.Storage.DType()
		if p.Master.Storage != nil && !dt.IsHalf() {
			return b.wrap("adamw", fmt.Errorf("a %s parameter needs no master", dt))
		}
		if p.Param.Layout.Len() > 0 {
			by[dt] = append(by[dt], p)
		}
	}
	for dt, params := range by {
		if err := b.adamWList(dt, params); err != nil {
			return err
		}
	}
	return nil
}

func (b *Backend) adamWList(dt dtype.DType, list []backend.AdamParam) error {
	const op = "adamw"
	var table []byte // of structs Entry of adamw.cu
	a := newArguments()
	le := binary.LittleEndian
	first := 0
	for _, p := range list {
		aligned := uint64(1)
		for _, v := range []backend.View{p.Param, p.Grad, p.M, p.V, p.Master} {
			at := uint64(0)
			if v.Storage != nil {
				at = a.hold(v)
			}
			if at%16 != 0 {
				aligned = 0
			}
			table = le.AppendUint64(table, at)
		}
		n := p.Param.Layout.Len()
		for _, v := range []uint64{uint64(n), uint64(first), aligned} {
			table = le.AppendUint64(table, v)
		}
		table = appendStep(table, p.Step)
		first += (n + adamElements - 1) / adamElements
	}
	entries, err := b.scratch(dtype.Uint8, len(table))
	if err != nil {
		return err
	}
	defer entries.Storage.Free()
	if err := b.Upload(entries.Storage, table); err != nil {
		return err
	}
	g := b.spread(0)
	g.Blocks[0] = uint32(first)
	a.view(entries).int32(len(list))
	return b.launch(op, "rg_adamw_list_"+suffix(dt), g, a)
}
