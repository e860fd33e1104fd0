package viz

import (
	"fmt"
	"image"
	"math"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// shaped stands for a tensor.
type shaped struct {
	shape []int
	data  []float64
}

func (s shaped) Shape() []int        { return s.shape }
func (s shaped) Float64s() []float64 { return s.data }

type celsius float32

func TestToDense(t *testing.T) {
	two := 2
	for _, tt := range []struct {
		name  string
		in    any
		shape []int
		data  []float64
	}{
		{"floats", []float64{1, 2}, []int{2}, []float64{1, 2}},
		{"float32", []float32{0.5}, []int{1}, []float64{0.5}},
		{"ints", []int{1, 2, 3}, []int{3}, []float64{1, 2, 3}},
		{"bytes", []byte{0, 255}, []int{2}, []float64{0, 255}},
		{"bools", []bool{true, false}, []int{2}, []float64{1, 0}},
		{"named", []celsius{20}, []int{1}, []float64{20}},
		{"any", []any{1, 2.5, uint8(3)}, []int{3}, []float64{1, 2.5, 3}},
		{"pointers", []*int{&two}, []int{1}, []float64{2}},
		{"pointer to slice", &[]int{4}, []int{1}, []float64{4}},
		{"array", [2]int{7, 8}, []int{2}, []float64{7, 8}},
		{"rows", [][]int{{1, 2, 3}, {4, 5, 6}}, []int{2, 3}, []float64{1, 2, 3, 4, 5, 6}},
		{"cube", [][][]float32{{{1}, {2}}}, []int{1, 2, 1}, []float64{1, 2}},
		{"empty", []float64{}, []int{0}, nil},
		{"empty rows", [][]float64{}, []int{0}, nil},
		{"rows of nothing", [][]float64{{}, {}}, []int{2, 0}, nil},
		{"tensor", shaped{[]int{1, 2}, []float64{3, 4}}, []int{1, 2}, []float64{3, 4}},
		{"matrix", mat.NewDense(2, 1, []float64{5, 6}), []int{2, 1}, []float64{5, 6}},
		{"transposed", mat.NewDense(1, 2, []float64{5, 6}).T(), []int{2, 1}, []float64{5, 6}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := toDense("F", "x", tt.in)
			if !reflect.DeepEqual(d.shape, tt.shape) || len(d.data) != len(tt.data) {
				t.Fatalf("got shape %v of %d values, want %v of %d", d.shape, len(d.data), tt.shape, len(tt.data))
			}
			for i := range d.data {
				if d.data[i] != tt.data[i] {
					t.Errorf("value %d is %v, want %v", i, d.data[i], tt.data[i])
				}
			}
		})
	}
}

// The data belongs to the caller, who may go on to change it.
func TestToDenseCopies(t *testing.T) {
	data := []float64{1, 2}
	for name, in := range map[string]any{"slice": data, "tensor": shaped{[]int{2}, data}} {
		d := toDense("F", "x", in)
		data[0] = 9
		if d.data[0] != 1 {
			t.Errorf("%s: a later change shows in the picture", name)
		}
		data[0] = 1
	}
}

