package cpu

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// ulps is how far got is from the exact value, in units in the last place of a float32 there.
func ulps(got float32, exact float64) float64 {
	want := float32(exact)
	switch {
	case got == want, got != got && want != want:
		return 0
	case math.IsInf(float64(got), 0) || math.IsInf(float64(want), 0) || got != got || want != want:
		// Off by a rounding at the end of the range counts as that.
		if got != got || want != want || math.Abs(exact) < 0x1.fffffdp127 && math.IsInf(float64(got), 0) || math.Abs(float64(got)) < math.MaxFloat32 {
			return math.Inf(1)
		}
		return 1
	}
	a := math.Abs(exact)
	unit := 0x1p-149
	if a > 0x1p-126 {
		_, e := math.Frexp(a)
		unit = math.Ldexp(1, e-24)
	}
	return math.Abs(float64(got)-exact) / unit
}

// accuracy is how many units in the last place each function of float32 may be off.
var accuracy = map[backend.UnaryOp]float64{
	backend.Exp: 1.5, backend.Exp2: 1.5, backend.Expm1: 2, backend.Log: 1.5, backend.Log2: 1.5, backend.Log10: 2, backend.Log1p: 2,
	backend.Sigmoid: 2, backend.Tanh: 2, backend.Sinh: 2, backend.Cosh: 2, backend.Asinh: 2, backend.Acosh: 2, backend.Atanh: 2,
	backend.Atan: 1.5, backend.Asin: 2, backend.Acos: 1.5, backend.Erf: 2, backend.Sin: 1.6, backend.Cos: 1.6, backend.Tan: 1,
	backend.Sqrt: 0.51, backend.Rsqrt: 1.51, backend.Reciprocal: 0.51, backend.Floor: 0, backend.Ceil: 0, backend.Round: 0, backend.Trunc: 0,
}

