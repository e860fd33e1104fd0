package viz

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/rustygradients/rg/viz/display"
)

// Histogram shows how values are distributed: weights, gradients, activations. A tensor of any shape is
// read as its elements.
func Histogram(values any, opts ...PlotOptions) *Figure {
	o := option("Histogram", opts)
	if o.LogX {
		fail("Histogram", "LogX is not supported; take the logarithm of the values")
	}
	if o.Bins < 0 || o.Bins > 1000 {
		fail("Histogram", "Bins is %d; choose 1 to 1000, or 0 for a number that suits the data", o.Bins)
	}
	all := numbers("Histogram", "values", values)
	xs := make([]float64, 0, len(all))
	for _, v := range all {
		if finite(v) {
			xs = append(xs, v)
		}
	}
	missing := leftOut(len(all)-len(xs), false)
	if len(xs) == 0 {
		return nothing(o.Title, sentence("no values", missing))
	}
	slices.Sort(xs)
	b := binned(xs, o.Bins)

	var mean, variance float64
	for i, v := range xs {
		mean += (v - mean) / float64(i+1)
	}
	for i, v := range xs {
		variance += ((v-mean)*(v-mean) - variance) / float64(i+1)
	}
	stats := sentence(display.Count(len(xs))+" values",
		fmt.Sprintf("mean %s", short(mean)), fmt.Sprintf("sd %s", short(math.Sqrt(variance))),
		fmt.Sprintf("median %s", short(xs[len(xs)/2])),
		fmt.Sprintf("%s … %s", short(xs[0]), short(xs[len(xs)-1])))
	fr := frame{title: o.Title, caption: sentence(o.Caption, stats, missing)}

	a := &axes{xLabel: o.XLabel, yLabel: o.YLabel, yLog: o.LogY, x: newSpan(), y: newSpan(), fromZero: !o.LogY, yTicks: wholeTicks{5}}
	if o.LogY {
		a.yTicks = nil
		a.y.add(0.8)
	} else {
		a.y.add(0)
	}
	a.x.add(b.lo)
	a.x.add(b.lo + b.width*float64(len(b.counts)))
	for _, n := range b.counts {
		if n > 0 {
			a.y.add(n)
		}
	}
	text := paragraphs(o.Title, fmt.Sprintf("%s  %s … %s", sparkline(b.counts, 60), short(xs[0]), short(xs[len(xs)-1])), fr.caption)
	return newFigure(orSize(o.Width, figureWidth), orSize(o.Height, 300), labelOf(o.Title, "histogram"), text,
		func(c draw.Canvas, t *colors) {
			c = fr.draw(c, t)
			p := a.plot(t)
			p.Add(bars{b, t.lineColor(0)})
			p.Draw(c)
		})
}

// bins are counts of values in intervals of equal width.
type bins struct {
	lo, width float64
	counts    []float64
}

// binned counts sorted values. Without a number of bins it takes Freedman and Diaconis' width
// (1981): twice the interquartile range over the cube root of the count.
func binned(xs []float64, n int) bins {
	lo, hi := xs[0], xs[len(xs)-1]
	if hi-lo <= max(math.Abs(lo), math.Abs(hi))*1e-12 {
		w := max(math.Abs(lo)*0.1, 0.5)
		lo, hi = lo-w, hi+w
		n = max(n, 1)
	}
	if n == 0 {
		iqr := xs[len(xs)*3/4] - xs[len(xs)/4]
		n = 1 + int(math.Ceil(math.Log2(float64(len(xs))))) // Sturges, where half the values are equal
		if w := 2 * iqr / math.Cbrt(float64(len(xs))); w > 0 {
			n = int(min(math.Ceil((hi-lo)/w), 80))
		}
		n = max(n, 5)
	}
	b := bins{lo: lo, width: (hi - lo) / float64(n), counts: make([]float64, n)}
	for _, v := range xs {
		b.counts[min(max(int((v-lo)/b.width), 0), n-1)]++
	}
	return b
}

type bars struct {
	bins
	color interface{ RGBA() (r, g, b, a uint32) }
}

func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	c.SetColor(b.color)
	gap := vg.Length(1)
	if toX(b.lo+b.width)-toX(b.lo) < 5 {
		gap = 0
	}
	for i, n := range b.counts {
		if n <= 0 {
			continue
		}
		x0, x1 := toX(b.lo+float64(i)*b.width), toX(b.lo+float64(i+1)*b.width)-gap
		c.Fill(vg.Rectangle{Min: vg.Point{X: x0, Y: c.Min.Y}, Max: vg.Point{X: x1, Y: toY(n)}}.Path())
	}
}
