package cpu

import (
	"fmt"
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Reduce folds the named axes of x into dst, which keeps them with size 1.
//
// Sum and Prod of floating-point numbers are accumulated in float64; those of integers wrap around,
// in int64. They write x's type or Int64 (of integers and Bool). Max and Min write x's type, ArgMax
// and ArgMin Int64, Any and All Bool.
func (*Backend) Reduce(op backend.ReduceOp, dst, x backend.View, axes ...int) error {
	if err := owned(dst, x); err != nil {
		return err
	}
	dd, xd := dst.Storage.DType(), x.Storage.DType()
	if dst.Layout.Len() == 0 {
		return nil
	}
	switch op {
	case backend.ArgMax, backend.ArgMin:
		if len(axes) != 1 {
			return fmt.Errorf("cpu: %s takes one axis, not %d", op, len(axes))
		}
		if dd != dtype.Int64 {
			return fmt.Errorf("cpu: %s writes int64, not %s", op, dd)
		}
		fallthrough
	case backend.Max, backend.Min:
		if x.Layout.Len() == 0 {
			return fmt.Errorf("cpu: %s of nothing has no value", op)
		}
	}
	plan := newReducePlan(dst.Layout, x.Layout, axes)
	switch xd {
	case dtype.Float16, dtype.BFloat16:
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error {
			return theBackend.Reduce(op, dst, ins[0], axes...)
		}, x)
	case dtype.Float32:
		return reduceFloat[float32](op, plan, dst, x)
	case dtype.Float64:
		return reduceFloat[float64](op, plan, dst, x)
	case dtype.Int64:
		return reduceInt[int64](op, plan, dst, x)
	case dtype.Int32:
		return reduceInt[int32](op, plan, dst, x)
	case dtype.Int8:
		return reduceInt[int8](op, plan, dst, x)
	case dtype.Uint8, dtype.Bool:
		return reduceInt[uint8](op, plan, dst, x)
	}
	return errDType(op, xd)
}

// reducePlan separates the axes that stay from those that are folded.
type reducePlan struct {
	dst    walk // the kept axes, in dst; every result once
	kept   walk // the kept axes, in x; where the elements of a result begin
	folded walk // the folded axes, from there
}

func newReducePlan(dst, x backend.Layout, axes []int) *reducePlan {
	isFolded := make([]bool, x.Rank())
	for _, a := range axes {
		isFolded[a] = true
	}
	var d, k, f backend.Layout
	d.Offset, k.Offset = dst.Offset, x.Offset
	for a, size := range x.Shape {
		l := &k
		if isFolded[a] {
			l = &f
		} else {
			d.Shape, d.Stride = append(d.Shape, size), append(d.Stride, dst.Stride[a])
		}
		l.Shape, l.Stride = append(l.Shape, size), append(l.Stride, x.Stride[a])
	}
	return &reducePlan{dst: newWalk(d), kept: newWalk(k), folded: newWalk(f)}
}

// fold is how one operation accumulates elements of type T in an A.
type fold[T, A number] struct {
	init A
	row  func(acc A, x []T) A // fold x into acc
	col  func(acc []A, x []T) // fold x[i] into acc[i]
	join func(acc, next A) A  // fold the result of a later part into an earlier one's

	// four folds rows of n elements, step apart, each into its acc, which is init. It may be nil.
	four func(acc *[4]A, x []T, step, n int)
}

// segment is how much of a long row one piece takes. It is fixed, so that sums don't depend on the
// number of threads.
const segment = 64 << 10

