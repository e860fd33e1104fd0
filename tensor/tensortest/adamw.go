package tensortest

import (
	"math"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// adamWList compares the steps of many parameters of all data types, some with a master, with the definition in float64.
func (s suite) adamWList(t *testing.T, b backend.AdamListBackend) {
	type param struct {
		dt, state dtype.DType
		values    [5][]float64 // of parameter, gradient, moments and master
		views     [5]backend.View
		offset    int
		step      backend.AdamStep
	}
	var params []param
	var list []backend.AdamParam
	for i, n := range []int{5, 0, 4096, 1, 4097, 12345, 7, 64} {
		for _, dt := range floats {
			for _, master := range []bool{false, true} {
				if master && !dt.IsHalf() {
					continue
				}
				p := param{dt: dt, state: dt, offset: i % 3, step: backend.AdamStep{
					Rate: 0.01 * float64(i+1), Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Decay: 0.1, Correction1: 1 - 0.81, Correction2: 1 - 0.9801, Scale: 0.5,
				}}
				operands := 4
				if master {
					p.state, operands = dtype.Float32, 5
				}
				for k := range operands {
					kind := p.dt
					if k > 1 {
						kind = p.state
					}
					p.values[k] = numbers(kind, n+p.offset, uint64(60+10*i+k))
					if k == 3 { // a mean of squares
						for j := range p.values[k] {
							p.values[k][j] = math.Abs(p.values[k][j])
						}
					}
					p.views[k] = backend.View{Storage: upload(t, s.b, kind, p.values[k]), Layout: backend.Contiguous(n)}
					p.views[k].Layout.Offset = p.offset
				}
				params = append(params, p)
				list = append(list, backend.AdamParam{
					Param: p.views[0], Grad: p.views[1], M: p.views[2], V: p.views[3], Master: p.views[4], Step: p.step,
				})
			}
		}
	}
	if err := b.AdamWList(list); err != nil {
		t.Fatal(err)
	}
	for i, p := range params {
		var got [5][]float64
		for k, v := range p.views {
			if v.Storage == nil {
				continue
			}
			raw := make([]byte, v.Storage.Len()*v.Storage.DType().Size())
			if err := s.b.Download(raw, v.Storage); err != nil {
				t.Fatal(err)
			}
			got[k] = decode(v.Storage.DType(), raw)
		}
		for j := range p.values[0] {
			var want [5]float64
			for k := range want {
				if p.values[k] != nil {
					want[k] = p.values[k][j]
				}
			}
			if j >= p.offset {
				x := want[0]
				if p.values[4] != nil {
					x = want[4]
				}
				g, s := want[1]*p.step.Scale, p.step
				want[2] = s.Beta1*want[2] + (1-s.Beta1)*g
				want[3] = s.Beta2*want[3] + (1-s.Beta2)*g*g
				x = x*(1-s.Rate*s.Decay) - s.Rate*(want[2]/s.Correction1)/(math.Sqrt(want[3]/s.Correction2)+s.Eps)
				want[0], want[4] = x, x
			}
			for k, w := range want {
				if got[k] == nil {
					continue
				}
				kind := p.views[k].Storage.DType()
				if !fusedTolerance(kind).Close(got[k][j], kind.Round(w)) {
					t.Fatalf("parameter %d, %s with state in %s, operand %d, element %d: got %v, want %v", i, p.dt, p.state, k, j, got[k][j], w)
				}
			}
		}
	}
}
