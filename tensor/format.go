package tensor

import (
	"math"
	"strconv"
	"strings"
	"sync/atomic"
)

// How tensors print: as NumPy does with these options, floatmode "maxprec_equal" and the separator ", ".
const (
	usualPrecision = 4    // digits after the point, at most
	printThreshold = 1000 // above so many elements the middle is left out
	printEdge      = 3    // what is shown of an axis on either side of the gap
	printWidth     = 100  // columns, after which a row continues on the next line
)

// printPrecision is what SetPrintPrecision was told, and 1 more, so that 0 is the usual.
var printPrecision atomic.Int32

// SetPrintPrecision says with how many digits after the point floats are printed at most: 4 is usual, and what a
// negative number goes back to. It is of the whole process.
func SetPrintPrecision(digits int) { printPrecision.Store(int32(max(digits, -1)) + 1) }

func precision() int {
	if n := printPrecision.Load(); n > 0 {
		return int(n) - 1
	}
	return usualPrecision
}

// String prints the elements in nested brackets, aligned, and leaves out the middle of large
// tensors. Data type and shape follow, on the same line if there is one line.
//
//	[[1.0, 2.5],
//	 [3.0, 4.0]]
//	float32 (2, 2)
//
// The elements print as NumPy prints arrays, with at most four digits after the point, all with as many as the one
// that needs most, and in powers of ten where the sizes differ a thousandfold; bools print as Go's.
func (t *Tensor) String() string {
	if t == nil {
		return "<nil>"
	}
	text := "[]"
	if t.Len() > 0 {
		g := t.grid()
		text = g.print(0, 0, " ", printWidth)
	}
	sep := "\n"
	if t.Rank() < 2 && !strings.Contains(text, "\n") || t.Len() == 0 {
		sep = " "
	}
	return text + sep + t.caption()
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
	cells  []string // of the shown elements, row-major, all of one width
	shown  []int    // how many indices of each axis are shown
	stride []int    // of cells
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
	width := 0
	if t.DType() == Bool && t.Rank() > 0 { // room for false, as in NumPy
		width = len("false")
	}
	for _, c := range g.cells {
		width = max(width, len(c))
	}
	for i, c := range g.cells {
		g.cells[i] = strings.Repeat(" ", width-len(c)) + c
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

// print writes the cells from one on along an axis and those that follow, in brackets. Lines begin with the indent, and
// have as many columns as the width says, of which the outer brackets take the last.
func (g *grid) print(axis, at int, indent string, width int) string {
	if axis == len(g.shown) {
		return g.cells[at]
	}
	var b strings.Builder
	items := make([]string, 0, g.shown[axis]+1)
	for i := range g.shown[axis] {
		if i == g.gap(axis) {
			items = append(items, "...")
		}
		items = append(items, g.print(axis+1, at+i*g.stride[axis], indent+" ", width-1))
	}
	if left := len(g.shown) - axis; left > 1 {
		return "[" + strings.Join(items, ","+strings.Repeat("\n", left-1)+indent) + "]"
	}
	column := len(indent)
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
			column += 2
			if column+len(item) > width-1 && column > len(indent) {
				b.WriteString("\n" + indent)
				column = len(indent)
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteString(item)
		column += len(item)
	}
	return "[" + b.String() + "]"
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

// floatFormat chooses how floats print, as NumPy's FloatingFormat.
func floatFormat(values []float64, dt DType) func(float64) string {
	smallest, largest := math.Inf(1), 0.0
	for _, v := range values {
		if a := math.Abs(v); a > 0 && !math.IsInf(a, 0) { // nor NaN
			smallest, largest = min(smallest, a), max(largest, a)
		}
	}
	ratio := dt.Round(largest / smallest)                                                   // in the type: it may overflow
	limit := map[DType]float64{Float64: 1e8, Float32: 1e6, Float16: 1e3, BFloat16: 1e2}[dt] // what the type's digits tell apart
	scientific := largest >= limit || largest > 0 && (smallest < dt.Round(1e-4) || ratio > 1000)
	digits, exponent := 0, 0 // after the point, and of the largest exponent
	for _, v := range values {
		if v-v != 0 {
			continue
		}
		frac, exp := fraction(v, dt, scientific)
		digits, exponent = max(digits, len(frac)), max(exponent, len(exp))
	}
	return func(v float64) string {
		switch {
		case math.IsNaN(v):
			return "nan"
		case math.IsInf(v, 1):
			return "inf"
		case math.IsInf(v, -1):
			return "-inf"
		}
		verb := byte('f')
		if scientific {
			verb = 'e'
		}
		s, exp, _ := strings.Cut(strconv.FormatFloat(v, verb, digits, 64), "e")
		if digits == 0 {
			s += "."
		}
		if scientific {
			s += "e" + exp[:1] + strings.Repeat("0", exponent-len(exp)) + exp[1:]
		}
		return s
	}
}

// fraction is the digits after the point of a float that is written with as many as tell it from its neighbours in its
// type, but no more than are printed, without the zeros at the end; and the exponent with its sign.
func fraction(v float64, dt DType, scientific bool) (frac, exp string) {
	verb := byte('f')
	if scientific {
		verb = 'e'
	}
	mantissa, exp, _ := strings.Cut(shortest(v, dt, verb), "e")
	if _, frac, _ = strings.Cut(mantissa, "."); len(frac) > precision() {
		mantissa, exp, _ = strings.Cut(strconv.FormatFloat(v, verb, precision(), 64), "e")
		_, frac, _ = strings.Cut(mantissa, ".")
	}
	return strings.TrimRight(frac, "0"), exp
}

// shortest is the number with no more digits than it takes to tell it from its neighbours in its type.
func shortest(v float64, dt DType, verb byte) string {
	switch {
	case dt == Float64:
		return strconv.FormatFloat(v, verb, -1, 64)
	case !dt.IsHalf():
		return strconv.FormatFloat(v, verb, -1, 32)
	}
	for digits := 0; ; digits++ {
		s := strconv.FormatFloat(v, 'e', digits, 64)
		if near, err := strconv.ParseFloat(s, 64); err == nil && (dt.Round(near) == v || digits > 9) {
			return strconv.FormatFloat(near, verb, -1, 64)
		}
	}
}
