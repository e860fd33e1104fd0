package viz

import (
	"fmt"
	"image"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/rustygradients/rg/viz/display"
)

// ConfusionOptions adjusts ConfusionMatrix.
type ConfusionOptions struct {
	Title  string   // "confusion matrix"
	Labels []string // of the classes; their numbers when nil
}

// ConfusionMatrix counts how often each true class (rows) was taken for each class (columns). Hits, on
// the diagonal, are blue; mistakes are orange, so that the few that there are stand out.
func ConfusionMatrix(truth, predicted any, opts ...ConfusionOptions) *Figure {
	o := option("ConfusionMatrix", opts)
	if o.Title == "" {
		o.Title = "confusion matrix"
	}
	want := toInts("ConfusionMatrix", "truth", truth)
	got := toInts("ConfusionMatrix", "predicted", predicted)
	if len(want) != len(got) {
		fail("ConfusionMatrix", "%d true classes but %d predicted ones; did you forget ArgMax over the classes?", len(want), len(got))
	}
	if len(want) == 0 {
		return nothing(o.Title, "no predictions")
	}
	n := len(o.Labels)
	for i := range want {
		for _, k := range []int{want[i], got[i]} {
			switch {
			case k < 0:
				fail("ConfusionMatrix", "class %d at element %d is negative; classes count from 0", k, i)
			case o.Labels != nil && k >= len(o.Labels):
				fail("ConfusionMatrix", "class %d at element %d has no label; there are %d Labels", k, i, len(o.Labels))
			case k >= maxClasses:
				fail("ConfusionMatrix", "class %d at element %d: at most %d classes can be shown", k, i, maxClasses)
			}
			n = max(n, k+1)
		}
	}
	m := &confusion{n: n, counts: make([]int, n*n), labels: o.Labels, total: len(want)}
	if m.labels == nil {
		for k := range n {
			m.labels = append(m.labels, fmt.Sprint(k))
		}
	}
	for i := range want {
		m.counts[want[i]*n+got[i]]++
		if want[i] == got[i] {
			m.hits++
		}
	}
	m.layout()
	fr := frame{title: o.Title, caption: fmt.Sprintf("accuracy %.1f %% (%s of %s)", 100*float64(m.hits)/float64(m.total), display.Count(m.hits), display.Count(m.total))}
	width := 2*margin + m.left + m.cell*float64(n) + m.right
	height := fr.height() + m.top + m.cell*float64(n)
	return newFigure(max(width, 240), height, o.Title, m.text(o.Title, fr.caption), func(c draw.Canvas, t *colors) {
		m.draw(fr.draw(c, t), t)
	})
}

const maxClasses = 200

type confusion struct {
	n           int
	counts      []int // row: true class, column: predicted
	labels      []string
	total, hits int

	cell             float64
	left, right, top float64
	slanted          bool
}

func (m *confusion) layout() {
	sty := textStyle(nil, sizeText)
	widest := 0.0
	for _, s := range m.labels {
		widest = max(widest, min(float64(sty.Width(oneLine(s))), maxLabel))
	}
	m.left = sizeText + 12 + widest + 8
	m.right = 58 // recall
	m.cell = min((figureWidth-2*margin-m.left-m.right)/float64(m.n), 38)
	if m.cell > 8 {
		m.cell = float64(int(m.cell))
	}
	m.top = sizeText + 10 + sizeText + 8
	if widest > m.cell-4 {
		m.slanted = true
		m.top = sizeText + 10 + widest + 8
	}
}

