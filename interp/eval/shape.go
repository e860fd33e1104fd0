//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import "reflect"

// Function values of a few signatures without pointers, those of what sort.Slice, strings.Map or a
// plot call back a thousand times, have code that the compiler made instead of reflect's stub: a
// closure over the *closure. A third of the time is left.
var (
	wordToWord   = codeOf(func(c *closure) any { return func(a uintptr) uintptr { return c.words(a, 0) } })
	wordsToWord  = codeOf(func(c *closure) any { return func(a, b uintptr) uintptr { return c.words(a, b) } })
	floatToFloat = codeOf(func(c *closure) any { return func(x float64) float64 { return c.float(x) } })
)

// codeOf is the code of the function that shape makes.
func codeOf(shape func(*closure) any) uintptr {
	f := shape(new(closure))
	return *(*uintptr)((*iface)(ptr(&f)).data)
}

// shapeCode is the code for values of a function; 0 if it needs reflect's.
func shapeCode(f *function) uintptr {
	if len(f.outs) != 1 {
		return 0
	}
	words, floats := 0, 0
	for _, s := range append([]slot{f.outs[0]}, f.ins...) {
		switch k := reflect.Kind(s.typ.Kind & kindMask); {
		case k >= reflect.Bool && k <= reflect.Uintptr:
			words++
		case k == reflect.Float64:
			floats++
		default:
			return 0
		}
	}
	switch {
	case floats == 0 && words == 2:
		return wordToWord
	case floats == 0 && words == 3:
		return wordsToWord
	case words == 0 && floats == 2:
		return floatToFloat
	}
	return 0
}

// kindMask cuts what else is in the byte that has a type's kind.
const kindMask = 1<<5 - 1

// words calls the function with one or two words. What a register has beyond a type's size is junk.
func (c *closure) words(a, b uintptr) (r uintptr) {
	f := c.fn
	callFrom(f, c.env, func(fr *frame) {
		putWord(fr, wordPiece(f.ins[0]), a)
		if len(f.ins) > 1 {
			putWord(fr, wordPiece(f.ins[1]), b)
		}
	}, func(fr *frame) {
		a := at(fr, f.outs[0].off)
		switch f.outs[0].typ.Size {
		case 1:
			r = uintptr(*(*uint8)(a))
		case 2:
			r = uintptr(*(*uint16)(a))
		case 4:
			r = uintptr(*(*uint32)(a))
		default:
			r = *(*uintptr)(a)
		}
	})
	return r
}

func wordPiece(s slot) piece {
	switch s.typ.Size {
	case 1:
		return piece{s.off, reflect.Uint8}
	case 2:
		return piece{s.off, reflect.Uint16}
	case 4:
		return piece{s.off, reflect.Uint32}
	}
	return piece{s.off, reflect.Uint64}
}

func (c *closure) float(x float64) (r float64) {
	f := c.fn
	callFrom(f, c.env, func(fr *frame) { *(*float64)(at(fr, f.ins[0].off)) = x }, func(fr *frame) { r = *(*float64)(at(fr, f.outs[0].off)) })
	return r
}
