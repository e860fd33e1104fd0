package viz_test

import (
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/viz"
)

// In a compiled program a figure prints as text; in a notebook the same line shows the picture.
func Example() {
	loss := make([]float64, 40)
	for i := range loss {
		loss[i] = math.Exp(-float64(i) / 10)
	}
	fmt.Println(viz.Line(nil, loss, viz.PlotOptions{Title: "loss", Names: []string{"train"}}))
	// Output:
	// loss
	// train  █▇▇▆▆▅▅▄▄▄▃▃▃▃▃▂▂▂▂▂▂▂▂▂▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  1 → 0.0202, lowest 0.0202 at 39
}

func ExampleHeatMap() {
	weights := tensor.Eye(3).AddScalar(0.5).Softmax(-1) // (3, 3)
	tokens := []string{"the", "quick", "fox"}
	fmt.Println(viz.HeatMap(weights, viz.HeatMapOptions{Title: "attention", XLabels: tokens, YLabels: tokens}))
	// Output:
	// attention
	// 3 × 3 matrix, 0.212 … 0.576, mean 0.333
	// │@  │ the
	// │ @ │ quick
	// │  @│ fox
}

func ExampleConfusionMatrix() {
	logits := tensor.FromSlice([]float32{2, 1, 0, 3, 1, 2}, 3, 2)
	truth := []int{0, 1, 0}
	fmt.Println(viz.ConfusionMatrix(truth, logits.ArgMax(1), viz.ConfusionOptions{Labels: []string{"cat", "dog"}}))
	// Output:
	// confusion matrix
	// accuracy 66.7 % (2 of 3)
	// true cat dog  ← predicted
	//  cat   1   1
	//  dog   ·   1
}

func ExampleHistogram() {
	fmt.Println(viz.Histogram([]float64{1, 2, 2, 3, 3, 3, 4, 4, 5}, viz.PlotOptions{Title: "throws"}))
	// Output:
	// throws
	// ▁▅█▅▁  1 … 5
	// 9 values · mean 3 · sd 1.155 · median 3 · 1 … 5
}

func ExampleImageGrid() {
	digits := tensor.Zeros(3, 64)
	fmt.Println(viz.ImageGrid(digits, viz.ImageGridOptions{Captions: []string{"a", "b", "c"}}))
	// Output:
	// 3 grayscale images, 8×8
	// a | b | c
}
