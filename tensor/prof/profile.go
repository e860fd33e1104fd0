package prof

import (
	"slices"
	"strings"
	"time"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Phase is the part of a training step that an operation belongs to.
type Phase = backend.Phase

// The phases.
const (
	Forward   = backend.Forward
	Backward  = backend.Backward
	Optimizer = backend.Optimizer
	Other     = backend.Other
)

// Op is one operation.
type Op struct {
	Name      string
	Phase     Phase
	Device    string        // the backend's name
	Goroutine int           // counted from 0 in the order of their first operations
	Start     time.Duration // since the profile's beginning
	Duration  time.Duration
	DType     dtype.DType // of the first operand; of the result where there is none
	Shapes    [][]int     // of the operands, or of the result where there are none
	FLOPs     int64
	Bytes     int64 // that the operation must at least read and write

	background bool // the times are the device's
}

// Kind is a coarse sort of operation, for colours and sums.
type Kind string

// The kinds.
const (
	MatMul      Kind = "matrix product" // and what is made of them: attention, convolution
	ElementWise Kind = "element-wise"
	Reduction   Kind = "reduction" // along an axis: sums, softmax, norms, cross-entropy
	Movement    Kind = "movement"  // of data: copies, gathers, fills, allocation
)

// Kind tells which sort of operation it is.
func (o Op) Kind() Kind {
	switch o.Name {
	case "attention", "attention_grad", "conv2d", "conv2d_input_grad", "conv2d_weight_grad":
		return MatMul
	case "sum", "prod", "max", "min", "argmax", "argmin", "any", "all", "softmax", "softmax_grad", "log_softmax",
		"log_softmax_grad", "norm", "norm_grad", "layernorm", "layernorm_grad", "crossentropy", "crossentropy_grad":
		return Reduction
	case "copy", "cast", "fill", "gather", "scatter", "scatter_add", "random", "upload", "download", "alloc":
		return Movement
	}
	if strings.HasPrefix(o.Name, "matmul") { // and with what it does to the product
		return MatMul
	}
	return ElementWise
}

// Span is a part of the program: a Range, a backward pass, an optimizer's step. Spans of one goroutine
// nest.
type Span struct {
	Name      string
	Named     bool // by Range; the others are phases
	Goroutine int
	Depth     int // spans around it
	Start     time.Duration
	Duration  time.Duration
}

// MemoryPoint says how many bytes the storage of tensors takes from Start on. Storage counts until it is
// freed or the garbage collector has found that nothing refers to it.
type MemoryPoint struct {
	Start time.Duration
	Bytes int64
}

// keptOps is how many operations are kept one by one, in about 7 MB: a timeline of more is one that
// nobody can read.
const keptOps = 1 << 16

// Profile is what was measured.
type Profile struct {
	// All is guarded by the package's mu until the profile is closed.
	begin  int64
	end    int64 // 0 while open
	ops    eventLog
	folded int // operations that are only in table
	table  groups
	spans  []openSpan
	lanes  lanes
	busy   coverage
	memory memory
}

// event is an operation as it is noted. Layouts' shapes are never changed, so they are kept as they
// are.
type event struct {
	name       string
	by         *traced
	background bool // the times are the device's
	phase      Phase
	dtype      dtype.DType
	operands   uint8
	goroutine  int32
	start, end int64 // by clock
	flops      int64
	bytes      int64
	shapes     [2][]int
}

// eventLog holds events in pieces: what grows by being copied would be paid for by the program that is
// measured.
type eventLog struct {
	pieces [][]event
	len    int
}

const pieceLen = 1 << 10

// next is the place of one more.
func (l *eventLog) next() *event {
	if l.len%pieceLen == 0 {
		l.pieces = append(l.pieces, make([]event, pieceLen))
	}
	l.len++
	return l.at(l.len - 1)
}

func (l *eventLog) at(i int) *event { return &l.pieces[i/pieceLen][i%pieceLen] }

// lanes number goroutines as they appear.
type lanes struct {
	all    map[uintptr]int
	recent uintptr // the goroutine that was asked for last
	number int     // its
}

func (l *lanes) of(g uintptr) int {
	if g == l.recent {
		return l.number
	}
	n, ok := l.all[g]
	if !ok {
		n = len(l.all)
		l.all[g] = n
	}
	l.recent, l.number = g, n
	return n
}

type openSpan struct {
	Span
	id uint64 // of the entry in its goroutine's stack; 0 when it has ended
}

func newProfile() *Profile {
	return &Profile{lanes: lanes{all: map[uintptr]int{}}, begin: clock()}
}

// add notes an operation; mu is held.
func (p *Profile) add(e *event, g uintptr) {
	if p.end != 0 || e.start < p.begin {
		return
	}
	p.busy.add(e.start, e.end)
	if p.ops.len == keptOps {
		p.folded++
		p.table.add(e)
		return
	}
	kept := p.ops.next()
	*kept = *e
	kept.goroutine = int32(p.lanes.of(g))
}

// close ends the profile; mu is held.
func (p *Profile) close() {
	p.end = clock()
	for i := range p.spans {
		if p.spans[i].id != 0 {
			p.spans[i].id = 0
			p.spans[i].Duration = p.since(p.end) - p.spans[i].Start
		}
	}
}

func (p *Profile) since(t int64) time.Duration { return time.Duration(t - p.begin) }

// Wall is the time from the profile's beginning to its end, or to now.
func (p *Profile) Wall() time.Duration {
	mu.Lock()
	defer mu.Unlock()
	return p.wall()
}

func (p *Profile) wall() time.Duration {
	if p.end == 0 {
		return p.since(clock())
	}
	return p.since(p.end)
}

// Busy is the time during which at least one operation ran.
func (p *Profile) Busy() time.Duration {
	mu.Lock()
	defer mu.Unlock()
	return time.Duration(p.busy.total())
}

// Len is the number of operations, those that Ops leaves out included.
func (p *Profile) Len() int {
	mu.Lock()
	defer mu.Unlock()
	return p.ops.len + p.folded
}

// Ops returns the operations in the order in which they ended: the first 65536, if there are more.
func (p *Profile) Ops() []Op {
	mu.Lock()
	defer mu.Unlock()
	ops := make([]Op, p.ops.len)
	for i := range ops {
		e := p.ops.at(i)
		ops[i] = Op{
			Name: e.name, Phase: e.phase, Device: e.by.Name(), Goroutine: int(e.goroutine), DType: e.dtype,
			Start: p.since(e.start), Duration: time.Duration(e.end - e.start),
			FLOPs: e.flops, Bytes: e.bytes, Shapes: e.copyShapes(), background: e.background,
		}
	}
	return ops
}

func (e *event) copyShapes() [][]int {
	shapes := make([][]int, e.operands)
	for i := range shapes {
		shapes[i] = append([]int{}, e.shapes[i]...)
	}
	return shapes
}

// Spans returns the named parts of the program in the order in which they began.
func (p *Profile) Spans() []Span {
	mu.Lock()
	defer mu.Unlock()
	spans := make([]Span, len(p.spans))
	for i, s := range p.spans {
		if s.id != 0 {
			s.Duration = p.wall() - s.Start
		}
		spans[i] = s.Span
	}
	return spans
}

// Memory returns how the bytes held have changed. When there are very many changes, the highest of
// several stands for them.
func (p *Profile) Memory() []MemoryPoint {
	mu.Lock()
	defer mu.Unlock()
	points := make([]MemoryPoint, len(p.memory.points))
	for i, m := range p.memory.points {
		points[i] = MemoryPoint{Start: p.since(m.at), Bytes: m.bytes}
	}
	return points
}

// PeakBytes is the most that was held at once.
func (p *Profile) PeakBytes() int64 {
	mu.Lock()
	defer mu.Unlock()
	return p.memory.peak
}

// coverage is the union of intervals that arrive in the order of their ends, or nearly.
type coverage struct {
	done int64 // length of what has left the list
	tail [][2]int64
}

func (c *coverage) add(start, end int64) {
	for n := len(c.tail); n > 0 && c.tail[n-1][1] >= start; n-- {
		start, end = min(start, c.tail[n-1][0]), max(end, c.tail[n-1][1])
		c.tail = c.tail[:n-1]
	}
	c.tail = append(c.tail, [2]int64{start, end})
	// No operation lasts as long as the last thousands of gaps.
	if len(c.tail) == 4096 {
		for _, t := range c.tail[:2048] {
			c.done += t[1] - t[0]
		}
		c.tail = slices.Delete(c.tail, 0, 2048)
	}
}

func (c *coverage) total() int64 {
	sum := c.done
	for _, t := range c.tail {
		sum += t[1] - t[0]
	}
	return sum
}
