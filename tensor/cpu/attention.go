package cpu

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/gemm"
	"github.com/rustygradients/rg/tensor/cpu/internal/huge"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Attention is computed tile by tile, so that the scores (T, S) are never in memory as a whole (Dao et al. 2022,
// "FlashAttention", algorithms 1 and 4; Dao 2023). A tile is the scores of a block of queries and some keys, few enough
// to stay in L2. Going along the keys, each row of it keeps its largest score and the sum of exponentials so far;
// when a larger score turns up, what was added before shrinks. The backward pass computes the scores again, and with
// the log-sum-exp of their rows the weights.

var _ backend.AttentionBackend = (*Backend)(nil)

const (
	queryBlock = 64       // queries in a tile
	tileArea   = 32 << 10 // scores in a tile
	rowGap     = 16       // between rows of a tile, which keeps them off powers of two, where they would share cache sets
)

// heads is matrices, one for each index of the axes in front.
type heads[T float] struct {
	walk
	data       []T
	rows, cols int
	row, col   int // strides
}

func headsOf[T float](v backend.View) heads[T] {
	l := v.Layout
	r := l.Rank() - 2
	front := backend.Layout{Shape: l.Shape[:r], Stride: l.Stride[:r], Offset: l.Offset}
	return heads[T]{walk: newWalk(front), data: slice[T](v), rows: l.Shape[r], cols: l.Shape[r+1], row: l.Stride[r], col: l.Stride[r+1]}
}

// matrix returns matrix i from a row on.
func (h *heads[T]) matrix(i, row int) gemm.Matrix[T] {
	return gemm.Matrix[T]{Data: h.data, Offset: h.seek(i).at + row*h.row, Row: h.row, Col: h.col}
}

func transposed[T float](m gemm.Matrix[T]) gemm.Matrix[T] {
	m.Row, m.Col = m.Col, m.Row
	return m
}

// line returns n elements of a row of m, copied to buf unless they lie in order.
func line[T float](m gemm.Matrix[T], row, n int, buf []T) []T {
	if m.Col == 1 {
		return from(m, row)[:n]
	}
	buf = buf[:n]
	for i := range buf {
		buf[i] = m.Data[m.Offset+row*m.Row+i*m.Col]
	}
	return buf
}

// attention is one call: out is written forward, and the gradients backward.
type attention[T float] struct {
	backend.Attention
	q, k, v, out   heads[T]
	lse            []T
	g, dq, dk, dv  heads[T] // backward
	group, visible int      // query heads to a key head; keys there are
}

func newAttention[T float](o backend.Attention, q, k, v, out, lse backend.View) *attention[T] {
	a := &attention[T]{Attention: o, q: headsOf[T](q), k: headsOf[T](k), v: headsOf[T](v), out: headsOf[T](out)}
	a.lse = slice[T](lse)[lse.Layout.Offset:]
	a.group, a.visible = a.q.n/max(a.k.n, 1), a.k.rows
	return a
}

// from returns what lies from a row of m on; of rows without elements, nothing.
func from[T float](m gemm.Matrix[T], row int) []T {
	return m.Data[min(m.Offset+row*m.Row, len(m.Data)):]
}

// scoreTile is a tile, and room for one goroutine.
type scoreTile[T float] struct {
	bytes        []byte
	q            []T // a block of scaled queries
	scores, grad []T
	line         []T
	top          [queryBlock]T // the largest score of each row
	sum          [queryBlock]float64
}

var tiles32, tiles64 = par.Spares{New: func() any { return new(scoreTile[float32]) }}, par.Spares{New: func() any { return new(scoreTile[float64]) }}

func tilePool[T float]() *par.Spares {
	if isFloat32[T]() {
		return &tiles32
	}
	return &tiles64
}

// fit makes room for so many queries at a time, and returns how many keys go with them.
func (w *scoreTile[T]) fit(a *attention[T], rows int) (keys int) {
	keys = max(min(tileArea/rows, a.visible), 1)
	sizes := [...]int{rows * a.q.cols, rows * (keys + rowGap), rows * (keys + rowGap), max(a.q.cols, a.v.cols, keys)}
	parts := [...]*[]T{&w.q, &w.scores, &w.grad, &w.line}
	n := 0
	for _, s := range sizes {
		n += s
	}
	if size := n * int(unsafe.Sizeof(T(0))); len(w.bytes) < size {
		w.bytes = huge.Bytes(size)
	}
	rest := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(w.bytes))), n)
	for i, s := range sizes {
		*parts[i], rest = rest[:s:s], rest[s:]
	}
	return keys
}

