//go:build cuda

package cuda

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// maxRank is how many axes a kernel's nest has (kernels/nest.cuh), after those that lie one behind the other are joined.
const maxRank = 8

// nest is the loops over several layouts of one shape, as kernels/nest.cuh describes.
type nest struct {
	operands, rank, width int
	packs                 int
	size                  []int
	step                  [][]int // by operand, then axis
}

// order says how newNest may arrange the axes.
type order int

const (
	anyOrder order = iota // an axis along which the first operand moves in short steps comes last
	rowMajor              // the axes stay as they are
)

// newNest joins the axes of views.
func newNest(o order, views ...backend.Layout) (nest, error) {
	n := nest{operands: len(views), width: 1, packs: views[0].Len(), step: make([][]int, len(views))}
	type axis struct {
		size int
		step []int
	}
	var axes []axis
	for a, size := range views[0].Shape {
		if size == 1 {
			continue
		}
		x := axis{size: size}
		for _, v := range views {
			x.step = append(x.step, v.Stride[a])
		}
		axes = append(axes, x)
	}
	if o == anyOrder {
		slices.SortStableFunc(axes, func(x, y axis) int {
			for k := range x.step {
				if c := cmp.Compare(abs(y.step[k]), abs(x.step[k])); c != 0 {
					return c
				}
			}
			return 0
		})
	}
	var joined []axis
	for _, x := range axes {
		if last := len(joined) - 1; last >= 0 {
			fits := joined[last].size <= math.MaxInt32/x.size || last == 0 && len(axes) == 2
			for k := range x.step {
				fits = fits && joined[last].step[k] == x.step[k]*x.size
			}
			if fits {
				joined[last] = axis{joined[last].size * x.size, x.step}
				continue
			}
		}
		joined = append(joined, x)
	}
	if len(joined) == 0 {
		joined = []axis{{1, make([]int, len(views))}}
	}
	if len(joined) > maxRank {
		return n, fmt.Errorf("a layout of %d axes that can't be joined; make it contiguous first (a kernel walks %d)", len(joined), maxRank)
	}
	n.rank = len(joined)
	for i, x := range joined {
		if i > 0 && x.size > math.MaxInt32 {
			return n, fmt.Errorf("an inner axis of %d elements, more than a kernel walks", x.size)
		}
		n.size = append(n.size, x.size)
		for k := range views {
			n.step[k] = append(n.step[k], x.step[k])
		}
	}
	return n, nil
}

func abs(x int) int { return max(x, -x) }

// widen has a thread take w neighbouring elements at once, where every operand allows it: address[k] and bytes[k] are where operand k begins
// and the size of its elements.
func (n *nest) widen(w int, address []uint64, bytes []int) {
	last := n.rank - 1
	if w < 2 || n.packs == 0 || n.size[last]%w != 0 || n.step[0][last] != 1 {
		return
	}
	for k := range n.step {
		if s := n.step[k][last]; s != 0 && s != 1 {
			return
		}
		if n.step[k][last] == 0 && k == 0 {
			return
		}
		for _, s := range n.step[k][:last] {
			if n.step[k][last] == 1 && s%w != 0 {
				return
			}
		}
		if n.step[k][last] == 1 && address[k]%uint64(w*bytes[k]) != 0 {
			return
		}
	}
	n.width = w
	n.packs /= w
	n.size[last] /= w
	for k := range n.step {
		n.step[k][last] *= w
	}
}

// width is how many elements a kernel loads at once, where the largest of its operands' types has that many bytes (kernels/nest.cuh).
func width(bytes ...int) int { return min(16/slices.Max(bytes), 8) }

// append writes the struct Nest of kernels/nest.cuh.
func (n *nest) append(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, uint32(n.rank))
	b = le.AppendUint32(b, uint32(n.width))
	b = le.AppendUint64(b, uint64(n.packs))
	for a := range maxRank {
		size := 1
		if a < n.rank {
			size = n.size[a]
		}
		b = le.AppendUint32(b, uint32(min(size, math.MaxInt32)))
	}
	for k := range n.operands {
		for a := range maxRank {
			step := 0
			if a < n.rank {
				step = n.step[k][a]
			}
			b = le.AppendUint64(b, uint64(step))
		}
	}
	return b
}

// mapped builds the nest of an element-wise operation and its launch: the addresses of views, what more gives, and the nest.
func (b *Backend) mapped(op, kernel string, views []backend.View, more func(*arguments)) error {
	if views[0].Layout.Len() == 0 {
		return nil
	}
	layouts := make([]backend.Layout, len(views))
	address := make([]uint64, len(views))
	bytes := make([]int, len(views))
	for k, v := range views {
		layouts[k] = v.Layout
		bytes[k] = v.Storage.DType().Size()
		address[k] = v.Storage.(*Storage).address() + uint64(v.Layout.Offset*bytes[k])
	}
	n, err := newNest(anyOrder, layouts...)
	if err != nil {
		return b.wrap(op, err)
	}
	n.widen(width(bytes...), address, bytes)
	a := newArguments()
	for _, v := range views {
		a.view(v)
	}
	if more != nil {
		more(a)
	}
	a.fields(n.append)
	return b.launch(op, kernel, b.spread(n.packs), a)
}
