package viz

import (
	"fmt"
	"image"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/rustygradients/rg/viz/display"
)

// HeatMapOptions adjusts HeatMap.
type HeatMapOptions struct {
	Title            string
	XLabel, YLabel   string
	XLabels, YLabels []string // of the columns and the rows
	Low, High        float64  // values of the ends of the colour scale; the data's own when both are 0
	Cell             int      // pixels an edge; chosen to fit when 0
	Values           bool     // write each value into its cell, also in a large matrix
	Caption          string
}

// HeatMap shows a matrix as colours, row 0 at the top. Data with both signs gets a diverging scale with
// zero in its middle. Small matrices also show their values.
func HeatMap(m any, opts ...HeatMapOptions) *Figure {
	o := option("HeatMap", opts)
	rows, cols, data := toMatrix("HeatMap", "the matrix", m)
	if rows*cols == 0 {
		return nothing(o.Title, "no values")
	}
	checkNames("HeatMap", "XLabels", o.XLabels, cols)
	checkNames("HeatMap", "YLabels", o.YLabels, rows)
	if rows > 2048 || cols > 2048 {
		fail("HeatMap", "the matrix is %d × %d; at most 2048 × 2048 can be shown, slice it first", rows, cols)
	}
	if !finite(o.Low) || !finite(o.High) || o.Low > o.High {
		fail("HeatMap", "Low is %v and High is %v; Low must be below High", o.Low, o.High)
	}
	s := scaleOf(data, o)
	missing := 0
	for _, v := range data {
		if !finite(v) {
			missing++
		}
	}
	h := &heatMap{rows: rows, cols: cols, data: data, scale: s, o: o}
	h.layout()
	fr := frame{title: o.Title, caption: sentence(o.Caption, leftOut(missing, false))}
	width := max(h.left+h.width()+h.right+2*margin, 220)
	height := fr.height() + h.top + h.height() + h.bottom
	return newFigure(width, height, labelOf(o.Title, "heat map"), h.text(fr.caption), func(c draw.Canvas, t *colors) {
		h.draw(fr.draw(c, t), t)
	})
}

func checkNames(fn, field string, names []string, n int) {
	if names != nil && len(names) != n {
		fail(fn, "%d %s for %d", len(names), field, n)
	}
}

// valueScale maps values to positions on a colour scale.
type valueScale struct {
	lo, hi    float64
	diverging bool
}

func scaleOf(data []float64, o HeatMapOptions) valueScale {
	r := newSpan()
	for _, v := range data {
		if finite(v) {
			r.add(v)
		}
	}
	if r.empty() {
		r = span{0, 1}
	}
	s := valueScale{lo: r.lo, hi: r.hi}
	if o.Low != o.High {
		s.lo, s.hi = o.Low, o.High
	}
	s.diverging = s.lo < 0 && s.hi > 0
	switch {
	case s.diverging && o.Low == o.High: // zero belongs in the middle
		s.hi = max(s.hi, -s.lo)
		s.lo = -s.hi
	case s.hi-s.lo <= 1e-12*max(math.Abs(s.lo), math.Abs(s.hi), 1e-90):
		s.hi = s.lo + max(math.Abs(s.lo), 1)
	}
	return s
}

func (s valueScale) position(v float64) float64 {
	if s.diverging { // zero stays in the middle also when the ends are not symmetric
		if v < 0 {
			return 0.5 - 0.5*v/s.lo
		}
		return 0.5 + 0.5*v/s.hi
	}
	return (v - s.lo) / (s.hi - s.lo)
}

func (s valueScale) colors(t *colors) colorScale {
	if s.diverging {
		return t.diverging()
	}
	return t.sequential()
}

// heatMap lays a matrix out. Lengths are pixels.
type heatMap struct {
	rows, cols int
	data       []float64
	scale      valueScale
	o          HeatMapOptions

	cellW, cellH             float64
	left, right, top, bottom float64 // room for labels and the colour bar
	slanted                  bool    // column labels
	values                   bool
}

const maxLabel = 110 // pixels of a row's or column's label

