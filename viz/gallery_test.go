package viz

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot/plotter"

	"github.com/rustygradients/rg/viz/display"
)

// gallery holds one figure of each kind.
func gallery() map[string]*Figure {
	rng := rand.New(rand.NewSource(1))
	out := map[string]*Figure{}

	curve := NewLossCurve("cross-entropy", CurveOptions{Steps: 2000, Smooth: 0.95, PerStep: 64, Unit: "images"})
	curve.begin = time.Now().Add(-12 * time.Second)
	for i := range 1500 {
		x := float64(i)
		s := curve.find("train")
		s.x, s.y = append(s.x, x), append(s.y, 2.3*math.Exp(-x/300)+0.1+0.15*math.Exp(-x/500)*rng.NormFloat64())
		if i%100 == 0 {
			v := curve.find("validation")
			v.x, v.y = append(v.x, x), append(v.y, 2.3*math.Exp(-x/300)+0.18)
		}
	}
	curve.first, curve.last, curve.latest = 0, 1499, time.Now()
	out["losscurve"] = curve.Figure()
	curve.opts.LogY = true
	out["losscurve-log"] = curve.Figure()

	n := 12
	tokens := []string{"The", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", ".", "<eos>", "日本"}
	attention := make([][]float64, n)
	for i := range attention {
		attention[i] = make([]float64, n)
		sum := 0.0
		for j := 0; j <= i; j++ {
			attention[i][j] = math.Exp(rng.NormFloat64() * 1.5)
			sum += attention[i][j]
		}
		for j := range attention[i] {
			attention[i][j] /= sum
		}
	}
	out["heatmap-attention"] = HeatMap(attention, HeatMapOptions{Title: "attention, layer 0 head 3", XLabels: tokens, YLabels: tokens, XLabel: "key", YLabel: "query"})
	big := make([][]float64, 64)
	for i := range big {
		big[i] = make([]float64, 96)
		for j := range big[i] {
			big[i][j] = math.Sin(float64(i)/9)*math.Cos(float64(j)/7) + 0.2*rng.NormFloat64()
		}
	}
	big[10][20] = math.NaN()
	out["heatmap-weights"] = HeatMap(big, HeatMapOptions{Title: "weights"})
	out["heatmap-small"] = HeatMap([][]float64{{1, 2, 3}, {4, 5, 6}})

	var truth, pred []int
	for range 360 {
		k := rng.Intn(10)
		truth = append(truth, k)
		if rng.Float64() < 0.05 {
			k = rng.Intn(10)
		}
		pred = append(pred, k)
	}
	out["confusion"] = ConfusionMatrix(truth, pred)
	out["confusion-names"] = ConfusionMatrix([]int{0, 1, 2, 2, 1}, []int{0, 1, 2, 1, 1}, ConfusionOptions{Labels: []string{"setosa", "versicolor", "virginica"}})

	digits := make([][]float64, 12)
	captions := make([]string, 12)
	for i := range digits {
		digits[i] = make([]float64, 64)
		for j := range digits[i] {
			x, y := float64(j%8)-3.5, float64(j/8)-3.5
			digits[i][j] = 16 * math.Exp(-math.Abs(math.Hypot(x, y)-float64(i%4)))
		}
		captions[i] = fmt.Sprintf("%d, not %d", i%10, (i+3)%10)
	}
	out["imagegrid"] = ImageGrid(digits, ImageGridOptions{Title: "wrong guesses", Captions: captions, Invert: true})
	img := image.NewRGBA(image.Rect(0, 0, 120, 80))
	for y := range 80 {
		for x := range 120 {
			img.Set(x, y, color.RGBA{uint8(2 * x), uint8(3 * y), 120, 255})
		}
	}
	out["imagegrid-rgb"] = ImageGrid([]image.Image{img, img}, ImageGridOptions{Captions: []string{"a gradient", "again, with a caption far too long to fit"}})

	normal := make([]float64, 5000)
	for i := range normal {
		normal[i] = rng.NormFloat64() * 0.02
	}
	out["histogram"] = Histogram(normal, PlotOptions{Title: "layer 1 weights", XLabel: "value"})

	xs := make([]float64, 200)
	ys := [][]float64{make([]float64, 200), make([]float64, 200), make([]float64, 200)}
	for i := range xs {
		xs[i] = float64(i) / 20
		ys[0][i], ys[1][i], ys[2][i] = math.Sin(xs[i]), math.Cos(xs[i]), math.Sin(xs[i])*math.Exp(-xs[i]/4)
	}
	ys[1][50], ys[1][51] = math.NaN(), math.Inf(1)
	out["line"] = Line(xs, ys, PlotOptions{Title: "three waves", Names: []string{"sin", "cos", "damped"}, XLabel: "t / s", YLabel: "amplitude"})
	var px, py []float64
	var pc []int
	for i := range 300 {
		k := i % 3
		px = append(px, rng.NormFloat64()+3*float64(k))
		py = append(py, rng.NormFloat64()+2*float64(k%2))
		pc = append(pc, k)
	}
	out["scatter"] = Scatter(px, py, PlotOptions{Title: "embedding", Classes: pc, Names: []string{"cat", "dog", "bird"}})
	p := NewPlot("a gonum plot")
	f := plotter.NewFunction(math.Sin)
	f.Color = SeriesColor(1)
	f.Width = 2
	p.Add(f)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 10, -1.1, 1.1
	p.Legend.Add("sin", f)
	out["plot"] = Plot(p)
	out["nothing"] = ImageGrid([][]float64{}, ImageGridOptions{Title: "wrong guesses"})
	return out
}

// TestGallery draws every kind of figure in both themes and checks what holds for all of them.
// With RG_VIZ_GALLERY=folder it also writes the pictures there, to be looked at.
func TestGallery(t *testing.T) {
	dir := os.Getenv("RG_VIZ_GALLERY")
	for _, th := range []Theme{Light, Dark} {
		SetTheme(th)
		for name, f := range gallery() {
			t.Run(string(th)+"/"+name, func(t *testing.T) {
				checkFigure(t, f)
				if dir == "" {
					return
				}
				for _, ext := range []string{".svg", ".png"} {
					if err := f.Save(filepath.Join(dir, name+"-"+string(th)+ext)); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	SetTheme(Light)
}

// checkFigure holds a figure to what a notebook asks of each: well-formed SVG of its size, PNG at twice
// that, text without markup, and few bytes.
func checkFigure(t *testing.T, f *Figure) {
	t.Helper()
	b := display.Render(f)
	w, h := f.Size()

	svg, _ := b.Data[display.MIMESVG].(string)
	doc := parseSVG(t, svg)
	if got, want := doc.attr("width")+"×"+doc.attr("height"), fmt.Sprintf("%d×%d", w, h); got != want {
		t.Errorf("SVG is %s, figure is %s", got, want)
	}
	if doc.attr("aria-label") == "" {
		t.Error("SVG has no label for screen readers")
	}
	if len(svg) > 60_000 {
		t.Errorf("SVG has %d bytes", len(svg))
	}
	if regexp.MustCompile(`\b(NaN|Inf|e[+-]\d\d)`).MatchString(doc.paths()) {
		t.Error("a path has a coordinate that is no plain number")
	}

	data, _ := b.Data[display.MIMEPNG].([]byte)
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("PNG: %v", err)
	}
	if c.Width != 2*w || c.Height != 2*h {
		t.Errorf("PNG is %d×%d, want twice %d×%d", c.Width, c.Height, w, h)
	}
	if len(data) > 160_000 {
		t.Errorf("PNG has %d bytes", len(data))
	}
	if got := b.Metadata[display.MIMEPNG]; !reflect.DeepEqual(got, map[string]any{"width": w, "height": h, "alt": f.label}) {
		t.Errorf("PNG metadata is %v", got)
	}

	if text := b.Plain(); strings.TrimSpace(text) == "" || strings.Contains(text, "<svg") {
		t.Errorf("text/plain is %q", text)
	}
}

// element is a parsed XML element.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func parseSVG(t *testing.T, svg string) element {
	t.Helper()
	var e element
	if err := xml.Unmarshal([]byte(svg), &e); err != nil {
		t.Fatalf("SVG is not well-formed: %v", err)
	}
	if e.XMLName.Local != "svg" || e.XMLName.Space != "http://www.w3.org/2000/svg" {
		t.Fatalf("root element is %v", e.XMLName)
	}
	return e
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// all returns the elements of a name.
func (e element) all(name string) []element {
	var out []element
	for _, c := range e.Children {
		if c.XMLName.Local == name {
			out = append(out, c)
		}
		out = append(out, c.all(name)...)
	}
	return out
}

// texts returns what is written in the picture.
func (e element) texts() []string {
	var out []string
	for _, t := range e.all("text") {
		out = append(out, t.Text)
	}
	return out
}

// strokes counts the lines drawn in a colour.
func (e element) strokes(color string) int {
	n := 0
	for _, p := range e.all("path") {
		if p.attr("stroke") == color {
			n++
		}
	}
	return n
}

func (e element) paths() string {
	var b strings.Builder
	for _, p := range e.all("path") {
		b.WriteString(p.attr("d") + "\n")
	}
	return b.String()
}
