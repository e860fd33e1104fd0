package viz

// option returns the only element of opts, or the zero value.
func option[T any](fn string, opts []T) T {
	var zero T
	switch len(opts) {
	case 0:
		return zero
	case 1:
		return opts[0]
	}
	fail(fn, "%d options given; put them into one %T", len(opts), zero)
	return zero
}

// orSize returns a chosen size within sensible bounds, or the usual one.
func orSize(chosen, usual int) float64 {
	if chosen <= 0 {
		return float64(usual)
	}
	return float64(min(max(chosen, 120), 4000))
}

// PlotOptions adjusts Line, Scatter and Histogram.
type PlotOptions struct {
	Title          string
	XLabel, YLabel string
	Names          []string // of the lines, or of the classes of a scatter plot
	LogX, LogY     bool
	Width, Height  int // of the picture, in pixels; 580 and 340
	Caption        string

	Classes any // Scatter: a class number for each point, shown as its colour
	Bins    int // Histogram: how many bars; chosen from the data when 0
}
