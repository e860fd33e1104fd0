//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"reflect"
	"testing"
	"unsafe"
)

// TestMask: the pointers that a mask has are those that the compiler found.
func TestMask(t *testing.T) {
	for _, v := range []any{
		frame{}, 0, "", []int{}, struct {
			a int8
			b *int
			c [3]struct {
				n int
				s string
			}
			d any
			e error
			f func()
			g map[string]int
			h chan int
			i [2]int
			j unsafe.Pointer
			k [2]*int
			l uintptr
		}{}, [100]struct{ p, q *int }{}, [5]int{}, reflect.Value{},
	} {
		typ := reflect.TypeOf(v)
		r := rt(typ)
		m := newMask(typ.Size())
		m.add(0, typ)
		if m.end != r.PtrBytes {
			t.Errorf("%v: pointers end at %d, want %d", typ, m.end, r.PtrBytes)
		}
		if r.TFlag&flagMaskOnDemand != 0 {
			continue
		}
		for i := range r.PtrBytes / wordSize {
			got := m.bits[i/8] >> (i % 8) & 1
			want := *(*byte)(unsafe.Add(ptr(r.GCData), i/8)) >> (i % 8) & 1
			if got != want {
				t.Errorf("%v: word %d is %d, want %d", typ, i, got, want)
			}
		}
	}
}

// flagMaskOnDemand says that a type has no mask until the collector asks.
const flagMaskOnDemand = 1 << 4
