package viz

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/rustygradients/rg/viz/display"
)

// Figure is a finished picture. A cell that ends in one shows it; Save writes it to a file.
type Figure struct {
	width, height float64 // CSS pixels
	label         string  // what a screen reader says
	text          string  // text/plain
	colors        *colors
	paint         func(c draw.Canvas, t *colors)

	svgOnce, pngOnce sync.Once
	svg, png         []byte
}

func newFigure(width, height float64, label, text string, paint func(draw.Canvas, *colors)) *Figure {
	return &Figure{
		width: math.Round(width), height: math.Round(height),
		label: label, text: text, colors: theme(), paint: paint,
	}
}

// Size returns the size at which the picture is shown, in CSS pixels.
func (f *Figure) Size() (width, height int) { return int(f.width), int(f.height) }

// SVG returns the picture as a vector image.
func (f *Figure) SVG() []byte {
	f.svgOnce.Do(func() {
		c := newSVG(f.width, f.height)
		f.draw(c)
		f.svg = c.bytes(f.label)
	})
	return f.svg
}

// PNG returns the picture as pixels, at twice the size at which it is shown.
func (f *Figure) PNG() []byte {
	f.pngOnce.Do(func() {
		c := newRaster(f.width, f.height)
		f.draw(c)
		f.png = encodePNG(c.Image())
	})
	return f.png
}

// String describes the picture in plain text.
func (f *Figure) String() string { return f.text }

// MIMEBundle returns SVG, PNG and text.
func (f *Figure) MIMEBundle() display.Bundle {
	b := f.quick()
	b.Data[display.MIMEPNG] = f.PNG()
	b.Metadata = map[string]any{
		display.MIMEPNG: map[string]any{"width": int(f.width), "height": int(f.height), "alt": f.label},
	}
	return b
}

// quick leaves the PNG out: it takes twenty times as long as the rest, and a picture that is replaced
// in a moment needs none.
func (f *Figure) quick() display.Bundle {
	return display.Bundle{Data: map[string]any{
		display.MIMESVG:  string(f.SVG()),
		display.MIMEText: f.text,
	}}
}

// Save writes the picture to a file, as SVG or PNG by the name's ending.
func (f *Figure) Save(name string) error {
	var data []byte
	switch strings.ToLower(filepath.Ext(name)) {
	case ".svg":
		data = f.SVG()
	case ".png":
		data = f.PNG()
	default:
		return fmt.Errorf("viz: can't save a picture as %q: end the name in .svg or .png", name)
	}
	return os.WriteFile(name, data, 0o644)
}

func (f *Figure) draw(canvas vg.CanvasSizer) {
	c := draw.New(canvas)
	c.SetColor(f.colors.card)
	c.Fill(rounded(c.Rectangle, corner))
	inner := c.Rectangle
	inner.Min.X, inner.Min.Y, inner.Max.X, inner.Max.Y = inner.Min.X+0.5, inner.Min.Y+0.5, inner.Max.X-0.5, inner.Max.Y-0.5
	c.SetLineStyle(draw.LineStyle{Color: f.colors.border, Width: 1})
	c.Stroke(rounded(inner, corner-0.5))
	f.paint(draw.Crop(c, margin, -margin, margin, -margin), f.colors)
}

// rounded is a rectangle with round corners.
func rounded(r vg.Rectangle, radius vg.Length) vg.Path {
	var p vg.Path
	p.Move(vg.Point{X: r.Min.X + radius, Y: r.Min.Y})
	p.Arc(vg.Point{X: r.Max.X - radius, Y: r.Min.Y + radius}, radius, -math.Pi/2, math.Pi/2)
	p.Arc(vg.Point{X: r.Max.X - radius, Y: r.Max.Y - radius}, radius, 0, math.Pi/2)
	p.Arc(vg.Point{X: r.Min.X + radius, Y: r.Max.Y - radius}, radius, math.Pi/2, math.Pi/2)
	p.Arc(vg.Point{X: r.Min.X + radius, Y: r.Min.Y + radius}, radius, math.Pi, math.Pi/2)
	p.Close()
	return p
}

// frame is what stands round the drawing on a card: a title, a line of legend, a caption.
type frame struct {
	title   string
	legend  []legendEntry
	caption string
}

type legendEntry struct {
	name, value string
	color       color.NRGBA
	dash        []vg.Length
	dot         bool
}

