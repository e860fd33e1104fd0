package tensor

import (
	"math"
	"strconv"
	"strings"
)

// How tensors print, as NumPy does.
const (
	printPrecision = 4    // digits after the point
	printThreshold = 1000 // above so many elements the middle is left out
	printEdge      = 3    // what is shown of an axis on either side of the gap
	printWidth     = 100  // columns, after which a row continues on the next line
)

// String prints the elements in nested brackets, aligned, and leaves out the middle of large
// tensors. Data type and shape follow, on the same line if there is one line.
//
//	[[1.0000, 2.5000],
//	 [3.0000, 4.0000]]
//	float32 (2, 2)
func (t *Tensor) String() string {
	if t == nil {
		return "<nil>"
	}
	g := t.grid()
	var b strings.Builder
	g.print(&b, 0, 0)
	sep := "\n"
	if t.Rank() < 2 && !strings.Contains(b.String(), "\n") {
		sep = " "
	}
	b.WriteString(sep + t.caption())
	return b.String()
}

// caption is the short description: data type, shape, and what is out of the ordinary.
func (t *Tensor) caption() string {
	s := t.DType().String() + " " + formatShape(t.layout.Shape)
	if t.Device() != CPU {
		s += " on " + string(t.Device())
	}
	if t.RequiresGrad() {
		s += " requires grad"
	}
	return s
}

// grid is the part of a tensor that is shown: along long axes only the edges.
type grid struct {
	shape  []int
	cells  []string // of the shown elements, row-major
	shown  []int    // how many indices of each axis are shown
	stride []int    // of cells
	width  int      // of the widest cell
}

func (t *Tensor) grid() *grid {
	g := &grid{shape: t.layout.Shape}
	t = t.Detach()
	elide := t.Len() > printThreshold
	for a, d := range g.shape {
		if elide && d > 2*printEdge {
			t = Cat(a, t.Narrow(a, 0, printEdge), t.Narrow(a, d-printEdge, printEdge))
			d = 2 * printEdge
		}
		g.shown = append(g.shown, d)
	}
	g.cells = t.cells()
	g.stride = make([]int, len(g.shown))
	step := 1
	for a := len(g.shown) - 1; a >= 0; a-- {
		g.stride[a] = step
		step *= g.shown[a]
	}
	for _, c := range g.cells {
		g.width = max(g.width, len(c))
	}
	return g
}

// gap is the place along an axis after which indices are left out, or -1.
func (g *grid) gap(axis int) int {
	if g.shown[axis] < g.shape[axis] {
		return printEdge
	}
	return -1
}

func (g *grid) print(b *strings.Builder, axis, at int) {
	if axis == len(g.shown) {
		b.WriteString(g.cells[at])
		return
	}
	b.WriteByte('[')
	last := axis == len(g.shown)-1
	indent := strings.Repeat(" ", axis+1)
	column := axis + 1
	write := func(item func()) {
		if last && column+g.width+2 > printWidth {
			b.WriteString("\n" + indent)
			column = axis + 1
		}
		item()
		column += g.width + 2
	}
	for i := range g.shown[axis] {
		if i > 0 {
			switch {
			case last && column+g.width+2 > printWidth:
				b.WriteString(",") // the line ends here
			case last:
				b.WriteString(", ")
			default:
				b.WriteString("," + strings.Repeat("\n", len(g.shown)-1-axis) + indent)
			}
		}
		if i == g.gap(axis) {
			if last {
				write(func() { b.WriteString("..., ") })
			} else {
				b.WriteString("...," + strings.Repeat("\n", len(g.shown)-1-axis) + indent)
			}
		}
		if last {
			write(func() {
				b.WriteString(strings.Repeat(" ", g.width-len(g.cells[at+i])))
				b.WriteString(g.cells[at+i])
			})
		} else {
			g.print(b, axis+1, at+i*g.stride[axis])
		}
	}
	b.WriteByte(']')
}

// cells formats the elements, floats in one common format.
func (t *Tensor) cells() []string {
	out := make([]string, t.Len())
	switch {
	case t.DType() == Bool:
		for i, v := range t.Bools() {
			out[i] = strconv.FormatBool(v)
		}
	case t.DType().IsInt():
		for i, v := range t.Int64s() {
			out[i] = strconv.FormatInt(v, 10)
		}
	default:
		values := t.Float64s()
		format := floatFormat(values, t.DType())
		for i, v := range values {
			out[i] = format(v)
		}
	}
	return out
}

// floatFormat chooses how floats print: whole numbers with a point, others with as many digits as
// they need up to four, and scientific where the sizes differ too much, as NumPy and PyTorch do.
func floatFormat(values []float64, dt DType) func(float64) string {
	bits := 32
	if dt == Float64 {
		bits = 64
	}
	smallest, largest := math.Inf(1), 0.0
	digits := 0
	for _, v := range values {
		a := math.Abs(v)
		if a == 0 || math.IsInf(a, 0) || math.IsNaN(a) {
			continue
		}
		smallest, largest = min(smallest, a), max(largest, a)
		if _, frac, ok := strings.Cut(shortest(v, dt), "."); ok {
			digits = max(digits, min(len(frac), printPrecision))
		}
	}
	scientific := largest >= 1e8 || largest > 0 && (smallest < 1e-4 || largest/smallest > 1e4 && digits > 0)
	return func(v float64) string {
		switch {
		case math.IsNaN(v):
			return "nan"
		case math.IsInf(v, 1):
			return "inf"
		case math.IsInf(v, -1):
			return "-inf"
		case scientific:
			return strconv.FormatFloat(v, 'e', printPrecision, bits)
		}
		s := strconv.FormatFloat(v, 'f', digits, bits)
		if digits == 0 {
			s += "."
		}
		return s
	}
}

// shortest is the number with no more digits than it takes to tell it from its neighbours in its type.
func shortest(v float64, dt DType) string {
	switch {
	case dt == Float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case !dt.IsHalf():
		return strconv.FormatFloat(v, 'f', -1, 32)
	}
	for digits := 1; ; digits++ {
		s := strconv.FormatFloat(v, 'g', digits, 64)
		if near, err := strconv.ParseFloat(s, 64); err == nil && (dt.Round(near) == v || digits > 9) {
			return strconv.FormatFloat(near, 'f', -1, 64)
		}
	}
}
