package tensor

import "github.com/rustygradients/rg/tensor/dtype"

// DType is the type of a tensor's elements.
type DType = dtype.DType

// The element types. Float32 is what constructors make unless told otherwise.
const (
	Float32  = dtype.Float32
	Float64  = dtype.Float64
	Float16  = dtype.Float16
	BFloat16 = dtype.BFloat16
	Int64    = dtype.Int64
	Int32    = dtype.Int32
	Int8     = dtype.Int8
	Uint8    = dtype.Uint8
	Bool     = dtype.Bool
)

// category orders data types as PyTorch does: bool < integer < floating point.
func category(d DType) int {
	switch {
	case d.IsFloat():
		return 2
	case d.IsInt():
		return 1
	}
	return 0
}

// promoteTypes is the smallest data type that holds the values of both.
func promoteTypes(a, b DType) DType {
	if a == b {
		return a
	}
	if ca, cb := category(a), category(b); ca != cb {
		if ca > cb {
			return a
		}
		return b
	}
	if a.IsFloat() {
		switch {
		case a == Float64 || b == Float64:
			return Float64
		default: // float32 with a half, or the two halves together
			return Float32
		}
	}
	switch {
	case a == Int64 || b == Int64:
		return Int64
	default: // PyTorch makes int16 of int8 and uint8; the next one up that we have is int32
		return Int32
	}
}

// resultType is the data type that x and y are computed in. As in PyTorch, a rank-0 tensor does not
// widen one with axes unless its category is higher.
func resultType(x, y *Tensor) DType {
	a, b := x.DType(), y.DType()
	if a == b {
		return a
	}
	if x.Rank() > 0 && y.Rank() == 0 && category(a) >= category(b) {
		return a
	}
	if y.Rank() > 0 && x.Rank() == 0 && category(b) >= category(a) {
		return b
	}
	return promoteTypes(a, b)
}

// commonType is resultType of any number of operands.
func commonType(operands []*Tensor) DType {
	var ofAxes, ofScalars DType
	for _, t := range operands {
		dt := &ofScalars
		if t.Rank() > 0 {
			dt = &ofAxes
		}
		if *dt == dtype.Invalid {
			*dt = t.DType()
		}
		*dt = promoteTypes(*dt, t.DType())
	}
	if ofAxes == dtype.Invalid || ofScalars != dtype.Invalid && category(ofScalars) > category(ofAxes) {
		return ofScalars
	}
	return ofAxes
}

// floating is the data type that functions over the reals compute in: integers and bools become
// Float32.
func floating(d DType) DType {
	if d.IsFloat() {
		return d
	}
	return Float32
}
