//go:build cuda

package cuda

import (
	"math/bits"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// perMatrix launches a kernel that has a block a matrix.
func (b *Backend) perMatrix(op, kernel string, batch int, a *arguments) error {
	if batch == 0 {
		return nil
	}
	g := cushim.Grid{Blocks: [3]uint32{uint32(batch), 1, 1}, Threads: [3]uint32{threads, 1, 1}}
	return b.launch(op, kernel, g, a)
}

// Eliminate solves systems in place.
func (b *Backend) Eliminate(matrices, det backend.View) error {
	s := matrices.Layout.Shape
	a := newArguments().view(matrices).view(det).int32(s[1]).int32(s[2] - s[1])
	return b.perMatrix("eliminate", "rg_eliminate_f64", s[0], a)
}

// Cholesky finds roots in place.
func (b *Backend) Cholesky(matrices backend.View) error {
	s := matrices.Layout.Shape
	return b.perMatrix("cholesky", "rg_cholesky_f64", s[0], newArguments().view(matrices).int32(s[1]))
}

// DFT transforms rows, by halves where it can.
func (b *Backend) DFT(dst, x backend.View, way backend.DFTWay) error {
	const op = "dft"
	rows, n := x.Layout.Shape[0], x.Layout.Shape[1]
	if rows*n == 0 {
		return nil
	}
	sign := -1
	if way == backend.InverseDFT {
		sign = 1
	}
	if n&(n-1) != 0 {
		a := newArguments().view(dst).view(x).int64(rows).int64(n).int64(sign)
		return b.launch(op, "rg_dft_f64", b.spread(rows*n), a)
	}
	if n == 1 {
		return b.Copy(dst, x)
	}
	scratch, err := b.Alloc(dtype.Float64, x.Layout.Len())
	if err != nil {
		return err
	}
	defer scratch.Free()
	other := backend.View{Storage: scratch, Layout: backend.Contiguous(rows, n, 2)}
	from, left := x, bits.Len(uint(n))-1 // steps
	for length := 1; length < n; length *= 2 {
		left--
		to := dst
		if left%2 == 1 {
			to = other
		}
		a := newArguments().view(to).view(from).int64(rows).int64(length).int64(n / (2 * length)).int64(sign)
		if err := b.launch(op, "rg_fft_halve_f64", b.spread(rows*n/2), a); err != nil {
			return err
		}
		from = to
	}
	return nil
}
