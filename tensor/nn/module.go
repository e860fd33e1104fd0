package nn

import "github.com/rustygradients/rg/tensor"

// Layer is a module that makes one tensor of another, and so can stand in a Sequential.
type Layer interface {
	Forward(x *tensor.Tensor) *tensor.Tensor
}

// LayerFunc lets a function stand where a Layer is wanted.
type LayerFunc func(x *tensor.Tensor) *tensor.Tensor

// Forward calls f.
func (f LayerFunc) Forward(x *tensor.Tensor) *tensor.Tensor { return f(x) }

// Named is a tensor of a module, with its name there.
type Named struct {
	Name   string
	Tensor *tensor.Tensor
}

// Parameters returns what is to be trained in m, each tensor once, in the order of the fields.
func Parameters(m any) []*tensor.Tensor {
	named := NamedParameters(m)
	out := make([]*tensor.Tensor, len(named))
	for i, p := range named {
		out[i] = p.Tensor
	}
	return out
}

// NamedParameters returns Parameters with their names. One that is shared (weight tying) has the name
// of where it is found first.
func NamedParameters(m any) []Named {
	var out []Named
	seen := map[*tensor.Tensor]bool{}
	walk(m, func(p place) {
		if isParameter(p) && !seen[p.tensor] {
			seen[p.tensor] = true
			out = append(out, Named{p.name, p.tensor})
		}
	})
	return out
}

// NamedBuffers returns the tensors of m that are saved with it but not trained, each once.
func NamedBuffers(m any) []Named {
	var out []Named
	seen := map[*tensor.Tensor]bool{}
	walk(m, func(p place) {
		if p.buffer && !seen[p.tensor] {
			seen[p.tensor] = true
			out = append(out, Named{p.name, p.tensor})
		}
	})
	return out
}

func isParameter(p place) bool {
	return !p.buffer && p.tensor.IsLeaf() && p.tensor.DType().IsFloat()
}

// NumParameters counts the elements of all parameters.
func NumParameters(m any) int {
	n := 0
	for _, p := range Parameters(m) {
		n += p.Len()
	}
	return n
}

// ZeroGrad drops the gradients of all parameters of m.
func ZeroGrad(m any) {
	for _, p := range Parameters(m) {
		p.ZeroGrad()
	}
}

// Freeze stops gradients for all parameters of m.
func Freeze(m any) {
	for _, p := range Parameters(m) {
		p.SetRequiresGrad(false)
	}
}

// Unfreeze undoes Freeze.
func Unfreeze(m any) {
	for _, p := range Parameters(m) {
		p.SetRequiresGrad(true)
	}
}

// To converts the floating-point parameters and buffers of m to another data type, and replaces them.
// An optimizer has to be made after it.
func To(m any, dt tensor.DType) {
	replace(m, func(t *tensor.Tensor) *tensor.Tensor {
		if !t.DType().IsFloat() {
			return t
		}
		return t.To(dt)
	})
}

// ToDevice moves the parameters and buffers of m to a device, and replaces them. An optimizer has to be
// made after it.
func ToDevice(m any, d tensor.Device) {
	replace(m, func(t *tensor.Tensor) *tensor.Tensor { return t.ToDevice(d) })
}

// replace puts f(t) in the place of each tensor t; shared tensors stay shared.
func replace(m any, f func(*tensor.Tensor) *tensor.Tensor) {
	done := map[*tensor.Tensor]*tensor.Tensor{}
	walk(m, func(p place) {
		if !p.buffer && !isParameter(p) {
			return
		}
		next, ok := done[p.tensor]
		if !ok {
			next = p.tensor
			if moved := f(p.tensor.Detach()); moved.DType() != next.DType() || moved.Device() != next.Device() {
				next = moved.SetRequiresGrad(p.tensor.RequiresGrad())
			}
			done[p.tensor] = next
		}
		if next != p.tensor {
			p.set(next)
		}
	})
}

// param makes a tensor a parameter.
func param(t *tensor.Tensor) *tensor.Tensor { return t.SetRequiresGrad(true) }
