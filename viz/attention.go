package viz

import (
	"fmt"
	"image"
	"math"
	"reflect"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/rustygradients/rg/viz/display"
)

// AttentionOptions adjusts AttentionMaps.
type AttentionOptions struct {
	Title   string
	Tokens  []string // of the sequence; written at the edges where there is room for them
	Caption string
	Width   int // of the picture, in pixels; 580
}

// AttentionMaps shows the attention weights of a whole model side by side: a row for each layer, a
// column for each head. In a map, row i is how position i shares its attention among the columns. Under
// each stands the habit that explains most of it, if one does: the share that goes, on average, to the
// position itself, to the one so many back, or to the first.
//
// weights are numbers of shape (heads, T, T) or (layers, heads, T, T), with an axis of length 1 for the
// batch before the heads or without, or a list of tensors, one for each layer. The colour goes with
// the square root of the weight, so that small shares are seen beside large ones.
func AttentionMaps(weights any, opts ...AttentionOptions) *Figure {
	o := option("AttentionMaps", opts)
	m := toAttention("AttentionMaps", weights)
	m.o = o
	if len(m.data) == 0 {
		return nothing(o.Title, "no weights")
	}
	if m.rows > 1024 || m.cols > 1024 || m.layers*m.heads > 1024 {
		fail("AttentionMaps", "%d × %d maps of %d × %d; at most 1024 maps of 1024 × 1024 can be shown, slice first",
			m.layers, m.heads, m.rows, m.cols)
	}
	if o.Tokens != nil && len(o.Tokens) != m.cols {
		fail("AttentionMaps", "%d Tokens for %d positions", len(o.Tokens), m.cols)
	}
	m.layout(orSize(o.Width, figureWidth))
	missing := 0
	for _, v := range m.data {
		if !finite(v) {
			missing++
		}
	}
	fr := frame{title: o.Title, caption: sentence(o.Caption, leftOut(missing, false))}
	width := m.left + float64(m.heads)*(m.panelW+panelGap) - panelGap + 2*margin
	height := fr.height() + m.top + float64(m.layers)*(m.panelH+m.under) + m.legend
	label := labelOf(o.Title, "attention maps")
	return newFigure(max(width, 260), height, label, m.text(fr.caption), func(c draw.Canvas, t *colors) {
		m.draw(fr.draw(c, t), t)
	})
}

// attention is the weights of all heads. Lengths are pixels.
type attention struct {
	layers, heads, rows, cols int
	data                      []float64
	o                         AttentionOptions

	panelW, panelH float64
	left, top      float64 // room for names of layers and heads, and for the tokens
	under          float64 // between a map and the next below it: its habit, and a gap
	legend         float64
	tokens         bool // there is room for them
}

const (
	panelGap    = 12
	habitHeight = sizeSmall + 5
	scaleHeight = 26 // the colour scale and its numbers
)

// toAttention reads the weights in any of the forms that AttentionMaps takes.
func toAttention(fn string, v any) *attention {
	var d dense
	if layers, ok := listOfArrays(v); ok {
		for i, l := range layers {
			one := toDense(fn, fmt.Sprintf("layer %d", i), l)
			if i > 0 && !reflect.DeepEqual(one.shape, d.shape[1:]) {
				fail(fn, "layer 0 has shape %v, layer %d has %v", d.shape[1:], i, one.shape)
			}
			if i == 0 {
				d.shape = append([]int{len(layers)}, one.shape...)
			}
			d.data = append(d.data, one.data...)
		}
		if len(layers) > 0 && len(d.shape) == 3 { // one head a layer
			d.shape = []int{d.shape[0], 1, d.shape[1], d.shape[2]}
		}
	} else {
		d = toDense(fn, "the weights", v)
	}
	s := d.shape
	if len(s) == 5 && s[1] == 1 { // (layers, 1, heads, T, T)
		s = []int{s[0], s[2], s[3], s[4]}
	}
	switch len(s) {
	case 2:
		s = []int{1, 1, s[0], s[1]}
	case 3:
		s = []int{1, s[0], s[1], s[2]}
	case 4:
	default:
		if len(d.data) == 0 {
			return &attention{}
		}
		fail(fn, "weights of shape %v; wanted are (heads, T, T) or (layers, heads, T, T), of one sequence", d.shape)
	}
	return &attention{layers: s[0], heads: s[1], rows: s[2], cols: s[3], data: d.data}
}

