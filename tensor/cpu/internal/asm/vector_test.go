package asm

import (
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

func TestElementwise(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, set := range Sets() {
		t.Run(set.Name, func(t *testing.T) {
			for _, n := range []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 160} {
				x, y := random(rng, n), random(rng, n)
				check := func(name string, eps float64, got, want []float32) {
					t.Helper()
					for i := range want {
						if d := math.Abs(float64(got[i] - want[i])); !(d <= eps*(1+math.Abs(float64(want[i])))) {
							t.Fatalf("%s of %d: element %d is %v, want %v", name, n, i, got[i], want[i])
						}
					}
				}
				var sums [2]float64
				four := []float32{0.1, 0.2, 0.3, 0.4}
				for name, f := range map[string][2]func(n int, dst, x, y *float32){
					"expSum": {
						func(n int, dst, x, _ *float32) { sums[0] = set.ExpSum(n, dst, x, 0.7) },
						func(n int, dst, x, _ *float32) { sums[1] = sexpSumGo(n, dst, x, 0.7) },
					},
					"moments": {
						func(n int, _, x, _ *float32) { a, b := set.Moments(n, x, 0.1); sums[0] = a + 2*b },
						func(n int, _, x, _ *float32) { a, b := smomentsGo(n, x, 0.1); sums[1] = a + 2*b },
					},
					"slopes": {
						func(n int, _, x, y *float32) { a, b := set.Slopes(n, x, y, 0.1); sums[0] = a + 2*b },
						func(n int, _, x, y *float32) { a, b := sslopesGo(n, x, y, 0.1); sums[1] = a + 2*b },
					},
					"standardize": {
						func(n int, dst, x, _ *float32) { set.Standardize(n, dst, x, 0.2, 1.7, 0.3) },
						func(n int, dst, x, _ *float32) { sstandardizeGo(n, dst, x, 0.2, 1.7, 0.3) },
					},
					"layerNorm": {
						func(n int, dst, x, y *float32) { set.LayerNorm(n, dst, x, y, y, 0.2, 1.7) },
						func(n int, dst, x, y *float32) { slayerNormGo(n, dst, x, y, y, 0.2, 1.7) },
					},
					"normGrad": {
						func(n int, dst, x, y *float32) { set.NormGrad(n, dst, x, y, &four[0]) },
						func(n int, dst, x, y *float32) { snormGradGo(n, dst, x, y, &four[0]) },
					},
					"softmaxGrad": {
						func(n int, dst, x, y *float32) { set.SoftmaxGrad(n, dst, x, y, 0.3) },
						func(n int, dst, x, y *float32) { ssoftmaxGradGo(n, dst, x, y, 0.3) },
					},
					"logSoftmaxGrad": {
						func(n int, dst, x, y *float32) { set.LogSoftmaxGrad(n, dst, x, y, 0.3) },
						func(n int, dst, x, y *float32) { slogSoftmaxGradGo(n, dst, x, y, 0.3) },
					},
					"affine": {
						func(n int, dst, x, _ *float32) { set.Affine(n, dst, x, 1.5, -0.3) },
						func(n int, dst, x, _ *float32) { saffineGo(n, dst, x, 1.5, -0.3) },
					},
				} {
					got, want := make([]float32, n+1), make([]float32, n+1)
					f[0](n, &got[0], &x[0], &y[0])
					f[1](n, &want[0], &x[0], &y[0])
					check(name, 1e-6, got, want) // and nothing beyond the end
					if math.Abs(sums[0]-sums[1]) > 1e-5 {
						t.Fatalf("%s of %d: the sum is %v, want %v", name, n, sums[0], sums[1])
					}
					if name == "moments" || name == "slopes" {
						continue
					}
					in := slices.Clone(x)
					f[0](n, &in[0], &in[0], &y[0])
					check(name+" in place", 1e-6, in, want[:n])
				}
				wide, wantWide := make([]float64, n+1), make([]float64, n+1)
				set.AddWide(n, &wide[0], &x[0])
				saddWideGo(n, &wantWide[0], &x[0])
				if !slices.Equal(wide, wantWide) {
					t.Errorf("adding %d is wrong", n)
				}
				if n%32 != 0 {
				} else if got, want := set.Sum(n, &x[0]), ssumGo(n, &x[0]); math.Abs(got-want) > 1e-12 {
					t.Errorf("sum of %d: %v, want %v", n, got, want)
				}
				for at := range n { // the largest in every place, then a NaN there
					z := slices.Clone(x)
					z[at] = -2
					if got, nan := set.Min(n, &z[0]); got != -2 || nan != 0 {
						t.Fatalf("min of %d: %v, %d", n, got, nan)
					}
					z[at] = 2
					if got, nan := set.Max(n, &z[0]); got != 2 || nan != 0 {
						t.Fatalf("max of %d: %v, %d", n, got, nan)
					}
					z[at] = float32(math.NaN())
					got, nan := set.Max(n, &z[0])
					if want, _ := smaxGo(n, &z[0]); got != want || nan == 0 {
						t.Fatalf("max of %d with a NaN at %d: %v, %d; want %v", n, at, got, nan, want)
					}
				}
				c := AdamW{0.9, 0.1, 0.99, 0.01, 0.5, 0.999, 0.01, 1.3, 1e-8}
				p, g, m, v := random(rng, n), random(rng, n), random(rng, n), random(rng, n)
				for i := range v {
					v[i] += 0.6
				}
				p2, m2, v2 := slices.Clone(p), slices.Clone(m), slices.Clone(v)
				set.AdamW(n, &p[0], &g[0], &m[0], &v[0], &c.Beta1)
				sadamwGo(n, &p2[0], &g[0], &m2[0], &v2[0], &c.Beta1)
				check("adamw p", 1e-6, p, p2)
				check("adamw m", 1e-6, m, m2)
				check("adamw v", 1e-6, v, v2)
			}
		})
	}
}

