package viz

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/rustygradients/rg/viz/display"
)

// ImageGridOptions adjusts ImageGrid.
type ImageGridOptions struct {
	Title     string
	Captions  []string // one for each image
	Columns   int      // chosen to fill the width when 0
	Size      int      // pixels of an image's longer edge; chosen by the number of images when 0
	Invert    bool     // dark on light, like ink on paper
	Low, High float64  // values of black and white; found from the data when both are 0
	Max       int      // how many to show; 64 when 0

	ImageHeight, ImageWidth int // of flattened images that are not square
	Caption                 string
}

// picture is one image: brightness 0 … 1, one or three numbers a pixel, or an image as it came.
type picture struct {
	w, h int
	rgb  bool
	pix  []float64
	img  image.Image
}

func fromImage(img image.Image) picture {
	size := img.Bounds().Size()
	return picture{w: size.X, h: size.Y, img: img}
}

// ImageGrid shows images in rows, small ones enlarged with crisp pixels. It takes numbers of shape
// (N, H, W), (N, 3, H, W) and the like, flattened images (N, H·W), or []image.Image. Numbers 0 … 1 and
// 0 … 255 are brightness; other data is scaled so that its largest value is white.
func ImageGrid(images any, opts ...ImageGridOptions) *Figure {
	o := option("ImageGrid", opts)
	if !finite(o.Low) || !finite(o.High) || o.Low > o.High {
		fail("ImageGrid", "Low is %v and High is %v; Low must be below High", o.Low, o.High)
	}
	pics := toPictures("ImageGrid", images, o)
	total := len(pics)
	if total == 0 {
		return nothing(o.Title, "no images")
	}
	if o.Captions != nil && len(o.Captions) != total {
		fail("ImageGrid", "%d captions for %d images", len(o.Captions), total)
	}
	limit := o.Max
	if limit <= 0 {
		limit = 64
	}
	pics = pics[:min(total, limit)]
	g := layoutGrid(pics, o)
	fr := frame{title: o.Title, caption: o.Caption}
	if total > len(pics) {
		fr.caption = sentence(o.Caption, fmt.Sprintf("%s of %s images", display.Count(len(pics)), display.Count(total)))
	}
	width := max(float64(g.columns)*g.pitchX-gridGap+2*margin, 200)
	rows := (len(pics) + g.columns - 1) / g.columns
	height := fr.height() + float64(rows)*g.pitchY - gridGap
	return newFigure(width, height, labelOf(o.Title, "images"), g.text(total, fr.caption), func(c draw.Canvas, t *colors) {
		g.draw(fr.draw(c, t), t)
	})
}

const gridGap = 7

type imageGrid struct {
	pics           []picture
	o              ImageGridOptions
	columns        int
	w, h           float64 // of the box that every image fits
	pitchX, pitchY float64
}

func layoutGrid(pics []picture, o ImageGridOptions) *imageGrid {
	g := &imageGrid{pics: pics, o: o}
	const room = figureWidth - 2*margin
	longest, ratio := 1, 0.0 // ratio: the widest image's width over its height
	for _, p := range pics {
		longest = max(longest, p.w, p.h)
		ratio = max(ratio, float64(p.w)/float64(max(p.h, 1)))
	}
	size := float64(o.Size)
	if size <= 0 {
		size = 64
		switch n := len(pics); {
		case n == 1:
			size = 240
		case n <= 4:
			size = 140
		case n <= 10:
			size = 96
		}
		if s := float64(longest); s < size { // whole multiples keep the pixels equal
			size = math.Floor(size/s) * s
		}
	}
	g.w, g.h = 1, 1
	for _, p := range pics {
		w, h := p.fit(size)
		g.w, g.h = max(g.w, w), max(g.h, h)
	}
	g.pitchX, g.pitchY = g.w+gridGap, g.h+gridGap
	if o.Captions != nil {
		g.pitchY += sizeText + 6
		sty := textStyle(nil, sizeText)
		for _, s := range o.Captions[:len(pics)] {
			g.pitchX = max(g.pitchX, min(float64(sty.Width(oneLine(s))), 160)+gridGap)
		}
	}
	g.columns = o.Columns
	if g.columns <= 0 {
		g.columns = max(1, int((room+gridGap)/g.pitchX))
	}
	g.columns = min(g.columns, len(pics))
	return g
}