// scaled copies rows of queries, times the scale.
func (w *scoreTile[T]) scaled(a *attention[T], head, t, rows int) {
	m, d := a.q.matrix(head, t), a.q.cols
	for r := range rows {
		affineInto(w.q[r*d:][:d], line(m, r, d, w.line), T(a.Scale), 0)
	}
}

// seen is how many of c keys from s on the query t sees.
func (a *attention[T]) seen(t, s, c int) int {
	if a.Causal {
		return max(min(t+1-s, c), 0)
	}
	return c
}

// score computes the scores of a block of queries and c keys.
func (w *scoreTile[T]) score(a *attention[T], head, rows, s, c int) {
	p := gemm.Block[T]{
		M: rows, N: c, K: a.q.cols,
		A: gemm.Matrix[T]{Data: w.q, Row: a.q.cols, Col: 1}, B: transposed(a.k.matrix(head/a.group, s)), C: w.scores, Row: c + rowGap,
	}
	p.Multiply()
}

// forward computes the results of queries t to t+rows of a head.
func (w *scoreTile[T]) forward(a *attention[T], head, t, rows int) {
	out := a.out.matrix(head, t)
	keys, last := w.fit(a, rows), a.seen(t+rows-1, 0, a.visible)
	w.scaled(a, head, t, rows)
	for r := range rows {
		w.top[r], w.sum[r] = T(math.Inf(-1)), 0
	}
	for s := 0; s < last; s += keys {
		c := min(keys, last-s)
		w.score(a, head, rows, s, c)
		for r := range rows {
			seen := a.seen(t+r, s, c)
			row := w.scores[r*(c+rowGap):][:c]
			clear(row[seen:])
			if row = row[:seen]; seen == 0 {
				continue
			}
			before := w.top[r]
			w.top[r] = max(before, maxOf(row))
			shift := w.top[r]
			if math.IsInf(float64(shift), -1) {
				shift = 0 // −∞ − (−∞) is no number, and a later score may be one
			}
			if s > 0 {
				shrink := math.Exp(float64(before - shift))
				w.sum[r] *= shrink
				o := from(out, r)[:a.v.cols]
				affineInto(o, o, T(shrink), 0)
			}
			w.sum[r] += expSum(row, row, shift)
		}
		p := gemm.Block[T]{
			M: rows, N: a.v.cols, K: c, A: gemm.Matrix[T]{Data: w.scores, Row: c + rowGap, Col: 1}, B: a.v.matrix(head/a.group, s),
			C: from(out, 0), Row: out.Row, Add: min(s, 1),
		}
		p.Multiply()
	}
	for r := range rows {
		o := from(out, r)[:a.v.cols]
		if last == 0 {
			clear(o)
		} else {
			affineInto(o, o, T(1/w.sum[r]), 0)
		}
		a.lse[head*a.q.rows+t+r] = w.top[r] + T(math.Log(w.sum[r]))
	}
}