func TestMisuse(t *testing.T) {
	var nilMatrix *mat.Dense
	for _, tt := range []struct {
		name string
		call func()
		want string
	}{
		{"nil", func() { HeatMap(nil) }, "viz.HeatMap: the matrix is nil; pass a slice of numbers or a tensor"},
		{"nil pointer", func() { HeatMap(nilMatrix) }, "viz.HeatMap: the matrix is a nil *mat.Dense"},
		{"nil element", func() { Histogram([]any{1, nil}) }, "viz.Histogram: values: element 1 is nil"},
		{"text", func() { Histogram("abc") }, "viz.Histogram: values is a string; pass a slice of numbers or a tensor"},
		{"texts", func() { Histogram([]string{"a"}) }, "viz.Histogram: values is a []string; pass a slice of numbers or a tensor"},
		{"ragged", func() { HeatMap([][]int{{1, 2}, {3}}) }, "viz.HeatMap: the matrix: rows have different lengths: row 0 has 2, row 1 has 1"},
		{"mixed", func() { HeatMap([]any{1, []int{2}}) }, "viz.HeatMap: the matrix mixes numbers and lists"},
		{"mixed the other way", func() { HeatMap([]any{[]int{2}, 1}) }, "viz.HeatMap: the matrix mixes numbers and lists"},
		{"cube", func() { HeatMap([][][]int{{{1}}, {{2}}}) }, "viz.HeatMap: the matrix has shape [2 1 1]; a matrix is wanted: choose one by index first"},
		{"lying tensor", func() { HeatMap(shaped{[]int{2, 2}, []float64{1}}) }, "viz.HeatMap: the matrix: viz.shaped has shape [2 2] but 1 values"},
		{"labels", func() { HeatMap([][]int{{1, 2}}, HeatMapOptions{XLabels: []string{"a"}}) }, "viz.HeatMap: 1 XLabels for 2"},
		{"scale", func() { HeatMap([]int{1}, HeatMapOptions{Low: 2, High: 1}) }, "viz.HeatMap: Low is 2 and High is 1; Low must be below High"},
		{"too large", func() { HeatMap(shaped{[]int{1, 3000}, make([]float64, 3000)}) }, "viz.HeatMap: the matrix is 1 × 3000; at most 2048 × 2048 can be shown, slice it first"},
		{"x and y", func() { Line([]int{1, 2}, []int{1, 2, 3}) }, "viz.Line: x has 2 values but y has 3"},
		{"classes", func() { Scatter(nil, []int{1, 2}, PlotOptions{Classes: []int{1}}) }, "viz.Scatter: 2 points but 1 classes"},
		{"half classes", func() { Scatter(nil, []int{1}, PlotOptions{Classes: []float64{0.5}}) }, "viz.Scatter: Classes: element 0 is 0.5; class numbers are whole"},
		{"truth and guess", func() { ConfusionMatrix([]int{1}, []int{1, 2}) }, "viz.ConfusionMatrix: 1 true classes but 2 predicted ones; did you forget ArgMax over the classes?"},
		{"negative class", func() { ConfusionMatrix([]int{0}, []int{-1}) }, "viz.ConfusionMatrix: class -1 at element 0 is negative; classes count from 0"},
		{"no label", func() { ConfusionMatrix([]int{0}, []int{2}, ConfusionOptions{Labels: []string{"a", "b"}}) }, "viz.ConfusionMatrix: class 2 at element 0 has no label; there are 2 Labels"},
		{"wild class", func() { ConfusionMatrix([]int{0}, []int{1 << 40}) }, "viz.ConfusionMatrix: class 1099511627776 at element 0: at most 200 classes can be shown"},
		{"not square", func() { ImageGrid([][]int{{1, 2, 3}}) }, "viz.ImageGrid: images of 3 values each are not square; set ImageHeight and ImageWidth"},
		{"wrong size", func() { ImageGrid([][]int{{1, 2, 3}}, ImageGridOptions{ImageHeight: 2}) }, "viz.ImageGrid: images of 3 values each are not square; ImageHeight × ImageWidth is 2 × 1"},
		{"captions", func() { ImageGrid([][]int{{1}}, ImageGridOptions{Captions: []string{"a", "b"}}) }, "viz.ImageGrid: 2 captions for 1 images"},
		{"channels", func() { ImageGrid(shaped{[]int{1, 2, 2, 2}, make([]float64, 8)}) }, "viz.ImageGrid: images of shape [1 2 2 2]; the shapes known are"},
		{"nil image", func() { ImageGrid([]image.Image{nil}) }, "viz.ImageGrid: image 0 is nil"},
		{"bins", func() { Histogram([]int{1}, PlotOptions{Bins: -1}) }, "viz.Histogram: Bins is -1; choose 1 to 1000, or 0 for a number that suits the data"},
		{"options twice", func() { Line(nil, []int{1}, PlotOptions{}, PlotOptions{}) }, "viz.Line: 2 options given; put them into one viz.PlotOptions"},
		{"smoothing", func() { NewLossCurve("x", CurveOptions{Smooth: 1}) }, "viz.NewLossCurve: Smooth is 1; it is the share of the past, from 0 to less than 1"},
		{"total", func() { NewProgress("x", -1) }, "viz.NewProgress: total is -1; use 0 when it isn't known"},
		{"theme", func() { SetTheme("pink") }, `viz.SetTheme: there is no theme "pink"; use viz.Light or viz.Dark`},
		{"plot", func() { Plot(nil) }, "viz.Plot: the plot is nil"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				e, ok := recover().(*Error)
				if !ok {
					t.Fatalf("panicked with %v, want an *Error", e)
				}
				if !strings.HasPrefix(e.Error(), tt.want) {
					t.Errorf("got  %s\nwant %s", e, tt.want)
				}
			}()
			tt.call()
		})
	}
}

