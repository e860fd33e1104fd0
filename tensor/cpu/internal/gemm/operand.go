package gemm

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// operand is a matrix as pieces see it, bytes and strides: number (i, k) lies i·iStep + k·kStep bytes behind
// base. i counts its lines, the rows of A and the columns of B.
type operand struct {
	base         *byte
	iStep, kStep int
	lines        int
	format
}

// format is how numbers in memory become words that tiles multiply.
type format struct {
	size  int // bytes of a number in memory
	word  int // bytes of a word
	group int // numbers in a word

	// convert writes n numbers that lie one after another as words; a word that is not full is filled up
	// with zero. It is nil where words are the numbers as they are.
	convert func(set *asm.Set, dst, src *byte, n int)

	// pair writes words of two numbers, one of each row.
	pair func(set *asm.Set, dst, src, next *byte, n int)
}

var (
	float32s = format{size: 4, word: 4, group: 1}
	float64s = format{size: 8, word: 8, group: 1}
	bf16s    = format{size: 2, word: 4, group: 1, convert: func(set *asm.Set, dst, src *byte, n int) {
		widen(set.WidenBF16, dtype.WidenBFloat16, dst, src, n)
	}}
	f16s = format{size: 2, word: 4, group: 1, convert: func(set *asm.Set, dst, src *byte, n int) {
		widen(set.WidenF16, dtype.WidenFloat16, dst, src, n)
	}}
	bf16Pairs = format{size: 2, word: 4, group: 2, convert: func(_ *asm.Set, dst, src *byte, n int) {
		copy(bytes(dst, 2*n), bytes(src, 2*n))
		if n%2 != 0 {
			*at[uint16](dst, 2*n) = 0
		}
	}, pair: func(set *asm.Set, dst, src, next *byte, n int) {
		whole := n &^ 15
		if whole > 0 {
			set.Pair16(whole, dst, src, next)
		}
		for i := whole; i < n; i++ {
			*at[[2]uint16](dst, 4*i) = [2]uint16{*at[uint16](src, 2*i), *at[uint16](next, 2*i)}
		}
	}}
	int8Pairs = format{size: 1, word: 4, group: 2, convert: func(set *asm.Set, dst, src *byte, n int) {
		whole := n &^ 15
		if whole > 0 {
			set.Extend(whole, dst, src)
		}
		for i := whole; i < n; i++ {
			*at[int16](dst, 2*i) = int16(*at[int8](src, i))
		}
		if n%2 != 0 {
			*at[int16](dst, 2*n) = 0
		}
	}, pair: func(set *asm.Set, dst, src, next *byte, n int) {
		whole := n &^ 15
		if whole > 0 {
			set.Pair(whole, dst, src, next)
		}
		for i := whole; i < n; i++ {
			*at[[2]int16](dst, 4*i) = [2]int16{int16(*at[int8](src, i)), int16(*at[int8](next, i))}
		}
	}}
)

func widen(many func(n int, dst, src *byte), one func(uint16) float32, dst, src *byte, n int) {
	whole := n &^ 15
	if whole > 0 {
		many(whole, dst, src)
	}
	for i := whole; i < n; i++ {
		*at[float32](dst, 4*i) = one(*at[uint16](src, 2*i))
	}
}

// at returns the T that many bytes behind p.
func at[T any](p *byte, n int) *T { return (*T)(unsafe.Add(unsafe.Pointer(p), n)) }

// bytes returns n bytes from p on.
func bytes(p *byte, n int) []byte { return unsafe.Slice(p, n) }

// from returns the operand without its first i and k.
func (o *operand) from(i, k int) operand {
	moved := *o
	moved.base = at[byte](o.base, i*o.iStep+k*o.kStep)
	moved.lines -= i
	return moved
}

// spread reports whether lines, or numbers of a line, that are apart fall into many different cache sets.
func (o *operand) spread() bool { return max(o.iStep, -o.iStep, o.kStep, -o.kStep)%512 != 0 }

// zeros stands for a row that is not there.
var zeros [256]byte

// across writes the words of numbers k, and those that share a word with it, of n lines that lie side by side.
// There are left numbers from k on.
func (o *operand) across(set *asm.Set, dst *byte, k, n, left int) {
	src := at[byte](o.base, k*o.kStep)
	switch {
	case o.group == 2:
		next := &zeros[0]
		if left > 1 {
			next = at[byte](src, o.kStep)
		}
		o.pair(set, dst, src, next, n)
	case o.convert != nil:
		o.convert(set, dst, src, n)
	default:
		copy(bytes(dst, n*o.size), bytes(src, n*o.size))
	}
}

