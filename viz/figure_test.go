package viz

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/rustygradients/rg/viz/display"
)

const hostile = "<script>alert(\"1\")</script>&\x00\x1b]0;\xff\n\"'"

// Whatever a name, a label or a caption holds stays text, and the SVG stays well-formed.
func TestHostileText(t *testing.T) {
	h := hostile
	curve := NewLossCurve(h, CurveOptions{YLabel: h, Unit: h, PerStep: 2})
	curve.find(h).x, curve.find(h).y = []float64{0, 1}, []float64{1, 2}
	curve.note = h
	p := plot.New()
	p.Title.Text, p.X.Label.Text = h, h
	p.Legend.Add(h)
	po := PlotOptions{Title: h, XLabel: h, YLabel: h, Caption: h, Names: []string{h, h}}
	classes := po
	classes.Classes = []int{0, 1}
	for name, f := range map[string]*Figure{
		"curve":     curve.Figure(),
		"line":      Line(nil, [][]int{{1, 2}, {2, 3}}, po),
		"scatter":   Scatter(nil, []int{1, 2}, classes),
		"histogram": Histogram([]int{1, 2, 3}, po),
		"heatmap":   HeatMap([][]int{{1, 2}}, HeatMapOptions{Title: h, XLabel: h, YLabel: h, XLabels: []string{h, h}, YLabels: []string{h}, Caption: h}),
		"confusion": ConfusionMatrix([]int{0, 1}, []int{1, 1}, ConfusionOptions{Title: h, Labels: []string{h, h}}),
		"grid":      ImageGrid([][]int{{1, 2, 3, 4}}, ImageGridOptions{Title: h, Captions: []string{h}, Caption: h}),
		"plot":      Plot(p, po),
		"nothing":   nothing(h, h),
	} {
		t.Run(name, func(t *testing.T) {
			checkFigure(t, f)
			svg := string(f.SVG())
			if strings.Contains(svg, "<script") {
				t.Error("a script got into the SVG")
			}
			if !strings.Contains(svg, "&lt;script&gt;") {
				t.Error("the text is missing from the SVG")
			}
		})
	}
}

func TestLineDrawsEachSeries(t *testing.T) {
	f := Line([]int{0, 1, 2}, [][]int{{1, 2, 3}, {3, 2, 1}}, PlotOptions{Title: "two", Names: []string{"up", "down"}, XLabel: "x axis", YLabel: "y axis"})
	doc := parseSVG(t, string(f.SVG()))
	for i, name := range []string{"up", "down"} {
		// One stroke for the line, one for its swatch in the legend.
		if got := doc.strokes(hexColor(light.series[i])); got != 2 {
			t.Errorf("%s: %d strokes in its colour, want 2", name, got)
		}
		if !slices.Contains(doc.texts(), name) {
			t.Errorf("%q is not in the legend: %q", name, doc.texts())
		}
	}
	for _, want := range []string{"two", "x axis", "y axis", "1.0", "3.0"} {
		if !slices.Contains(doc.texts(), want) {
			t.Errorf("%q is not in the picture: %q", want, doc.texts())
		}
	}
	if got := f.String(); !strings.Contains(got, "up    ▁▅█  1 → 3, lowest 1 at 0") {
		t.Errorf("text is %q", got)
	}
}

// A gap interrupts the line: two subpaths instead of one.
func TestLineGap(t *testing.T) {
	f := Line(nil, []float64{1, 2, math.NaN(), 3, 4})
	doc := parseSVG(t, string(f.SVG()))
	for _, p := range doc.all("path") {
		if p.attr("stroke") == hexColor(light.series[0]) {
			if got := strings.Count(p.attr("d"), "M"); got != 2 {
				t.Errorf("the line has %d pieces, want 2", got)
			}
		}
	}
	if want := "1 not drawn (NaN or infinite)"; !slices.Contains(doc.texts(), want) {
		t.Errorf("the caption doesn't say %q: %q", want, doc.texts())
	}
}

// A long line is drawn with few points, yet none of its extremes is lost.
func TestDecimation(t *testing.T) {
	const n = 1_000_000
	y := make([]float64, n)
	rng := rand.New(rand.NewSource(1))
	for i := range y {
		y[i] = rng.Float64()
	}
	y[123_456], y[654_321] = 50, -50
	a := &axes{x: newSpan(), y: newSpan(), flush: true}
	s := xy{x: positions("F", nil, n), y: y}
	a.include(s)
	kept := polyline{s, a}.keep(a.plot(&light))
	if len(kept) > 4*columnsPerLine+8 {
		t.Errorf("%d points kept", len(kept))
	}
	for _, i := range []int{0, 123_456, 654_321, n - 1} {
		if !slices.Contains(kept, i) {
			t.Errorf("point %d is lost", i)
		}
	}
	if !slices.IsSorted(kept) {
		t.Error("the points are out of order")
	}
}

