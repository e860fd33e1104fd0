// Package huge makes memory that the system backs with huge pages, where it can. With pages of 4 KiB, a product of
// matrices spends a tenth of its time and more looking up where pages are: what was copied of its operands, and the
// operands themselves, whose rows lie a page apart.
package huge

import "unsafe"

// page is the size of a huge page, on every processor that has them and that rg knows.
const page = 2 << 20

// Bytes returns n bytes of zeros that begin a huge page, if that is possible, for what lives long. What is in them is
// never a pointer.
func Bytes(n int) []byte {
	n = (n + page - 1) &^ (page - 1)
	b := make([]byte, n+page)
	skip := int(-address(b) & (page - 1))
	b = b[skip : skip+n : skip+n]
	advise(address(b), uintptr(n))
	collapse(address(b), uintptr(n))
	return b
}

// Back asks for huge pages for b, of Go's heap, and for what else of the heap lies in the first and the last of them. Where
// the heap has used the memory before, small pages stay: to collapse them takes longer than a fresh tensor is worth.
func Back(b []byte) {
	if len(b) < page {
		return
	}
	// Only as numbers: a pointer to where the heap has nothing is one that the garbage collector must not see.
	from, to := address(b)&^(page-1), (address(b)+uintptr(len(b))+page-1)&^(page-1)
	advise(from, to-from)
}

func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
