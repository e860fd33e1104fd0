package tensortest

import (
	"fmt"
	"math"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// heads is where a model's heads (…, h, T, d) lie: cut from rows of h·d.
var heads = layout{name: "heads", make: func(shape []int) (backend.Layout, int) {
	l := backend.Contiguous(shape...)
	r := len(shape)
	l.Stride[r-3], l.Stride[r-2] = shape[r-1], shape[r-3]*shape[r-1]
	return l, l.Len()
}}

// attention compares a backend's attention and its gradients with the definition, in float64, over operands of
// several layouts.
func (s suite) attention(t *testing.T, b backend.AttentionBackend) {
	for _, dt := range floats {
		for i, c := range []struct{ batch, h, n, t, s, d, e int }{
			{1, 1, 1, 1, 1, 1, 1},
			{2, 3, 3, 5, 5, 4, 4},
			{2, 4, 2, 7, 7, 3, 5},
			{1, 6, 1, 70, 67, 8, 8},
			{1, 2, 2, 3, 9, 5, 4},
			{1, 1, 1, 9, 3, 5, 4},
			{1, 1, 1, 65, 1100, 8, 7},
			{1, 2, 2, 3, 0, 4, 4},
			{0, 2, 1, 3, 3, 4, 4},
			{1, 2, 2, 0, 3, 4, 4},
			{1, 1, 1, 3, 3, 4, 0},
			{1, 4, 2, 70, 67, 64, 64},
			{2, 1, 1, 130, 129, 128, 128},
		} {
			for k := range len(layouts) + 2 {
				o := backend.Attention{Scale: 0.3, Causal: (i+k)%2 == 0}
				name := "heads"
				pick := func(int) layout { return heads } // all operands lie as models have them
				if k < len(layouts) {
					name = layouts[k].name
					pick = func(turn int) layout { return layouts[(k+turn)%len(layouts)] }
				}
				if c.d >= 64 && k < len(layouts) && k%4 != 0 {
					continue // the definition takes its time
				}
				t.Run(fmt.Sprintf("%s/%v/%s/causal=%t", dt, c, name, o.Causal), func(t *testing.T) {
					stats := dt
					if dt.IsHalf() {
						stats = dtype.Float32
					}
					view := func(dt dtype.DType, turn int, shape ...int) (backend.View, [][]float64) {
						l, size := pick(turn).make(shape)
						values := numbers(dt, size, uint64(turn))
						v := backend.View{Storage: upload(t, s.b, dt, values), Layout: l}
						return v, elements(v, values)
					}
					room := func(dt dtype.DType, shape ...int) backend.View {
						return s.destination(t, dt, shape, layouts[k%2]).got
					}
					q, qs := view(dt, 0, c.batch, c.h, c.t, c.d)
					key, ks := view(dt, 2, c.batch, c.n, c.s, c.d)
					v, vs := view(dt, 4, c.batch, c.n, c.s, c.e)
					g, gs := view(dt, 6, c.batch, c.h, c.t, c.e)
					out, lse := room(dt, c.batch, c.h, c.t, c.e), s.destination(t, stats, []int{c.batch, c.h, c.t}, layouts[k%2]).got
					dq, dk, dv := room(dt, c.batch, c.h, c.t, c.d), room(dt, c.batch, c.n, c.s, c.d), room(dt, c.batch, c.n, c.s, c.e)
					if err := b.Attention(out, lse, q, key, v, o); err != nil {
						t.Fatal(err)
					}
					if err := b.AttentionGrad(dq, dk, dv, q, key, v, out, lse, g, o); err != nil {
						t.Fatal(err)
					}
					want := attend(o, c.h/c.n, c.t, c.s, qs, ks, vs, gs, c.e)
					for i, v := range []backend.View{out, lse, dq, dk, dv} {
						s.wantRows(t, [...]string{"result", "log-sum-exp", "queries", "keys", "values"}[i], v, want[i])
					}
				})
			}
		}
	}
}

// wantRows compares the rows of a view with others.
func (s suite) wantRows(t *testing.T, what string, v backend.View, want [][]float64) {
	t.Helper()
	if v.Layout.Len() == 0 {
		return
	}
	s.cases.Add(1)
	dt := v.Storage.DType()
	raw := make([]byte, v.Storage.Len()*dt.Size())
	if err := s.b.Download(raw, v.Storage); err != nil {
		t.Fatal(err)
	}
	tol := fusedTolerance(dt)
	tol.Abs *= 20
	if dt.IsHalf() { // results are rounded before gradients are computed from them, and these are sums
		tol.Rel, tol.Abs = 4*tol.Rel, 4*tol.Abs
	}
	for r, row := range elements(v, decode(dt, raw)) {
		for j, got := range row {
			w := want[r][j]
			if !tol.Close(got, dt.Round(w)) {
				t.Fatalf("%s: row %d, element %d: got %v, want %v", what, r, j, got, w)
			}
		}
	}
}

// attend is the definition: the result, the log-sum-exp, and the gradients of queries, keys and values, as rows.
func attend(o backend.Attention, group, t, s int, q, k, v, g [][]float64, e int) (want [5][][]float64) {
	zeros := func(rows [][]float64) [][]float64 {
		out := make([][]float64, len(rows))
		for i := range out {
			out[i] = make([]float64, len(rows[i]))
		}
		return out
	}
	out, dq, dk, dv := zeros(g), zeros(q), zeros(k), zeros(v)
	lse := make([][]float64, 0, len(q)/max(t, 1))
	for i := range q {
		head := i / t / group
		seen := s
		if o.Causal {
			seen = min(s, i%t+1)
		}
		scores := make([]float64, seen)
		sum := 0.0
		for j := range scores {
			for a, x := range q[i] {
				scores[j] += o.Scale * x * k[head*s+j][a]
			}
			sum += math.Exp(scores[j])
		}
		if i%t == 0 {
			lse = append(lse, nil)
		}
		lse[i/t] = append(lse[i/t], math.Log(sum))
		weights := collect(seen, func(j int) float64 { return math.Exp(scores[j]) / sum })
		inner := 0.0
		dp := make([]float64, seen)
		for j, p := range weights {
			row := head*s + j
			for a := range e {
				out[i][a] += p * v[row][a]
				dv[row][a] += p * g[i][a]
				dp[j] += g[i][a] * v[row][a]
			}
			inner += p * dp[j]
		}
		for j, p := range weights {
			row, ds := head*s+j, p*(dp[j]-inner)*o.Scale
			for a := range q[i] {
				dq[i][a] += ds * k[row][a]
				dk[row][a] += ds * q[i][a]
			}
		}
	}
	return [5][][]float64{out, lse, dq, dk, dv}
}
