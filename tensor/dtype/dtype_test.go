package dtype

import "testing"

func TestDType(t *testing.T) {
	for _, c := range []struct {
		d          DType
		name       string
		size       int
		float, int bool
	}{
		{Invalid, "invalid", 0, false, false},
		{Float32, "float32", 4, true, false},
		{Float64, "float64", 8, true, false},
		{Float16, "float16", 2, true, false},
		{BFloat16, "bfloat16", 2, true, false},
		{Int64, "int64", 8, false, true},
		{Int32, "int32", 4, false, true},
		{Int8, "int8", 1, false, true},
		{Uint8, "uint8", 1, false, true},
		{Bool, "bool", 1, false, false},
		{DType(200), "dtype(200)", 0, false, false},
	} {
		if c.d.String() != c.name || c.d.Size() != c.size || c.d.IsFloat() != c.float || c.d.IsInt() != c.int {
			t.Errorf("%s: size %d, float %v, int %v", c.d, c.d.Size(), c.d.IsFloat(), c.d.IsInt())
		}
	}
}
