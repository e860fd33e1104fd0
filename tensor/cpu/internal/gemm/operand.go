package gemm

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// operand is a matrix as pieces see it, bytes and strides: number (i, k) lies i·iStep + k·kStep bytes behind
// base. i counts the rows of A and the columns of B.
type operand struct {
	base         *byte
	iStep, kStep int
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
	return moved
}

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

// panels writes kk numbers of n lines as panels, one behind the other: each is row after row of w words, which
// tiles read together. Lines that are not there become zero.
func (o *operand) panels(set *asm.Set, dst *byte, w, n, kk int, scratch *lines) {
	size := ceilDiv(kk, o.group) * w * o.word
	if o.iStep != o.size {
		for j := 0; j < n; j += w {
			part := o.from(j, 0)
			part.panel(set, at[byte](dst, j/w*size), w, min(w, n-j), kk, scratch)
		}
		return
	}
	// Four panels together, because rows are read best where they are long.
	for j := 0; j < n; j += 4 * w {
		part := o.from(j, 0)
		part.panelsAcross(set, at[byte](dst, j/w*size), w, min(4*w, n-j), kk, scratch)
	}
}

// panel writes one panel of lines that lie along k.
func (o *operand) panel(set *asm.Set, dst *byte, w, n, kk int, scratch *lines) {
	words := ceilDiv(kk, o.group)
	for j := 0; j < w; j += 8 {
		count := min(8, n-j)
		src, step := &scratch.words[0][0], len(scratch.words[0])
		if count == 8 && o.convert == nil && o.kStep == o.size {
			src, step = at[byte](o.base, j*o.iStep), o.iStep
		} else {
			for c := range 8 {
				line := &scratch.words[c][0]
				if c < count {
					o.along(set, line, j+c, kk, &scratch.numbers[0])
				} else {
					clear(scratch.words[c][:words*o.word])
				}
			}
		}
		columns(set, at[byte](dst, j*o.word), w*o.word, src, step, words, min(8, w-j), o.word)
	}
}

// panelsAcross writes up to four panels of lines that lie side by side.
func (o *operand) panelsAcross(set *asm.Set, dst *byte, w, n, kk int, scratch *lines) {
	row := w * o.word
	words := ceilDiv(kk, o.group)
	size := words * row
	whole := n / w
	for k := range words {
		src := at[byte](o.base, k*o.group*o.kStep)
		if o.convert != nil {
			o.across(set, &scratch.numbers[0], k*o.group, n, kk-k*o.group)
			src = &scratch.numbers[0]
		}
		to := at[byte](dst, k*row)
		for p := range whole {
			switch row { // known sizes become a few instructions
			case 64:
				*at[[64]byte](to, p*size) = *at[[64]byte](src, p*64)
			case 128:
				*at[[128]byte](to, p*size) = *at[[128]byte](src, p*128)
			default:
				copy(bytes(at[byte](to, p*size), row), bytes(at[byte](src, p*row), row))
			}
		}
		if rest := n - whole*w; rest > 0 {
			last := bytes(at[byte](to, whole*size), row)
			clear(last[copy(last, bytes(at[byte](src, whole*row), rest*o.word)):])
		}
	}
}

// columns writes lines of words, step bytes apart, as columns.
func columns(set *asm.Set, dst *byte, row int, src *byte, step, words, n, word int) {
	if word == 8 {
		for k := range words {
			for c := range n {
				*at[uint64](dst, k*row+8*c) = *at[uint64](src, c*step+8*k)
			}
		}
		return
	}
	done := 0
	if blocks := words / 8; n == 8 && blocks > 0 {
		set.Transpose8(blocks, dst, row, src, step)
		done = 8 * blocks
	}
	for c := range n {
		for k := done; k < words; k++ {
			*at[uint32](dst, k*row+4*c) = *at[uint32](src, c*step+4*k)
		}
	}
}

// block writes the words of kk numbers of n lines line after line, as A is read. It returns the stride of lines,
// in bytes.
func (o *operand) block(set *asm.Set, dst *byte, n, kk int, scratch *lines) (row int) {
	words := ceilDiv(kk, o.group)
	row = (words + apad) * o.word
	if o.iStep != o.size || o.kStep == o.size {
		for i := range n {
			o.along(set, at[byte](dst, i*row), i, kk, &scratch.numbers[0])
		}
		return row
	}
	for k := 0; k < words; k += 8 {
		count := min(8, words-k)
		src, step := at[byte](o.base, k*o.kStep), o.kStep
		if o.convert != nil {
			src, step = &scratch.words[0][0], len(scratch.words[0])
			for c := range count {
				from := (k + c) * o.group
				o.across(set, &scratch.words[c][0], from, n, kk-from)
			}
		}
		columns(set, at[byte](dst, k*o.word), row, src, step, n, count, o.word)
	}
	return row
}

// lines is room for what is rearranged before it is packed.
type lines struct {
	words   [8][8 * (kcMax + apad)]byte
	numbers [8 * (kcMax + apad)]byte
}
