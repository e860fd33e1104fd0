package viz

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/rustygradients/rg/viz/display"
)

// Line draws y against x, joined in order. y is a list, or a matrix with one line in each row; x is
// a list as long as the lines, or nil for 0, 1, 2, …
func Line(x, y any, opts ...PlotOptions) *Figure {
	o := option("Line", opts)
	t := theme()
	d := toDense("Line", "y", y)
	count, n := 1, len(d.data)
	if len(d.shape) == 2 {
		count, n = d.shape[0], d.shape[1]
	} else if len(d.shape) > 2 {
		fail("Line", "y has shape %v; a list or a matrix is wanted", d.shape)
	}
	xs := positions("Line", x, n)
	if n == 0 || count == 0 {
		return nothing(o.Title, "no values")
	}
	var lines []xy
	for i := range count {
		s := xy{name: nth(o.Names, i), x: xs, y: d.data[i*n : (i+1)*n], color: t.lineColor(i), dash: dashes(i, len(t.series)), width: widthLine}
		lines = append(lines, s)
	}
	a := &axes{xLabel: o.XLabel, yLabel: o.YLabel, xLog: o.LogX, yLog: o.LogY, x: newSpan(), y: newSpan(), flush: true}
	missing := 0
	for _, s := range lines {
		missing += a.include(s)
	}
	fr := frame{title: o.Title, caption: sentence(o.Caption, leftOut(missing, o.LogX || o.LogY))}
	if count > 1 || len(o.Names) > 0 {
		for _, s := range lines {
			fr.legend = append(fr.legend, legendEntry{name: s.name, color: s.color, dash: s.dash})
		}
	}
	return newFigure(orSize(o.Width, figureWidth), orSize(o.Height, figureHeight), labelOf(o.Title, "line plot"),
		seriesText(o.Title, lines, fr.caption), func(c draw.Canvas, t *colors) {
			c = fr.draw(c, t)
			p := a.plot(t)
			for _, l := range lines {
				p.Add(polyline{l, a})
			}
			p.Draw(c)
		})
}

// Scatter draws points. Options.Classes gives each a colour by its class number, Options.Names names the
// classes.
func Scatter(x, y any, opts ...PlotOptions) *Figure {
	o := option("Scatter", opts)
	t := theme()
	ys := numbers("Scatter", "y", y)
	xs := positions("Scatter", x, len(ys))
	classes := make([]int, len(ys))
	if o.Classes != nil {
		classes = toInts("Scatter", "Classes", o.Classes)
		if len(classes) != len(ys) {
			fail("Scatter", "%d points but %d classes", len(ys), len(classes))
		}
	}
	if len(ys) == 0 {
		return nothing(o.Title, "no points")
	}
	groups, order := byClass(classes)
	a := &axes{xLabel: o.XLabel, yLabel: o.YLabel, xLog: o.LogX, yLog: o.LogY, x: newSpan(), y: newSpan()}
	missing := a.include(xy{x: xs, y: ys})
	fr := frame{title: o.Title, caption: sentence(o.Caption, leftOut(missing, o.LogX || o.LogY))}
	if len(ys) > maxPoints {
		fr.caption = sentence(fr.caption, fmt.Sprintf("%s of %s points drawn", display.Count(maxPoints), display.Count(len(ys))))
	}
	var sets []xy
	for i, class := range order {
		s := xy{name: fmt.Sprint(class), color: t.lineColor(i)}
		if class >= 0 && class < len(o.Names) {
			s.name = o.Names[class]
		}
		for _, j := range groups[class] {
			s.x, s.y = append(s.x, xs[j]), append(s.y, ys[j])
		}
		sets = append(sets, s)
		if o.Classes != nil {
			fr.legend = append(fr.legend, legendEntry{name: s.name, color: s.color, dot: true})
		}
	}
	text := fmt.Sprintf("%s points, x %s … %s, y %s … %s", display.Count(len(ys)),
		short(a.x.lo), short(a.x.hi), short(a.y.lo), short(a.y.hi))
	if a.x.empty() {
		text = fmt.Sprintf("%s points, none of which can be drawn", display.Count(len(ys)))
	}
	return newFigure(orSize(o.Width, figureWidth), orSize(o.Height, 400), labelOf(o.Title, "scatter plot"),
		paragraphs(o.Title, text, fr.caption), func(c draw.Canvas, t *colors) {
			c = fr.draw(c, t)
			p := a.plot(t)
			for i, s := range sets {
				p.Add(points{s, a, i, len(ys)})
			}
			p.Draw(c)
		})
}