func TestExp(t *testing.T) {
	inf := float32(math.Inf(1))
	x := []float32{0, 1, -1, 88.7, 88.72, 88.73, 89, 200, inf, -87, -88, -100, -103, -104, -200, -inf}
	x = append(x, float32(math.NaN()), float32(math.Copysign(0, -1)), 1e-30, -1e-30)
	rng := rand.New(rand.NewPCG(5, 6))
	for len(x)%16 != 0 || len(x) < 4096 {
		x = append(x, (rng.Float32()-0.5)*180)
	}
	for _, set := range Sets() {
		t.Run(set.Name, func(t *testing.T) {
			got := make([]float32, len(x))
			if f := set.Unary(backend.Exp, dtype.Float32); f != nil {
				f(len(x), (*byte)(unsafe.Pointer(&got[0])), (*byte)(unsafe.Pointer(&x[0])))
			} else {
				Exp(got, x)
			}
			for i, v := range x {
				exact := math.Exp(float64(v))
				want := float32(exact)
				if got[i] == want || math.IsNaN(exact) && got[i] != got[i] {
					continue
				}
				// Two units in the last place, and below the normal numbers one of the smallest.
				if d := math.Abs(float64(got[i]) - exact); !(d <= 2.4e-7*exact+1.5e-45) {
					t.Errorf("e^%v is %v, want %v", v, got[i], want)
				}
			}
		})
	}
}

func TestAddRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, set := range Sets() {
		for _, n := range []int{16, 48, 160} {
			stride := n + rng.IntN(9)
			x := random(rng, 8*stride)
			got, want := make([]float64, n+1), make([]float64, n+1)
			set.AddRows(n, &got[0], &x[0], 4*stride)
			saddRowsGo(n, &want[0], &x[0], 4*stride)
			if !slices.Equal(got, want) {
				t.Errorf("%s: eight rows of %d are added wrongly", set.Name, n)
			}
		}
	}
}

func TestPhilox(t *testing.T) {
	for _, set := range Sets() {
		for _, start := range []uint64{0, 1, 1<<32 - 2, 1<<64 - 3} {
			for n := 4; n < 40; n += 12 {
				got, want := make([]uint64, 2*n+1), make([]uint64, 2*n+1)
				set.Philox(n, &got[0], 0x0123456789abcdef+start, start)
				philoxGo(n, &want[0], 0x0123456789abcdef+start, start)
				if !slices.Equal(got, want) {
					t.Errorf("%s: %d blocks from %d are wrong", set.Name, n, start)
				}
			}
		}
	}
}