// along writes the words of line i, kk numbers of it, gathering numbers that are apart in scratch.
func (o *operand) along(set *asm.Set, dst *byte, i, kk int, scratch *byte) {
	src := at[byte](o.base, i*o.iStep)
	if o.kStep != o.size {
		to := scratch
		if o.convert == nil {
			to = dst
		}
		switch o.size {
		case 1:
			gather[uint8](to, src, kk, o.kStep)
		case 2:
			gather[uint16](to, src, kk, o.kStep)
		case 4:
			gather[uint32](to, src, kk, o.kStep)
		default:
			gather[uint64](to, src, kk, o.kStep)
		}
		src = to
	}
	switch {
	case o.convert != nil:
		o.convert(set, dst, src, kk)
	case dst != src:
		copy(bytes(dst, kk*o.size), bytes(src, kk*o.size))
	}
}

func gather[T any](dst, src *byte, n, step int) {
	to := unsafe.Slice(at[T](dst, 0), n)
	for i := range to {
		to[i] = *at[T](src, i*step)
	}
}

// panels writes kk numbers of n lines as panels of w lines: each is row after row of w words, which tiles read
// together. Lines that are not there are left out, or are zero. It returns how far apart panels are, in bytes.
func (o *operand) panels(set *asm.Set, dst *byte, w, n, kk int, scratch *lines) (panel int) {
	panel = panelSize(ceilDiv(kk, o.group), w, o.word)
	if o.iStep == o.size {
		o.panelsAcross(set, dst, w, n, kk, panel, scratch)
		return panel
	}
	for j := 0; j < n; j += w {
		part := o.from(j, 0)
		part.panelAlong(set, at[byte](dst, j/w*panel), w, min(w, n-j), kk, scratch)
	}
	return panel
}

// panelSize is the bytes of a panel: some more than its words, which routines may write to, and which keep panels
// off powers of two, where they would share cache sets.
func panelSize(words, w, word int) int { return (words*w*word+asm.SpreadSlack-1)&^63 + 64 }

// panelAlong writes one panel of lines that lie along k.
func (o *operand) panelAlong(set *asm.Set, dst *byte, w, n, kk int, scratch *lines) {
	words := ceilDiv(kk, o.group)
	side, transpose := 8, set.Transpose8
	if o.word == 8 {
		side, transpose = 4, set.Transpose4
	}
	blocks := words / side
	// From the last lines to the first, because a square may write past the row, into the next one's beginning.
	for j := (w - 1) / side * side; j >= 0; j -= side {
		wanted := min(side, w-j)
		var src *byte
		step := o.iStep
		if o.lines-j >= side && o.convert == nil && o.kStep == o.size {
			src = at[byte](o.base, j*o.iStep)
		} else {
			src, step = &scratch.words[0][0], len(scratch.words[0])
			for c := range wanted {
				line := scratch.words[c][:words*o.word]
				if j+c < n {
					o.along(set, &line[0], j+c, kk, &scratch.numbers[0])
				} else {
					clear(line)
				}
			}
		}
		to, done := at[byte](dst, j*o.word), 0
		if blocks > 0 && wanted >= side/2 {
			transpose(blocks, to, w*o.word, src, step)
			done = blocks * side
		}
		for k := done; k < words; k++ {
			for c := range wanted {
				if o.word == 8 {
					*at[uint64](to, k*w*8+8*c) = *at[uint64](src, c*step+8*k)
				} else {
					*at[uint32](to, k*w*4+4*c) = *at[uint32](src, c*step+4*k)
				}
			}
		}
	}
}

// panelsAcross writes panels of lines that lie side by side.
func (o *operand) panelsAcross(set *asm.Set, dst *byte, w, n, kk, panel int, scratch *lines) {
	row, words := w*o.word, ceilDiv(kk, o.group)
	if o.convert == nil {
		// As many as may be moved in whole registers.
		whole := n / w
		for whole > 0 && whole*row+spreadOver(row) > o.lines*o.word {
			whole--
		}
		if whole > 0 {
			set.Spread(words, whole, row, dst, panel, o.base, o.kStep)
		}
		for j := whole * w; j < n; j += w {
			size := min(w, n-j) * o.word
			for k := range words {
				copyWords(at[byte](dst, j/w*panel+k*row), at[byte](o.base, j*o.size+k*o.kStep), size)
			}
		}
		return
	}
	const most = 256 // lines together: what is converted stays near
	for j := 0; j < n; j += most / w * w {
		part, count := o.from(j, 0), min(most/w*w, n-j)
		for k := range words {
			part.across(set, &scratch.numbers[0], k*o.group, count, kk-k*o.group)
			set.Spread(1, ceilDiv(count, w), row, at[byte](dst, j/w*panel+k*row), panel, &scratch.numbers[0], 0)
		}
	}
}

// spreadOver is how many bytes Spread reads behind what it is asked for.
func spreadOver(width int) int {
	for _, moved := range []int{32, 64, 128} {
		if width <= moved {
			return moved - width
		}
	}
	return 0
}

// copyWords copies a few words.
func copyWords(dst, src *byte, n int) {
	for ; n >= 4; n -= 4 {
		*at[uint32](dst, n-4) = *at[uint32](src, n-4)
	}
}

// lines is room for what is rearranged before it is packed. Its rows are off powers of two, where they would share
// cache sets.
type lines struct {
	words   [8][kcBytes + 64]byte
	numbers [kcBytes + 64]byte
}
