package std

import (
	"unsafe"

	"github.com/rustygradients/rg/interp/symbols/internal/table"
)

// Package unsafe is known to the type checker and its functions to the executors; only its type
// needs a symbol.
func init() {
	register("unsafe", "unsafe", []symbol{{"Pointer", table.Type, (*unsafe.Pointer)(nil)}})
}
