package cpu

import "github.com/rustygradients/rg/tensor/backend"

// reduceArgSegments is reduceArg of long rows: each is cut into segments, between which an interrupt is seen, and the first
// best of their bests is the row's.
func reduceArgSegments[T number](op backend.ReduceOp, p *reducePlan, dst []int64, x []T) {
	m, step := p.folded.n, p.folded.stride[0]
	whole := m / segment
	best, done := workspace[int64](whole + 1)
	defer done()
	for i := range p.kept.n {
		from := p.kept.seek(i).at
		part := func(at, count, n int) {
			rows, cols := backend.Contiguous(count), backend.Layout{Shape: []int{n}, Stride: []int{step}}
			kept := backend.Layout{Shape: []int{count}, Stride: []int{segment * step}, Offset: from + at*segment*step}
			reduceArg(op, &reducePlan{dst: newWalk(rows), kept: newWalk(kept), folded: newWalk(cols)}, best[at:], x)
		}
		part(0, whole, segment)
		count := whole
		if rest := m % segment; rest > 0 {
			part(whole, 1, rest)
			count++
		}
		at := func(s int) int { return s*segment + int(best[s]) }
		first := at(0)
		for s := 1; s < count; s++ {
			v, w := x[from+at(s)*step], x[from+first*step]
			if w != w { // NaN
				break
			}
			if v != v || op == backend.ArgMax && v > w || op == backend.ArgMin && v < w {
				first = at(s)
			}
		}
		dst[p.dst.seek(i).at] = int64(first)
	}
}
