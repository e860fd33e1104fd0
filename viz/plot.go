package viz

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"github.com/rustygradients/rg/viz/display"
)

func init() {
	display.Register(func(v any) (b display.Bundle, ok bool) {
		p, ok := v.(*plot.Plot)
		if !ok {
			return b, false
		}
		defer func() {
			if r := recover(); r != nil {
				b = display.Text(fmt.Sprint(r))
			}
		}()
		return Plot(p).MIMEBundle(), true
	})
}

// Plot shows a gonum plot. The plot keeps the looks that it was given, but for a white background, which gives
// way to the card. A cell that ends in a *plot.Plot shows it without this call.
func Plot(p *plot.Plot, opts ...PlotOptions) *Figure {
	o := option("Plot", opts)
	if p == nil {
		fail("Plot", "the plot is nil")
	}
	fr := frame{title: o.Title, caption: o.Caption}
	text := paragraphs(o.Title, labelOf(p.Title.Text, "plot"), o.Caption)
	f := newFigure(orSize(o.Width, figureWidth), orSize(o.Height, 400), labelOf(o.Title, labelOf(p.Title.Text, "plot")), text,
		func(c draw.Canvas, t *colors) {
			q := *p // drawing may settle the ranges of the axes; the caller's stay as they are
			if q.BackgroundColor == nil || q.BackgroundColor == color.White {
				q.BackgroundColor = nil
			}
			if o.XLabel != "" {
				q.X.Label.Text = o.XLabel
			}
			if o.YLabel != "" {
				q.Y.Label.Text = o.YLabel
			}
			q.Draw(fr.draw(c, t))
		})
	defer func() {
		if r := recover(); r != nil { // a value that its axis has no place for, most likely
			fail("Plot", "gonum/plot can't draw this: %v", r)
		}
	}()
	f.SVG() // now, so that a plot that can't be drawn fails where it is made
	return f
}

// NewPlot returns an empty gonum plot in the house style, to which plotters are added as usual:
//
//	p := viz.NewPlot("title")
//	p.Add(plotter.NewFunction(math.Sin))
//	p
func NewPlot(title string) *plot.Plot {
	t := theme()
	p := t.newAxes()
	p.Title.Text = title
	p.Title.TextStyle.Font = sansFont(sizeTitle, true)
	p.Title.TextStyle.Color = t.ink
	p.Title.Padding = 8
	p.X.Tick.Marker, p.Y.Tick.Marker = niceTicks{7}, niceTicks{5}
	p.Legend.TextStyle.Font = sansFont(sizeText, false)
	p.Legend.TextStyle.Color = t.ink
	p.Legend.Top = true
	p.Add(gridLines{draw.LineStyle{Color: t.grid, Width: widthGrid}})
	return p
}

// SeriesColor is the i-th colour of the house palette, for plotters of one's own.
func SeriesColor(i int) color.Color {
	return theme().lineColor(max(i, 0))
}
