package huge

import (
	"testing"
	"unsafe"
)

func TestBytes(t *testing.T) {
	for _, n := range []int{1, page, page + 1} {
		b := Bytes(n)
		if len(b) < n || len(b)%page != 0 {
			t.Errorf("%d bytes for %d", len(b), n)
		}
		if uintptr(unsafe.Pointer(&b[0]))%page != 0 {
			t.Error("doesn't begin a huge page")
		}
		for i := range b {
			if b[i] != 0 {
				t.Fatal("isn't zero")
			}
			b[i] = 1
		}
	}
}
