//go:build cuda

package cuda

import (
	"encoding/binary"
	"math/bits"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// sortChunk is CHUNK of kernels/sort.cu.
const sortChunk = 1024

// ArgSort sorts chunks of the rows, and merges runs of chunks until there is one.
func (b *Backend) ArgSort(dst, x backend.View, o backend.SortOrder) error {
	if dst.Layout.Len() == 0 {
		return nil
	}
	const op = "argsort"
	rows, err := rowsOf([]backend.View{x})
	if err != nil {
		return b.wrap(op, err)
	}
	n := rows.length
	sorted := func(out []byte) []byte { // struct Sorted of sort.cu
		return binary.LittleEndian.AppendUint64(rows.append(out), uint64(o))
	}
	kind := asNumber(x.Storage.DType())
	chunk := min(sortChunk, max(64, 1<<bits.Len(uint(n-1))))
	merges := 0
	for run := chunk; run < n; run *= 2 {
		merges++
	}
	from, to := dst, dst
	if merges > 0 {
		other, err := b.scratch(dtype.Int64, dst.Layout.Shape...)
		if err != nil {
			return err
		}
		defer other.Storage.Free()
		to = other
		if merges%2 == 1 { // the last merge writes dst
			from, to = other, dst
		}
	}
	chunks := (n + chunk - 1) / chunk * rows.packs
	g := cushim.Grid{Blocks: [3]uint32{uint32(min(chunks, b.sms*64)), 1, 1}, Threads: [3]uint32{uint32(chunk / 2), 1, 1}}
	a := newArguments().view(from).view(x).int32(chunk).fields(sorted)
	if err := b.launch(op, "rg_sort_chunks_"+suffix(kind), g, a); err != nil {
		return err
	}
	for run := chunk; run < n; run *= 2 {
		a := newArguments().view(to).view(from).view(x).int64(run).fields(sorted)
		if err := b.launch(op, "rg_sort_merge_"+suffix(kind), b.spread(dst.Layout.Len()), a); err != nil {
			return err
		}
		from, to = to, from
	}
	return nil
}

// SearchSorted is a binary search for each value.
func (b *Backend) SearchSorted(dst, edges, values backend.View, side backend.SearchSide) error {
	if dst.Layout.Len() == 0 {
		return nil
	}
	rows, row := 1, 0
	n, k := edges.Layout.Shape[edges.Layout.Rank()-1], values.Layout.Len()
	if edges.Layout.Rank() > 1 {
		rows, row = edges.Layout.Shape[0], n
		k = values.Layout.Shape[1]
	}
	a := newArguments().view(dst).view(edges).view(values).int64(rows).int64(n).int64(k).int64(row).int64(int(side))
	return b.launch("searchsorted", "rg_search_"+suffix(edges.Storage.DType()), b.spread(rows*k), a)
}