func TestHeatMap(t *testing.T) {
	f := HeatMap([][]float64{{0, 0.5}, {1, math.NaN()}}, HeatMapOptions{XLabels: []string{"a", "b"}, YLabels: []string{"c", "d"}, Title: "map"})
	doc := parseSVG(t, string(f.SVG()))
	for _, want := range []string{"map", "a", "b", "c", "d", "0.50", "1", "NaN"} {
		if !slices.Contains(doc.texts(), want) {
			t.Errorf("%q is not in the picture: %q", want, doc.texts())
		}
	}
	if got := len(doc.all("image")); got != 2 { // the cells and the colour bar
		t.Errorf("%d images, want 2", got)
	}
	want := "map\n2 × 2 matrix, 0 … 1, mean 0.5\n│ +│ c\n│@?│ d\n1 not drawn (NaN or infinite)"
	if got := f.String(); got != want {
		t.Errorf("text:\n%s\nwant:\n%s", got, want)
	}
}

func TestValueScale(t *testing.T) {
	for _, tt := range []struct {
		name     string
		data     []float64
		o        HeatMapOptions
		v        float64
		position float64
	}{
		{"low", []float64{2, 4}, HeatMapOptions{}, 2, 0},
		{"high", []float64{2, 4}, HeatMapOptions{}, 4, 1},
		{"zero in the middle", []float64{-1, 4}, HeatMapOptions{}, 0, 0.5},
		{"symmetric", []float64{-1, 4}, HeatMapOptions{}, -4, 0},
		{"chosen", []float64{0, 1}, HeatMapOptions{Low: 0, High: 10}, 5, 0.5},
		{"chosen, lopsided", []float64{0, 1}, HeatMapOptions{Low: -1, High: 10}, 0, 0.5},
		{"constant", []float64{3, 3}, HeatMapOptions{}, 3, 0},
		{"nothing", []float64{math.NaN()}, HeatMapOptions{}, 1, 1},
	} {
		if got := scaleOf(tt.data, tt.o).position(tt.v); math.Abs(got-tt.position) > 1e-12 {
			t.Errorf("%s: position of %v is %v, want %v", tt.name, tt.v, got, tt.position)
		}
	}
}

func TestConfusionMatrix(t *testing.T) {
	f := ConfusionMatrix([]int{0, 0, 0, 1, 1, 2}, []float32{0, 0, 1, 1, 1, 0}, ConfusionOptions{Labels: []string{"cat", "dog", "eel"}})
	doc := parseSVG(t, string(f.SVG()))
	for _, want := range []string{"confusion matrix", "cat", "dog", "eel", "2", "1", "67 %", "100 %", "0 %", "accuracy 66.7 % (4 of 6)"} {
		if !slices.Contains(doc.texts(), want) {
			t.Errorf("%q is not in the picture: %q", want, doc.texts())
		}
	}
	want := strings.Join([]string{
		"confusion matrix",
		"accuracy 66.7 % (4 of 6)",
		"true cat dog eel  ← predicted",
		" cat   2   1   ·",
		" dog   ·   2   ·",
		" eel   1   ·   ·",
	}, "\n")
	if got := f.String(); got != want {
		t.Errorf("text:\n%s\nwant:\n%s", got, want)
	}
}

func TestManyClasses(t *testing.T) {
	truth := make([]int, 2000)
	for i := range truth {
		truth[i] = i % 150
	}
	checkFigure(t, ConfusionMatrix(truth, truth))
}

func TestImageGrid(t *testing.T) {
	big := image.NewRGBA(image.Rect(0, 0, 3000, 1000))
	for i := range big.Pix {
		big.Pix[i] = 0xFF
	}
	f := ImageGrid([]image.Image{big, image.NewGray(image.Rect(0, 0, 8, 8)), image.NewGray(image.Rectangle{})})
	checkFigure(t, f)
	if got := len(parseSVG(t, string(f.SVG())).all("image")); got != 2 {
		t.Errorf("%d images drawn, want 2 (the third has no pixels)", got)
	}

	many := ImageGrid(shaped{[]int{100, 1, 1}, make([]float64, 100)}, ImageGridOptions{Max: 10})
	doc := parseSVG(t, string(many.SVG()))
	if got := len(doc.all("image")); got != 10 {
		t.Errorf("%d images drawn, want 10", got)
	}
	if !slices.Contains(doc.texts(), "10 of 100 images") {
		t.Errorf("the caption doesn't say how many there are: %q", doc.texts())
	}
}