func (h *heatMap) layout() {
	rowLabel := textStyle(nil, sizeSmall)
	for _, s := range h.o.YLabels {
		h.left = max(h.left, min(float64(rowLabel.Width(oneLine(s))), maxLabel)+8)
	}
	if h.o.YLabels == nil {
		h.left = float64(rowLabel.Width(fmt.Sprint(h.rows-1))) + 8
	}
	if h.o.YLabel != "" {
		h.left += sizeText + 8
	}
	h.right = 64 // the colour bar and its values

	edge := float64(h.o.Cell)
	room := figureWidth - 2*margin - h.left - h.right
	if edge <= 0 {
		edge = min(room/float64(h.cols), 460/float64(h.rows), 40)
	}
	h.cellW, h.cellH = edge, edge
	if h.cellH < 12 && h.rows == 1 {
		h.cellH = 24 // a vector is a strip
	}
	if edge >= 8 { // whole pixels have sharp edges
		h.cellW, h.cellH = math.Floor(h.cellW), math.Floor(h.cellH)
	}

	widest := 0.0
	for _, s := range h.o.XLabels {
		widest = max(widest, min(float64(rowLabel.Width(oneLine(s))), maxLabel))
	}
	h.bottom = sizeSmall + 8
	if widest > h.cellW-3 {
		h.slanted = true
		h.bottom = widest + 10
	}
	if h.o.XLabel != "" {
		h.bottom += sizeText + 8
	}
	h.values = h.o.Values || h.rows*h.cols <= 144
	valueWidth := 0.0
	for _, v := range h.data {
		if h.values {
			valueWidth = max(valueWidth, float64(rowLabel.Width(cellValue(v))))
		}
	}
	if h.values && (valueWidth > h.cellW-3 || h.cellH < sizeSmall+3) {
		h.values = false
		if grown := valueWidth + 6; grown*float64(h.cols) <= room && (h.o.Values || h.cols <= 12) && h.o.Cell == 0 {
			h.values = true
			h.cellW, h.cellH = math.Ceil(grown), max(h.cellH, math.Min(math.Ceil(grown), 28))
		}
	}
}

func (h *heatMap) width() float64  { return h.cellW * float64(h.cols) }
func (h *heatMap) height() float64 { return h.cellH * float64(h.rows) }

// cellValue writes a value in three characters or little more.
func cellValue(v float64) string {
	switch a := math.Abs(v); {
	case !finite(v):
		return short(v)
	case v == math.Trunc(v) && a < 1e5:
		return minus(fmt.Sprintf("%.0f", v))
	case a >= 100:
		return short(math.Round(v))
	case a >= 10:
		return minus(fmt.Sprintf("%.1f", v))
	case a < 0.005:
		return "0"
	}
	return minus(fmt.Sprintf("%.2f", v))
}

func (h *heatMap) draw(c draw.Canvas, t *colors) {
	x0, y1 := c.Min.X+vg.Length(h.left), c.Max.Y-vg.Length(h.top)
	area := vg.Rectangle{
		Min: vg.Point{X: x0, Y: y1 - vg.Length(h.height())},
		Max: vg.Point{X: x0 + vg.Length(h.width()), Y: y1},
	}
	scale := h.scale.colors(t)
	img := image.NewNRGBA(image.Rect(0, 0, h.cols, h.rows))
	for i, v := range h.data {
		clr := t.missing
		if finite(v) {
			clr = scale.at(h.scale.position(v))
		}
		img.SetNRGBA(i%h.cols, i/h.cols, clr)
	}
	c.DrawImage(area, img)
	if h.cellW >= 10 && h.cellH >= 10 {
		drawSeams(c, t, area, h.rows, h.cols)
	}
	if h.values {
		h.drawValues(c, t, area, scale)
	}
	h.drawLabels(c, t, area)
	h.drawBar(c, t, area, scale)
}

// drawSeams keeps the cells of a matrix apart.
func drawSeams(c draw.Canvas, t *colors, area vg.Rectangle, rows, cols int) {
	size := area.Size()
	var p vg.Path
	for j := 1; j < cols; j++ {
		x := area.Min.X + size.X*vg.Length(j)/vg.Length(cols)
		p.Move(vg.Point{X: x, Y: area.Min.Y})
		p.Line(vg.Point{X: x, Y: area.Max.Y})
	}
	for i := 1; i < rows; i++ {
		y := area.Max.Y - size.Y*vg.Length(i)/vg.Length(rows)
		p.Move(vg.Point{X: area.Min.X, Y: y})
		p.Line(vg.Point{X: area.Max.X, Y: y})
	}
	if len(p) > 0 {
		c.SetLineStyle(draw.LineStyle{Color: t.card, Width: 1})
		c.Stroke(p)
	}
}

func (h *heatMap) drawValues(c draw.Canvas, t *colors, area vg.Rectangle, scale colorScale) {
	for i, v := range h.data {
		x, y := h.center(area, i/h.cols, i%h.cols)
		background := t.missing
		if finite(v) {
			background = scale.at(h.scale.position(v))
		}
		sty := textStyle(on(background), sizeSmall)
		if v == 0 && !h.scale.diverging { // what a mask has blotted out should not speak as loud
			sty.Color = t.axis
		}
		putCentered(c, cellValue(v), x, y-sizeSmall*0.36, sty)
	}
}

// on is the colour of text that reads well on a background.
func on(background interface{ RGBA() (r, g, b, a uint32) }) interface{ RGBA() (r, g, b, a uint32) } {
	r, g, b, _ := background.RGBA()
	c := hex(r>>8<<16 | g>>8<<8 | b>>8)
	if isDark(c) {
		return light.card
	}
	return light.ink
}

func (h *heatMap) center(area vg.Rectangle, row, col int) (x, y vg.Length) {
	return area.Min.X + vg.Length((float64(col)+0.5)*h.cellW), area.Max.Y - vg.Length((float64(row)+0.5)*h.cellH)
}

