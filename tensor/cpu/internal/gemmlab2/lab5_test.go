package gemm
import ("testing"; "fmt"; "time"; "slices"; "github.com/rustygradients/rg/tensor/cpu/internal/par")
func TestLabShare(t *testing.T) {
	par.SetThreads(1)
	type sh struct {
		name    string
		m, n, k int
		ta, tb  bool
	}
	for _, s := range []sh{
		{"1024", 1024, 1024, 1024, false, false},
		{"2048", 2048, 2048, 2048, false, false},
		{"qkv", 256, 2304, 768, false, true},
		{"qkv dx", 256, 768, 2304, false, false},
		{"qkv dw", 2304, 768, 256, true, false},
	} {
		for hr := range 2 {
		_ = hr
		A, B, C := hg(s.m*s.k, hr==1), hg(s.k*s.n, hr==1), hg(s.m*s.n, hr==1)
		a, b := Matrix[float32]{Data: A, Row: s.k, Col: 1}, Matrix[float32]{Data: B, Row: s.n, Col: 1}
		if s.ta { a.Row, a.Col = 1, s.m }
		if s.tb { b.Row, b.Col = 1, s.k }
		p := Batch[float32, float32]{M: s.m, N: s.n, K: s.k, A: a, B: b, C: C, Starts: make([]Start, 1)}
		
		var all, ta, tb []float64
		for i := range 60 {
			TA, TB = 0, 0
			t0 := time.Now()
			Float32(p)
			d := time.Since(t0)
			if i > 1 {
			all, ta, tb = append(all, float64(d)/1e6), append(ta, float64(TA)/1e6), append(tb, float64(TB)/1e6) }
		}
		med := func(x []float64) float64 { slices.Sort(x); return x[len(x)/2] }
		x, y, z := med(all), med(ta), med(tb)
		fl := float64(s.m*s.n*s.k)*2/1e6
		fmt.Printf("%s huge=%d: %.2f ms %.1f GF, A %.3f ms (%.2f%%, %.1f Gel/s) B %.3f (%.2f%%, %.1f Gel/s), rest %.1f GF\n", s.name, hr, x, fl/x, y, 100*y/x, float64(s.m*s.k)/y/1e6, z, 100*z/x, float64(s.n*s.k)/z/1e6, fl/(x-y-z))
		}
	}
}