// fit returns the size of the picture when its longer edge is size.
func (p picture) fit(size float64) (w, h float64) {
	k := size / float64(max(p.w, p.h, 1))
	return max(float64(p.w)*k, 1), max(float64(p.h)*k, 1)
}

func (g *imageGrid) draw(c draw.Canvas, t *colors) {
	sty := textStyle(t.ink, sizeText)
	for i, p := range g.pics {
		x := c.Min.X + vg.Length(float64(i%g.columns)*g.pitchX)
		y := c.Max.Y - vg.Length(float64(i/g.columns)*g.pitchY)
		center := x + vg.Length(g.pitchX-gridGap)/2
		w, h := p.fit(max(g.w, g.h))
		if k := min(g.w/w, g.h/h); k < 1 {
			w, h = w*k, h*k
		}
		r := vg.Rectangle{
			Min: vg.Point{X: center - vg.Length(w/2), Y: y - vg.Length(g.h+h)/2},
			Max: vg.Point{X: center + vg.Length(w/2), Y: y - vg.Length(g.h-h)/2},
		}
		if p.w > 0 && p.h > 0 {
			c.DrawImage(r, p.image(g.o.Invert))
		}
		c.SetLineStyle(draw.LineStyle{Color: t.border, Width: 1})
		c.Stroke(closed(r))
		if g.o.Captions != nil {
			putCentered(c, fit(g.o.Captions[i], vg.Length(g.pitchX-4), sty), center, y-vg.Length(g.h)-sizeText-3, sty)
		}
	}
}

func closed(r vg.Rectangle) vg.Path {
	p := r.Path()
	p.Close()
	return p
}

func (p picture) image(invert bool) image.Image {
	if p.img != nil {
		return shrunk(p.img)
	}
	out := image.NewNRGBA(image.Rect(0, 0, p.w, p.h))
	channel := func(v float64) uint8 {
		if math.IsNaN(v) {
			v = 0
		}
		v = min(max(v, 0), 1)
		if invert {
			v = 1 - v
		}
		return uint8(math.Round(255 * v))
	}
	for i := range p.w * p.h {
		var c color.NRGBA
		if p.rgb {
			c = color.NRGBA{channel(p.pix[3*i]), channel(p.pix[3*i+1]), channel(p.pix[3*i+2]), 0xFF}
		} else {
			v := channel(p.pix[i])
			c = color.NRGBA{v, v, v, 0xFF}
		}
		out.SetNRGBA(i%p.w, i/p.w, c)
	}
	return shrunk(out)
}

// shrunk averages an image down to the 512 pixels an edge that a grid has use for.
func shrunk(img image.Image) image.Image {
	b := img.Bounds()
	k := (max(b.Dx(), b.Dy()) + 511) / 512
	if k <= 1 {
		return img
	}
	out := image.NewNRGBA(image.Rect(0, 0, max(b.Dx()/k, 1), max(b.Dy()/k, 1)))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			var sum [4]uint32
			var n uint32
			for dy := range min(k, b.Dy()) {
				for dx := range min(k, b.Dx()) {
					c := color.NRGBAModel.Convert(img.At(b.Min.X+x*k+dx, b.Min.Y+y*k+dy)).(color.NRGBA)
					sum[0] += uint32(c.R)
					sum[1] += uint32(c.G)
					sum[2] += uint32(c.B)
					sum[3] += uint32(c.A)
					n++
				}
			}
			out.SetNRGBA(x, y, color.NRGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), uint8(sum[3] / n)})
		}
	}
	return out
}

func (g *imageGrid) text(total int, caption string) string {
	p := g.pics[0]
	kind := "grayscale"
	if p.rgb || p.img != nil {
		kind = "colour"
	}
	word := "images"
	if total == 1 {
		word = "image"
	}
	parts := []string{g.o.Title, fmt.Sprintf("%s %s %s, %d×%d", display.Count(total), kind, word, p.w, p.h)}
	if g.o.Captions != nil {
		parts = append(parts, strings.Join(g.o.Captions[:len(g.pics)], " | "))
	}
	return paragraphs(append(parts, caption)...)
}