// everywhere is float32s of all sizes, the special ones and those round the places where formulas change.
func everywhere() []float32 {
	var xs []float32
	for b := uint64(0); b < 1<<32; b += 6173 { // 0.7 million, of all exponents
		xs = append(xs, math.Float32frombits(uint32(b)))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 400_000 { // and as many where most happens
		xs = append(xs, float32(rng.NormFloat64()*4), (rng.Float32()-0.5)*200)
	}
	for _, b := range []uint32{0, 1, 0x7fffff, 0x800000, 0x3f800000, 0x3f7fffff, 0x3f800001, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7fc00004, 0x7f800001, 0x7fffffff} {
		xs = append(xs, math.Float32frombits(b), math.Float32frombits(b|1<<31))
	}
	for _, at := range []float32{88.02969, 88.722839, 89.415985, -87.33655, -103.97208, 128, -126, -149, -150, 0.625, 0.5, 1, 2.4142137, 0.41421357, 2, 87, -87, 13, -13, 9.97, -9.97, 1 << 15, -17.3, 1e10, 1 << 30} {
		for d := -40; d <= 40; d++ {
			xs = append(xs, math.Float32frombits(math.Float32bits(at)+uint32(d)))
		}
	}
	for k := 1; k < 25_000; k++ { // where sines and cosines are nearly 0
		xs = append(xs, float32(float64(k)*math.Pi/2))
	}
	return xs
}

// The functions are as exact as accuracy says, at numbers of every size, and give PyTorch's infinities, NaNs and zeros.
func TestAccuracy(t *testing.T) {
	xs := everywhere()
	got := make([]float32, len(xs))
	for op, limit := range accuracy {
		t.Run(op.String(), func(t *testing.T) {
			exact := unaryFunc(op)
			switch op {
			case backend.Sqrt:
				exact = math.Sqrt
			case backend.Rsqrt:
				exact = func(x float64) float64 { return 1 / math.Sqrt(x) }
			case backend.Reciprocal:
				exact = func(x float64) float64 { return 1 / x }
			}
			unary32(op)(got, xs)
			worst, where, bad := 0.0, float32(0), 0
			for i, x := range xs {
				want := exact(float64(x))
				u := ulps(got[i], want)
				if op == backend.Sigmoid && want < 0x1p-126 && got[i] < 0x1p-126 {
					continue // as PyTorch's, it is 0 where the exponential overflows
				}
				if u > worst {
					worst, where = u, x
				}
				if u > limit || want == 0 && math.Signbit(want) != math.Signbit(float64(got[i])) {
					if bad++; bad < 6 {
						t.Errorf("%s(%v = %#x) = %v, want %v: %.2f units off", op, x, math.Float32bits(x), got[i], want, u)
					}
				}
			}
			t.Logf("%-10s at most %.3f units in the last place off, at %v; %d values beyond %v", op, worst, where, bad, limit)
		})
	}
}

// bigExp is e^x to 200 bits: by the series, of x divided by a power of two.
func bigExp(x float64) *big.Float {
	const digits, halvings, terms = 240, 20, 20
	r := new(big.Float).SetPrec(digits).SetMantExp(big.NewFloat(x), -halvings)
	sum, term := big.NewFloat(1).SetPrec(digits), big.NewFloat(1).SetPrec(digits)
	for k := 1; k < terms; k++ {
		term.Mul(term, r).Quo(term, big.NewFloat(float64(k)))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLog is log x: a step of Newton's from one that is good to a unit, which Go's is not where x is subnormal.
func bigLog(x float64) *big.Float {
	m, e := math.Frexp(x)
	y := math.Log(m) + float64(e)*math.Ln2
	exp, exact := bigExp(y), big.NewFloat(x)
	step := new(big.Float).Quo(new(big.Float).Sub(exact, exp), new(big.Float).Add(exact, exp))
	return step.Add(step, step).Add(step, big.NewFloat(y))
}

var exact64 = map[backend.UnaryOp]func(x float64) *big.Float{
	backend.Exp: bigExp,
	backend.Log: bigLog,
	backend.Sigmoid: func(x float64) *big.Float {
		e := bigExp(-x)
		return e.Quo(big.NewFloat(1), e.Add(e, big.NewFloat(1)))
	},
	backend.Tanh: func(x float64) *big.Float {
		if math.Abs(x) < 1e-15 {
			return big.NewFloat(x)
		}
		e, one := bigExp(2*x), big.NewFloat(1)
		return new(big.Float).Quo(new(big.Float).Sub(e, one), new(big.Float).Add(e, one))
	},
}

// The routines for functions of float64 are as exact, and give the same infinities, NaNs and zeros. Go's own, which run where there are none, overflow
// early or are wrong for subnormal numbers on some processors.
func TestAccuracy64(t *testing.T) {
	special := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -math.MaxFloat64, -1e-320, -1, 1000, -1000, 710, -746}
	xs := slices.Clone(special)
	for _, at := range []float64{709.782712893384, -708.3964185322641, -745.1332191019411, 0.34657359027997264, math.Sqrt2 / 2, 1, 22, -22, 0x1p-1022, 0x1p-1074} {
		for d := range uint64(40) {
			xs = append(xs, math.Float64frombits(math.Float64bits(at)+d-20))
		}
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		xs = append(xs, math.Float64frombits(rng.Uint64()), rng.NormFloat64(), (rng.Float64()-0.5)*1490, rng.ExpFloat64(), rng.Float64()*0x1p-1020)
	}
	got := make([]float64, len(xs))
	for op, exact := range exact64 {
		if asm.Best.Unary(op, dtype.Float64) == nil {
			continue
		}
		unary64(op)(got, xs)
		worst, where := 0.0, 0.0
		for i, x := range xs {
			want := unaryFunc(op)(x)
			if op == backend.Sigmoid && x < -709 && got[i] == 0 {
				continue // as PyTorch's, where the exponential overflows
			}
			if i < len(special) || x == 0 || math.IsInf(x, 0) || x != x || want != want || op != backend.Log && math.Abs(x) > 745 {
				if !(got[i] == want && math.Signbit(got[i]) == math.Signbit(want)) && !(got[i] != got[i] && want != want) {
					t.Errorf("%s(%v) = %v, want %v", op, x, got[i], want)
				}
				continue
			}
			e := exact(x)
			want, _ = e.Float64()
			if math.IsInf(want, 1) && math.IsInf(got[i], 1) {
				continue
			}
			lost, _ := e.Sub(e, big.NewFloat(got[i])).Float64()
			u := math.Abs(lost) / (math.Nextafter(math.Abs(want), math.Inf(1)) - math.Abs(want))
			if !(u <= worst) {
				worst, where = u, x
			}
			if !(u <= 2) {
				t.Errorf("%s(%v) = %v, want %v: %.2f units off", op, x, got[i], want, u)
			}
		}
		t.Logf("%-10s at most %.2f units in the last place off, at %v", op, worst, where)
	}
}

func TestPowAccuracy(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var xs, ys []float32
	for range 1_000_000 {
		xs = append(xs, math.Float32frombits(rng.Uint32()), rng.Float32()*3, float32(rng.NormFloat64()))
		ys = append(ys, math.Float32frombits(rng.Uint32()), (rng.Float32()-0.5)*160, float32(rng.IntN(9)-4))
	}
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 2, -2, 0.5, 3, -3, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 1e-45, 1e30, -1e30}
	for _, x := range special {
		for _, y := range special {
			xs, ys = append(xs, x), append(ys, y)
		}
	}
	got := make([]float32, len(xs))
	binary32(backend.Pow)(got, xs, ys)
	worst := 0.0
	for i, x := range xs {
		u := ulps(got[i], math.Pow(float64(x), float64(ys[i])))
		worst = max(worst, u)
		if u > 1 {
			t.Fatalf("%v^%v = %v, want %v", x, ys[i], got[i], math.Pow(float64(x), float64(ys[i])))
		}
	}
	t.Logf("at most %.3f units in the last place off", worst)
}

// The activations, relative to their values, in the tails too.
func TestActivationAccuracy(t *testing.T) {
	xs := everywhere()
	got, one := make([]float32, len(xs)), make([]float32, len(xs))
	for i := range one {
		one[i] = 1
	}
	want, wantGrad := make([]float64, 1), make([]float64, 1)
	for a, limit := range map[backend.Activation]float64{backend.GELU: 2e-6, backend.GELUTanh: 1.5e-5, backend.SiLU: 1e-6} {
		if asm.Best.Activation(a) == nil {
			t.Skip("no routines")
		}
		for _, grad := range []bool{false, true} {
			g := one
			if !grad {
				g = nil
			}
			activation32(a, got, xs, g)
			worst := 0.0
			for i, x := range xs {
				if math.Abs(float64(x)) > 1e10 || x != x {
					continue
				}
				activation64(a, want, []float64{float64(x)}, nil)
				if grad {
					activation64(a, wantGrad, []float64{float64(x)}, []float64{1})
					want[0] = wantGrad[0]
				}
				// Of a gradient that goes through zero the error is absolute.
				size := math.Abs(want[0]) + 1e-30
				if grad {
					size += 0.05
				}
				worst = max(worst, math.Abs(float64(got[i])-want[0])/size)
			}
			if worst > limit {
				t.Errorf("%s, gradient %v: off by %.3g, more than %v", a, grad, worst, limit)
			}
			t.Logf("%s, gradient %v: off by at most %.3g of the value", a, grad, worst)
		}
	}
	for a, edge := range map[backend.Activation][3]float32{ // at -Inf, Inf, NaN as PyTorch 2.15 computes them
		backend.GELU: {nan32, inf32, nan32}, backend.GELUTanh: {nan32, inf32, nan32}, backend.SiLU: {nan32, inf32, nan32},
	} {
		x, y := []float32{-inf32, inf32, nan32}, make([]float32, 3)
		activation32(a, y, x, nil)
		for i := range y {
			if y[i] != edge[i] && (y[i] == y[i] || edge[i] == edge[i]) {
				t.Errorf("%s(%v) = %v, want %v", a, x[i], y[i], edge[i])
			}
		}
	}
}

var inf32, nan32 = float32(math.Inf(1)), float32(math.NaN())

// elements makes n random elements that begin shift elements into their memory.
func elements[T number](rng *rand.Rand, n, shift int) []T {
	x := make([]T, shift+n)[shift:]
	for i := range x {
		f := rng.NormFloat64() * 30
		switch rng.IntN(12) {
		case 0:
			f = float64(rng.IntN(3))
		case 1:
			if typeOf[T]().IsFloat() {
				f = math.NaN()
			}
		case 2:
			if typeOf[T]().IsFloat() {
				f = math.Inf(1 - 2*rng.IntN(2))
			}
		}
		if typeOf[T]().IsFloat() {
			x[i] = T(f)
		} else {
			x[i] = T(int64(f * 1e9))
		}
	}
	return x
}

func sameElements[T number](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i, w := range want {
		if got[i] != w && (got[i] == got[i] || w == w) {
			t.Fatalf("%s of %d: element %d is %v, want %v", what, len(want), i, got[i], w)
		}
	}
}

// Routines of two operands agree with their loops: all lengths, places in memory, broadcast operands and results in place.
func TestBinaryRoutines(t *testing.T) {
	binaryRoutines(t, binaryFloat[float32])
	binaryRoutines(t, binaryFloat[float64])
	binaryRoutines(t, binaryIntGo[int64])
	binaryRoutines(t, binaryIntGo[int32])
	binaryRoutines(t, binaryIntGo[int8])
	binaryRoutines(t, binaryIntGo[uint8])
}

func binaryRoutines[T number](t *testing.T, loop func(op backend.BinaryOp) binaryKernel[T]) {
	dt, rng := typeOf[T](), rand.New(rand.NewPCG(5, 6))
	size := int(unsafe.Sizeof(T(0)))
	for _, op := range backend.BinaryOps() {
		f, compares := asm.Best.Binary(op, dt), asm.Best.Compare(op, dt)
		if op == backend.Pow || f == nil && compares == nil {
			continue
		}
		for n := 1; n < 200; n += 1 + n/40 {
			x, y := elements[T](rng, n, rng.IntN(9)), elements[T](rng, n, rng.IntN(9))
			for steps := range 4 {
				xStep, yStep := steps&1, steps>>1
				var xr, yr asm.Repeated
				xp, yp := first(x), first(y)
				if xStep == 0 {
					x = x[:1]
					for len(x) < n {
						x = append(x, x[0])
					}
					xr.Repeat(unsafe.Pointer(&x[0]), size)
					xp = &xr[0]
				}
				if yStep == 0 {
					y = y[:1]
					for len(y) < n {
						y = append(y, y[0])
					}
					yr.Repeat(unsafe.Pointer(&y[0]), size)
					yp = &yr[0]
				}
				if f != nil {
					got, want := elements[T](rng, n+1, rng.IntN(9)), make([]T, n)
					guard := got[n]
					loop(op)(want, x, y)
					f(n, first(got), xp, yp, xStep, yStep)
					sameElements(t, fmt.Sprintf("%s %s, steps %d and %d", dt, op, xStep, yStep), got[:n], want)
					if got[n] != guard && guard == guard {
						t.Fatalf("%s %s wrote beyond element %d", dt, op, n)
					}
					if steps == 3 {
						in := append([]T(nil), x...)
						f(n, first(in), first(in), yp, 1, 1)
						sameElements(t, fmt.Sprintf("%s %s in place", dt, op), in, want)
					}
				}
				if compares != nil {
					got, want := make([]uint8, n+1), make([]uint8, n)
					compareKernel[T](op)(want, x, y)
					compares(n, first(got), xp, yp, xStep, yStep)
					sameElements(t, fmt.Sprintf("%s %s, steps %d and %d", dt, op, xStep, yStep), got[:n], want)
					if got[n] != 0 {
						t.Fatalf("%s %s wrote beyond element %d", dt, op, n)
					}
				}
			}
		}
	}
}

// Routines of one operand agree with their loops at the functions that are exact.
func TestUnaryRoutines(t *testing.T) {
	for _, op := range backend.UnaryOps() {
		unaryRoutine(t, op, dtype.Float32, unary32Go)
		unaryRoutine(t, op, dtype.Float64, unaryPlain[float64])
	}
}

func unaryRoutine[T float](t *testing.T, op backend.UnaryOp, dt dtype.DType, loop func(backend.UnaryOp) unaryKernel[T]) {
	f := asm.Best.Unary(op, dt)
	if f == nil {
		return
	}
	rng := rand.New(rand.NewPCG(7, 8))
	for n := 1; n < 200; n += 1 + n/40 {
		x, got, want := elements[T](rng, n, rng.IntN(9)), elements[T](rng, n+1, rng.IntN(9)), make([]T, n)
		guard := got[n]
		f(n, first(got), first(x))
		if got[n] != guard && guard == guard {
			t.Fatalf("%s wrote beyond element %d", op, n)
		}
		if loop := loop(op); loop != nil && (accuracy[op] < 1 || dt == dtype.Float64) {
			loop(want, x)
			sameElements(t, op.String(), got[:n], want)
		}
		f(n, first(x), first(x))
		sameElements(t, op.String()+" in place", x, got[:n])
		one := make([]T, 1) // an element's value doesn't depend on where it is
		copy(x, elements[T](rng, n, 0))
		f(n, first(got), first(x))
		f(1, first(one), first(x[n-1:]))
		sameElements(t, op.String()+" alone", got[n-1:n], one)
	}
}

func TestWhereRoutines(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, size := range []int{1, 2, 4, 8} {
		f := asm.Best.Where(size)
		if f == nil {
			continue
		}
		for n := 1; n < 150; n++ {
			cond, x, y := make([]uint8, n), elements[uint8](rng, n*size, 1), elements[uint8](rng, n*size, 2)
			want, got := make([]uint8, n*size), make([]uint8, n*size+1)
			for i := range cond {
				cond[i] = uint8(rng.IntN(2))
				from := y
				if cond[i] != 0 {
					from = x
				}
				copy(want[i*size:(i+1)*size], from[i*size:])
			}
			f(n, first(got), first(cond), first(x), first(y), 1, 1)
			if !bytes.Equal(got[:n*size], want) || got[n*size] != 0 {
				t.Fatalf("where of %d elements of %d bytes is wrong", n, size)
			}
		}
	}
}

// Conversions by routine agree with the loops of package dtype and of Go, for every half and for random numbers.
func TestCastRoutines(t *testing.T) {
	var halves []uint16
	for h := range 1 << 16 {
		halves = append(halves, uint16(h))
	}
	rng := rand.New(rand.NewPCG(11, 12))
	floats := everywhere()
	for _, dt := range []dtype.DType{dtype.Float16, dtype.BFloat16} {
		widen, narrow := asm.Best.Cast(dt, dtype.Float32), asm.Best.Cast(dtype.Float32, dt)
		if widen == nil {
			t.Skip("no routines")
		}
		got, want := make([]float32, len(halves)), make([]float32, len(halves))
		widen(len(halves), first(got), first(halves))
		dtype.Widen(dt, want, halves)
		sameElements(t, dt.String()+" widened", got, want)
		gotH, wantH := make([]uint16, len(floats)), make([]uint16, len(floats))
		narrow(len(floats), first(gotH), first(floats))
		dtype.Narrow(dt, wantH, floats)
		for i, f := range floats {
			if gotH[i] != wantH[i] && (f == f || dt == dtype.BFloat16) {
				t.Fatalf("%v to %s is %#x, want %#x", f, dt, gotH[i], wantH[i])
			}
		}
	}
	castRoutine[float64, float32](t, rng)
	castRoutine[float32, float64](t, rng)
	castRoutine[int32, float64](t, rng)
	castRoutine[int32, float32](t, rng)
	castRoutine[int32, int64](t, rng)
	castRoutine[int64, int32](t, rng)
	castRoutine[uint8, int64](t, rng)
	castRoutine[uint8, int32](t, rng)
	castRoutine[uint8, float32](t, rng)
	castRoutine[int8, float32](t, rng)
}

func castRoutine[S, D number](t *testing.T, rng *rand.Rand) {
	f := asm.Best.Cast(typeOf[S](), typeOf[D]())
	for n := 1; n < 150; n++ {
		x := elements[S](rng, n, rng.IntN(5))
		got, want := make([]D, n+1), make([]D, n)
		f(n, first(got), first(x))
		convert(want, x)
		sameElements(t, fmt.Sprintf("%s to %s", typeOf[S](), typeOf[D]()), got[:n], want)
		if got[n] != 0 {
			t.Fatal("it wrote beyond the end")
		}
	}
}

func TestFillRoutine(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for n := range 700 {
		d := elements[uint8](rng, n+1, rng.IntN(40))
		end := d[n]
		asm.Best.Fill(d[:n/8*8], []byte("abcdefgh"))
		if !bytes.Equal(d[:n/8*8], bytes.Repeat([]byte("abcdefgh"), n/8)) || d[n] != end {
			t.Fatalf("filling %d bytes is wrong", n)
		}
	}
}

// Large results go past the caches, in pieces that begin at cache lines; they are the same, and so is what lies beside them.
func TestLargeResults(t *testing.T) {
	const n = 6<<20 + 37
	f32 := dtype.Float32
	x, y, d := makeView(t, f32, "contiguous", []int{n + 3}), makeView(t, f32, "contiguous", []int{n + 3}), makeView(t, f32, "contiguous", []int{n + 3})
	xs, ys, ds := slice[float32](x), slice[float32](y), slice[float32](d)
	for i := range xs {
		xs[i], ys[i] = float32(i%1000)/100-5, float32(i%77)/7+0.1
	}
	part := func(v backend.View, from int) backend.View {
		v.Layout = backend.Layout{Shape: []int{n}, Stride: []int{1}, Offset: from}
		return v
	}
	for _, from := range []int{0, 1, 3} {
		for name, f := range map[string]struct {
			f    func(d, x, y backend.View) error
			want func(dst, x, y []float32)
		}{
			"neg": {
				func(d, x, _ backend.View) error { return theBackend.Unary(backend.Neg, d, x) },
				func(d, x, _ []float32) { unary32(backend.Neg)(d, x) },
			},
			"exp": {
				func(d, x, _ backend.View) error { return theBackend.Unary(backend.Exp, d, x) },
				func(d, x, _ []float32) { unary32(backend.Exp)(d, x) },
			},
			"add": {
				func(d, x, y backend.View) error { return theBackend.Binary(backend.Add, d, x, y) },
				func(d, x, y []float32) { add32(d, x, y) },
			},
			"silu": {
				func(d, x, _ backend.View) error { return theBackend.Activation(backend.SiLU, d, x) },
				func(d, x, _ []float32) { activation32(backend.SiLU, d, x, nil) },
			},
			"silu_grad": {
				func(d, x, y backend.View) error { return theBackend.ActivationGrad(backend.SiLU, d, x, y) },
				func(d, x, y []float32) { activation32(backend.SiLU, d, x, y) },
			},
		} {
			clear(ds)
			if err := f.f(part(d, from), part(x, 1), part(y, 2)); err != nil {
				t.Fatal(err)
			}
			want := make([]float32, 100)
			for at := 0; at+100 <= n; at += 100 {
				f.want(want, xs[1+at:1+at+100], ys[2+at:2+at+100])
				for i, w := range want {
					if ds[from+at+i] != w {
						t.Fatalf("%s from %d: element %d is %v, want %v", name, from, at+i, ds[from+at+i], w)
					}
				}
			}
			for i := range from {
				if ds[i] != 0 {
					t.Errorf("%s wrote before its first element", name)
				}
			}
			for i := from + n; i < len(ds); i++ {
				if ds[i] != 0 {
					t.Errorf("%s wrote behind its last element", name)
				}
			}
		}
	}
}

// Rows of float32 have the first of equals, and the first NaN, whichever block it is in.
func TestArgRow(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for _, op := range []backend.ReduceOp{backend.ArgMax, backend.ArgMin} {
		for range 3000 {
			x := make([]float32, 1+rng.IntN(3*block))
			kinds := 2 + rng.IntN(2000)
			for i := range x {
				x[i] = float32(rng.IntN(kinds)) - 5
				if rng.IntN(4000) == 0 {
					x[i] = nan32
				}
			}
			want := 0
			for i, v := range x {
				if best := x[want]; best == best && (v != v || op == backend.ArgMax && v > best || op == backend.ArgMin && v < best) {
					want = i
				}
			}
			if got := argRow32(op, x); got != want {
				t.Fatalf("%s of %d elements is %d, want %d", op, len(x), got, want)
			}
		}
	}
}

// Sums of columns agree with a loop, for sizes with tails and rows that lie apart.
func TestSumCols(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	for _, shape := range [][2]int{{16, 16}, {17, 33}, {1000, 19}, {301, 2050}, {4099, 260}} {
		m, n := shape[0], shape[1]
		stride := n + rng.IntN(5)
		x, d := makeView(t, dtype.Float32, "contiguous", []int{m, stride}), makeView(t, dtype.Float32, "contiguous", []int{1, n})
		xs, ds := slice[float32](x), slice[float32](d)
		for i := range xs {
			xs[i] = rng.Float32() - 0.3
		}
		x.Layout = backend.Layout{Shape: []int{m, n}, Stride: []int{stride, 1}}
		if err := theBackend.Reduce(backend.Sum, d, x, 0); err != nil {
			t.Fatal(err)
		}
		for c := range n {
			want := 0.0
			for r := range m {
				want += float64(xs[r*stride+c])
			}
			if ds[c] != float32(want) && math.Abs(float64(ds[c])-want) > 1e-6*math.Abs(want) {
				t.Fatalf("%v: column %d is %v, want %v", shape, c, ds[c], want)
			}
		}
	}
}

// Random numbers are what their definition says, in every type and at every place.
func TestRandomDefinition(t *testing.T) {
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.BFloat16, dtype.Int64, dtype.Int8} {
		for _, d := range []backend.Distribution{
			{Kind: backend.Uniform, A: -1, B: 1},
			{Kind: backend.Uniform, A: 1, B: 1.0000001},
			{Kind: backend.Normal, A: 1, B: 2},
			{Kind: backend.Bernoulli, A: 0.3},
			{Kind: backend.Integers, A: -3, B: 90},
		} {
			for _, n := range []int{1, 2, 7, 513, 5001} {
				v := makeView(t, dt, "contiguous", []int{n})
				if err := theBackend.Random(v, d, 77, 1<<32-9); err != nil {
					t.Fatal(err)
				}
				wide, want := makeView(t, dtype.Float64, "contiguous", []int{n}), makeView(t, dt, "contiguous", []int{n})
				for i := range n {
					slice[float64](wide)[i] = d.Draw(77, 1<<32-9, i, dt)
				}
				if err := theBackend.Copy(want, wide); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(v.Storage.(*Storage).Bytes(), want.Storage.(*Storage).Bytes()) {
					t.Errorf("%d numbers of kind %v in %s are not as defined", n, d.Kind, dt)
				}
			}
		}
	}
}