func (h *heatMap) drawLabels(c draw.Canvas, t *colors, area vg.Rectangle) {
	sty := textStyle(t.muted, sizeSmall)
	every := roundStep((sizeSmall + 7) / h.cellH)
	for i := range h.rows {
		name := fmt.Sprint(i)
		if h.o.YLabels != nil {
			name = fit(h.o.YLabels[i], maxLabel, sty)
		}
		if i%every == 0 {
			_, y := h.center(area, i, 0)
			putRight(c, name, area.Min.X-6, y-sizeSmall*0.36, sty)
		}
	}
	room := float64(sty.Width(fmt.Sprint(h.cols-1))) + 8
	if h.slanted {
		room = sizeSmall + 2
	} else if h.o.XLabels != nil {
		room = 0
	}
	every = roundStep(room / h.cellW)
	for j := range h.cols {
		name := fmt.Sprint(j)
		if h.o.XLabels != nil {
			name = fit(h.o.XLabels[j], maxLabel, sty)
		}
		if j%every != 0 {
			continue
		}
		x, _ := h.center(area, 0, j)
		if h.slanted {
			turned(c, name, x+sizeSmall*0.36, area.Min.Y-6, sty, draw.XRight)
		} else {
			putCentered(c, name, x, area.Min.Y-sizeSmall-3, sty)
		}
	}
	label := textStyle(t.ink, sizeText)
	if h.o.XLabel != "" {
		y := area.Min.Y - vg.Length(h.bottom) + 3
		putCentered(c, fit(h.o.XLabel, c.Max.X-c.Min.X, label), (area.Min.X+area.Max.X)/2, y, label)
	}
	if h.o.YLabel != "" {
		turned(c, fit(h.o.YLabel, area.Max.Y-area.Min.Y, label), c.Min.X+sizeText*0.8, (area.Min.Y+area.Max.Y)/2, label, draw.XCenter)
	}
}

// roundStep is the smallest of 1, 2, 5, 10, 20, … that is not below least.
func roundStep(least float64) int {
	for p := 1; ; p *= 10 {
		for _, k := range []int{1, 2, 5} {
			if float64(k*p) >= least {
				return k * p
			}
		}
	}
}

// turned writes a line upwards; align says which of its points stands at y.
func turned(c draw.Canvas, s string, x, y vg.Length, sty draw.TextStyle, align draw.XAlignment) {
	c.Push()
	c.Translate(vg.Point{X: x, Y: y})
	c.Rotate(math.Pi / 2)
	switch align {
	case draw.XRight:
		putRight(c, s, 0, 0, sty)
	case draw.XCenter:
		putCentered(c, s, 0, 0, sty)
	default:
		putText(c, s, 0, 0, sty)
	}
	c.Pop()
}

// drawBar draws the colour scale with its values.
func (h *heatMap) drawBar(c draw.Canvas, t *colors, area vg.Rectangle, scale colorScale) {
	const steps = 64
	height := min(area.Max.Y-area.Min.Y, 200)
	r := vg.Rectangle{
		Min: vg.Point{X: area.Max.X + 14, Y: area.Max.Y - height},
		Max: vg.Point{X: area.Max.X + 24, Y: area.Max.Y},
	}
	img := image.NewNRGBA(image.Rect(0, 0, 1, steps))
	for i := range steps {
		img.SetNRGBA(0, i, scale.at(1-float64(i)/(steps-1)))
	}
	c.DrawImage(r, img)
	sty := textStyle(t.muted, sizeSmall)
	put := func(v float64, y vg.Length) { putText(c, short(v), r.Max.X+5, y-sizeSmall*0.36, sty) }
	put(h.scale.hi, r.Max.Y-4)
	put(h.scale.lo, r.Min.Y+4)
	if height > 50 {
		middle := (h.scale.lo + h.scale.hi) / 2
		if h.scale.diverging {
			middle = 0
		}
		put(middle, (r.Min.Y+r.Max.Y)/2)
	}
}

// text is a small matrix of characters, or a summary of a large one.
func (h *heatMap) text(caption string) string {
	r := newSpan()
	var sum float64
	n := 0
	for _, v := range h.data {
		if finite(v) {
			r.add(v)
			sum += v
			n++
		}
	}
	head := fmt.Sprintf("%s × %s matrix", display.Count(h.rows), display.Count(h.cols))
	if n > 0 {
		head += fmt.Sprintf(", %s … %s, mean %s", short(r.lo), short(r.hi), short(sum/float64(n)))
	}
	parts := []string{h.o.Title, head}
	if h.rows <= 32 && h.cols <= 64 {
		const shades = " .:-=+*#%@"
		for i := range h.rows {
			var b strings.Builder
			for j := range h.cols {
				v := h.data[i*h.cols+j]
				if !finite(v) {
					b.WriteByte('?')
					continue
				}
				at := min(max(h.scale.position(v), 0), 1)
				b.WriteByte(shades[int(at*float64(len(shades)-1)+0.5)])
			}
			line := "│" + b.String() + "│"
			if h.o.YLabels != nil {
				line += " " + oneLine(h.o.YLabels[i])
			}
			parts = append(parts, line)
		}
	}
	return paragraphs(append(parts, caption)...)
}