// The small images that the SVG carries are the data's own pixels, to be enlarged by whoever shows them.
func TestPixelsAreCrisp(t *testing.T) {
	f := ImageGrid([][]int{{0, 1, 1, 0}}, ImageGridOptions{Size: 40})
	if !strings.Contains(string(f.SVG()), "image-rendering:pixelated") {
		t.Error("the SVG lets the browser blur the pixels")
	}
	img, err := png.Decode(bytes.NewReader(f.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[color.Gray]bool{}
	b := img.Bounds()
	for y := b.Dy()/2 - 30; y < b.Dy()/2+30; y++ {
		for x := pngScale*margin + 4; x < pngScale*(margin+40)-4; x++ {
			seen[color.GrayModel.Convert(img.At(x, y)).(color.Gray)] = true
		}
	}
	for c := range seen {
		if c.Y > 8 && c.Y < 247 && len(seen) > 12 {
			t.Fatalf("%d shades between black and white: the PNG is blurred", len(seen))
		}
	}
}

func TestHistogramBins(t *testing.T) {
	b := binned([]float64{0, 0, 1, 2, 3, 4, 5, 9, 10}, 5)
	if got := fmt.Sprint(b.counts); got != "[3 2 2 0 2]" {
		t.Errorf("counts are %s", got)
	}
	normal := make([]float64, 1000)
	rng := rand.New(rand.NewSource(2))
	for i := range normal {
		normal[i] = rng.NormFloat64()
	}
	slices.Sort(normal)
	for name, xs := range map[string][]float64{"normal": normal, "mostly zero": append(make([]float64, 900), 1, 2, 3)} {
		b := binned(xs, 0)
		sum := 0.0
		for _, n := range b.counts {
			sum += n
		}
		if int(sum) != len(xs) {
			t.Errorf("%s: %v values counted, there are %d", name, sum, len(xs))
		}
		if n := len(b.counts); n < 5 || n > 80 {
			t.Errorf("%s: %d bins", name, n)
		}
	}
}

func TestSave(t *testing.T) {
	f := Line(nil, []int{1, 2})
	dir := t.TempDir()
	for name, magic := range map[string]string{"a.svg": "<svg", "b.PNG": "\x89PNG"} {
		file := filepath.Join(dir, name)
		if err := f.Save(file); err != nil {
			t.Fatal(err)
		}
		if data, _ := os.ReadFile(file); !strings.HasPrefix(string(data), magic) {
			t.Errorf("%s begins with %q", name, data[:4])
		}
	}
	if err := f.Save("c.gif"); err == nil || !strings.Contains(err.Error(), ".svg or .png") {
		t.Errorf("saving as GIF: %v", err)
	}
}

func TestPlotShowsByItself(t *testing.T) {
	p := plot.New()
	p.Title.Text = "raw gonum"
	line, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}})
	if err != nil {
		t.Fatal(err)
	}
	p.Add(line)
	b := display.Render(p)
	doc := parseSVG(t, b.Data[display.MIMESVG].(string))
	if !slices.Contains(doc.texts(), "raw gonum") {
		t.Errorf("no title in the picture: %q", doc.texts())
	}
	if b.Data[display.MIMEPNG] == nil || b.Plain() != "raw gonum" {
		t.Errorf("PNG %v, text %q", b.Data[display.MIMEPNG] != nil, b.Plain())
	}
}

// What gonum can't draw is said in text; showing it by hand panics where it was called.
func TestPlotThatCantBeDrawn(t *testing.T) {
	p := plot.New()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -1, 1, -1, 1
	p.Y.Scale = plot.LogScale{}
	p.Y.Tick.Marker = plot.LogTicks{}
	if got := display.Render(p).Plain(); !strings.HasPrefix(got, "viz.Plot: gonum/plot can't draw this: ") {
		t.Errorf("text is %q", got)
	}
}

// Every shade between two colours of a scale is monotone in lightness, so that more looks like more.
func TestScalesAreMonotone(t *testing.T) {
	for name, s := range map[string]colorScale{"light": light.sequential(), "dark": dark.sequential()} {
		for i := 1; i <= 100; i++ {
			a, b := toOklab(s.at(float64(i-1) / 100))[0], toOklab(s.at(float64(i) / 100))[0]
			if (b > a) != (name == "dark") && math.Abs(a-b) > 0.004 {
				t.Errorf("%s: lightness goes from %.3f to %.3f at %d %%", name, a, b, i)
			}
		}
	}
	for _, c := range []color.NRGBA{hex(0x123456), hex(0xFFFFFF), hex(0), hex(0xD55E00)} {
		if got := fromOklab(toOklab(c)); got != c {
			t.Errorf("%v comes back from Oklab as %v", c, got)
		}
	}
}

