package tensortest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// linear multiplies solutions and roots back, and compares determinants with those of triangular matrices whose rows were mixed.
func (s suite) linear(t *testing.T, b backend.LinearBackend) {
	for _, c := range []struct{ batch, n, k int }{{0, 3, 1}, {1, 1, 1}, {2, 3, 0}, {3, 7, 2}, {2, 40, 5}, {1, 130, 3}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			n, width := c.n, c.n+c.k
			lower, right := numbers(dtype.Float64, c.batch*n*n, 90), numbers(dtype.Float64, c.batch*n*c.k, 91)
			view := func(values []float64, shape ...int) backend.View {
				return backend.View{Storage: upload(t, s.b, dtype.Float64, values), Layout: backend.Contiguous(shape...)}
			}
			systems, squares := make([]float64, c.batch*n*width), make([]float64, c.batch*n*n)
			signs, logs := make([]float64, c.batch), make([]float64, c.batch)
			for i := range c.batch {
				l := lower[i*n*n : (i+1)*n*n]
				signs[i] = 1
				for r := range n {
					for j := range n {
						switch {
						case j > r:
							l[r*n+j] = 0
						case j == r:
							l[r*n+j] = 2 + math.Abs(l[r*n+j])
							logs[i] += math.Log(l[r*n+j])
						default:
							l[r*n+j] /= float64(n)
						}
					}
				}
				for r := range n { // rows backwards, so that pivots must be looked for
					copy(systems[(i*n+r)*width:], l[(n-1-r)*n:(n-r)*n])
					copy(systems[(i*n+r)*width+n:(i*n+r+1)*width], right[(i*n+r)*c.k:])
				}
				if n/2%2 == 1 {
					signs[i] = -1
				}
				multiply(squares[i*n*n:(i+1)*n*n], l, transposed(l, n), n, n, n)
			}
			m, det, square := view(systems, c.batch, n, width), view(make([]float64, 3*c.batch), c.batch, 3), view(squares, c.batch, n, n)
			for _, err := range []error{b.Eliminate(m, det), b.Cholesky(square)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			got, dets, roots := s.download(t, m), s.download(t, det), s.download(t, square)
			s.cases.Add(1)
			near := func(what string, got, want float64) {
				t.Helper()
				if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
					t.Fatalf("%s: %v, want %v", what, got, want)
				}
			}
			for i := range c.batch {
				x, back := make([]float64, n*c.k), make([]float64, n*c.k)
				a := make([]float64, n*n)
				for r := range n {
					copy(x[r*c.k:(r+1)*c.k], got[(i*n+r)*width+n:(i*n+r+1)*width])
					copy(a[r*n:(r+1)*n], systems[(i*n+r)*width:])
				}
				multiply(back, a, x, n, n, c.k)
				for j := range back {
					near("A·X", back[j], right[i*n*c.k+j])
				}
				near("sign", dets[3*i], signs[i])
				near("logarithm", dets[3*i+1], logs[i])
				if !math.IsInf(math.Exp(logs[i]), 0) {
					near("determinant", dets[3*i+2]/math.Exp(logs[i]), signs[i])
				}
				for j, v := range lower[i*n*n : (i+1)*n*n] {
					near("root", roots[i*n*n+j], v)
				}
			}
		})
	}
	t.Run("singular", func(t *testing.T) {
		m := backend.View{Storage: upload(t, s.b, dtype.Float64, []float64{1, 2, 2, 4}), Layout: backend.Contiguous(1, 2, 2)}
		indefinite := backend.View{Storage: upload(t, s.b, dtype.Float64, []float64{1, 2, 2, 1}), Layout: backend.Contiguous(1, 2, 2)}
		det := s.destination(t, dtype.Float64, []int{1, 3}, layouts[0]).got
		for _, err := range []error{b.Eliminate(m, det), b.Cholesky(indefinite)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := s.download(t, det); got[0] != 0 || !math.IsInf(got[1], -1) || got[2] != 0 {
			t.Errorf("the determinant of a singular matrix is %v", got)
		}
		if got := s.download(t, indefinite); !math.IsNaN(got[3]) {
			t.Errorf("an indefinite matrix has the root %v", got)
		}
	})
}

func transposed(a []float64, n int) []float64 {
	return collect(n*n, func(i int) float64 { return a[i%n*n+i/n] })
}

// multiply writes the product of (m, k) and (k, n).
func multiply(dst, x, y []float64, m, k, n int) {
	for i := range m {
		for j := range n {
			sum := 0.0
			for l := range k {
				sum += x[i*k+l] * y[l*n+j]
			}
			dst[i*n+j] = sum
		}
	}
}

// dft compares with the definition.
func (s suite) dft(t *testing.T, b backend.FourierBackend) {
	for _, shape := range [][]int{{0, 4, 2}, {1, 1, 2}, {3, 2, 2}, {2, 6, 2}, {2, 8, 2}, {1, 31, 2}, {3, 64, 2}, {1, 256, 2}} {
		for _, way := range []backend.DFTWay{backend.ForwardDFT, backend.InverseDFT} {
			rows, n := shape[0], shape[1]
			values := numbers(dtype.Float64, 2*rows*n, 95)
			x := backend.View{Storage: upload(t, s.b, dtype.Float64, values), Layout: backend.Contiguous(shape...)}
			dst := s.destination(t, dtype.Float64, shape, layouts[0]).got
			if err := b.DFT(dst, x, way); err != nil {
				t.Fatal(err)
			}
			if rows == 0 {
				continue
			}
			s.cases.Add(1)
			if after := s.download(t, x); !slices.Equal(after, values) {
				t.Fatalf("%v: the operand was changed", shape)
			}
			got := s.download(t, dst)
			sign := -1.0
			if way == backend.InverseDFT {
				sign = 1
			}
			for i := range rows * n {
				row, k := i/n*n, i%n
				var re, im float64
				for j := range n {
					sin, cos := math.Sincos(sign * 2 * math.Pi * float64(j*k%n) / float64(n))
					a, b := values[2*(row+j)], values[2*(row+j)+1]
					re, im = re+a*cos-b*sin, im+a*sin+b*cos
				}
				if d := math.Hypot(got[2*i]-re, got[2*i+1]-im); d > 1e-11*float64(n) {
					t.Fatalf("%v, way %d: element %d of row %d: got %v%+vi, want %v%+vi", shape, way, k, i/n, got[2*i], got[2*i+1], re, im)
				}
			}
		}
	}
}
