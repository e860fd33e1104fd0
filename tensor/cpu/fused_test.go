package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// fusedCases calls f for float types, shapes and layouts, with two operands of normal numbers.
func fusedCases(t *testing.T, f func(t *testing.T, dst, x, g backend.View)) {
	for _, dt := range dtypes[:2] {
		for _, shape := range [][]int{{1}, {7}, {0}, {5, 0}, {3, 4}, {2, 3, 33}, {1, 600}} {
			for i, kind := range layouts {
				t.Run(fmt.Sprintf("%s/%v/%s", dt, shape, kind), func(t *testing.T) {
					rng := rand.New(rand.NewPCG(7, uint64(i)))
					x, g := makeView(t, dt, kind, shape), makeView(t, dt, layouts[(i+1)%len(layouts)], shape)
					for _, v := range []backend.View{x, g} {
						for i := range v.Layout.Len() {
							set(v, i, 3*rng.NormFloat64())
						}
					}
					f(t, makeView(t, dt, []string{"contiguous", "offset"}[i%2], shape), x, g)
				})
			}
		}
	}
}

// tolerance of results of some arithmetic.
func tolerance(dt dtype.DType) float64 {
	if dt == dtype.Float32 {
		return 4e-6
	}
	return 1e-12
}

func wantNear(t *testing.T, v backend.View, what string, want func(i int) float64) {
	t.Helper()
	eps := tolerance(v.Storage.DType())
	for i := range v.Layout.Len() {
		if got, want := get(v, i), want(i); !(math.Abs(got-want) <= eps*(1+math.Abs(want))) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, got, want)
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSoftmax(t *testing.T) {
	fusedCases(t, func(t *testing.T, dst, x, g backend.View) {
		n := max(x.Layout.Shape[x.Layout.Rank()-1], 1)
		// over a row, what f gives for each of its elements
		sum := func(i int, f func(j int) float64) float64 {
			s := 0.0
			for j := i / n * n; j < i/n*n+n; j++ {
				s += f(j)
			}
			return s
		}
		soft := func(i int) float64 {
			return math.Exp(get(x, i)) / sum(i, func(j int) float64 { return math.Exp(get(x, j)) })
		}
		ok(t, theBackend.Softmax(dst, x))
		wantNear(t, dst, "softmax", soft)
		ok(t, theBackend.LogSoftmax(dst, x))
		wantNear(t, dst, "log_softmax", func(i int) float64 { return math.Log(soft(i)) })
		ok(t, theBackend.SoftmaxGrad(dst, x, g)) // any x will do as y
		wantNear(t, dst, "softmax grad", func(i int) float64 {
			return get(x, i) * (get(g, i) - sum(i, func(j int) float64 { return get(x, j) * get(g, j) }))
		})
		ok(t, theBackend.LogSoftmaxGrad(dst, x, g))
		wantNear(t, dst, "log_softmax grad", func(i int) float64 {
			return get(g, i) - math.Exp(get(x, i))*sum(i, func(j int) float64 { return get(g, j) })
		})
	})
}

func TestSoftmaxOfExtremes(t *testing.T) {
	inf := math.Inf(1)
	for _, dt := range dtypes[:2] {
		x := makeView(t, dt, "contiguous", []int{3, 2})
		for i, v := range []float64{1e4, 1e4 + 1, -inf, 0, -inf, -inf} {
			set(x, i, v)
		}
		ok(t, theBackend.Softmax(x, x))
		for i, want := range []float64{1 / (1 + math.E), math.E / (1 + math.E), 0, 1} {
			if got := get(x, i); math.Abs(got-want) > 1e-6 {
				t.Errorf("%s: element %d is %v, want %v", dt, i, got, want)
			}
		}
		if got := get(x, 4); !math.IsNaN(got) {
			t.Errorf("%s: softmax of nothing but -Inf is %v, want NaN as in torch", dt, got)
		}
	}
}

func TestNorm(t *testing.T) {
	const eps = 1e-5
	fusedCases(t, func(t *testing.T, dst, x, g backend.View) {
		n := max(x.Layout.Shape[x.Layout.Rank()-1], 1)
		mean := func(i int, f func(j int) float64) float64 {
			s := 0.0
			for j := i / n * n; j < i/n*n+n; j++ {
				s += f(j) / float64(n)
			}
			return s
		}
		norm := func(i int) float64 {
			m := mean(i, func(j int) float64 { return get(x, j) })
			v := mean(i, func(j int) float64 { return (get(x, j) - m) * (get(x, j) - m) })
			return (get(x, i) - m) / math.Sqrt(v+eps)
		}
		ok(t, theBackend.Norm(dst, x, eps))
		wantNear(t, dst, "norm", norm)
		if x.Layout.Len() > 100 || n == 1 { // the reference is slow, and one element's gradient is 0 times a lot
			return
		}
		ok(t, theBackend.NormGrad(dst, x, g, eps))
		wantNear(t, dst, "norm grad", func(i int) float64 {
			m := mean(i, func(j int) float64 { return get(x, j) })
			v := mean(i, func(j int) float64 { return (get(x, j) - m) * (get(x, j) - m) })
			gm := mean(i, func(j int) float64 { return get(g, j) })
			gy := mean(i, func(j int) float64 { return get(g, j) * norm(j) })
			return (get(g, i) - gm - norm(i)*gy) / math.Sqrt(v+eps)
		})
	})
}

func TestActivation(t *testing.T) {
	reference := map[backend.Activation]func(float64) float64{
		backend.GELU: func(x float64) float64 { return x * 0.5 * (1 + math.Erf(x/math.Sqrt2)) },
		backend.GELUTanh: func(x float64) float64 {
			return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
		},
		backend.SiLU: func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	}
	fusedCases(t, func(t *testing.T, dst, x, g backend.View) {
		for a, f := range reference {
			ok(t, theBackend.Activation(a, dst, x))
			wantNear(t, dst, a.String(), func(i int) float64 { return f(get(x, i)) })
			ok(t, theBackend.ActivationGrad(a, dst, x, g))
			for i := range dst.Layout.Len() {
				const h = 1e-5
				want := get(g, i) * (f(get(x, i)+h) - f(get(x, i)-h)) / (2 * h)
				if got := get(dst, i); !(math.Abs(got-want) <= 1e-5*(1+math.Abs(want))) {
					t.Fatalf("%s grad: element %d is %v, want %v", a, i, got, want)
				}
			}
		}
	})
}

func TestAdamW(t *testing.T) {
	s := backend.AdamStep{Rate: 0.1, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Decay: 0.01, Correction1: 0.19, Correction2: 0.0199, Scale: 0.5}
	fusedCases(t, func(t *testing.T, p, g, _ backend.View) {
		dt, shape := p.Storage.DType(), p.Layout.Shape
		m, v := makeView(t, dt, "contiguous", shape), makeView(t, dt, "offset", shape)
		ok(t, theBackend.Fill(p, 1))
		ok(t, theBackend.Fill(m, 0.2))
		ok(t, theBackend.Fill(v, 0.3))
		ok(t, theBackend.AdamW(p, g, m, v, s))
		mAt := func(i int) float64 { return 0.9*0.2 + 0.1*0.5*get(g, i) }
		vAt := func(i int) float64 { return 0.99*0.3 + 0.01*0.25*get(g, i)*get(g, i) }
		wantNear(t, m, "m", mAt)
		wantNear(t, v, "v", vAt)
		wantNear(t, p, "param", func(i int) float64 {
			return 1 - 0.1*0.01 - 0.1*(mAt(i)/0.19)/(math.Sqrt(vAt(i)/0.0199)+1e-8)
		})
	})
}

// A row's moments are those of two passes, wherever the row begins: with numbers far from its mean, or with a mean of many deviations.
func TestMomentsFarFromTheStart(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, at := range map[string]func(i int) float64{
		"begins far from the mean": func(i int) float64 {
			if i < vectorWidth {
				return 1e4 + rng.NormFloat64()
			}
			return rng.NormFloat64()
		},
		"a large mean":  func(int) float64 { return 1e4 + rng.NormFloat64() },
		"all the same":  func(int) float64 { return 0.1 },
		"one is larger": func(i int) float64 { return float64(i / 4000) },
	} {
		for _, n := range []int{1, 31, 1000, 4096, 10_000} {
			x := make([]float32, n)
			mean, squares := 0.0, 0.0
			for i := range x {
				x[i] = float32(at(i))
				mean += float64(x[i]) / float64(n)
			}
			for _, v := range x {
				squares += (float64(v) - mean) * (float64(v) - mean)
			}
			gotMean, got := moments32(x, 1e-5)
			want := 1 / math.Sqrt(squares/float64(n)+1e-5)
			if math.Abs(gotMean-mean) > 1e-7*(1+math.Abs(mean)) || math.Abs(got/want-1) > 1e-6 {
				t.Errorf("%s, %d elements: %v and %v, want %v and %v (%.1e off)", name, n, gotMean, got, mean, want, got/want-1)
			}
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		x := make([]float32, 100)
		x[70] = float32(v)
		if _, rstd := moments32(x, 1e-5); !math.IsNaN(rstd) {
			t.Errorf("with %v the scale is %v", v, rstd)
		}
	}
}
