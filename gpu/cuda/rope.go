//go:build cuda

package cuda

import (
	"fmt"

	"github.com/rustygradients/rg/tensor/backend"
)

// RoPE turns pairs of elements along the last axis, a thread a pack of pairs, and copies what is beside them.
func (b *Backend) RoPE(dst, x, cos, sin backend.View, o backend.RoPE) error {
	last := x.Layout.Rank() - 1
	n, half := x.Layout.Shape[last], cos.Layout.Shape[last]
	if 2*half > n {
		return fmt.Errorf("rope on %s: %d pairs in %d elements", b.Name(), half, n)
	}
	left, right, rest := o.Pairs(dst, half)
	first, second, others := o.Pairs(x, half)
	err := b.mapped("rope", "rg_rope_"+suffix(x.Storage.DType()), []backend.View{left, right, first, second, cos, sin},
		func(a *arguments) { a.int32(bit(o.Inverse)) })
	if err != nil || rest.Layout.Len() == 0 {
		return err
	}
	return b.Copy(rest, others)
}