// listOfArrays recognises a slice of tensors.
func listOfArrays(v any) ([]array, bool) {
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Slice || !r.Type().Elem().Implements(reflect.TypeFor[array]()) {
		return nil, false
	}
	out := make([]array, r.Len())
	for i := range out {
		out[i] = r.Index(i).Interface().(array)
	}
	return out, true
}

func (m *attention) layout(width float64) {
	sty := textStyle(nil, sizeSmall)
	m.left, m.top = sizeSmall+10, sizeSmall+8
	room := func() float64 {
		return (width - 2*margin - m.left - float64(m.heads-1)*panelGap) / float64(m.heads)
	}
	// Tokens are written where each has a line's height; longer ones take room from the maps.
	if m.o.Tokens != nil && m.rows == m.cols {
		widest := 0.0
		for _, s := range m.o.Tokens {
			widest = max(widest, min(float64(sty.Width(shownToken(s))), 70))
		}
		bare := m.left
		m.left += widest + 6
		if m.tokens = room()/float64(m.cols) >= sizeSmall+1; m.tokens {
			m.top += widest + 6
		} else {
			m.left = bare
		}
	}
	cell := max(min(room()/float64(m.cols), 28), 0.25)
	if cell >= 2 {
		cell = math.Floor(cell*2) / 2 // half pixels are whole ones on most screens
	}
	m.panelW, m.panelH = max(cell*float64(m.cols), 24), max(cell*float64(m.rows), 12)
	m.under = panelGap
	if m.panelW >= 70 {
		m.under += habitHeight
	}
	m.legend = scaleHeight
}

// at is the weights of one head.
func (m *attention) at(layer, head int) []float64 {
	n := m.rows * m.cols
	i := layer*m.heads + head
	return m.data[i*n : (i+1)*n]
}

// shownToken writes a token so that it can be seen: a space is ␣, a line's end ⏎.
func shownToken(s string) string {
	return strings.ReplaceAll(oneLine(s), " ", "␣")
}

func (m *attention) draw(c draw.Canvas, t *colors) {
	sty, muted := textStyle(t.ink, sizeSmall), textStyle(t.muted, sizeSmall)
	scale := t.sequential()
	for layer := range m.layers {
		y1 := c.Max.Y - vg.Length(m.top) - vg.Length(float64(layer)*(m.panelH+m.under))
		y0 := y1 - vg.Length(m.panelH)
		name := fmt.Sprintf("layer %d", layer)
		if float64(sty.Width(name)) > m.panelH {
			name = fmt.Sprint(layer)
		}
		turned(c, name, c.Min.X+sizeSmall*0.8, (y0+y1)/2, sty, draw.XCenter)
		for head := range m.heads {
			x0 := c.Min.X + vg.Length(m.left) + vg.Length(float64(head)*(m.panelW+panelGap))
			area := vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x0 + vg.Length(m.panelW), Y: y1}}
			if layer == 0 {
				name := fmt.Sprintf("head %d", head)
				if float64(sty.Width(name)) > m.panelW+panelGap-4 {
					name = fmt.Sprint(head)
				}
				putCentered(c, name, (area.Min.X+area.Max.X)/2, c.Max.Y-sizeSmall, sty)
			}
			m.panel(c, t, area, m.at(layer, head), scale)
			if m.under > panelGap {
				habit := fit(habitOf(m.at(layer, head), m.rows, m.cols).String(), area.Max.X-area.Min.X+panelGap-2, muted)
				putText(c, habit, area.Min.X, area.Min.Y-sizeSmall-2, muted)
			}
			if m.tokens {
				m.labels(c, t, area, layer == 0, head == 0)
			}
		}
	}
	drawWeightScale(c, t, c.Min.X+vg.Length(m.left), c.Min.Y+sizeSmall+4, scale)
}

// panel draws one map. What a causal mask hides is bare card, so that the triangle shows.
func (m *attention) panel(c draw.Canvas, t *colors, area vg.Rectangle, w []float64, scale colorScale) {
	img := image.NewNRGBA(image.Rect(0, 0, m.cols, m.rows))
	causal := isCausal(w, m.rows, m.cols)
	for i, v := range w {
		switch row, col := i/m.cols, i%m.cols; {
		case !finite(v):
			img.SetNRGBA(col, row, t.missing)
		case causal && col > row:
			img.SetNRGBA(col, row, t.card)
		default:
			img.SetNRGBA(col, row, scale.at(math.Sqrt(max(v, 0))))
		}
	}
	c.DrawImage(area, img)
	c.SetLineStyle(draw.LineStyle{Color: t.border, Width: widthGrid})
	var p vg.Path
	p.Move(area.Min)
	p.Line(vg.Point{X: area.Max.X, Y: area.Min.Y})
	p.Line(area.Max)
	p.Line(vg.Point{X: area.Min.X, Y: area.Max.Y})
	p.Close()
	c.Stroke(p)
}