// contrast is WCAG's ratio of luminances.
func contrast(a, b color.NRGBA) float64 {
	l := func(c color.NRGBA) float64 { return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) }
	x, y := l(a), l(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestThemesAreLegible(t *testing.T) {
	for name, th := range map[string]*colors{"light": &light, "dark": &dark} {
		for what, tt := range map[string]struct {
			c    color.NRGBA
			want float64
		}{"ink": {th.ink, 7}, "muted": {th.muted, 4.5}} {
			if got := contrast(tt.c, th.card); got < tt.want {
				t.Errorf("%s: %s has contrast %.1f on the card, want %.1f", name, what, got, tt.want)
			}
		}
		for i, c := range th.series {
			if got := contrast(c, th.card); got < 2 {
				t.Errorf("%s: line %d has contrast %.1f on the card", name, i, got)
			}
		}
		scale := th.sequential()
		for i := range 11 {
			bg := scale.at(float64(i) / 10)
			text := on(bg).(color.NRGBA)
			if got := contrast(text, bg); got < 4 {
				t.Errorf("%s: values at %d %% of the scale have contrast %.1f", name, 10*i, got)
			}
		}
	}
}

func TestPathData(t *testing.T) {
	c := newSVG(100, 100)
	var p vg.Path
	p.Move(vg.Point{X: 10, Y: 90})
	p.Line(vg.Point{X: 20.5, Y: 90})
	p.Line(vg.Point{X: 20.25, Y: 80.25})
	p.CubeTo(vg.Point{X: 1, Y: 2}, vg.Point{X: 3, Y: 4}, vg.Point{X: 5, Y: 6})
	p.QuadTo(vg.Point{X: 1, Y: 2}, vg.Point{X: 5, Y: 6})
	p.Close()
	p.Line(vg.Point{X: 10, Y: 80})
	want := "M10 10l10.5 0-.25 9.75c-19.25 78.25-17.25 76.25-15.25 74.25q-4 4 0 0Zl0 10"
	if got := c.pathData(p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := c.pathData(circle(vg.Point{X: 50, Y: 50}, 10)), "M60 50l0 0a10 10 0 0 0-20 0 10 10 0 0 0 20 0Z"; got != want {
		t.Errorf("circle: got %s, want %s", got, want)
	}
	c.Translate(vg.Point{X: 50, Y: 50})
	c.Rotate(math.Pi / 2)
	c.Scale(2, 2)
	if x, y := c.state.m.apply(vg.Point{X: 10, Y: 0}); math.Abs(x-50) > 1e-9 || math.Abs(y-30) > 1e-9 {
		t.Errorf("10 along a turned axis, twice as long, is at %v, %v", x, y)
	}
	if got := c.state.m.scale(); math.Abs(got-2) > 1e-9 {
		t.Errorf("scale is %v", got)
	}
}

// However long a path of relative coordinates, rounding doesn't add up: the end is where it should be.
func TestPathRoundingDoesNotDrift(t *testing.T) {
	c := newSVG(1000, 1000)
	var p vg.Path
	p.Move(vg.Point{})
	for i := range 5000 {
		p.Line(vg.Point{X: vg.Length(float64(i) * 0.1234567), Y: vg.Length(i % 3)})
	}
	d := c.pathData(p)
	x, _ := walk(t, d)
	if want := 4999 * 0.1234567; math.Abs(x-want) > 0.06 {
		t.Errorf("the path ends at %v, want %v", x, want)
	}
}

// walk follows a path of M and l commands to its end.
func walk(t *testing.T, d string) (x, y float64) {
	t.Helper()
	d = strings.ReplaceAll(strings.TrimPrefix(d, "M"), "l", " ")
	d = strings.ReplaceAll(d, "-", " -")
	fields := strings.Fields(d)
	for i := 0; i+1 < len(fields); i += 2 {
		var dx, dy float64
		if _, err := fmt.Sscan(fields[i], &dx); err != nil {
			t.Fatalf("number %q: %v", fields[i], err)
		}
		if _, err := fmt.Sscan(fields[i+1], &dy); err != nil {
			t.Fatalf("number %q: %v", fields[i+1], err)
		}
		x, y = x+dx, y+dy
	}
	return x, y
}

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		v, per float64
		want   string
	}{
		{0, 100, "0"},
		{-0.001, 100, "0"},
		{0.5, 100, ".5"},
		{-0.25, 100, "-.25"},
		{12.3456, 100, "12.35"},
		{12.3456, 10, "12.3"},
		{math.NaN(), 10, "0"},
		{math.Inf(1), 10, "0"},
		{0.1 + 0.2, 100, ".3"},
	} {
		if got := number(tt.v, tt.per); got != tt.want {
			t.Errorf("number(%v, %v) = %q, want %q", tt.v, tt.per, got, tt.want)
		}
	}
}

