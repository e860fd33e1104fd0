// Package dtype names the element types of tensors, and converts those that Go lacks, the two half-precision
// floats.
package dtype

import "fmt"

// DType is the type of a tensor's elements.
type DType uint8

// The element types. Float32 is the default everywhere.
const (
	Invalid DType = iota
	Float32
	Float64
	Float16
	BFloat16
	Int64
	Int32
	Int8
	Uint8
	Bool
)

var info = [...]struct {
	name string
	size int
}{
	Invalid:  {"invalid", 0},
	Float32:  {"float32", 4},
	Float64:  {"float64", 8},
	Float16:  {"float16", 2},
	BFloat16: {"bfloat16", 2},
	Int64:    {"int64", 8},
	Int32:    {"int32", 4},
	Int8:     {"int8", 1},
	Uint8:    {"uint8", 1},
	Bool:     {"bool", 1},
}

// Size returns the bytes that one element takes.
func (d DType) Size() int {
	if int(d) >= len(info) {
		return 0
	}
	return info[d].size
}

// IsFloat reports whether d is a floating-point type.
func (d DType) IsFloat() bool { return d >= Float32 && d <= BFloat16 }

// IsHalf reports whether d is one of the floating-point types of two bytes.
func (d DType) IsHalf() bool { return d == Float16 || d == BFloat16 }

// IsInt reports whether d is an integer type; Bool is not one.
func (d DType) IsInt() bool { return d >= Int64 && d <= Uint8 }

func (d DType) String() string {
	if int(d) >= len(info) {
		return fmt.Sprintf("dtype(%d)", uint8(d))
	}
	return info[d].name
}
