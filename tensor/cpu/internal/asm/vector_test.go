package asm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestElementwise(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, set := range Sets() {
		t.Run(set.Name, func(t *testing.T) {
			for _, n := range []int{32, 64, 160} {
				x, y := random(rng, n), random(rng, n)
				check := func(name string, eps float64, got, want []float32) {
					t.Helper()
					for i := range want {
						if d := math.Abs(float64(got[i] - want[i])); !(d <= eps*(1+math.Abs(float64(want[i])))) {
							t.Fatalf("%s of %d: element %d is %v, want %v", name, n, i, got[i], want[i])
						}
					}
				}
				for name, f := range map[string][2]func(n int, dst, x, y *float32){
					"add": {set.Add, saddGo}, "sub": {set.Sub, ssubGo}, "mul": {set.Mul, smulGo}, "div": {set.Div, sdivGo},
					"affine": {
						func(n int, dst, x, _ *float32) { set.Affine(n, dst, x, 1.5, -0.3) },
						func(n int, dst, x, _ *float32) { saffineGo(n, dst, x, 1.5, -0.3) },
					},
					"logistic": {
						func(n int, dst, x, _ *float32) { set.Logistic(n, dst, x) },
						func(n int, dst, x, _ *float32) { slogisticGo(n, dst, x) },
					},
				} {
					got, want := make([]float32, n), make([]float32, n)
					f[0](n, &got[0], &x[0], &y[0])
					f[1](n, &want[0], &x[0], &y[0])
					check(name, 1e-6, got, want)
					in := slices.Clone(x)
					f[0](n, &in[0], &in[0], &y[0])
					check(name+" in place", 1e-6, in, want)
				}
				if got, want := set.Sum(n, &x[0]), ssumGo(n, &x[0]); math.Abs(got-want) > 1e-12 {
					t.Errorf("sum of %d: %v, want %v", n, got, want)
				}
				for at := range n { // the largest in every place, then a NaN there
					z := slices.Clone(x)
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
			set.Exp(len(x), &got[0], &x[0])
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
