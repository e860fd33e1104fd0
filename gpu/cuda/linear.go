//go:build cuda

package cuda

import (
	"fmt"
	"math"
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
	if batch > math.MaxInt32 {
		return b.wrap(op, fmt.Errorf("%d matrices are more than a launch takes", batch))
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

// LU eliminates in place.
func (b *Backend) LU(matrices, order backend.View) error {
	s := matrices.Layout.Shape
	return b.perMatrix("lu", "rg_lu_f64", s[0], newArguments().view(matrices).view(order).int32(s[1]).int32(s[2]))
}

// QR reflects.
func (b *Backend) QR(q, matrices backend.View) error {
	s := matrices.Layout.Shape
	tau, err := b.scratch(dtype.Float64, s[0]*s[2])
	if err != nil {
		return err
	}
	defer tau.Storage.Free()
	return b.perMatrix("qr", "rg_qr_f64", s[0], newArguments().view(q).view(matrices).view(tau).int32(s[1]).int32(s[2]))
}

// EigH rotates rows and columns.
func (b *Backend) EigH(values, vectors, matrices backend.View) error {
	batch, n := matrices.Layout.Shape[0], matrices.Layout.Shape[1]
	turned, err := b.scratch(dtype.Float64, batch*n*n)
	if err != nil {
		return err
	}
	defer turned.Storage.Free()
	angles, err := b.scratch(dtype.Float64, batch*(n+1))
	if err != nil {
		return err
	}
	defer angles.Storage.Free()
	a := newArguments().view(values).view(vectors).view(matrices).view(turned).view(angles).int32(n)
	return b.perMatrix("eigh", "rg_eigh_f64", batch, a)
}

// SVD rotates rows.
func (b *Backend) SVD(scaled, values, turned, matrices backend.View) error {
	batch, n, m := matrices.Layout.Shape[0], matrices.Layout.Shape[1], matrices.Layout.Shape[2]
	room, err := b.scratch(dtype.Float64, batch*n*n)
	if err != nil {
		return err
	}
	defer room.Storage.Free()
	lengths, err := b.scratch(dtype.Float64, batch*n)
	if err != nil {
		return err
	}
	defer lengths.Storage.Free()
	a := newArguments().view(scaled).view(values).view(turned).view(matrices).view(room).view(lengths).int32(n).int32(m)
	return b.perMatrix("svd", "rg_svd_f64", batch, a)
}

// CTC has a block a sequence.
func (b *Backend) CTC(losses, slopes, logp, labels, lengths backend.View, c backend.CTC) error {
	steps, n, classes := logp.Layout.Shape[0], logp.Layout.Shape[1], logp.Layout.Shape[2]
	if n == 0 {
		return nil
	}
	most := labels.Layout.Shape[1]
	alpha, err := b.scratch(dtype.Float64, n*steps*(2*most+1))
	if err != nil {
		return err
	}
	defer alpha.Storage.Free()
	beta, err := b.scratch(dtype.Float64, n*2*(2*most+1))
	if err != nil {
		return err
	}
	defer beta.Storage.Free()
	a := newArguments().view(losses).view(slopes).view(logp).view(labels).view(lengths).view(alpha).view(beta).
		int64(steps).int64(n).int64(classes).int64(most).int64(c.Blank).int64(bit(c.ZeroInfinity))
	return b.perMatrix("ctc", "rg_ctc_f64", min(n, b.sms*32), a)
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
	other, err := b.scratch(dtype.Float64, rows, n, 2)
	if err != nil {
		return err
	}
	defer other.Storage.Free()
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
