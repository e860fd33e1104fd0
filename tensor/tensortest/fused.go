package tensortest

import (
	"math"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// fused tests the optional interfaces that the backend has, against their definitions in float64.
func (s suite) fused(t *testing.T) {
	if b, ok := s.b.(backend.SoftmaxBackend); ok {
		t.Run("Softmax", func(t *testing.T) { s.rowwise(t, b.Softmax, softmax) })
		t.Run("LogSoftmax", func(t *testing.T) { s.rowwise(t, b.LogSoftmax, logSoftmax) })
	}
	if b, ok := s.b.(backend.SoftmaxGradBackend); ok {
		t.Run("SoftmaxGrad", func(t *testing.T) {
			s.rowwiseGrad(t, b.SoftmaxGrad, func(y, g []float64) []float64 {
				dot := 0.0
				for i := range y {
					dot += y[i] * g[i]
				}
				return collect(len(y), func(i int) float64 { return y[i] * (g[i] - dot) })
			})
		})
		t.Run("LogSoftmaxGrad", func(t *testing.T) {
			s.rowwiseGrad(t, b.LogSoftmaxGrad, func(y, g []float64) []float64 {
				sum := 0.0
				for i := range g {
					sum += g[i]
				}
				return collect(len(y), func(i int) float64 { return g[i] - math.Exp(y[i])*sum })
			})
		})
	}
	if b, ok := s.b.(backend.CrossEntropyBackend); ok {
		t.Run("CrossEntropy", func(t *testing.T) { s.crossEntropy(t, b) })
	}
	if b, ok := s.b.(backend.NormBackend); ok {
		const eps = 1e-5
		t.Run("Norm", func(t *testing.T) {
			s.rowwise(t, func(dst, x backend.View) error { return b.Norm(dst, x, eps) }, func(x []float64) []float64 {
				y, _ := norm(x, eps)
				return y
			})
		})
		t.Run("NormGrad", func(t *testing.T) {
			s.rowwiseGrad(t, func(dst, x, g backend.View) error { return b.NormGrad(dst, x, g, eps) }, func(x, g []float64) []float64 {
				y, rstd := norm(x, eps)
				var mean, dot float64
				for i := range g {
					mean += g[i] / float64(len(g))
					dot += g[i] * y[i] / float64(len(g))
				}
				return collect(len(x), func(i int) float64 { return rstd * (g[i] - mean - y[i]*dot) })
			})
		})
	}
	if b, ok := s.b.(backend.LayerNormBackend); ok {
		t.Run("LayerNorm", func(t *testing.T) { s.layerNorm(t, b) })
	}
	if b, ok := s.b.(backend.ActivationBackend); ok {
		for _, a := range []backend.Activation{backend.GELU, backend.GELUTanh, backend.SiLU} {
			t.Run(a.String(), func(t *testing.T) {
				s.rowwise(t, func(dst, x backend.View) error { return b.Activation(a, dst, x) }, func(x []float64) []float64 {
					return collect(len(x), func(i int) float64 { return activation(a, x[i]) })
				})
			})
			t.Run(a.String()+"_grad", func(t *testing.T) {
				s.rowwiseGrad(t, func(dst, x, g backend.View) error { return b.ActivationGrad(a, dst, x, g) }, func(x, g []float64) []float64 {
					return collect(len(x), func(i int) float64 {
						const h = 1e-6
						return g[i] * (activation(a, x[i]+h) - activation(a, x[i]-h)) / (2 * h)
					})
				})
			})
		}
	}
	if b, ok := s.b.(backend.MatMulEpilogueBackend); ok {
		t.Run("MatMulEpilogue", func(t *testing.T) { s.matMulEpilogue(t, b) })
	}
	if b, ok := s.b.(backend.SwiGLUBackend); ok {
		t.Run("SwiGLU", func(t *testing.T) { s.swiGLU(t, b) })
	}
	if b, ok := s.b.(backend.DropoutBackend); ok {
		t.Run("Dropout", func(t *testing.T) { s.dropout(t, b) })
	}
	if b, ok := s.b.(backend.RoPEBackend); ok {
		t.Run("RoPE", func(t *testing.T) { s.rope(t, b) })
	}
	if b, ok := s.b.(backend.AttentionBackend); ok {
		t.Run("Attention", func(t *testing.T) { s.attention(t, b) })
	}
	if b, ok := s.b.(backend.ConvBackend); ok {
		t.Run("Conv", func(t *testing.T) { s.conv(t, b) })
	}
	if b, ok := s.b.(backend.PoolBackend); ok {
		t.Run("Pool", func(t *testing.T) { s.pool(t, b) })
	}
	if b, ok := s.b.(backend.ScanBackend); ok {
		t.Run("Scan", func(t *testing.T) { s.scan(t, b) })
	}
	if b, ok := s.b.(backend.ScatterBackend); ok {
		t.Run("Scatter", func(t *testing.T) { s.scatter(t, b) })
	}
	if b, ok := s.b.(backend.LinearBackend); ok {
		t.Run("Linear", func(t *testing.T) { s.linear(t, b) })
	}
	if b, ok := s.b.(backend.DecompositionBackend); ok {
		t.Run("Decompose", func(t *testing.T) { s.decompose(t, b) })
	}
	if b, ok := s.b.(backend.CTCBackend); ok {
		t.Run("CTC", func(t *testing.T) { s.ctc(t, b) })
	}
	if b, ok := s.b.(backend.FourierBackend); ok {
		t.Run("DFT", func(t *testing.T) { s.dft(t, b) })
	}
	if b, ok := s.b.(backend.SortBackend); ok {
		t.Run("Sort", func(t *testing.T) { s.sort(t, b) })
	}
	if b, ok := s.b.(backend.AdamBackend); ok {
		t.Run("AdamW", func(t *testing.T) { s.adamW(t, b) })
	}
	if b, ok := s.b.(backend.AdamListBackend); ok {
		t.Run("AdamWList", func(t *testing.T) { s.adamWList(t, b) })
	}
}

func collect(n int, f func(i int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func logSoftmax(x []float64) []float64 {
	m, sum := math.Inf(-1), 0.0
	for _, v := range x {
		m = max(m, v)
	}
	for _, v := range x {
		sum += math.Exp(v - m)
	}
	return collect(len(x), func(i int) float64 { return x[i] - m - math.Log(sum) })
}

func softmax(x []float64) []float64 {
	y := logSoftmax(x)
	return collect(len(x), func(i int) float64 { return math.Exp(y[i]) })
}

func norm(x []float64, eps float64) (y []float64, rstd float64) {
	n := float64(len(x))
	var mean, variance float64
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / n
	}
	rstd = 1 / math.Sqrt(variance+eps)
	return collect(len(x), func(i int) float64 { return (x[i] - mean) * rstd }), rstd
}

func activation(a backend.Activation, x float64) float64 {
	switch a {
	case backend.GELU:
		return x * 0.5 * (1 + math.Erf(x/math.Sqrt2))
	case backend.GELUTanh:
		return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}
	return x / (1 + math.Exp(-x))
}

var rowShapes = [][]int{{1}, {7}, {3, 0}, {0, 3}, {2, 3, 4}, {1, 5, 1}, {9, 67}, {3, 1031}}

// elements gives the rows along the last axis of a view's elements.
func elements(v backend.View, storage []float64) [][]float64 {
	l := v.Layout
	n := l.Shape[l.Rank()-1]
	var rows [][]float64
	var walk func(axis, at int)
	walk = func(axis, at int) {
		if axis == l.Rank()-1 {
			rows = append(rows, collect(n, func(i int) float64 { return storage[at+i*l.Stride[axis]] }))
			return
		}
		for i := range l.Shape[axis] {
			walk(axis+1, at+i*l.Stride[axis])
		}
	}
	walk(0, l.Offset)
	return rows
}

// fusedTolerance allows for central differences in float64, and for sums of a row in float32.
func fusedTolerance(dt dtype.DType) Tolerance {
	if dt == dtype.Float64 {
		return Tolerance{Rel: 1e-7, Abs: 1e-8}
	}
	switch dt {
	case dtype.Float16:
		return Tolerance{Rel: 1.0 / 1024, Abs: 1e-3}
	case dtype.BFloat16:
		return Tolerance{Rel: 1.0 / 128, Abs: 1e-2}
	}
	return Tolerance{Rel: 2e-5, Abs: 1e-5}
}

func (s suite) rowwise(t *testing.T, run func(dst, x backend.View) error, want func(x []float64) []float64) {
	s.rows(t, 1, func(dst backend.View, x []backend.View) error { return run(dst, x[0]) },
		func(x [][]float64) []float64 { return want(x[0]) })
}

func (s suite) rowwiseGrad(t *testing.T, run func(dst, x, g backend.View) error, want func(x, g []float64) []float64) {
	s.rows(t, 2, func(dst backend.View, x []backend.View) error { return run(dst, x[0], x[1]) },
		func(x [][]float64) []float64 { return want(x[0], x[1]) })
}

// rows compares an operation on n operands with its definition for one row.
func (s suite) rows(t *testing.T, n int, run func(dst backend.View, x []backend.View) error, want func(x [][]float64) []float64) {
	shapes := rowShapes
	if n == 1 { // and more rows than a small device's grid has blocks; gradients of random results would cancel too far
		shapes = append(slices.Clone(shapes), []int{150, 40})
	}
	for _, dt := range floats {
		for _, shape := range shapes {
			for i, l := range layouts {
				var views []backend.View
				var rows [][][]float64
				for k := range n {
					// Operands of different layouts.
					view, size := layouts[(i+3*k)%len(layouts)].make(shape)
					if k == 0 {
						view, size = l.make(shape)
					}
					values := numbers(dt, size, uint64(20+k))
					v := backend.View{Storage: upload(t, s.b, dt, values), Layout: view}
					views = append(views, v)
					rows = append(rows, elements(v, values))
				}
				dst := s.destination(t, dt, shape, layouts[0]).got
				if err := run(dst, views); err != nil {
					t.Fatalf("%s %v %s: %v", dt, shape, l.name, err)
				}
				raw := make([]byte, dst.Storage.Len()*dt.Size())
				if err := s.b.Download(raw, dst.Storage); err != nil {
					t.Fatal(err)
				}
				if dst.Layout.Len() == 0 {
					continue
				}
				for r, row := range elements(dst, decode(dt, raw)) {
					x := make([][]float64, n)
					for k := range n {
						x[k] = rows[k][r]
					}
					for j, w := range want(x) {
						if !fusedTolerance(dt).Close(row[j], dt.Round(w)) {
							t.Fatalf("%s %v %s: row %d, element %d: got %v, want %v", dt, shape, l.name, r, j, row[j], w)
						}
					}
				}
			}
		}
	}
}

// crossEntropy compares with −log softmax(x)[target] and its gradient.
func (s suite) crossEntropy(t *testing.T, b backend.CrossEntropyBackend) {
	view := func(dt dtype.DType, values []float64, shape ...int) backend.View {
		return backend.View{Storage: upload(t, s.b, dt, values), Layout: backend.Contiguous(shape...)}
	}
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, shape := range [][2]int{{0, 3}, {1, 1}, {3, 7}, {5, 1031}} {
			for _, l := range layouts {
				n, classes := shape[0], shape[1]
				layout, size := l.make(shape[:])
				values, g := numbers(dt, size, 40), numbers(dt, n, 41)
				x := backend.View{Storage: upload(t, s.b, dt, values), Layout: layout}
				at := collect(n, func(i int) float64 { return float64((i*5 + 2) % classes) })
				targets := view(dtype.Int64, at, n)
				dst, lse := view(dt, make([]float64, n), n), view(dtype.Float64, make([]float64, n), n)
				dx := view(dt, make([]float64, n*classes), n, classes)
				if err := b.CrossEntropy(dst, lse, x, targets); err != nil {
					t.Fatal(err)
				}
				if err := b.CrossEntropyGrad(dx, x, targets, lse, view(dt, g, n)); err != nil {
					t.Fatal(err)
				}
				losses, grads := [][]float64{make([]float64, n)}, make([][]float64, n)
				for i, row := range elements(x, values) {
					logp := logSoftmax(row)
					losses[0][i] = -logp[int(at[i])]
					grads[i] = collect(classes, func(j int) float64 {
						p := math.Exp(logp[j])
						if j == int(at[i]) {
							p--
						}
						return g[i] * p
					})
				}
				s.wantRows(t, l.name+" loss", dst, losses)
				s.wantRows(t, l.name+" gradient", dx, grads)
				if n > 0 && !s.fails(b.CrossEntropy(dst, lse, x, view(dtype.Int64, collect(n, func(int) float64 { return float64(classes) }), n))) {
					t.Error("a target out of range is no error")
				}
			}
		}
	}
}

// layerNorm compares with weight·(x − mean)/√(variance + eps) + bias and its gradients, with and without a mean, a weight
// and a bias, for few and for many rows.
func (s suite) layerNorm(t *testing.T, b backend.LayerNormBackend) {
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, shape := range [][2]int{{0, 3}, {3, 0}, {1, 1}, {3, 7}, {5, 1031}, {700, 33}} {
			for kind, l := range layouts {
				n, size := shape[1], shape[0]*shape[1]
				view := func(values []float64, shape ...int) backend.View {
					return backend.View{Storage: upload(t, s.b, dt, values), Layout: backend.Contiguous(shape...)}
				}
				layout, space := l.make(shape[:])
				values := numbers(dt, space, 50)
				x := backend.View{Storage: upload(t, s.b, dt, values), Layout: layout}
				w, shift, g := numbers(dt, n, 51), numbers(dt, n, 52), numbers(dt, size, 53)
				o := backend.LayerNorm{Eps: 1e-3, Uncentered: kind%2 == 1}
				weight, bias := view(w, n), view(shift, n)
				dweight, dbias := view(make([]float64, n), n), view(make([]float64, n), n)
				if kind%3 == 2 {
					weight, bias, dbias = backend.View{}, backend.View{}, backend.View{}
					w, shift = collect(n, func(int) float64 { return 1 }), make([]float64, n)
				}
				dst, dx := view(make([]float64, size), shape[:]...), view(make([]float64, size), shape[:]...)
				if err := b.LayerNorm(dst, x, weight, bias, o); err != nil {
					t.Fatal(err)
				}
				if err := b.LayerNormGrad(dx, dweight, dbias, x, weight, view(g, shape[:]...), o); err != nil {
					t.Fatal(err)
				}
				var want, wantX [][]float64
				dw, db := make([]float64, n), make([]float64, n)
				for i, row := range elements(x, values) {
					y, rstd := norm(row, o.Eps)
					if o.Uncentered {
						squares := 0.0
						for _, v := range row {
							squares += v * v
						}
						rstd = 1 / math.Sqrt(squares/float64(n)+o.Eps)
						y = collect(n, func(j int) float64 { return row[j] * rstd })
					}
					var mean, dot float64
					for j, g := range g[i*n : (i+1)*n] {
						dw[j] += g * y[j]
						db[j] += g
						mean += g * w[j] / float64(n)
						dot += g * w[j] * y[j] / float64(n)
					}
					if o.Uncentered {
						mean = 0
					}
					want = append(want, collect(n, func(j int) float64 { return w[j]*y[j] + shift[j] }))
					wantX = append(wantX, collect(n, func(j int) float64 { return rstd * (g[i*n+j]*w[j] - mean - y[j]*dot) }))
				}
				s.wantRows(t, l.name, dst, want)
				s.wantRows(t, l.name+" gradient", dx, wantX)
				s.wantRows(t, l.name+" gradient of the weight", dweight, [][]float64{dw})
				if dbias.Storage != nil {
					s.wantRows(t, l.name+" gradient of the bias", dbias, [][]float64{db})
				}
				if err := b.LayerNorm(dst, x, view(numbers(dt, n+1, 54), n+1), bias, o); err == nil {
					t.Error("a weight of another length is no error")
				}
			}
		}
	}
}

