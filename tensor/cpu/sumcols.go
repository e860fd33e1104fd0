package cpu

import (
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

// The sums of the columns of a matrix of float32, that is over its first axis, as in a gradient of a bias.

const (
	sumColsMax  = 8 << 10   // columns at most: their sums are to stay in the L2 cache
	sumColsPart = 256 << 10 // elements a part has at least
	sumParts    = 16        // parts at most
)

// sumCols computes them if it is for the plan, and hands each to put. Rows are read as they lie in memory; parts of them are summed
// side by side and then added in order, so that the sums don't depend on the number of threads.
func sumCols(p *reducePlan, x []float32, put func(at int, acc float64)) bool {
	n, m := p.kept.n, p.folded.n
	if p.kept.rank != 1 || p.kept.stride[0] != 1 || p.folded.rank != 1 || p.folded.stride[0] < n || n < 16 || n > sumColsMax || m < 16 {
		return false
	}
	stride := p.folded.stride[0]
	parts := max(1, min(sumParts, n*m/sumColsPart))
	rows := (m/parts + 7) &^ 7
	parts = (m + rows - 1) / rows
	sums, done := workspace[float64](parts * n)
	defer done()
	par.For(parts, 1, func(lo, hi int) {
		for ; lo < hi; lo++ {
			acc := sums[lo*n : (lo+1)*n]
			clear(acc)
			addRows(acc, x[p.kept.offset+lo*rows*stride:], min(rows, m-lo*rows), stride)
		}
	})
	for i := range n {
		acc := 0.0
		for k := i; k < len(sums); k += n {
			acc += sums[k]
		}
		put(p.dst.seek(i).at, acc)
	}
	return true
}

// addRows adds m rows of x to acc.
func addRows(acc []float64, x []float32, m, stride int) {
	n := len(acc)
	whole := n &^ 15
	for ; m >= 8; m -= 8 {
		asm.Best.AddRows(whole, &acc[0], &x[0], 4*stride)
		for r := 0; whole < n && r < 8; r++ {
			asm.Best.AddWide(n-whole, &acc[whole], &x[r*stride+whole])
		}
		if m > 8 {
			x = x[8*stride:]
		}
	}
	for r := range m {
		asm.Best.AddWide(n, &acc[0], &x[r*stride])
	}
}
