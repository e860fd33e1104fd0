//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import "reflect"

// boundsError mirrors the runtime's.
type boundsError struct {
	x      int64
	y      int
	signed bool
	code   boundsCode
}

// boundsCode says which bound of a slice expression fails. A slice is bounded by its capacity, an
// array by its length.
type boundsCode uint8

const (
	boundsIndex boundsCode = iota
	boundsSliceLen
	boundsSliceCap
	boundsSliceLow
	boundsSlice3Len
	boundsSlice3Cap
	boundsSlice3High
	boundsSlice3Low
	boundsConvert
)

// boundsErrorType is the type of the runtime's errors of bounds.
var boundsErrorType = func() (t *rtype) {
	defer func() { t = rt(reflect.TypeOf(recover())) }()
	i := -1
	_ = make([]int, 0)[max(i, 0)]
	return nil
}()

func panicBounds(code boundsCode, x int64, signed bool, y int) {
	e := &boundsError{x, y, signed, code}
	var v any
	*(*iface)(ptr(&v)) = iface{ptr(boundsErrorType), ptr(e)}
	panic(v.(error))
}

// bound is an operand of a slice expression.
type bound struct {
	at     func(*frame) int64
	signed bool
}

func (b bound) value(fr *frame, otherwise int) int64 {
	if b.at == nil {
		return int64(otherwise)
	}
	return b.at(fr)
}

// bounds checks s[low:high:limit] as the compiler does, from the right to the left. What limits the
// rightmost is the length of an array, or the capacity of a slice.
func (s slice) bounds(fr *frame, low, high, limit bound, array bool) (l, h, k int) {
	a, b, c := low.value(fr, 0), high.value(fr, s.len), limit.value(fr, s.cap)
	if limit.at != nil {
		switch {
		case uint64(c) > uint64(s.cap) && array:
			panicBounds(boundsSlice3Len, c, limit.signed, s.cap)
		case uint64(c) > uint64(s.cap):
			panicBounds(boundsSlice3Cap, c, limit.signed, s.cap)
		case uint64(b) > uint64(c):
			panicBounds(boundsSlice3High, b, high.signed, int(c))
		case uint64(a) > uint64(b):
			panicBounds(boundsSlice3Low, a, low.signed, int(b))
		}
		return int(a), int(b), int(c)
	}
	switch {
	case uint64(b) > uint64(s.cap) && array:
		panicBounds(boundsSliceLen, b, high.signed, s.cap)
	case uint64(b) > uint64(s.cap):
		panicBounds(boundsSliceCap, b, high.signed, s.cap)
	case uint64(a) > uint64(b):
		panicBounds(boundsSliceLow, a, low.signed, int(b))
	}
	return int(a), int(b), int(c)
}
