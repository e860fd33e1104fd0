package viz

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// svgCanvas is a vg.Canvas that writes SVG for notebooks. It does what vgsvg does not: sizes in pixels
// instead of points, font families that exist where the page is read, crisp enlarged pixels, text
// that stays well-formed XML whatever is in it, and paths a third of the size, by short relative
// coordinates with the transforms already applied. No element has an id or a class and there is
// no style sheet, so that several pictures inlined in one page can't disturb each other.
type svgCanvas struct {
	w, h  float64
	buf   bytes.Buffer
	state svgState
	stack []svgState
}

type svgState struct {
	m     matrix
	color color.NRGBA
	width float64
	dash  []vg.Length
	shift vg.Length
}

// matrix is an affine transform: x' = a·x + c·y + e, y' = b·x + d·y + f.
type matrix struct{ a, b, c, d, e, f float64 }

func (m matrix) apply(p vg.Point) (x, y float64) {
	px, py := float64(p.X), float64(p.Y)
	return m.a*px + m.c*py + m.e, m.b*px + m.d*py + m.f
}

// then returns the transform that applies n first, m after it.
func (m matrix) then(n matrix) matrix {
	return matrix{
		a: m.a*n.a + m.c*n.b, b: m.b*n.a + m.d*n.b,
		c: m.a*n.c + m.c*n.d, d: m.b*n.c + m.d*n.d,
		e: m.a*n.e + m.c*n.f + m.e, f: m.b*n.e + m.d*n.f + m.f,
	}
}

// scale is the factor by which lengths grow; exact where the transform keeps angles.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m.a*m.d - m.b*m.c)) }

var _ vg.CanvasSizer = (*svgCanvas)(nil)

func newSVG(w, h float64) *svgCanvas {
	c := &svgCanvas{w: w, h: h}
	c.state.m = matrix{a: 1, d: -1, f: h} // vg counts y from the bottom
	vg.Initialize(c)
	return c
}

func (c *svgCanvas) Size() (vg.Length, vg.Length) { return vg.Length(c.w), vg.Length(c.h) }

func (c *svgCanvas) SetLineWidth(w vg.Length) { c.state.width = float64(w) }

func (c *svgCanvas) SetLineDash(pattern []vg.Length, offset vg.Length) {
	c.state.dash, c.state.shift = pattern, offset
}

func (c *svgCanvas) SetColor(clr color.Color) {
	if clr == nil {
		clr = color.Black
	}
	c.state.color = color.NRGBAModel.Convert(clr).(color.NRGBA)
}

func (c *svgCanvas) Rotate(rad float64) {
	sin, cos := math.Sincos(rad)
	c.state.m = c.state.m.then(matrix{a: cos, b: sin, c: -sin, d: cos})
}

func (c *svgCanvas) Translate(pt vg.Point) {
	c.state.m = c.state.m.then(matrix{a: 1, d: 1, e: float64(pt.X), f: float64(pt.Y)})
}

func (c *svgCanvas) Scale(x, y float64) { c.state.m = c.state.m.then(matrix{a: x, d: y}) }

func (c *svgCanvas) Push() { c.stack = append(c.stack, c.state) }

func (c *svgCanvas) Pop() {
	c.state = c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
}

func (c *svgCanvas) Stroke(path vg.Path) {
	width := c.state.width * c.state.m.scale()
	if width <= 0 || len(path) == 0 {
		return
	}
	fmt.Fprintf(&c.buf, `<path fill="none" stroke="%s"`, hexColor(c.state.color))
	c.opacity("stroke-opacity")
	if width != 1 {
		fmt.Fprintf(&c.buf, ` stroke-width="%s"`, number(width, 100))
	}
	if len(c.state.dash) > 0 {
		var parts []string
		for _, d := range c.state.dash {
			parts = append(parts, number(float64(d)*c.state.m.scale(), 100))
		}
		fmt.Fprintf(&c.buf, ` stroke-dasharray="%s"`, strings.Join(parts, " "))
		if c.state.shift != 0 {
			fmt.Fprintf(&c.buf, ` stroke-dashoffset="%s"`, number(float64(c.state.shift), 100))
		}
	}
	fmt.Fprintf(&c.buf, ` d="%s"/>`+"\n", c.pathData(path))
}

func (c *svgCanvas) Fill(path vg.Path) {
	if len(path) == 0 {
		return
	}
	fmt.Fprintf(&c.buf, `<path fill="%s"`, hexColor(c.state.color))
	c.opacity("fill-opacity")
	fmt.Fprintf(&c.buf, ` d="%s"/>`+"\n", c.pathData(path))
}

