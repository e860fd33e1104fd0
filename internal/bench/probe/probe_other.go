//go:build !amd64

package probe

import "unsafe"

const fmaFLOP = 0

var (
	fma  func(n int)
	read func(n int, p unsafe.Pointer)
)
