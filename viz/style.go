package viz

import (
	"image/color"
	"math"
	"sync/atomic"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The house style, in one place. Lengths are CSS pixels: one vg point is drawn as one pixel.
const (
	figureWidth  = 580 // what nbconvert leaves for an output on a printed page, A4 or letter; it cuts off more
	figureHeight = 340
	margin       = 16 // between the card's edge and what is on it
	corner       = 8  // radius of the card's corners

	sizeTitle   = 14
	sizeText    = 12 // legends, axis labels, captions under images
	sizeSmall   = 11 // ticks, the caption line
	widthLine   = 1.8
	widthThin   = 0.8
	widthGrid   = 0.7
	glyphRadius = 2.6
)

// Theme names a set of colours.
type Theme string

// The themes.
const (
	Light Theme = "light"
	Dark  Theme = "dark"
)

// SetTheme chooses the colours of pictures drawn from now on. The default, Light, also reads well on dark
// pages, where it is a light card.
func SetTheme(t Theme) {
	switch t {
	case Light:
		current.Store(&light)
	case Dark:
		current.Store(&dark)
	default:
		fail("SetTheme", "there is no theme %q; use viz.Light or viz.Dark", string(t))
	}
}

var current atomic.Pointer[colors]

func theme() *colors {
	if c := current.Load(); c != nil {
		return c
	}
	return &light
}

// colors is what a theme consists of.
type colors struct {
	card, border     color.NRGBA
	ink, muted       color.NRGBA // text; text of less importance
	axis, grid       color.NRGBA
	missing          color.NRGBA   // cells without a value
	series           []color.NRGBA // categorical, after Okabe and Ito (2008)
	good, bad        color.NRGBA   // the diagonal of a confusion matrix, and its mistakes
	low, high        []color.NRGBA // sequential scale from nothing to much: low, steps between, high
	negative, middle []color.NRGBA // diverging scale: its negative arm, and the shared middle
}

// Okabe and Ito's colours keep apart for all common kinds of colour blindness. Their yellow is too
// faint for lines on a light card and their black is ink, so neither takes part; the order puts the
// pairs first that stay apart in grey print too.
var light = colors{
	card:    hex(0xFCFBF9),
	border:  hex(0xDEDBD4),
	ink:     hex(0x24272B),
	muted:   hex(0x666B73),
	axis:    hex(0xA9A69F),
	grid:    hex(0xE8E5DF),
	missing: hex(0xD9D6D0),
	series: []color.NRGBA{
		hex(0x0072B2), hex(0xD55E00), hex(0x009E73), hex(0xCC79A7), hex(0xE69F00), hex(0x56B4E9), hex(0x6F6F6F),
	},
	good: hex(0x0072B2),
	bad:  hex(0xD55E00),
	low:  []color.NRGBA{hex(0xF4F2EC)},
	high: []color.NRGBA{hex(0xA9CBE3), hex(0x3C87BD), hex(0x0B3F6F)},

	negative: []color.NRGBA{hex(0x8A3300), hex(0xD9702B), hex(0xF1C3A3)},
	middle:   []color.NRGBA{hex(0xF6F4EF)},
}

var dark = colors{
	card:    hex(0x1D2025),
	border:  hex(0x363A42),
	ink:     hex(0xE8E6E1),
	muted:   hex(0xA3A7AE),
	axis:    hex(0x6B7079),
	grid:    hex(0x2F333A),
	missing: hex(0x454A52),
	series: []color.NRGBA{
		hex(0x56B4E9), hex(0xF0803C), hex(0x2FC49A), hex(0xE09BC3), hex(0xF0B429), hex(0x8CA6FF), hex(0xB0B0B0),
	},
	good: hex(0x56B4E9),
	bad:  hex(0xF0803C),
	low:  []color.NRGBA{hex(0x262A31)},
	high: []color.NRGBA{hex(0x1F5A86), hex(0x4FA3D9), hex(0xD8EEFB)},

	negative: []color.NRGBA{hex(0xFFD9BF), hex(0xE07F3E), hex(0x7A3D17)},
	middle:   []color.NRGBA{hex(0x2A2E35)},
}

func hex(rgb uint32) color.NRGBA {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xFF}
}

// lineColor is the colour of the i-th series.
func (t *colors) lineColor(i int) color.NRGBA { return t.series[i%len(t.series)] }

// dashes tell series apart once the colours repeat.
func dashes(i, colors int) []vg.Length {
	switch (i / colors) % 3 {
	case 1:
		return []vg.Length{6, 3}
	case 2:
		return []vg.Length{2, 3}
	}
	return nil
}

// faded is c with an opacity between 0 and 1.
func faded(c color.NRGBA, opacity float64) color.NRGBA {
	c.A = uint8(math.Round(float64(c.A) * opacity))
	return c
}

// sansFont is the house typeface: Liberation Sans, which has the metrics of Arial and Helvetica, so
// that a picture is laid out alike wherever one of the three is at hand.
func sansFont(size vg.Length, bold bool) font.Font {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return f
}

func textStyle(c color.Color, size vg.Length) text.Style {
	return text.Style{Color: c, Font: sansFont(size, false), Handler: plot.DefaultTextHandler}
}

func titleStyle(c color.Color) text.Style {
	return text.Style{Color: c, Font: sansFont(sizeTitle, true), Handler: plot.DefaultTextHandler}
}

// newAxes returns a plot in the house style: no title of its own, transparent, quiet axes.
func (t *colors) newAxes() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle = draw.LineStyle{Color: t.axis, Width: widthThin}
		a.Tick.LineStyle = draw.LineStyle{Color: t.axis, Width: widthThin}
		a.Tick.Length = 4
		a.Tick.Label.Font = sansFont(sizeSmall, false)
		a.Tick.Label.Color = t.muted
		a.Label.TextStyle.Font = sansFont(sizeText, false)
		a.Label.TextStyle.Color = t.ink
		a.Label.Padding = 4
		a.Padding = 0
	}
	// The grid carries the values of Y; a line at its side would only repeat it.
	p.Y.LineStyle.Width = 0
	p.Y.Tick.LineStyle.Width = 0
	p.Y.Tick.Length = 3
	return p
}