// points draws the marks of one class. Shapes differ as well as colours.
type points struct {
	xy
	axes  *axes
	class int
	total int // of all classes: crowds get smaller, fainter marks
}

// maxPoints bounds the marks of a scatter plot; the caption says when it draws a part of them.
const maxPoints = 2000

func (s points) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	radius, opacity := vg.Length(glyphRadius), 0.8
	if s.total > 400 {
		radius, opacity = 1.8, 0.6
	}
	var path vg.Path
	stride := max(float64(s.total)/maxPoints, 1)
	for at := 0.0; int(at) < len(s.x); at += stride {
		if i := int(at); s.axes.drawable(s.x[i], s.y[i]) {
			path = append(path, mark(s.class, vg.Point{X: toX(s.x[i]), Y: toY(s.y[i])}, radius)...)
		}
	}
	c.SetColor(faded(s.color, opacity))
	if len(path) > 0 {
		c.Fill(path)
	}
}

// mark is the outline of the i-th shape: circle, triangle, square, diamond, triangle upside down, star.
func mark(i int, at vg.Point, radius vg.Length) vg.Path {
	corners, start, inner := 0, math.Pi/2, 0.0
	switch i % 6 {
	case 0:
		return circle(at, radius)
	case 1:
		corners = 3
	case 2:
		corners, start = 4, math.Pi/4
	case 3:
		corners = 4
	case 4:
		corners, start = 3, -math.Pi/2
	case 5:
		corners, inner = 10, 0.45
	}
	radius *= 1.2 // shapes with corners look smaller than circles
	var p vg.Path
	for k := range corners {
		r := float64(radius)
		if inner > 0 && k%2 == 1 {
			r *= inner
		}
		sin, cos := math.Sincos(start + 2*math.Pi*float64(k)/float64(corners))
		pt := vg.Point{X: at.X + vg.Length(r*cos), Y: at.Y + vg.Length(r*sin)}
		if k == 0 {
			p.Move(pt)
		} else {
			p.Line(pt)
		}
	}
	p.Close()
	return p
}

func byClass(classes []int) (groups map[int][]int, order []int) {
	groups = map[int][]int{}
	for i, c := range classes {
		if groups[c] == nil {
			order = append(order, c)
		}
		groups[c] = append(groups[c], i)
	}
	slices.Sort(order)
	return groups, order
}

// positions reads x, or counts when there is none.
func positions(fn string, x any, n int) []float64 {
	if x == nil {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = float64(i)
		}
		return xs
	}
	xs := numbers(fn, "x", x)
	if len(xs) != n {
		fail(fn, "x has %d values but y has %d", len(xs), n)
	}
	return xs
}

// nth is the i-th name, or its number.
func nth(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprint(i)
}

func labelOf(title, kind string) string {
	if title == "" {
		return kind
	}
	return title
}

// paragraphs joins the lines of a text/plain that there are.
func paragraphs(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n")
}

func seriesText(title string, lines []xy, caption string) string {
	width := 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l.name))
	}
	parts := []string{title}
	for i, l := range lines {
		if i == 20 {
			parts = append(parts, fmt.Sprintf("… %d more lines", len(lines)-i))
			break
		}
		parts = append(parts, l.summary(width))
	}
	return paragraphs(append(parts, caption)...)
}