func (c *svgCanvas) opacity(attribute string) {
	if a := c.state.color.A; a != 0xFF {
		fmt.Fprintf(&c.buf, ` %s="%s"`, attribute, number(float64(a)/255, 100))
	}
}

// pathData writes a path with relative coordinates. A tenth of a pixel is enough for the many points of a
// curve; short paths, whose edges may meet others, get a hundredth.
func (c *svgCanvas) pathData(path vg.Path) string {
	per := 100.0
	if len(path) > 40 {
		per = 10
	}
	w := &pathWriter{per: per}
	for _, comp := range path {
		switch comp.Type {
		case vg.MoveComp:
			x, y := c.state.m.apply(comp.Pos)
			w.move(x, y)
		case vg.LineComp:
			x, y := c.state.m.apply(comp.Pos)
			w.line(x, y)
		case vg.CurveComp:
			var pts []float64
			for _, p := range append(comp.Control[:len(comp.Control):len(comp.Control)], comp.Pos) {
				x, y := c.state.m.apply(p)
				pts = append(pts, x, y)
			}
			w.curve(pts)
		case vg.ArcComp:
			c.arc(w, comp)
		case vg.CloseComp:
			w.close()
		}
	}
	return w.String()
}

// arc joins an arc to the path in pieces of half a circle at most, which SVG draws without doubt.
func (c *svgCanvas) arc(w *pathWriter, comp vg.PathComp) {
	at := func(angle float64) (x, y float64) {
		sin, cos := math.Sincos(angle)
		r := float64(comp.Radius)
		return c.state.m.apply(vg.Point{X: comp.Pos.X + vg.Length(r*cos), Y: comp.Pos.Y + vg.Length(r*sin)})
	}
	angle := min(max(comp.Angle, -2*math.Pi), 2*math.Pi)
	x, y := at(comp.Start)
	if w.started {
		w.line(x, y)
	} else {
		w.move(x, y)
	}
	sweep := 1
	if (angle > 0) == (c.state.m.a*c.state.m.d-c.state.m.b*c.state.m.c < 0) {
		sweep = 0
	}
	pieces := int(math.Ceil(math.Abs(angle)/math.Pi - 1e-9))
	for i := 1; i <= pieces; i++ {
		x, y := at(comp.Start + angle*float64(i)/float64(pieces))
		w.arc(float64(comp.Radius)*c.state.m.scale(), sweep, x, y)
	}
}

func (c *svgCanvas) FillString(f font.Face, pt vg.Point, s string) {
	size := float64(f.Font.Size) * c.state.m.scale()
	if size <= 0 || s == "" {
		return
	}
	x, y := c.state.m.apply(pt)
	fmt.Fprintf(&c.buf, `<text x="%s" y="%s" font-size="%s"`, number(x, 100), number(y, 100), number(size, 100))
	if utf8.RuneCountInString(s) > 1 {
		// As wide as it was measured for the layout, whatever typeface the reader has in place of ours.
		width := float64(f.Width(s)) * c.state.m.scale()
		fmt.Fprintf(&c.buf, ` textLength="%s" lengthAdjust="spacingAndGlyphs"`, number(width, 10))
	}
	if hex := hexColor(c.state.color); hex != "#000" {
		fmt.Fprintf(&c.buf, ` fill="%s"`, hex)
	}
	c.opacity("fill-opacity")
	if angle := math.Atan2(c.state.m.b, c.state.m.a) * 180 / math.Pi; math.Abs(angle) > 0.01 {
		fmt.Fprintf(&c.buf, ` transform="rotate(%s %s %s)"`, number(angle, 100), number(x, 100), number(y, 100))
	}
	switch f.Font.Variant {
	case "Serif":
		c.buf.WriteString(` font-family="Times New Roman,Times,Liberation Serif,serif"`)
	case "Mono":
		c.buf.WriteString(` font-family="Courier New,Courier,Liberation Mono,monospace"`)
	}
	if f.Font.Weight >= xfont.WeightSemiBold {
		c.buf.WriteString(` font-weight="bold"`)
	}
	if f.Font.Style != xfont.StyleNormal {
		c.buf.WriteString(` font-style="italic"`)
	}
	fmt.Fprintf(&c.buf, ">%s</text>\n", escape(s))
}