// reduce runs a fold and hands each result to put with its place in dst.
func reduce[T, A number](p *reducePlan, x []T, f fold[T, A], put func(at int, acc A)) {
	n, m := p.kept.n, p.folded.n
	switch {
	case m > 0 && n > 1 && p.kept.stride[p.kept.rank-1] == 1 && p.folded.stride[p.folded.rank-1] != 1:
		reduceCols(p, x, f, put)
	case m > segment && (n == 1 || m > 2*segment):
		// Long rows: cut each into segments, and join those in order.
		parts, done := workspace[A]((m + segment - 1) / segment)
		defer done()
		for i := range n {
			from := p.kept.seek(i).at
			together := 1
			if len(parts) >= fourRows {
				together = 4
			}
			par.For(len(parts), together, func(lo, hi int) {
				if hi-lo == 4 && hi*segment <= m && foldFour(p, x, f, (*[4]A)(parts[lo:]), from+lo*segment, segment, segment) {
					return
				}
				for s := lo; s < hi; s++ {
					parts[s] = foldRow(p, x, f, from, s*segment, min((s+1)*segment, m))
				}
			})
			acc := parts[0]
			for _, next := range parts[1:] {
				acc = f.join(acc, next)
			}
			put(p.dst.seek(i).at, acc)
		}
	default:
		rows, row := max(1, grain/max(m, 1)), p.kept.rank-1
		if n >= fourRows {
			rows = (rows + 3) &^ 3
		}
		par.For(n, rows, func(lo, hi int) {
			i := lo
			for ; hi-i >= 4 && row >= 0; i += 4 {
				first := p.kept.seek(i)
				var acc [4]A
				if at := first.at; p.kept.run(&first, 4) < 4 || !foldFour(p, x, f, &acc, at, p.kept.stride[row], m) {
					break
				}
				for r, a := range acc {
					put(p.dst.seek(i+r).at, a)
				}
			}
			for ; i < hi; i++ {
				put(p.dst.seek(i).at, foldRow(p, x, f, p.kept.seek(i).at, 0, m))
			}
		})
	}
}

// fourRows is how many rows are enough to be taken by four.
const fourRows = 64

// foldFour folds four rows of n elements, step apart and the first at from, if they are contiguous and the fold can do that.
func foldFour[T, A number](p *reducePlan, x []T, f fold[T, A], acc *[4]A, from, step, n int) bool {
	if f.four == nil || n < 16 || step < 0 || !p.folded.contiguous() {
		return false
	}
	f.four(acc, x[from:from+3*step+n], step, n)
	return true
}

