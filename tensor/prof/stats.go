package prof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rustygradients/rg/tensor/dtype"
)

// Stat sums up the calls of one operation in one phase on one device.
type Stat struct {
	Name   string
	Phase  Phase
	Device string // the backend's name
	Calls  int
	Total  time.Duration
	FLOPs  int64
	Bytes  int64

	// Shapes are the operands' that took the most time together, and DType their type; ShapesTotal is
	// that time.
	Shapes      [][]int
	DType       dtype.DType
	ShapesTotal time.Duration
}

// Mean is the time of one call.
func (s Stat) Mean() time.Duration { return s.Total / time.Duration(max(s.Calls, 1)) }

// GFLOPS is the rate of arithmetic, in 10⁹ FLOPs a second.
func (s Stat) GFLOPS() float64 { return rate(s.FLOPs, s.Total) }

// GBps is the rate of bytes moved, in 10⁹ a second.
func (s Stat) GBps() float64 { return rate(s.Bytes, s.Total) }

func rate(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / float64(d) // per nanosecond: that is in 10⁹ a second
}

// Stats sums up the operations by name, phase and device, those that took the most time first.
func (p *Profile) Stats() []Stat {
	mu.Lock()
	defer mu.Unlock()
	var all groups
	all.merge(&p.table)
	for i := range p.ops.len {
		all.add(p.ops.at(i))
	}
	type key struct {
		name, device string
		phase        Phase
	}
	index := map[key]int{}
	var stats []Stat
	for _, g := range all.list {
		k := key{g.first.name, g.first.by.Name(), g.first.phase}
		i, ok := index[k]
		if !ok {
			i = len(stats)
			index[k] = i
			stats = append(stats, Stat{Name: k.name, Phase: k.phase, Device: k.device})
		}
		s := &stats[i]
		s.Calls += g.calls
		s.Total += time.Duration(g.total)
		s.FLOPs += g.flops
		s.Bytes += g.bytes
		if t := time.Duration(g.total); s.Shapes == nil || t > s.ShapesTotal {
			s.Shapes, s.DType, s.ShapesTotal = g.first.copyShapes(), g.first.dtype, t
		}
	}
	slices.SortStableFunc(stats, func(a, b Stat) int { return cmp.Compare(b.Total, a.Total) })
	return stats
}

// group is the calls of one operation in one phase on operands of the same shapes.
type group struct {
	first               event
	calls               int
	total, flops, bytes int64
}

// groups find the group of an event.
type groups struct {
	list  []*group
	index map[uint64]*group // by hash; the next number where two collide
}

func (gs *groups) add(e *event) {
	g := gs.of(e)
	g.calls++
	g.total += e.end - e.start
	g.flops += e.flops
	g.bytes += e.bytes
}

func (gs *groups) merge(other *groups) {
	for _, o := range other.list {
		g := gs.of(&o.first)
		g.calls += o.calls
		g.total += o.total
		g.flops += o.flops
		g.bytes += o.bytes
	}
}

func (gs *groups) of(e *event) *group {
	if gs.index == nil {
		gs.index = map[uint64]*group{}
	}
	h := e.hash()
	for {
		g := gs.index[h]
		if g == nil {
			g = &group{first: *e}
			gs.index[h] = g
			gs.list = append(gs.list, g)
			return g
		}
		if g.first.alike(e) {
			return g
		}
		h++
	}
}

// hash is FNV-1a (Fowler, Noll and Vo) over what alike compares.
func (e *event) hash() uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	put := func(x uint64) { h = (h ^ x) * prime }
	for i := range len(e.name) {
		put(uint64(e.name[i]))
	}
	put(uint64(e.phase))
	put(uint64(e.dtype))
	for _, shape := range e.shapes[:e.operands] {
		put(uint64(len(shape)))
		for _, d := range shape {
			put(uint64(d))
		}
	}
	return h
}

func (e *event) alike(o *event) bool {
	if e.name != o.name || e.by != o.by || e.phase != o.phase || e.dtype != o.dtype || e.operands != o.operands {
		return false
	}
	for i := range e.operands {
		if !slices.Equal(e.shapes[i], o.shapes[i]) {
			return false
		}
	}
	return true
}

// shapesText writes shapes as (64, 128) × (128, 10).
func shapesText(shapes [][]int) string {
	parts := make([]string, len(shapes))
	for i, shape := range shapes {
		dims := make([]string, len(shape))
		for j, d := range shape {
			dims[j] = fmt.Sprint(d)
		}
		parts[i] = "(" + strings.Join(dims, ", ") + ")"
	}
	return strings.Join(parts, " × ")
}
