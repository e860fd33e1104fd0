package viz

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
)

// looksBack gives all of a position's attention to the one so many before it, or to the first.
func looksBack(n, back int) [][]float64 {
	return causal(n, func(i, j int) float64 {
		if j == max(i-back, 0) {
			return 1
		}
		return 0
	})
}

func TestHabits(t *testing.T) {
	const n = 12
	for name, c := range map[string]struct {
		weights [][]float64
		want    string
	}{
		"itself":   {looksBack(n, 0), "itself 100 %"},
		"previous": {looksBack(n, 1), "1 back 100 %"},
		"third":    {looksBack(n, 3), "3 back 100 %"},
		"first":    {looksBack(n, n), "the first 100 %"},
		"even":     {causal(40, func(_, _ int) float64 { return 1 }), "spread out"},
		"future":   {[][]float64{{0, 1}, {1, 0}}, "1 back 100 %"},
	} {
		t.Run(name, func(t *testing.T) {
			d := toDense("", "", c.weights)
			if got := habitOf(d.data, d.shape[0], d.shape[1]).String(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// The same weights in every form make the same picture.
func TestAttentionForms(t *testing.T) {
	w := make([]float64, 0, 2*3*5*5)
	for l := range 2 {
		for h := range 3 {
			for _, row := range looksBack(5, l+h) {
				w = append(w, row...)
			}
		}
	}
	whole := tensor.FromSlice(w, 2, 3, 5, 5)
	want := string(AttentionMaps(whole).SVG())
	for name, form := range map[string]any{
		"batch of one":          whole.Reshape(2, 1, 3, 5, 5),
		"a tensor a layer":      []*tensor.Tensor{whole.Select(0, 0), whole.Select(0, 1)},
		"a tensor (1, …) a one": []*tensor.Tensor{whole.Narrow(0, 0, 1), whole.Narrow(0, 1, 1)},
	} {
		if string(AttentionMaps(form).SVG()) != want {
			t.Errorf("%s makes another picture", name)
		}
	}
	one := AttentionMaps(whole.Select(0, 0))
	if text := one.String(); !strings.Contains(text, "1 layers, 3 heads, 5 × 5 positions\nlayer 0: itself 100 % · 1 back 100 % · 2 back 100 %") {
		t.Errorf("text is %q", text)
	}
	if f := AttentionMaps([]*tensor.Tensor{}); !strings.Contains(f.String(), "no weights") {
		t.Errorf("of nothing: %q", f)
	}
}

// The hidden future is bare card; what could be seen and was not is the scale's low end.
func TestAttentionColours(t *testing.T) {
	f := AttentionMaps(looksBack(20, 0))
	img, err := png.Decode(bytes.NewReader(f.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[3]uint8]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			seen[[3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}] = true
		}
	}
	for _, c := range append(light.low, light.high[len(light.high)-1], light.card) {
		if !seen[[3]uint8{c.R, c.G, c.B}] {
			t.Errorf("no pixel has the colour %v", c)
		}
	}
}

// Tokens stand at the edges where each has the height of a line.
func TestAttentionTokens(t *testing.T) {
	tokens := []string{"In", " the", " begin", "ning", "\n"}
	texts := strings.Join(parseSVG(t, string(AttentionMaps(looksBack(5, 1), AttentionOptions{Tokens: tokens}).SVG())).texts(), "|")
	for _, want := range []string{"␣begin", "⏎", "head 0", "layer 0"} {
		if !strings.Contains(texts, want) {
			t.Errorf("%q is not written: %s", want, texts)
		}
	}
	many := strings.Split(strings.Repeat("x", 60), "")
	texts = strings.Join(parseSVG(t, string(AttentionMaps(looksBack(60, 1), AttentionOptions{Tokens: many}).SVG())).texts(), "|")
	if strings.Contains(texts, "x|x") {
		t.Error("sixty tokens are written over each other")
	}
}

func TestAttentionMistakes(t *testing.T) {
	for name, f := range map[string]func(){
		"rank":    func() { AttentionMaps(tensor.Ones(2, 2, 1, 3, 4, 4)) },
		"batch":   func() { AttentionMaps(tensor.Ones(1, 2, 3, 4, 4)) },
		"layers":  func() { AttentionMaps([]*tensor.Tensor{tensor.Ones(1, 4, 4), tensor.Ones(2, 4, 4)}) },
		"tokens":  func() { AttentionMaps(tensor.Ones(4, 4), AttentionOptions{Tokens: []string{"a"}}) },
		"size":    func() { AttentionMaps(tensor.Ones(1025, 1)) },
		"lengths": func() { TokenProbabilities([]string{"a", "b"}, []float64{1}) },
		"odds":    func() { TokenProbabilities([]string{"a"}, []float64{1.5}) },
		"minus":   func() { TokenProbabilities([]string{"a"}, []float64{-0.5}) },
		"many":    func() { Tokens(make([]string, 5001), make([]float64, 5001)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if _, ok := recover().(*Error); !ok {
					t.Error("no *Error")
				}
			}()
			f()
		})
	}
	AttentionMaps([][]float64{{math.NaN(), 0}, {0.5, 0.5}}).SVG() // is only left out
}
