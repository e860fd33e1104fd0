package viz

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// xy is one series of points in the order in which they are joined.
type xy struct {
	name  string
	x, y  []float64
	color color.NRGBA
	dash  []vg.Length
	width vg.Length
}

// axes are what Line, Scatter, Histogram and LossCurve are drawn on.
type axes struct {
	xLabel, yLabel string
	xLog, yLog     bool
	x, y           span // of the data that is drawn
	xTicks, yTicks plot.Ticker
	flush          bool // no room at the ends of X
	fromZero       bool // Y begins at the data's lowest value exactly
}

// drawable reports whether a point can stand on the axes.
func (a *axes) drawable(x, y float64) bool {
	return finite(x) && finite(y) && (!a.xLog || x > 0) && (!a.yLog || y > 0)
}

// include widens the ranges to hold a series and returns how many points can't be drawn.
func (a *axes) include(s xy) (left int) {
	for i := range s.x {
		if !a.drawable(s.x[i], s.y[i]) {
			left++
			continue
		}
		a.x.add(s.x[i])
		a.y.add(s.y[i])
	}
	return left
}

// includeMost is include for the pale values behind an average: one in a hundred at either end doesn't
// count, lest a few spikes press everything else flat. They are drawn as far as the axis goes.
func (a *axes) includeMost(s xy) (left int) {
	var ys []float64
	for i := range s.x {
		if !a.drawable(s.x[i], s.y[i]) {
			left++
			continue
		}
		a.x.add(s.x[i])
		ys = append(ys, s.y[i])
	}
	if len(ys) > 0 {
		slices.Sort(ys)
		cut := len(ys) / 100
		a.y.add(ys[cut])
		a.y.add(ys[len(ys)-1-cut])
	}
	return left
}

// plot makes the empty plot that marks are added to.
func (a *axes) plot(t *colors) *plot.Plot {
	p := t.newAxes()
	p.X.Label.Text, p.Y.Label.Text = clipLabel(a.xLabel), clipLabel(a.yLabel)
	share := 0.04
	if a.flush {
		share = 0
	}
	xr, yr := a.x.widened(share), a.y.widened(0.05)
	if a.fromZero && !a.y.empty() {
		yr.lo = a.y.lo
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.Ticker(niceTicks{7}), plot.Ticker(niceTicks{5})
	if a.xLog {
		xr = a.x.widenedLog(share)
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logTicks{}
	}
	if a.yLog {
		yr = a.y.widenedLog(0.05)
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, logTicks{}
	}
	if a.xTicks != nil {
		p.X.Tick.Marker = a.xTicks
	}
	if a.yTicks != nil {
		p.Y.Tick.Marker = a.yTicks
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = xr.lo, xr.hi, yr.lo, yr.hi
	p.Add(gridLines{draw.LineStyle{Color: t.grid, Width: widthGrid}})
	return p
}

// clipLabel keeps an axis label on the card.
func clipLabel(s string) string {
	runes := []rune(oneLine(s))
	if len(runes) > 60 {
		return string(runes[:59]) + "…"
	}
	return string(runes)
}

// gridLines are horizontal lines at the marks of Y.
type gridLines struct{ sty draw.LineStyle }

func (g gridLines) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	for _, tick := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if tick.Value < p.Y.Min || tick.Value > p.Y.Max {
			continue
		}
		at := y(tick.Value)
		c.StrokeLine2(g.sty, c.Min.X, at, c.Max.X, at)
	}
}

// polyline draws a series as a line with a gap at every point that can't be drawn. However long the
// series, it draws a few points for each pixel column: the first, lowest, highest and last that
// fall there, so that the picture is the same and its size bounded.
type polyline struct {
	xy
	axes *axes
}

// columnsPerLine bounds the points of a line: four for each column.
const columnsPerLine = 320

func (l polyline) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	var line, dots vg.Path
	var run int // points in the present stretch
	var last vg.Point
	end := func() {
		if run == 1 { // a point between two gaps
			line = line[:len(line)-1]
			dots = append(dots, circle(last, max(l.width, 1.5))...)
		}
		run = 0
	}
	for _, i := range l.keep(p) {
		if i < 0 {
			end()
			continue
		}
		last = vg.Point{X: toX(l.x[i]), Y: toY(min(max(l.y[i], p.Y.Min), p.Y.Max))}
		if run == 0 {
			line.Move(last)
		} else {
			line.Line(last)
		}
		run++
	}
	end()
	c.SetLineStyle(draw.LineStyle{Color: l.color, Width: l.width, Dashes: l.dash})
	if len(line) > 0 {
		c.Stroke(line)
	}
	if len(dots) > 0 {
		c.Fill(dots)
	}
}