// backward adds the part of queries t to t+rows of a head to the gradients of its keys and values, and computes that of
// the queries. With weights P and D = Σ g·out of each row,
//
//	dV = Pᵀ·g, dS = P∘(g·Vᵀ − D), dQ = scale·dS·K, dK = scale·dSᵀ·Q
//
// Where all keys are in one tile, the weights' sum is made 1 again, which the rounded log-sum-exp doesn't leave it, and D
// is Σ P∘(g·Vᵀ), the same but for rounding: next to a weight of 1 the difference is 0 then.
func (w *scoreTile[T]) backward(a *attention[T], head, t, rows int) {
	keys, last := w.fit(a, rows), a.seen(t+rows-1, 0, a.visible)
	kv, d := head/a.group, a.q.cols
	w.scaled(a, head, t, rows)
	g, out, dq, dk, dv := a.g.matrix(head, t), a.out.matrix(head, t), a.dq.matrix(head, t), a.dk.matrix(kv, 0), a.dv.matrix(kv, 0)
	single := last <= keys
	for r := range rows {
		w.sum[r] = 0
		if single {
			continue
		}
		y := line(out, r, a.v.cols, w.line)
		if g.Col == 1 {
			w.sum[r] = dot(y, from(g, r)[:a.v.cols])
			continue
		}
		for i, y := range y {
			w.sum[r] += float64(y) * float64(g.Data[g.Offset+r*g.Row+i*g.Col])
		}
	}
	for s := 0; s < last; s += keys {
		c := min(keys, last-s)
		w.score(a, head, rows, s, c)
		p := gemm.Block[T]{M: rows, N: c, K: a.v.cols, A: g, B: transposed(a.v.matrix(kv, s)), C: w.grad, Row: c + rowGap}
		p.Multiply()
		for r := range rows {
			seen := a.seen(t+r, s, c)
			weights, grad := w.scores[r*(c+rowGap):][:c], w.grad[r*(c+rowGap):][:c]
			clear(weights[seen:])
			clear(grad[seen:])
			weights, grad = weights[:seen], grad[:seen]
			if seen == 0 {
				continue
			}
			sum := expSum(weights, weights, a.lse[head*a.q.rows+t+r])
			if single {
				affineInto(weights, weights, T(1/sum), 0)
				w.sum[r] = dot(weights, grad)
			}
			slope(grad, weights, grad, T(w.sum[r]))
		}
		weights, grad := gemm.Matrix[T]{Data: w.scores, Row: c + rowGap, Col: 1}, gemm.Matrix[T]{Data: w.grad, Row: c + rowGap, Col: 1}
		for _, p := range [...]gemm.Block[T]{
			{M: c, N: a.v.cols, K: rows, A: transposed(weights), B: g, C: from(dv, s), Row: dv.Row, Add: 1},
			{M: c, N: d, K: rows, A: transposed(grad), B: gemm.Matrix[T]{Data: w.q, Row: d, Col: 1}, C: from(dk, s), Row: dk.Row, Add: 1},
			{M: rows, N: d, K: c, A: grad, B: a.k.matrix(kv, s), C: from(dq, 0), Row: dq.Row, Add: min(s, 1)},
		} {
			p.Multiply()
		}
	}
	for r := range rows {
		row := from(dq, r)[:d]
		if last == 0 {
			clear(row)
		}
		affineInto(row, row, T(a.Scale), 0)
	}
}

// forward is every block of queries, in parallel.
func (a *attention[T]) forward() {
	blocks := (a.q.rows + queryBlock - 1) / queryBlock
	work := min(a.q.rows, queryBlock) * a.visible * (a.q.cols + a.v.cols)
	par.For(a.q.n*blocks, max(1, 4*grain/max(work, 1)), func(lo, hi int) {
		w := tilePool[T]().Get().(*scoreTile[T])
		defer tilePool[T]().Put(w)
		for i := lo; i < hi; i++ {
			t := i % blocks * queryBlock
			w.forward(a, i/blocks, t, min(queryBlock, a.q.rows-t))
		}
	})
}