// height is what the frame needs beside the drawing itself, the card's margin included.
func (f frame) height() float64 {
	h := 2.0 * margin
	if f.title != "" {
		h += sizeTitle + 10
	}
	if len(f.legend) > 0 {
		h += sizeText + 10
	}
	if f.caption != "" {
		h += sizeSmall + 9
	}
	return h
}

// draw paints the frame and returns what is left for the drawing.
func (f frame) draw(c draw.Canvas, t *colors) draw.Canvas {
	width := c.Max.X - c.Min.X
	if f.title != "" {
		sty := titleStyle(t.ink)
		putText(c, fit(f.title, width, sty), c.Min.X, c.Max.Y-sizeTitle+2, sty)
		c.Max.Y -= sizeTitle + 10
	}
	if len(f.legend) > 0 {
		f.drawLegend(c, t)
		c.Max.Y -= sizeText + 10
	}
	if f.caption != "" {
		sty := textStyle(t.muted, sizeSmall)
		putText(c, fit(f.caption, width, sty), c.Min.X, c.Min.Y, sty)
		c.Min.Y += sizeSmall + 9
	}
	return c
}

func (f frame) drawLegend(c draw.Canvas, t *colors) {
	const swatch, gap = 16, 18
	name, value := textStyle(t.ink, sizeText), textStyle(t.muted, sizeText)
	x, y := c.Min.X, c.Max.Y-sizeText+1
	for i, e := range f.legend {
		room := c.Max.X - x - swatch - 6
		label := fit(e.name, min(room, 220), name)
		need := name.Width(label)
		if e.value != "" {
			need += 6 + value.Width(e.value)
		}
		if i > 0 && need > room {
			putText(c, fmt.Sprintf("+ %d more", len(f.legend)-i), x, y, value)
			return
		}
		mid := y + sizeText*0.34
		if e.dot {
			c.SetColor(e.color)
			c.Fill(circle(vg.Point{X: x + 5, Y: mid}, 4))
			x += 14
		} else {
			c.StrokeLine2(draw.LineStyle{Color: e.color, Width: 3, Dashes: e.dash}, x, mid, x+swatch, mid)
			x += swatch + 6
		}
		putText(c, label, x, y, name)
		x += name.Width(label)
		if e.value != "" {
			putText(c, e.value, x+6, y, value)
			x += 6 + value.Width(e.value)
		}
		x += gap
	}
}

// putText writes one line with its baseline's start at (x, y).
func putText(c draw.Canvas, s string, x, y vg.Length, sty draw.TextStyle) {
	sty.XAlign, sty.YAlign = draw.XLeft, draw.YBottom
	// FillText aligns by the descent; what is asked for here is the baseline.
	c.FillText(sty, vg.Point{X: x, Y: y - sty.FontExtents().Descent}, oneLine(s))
}

// putCentered writes one line centred at x with its baseline at y.
func putCentered(c draw.Canvas, s string, x, y vg.Length, sty draw.TextStyle) {
	s = oneLine(s)
	putText(c, s, x-sty.Width(s)/2, y, sty)
}

// putRight writes one line that ends at x.
func putRight(c draw.Canvas, s string, x, y vg.Length, sty draw.TextStyle) {
	s = oneLine(s)
	putText(c, s, x-sty.Width(s), y, sty)
}

// fit shortens a line until it is no wider than width.
func fit(s string, width vg.Length, sty draw.TextStyle) string {
	s = oneLine(s)
	if sty.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	runes = runes[:min(len(runes), 2000)]
	lo, hi := 0, len(runes)
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if sty.Width(string(runes[:mid])+"…") <= width {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return strings.TrimRight(string(runes[:lo]), " ") + "…"
}

var lineBreaks = strings.NewReplacer("\r\n", "⏎", "\n", "⏎", "\r", "⏎", "\t", " ")

func oneLine(s string) string { return lineBreaks.Replace(s) }

func circle(center vg.Point, radius vg.Length) vg.Path {
	var p vg.Path
	p.Move(vg.Point{X: center.X + radius, Y: center.Y})
	p.Arc(center, radius, 0, 2*math.Pi)
	p.Close()
	return p
}

// nothing is the picture of no data.
func nothing(title, what string) *Figure {
	f := frame{title: title}
	text := what
	if title != "" {
		text = title + ": " + what
	}
	return newFigure(figureWidth/2, f.height()+40, text, text, func(c draw.Canvas, t *colors) {
		c = f.draw(c, t)
		putText(c, what, c.Min.X, c.Center().Y-4, textStyle(t.muted, sizeText))
	})
}
