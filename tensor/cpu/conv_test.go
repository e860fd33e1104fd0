package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// convGo is the definition of a convolution and of its gradients: f is called for every product, with where its factors lie.
func convGo(c backend.Conv, y, x, w []int, f func(y, x, w int)) {
	outs := w[0] / c.Groups
	for n := range x[0] {
		for o := range w[0] {
			for i := range y[2] {
				for j := range y[3] {
					for p := range w[1] * w[2] * w[3] {
						k, u, v := p/(w[2]*w[3]), p/w[3]%w[2], p%w[3]
						row, col := i*c.Stride[0]+u*c.Dilation[0]-c.Padding[0], j*c.Stride[1]+v*c.Dilation[1]-c.Padding[1]
						if row >= 0 && row < x[2] && col >= 0 && col < x[3] {
							f(((n*w[0]+o)*y[2]+i)*y[3]+j, ((n*x[1]+o/outs*w[1]+k)*x[2]+row)*x[3]+col, o*w[1]*w[2]*w[3]+p)
						}
					}
				}
			}
		}
	}
}

// Convolutions and their gradients agree with their definition, over strides, dilations, paddings and groups.
func TestConvAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for trial := range 120 {
		pair := func(n int) [2]int { return [2]int{rng.IntN(n), rng.IntN(n)} }
		c := backend.Conv{Stride: pair(3), Padding: pair(4), Dilation: pair(3), Groups: 1 + rng.IntN(2)}
		for i := range 2 {
			c.Stride[i]++
			c.Dilation[i]++
		}
		w := []int{c.Groups * (1 + rng.IntN(20)), 1 + rng.IntN(9), 1 + rng.IntN(4), 1 + rng.IntN(4)}
		x := []int{rng.IntN(4), c.Groups * w[1], rng.IntN(20), rng.IntN(40)}
		if trial%12 == 0 { // several bands, and blocks of the sum
			x[1], w[1] = 70*c.Groups, 70
			x[2], x[3] = x[2]+20, 1+x[3]/3
		}
		y := []int{x[0], w[0], 0, 0}
		for i := range 2 {
			y[2+i] = (x[2+i]+2*c.Padding[i]-(w[2+i]-1)*c.Dilation[i]-1)/c.Stride[i] + 1
		}
		if x[2]+2*c.Padding[0] < (w[2]-1)*c.Dilation[0]+1 || x[3]+2*c.Padding[1] < (w[3]-1)*c.Dilation[1]+1 {
			continue
		}
		for _, dt := range dtypes[:2] {
			t.Run(fmt.Sprintf("%s/%v*%v/%+v", dt, x, w, c), func(t *testing.T) { convAgrees(t, rng, dt, c, y, x, w) })
		}
	}
}

func convAgrees(t *testing.T, rng *rand.Rand, dt dtype.DType, c backend.Conv, y, x, w []int) {
	var views, results [3]backend.View
	var values, want, size [3][]float64
	for i, shape := range [][]int{y, x, w} {
		views[i], results[i] = makeView(t, dt, "contiguous", shape), makeView(t, dt, "contiguous", shape)
		n := views[i].Layout.Len()
		values[i], want[i], size[i] = make([]float64, n), make([]float64, n), make([]float64, n)
		for j := range n {
			set(views[i], j, rng.NormFloat64())
			set(results[i], j, math.NaN()) // of which nothing may be left
			values[i][j] = get(views[i], j)
		}
	}
	convGo(c, y, x, w, func(i, j, k int) {
		at := [3]int{i, j, k}
		for r := range 3 {
			v := values[(r+1)%3][at[(r+1)%3]] * values[(r+2)%3][at[(r+2)%3]]
			want[r][at[r]] += v
			size[r][at[r]] += math.Abs(v)
		}
	})
	ok(t, theBackend.Conv2D(results[0], views[1], views[2], c))
	ok(t, theBackend.Conv2DInputGrad(results[1], views[2], views[0], c))
	ok(t, theBackend.Conv2DWeightGrad(results[2], views[1], views[0], c))
	eps := 1e-6
	if dt == dtype.Float64 {
		eps = 1e-14
	}
	for r, what := range []string{"result", "gradient of the images", "gradient of the weight"} {
		for i := range want[r] {
			if got := get(results[r], i); !(math.Abs(got-want[r][i]) <= eps*size[r][i]) {
				t.Fatalf("%s: element %d is %v, want %v", what, i, got, want[r][i])
			}
		}
	}
}

func BenchmarkConv(b *testing.B) {
	for _, s := range []struct {
		x, w            []int
		stride, padding int
	}{
		{[]int{8, 64, 56, 56}, []int{64, 64, 3, 3}, 1, 1},
		{[]int{8, 128, 28, 28}, []int{128, 128, 3, 3}, 1, 1},
		{[]int{8, 256, 14, 14}, []int{256, 256, 3, 3}, 1, 1},
		{[]int{8, 512, 7, 7}, []int{512, 512, 3, 3}, 1, 1},
		{[]int{1, 512, 7, 7}, []int{512, 512, 3, 3}, 1, 1},
		{[]int{8, 64, 56, 56}, []int{128, 64, 3, 3}, 2, 1},
		{[]int{8, 64, 56, 56}, []int{128, 64, 1, 1}, 2, 0},
		{[]int{4, 3, 224, 224}, []int{64, 3, 7, 7}, 2, 3},
		{[]int{64, 1, 28, 28}, []int{16, 1, 5, 5}, 1, 2},
		{[]int{8, 64, 56, 56}, []int{64, 1, 3, 3}, 1, 1},
	} {
		c := backend.Conv{Stride: [2]int{s.stride, s.stride}, Padding: [2]int{s.padding, s.padding}, Dilation: [2]int{1, 1}, Groups: s.x[1] / s.w[1]}
		y := []int{s.x[0], s.w[0], (s.x[2]+2*s.padding-s.w[2])/s.stride + 1, (s.x[3]+2*s.padding-s.w[3])/s.stride + 1}
		out, x, w := filled(b, "", y...), filled(b, "", s.x...), filled(b, "", s.w...)
		flop := 2 * float64(out.Layout.Len()*s.w[1]*s.w[2]*s.w[3])
		for name, f := range map[string]func() error{
			"forward": func() error { return theBackend.Conv2D(out, x, w, c) },
			"images":  func() error { return theBackend.Conv2DInputGrad(x, w, out, c) },
			"weight":  func() error { return theBackend.Conv2DWeightGrad(w, x, out, c) },
		} {
			b.Run(fmt.Sprintf("%v/%v/%s", s.x, s.w, name), func(b *testing.B) {
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(flop*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