func (m *confusion) draw(c draw.Canvas, t *colors) {
	x0, y1 := c.Min.X+vg.Length(m.left), c.Max.Y-vg.Length(m.top)
	cell := vg.Length(m.cell)
	img := image.NewNRGBA(image.Rect(0, 0, m.n, m.n))
	largest, worst := m.extremes()
	for k, count := range m.counts {
		i, j := k/m.n, k%m.n
		fill := t.low[0]
		if count > 0 && i == j {
			fill = mix(t.low[0], t.good, 0.25+0.75*float64(count)/float64(largest))
		} else if count > 0 {
			fill = mix(t.low[0], t.bad, 0.3+0.7*float64(count)/float64(worst))
		}
		img.SetNRGBA(j, i, fill)
	}
	size := cell * vg.Length(m.n)
	area := vg.Rectangle{Min: vg.Point{X: x0, Y: y1 - size}, Max: vg.Point{X: x0 + size, Y: y1}}
	c.DrawImage(area, img)
	if m.cell >= 8 {
		drawSeams(c, t, area, m.n, m.n)
	}
	for k, count := range m.counts {
		i, j := k/m.n, k%m.n
		sty := textStyle(on(img.NRGBAAt(j, i)), sizeText)
		if s := fmt.Sprint(count); count > 0 && m.cell > sizeText+1 && sty.Width(s) < cell-3 {
			putCentered(c, s, x0+cell*(vg.Length(j)+0.5), y1-cell*(vg.Length(i)+0.5)-sizeText*0.36, sty)
		}
	}
	m.drawLabels(c, t, x0, y1)
}

// extremes returns the largest count on the diagonal and the largest off it.
func (m *confusion) extremes() (largest, worst int) {
	largest, worst = 1, 1
	for i, n := range m.counts {
		if i/m.n == i%m.n {
			largest = max(largest, n)
		} else {
			worst = max(worst, n)
		}
	}
	return largest, max(worst, 3) // a single mistake is no alarm
}

func (m *confusion) drawLabels(c draw.Canvas, t *colors, x0, y1 vg.Length) {
	cell := vg.Length(m.cell)
	name, axis, small := textStyle(t.ink, sizeText), textStyle(t.muted, sizeText), textStyle(t.muted, sizeSmall)
	every := roundStep((sizeText + 2) / m.cell)
	right := x0 + cell*vg.Length(m.n) + 8
	for k := range m.n {
		if k%every != 0 {
			continue
		}
		middle := cell*vg.Length(k) + cell/2
		s := fit(m.labels[k], maxLabel, name)
		putRight(c, s, x0-7, y1-middle-sizeText*0.36, name)
		if m.slanted {
			turned(c, s, x0+middle+sizeText*0.36, y1+7, name, draw.XLeft)
		} else {
			putCentered(c, s, x0+middle, y1+7, name)
		}
		if share, ok := m.recall(k); ok {
			putText(c, fmt.Sprintf("%.0f %%", 100*share), right, y1-middle-sizeSmall*0.36, small)
		}
	}
	size := cell * vg.Length(m.n)
	top := y1 + vg.Length(m.top) - sizeText
	putText(c, "predicted", x0, top, axis)
	putText(c, "recall", right, top, small)
	turned(c, "true", c.Min.X+sizeText*0.8, y1-size/2, axis, draw.XCenter)
}

// recall is the share of a class that was recognised; false when the class never occurs.
func (m *confusion) recall(k int) (float64, bool) {
	sum := 0
	for _, n := range m.counts[k*m.n : (k+1)*m.n] {
		sum += n
	}
	if sum == 0 {
		return 0, false
	}
	return float64(m.counts[k*m.n+k]) / float64(sum), true
}

// text is the matrix in characters, or its worst mistakes when it is large.
func (m *confusion) text(title, caption string) string {
	parts := []string{title, caption}
	if m.n > 20 {
		return paragraphs(parts...)
	}
	width := 1
	for _, n := range m.counts {
		width = max(width, len(fmt.Sprint(n)))
	}
	label := 4
	for _, s := range m.labels {
		label = max(label, min(utf8.RuneCountInString(s), 12))
		width = max(width, min(utf8.RuneCountInString(s), 6))
	}
	cut := func(s string, n int) string {
		r := []rune(oneLine(s))
		return string(r[:min(len(r), n)])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%*s", label, "true")
	for _, s := range m.labels {
		fmt.Fprintf(&b, " %*s", width, cut(s, width))
	}
	parts = append(parts, b.String()+"  ← predicted")
	for i, s := range m.labels {
		b.Reset()
		fmt.Fprintf(&b, "%*s", label, cut(s, label))
		for _, n := range m.counts[i*m.n : (i+1)*m.n] {
			if n == 0 {
				fmt.Fprintf(&b, " %*s", width, "·")
			} else {
				fmt.Fprintf(&b, " %*d", width, n)
			}
		}
		parts = append(parts, b.String())
	}
	return paragraphs(parts...)
}
