package viz

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// pngScale is how many pixels of a PNG make one CSS pixel: sharp on dense screens and in print.
const pngScale = 2

// rasterCanvas is vgimg's canvas with enlarged images drawn as crisp squares, and long lines drawn in
// pieces.
type rasterCanvas struct {
	*vgimg.Canvas
	dashed bool
}

func newRaster(w, h float64) *rasterCanvas {
	return &rasterCanvas{Canvas: vgimg.NewWith(
		vgimg.UseWH(vg.Length(w), vg.Length(h)),
		vgimg.UseDPI(pngScale*int(vg.Inch)), // one point is one CSS pixel
		vgimg.UseBackgroundColor(color.Transparent),
	)}
}

// SetLineDash notes whether lines are dashed.
func (c *rasterCanvas) SetLineDash(pattern []vg.Length, offset vg.Length) {
	c.dashed = len(pattern) > 0
	c.Canvas.SetLineDash(pattern, offset)
}

// Stroke draws long paths piece by piece: the rasterizer searches a list of all the pixels that the
// path has touched in a row for each that it adds, which makes one zigzag of a thousand points take seconds.
func (c *rasterCanvas) Stroke(path vg.Path) {
	const piece = 48
	if len(path) <= 2*piece || c.dashed || !straight(path) {
		c.Canvas.Stroke(path)
		return
	}
	for start := 0; start < len(path)-1; start += piece {
		part := append(vg.Path{{Type: vg.MoveComp, Pos: path[start].Pos}}, path[start+1:min(start+1+piece, len(path))]...)
		c.Canvas.Stroke(part)
	}
}

// straight reports whether a path consists of straight lines only.
func straight(path vg.Path) bool {
	for _, comp := range path {
		if comp.Type != vg.MoveComp && comp.Type != vg.LineComp {
			return false
		}
	}
	return true
}

// DrawImage enlarges small images by whole factors to about the resolution of the canvas first, so
// that the smoothing that follows is confined to the seams.
func (c *rasterCanvas) DrawImage(rect vg.Rectangle, img image.Image) {
	b := img.Bounds()
	if b.Empty() {
		return
	}
	size := rect.Size()
	fx := int(math.Round(float64(size.X) * pngScale / float64(b.Dx())))
	fy := int(math.Round(float64(size.Y) * pngScale / float64(b.Dy())))
	c.Canvas.DrawImage(rect, enlarge(img, max(fx, 1), max(fy, 1)))
}

func enlarge(img image.Image, fx, fy int) image.Image {
	if fx == 1 && fy == 1 {
		return img
	}
	b := img.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx()*fx, b.Dy()*fy))
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := color.NRGBAModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
			for dy := range fy {
				for dx := range fx {
					out.SetNRGBA(x*fx+dx, y*fy+dy, c)
				}
			}
		}
	}
	return out
}

// encodePNG compresses hard: notebooks keep every picture for good. Drawings have few colours, so
// most of them fit a palette and a third of the bytes.
func encodePNG(img image.Image) []byte {
	const (
		near = 14      // largest step in any channel that an eye overlooks on an edge
		far  = 64      // and one that it forgives in a picture too busy to fit otherwise
		busy = 120_000 // bytes
	)
	rgba, ok := img.(*image.RGBA)
	if !ok || rgba.Stride != 4*rgba.Rect.Dx() {
		return compress(img)
	}
	if p := paletted(rgba, near); p != nil {
		return compress(p)
	}
	data := compress(img)
	if len(data) > busy {
		if p := paletted(rgba, far); p != nil {
			return compress(p)
		}
	}
	return data
}

func compress(img image.Image) []byte {
	var buf bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&buf, img); err != nil {
		return nil // only for images without pixels, and figures have a size
	}
	return buf.Bytes()
}

// paletted returns img in 256 colours, or nil where some colour would be farther than near from what it
// becomes. It keeps the commonest colours
// and those farthest from all that are kept, and gives the others, mostly the soft edges of letters
// and lines, their nearest neighbour.
func paletted(img *image.RGBA, near int) *image.Paletted {
	const (
		common = 160
		most   = 256
	)
	b := img.Bounds()
	count := map[uint32]int{}
	for i := 0; i+3 < len(img.Pix); i += 4 {
		count[pack(img.Pix[i:])]++
	}
	if len(count) > 1<<14 {
		return nil
	}
	all := make([]uint32, 0, len(count))
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y uint32) int {
		if count[x] != count[y] {
			return count[y] - count[x]
		}
		return cmp.Compare(x, y)
	})
	kept := append([]uint32(nil), all[:min(len(all), common)]...)
	nearest := make([]int, len(all)) // index into kept, and its distance
	distance := make([]int, len(all))
	for i, c := range all {
		distance[i] = most
		for k, p := range kept {
			if d := step(c, p); d < distance[i] {
				nearest[i], distance[i] = k, d
			}
		}
	}
	for len(kept) < most {
		far := 0
		for i := range all {
			if distance[i] > distance[far] {
				far = i
			}
		}
		if distance[far] == 0 {
			break
		}
		kept = append(kept, all[far])
		for i, c := range all {
			if d := step(c, all[far]); d < distance[i] {
				nearest[i], distance[i] = len(kept)-1, d
			}
		}
	}
	index := make(map[uint32]uint8, len(all))
	for i, c := range all {
		if distance[i] > near {
			return nil
		}
		index[c] = uint8(nearest[i])
	}
	palette := make(color.Palette, len(kept))
	for i, c := range kept {
		palette[i] = color.RGBA{R: uint8(c), G: uint8(c >> 8), B: uint8(c >> 16), A: uint8(c >> 24)}
	}
	out := image.NewPaletted(b, palette)
	for i := range out.Pix {
		out.Pix[i] = index[pack(img.Pix[4*i:])]
	}
	return out
}

func pack(p []uint8) uint32 {
	return uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16 | uint32(p[3])<<24
}

// step is the largest difference of two colours in any channel.
func step(a, b uint32) int {
	largest := 0
	for shift := 0; shift < 32; shift += 8 {
		d := int(a>>shift&0xFF) - int(b>>shift&0xFF)
		largest = max(largest, d, -d)
	}
	return largest
}
