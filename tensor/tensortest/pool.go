package tensortest

import (
	"fmt"
	"math"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// pool compares with a walk over each window, which also carries gradients back.
func (s suite) pool(t *testing.T, b backend.PoolBackend) {
	one := [2]int{1, 1}
	for i, c := range []struct {
		in, out [2]int
		p       backend.Pool
	}{
		{[2]int{4, 6}, [2]int{2, 3}, backend.Pool{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}, Dilation: one}},
		{[2]int{5, 7}, [2]int{3, 4}, backend.Pool{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Padding: one, Dilation: one}},
		{[2]int{5, 7}, [2]int{3, 4}, backend.Pool{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Padding: one, Dilation: one, ExcludePad: true}},
		{[2]int{6, 8}, [2]int{4, 4}, backend.Pool{Kernel: [2]int{3, 2}, Stride: [2]int{2, 2}, Padding: one, Dilation: one}}, // a last window reaches further
		{[2]int{9, 9}, [2]int{5, 7}, backend.Pool{Kernel: [2]int{3, 2}, Stride: [2]int{1, 1}, Dilation: [2]int{2, 2}}},
		{[2]int{1, 9}, [2]int{1, 9}, backend.Pool{Kernel: [2]int{1, 3}, Stride: one, Padding: [2]int{0, 1}, Dilation: one}},
		{[2]int{7, 5}, [2]int{3, 2}, backend.Pool{Bins: true}},
		{[2]int{3, 4}, [2]int{5, 4}, backend.Pool{Bins: true}},
		{[2]int{0, 4}, [2]int{0, 2}, backend.Pool{Kernel: [2]int{1, 2}, Stride: [2]int{1, 2}, Dilation: one}},
	} {
		for _, dt := range floats {
			t.Run(fmt.Sprint(dt, "/", i), func(t *testing.T) { s.poolCase(t, b, dt, c.in, c.out, c.p) })
		}
	}
}

func (s suite) poolCase(t *testing.T, b backend.PoolBackend, dt dtype.DType, in, out [2]int, p backend.Pool) {
	const images = 6
	size, places := in[0]*in[1], out[0]*out[1]
	xs, gs := numbers(dt, images*size, 98), numbers(dt, images*places, 99)
	for i := range xs {
		xs[i] = math.Round(xs[i]) // so that some are equal
	}
	if size > 0 {
		xs[size+1], xs[size+2] = math.NaN(), math.NaN()
	}
	// places of a window along an axis, and how many its mean counts.
	span := func(a, i int) (at []int, share int) {
		if p.Bins {
			for x := i * in[a] / out[a]; x*out[a] < (i+1)*in[a]; x++ {
				at = append(at, x)
			}
			return at, len(at)
		}
		for k := range p.Kernel[a] {
			x := i*p.Stride[a] - p.Padding[a] + k*p.Dilation[a]
			if x >= 0 && x < in[a] {
				at = append(at, x)
			}
			if x < in[a]+p.Padding[a] {
				share++
			}
		}
		if p.ExcludePad {
			share = len(at)
		}
		return at, share
	}
	largest, index := make([]float64, images*places), make([]float64, images*places)
	mean, maxGrad, meanGrad := make([]float64, images*places), make([]float64, images*size), make([]float64, images*size)
	for n := range images {
		for w := range places {
			e := n*places + w
			rows, high := span(0, w/out[1])
			columns, wide := span(1, w%out[1])
			index[e], largest[e] = -1, math.Inf(-1)
			for _, y := range rows {
				for _, x := range columns {
					at := y*in[1] + x
					v := xs[n*size+at]
					if index[e] < 0 || v > largest[e] || math.IsNaN(v) && !math.IsNaN(largest[e]) {
						largest[e], index[e] = v, float64(at)
					}
					mean[e] += v / float64(high*wide)
					meanGrad[n*size+at] += gs[e] / float64(high*wide)
				}
			}
			maxGrad[n*size+int(index[e])] += gs[e]
		}
	}
	shape := func(of [2]int) []int { return []int{2, images / 2, of[0], of[1]} }
	view := func(dt dtype.DType, values []float64, of [2]int) backend.View {
		return backend.View{Storage: upload(t, s.b, dt, values), Layout: backend.Contiguous(shape(of)...)}
	}
	room := func(dt dtype.DType, of [2]int) backend.View { return s.destination(t, dt, shape(of), layouts[0]).got }
	x, g := view(dt, xs, in), view(dt, gs, out)
	most, where, average := room(dt, out), room(dtype.Int64, out), room(dt, out)
	backMost, backAverage := room(dt, in), room(dt, in)
	errs := []error{b.MaxPool(most, where, x, p), b.MaxPoolGrad(backMost, where, g, p)}
	results := map[string][2]any{"largest": {most, largest}, "places": {where, index}, "its gradient": {backMost, maxGrad}}
	if p.Bins || p.Dilation == [2]int{1, 1} {
		errs = append(errs, b.AvgPool(average, x, p), b.AvgPoolGrad(backAverage, g, p))
		results["mean"], results["the mean's gradient"] = [2]any{average, mean}, [2]any{backAverage, meanGrad}
	}
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.cases.Add(1)
	for what, r := range results {
		got := s.download(t, r[0].(backend.View))
		for i, want := range r[1].([]float64) {
			if tol := tolerance(dt); !tol.Close(got[i], want) {
				t.Fatalf("%s: element %d: got %v, want %v", what, i, got[i], want)
			}
		}
	}
}
