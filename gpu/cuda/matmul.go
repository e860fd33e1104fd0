//go:build cuda

package cuda

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// What kernels/matmul.cu and gemm.cu are made for.
const (
	batchRank = 6
	tile      = 64
	maxGridZ  = 65535

	chunk      = 16 // bytes that are copied to shared memory at once
	stageBytes = 64 // of k in a stage, a row or column of a tile
	stages     = 3
)

var tf32 atomic.Bool

// SetTF32 lets tensor cores round the operands of float32 products to 10 bits of fraction (TF32). At first they don't.
func SetTF32(on bool) { tf32.Store(on) }

// side is an operand of a product: its steps along k and along the other axis.
type side struct {
	view     backend.View
	k, outer int
}

// dense reports whether k is the axis along which elements lie one behind the other.
func (s side) dense() bool { return s.k == 1 }

// chunks reports whether what lies along the dense axis begins at multiples of 16 bytes everywhere: steps are those of the batch.
func (s side) chunks(steps []int) bool {
	size := s.view.Storage.DType().Size()
	next, elements := s.outer, chunk/size
	if !s.dense() {
		if s.outer != 1 {
			return false
		}
		next = s.k
	}
	for _, step := range steps {
		next |= step
	}
	return next%elements == 0 && (s.view.Storage.(*Storage).address()+uint64(s.view.Layout.Offset*size))%chunk == 0
}

// product is a batch of matrix products (m, k) × (k, n).
type product struct {
	m, n, k int
	x, y    side
	batch   nest
}

func newProduct(dst, x, y backend.View) (p product, err error) {
	r := dst.Layout.Rank()
	p = product{
		m: dst.Layout.Shape[r-2], n: dst.Layout.Shape[r-1], k: x.Layout.Shape[r-1],
		x: side{x, x.Layout.Stride[r-1], x.Layout.Stride[r-2]},
		y: side{y, y.Layout.Stride[r-2], y.Layout.Stride[r-1]},
	}
	front := func(l backend.Layout) backend.Layout {
		return backend.Layout{Shape: dst.Layout.Shape[:r-2], Stride: l.Stride[:r-2]}
	}
	p.batch, err = newNest(rowMajor, front(x.Layout), front(y.Layout))
	if err == nil && p.batch.rank > batchRank {
		err = fmt.Errorf("%d batch axes that can't be joined; make the operands contiguous first", p.batch.rank)
	}
	return p, err
}

// append writes the struct Product of kernels/product.cuh, but for its end, of which block 0 computes product number first.
func (p *product) append(out []byte, first int) []byte {
	le := binary.LittleEndian
	for _, v := range []int{p.m, p.n, p.k, p.batch.rank} {
		out = le.AppendUint32(out, uint32(v))
	}
	for _, v := range []int{p.x.outer, p.x.k, p.y.k, p.y.outer, first} {
		out = le.AppendUint64(out, uint64(v))
	}
	at := func(list []int, i int) int {
		if i < len(list) {
			return list[i]
		}
		return 0
	}
	for i := range batchRank {
		out = le.AppendUint32(out, uint32(max(at(p.batch.size, i), 1)))
	}
	for operand := range 2 {
		for i := range batchRank {
			out = le.AppendUint64(out, uint64(at(p.batch.step[operand], i)))
		}
	}
	for i, s := range []side{p.x, p.y} {
		out = le.AppendUint32(out, uint32(bit(s.chunks(p.batch.step[i]))))
	}
	return out
}

// MatMul multiplies the last two axes.
func (b *Backend) MatMul(dst, x, y backend.View) error {
	if dst.Layout.Len() == 0 {
		return nil
	}
	if dt := x.Storage.DType(); dt == dtype.Int8 || dt == dtype.Uint8 {
		return b.matMulBytes(dst, x, y)
	}
	return b.matMul(dst, x, y, backend.Epilogue{})
}

// MatMulEpilogue multiplies the last two axes and goes on with the sums: in the product's own kernel, by cublasLt, or, of what cuBLAS has stored,
// in a second.
func (b *Backend) MatMulEpilogue(dst, x, y backend.View, e backend.Epilogue) error {
	if dst.Layout.Len() == 0 {
		return nil
	}
	return b.matMul(dst, x, y, e)
}