// foldRow folds elements lo to hi of the folded axes, beginning at from.
func foldRow[T, A number](p *reducePlan, x []T, f fold[T, A], from, lo, hi int) A {
	acc := f.init
	if lo == hi {
		return acc
	}
	o := operand[T]{walk: p.folded, data: x}
	o.offset = from
	if o.contiguous() {
		return f.row(acc, x[from+lo:from+hi])
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	for ; lo < hi; lo += block {
		acc = f.row(acc, o.load(lo, min(lo+block, hi), typed[T](s, 0)))
	}
	return acc
}

const (
	wide    = 2048 // columns that are folded side by side
	stripes = 16   // parts that the rows of a table of few columns are cut into at most
)

// reduceCols folds where neighbouring results have neighbouring elements, so that reading along the
// kept axis is reading memory in order: many results are accumulated side by side.
func reduceCols[T, A number](p *reducePlan, x []T, f fold[T, A], put func(at int, acc A)) {
	n, m := p.kept.n, p.folded.n
	if n > stripes*wide/4 || p.kept.rank > 1 || n*m <= 2*grain {
		par.For(n, wide, func(lo, hi int) {
			accs, done := workspace[A](min(hi-lo, wide))
			defer done()
			for lo < hi {
				c := p.kept.seek(lo)
				k := p.kept.run(&c, min(hi-lo, len(accs)))
				foldCols(p, x, f, accs[:k], c.at, 0, m)
				for i, a := range accs[:k] {
					put(p.dst.seek(lo+i).at, a)
				}
				lo += k
			}
		})
		return
	}
	// Few columns of many rows: cut those into stripes, and join what comes of them in order. How many there are doesn't
	// depend on the number of threads.
	rows := max((m+stripes-1)/stripes, grain/n)
	parts, done := workspace[A]((m + rows - 1) / rows * n)
	defer done()
	par.For(m, rows, func(lo, hi int) { foldCols(p, x, f, parts[lo/rows*n:][:n], p.kept.offset, lo, hi) })
	for i := range n {
		acc := parts[i]
		for at := i + n; at < len(parts); at += n {
			acc = f.join(acc, parts[at])
		}
		put(p.dst.seek(i).at, acc)
	}
}

// foldCols folds rows lo to hi of the columns from at on, one into each of acc.
func foldCols[T, A number](p *reducePlan, x []T, f fold[T, A], acc []A, at, lo, hi int) {
	for i := range acc {
		acc[i] = f.init
	}
	r := p.folded.seek(lo)
	for ; lo < hi; lo++ {
		from := at + r.at
		f.col(acc, x[from:from+len(acc)])
		p.folded.advance(&r, 1)
	}
}

func reduceFloat[T float32 | float64](op backend.ReduceOp, p *reducePlan, dst, x backend.View) error {
	dd, xd := dst.Storage.DType(), x.Storage.DType()
	xs := slice[T](x)
	var f fold[T, float64]
	switch op {
	case backend.Sum:
		f = fold[T, float64]{init: 0, row: sumRow[T], col: sumCol[T, float64], join: func(a, b float64) float64 { return a + b }}
		if f, ok := any(&f).(*fold[float32, float64]); ok {
			f.four = sumRows32
		}
	case backend.Prod:
		f = fold[T, float64]{init: 1, row: prodRow[T, float64], col: prodCol[T, float64], join: func(a, b float64) float64 { return a * b }}
	case backend.Max, backend.Min:
		return reduceExtreme[T](op, p, dst, x)
	case backend.ArgMax, backend.ArgMin:
		reduceArg(op, p, slice[int64](dst), xs)
		return nil
	case backend.Any, backend.All:
		return reduceLogic(op, p, dst, xs)
	default:
		return errDType(op, xd)
	}
	if dd != xd {
		return fmt.Errorf("cpu: %s of %s writes %s, not %s", op, xd, xd, dd)
	}
	d := slice[T](dst)
	put := func(at int, acc float64) { d[at] = T(acc) }
	if x, ok := any(xs).([]float32); ok && op == backend.Sum && sumCols(p, x, put) {
		return nil
	}
	reduce(p, xs, f, put)
	return nil
}

func reduceInt[T int64 | int32 | int8 | uint8](op backend.ReduceOp, p *reducePlan, dst, x backend.View) error {
	dd, xd := dst.Storage.DType(), x.Storage.DType()
	xs := slice[T](x)
	var f fold[T, int64]
	switch op {
	case backend.Sum:
		f = fold[T, int64]{init: 0, row: sumRowInt[T], col: sumCol[T, int64], join: func(a, b int64) int64 { return a + b }}
	case backend.Prod:
		f = fold[T, int64]{init: 1, row: prodRow[T, int64], col: prodCol[T, int64], join: func(a, b int64) int64 { return a * b }}
	case backend.Max, backend.Min:
		return reduceExtreme[T](op, p, dst, x)
	case backend.ArgMax, backend.ArgMin:
		reduceArg(op, p, slice[int64](dst), xs)
		return nil
	case backend.Any, backend.All:
		return reduceLogic(op, p, dst, xs)
	default:
		return errDType(op, xd)
	}
	switch {
	case dd == dtype.Int64:
		d := slice[int64](dst)
		reduce(p, xs, f, func(at int, acc int64) { d[at] = acc })
	case dd == xd && dd != dtype.Bool:
		d := slice[T](dst)
		reduce(p, xs, f, func(at int, acc int64) { d[at] = T(acc) })
	default:
		return fmt.Errorf("cpu: %s of %s writes int64, not %s", op, xd, dd)
	}
	return nil
}

func sumRow[T float32 | float64](acc float64, x []T) float64 {
	if x, ok := any(x).([]float32); ok {
		return sum32(acc, x)
	}
	// Eight sums, because one addition has to wait for the last; pairs of them at the end.
	var s [8]float64
	for len(x) >= 8 {
		v := (*[8]T)(x)
		s[0] += float64(v[0])
		s[1] += float64(v[1])
		s[2] += float64(v[2])
		s[3] += float64(v[3])
		s[4] += float64(v[4])
		s[5] += float64(v[5])
		s[6] += float64(v[6])
		s[7] += float64(v[7])
		x = x[8:]
	}
	for _, v := range x {
		acc += float64(v)
	}
	return acc + (((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7])))
}

func sumRowInt[T int64 | int32 | int8 | uint8](acc int64, x []T) int64 {
	for _, v := range x {
		acc += int64(v)
	}
	return acc
}

func sumCol[T, A number](acc []A, x []T) {
	x = x[:len(acc)]
	if x, ok := any(x).([]float32); ok {
		if acc, ok := any(acc).([]float64); ok && len(acc) > 0 {
			asm.Best.AddWide(len(acc), &acc[0], &x[0])
			return
		}
	}
	for i := range acc {
		acc[i] += A(x[i])
	}
}