// Data that isn't wrong but has little or nothing to draw gives a picture that says so.
func TestHardData(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	many := make([]float64, 5000)
	for i := range many {
		many[i] = nan
		if i%2 == 0 {
			many[i] = float64(i % 7)
		}
	}
	lists := map[string][]float64{
		"empty":           {},
		"one":             {3},
		"zero":            {0},
		"all nan":         {nan, nan},
		"infinite":        {inf, -inf},
		"some nan":        {nan, 1, inf, 2, nan},
		"constant":        {5, 5, 5},
		"constant small":  {1e-30, 1e-30},
		"nearly constant": {1, 1 + 1e-16, 1 + 2e-16},
		"huge":            {math.MaxFloat64, -math.MaxFloat64, 1},
		"large":           {1e99, -1e99},
		"tiny":            {math.SmallestNonzeroFloat64, 0},
		"big and close":   {1e17, 1e17 + 16},
		"negative":        {-3, -2},
		"nan every other": many,
	}
	small := func(o PlotOptions) PlotOptions { // pixels take time
		o.Width, o.Height = 240, 160
		return o
	}
	for name, list := range lists {
		for kind, draw := range map[string]func() *Figure{
			"line":      func() *Figure { return Line(nil, list, small(PlotOptions{})) },
			"line-log":  func() *Figure { return Line(nil, list, small(PlotOptions{LogY: true, LogX: true})) },
			"lines":     func() *Figure { return Line(nil, [][]float64{list, list}, small(PlotOptions{Names: []string{"a"}})) },
			"scatter":   func() *Figure { return Scatter(list, list, small(PlotOptions{})) },
			"histogram": func() *Figure { return Histogram(list, small(PlotOptions{})) },
			"histlog":   func() *Figure { return Histogram(list, small(PlotOptions{LogY: true})) },
			"heatmap":   func() *Figure { return HeatMap(list[:min(len(list), 500)], HeatMapOptions{Cell: 1}) },
			"columns": func() *Figure {
				return HeatMap(shaped{[]int{min(len(list), 60), 1}, list[:min(len(list), 60)]}, HeatMapOptions{Cell: 4})
			},
			"grid": func() *Figure { return ImageGrid(shaped{[]int{len(list), 1, 1}, list}, ImageGridOptions{Size: 16}) },
			"curve": func() *Figure {
				c := NewLossCurve("loss", CurveOptions{Smooth: 0.9, Steps: 3, Width: 240, Height: 160})
				for i, v := range list {
					c.mu.Lock()
					s := c.find("train")
					s.x, s.y = append(s.x, float64(i)), append(s.y, v)
					c.mu.Unlock()
				}
				return c.Figure()
			},
		} {
			t.Run(kind+"/"+name, func(t *testing.T) { checkFigure(t, draw()) })
		}
	}
}

func TestEmptySaysSo(t *testing.T) {
	for want, f := range map[string]*Figure{
		"t: no images":      ImageGrid([]image.Image{}, ImageGridOptions{Title: "t"}),
		"t: no predictions": ConfusionMatrix([]int{}, []int{}, ConfusionOptions{Title: "t"}),
		"t: no points":      Scatter([]int{}, []int{}, PlotOptions{Title: "t"}),
		"t: no values · 1 not drawn (NaN or infinite)": Histogram([]float64{math.NaN()}, PlotOptions{Title: "t"}),
	} {
		if got := f.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPictures(t *testing.T) {
	// One image with three channels, in both layouts: the upper pixel is red, the lower blue.
	planes := shaped{[]int{1, 3, 2, 1}, []float64{1, 0, 0, 0, 0, 1}}
	pixels := shaped{[]int{1, 2, 1, 3}, []float64{1, 0, 0, 0, 0, 1}}
	for name, in := range map[string]shaped{"planes": planes, "pixels": pixels} {
		img := toPictures("F", in, ImageGridOptions{})[0].image(false)
		for y, want := range []string{"255 0 0", "0 0 255"} {
			r, g, b, _ := img.At(0, y).RGBA()
			if got := fmt.Sprint(r>>8, g>>8, b>>8); got != want {
				t.Errorf("%s: pixel %d is %s, want %s", name, y, got, want)
			}
		}
	}
	// Digits 0 … 16: the largest value is white, and black when inverted.
	digits := shaped{[]int{1, 2, 2}, []float64{0, 16, 8, 4}}
	for _, tt := range []struct {
		invert bool
		want   [2]uint32
	}{{false, [2]uint32{0, 255}}, {true, [2]uint32{255, 0}}} {
		img := toPictures("F", digits, ImageGridOptions{})[0].image(tt.invert)
		for x := range 2 {
			if r, _, _, _ := img.At(x, 0).RGBA(); r>>8 != tt.want[x] {
				t.Errorf("invert %v: pixel %d is %d, want %d", tt.invert, x, r>>8, tt.want[x])
			}
		}
	}
}

func TestBrightness(t *testing.T) {
	for _, tt := range []struct {
		data   []float64
		lo, hi float64
	}{
		{[]float64{0, 0.9}, 0, 1},
		{[]float64{3, 200}, 0, 255},
		{[]float64{0, 16}, 0, 16},
		{[]float64{-1, 1}, -1, 1},
		{[]float64{0, 0}, 0, 1},
		{[]float64{math.NaN(), math.Inf(1), 2}, 0, 2},
	} {
		if lo, hi := brightness(tt.data); lo != tt.lo || hi != tt.hi {
			t.Errorf("%v: %v … %v, want %v … %v", tt.data, lo, hi, tt.lo, tt.hi)
		}
	}
}
