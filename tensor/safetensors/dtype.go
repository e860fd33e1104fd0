package safetensors

import "fmt"

// DType is the type of a tensor's elements, by the format's own names.
type DType uint8

// The data types, in the order of the Rust library, by which files are sorted. The names after the
// underscores give exponent and mantissa bits.
const (
	BOOL    DType = iota + 1 // a byte, 0 or 1
	F4                       // two to a byte
	F6_E2M3                  // four to three bytes
	F6_E3M2                  // four to three bytes
	U8
	I8
	F8_E5M2
	F8_E4M3
	F8_E8M0     // an exponent alone: the scale of a block
	F8_E4M3FNUZ // without infinities and negative zero
	F8_E5M2FNUZ
	I16
	U16
	F16
	BF16
	I32
	U32
	F32
	C64 // complex: two F32
	F64
	I64
	U64
)

var types = [...]struct {
	name string
	bits int
}{
	BOOL: {"BOOL", 8}, F4: {"F4", 4}, F6_E2M3: {"F6_E2M3", 6}, F6_E3M2: {"F6_E3M2", 6},
	U8: {"U8", 8}, I8: {"I8", 8}, F8_E5M2: {"F8_E5M2", 8}, F8_E4M3: {"F8_E4M3", 8}, F8_E8M0: {"F8_E8M0", 8},
	F8_E4M3FNUZ: {"F8_E4M3FNUZ", 8}, F8_E5M2FNUZ: {"F8_E5M2FNUZ", 8},
	I16: {"I16", 16}, U16: {"U16", 16}, F16: {"F16", 16}, BF16: {"BF16", 16},
	I32: {"I32", 32}, U32: {"U32", 32}, F32: {"F32", 32},
	C64: {"C64", 64}, F64: {"F64", 64}, I64: {"I64", 64}, U64: {"U64", 64},
}

var byName = func() map[string]DType {
	m := map[string]DType{}
	for d, t := range types {
		if t.bits > 0 {
			m[t.name] = DType(d)
		}
	}
	return m
}()

// ParseDType finds a data type by its name in files, as "BF16".
func ParseDType(name string) (DType, bool) {
	d, ok := byName[name]
	return d, ok
}

// Bits returns the size of an element, which for F4 and F6 is no whole number of bytes; 0 for what is
// not a data type.
func (d DType) Bits() int {
	if int(d) >= len(types) {
		return 0
	}
	return types[d].bits
}

func (d DType) String() string {
	if d.Bits() == 0 {
		return fmt.Sprintf("DType(%d)", uint8(d))
	}
	return types[d].name
}
