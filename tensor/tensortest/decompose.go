package tensortest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// decompose multiplies what matrices were taken apart to, and sees that what should be orthonormal and in order is.
func (s suite) decompose(t *testing.T, b backend.DecompositionBackend) {
	view := func(values []float64, shape ...int) backend.View {
		return backend.View{Storage: upload(t, s.b, dtype.Float64, values), Layout: backend.Contiguous(shape...)}
	}
	room := func(shape ...int) backend.View { return s.destination(t, dtype.Float64, shape, layouts[0]).got }
	near := func(t *testing.T, what string, got, want []float64) {
		t.Helper()
		size := 1.0
		for _, v := range want {
			size = max(size, math.Abs(v))
		}
		for i := range want {
			if !(math.Abs(got[i]-want[i]) <= 1e-12*size*math.Sqrt(float64(len(want)))) {
				t.Fatalf("%s: element %d: %v, want %v", what, i, got[i], want[i])
			}
		}
	}
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		s.cases.Add(1)
	}
	for _, c := range []struct{ batch, m, n int }{{0, 3, 2}, {1, 1, 1}, {3, 2, 2}, {2, 7, 4}, {2, 5, 5}, {1, 40, 33}, {1, 70, 3}, {1, 66, 66}} {
		m, n := c.m, c.n
		values := numbers(dtype.Float64, c.batch*m*n, 96)
		if n > 1 && c.batch > 0 { // one matrix has too small a rank, and one a column of zeros
			for r := range m {
				values[r*n+n-1] = 2 * values[r*n]
				if c.batch > 1 {
					values[m*n+r*n] = 0
				}
			}
		}
		matrix := func(all []float64, i, size int) []float64 { return all[i*size : (i+1)*size] }
		orthonormal := func(t *testing.T, what string, columns []float64, m, n int) {
			t.Helper()
			back, one := make([]float64, n*n), make([]float64, n*n)
			multiply(back, flipped(columns, m, n), columns, n, m, n)
			for i := range n {
				one[i*n+i] = 1
			}
			near(t, what, back, one)
		}
		name := fmt.Sprint(c)
		t.Run("LU/"+name, func(t *testing.T) {
			a, order := view(values, c.batch, m, n), s.destination(t, dtype.Int64, []int{c.batch, m}, layouts[0]).got
			must(t, b.LU(a, order))
			k := min(m, n)
			packed, rows := s.download(t, a), s.download(t, order)
			for i := range c.batch {
				l, u, back, want := make([]float64, m*k), make([]float64, k*n), make([]float64, m*n), make([]float64, m*n)
				for r := range m {
					for j := range n {
						v := packed[(i*m+r)*n+j]
						switch {
						case j >= r:
							u[r*n+j] = v
						case math.Abs(v) > 1:
							t.Fatalf("a factor of matrix %d is %v: a larger pivot was there", i, v)
						default:
							l[r*k+j] = v
						}
						want[r*n+j] = values[(i*m+int(rows[i*m+r]))*n+j]
					}
					if r < k {
						l[r*k+r] = 1
					}
				}
				multiply(back, l, u, m, k, n)
				near(t, "L·U", back, want)
			}
		})
		t.Run("QR/"+name, func(t *testing.T) {
			a, q := view(values, c.batch, m, n), room(c.batch, m, n)
			must(t, b.QR(q, a))
			qs, rs := s.download(t, q), s.download(t, a)
			for i := range c.batch {
				r, back := matrix(rs, i, m*n)[:n*n], make([]float64, m*n)
				for j := range n {
					clear(r[j*n : j*n+j])
				}
				multiply(back, matrix(qs, i, m*n), r, m, n, n)
				near(t, "Q·R", back, matrix(values, i, m*n))
				orthonormal(t, "Qᵀ·Q", matrix(qs, i, m*n), m, n)
			}
		})
		t.Run("EigH/"+name, func(t *testing.T) {
			squares := make([]float64, c.batch*m*m)
			for i := range c.batch {
				a := matrix(squares, i, m*m)
				multiply(a, matrix(values, i, m*n), flipped(matrix(values, i, m*n), m, n), m, n, m)
				for j := range m {
					a[j*m+j] -= float64(m) // so that some are negative
				}
			}
			lower := slices.Clone(squares)
			for i := range lower {
				if i%m > i/m%m {
					lower[i] = math.NaN() // which nobody reads
				}
			}
			a, l, v := view(lower, c.batch, m, m), room(c.batch, m), room(c.batch, m, m)
			must(t, b.EigH(l, v, a))
			ls, vs := s.download(t, l), s.download(t, v)
			for i := range c.batch {
				vectors, back, scaled := matrix(vs, i, m*m), make([]float64, m*m), make([]float64, m*m)
				for j := range scaled {
					scaled[j] = vectors[j] * ls[i*m+j%m]
				}
				multiply(back, scaled, flipped(vectors, m, m), m, m, m)
				near(t, "V·L·Vᵀ", back, matrix(squares, i, m*m))
				orthonormal(t, "Vᵀ·V", vectors, m, m)
				if !slices.IsSorted(matrix(ls, i, m)) {
					t.Errorf("eigenvalues %v", matrix(ls, i, m))
				}
			}
		})
		t.Run("SVD/"+name, func(t *testing.T) {
			rows := make([]float64, 0, len(values)) // (n, m)
			for i := range c.batch {
				rows = append(rows, flipped(matrix(values, i, m*n), m, n)...)
			}
			a, scaled, l, turned := view(rows, c.batch, n, m), room(c.batch, n, m), room(c.batch, n), room(c.batch, n, n)
			must(t, b.SVD(scaled, l, turned, a))
			us, ls, vs := s.download(t, scaled), s.download(t, l), s.download(t, turned)
			for i := range c.batch {
				u, v, back := matrix(us, i, m*n), matrix(vs, i, n*n), make([]float64, m*n)
				multiply(back, flipped(v, n, n), u, n, n, m)
				near(t, "Vᵀ·U", back, matrix(rows, i, m*n))
				orthonormal(t, "V", v, n, n)
				products, squares := make([]float64, n*n), make([]float64, n*n)
				multiply(products, u, flipped(u, n, m), n, m, n)
				for j, w := range matrix(ls, i, n) {
					squares[j*n+j] = w * w
					if j > 0 && w > ls[i*n+j-1] {
						t.Errorf("singular values %v", matrix(ls, i, n))
					}
				}
				near(t, "U·Uᵀ", products, squares)
			}
		})
	}
}

