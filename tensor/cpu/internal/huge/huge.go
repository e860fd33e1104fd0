// Package huge makes memory that the system backs with huge pages, where it can. With pages of 4 KiB, a product of
// matrices spends a tenth of its time looking up where pages are.
package huge

import "unsafe"

// page is the size of a huge page, on every processor that has them and that rg knows.
const page = 2 << 20

// Bytes returns n bytes of zeros that begin a huge page, if that is possible. What is in them is never a pointer.
func Bytes(n int) []byte {
	n = (n + page - 1) &^ (page - 1)
	b := make([]byte, n+page)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (page - 1))
	b = b[skip : skip+n : skip+n]
	advise(b)
	return b
}