func isCausal(w []float64, rows, cols int) bool {
	if rows != cols || rows < 2 {
		return false
	}
	for i, v := range w {
		if i%cols > i/cols && v != 0 {
			return false
		}
	}
	return true
}

// labels writes the tokens over a map of the first row, and beside one of the first column.
func (m *attention) labels(c draw.Canvas, t *colors, area vg.Rectangle, over, beside bool) {
	sty := textStyle(t.muted, sizeSmall)
	cell := vg.Length(m.panelW / float64(m.cols))
	for i, s := range m.o.Tokens {
		s = fit(shownToken(s), 70, sty)
		at := (vg.Length(i) + 0.5) * cell
		if over {
			turned(c, s, area.Min.X+at+sizeSmall*0.36, area.Max.Y+5, sty, draw.XLeft)
		}
		if beside {
			putRight(c, s, area.Min.X-5, area.Max.Y-at-sizeSmall*0.36, sty)
		}
	}
}

// drawWeightScale draws the colours of weights, evenly spaced in the root of the weight.
func drawWeightScale(c draw.Canvas, t *colors, x, y vg.Length, scale colorScale) {
	const steps, width, height = 64, 180, 8
	img := image.NewNRGBA(image.Rect(0, 0, steps, 1))
	for i := range steps {
		img.SetNRGBA(i, 0, scale.at(float64(i)/(steps-1)))
	}
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + width, Y: y + height}}, img)
	sty := textStyle(t.muted, sizeSmall)
	for _, share := range []float64{0, 0.05, 0.25, 0.5, 1} {
		at := x + vg.Length(math.Sqrt(share))*width
		label := fmt.Sprintf("%.0f %%", 100*share)
		switch share {
		case 0:
			putText(c, "0", at, y-sizeSmall, sty)
		case 1:
			putRight(c, label, at, y-sizeSmall, sty)
		default:
			putCentered(c, label, at, y-sizeSmall, sty)
		}
	}
	putText(c, "of a position's attention", x+width+10, y, sty)
}

// habit is where a head looks, if one rule says most of it.
type habit struct {
	back  int // how far; -1 is the first position, wherever that is
	share float64
}

// habitOf finds the rule that takes the largest share of the weights, on average over the positions that
// have a choice.
func habitOf(w []float64, rows, cols int) habit {
	var best habit
	if rows != cols || rows < 2 {
		return best
	}
	mean := func(from int, column func(i int) int) float64 {
		sum, n := 0.0, 0
		for i := from; i < rows; i++ {
			if v := w[i*cols+column(i)]; finite(v) {
				sum += v
				n++
			}
		}
		return sum / float64(max(n, 1))
	}
	for back := 0; back <= rows/2 && back < 16; back++ {
		if s := mean(max(back, 1), func(i int) int { return i - back }); s > best.share {
			best = habit{back, s}
		}
	}
	if s := mean(min(2, rows-1), func(int) int { return 0 }); s > best.share {
		best = habit{-1, s}
	}
	return best
}

func (h habit) String() string {
	if h.share < 0.2 {
		return "spread out"
	}
	share := fmt.Sprintf("%.0f %%", 100*h.share)
	switch h.back {
	case -1:
		return "the first " + share
	case 0:
		return "itself " + share
	}
	return fmt.Sprintf("%d back %s", h.back, share)
}

// text says what each head does, in words.
func (m *attention) text(caption string) string {
	head := fmt.Sprintf("%s layers, %s heads, %s × %s positions",
		display.Count(m.layers), display.Count(m.heads), display.Count(m.rows), display.Count(m.cols))
	parts := []string{m.o.Title, head}
	for layer := range min(m.layers, 32) {
		var names []string
		for h := range min(m.heads, 16) {
			names = append(names, habitOf(m.at(layer, h), m.rows, m.cols).String())
		}
		parts = append(parts, fmt.Sprintf("layer %d: %s", layer, strings.Join(names, " · ")))
	}
	return paragraphs(append(parts, caption)...)
}