func TestTicks(t *testing.T) {
	labels := func(ticks []plot.Tick) string {
		var out []string
		for _, k := range ticks {
			out = append(out, k.Label)
		}
		return strings.Join(out, " ")
	}
	for _, tt := range []struct {
		ticker plot.Ticker
		lo, hi float64
		want   string
	}{
		{niceTicks{5}, 0, 1, "0 0.2 0.4 0.6 0.8 1.0"},
		{niceTicks{5}, -1, 1, "−1.0 −0.5 0 0.5 1.0"},
		{niceTicks{5}, 0, 2.7, "0 0.5 1.0 1.5 2.0 2.5"},
		{niceTicks{5}, 0, 2000, "0 500 1000 1500 2000"},
		{niceTicks{5}, 0, 50_000, "0 10k 20k 30k 40k 50k"},
		{niceTicks{5}, 0, 5e6, "0 1M 2M 3M 4M 5M"},
		{niceTicks{5}, 0, 5e-7, "0 1e−7 2e−7 3e−7 4e−7 5e−7"},
		{niceTicks{5}, 1, 1, ""},
		{wholeTicks{5}, 0, 3, "0 1 2 3"},
		{wholeTicks{7}, 0, 1, "0 1"},
		{logTicks{}, 0.01, 1, "0.01 0.02 0.05 0.1 0.2 0.5 1"},
		{logTicks{}, 1e-8, 1, "1e−8 1e−7 1e−6 1e−5 0.0001 0.001 0.01 0.1 1"},
		{logTicks{}, 2.1, 2.4, "2.1 2.2 2.3 2.4"},
		{logTicks{}, -1, 1, ""},
	} {
		if got := labels(tt.ticker.Ticks(tt.lo, tt.hi)); got != tt.want {
			t.Errorf("%T %v … %v: %q, want %q", tt.ticker, tt.lo, tt.hi, got, tt.want)
		}
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", 0.5: "0.5", 2.3456: "2.346", 12.345: "12.35", 123.45: "123.5", 1234.5: "1234", -0.05: "−0.05",
		0.012345: "0.0123", 1e-7: "1e−7", 2.5e9: "2.5e9", math.Inf(-1): "−∞", math.Inf(1): "+∞",
	} {
		if got := short(v); got != want {
			t.Errorf("short(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestSparkline(t *testing.T) {
	for _, tt := range []struct {
		y    []float64
		want string
	}{
		{nil, ""},
		{[]float64{1, 2, 3}, "▁▅█"},
		{[]float64{1, 1}, "▄▄"},
		{[]float64{1, math.NaN(), 2}, "▁ █"},
		{[]float64{0, 0, 1, 1, 2, 2, 3, 3}, "▁▃▆█"},
	} {
		if got := sparkline(tt.y, 4); got != tt.want {
			t.Errorf("sparkline(%v) = %q, want %q", tt.y, got, tt.want)
		}
	}
}

func TestSmoothing(t *testing.T) {
	x := []float64{0, 1, 2, 3}
	constant := smoothed(x, []float64{2, 2, 2, 2}, 0.9)
	for i, v := range constant {
		if math.Abs(v-2) > 1e-12 {
			t.Errorf("a constant is no longer one: %v at %d", v, i)
		}
	}
	// Far apart in steps, the past weighs nothing.
	sparse := smoothed([]float64{0, 1000, 2000}, []float64{3, 2, 1}, 0.9)
	for i, want := range []float64{3, 2, 1} {
		if math.Abs(sparse[i]-want) > 1e-9 {
			t.Errorf("sparse value %d is %v, want %v", i, sparse[i], want)
		}
	}
	gaps := smoothed(x, []float64{1, math.NaN(), 1, 1}, 0.5)
	if !math.IsNaN(gaps[1]) || math.Abs(gaps[3]-1) > 1e-12 {
		t.Errorf("with a NaN: %v", gaps)
	}
}