func prodRow[T, A number](acc A, x []T) A {
	// Several products, because one multiplication has to wait for the last.
	p := [4]A{1, 1, 1, 1}
	for ; len(x) >= 4; x = x[4:] {
		v := (*[4]T)(x)
		p[0] *= A(v[0])
		p[1] *= A(v[1])
		p[2] *= A(v[2])
		p[3] *= A(v[3])
	}
	acc *= (p[0] * p[1]) * (p[2] * p[3])
	for _, v := range x {
		acc *= A(v)
	}
	return acc
}

func prodCol[T, A number](acc []A, x []T) {
	x = x[:len(acc)]
	for i := range acc {
		acc[i] *= A(x[i])
	}
}

// reduceExtreme is Max and Min. Go's max and min give NaN if either operand is.
func reduceExtreme[T number](op backend.ReduceOp, p *reducePlan, dst, x backend.View) error {
	dd, xd := dst.Storage.DType(), x.Storage.DType()
	if dd != xd {
		return fmt.Errorf("cpu: %s of %s writes %s, not %s", op, xd, xd, dd)
	}
	lowest, highest := limits[T]()
	f := fold[T, T]{
		init: lowest,
		row: func(acc T, x []T) T {
			for _, v := range x {
				acc = max(acc, v)
			}
			return acc
		},
		col: func(acc, x []T) {
			for i, v := range x {
				acc[i] = max(acc[i], v)
			}
		},
		join: func(a, b T) T { return max(a, b) },
	}
	if op == backend.Min {
		f = fold[T, T]{
			init: highest,
			row: func(acc T, x []T) T {
				for _, v := range x {
					acc = min(acc, v)
				}
				return acc
			},
			col: func(acc, x []T) {
				for i, v := range x {
					acc[i] = min(acc[i], v)
				}
			},
			join: func(a, b T) T { return min(a, b) },
		}
	}
	if f32, ok := any(&f).(*fold[float32, float32]); ok {
		row, kernel, rows := max32, onSlices2[float32](asm.Best.Binary(backend.Maximum, dtype.Float32)), asm.Best.MaxRows
		if op == backend.Min {
			row, kernel, rows = min32, onSlices2[float32](asm.Best.Binary(backend.Minimum, dtype.Float32)), asm.Best.MinRows
		}
		join := f32.join
		f32.row = func(acc float32, x []float32) float32 { return join(acc, row(x)) }
		f32.four = func(acc *[4]float32, x []float32, step, n int) {
			whole := n &^ 15
			nan := rows(whole, &acc[0], &x[0], 4*step)
			for r := range acc {
				line := x[r*step:][:n]
				if nan != 0 {
					acc[r] = row(line)
					continue
				}
				for _, v := range line[whole:] {
					acc[r] = join(acc[r], v)
				}
			}
		}
		if kernel != nil {
			f32.col = func(acc, x []float32) { kernel(acc, acc, x) }
		}
	}
	d := slice[T](dst)
	reduce(p, slice[T](x), f, func(at int, acc T) { d[at] = acc })
	return nil
}

// limits returns the smallest and the largest value of a type, infinities included.
func limits[T number]() (lowest, highest T) {
	set := func(lo, hi any) { lowest, highest = lo.(T), hi.(T) }
	switch any(lowest).(type) {
	case float32:
		set(float32(math.Inf(-1)), float32(math.Inf(1)))
	case float64:
		set(math.Inf(-1), math.Inf(1))
	case int64:
		set(int64(math.MinInt64), int64(math.MaxInt64))
	case int32:
		set(int32(math.MinInt32), int32(math.MaxInt32))
	case int8:
		set(int8(math.MinInt8), int8(math.MaxInt8))
	default:
		set(uint8(0), uint8(math.MaxUint8))
	}
	return lowest, highest
}