// flipped is the transpose of a matrix (m, n).
func flipped(a []float64, m, n int) []float64 {
	return collect(m*n, func(i int) float64 { return a[i%m*n+i/m] })
}

// ctc compares with a sum over all alignments, one by one, and slopes with differences.
func (s suite) ctc(t *testing.T, b backend.CTCBackend) {
	const steps, n, classes, most = 5, 7, 3, 3
	labels := []float64{1, 2, 1, 2, 2, 9, 1, 1, 1, 2, 1, 9, 9, 9, 9, 1, 2, 2, 2, 9, 9}
	lengths := [][]float64{{5, 5, 4, 4, 3, 0, 1}, {3, 2, 3, 2, 0, 2, 1}}
	logp := numbers(dtype.Float64, steps*n*classes, 97)
	for at := 0; at < len(logp); at += classes {
		copy(logp[at:], logSoftmax(logp[at:at+classes]))
	}
	view := func(dt dtype.DType, values []float64, shape ...int) backend.View {
		return backend.View{Storage: upload(t, s.b, dt, values), Layout: backend.Contiguous(shape...)}
	}
	loss := func(i int, logp []float64) float64 {
		length, want := int(lengths[0][i]), labels[i*most:i*most+int(lengths[1][i])]
		total := 0.0
		for way := range int(math.Pow(classes, float64(length))) {
			var read []float64
			last, sum := 0.0, 0.0
			for step := range length {
				c := way % classes
				way /= classes
				if float64(c) != last && c != 0 {
					read = append(read, float64(c))
				}
				last, sum = float64(c), sum+logp[(step*n+i)*classes+c]
			}
			if slices.Equal(read, want) {
				total += math.Exp(sum)
			}
		}
		return -math.Log(total)
	}
	for _, zero := range []bool{false, true} {
		losses, slopes := s.destination(t, dtype.Float64, []int{n}, layouts[0]).got, s.destination(t, dtype.Float64, []int{steps, n, classes}, layouts[0]).got
		err := b.CTC(losses, slopes, view(dtype.Float64, logp, steps, n, classes), view(dtype.Int64, labels, n, most),
			view(dtype.Int64, slices.Concat(lengths...), 2, n), backend.CTC{ZeroInfinity: zero})
		if err != nil {
			t.Fatal(err)
		}
		s.cases.Add(1)
		got, slope := s.download(t, losses), s.download(t, slopes)
		for i := range n {
			want := loss(i, logp)
			impossible := math.IsInf(want, 1)
			if impossible && zero {
				want = 0
			}
			if got[i] != want && !(math.Abs(got[i]-want) < 1e-12) {
				t.Errorf("loss %d: %v, want %v", i, got[i], want)
			}
			for step := range steps {
				for c := range classes {
					at := (step*n+i)*classes + c
					moved := slices.Clone(logp)
					moved[at] += 1e-6
					want := (loss(i, moved) - loss(i, logp)) / 1e-6
					switch {
					case step >= int(lengths[0][i]) || impossible && zero:
						want = 0
					case impossible:
						want = math.NaN()
					}
					if !(math.Abs(slope[at]-want) < 1e-5) && !(math.IsNaN(want) && math.IsNaN(slope[at])) {
						t.Errorf("zero %t: slope at step %d of %d by class %d: %v, want %v", zero, step, i, c, slope[at], want)
					}
				}
			}
		}
	}
}