// backward is in parallel over the heads of keys and values, which the queries of a group add to in order.
func (a *attention[T]) backward() {
	work := a.group * a.q.rows * a.visible * (a.q.cols + a.v.cols)
	par.For(a.k.n, max(1, 2*grain/max(work, 1)), func(lo, hi int) {
		w := tilePool[T]().Get().(*scoreTile[T])
		defer tilePool[T]().Put(w)
		for kv := lo; kv < hi; kv++ {
			for _, h := range [...]*heads[T]{&a.dk, &a.dv} {
				m := h.matrix(kv, 0)
				for r := range h.rows {
					clear(from(m, r)[:h.cols])
				}
			}
			for head := kv * a.group; head < (kv+1)*a.group; head++ {
				for t := 0; t < a.q.rows; t += queryBlock {
					w.backward(a, head, t, min(queryBlock, a.q.rows-t))
				}
			}
		}
	})
}

// checkAttention checks data types, and that the rows of what is written lie in order.
func checkAttention(operands, written []backend.View, lse backend.View) error {
	for _, views := range [...][]backend.View{{lse}, operands, written} {
		if err := owned(views...); err != nil {
			return err
		}
	}
	dt := operands[0].Storage.DType()
	for _, v := range operands {
		if d := v.Storage.DType(); d != dt {
			return fmt.Errorf("cpu: attention: data types differ: %s and %s", dt, d)
		}
	}
	for _, v := range written {
		l, last := v.Layout, v.Layout.Rank()-1
		if v.Storage.DType() != dt || l.Len() > 0 && l.Shape[last] > 1 && l.Stride[last] != 1 {
			return fmt.Errorf("cpu: attention: rows of a destination don't lie in order, or it is not %s", dt)
		}
	}
	want := dt
	if dt.IsHalf() {
		want = dtype.Float32
	}
	if lse.Storage.DType() != want || !lse.Layout.IsContiguous() {
		return fmt.Errorf("cpu: attention: the log-sum-exp is not contiguous %s", want)
	}
	if want != dtype.Float32 && want != dtype.Float64 {
		return errDType(opName("attention"), dt)
	}
	return nil
}

// Attention computes softmax(scale·q·kᵀ)·v.
func (b *Backend) Attention(dst, lse, q, k, v backend.View, o backend.Attention) error {
	if err := checkAttention([]backend.View{q, k, v}, []backend.View{dst}, lse); err != nil {
		return err
	}
	if isHalf(q) {
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error {
			return b.Attention(dst, lse, ins[0], ins[1], ins[2], o)
		}, q, k, v)
	}
	return byType(dst.Storage.DType(),
		func() { newAttention[float32](o, q, k, v, dst, lse).forward() },
		func() { newAttention[float64](o, q, k, v, dst, lse).forward() })
}

// AttentionGrad computes the gradients of what Attention computed.
func (b *Backend) AttentionGrad(dq, dk, dv, q, k, v, out, lse, g backend.View, o backend.Attention) error {
	if err := checkAttention([]backend.View{q, k, v, out, g}, []backend.View{dq, dk, dv}, lse); err != nil {
		return err
	}
	if isHalf(q) { // three destinations, one inside the other
		return inFloat32(dq, func(dq backend.View, ins []backend.View) error {
			return inFloat32(dk, func(dk backend.View, _ []backend.View) error {
				return inFloat32(dv, func(dv backend.View, _ []backend.View) error {
					return b.AttentionGrad(dq, dk, dv, ins[0], ins[1], ins[2], ins[3], lse, ins[4], o)
				})
			})
		}, q, k, v, out, g)
	}
	return byType(q.Storage.DType(),
		func() { attentionGrad[float32](o, q, k, v, out, lse, g, dq, dk, dv) },
		func() { attentionGrad[float64](o, q, k, v, out, lse, g, dq, dk, dv) })
}

func attentionGrad[T float](o backend.Attention, q, k, v, out, lse, g, dq, dk, dv backend.View) {
	a := newAttention[T](o, q, k, v, out, lse)
	a.g, a.dq, a.dk, a.dv = headsOf[T](g), headsOf[T](dq), headsOf[T](dk), headsOf[T](dv)
	a.backward()
}