// gap stands between indices where a line is interrupted.
const gap = -1

// keep returns the indices of the points to draw, in order.
func (l polyline) keep(p *plot.Plot) []int {
	if len(l.x) > 2*columnsPerLine {
		return l.decimated(p)
	}
	var out []int
	for i := range l.x {
		if l.axes.drawable(l.x[i], l.y[i]) {
			out = append(out, i)
		} else if len(out) > 0 && out[len(out)-1] != gap {
			out = append(out, gap)
		}
	}
	return out
}

// decimated keeps the first, lowest, highest and last point of each column. Points that can't be drawn
// make a gap where they leave a whole column empty.
func (l polyline) decimated(p *plot.Plot) []int {
	var out []int
	column, missing := 0, false
	first, low, high, last := -1, 0, 0, 0
	flush := func() {
		if first < 0 {
			return
		}
		for _, i := range []int{first, min(low, high), max(low, high), last} {
			if len(out) == 0 || out[len(out)-1] != i {
				out = append(out, i)
			}
		}
		first = -1
	}
	for i := range l.x {
		if !l.axes.drawable(l.x[i], l.y[i]) {
			missing = true
			continue
		}
		at := int(p.X.Norm(l.x[i]) * columnsPerLine)
		if first >= 0 && at != column {
			flush()
			if missing && (at > column+1 || at < column-1) {
				out = append(out, gap)
			}
		}
		if first < 0 {
			column, first, low, high = at, i, i, i
		}
		if l.y[i] < l.y[low] {
			low = i
		}
		if l.y[i] > l.y[high] {
			high = i
		}
		last, missing = i, false
	}
	flush()
	return out
}

// smoothed is the exponential moving average with the start-up bias taken out. weight, 0 … 1, is the
// share of the past after one unit of x, so that a series with a value every hundredth step is not
// held back like one with a value each step. Values that can't be drawn are passed over.
func smoothed(x, y []float64, weight float64) []float64 {
	out := make([]float64, len(y))
	var sum, norm, at float64
	for i, v := range y {
		if !finite(v) {
			out[i] = math.NaN()
			continue
		}
		past := 0.0
		if norm > 0 {
			past = math.Pow(weight, max(x[i]-at, 0))
		}
		at = x[i]
		sum = past*sum + (1-weight)*v
		norm = past*norm + (1 - weight)
		out[i] = sum / norm
	}
	return out
}

// sparkline draws values in one line of text, width characters at most.
func sparkline(y []float64, width int) string {
	const blocks = "▁▂▃▄▅▆▇█"
	marks := []rune(blocks)
	n := min(len(y), width)
	if n == 0 {
		return ""
	}
	means := make([]float64, n)
	r := newSpan()
	for i := range means {
		var sum float64
		var count int
		for _, v := range y[i*len(y)/n : (i+1)*len(y)/n] {
			if finite(v) {
				sum += v
				count++
			}
		}
		means[i] = math.NaN()
		if count > 0 {
			means[i] = sum / float64(count)
			r.add(means[i])
		}
	}
	var b strings.Builder
	for _, v := range means {
		switch {
		case math.IsNaN(v):
			b.WriteByte(' ')
		case r.hi == r.lo:
			b.WriteRune(marks[3])
		default:
			b.WriteRune(marks[int((v-r.lo)/(r.hi-r.lo)*float64(len(marks)-1)+0.5)])
		}
	}
	return b.String()
}

// summary is the text of a series: its course, its ends and its lowest value.
func (s xy) summary(nameWidth int) string {
	first, last, lowest := -1, -1, -1
	for i, v := range s.y {
		if !finite(v) {
			continue
		}
		if first < 0 {
			first, lowest = i, i
		}
		last = i
		if v < s.y[lowest] {
			lowest = i
		}
	}
	if first < 0 {
		return fmt.Sprintf("%-*s  no values", nameWidth, s.name)
	}
	return fmt.Sprintf("%-*s  %s  %s → %s, lowest %s at %s", nameWidth, oneLine(s.name), sparkline(s.y, 40),
		short(s.y[first]), short(s.y[last]), short(s.y[lowest]), short(s.x[lowest]))
}

// leftOut is the caption's word on values that can't be drawn.
func leftOut(n int, log bool) string {
	switch {
	case n == 0:
		return ""
	case log:
		return fmt.Sprintf("%d not drawn (NaN, infinite, or not positive on a log scale)", n)
	}
	return fmt.Sprintf("%d not drawn (NaN or infinite)", n)
}

// sentence joins the parts of a caption that there are.
func sentence(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}
