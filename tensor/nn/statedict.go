package nn

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rustygradients/rg/tensor"
)

// StateDict returns the parameters and buffers of m by name, sharing memory with the module. A
// tensor that is shared appears under each of its names, as in PyTorch.
func StateDict(m any) map[string]*tensor.Tensor {
	out := map[string]*tensor.Tensor{}
	walk(m, func(p place) {
		if p.buffer || isParameter(p) {
			out[p.name] = p.tensor.Detach()
		}
	})
	return out
}

// LoadOptions are for LoadStateDictWith.
type LoadOptions struct {
	AllowMissing    bool // leave alone what the state dict doesn't have
	AllowUnexpected bool // overlook what the module doesn't have
}

// LoadStateDict copies tensors into the parameters and buffers of m, converting data types. Every name
// must match, and every shape; otherwise nothing is changed and the error lists what is wrong.
func LoadStateDict(m any, state map[string]*tensor.Tensor) error {
	return LoadStateDictWith(m, state, LoadOptions{})
}

// LoadStateDictWith is LoadStateDict with options.
func LoadStateDictWith(m any, state map[string]*tensor.Tensor, o LoadOptions) error {
	var wrong []string
	left := maps.Clone(state)
	var into []place
	walk(m, func(p place) {
		if !p.buffer && !isParameter(p) {
			return
		}
		delete(left, p.name)
		switch t, ok := state[p.name]; {
		case !ok || t == nil:
			if !o.AllowMissing {
				wrong = append(wrong, p.name+" is missing")
			}
		case !slices.Equal(t.Shape(), p.tensor.Shape()):
			wrong = append(wrong, fmt.Sprintf("%s has shape %v, the module wants %v", p.name, t.Shape(), p.tensor.Shape()))
		default:
			into = append(into, p)
		}
	})
	if !o.AllowUnexpected {
		for _, name := range slices.Sorted(maps.Keys(left)) {
			wrong = append(wrong, name+" is not in the module")
		}
	}
	if len(wrong) > 0 {
		const most = 12
		if n := len(wrong) - most; n > 0 {
			wrong = append(wrong[:most], fmt.Sprintf("and %d more", n))
		}
		return fmt.Errorf("nn: the state dict doesn't fit:\n  %s", strings.Join(wrong, "\n  "))
	}
	tensor.NoGrad(func() {
		for _, p := range into {
			p.tensor.CopyFrom(state[p.name].ToDevice(p.tensor.Device()))
		}
	})
	return nil
}