// reduceArg is ArgMax and ArgMin over one axis: the first of equals, or the first NaN.
func reduceArg[T number](op backend.ReduceOp, p *reducePlan, dst []int64, x []T) {
	m, step := p.folded.n, p.folded.stride[0]
	if m > 2*segment {
		reduceArgSegments(op, p, dst, x)
		return
	}
	lines, ok := any(x).([]float32)
	vector := ok && step == 1 && m > 16
	row := p.kept.rank - 1
	rows := max(1, grain/m)
	if p.kept.n >= fourRows {
		rows = (rows + 3) &^ 3
	}
	par.For(p.kept.n, rows, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if vector && hi-i >= 4 && m <= argFour && row >= 0 && p.kept.stride[row] >= 0 {
				first := p.kept.seek(i)
				at := first.at
				var best [4]int
				if p.kept.run(&first, 4) >= 4 && argRows32(op, &best, lines[at:], p.kept.stride[row], m) {
					for r, k := range best {
						dst[p.dst.seek(i+r).at] = int64(k)
					}
					i += 3
					continue
				}
			}
			at := p.kept.seek(i).at
			if vector {
				dst[p.dst.seek(i).at] = int64(argRow32(op, lines[at:at+m]))
				continue
			}
			best, where := x[at], 0
			for k := 1; k < m && best == best; k++ { // stop at NaN
				at += step
				v := x[at]
				if op == backend.ArgMax && !(v <= best) || op == backend.ArgMin && !(v >= best) {
					best, where = v, k
				}
			}
			dst[p.dst.seek(i).at] = int64(where)
		}
	})
}

// argRow32 is ArgMax or ArgMin of a row: the extreme of each block, then where the best block has it.
func argRow32(op backend.ReduceOp, x []float32) int {
	extreme, better := asm.Best.Max, func(v, best float32) bool { return v > best }
	if op == backend.ArgMin {
		extreme, better = asm.Best.Min, func(v, best float32) bool { return v < best }
	}
	best, from := x[0], 0
	for at := 0; at < len(x); at += block {
		v, nan := extreme(min(block, len(x)-at), &x[at])
		if nan != 0 {
			return at + slices.IndexFunc(x[at:], func(v float32) bool { return v != v })
		}
		if better(v, best) {
			best, from = v, at
		}
	}
	return from + find32(x[from:], best)
}

// argFour is how long rows are at most of which four are taken together: they are to stay in L2 until their extreme is looked for.
const argFour = 16 << 10

// argRows32 is that of four rows of n elements, step apart, unless there is a NaN.
func argRows32(op backend.ReduceOp, best *[4]int, x []float32, step, n int) bool {
	rows, better := asm.Best.MaxRows, maximum[float32]
	if op == backend.ArgMin {
		rows, better = asm.Best.MinRows, minimum[float32]
	}
	var extremes [4]float32
	whole := n &^ 15
	if rows(whole, &extremes[0], &x[0], 4*step) != 0 {
		return false
	}
	for r := range best {
		line := x[r*step:][:n]
		for i := whole; i < n; i++ {
			better(extremes[r:r+1], extremes[r:r+1], line[i:i+1])
		}
		if extremes[r] != extremes[r] {
			return false
		}
		best[r] = find32(line, extremes[r])
	}
	return true
}

// reduceLogic is Any and All; anything but zero is true, NaN included.
func reduceLogic[T number](op backend.ReduceOp, p *reducePlan, dst backend.View, x []T) error {
	if dst.Storage.DType() != dtype.Bool {
		return fmt.Errorf("cpu: %s writes bool, not %s", op, dst.Storage.DType())
	}
	f := fold[T, uint8]{
		row: func(acc uint8, x []T) uint8 {
			for _, v := range x {
				acc |= truth[uint8](v != 0)
			}
			return acc
		},
		col: func(acc []uint8, x []T) {
			for i, v := range x {
				acc[i] |= truth[uint8](v != 0)
			}
		},
		join: func(a, b uint8) uint8 { return a | b },
	}
	if op == backend.All {
		f = fold[T, uint8]{
			init: 1,
			row: func(acc uint8, x []T) uint8 {
				for _, v := range x {
					acc &= truth[uint8](v != 0)
				}
				return acc
			},
			col: func(acc []uint8, x []T) {
				for i, v := range x {
					acc[i] &= truth[uint8](v != 0)
				}
			},
			join: func(a, b uint8) uint8 { return a & b },
		}
	}
	d := slice[uint8](dst)
	reduce(p, x, f, func(at int, acc uint8) { d[at] = acc })
	return nil
}