// ExpSum where e^x is subnormal, nothing or not a number.
func TestExpSumEdges(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, set := range Sets() {
		for n := 1; n < 70; n++ {
			x, got, want := make([]float32, n), make([]float32, n), make([]float32, n)
			for i := range x {
				x[i] = []float32{0, -1, -86.9, -87, -87.4, -95, -103, -104.6, -200, -inf, 3}[(i*7+n)%11]
			}
			sum, exact := set.ExpSum(n, &got[0], &x[0], 0), sexpSumGo(n, &want[0], &x[0], 0)
			if math.Abs(sum-exact) > 1e-6*exact {
				t.Errorf("%s: the sum of %d is %v, want %v", set.Name, n, sum, exact)
			}
			for i, w := range want {
				if d := math.Abs(float64(got[i] - w)); !(d <= 2.4e-7*float64(w)+1.5e-45) {
					t.Fatalf("%s: e^%v is %v, want %v", set.Name, x[i], got[i], w)
				}
			}
			x[n/2] = nan
			if sum := set.ExpSum(n, &got[0], &x[0], 0); sum == sum || got[n/2] == got[n/2] {
				t.Errorf("%s: a NaN of %d is lost", set.Name, n)
			}
		}
	}
}

// Routines for AVX2 use no register that only AVX-512 has: the generator would assign them.
func TestRegistersOfAVX2(t *testing.T) {
	for _, file := range []string{"vector_amd64.s", "gemm_amd64.s", "probe_amd64.s"} {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			t.Skip("no source here")
		}
		routine := ""
		upper := regexp.MustCompile(`\b[XY](1[6-9]|2\d|3[01])\b`)
		for line := range strings.Lines(string(text)) {
			if name, ok := strings.CutPrefix(line, "TEXT ·"); ok {
				routine, _, _ = strings.Cut(name, "(")
			}
			if strings.HasSuffix(routine, "AVX2") && upper.MatchString(line) {
				t.Errorf("%s: %s", routine, line)
			}
		}
	}
}

// Four rows at a time agree with the loops, and a number is found where it is first.
func TestRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, set := range Sets() {
		for _, n := range []int{16, 32, 48, 160} {
			for gap := range 3 {
				x := random(rng, 4*(n+gap))
				var got, want [4]float64
				set.SumRows(n, &got[0], &x[0], 4*(n+gap))
				ssumRowsGo(n, &want[0], &x[0], 4*(n+gap))
				for r := range want {
					if math.Abs(got[r]-want[r]) > 1e-12 {
						t.Fatalf("%s: the sum of %d is %v, want %v", set.Name, n, got[r], want[r])
					}
				}
				for _, f := range [][2]func(n int, extremes, x *float32, stride int) int{{set.MaxRows, smaxRowsGo}, {set.MinRows, sminRowsGo}} {
					var got, want [4]float32
					if nan := f[0](n, &got[0], &x[0], 4*(n+gap)); nan != 0 {
						t.Fatalf("%s: a NaN in %v", set.Name, x)
					}
					f[1](n, &want[0], &x[0], 4*(n+gap))
					if got != want {
						t.Fatalf("%s: extremes of %d are %v, want %v", set.Name, n, got, want)
					}
					at := rng.IntN(4)*(n+gap) + rng.IntN(n)
					there := x[at]
					x[at] = float32(math.NaN())
					if f[0](n, &got[0], &x[0], 4*(n+gap)) == 0 {
						t.Fatalf("%s: no NaN in %d elements", set.Name, n)
					}
					x[at] = there
				}
			}
			if n%32 == 0 {
				x := random(rng, n)
				for i, v := range x {
					if got, want := set.Find(n, &x[0], v), slices.Index(x, v); got != want {
						t.Fatalf("%s: element %d of %d is found at %d, want %d", set.Name, i, n, got, want)
					}
				}
				if got := set.Find(n, &x[0], float32(math.NaN())); got != n {
					t.Fatalf("%s: a NaN is found at %d of %d", set.Name, got, n)
				}
			}
		}
	}
}