func (s suite) adamW(t *testing.T, b backend.AdamBackend) {
	step := backend.AdamStep{
		Rate: 0.01, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Decay: 0.1, Correction1: 1 - 0.81, Correction2: 1 - 0.9801, Scale: 0.5,
	}
	for _, dt := range floats {
		for _, n := range []int{0, 1, 7, 1031} {
			var views [4]backend.View
			var values [4][]float64
			for i := range views {
				values[i] = numbers(dt, n, uint64(30+i))
				if i == 3 { // a mean of squares
					for j := range values[i] {
						values[i][j] = math.Abs(values[i][j])
					}
				}
				views[i] = backend.View{Storage: upload(t, s.b, dt, values[i]), Layout: backend.Contiguous(n)}
			}
			if err := b.AdamW(views[0], views[1], views[2], views[3], step); err != nil {
				t.Fatal(err)
			}
			var got [4][]float64
			for i, v := range views {
				raw := make([]byte, n*dt.Size())
				if err := s.b.Download(raw, v.Storage); err != nil {
					t.Fatal(err)
				}
				got[i] = decode(dt, raw)
			}
			for j := range n {
				g := values[1][j] * step.Scale
				m := step.Beta1*values[2][j] + (1-step.Beta1)*g
				v := step.Beta2*values[3][j] + (1-step.Beta2)*g*g
				p := values[0][j] * (1 - step.Rate*step.Decay)
				p -= step.Rate * (m / step.Correction1) / (math.Sqrt(v/step.Correction2) + step.Eps)
				for i, want := range []float64{p, values[1][j], m, v} {
					if !fusedTolerance(dt).Close(got[i][j], dt.Round(want)) {
						t.Fatalf("%s, operand %d, element %d: got %v, want %v", dt, i, j, got[i][j], want)
					}
				}
			}
		}
	}
}
