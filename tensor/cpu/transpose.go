package cpu

import (
	"slices"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

// tileSide is how many rows and columns are transposed at a time. A tile goes through a buffer in the L1 cache: rows that
// lie a power of two apart would push each other out of it, were they written in place.
const tileSide = 32

// inMemoryOrder gives the axes of two views the order in which the first lies in memory. A copy may take them in any.
func inMemoryOrder(dst, x backend.View) (backend.View, backend.View) {
	order := make([]int, len(dst.Layout.Shape))
	for a := range order {
		order[a] = a
	}
	slices.SortStableFunc(order, func(a, b int) int { return magnitude(dst.Layout.Stride[b]) - magnitude(dst.Layout.Stride[a]) })
	permuted := func(v backend.View) backend.View {
		l := backend.Layout{Shape: make([]int, len(order)), Stride: make([]int, len(order)), Offset: v.Layout.Offset}
		for i, a := range order {
			l.Shape[i], l.Stride[i] = v.Layout.Shape[a], v.Layout.Stride[a]
		}
		return backend.View{Storage: v.Storage, Layout: l}
	}
	return permuted(dst), permuted(x)
}

// transpose copies x, whose elements lie one after another along another axis than dst's do, and reports whether that is
// how they lie.
func transpose[T elem](dst, x backend.View) bool {
	p, _ := newNest(dst, x)
	inner := p.rank - 1
	across := slices.Index(p.stride[1][:p.rank], 1)
	if p.n == 0 || across < 0 || across == inner || p.stride[0][inner] != 1 || p.shape[inner] < 4 || p.shape[across] < 4 ||
		p.stride[0][across] < 0 || p.stride[1][inner] < 0 { // tiles are read and written upwards
		return false
	}
	// The other axes are walked over; a tile is across × inner.
	var dl, xl backend.Layout
	for a := range inner {
		if a != across {
			dl.Shape, dl.Stride = append(dl.Shape, p.shape[a]), append(dl.Stride, p.stride[0][a])
			xl.Shape, xl.Stride = append(xl.Shape, p.shape[a]), append(xl.Stride, p.stride[1][a])
		}
	}
	dw, xw := newWalk(backend.Layout{Shape: dl.Shape, Stride: dl.Stride, Offset: dst.Layout.Offset}), newWalk(backend.Layout{Shape: xl.Shape, Stride: xl.Stride, Offset: x.Layout.Offset})
	d, s := slice[T](dst), slice[T](x)
	rows, cols := p.shape[across], p.shape[inner]
	dRow, sRow := p.stride[0][across], p.stride[1][inner]
	rowTiles, colTiles := (rows+tileSide-1)/tileSide, (cols+tileSide-1)/tileSide
	par.For(dw.n*rowTiles*colTiles, 16, func(lo, hi int) {
		buf := new([tileSide * tileSide]T)
		for ; lo < hi; lo++ {
			r, c := lo/colTiles%rowTiles*tileSide, lo%colTiles*tileSide
			outer := lo / (rowTiles * colTiles)
			h, w := min(tileSide, rows-r), min(tileSide, cols-c)
			from := s[xw.seek(outer).at+r+c*sRow:]
			transposeTile(buf, from, sRow, h, w)
			to := d[dw.seek(outer).at+r*dRow+c:]
			for i := range h {
				copy(to[i*dRow:i*dRow+w], buf[i*tileSide:])
			}
		}
	})
	return true
}

// transposeTile puts h columns of x, whose w rows lie sRow apart, into rows of buf.
func transposeTile[T elem](buf *[tileSide * tileSide]T, x []T, sRow, h, w int) {
	c := 0
	if unsafe.Sizeof(x[0]) == 4 && sRow >= 0 {
		for blocks := h / 8; blocks > 0 && c+8 <= w; c += 8 {
			asm.Best.Transpose8(blocks, (*byte)(unsafe.Pointer(&buf[c])), 4*tileSide, (*byte)(unsafe.Pointer(&x[c*sRow])), 4*sRow)
			for j := c; j < c+8; j++ {
				for i, v := range x[j*sRow+8*blocks : j*sRow+h] {
					buf[(8*blocks+i)*tileSide+j] = v
				}
			}
		}
	}
	for ; c+4 <= w; c += 4 { // four rows, so that the buffer is written in pieces
		a, b, y, z := x[c*sRow:][:h], x[(c+1)*sRow:][:h], x[(c+2)*sRow:][:h], x[(c+3)*sRow:][:h]
		for i, v := range a {
			to := (*[4]T)(buf[i*tileSide+c:])
			to[0], to[1], to[2], to[3] = v, b[i], y[i], z[i]
		}
	}
	for ; c < w; c++ {
		for i, v := range x[c*sRow:][:h] {
			buf[i*tileSide+c] = v
		}
	}
}
