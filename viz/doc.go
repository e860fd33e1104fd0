// Package viz draws what a notebook about learning machines needs to see: loss curves that move
// while a model trains, heat maps, the attention maps of a whole model, text coloured by probabilities, grids
// of images, confusion matrices, histograms, quick line and scatter plots, progress bars.
//
// A picture is a *Figure, and a cell that ends in one shows it:
//
//	viz.HeatMap(weights, viz.HeatMapOptions{Title: "attention", XLabels: tokens, YLabels: tokens})
//
// What moves is shown when the first number arrives and then replaced in place, five times a second
// at most:
//
//	curve := viz.NewLossCurve("loss", viz.CurveOptions{Steps: 2000})
//	for step := range 2000 {
//		…
//		curve.Add("train", step, loss.Item())
//	}
//	curve.Done()
//
// The last state always ends up in the saved notebook, with or without Done, because the engine
// flushes live pictures when a cell ends.
//
// Data comes as any slice of numbers, nested or not, as a gonum matrix, or as a *tensor.Tensor; it
// is copied, so that a picture stays what it was when it was made. NaN and infinite values are left
// out of the drawing and counted in its caption. A mistake of the program (lengths that differ, a
// string where numbers belong) panics with an *Error that names the function and the mend.
//
// Every figure is SVG, PNG at twice its size and plain text. It stands on a card of its own, so that it
// reads the same on light pages, dark pages and paper; SetTheme turns the card dark. The drawing is
// done by gonum.org/v1/plot, and any *plot.Plot made in a cell shows as a picture too.
package viz