func (c *svgCanvas) DrawImage(rect vg.Rectangle, img image.Image) {
	var data bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&data, img); err != nil {
		return // an empty image has nothing to draw
	}
	x0, y0 := c.state.m.apply(rect.Min)
	x1, y1 := c.state.m.apply(rect.Max)
	fmt.Fprintf(&c.buf, `<image x="%s" y="%s" width="%s" height="%s" preserveAspectRatio="none"`,
		number(min(x0, x1), 100), number(min(y0, y1), 100), number(math.Abs(x1-x0), 100), number(math.Abs(y1-y0), 100))
	fmt.Fprintf(&c.buf, ` style="image-rendering:pixelated" xlink:href="data:image/png;base64,%s"/>`+"\n",
		base64.StdEncoding.EncodeToString(data.Bytes()))
}

// bytes returns the finished document. label is read by screen readers.
func (c *svgCanvas) bytes(label string) []byte {
	var out bytes.Buffer
	w, h := number(c.w, 100), number(c.h, 100)
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" `+
		`width="%s" height="%s" viewBox="0 0 %s %s" role="img" aria-label="%s" `+
		`font-family="Arial,Helvetica,Liberation Sans,sans-serif" stroke-linejoin="round" `+
		`style="max-width:100%%;height:auto">`+"\n", w, h, w, h, escape(label))
	out.Write(c.buf.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// pathWriter writes path data with coordinates rounded to 1/per and relative to the last rounded
// point, so that rounding never adds up.
type pathWriter struct {
	strings.Builder
	per          float64
	x, y         float64
	startX       float64
	startY       float64
	last         byte
	started      bool
	needsDivider bool
}

func (w *pathWriter) round(v float64) float64 { return math.Round(v*w.per) / w.per }

func (w *pathWriter) command(c byte) {
	if c == w.last && (c == 'l' || c == 'a' || c == 'c' || c == 'q') {
		w.needsDivider = true
		return
	}
	w.WriteByte(c)
	w.last, w.needsDivider = c, false
}

// value writes one number, with a blank before it where the number before would run into it.
func (w *pathWriter) value(v float64) {
	s := number(v, w.per)
	if w.needsDivider && s[0] != '-' {
		w.WriteByte(' ')
	}
	w.WriteString(s)
	w.needsDivider = true
}

func (w *pathWriter) pair(x, y float64) {
	w.value(w.round(x) - w.x)
	w.value(w.round(y) - w.y)
}

func (w *pathWriter) at(x, y float64) { w.x, w.y = w.round(x), w.round(y) }

func (w *pathWriter) move(x, y float64) {
	w.WriteByte('M')
	w.last, w.needsDivider, w.started = 'M', false, true
	w.at(x, y)
	w.value(w.x)
	w.value(w.y)
	w.startX, w.startY = w.x, w.y
}

func (w *pathWriter) line(x, y float64) {
	if w.round(x) == w.x && w.round(y) == w.y && w.last == 'l' {
		return
	}
	w.command('l')
	w.pair(x, y)
	w.at(x, y)
}

// curve takes one or two control points and the end.
func (w *pathWriter) curve(pts []float64) {
	if len(pts) == 4 {
		w.command('q')
	} else {
		w.command('c')
	}
	for i := 0; i+1 < len(pts); i += 2 {
		w.pair(pts[i], pts[i+1])
	}
	w.at(pts[len(pts)-2], pts[len(pts)-1])
}

func (w *pathWriter) arc(r float64, sweep int, x, y float64) {
	w.command('a')
	w.value(r)
	w.value(r)
	fmt.Fprintf(w, " 0 0 %d", sweep)
	w.needsDivider = true
	w.pair(x, y)
	w.at(x, y)
}

func (w *pathWriter) close() {
	w.WriteByte('Z')
	w.last = 'Z'
	w.x, w.y = w.startX, w.startY
}

// number writes v rounded to 1/per in as few characters as there can be.
func number(v, per float64) string {
	v = math.Round(v*per) / per
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if len(s) > 12 { // the subtraction of two rounded numbers leaves dust at the end
		s = strings.TrimRight(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
	}
	if strings.HasPrefix(s, "0.") {
		return s[1:]
	}
	if strings.HasPrefix(s, "-0.") {
		return "-" + s[2:]
	}
	return s
}

func hexColor(c color.NRGBA) string {
	if c.R%17 == 0 && c.G%17 == 0 && c.B%17 == 0 {
		return fmt.Sprintf("#%x%x%x", c.R/17, c.G/17, c.B/17)
	}
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

// escape makes s safe in XML text and attributes; characters that XML can't hold become U+FFFD.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder never fails
	return b.String()
}
