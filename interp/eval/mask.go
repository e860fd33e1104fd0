//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"reflect"
	"unsafe"
)

const wordSize = unsafe.Sizeof(uintptr(0))

// mask says which words of a block of memory are pointers, a bit for each, as the collector reads it.
type mask struct {
	bits []byte
	end  uintptr // of the last pointer
}

// newMask has room for a block of so many bytes. The collector reads whole words of it.
func newMask(size uintptr) *mask {
	n := (size/wordSize + 7) / 8
	return &mask{bits: make([]byte, (n+wordSize-1)&^(wordSize-1))}
}

func (m *mask) set(off uintptr) {
	m.bits[off/wordSize/8] |= 1 << (off / wordSize % 8)
	m.end = max(m.end, off+wordSize)
}

// add marks the pointers of a value at an offset.
func (m *mask) add(off uintptr, t reflect.Type) {
	if rt(t).PtrBytes == 0 {
		return
	}
	switch t.Kind() {
	case reflect.Interface: // its first word points to what is never freed
		m.set(off + wordSize)
	case reflect.Array:
		for i := range t.Len() {
			m.add(off+uintptr(i)*t.Elem().Size(), t.Elem())
		}
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			m.add(off+f.Offset, f.Type)
		}
	default: // begins with its only one
		m.set(off)
	}
}