func (b *Backend) matMul(dst, x, y backend.View, e backend.Epilogue) error {
	if err := b.sameTypes("matmul", dst, x, y); err != nil {
		return err
	}
	if err := b.checkEpilogue(dst, e); err != nil {
		return err
	}
	p, err := newProduct(dst, x, y)
	if err != nil {
		return b.wrap("matmul", err)
	}
	done, rest, err := b.multiply(dst, &p, e)
	switch {
	case !done:
		return b.multiplyOwn(dst, &p, e)
	case err != nil:
		return err
	}
	return b.finish(dst, rest)
}

// multiplyOwn has rg's own kernels compute a product and what follows it.
func (b *Backend) multiplyOwn(dst backend.View, p *product, e backend.Epilogue) error {
	if largest := max(p.m, p.n, p.k); largest > math.MaxInt32-128 { // the kernels count in 32 bits along an axis, for want of registers
		return b.wrap("matmul", fmt.Errorf("an axis of %d is too long for one product: multiply parts of it", largest))
	}
	kernel, g := b.gemm(p, dst.Storage.DType())
	for first := 0; first < p.batch.packs; first += maxGridZ {
		a := newArguments().view(dst).view(p.x.view).view(p.y.view)
		a.fields(func(out []byte) []byte { return a.epilogue(p.append(out, first), dst, e) })
		g.Blocks[2] = uint32(min(p.batch.packs-first, maxGridZ))
		if err := b.launch("matmul", kernel, g, a); err != nil {
			return err
		}
	}
	return nil
}

// gemm chooses the kernel of a product and the grid of one of its batch: tensor cores for halves, and for float32 where that was allowed.
func (b *Backend) gemm(p *product, dt dtype.DType) (kernel string, g cushim.Grid) {
	tiles := func(size int) (down, across int) { return (p.m + size - 1) / size, (p.n + size - 1) / size }
	name := suffix(dt)
	if dt == dtype.Float32 {
		name = "tf32"
	}
	if b.major < 8 || !dt.IsHalf() && (dt != dtype.Float32 || !tf32.Load()) {
		down, across := tiles(tile)
		return "rg_matmul_" + suffix(dt), cushim.Grid{Blocks: [3]uint32{uint32(down * across), 1, 1}, Threads: [3]uint32{16, 16, 1}}
	}
	layout := [2]byte{'n', 'n'}
	if !p.x.dense() && p.x.outer == 1 {
		layout[0] = 't'
	}
	if p.y.dense() {
		layout[1] = 't'
	}
	size, threads := 128, 256
	if down, across := tiles(size); down*across*p.batch.packs < b.sms { // smaller tiles are more, for all multiprocessors
		size, threads = 64, 128
	}
	down, across := tiles(size)
	return fmt.Sprintf("rg_gemm_%s_%s_%d", name, layout[:], size), cushim.Grid{
		Blocks: [3]uint32{uint32(down * across), 1, 1}, Threads: [3]uint32{uint32(threads), 1, 1}, Shared: uint32(stages * 2 * size * stageBytes),
	}
}

// matMulBytes multiplies integers of a byte as wider ones; what doesn't fit wraps.
func (b *Backend) matMulBytes(dst, x, y backend.View) error {
	var wide [2]backend.View
	for i, v := range []backend.View{x, y} {
		w, err := b.scratch(dtype.Int32, v.Layout.Shape...)
		if err != nil {
			return err
		}
		defer w.Storage.Free()
		if err := b.Copy(w, v); err != nil {
			return err
		}
		wide[i] = w
	}
	if dst.Storage.DType() == dtype.Int32 {
		return b.MatMul(dst, wide[0], wide[1])
	}
	out, err := b.scratch(dtype.Int32, dst.Layout.Shape...)
	if err != nil {
		return err
	}
	defer out.Storage.Free()
	if err := b.MatMul(out, wide[0], wide[1]); err != nil {
		return err
	}
	return b.Copy(dst, out)
}
