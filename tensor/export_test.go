package tensor

import (
	"maps"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// RuleNames lists the operations with a gradient.
func RuleNames() []string { return slices.Sorted(maps.Keys(rules)) }

// NoGradientReason says why an operation has none.
func NoGradientReason(op string) string { return noGradient[op] }

// CountRules runs f and counts how often each rule was applied.
func CountRules(f func()) map[string]int {
	counts := map[string]int{}
	before := maps.Clone(rules)
	for name, r := range before {
		counted := rule{saves: r.saves, vjps: slices.Clone(r.vjps)}
		for i, v := range r.vjps {
			if v != nil {
				counted.vjps[i] = func(c *call) *Tensor {
					counts[name]++
					return v(c)
				}
			}
		}
		rules[name] = counted
	}
	defer func() { rules = before }()
	f()
	return counts
}

// ComposedRoPE is RoPE of backends that have none of their own, by cosines and sines.
func ComposedRoPE(x, cos, sin *Tensor, o backend.RoPE) *Tensor { return x.composedRoPE(cos, sin, o) }

// FusedRoPE is the backend's.
func FusedRoPE(x, cos, sin *Tensor, o backend.RoPE) *Tensor { return x.rope(cos, sin, o) }

// Dropout is that of backends that have none of their own, and the backend's.
func Dropout(x *Tensor, d backend.Dropout) (composed, fused *Tensor) {
	return x.composedDropout(d), x.dropout(d)
}

// ComposedSwiGLU is SwiGLU of backends that have none of their own.
func ComposedSwiGLU(x, gate *Tensor) *Tensor { return x.composedSwiGLU(gate) }

// AsStrided is another view of x's storage.
func AsStrided(x *Tensor, shape, stride []int) *Tensor {
	return x.view(backend.Layout{Shape: slices.Clone(shape), Stride: slices.Clone(stride), Offset: x.layout.Offset})
}

// OfBytes makes a tensor of its elements' bytes, little-endian and in row-major order.
func OfBytes(dt DType, raw []byte, shape []int) *Tensor {
	x := Options{DType: dt}.Zeros(shape...)
	must(x.backend().Upload(x.data.Storage, raw), "ofbytes", x)
	return x
}
