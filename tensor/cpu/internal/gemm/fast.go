package gemm

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

// large is how many multiplications make a product worth dividing among threads by itself.
const large = 1 << 20

// Float32 computes products. The order in which the k products of an element are added depends on k alone.
func Float32(p Batch[float32, float32]) { float32With(asm.Best, &p) }

// Float64 is Float32 of another type.
func Float64(p Batch[float64, float64]) { float64With(asm.Best, &p) }

// Float16 adds in float32, and rounds once at the end.
func Float16(p Batch[uint16, uint16]) { halfWith(asm.Best, dtype.Float16, &p) }

// BFloat16 adds in float32, and rounds once at the end.
func BFloat16(p Batch[uint16, uint16]) { halfWith(asm.Best, dtype.BFloat16, &p) }

// Int8 multiplies and adds in int32, which wraps round.
func Int8(p Batch[int8, int32]) { int8With(asm.Best, &p) }

func float32With(set *asm.Set, p *Batch[float32, float32]) {
	e := engine[float32, float32, float32]{line: set.Line32, load: same[float32], store: same[float32]}
	if p.K == 1 {
		e.mul = set.Binary(backend.Mul, dtype.Float32)
	}
	run(set, &set.F32, float32s, &e, p, nil)
}

func float64With(set *asm.Set, p *Batch[float64, float64]) {
	e := engine[float64, float64, float64]{line: set.Line64, load: same[float64], store: same[float64]}
	if p.K == 1 {
		e.mul = set.Binary(backend.Mul, dtype.Float64)
	}
	run(set, &set.F64, float64s, &e, p, nil)
}

func halfWith(set *asm.Set, dt dtype.DType, p *Batch[uint16, uint16]) {
	e := engine[float32, uint16, uint16]{line: set.LineF16, load: dtype.WidenFloat16, store: dtype.NarrowFloat16}
	tiles, f, round := &set.F32, f16s, roundF16
	if dt == dtype.BFloat16 {
		e = engine[float32, uint16, uint16]{line: set.LineBF16, load: dtype.WidenBFloat16, store: dtype.NarrowBFloat16}
		f, round = bf16s, roundBF16
		if set.BF16.Sizes != nil {
			tiles, f = &set.BF16, bf16Pairs
		}
	}
	run(set, tiles, f, &e, p, round)
}

func int8With(set *asm.Set, p *Batch[int8, int32]) {
	e := engine[int32, int8, int32]{line: set.LineInt8, load: func(v int8) int32 { return int32(v) }, store: same[int32]}
	run(set, &set.I16, int8Pairs, &e, p, nil)
}

// run computes each product of a batch. e is nil if there is nothing particular for few rows; round, if not
// nil, writes results from sums in float32.
func run[W float32 | float64 | int32, S, D any](set *asm.Set, tiles *asm.Tiles, f format, e *engine[W, S, D], p *Batch[S, D], round func(dst, src *byte, n int)) {
	work := p.M * p.N * p.K
	switch {
	case p.M == 0 || p.N == 0:
	case p.K == 0:
		clear(p.C)
	case work >= large || len(p.Starts) == 1:
		for i := range p.Starts {
			one(set, tiles, f, e, p, round, i, work >= 2*grain)
		}
	case par.Threads() == 1:
		for i := range p.Starts {
			one(set, tiles, f, e, p, round, i, false)
		}
	default:
		many(set, tiles, f, e, *p, round)
	}
}

// many is run for many small products.
func many[W float32 | float64 | int32, S, D any](set *asm.Set, tiles *asm.Tiles, f format, e *engine[W, S, D], p Batch[S, D], round func(dst, src *byte, n int)) {
	var shared *engine[W, S, D] // a copy, so that not every product's engine is on the heap
	if e != nil {
		own := *e
		shared = &own
	}
	par.For(len(p.Starts), max(1, 2*grain/(p.M*p.N*p.K)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			one(set, tiles, f, shared, &p, round, i, false)
		}
	})
}

// one computes product i of a batch.
func one[W float32 | float64 | int32, S, D any](set *asm.Set, tiles *asm.Tiles, f format, e *engine[W, S, D], p *Batch[S, D], round func(dst, src *byte, n int), i int, parallel bool) {
	if e != nil {
		if e.outer(p, i, parallel) {
			return
		}
		if s, ok := slimOf(p, i); ok {
			e.multiply(&s, parallel)
			return
		}
	}
	operand := func(m Matrix[S], start, lines, i, k int) operand {
		return operand{base: (*byte)(unsafe.Pointer(&m.Data[m.Offset+start])), iStep: i * f.size, kStep: k * f.size, lines: lines, format: f}
	}
	size := sizeOf[D]()
	q := product{
		set: set, tiles: tiles, m: p.M, n: p.N, k: p.K,
		a: operand(p.A, p.Starts[i].A, p.M, p.A.Row, p.A.Col), b: operand(p.B, p.Starts[i].B, p.N, p.B.Col, p.B.Row),
		c: (*byte)(unsafe.Pointer(&p.C[i*p.M*p.N])), cRow: p.N * size, cSize: size, round: round,
	}
	q.multiply(parallel)
}

func same[T any](x T) T { return x }

func roundF16(dst, src *byte, n int) {
	dtype.Narrow(dtype.Float16, unsafe.Slice(at[uint16](dst, 0), n), unsafe.Slice(at[float32](src, 0), n))
}

func roundBF16(dst, src *byte, n int) {
	dtype.Narrow(dtype.BFloat16, unsafe.Slice(at[uint16](dst, 0), n), unsafe.Slice(at[float32](src, 0), n))
}

// ptr returns where the elements of a slice are.
func ptr[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
