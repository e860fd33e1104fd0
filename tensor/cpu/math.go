package cpu

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/rustygradients/rg/tensor/backend"
)

// unaryMath returns the less common functions, which have no vector code.
func unaryMath(op backend.UnaryOp) func(float64) float64 {
	switch op {
	case backend.Tan:
		return math.Tan
	case backend.Asin:
		return math.Asin
	case backend.Acos:
		return math.Acos
	case backend.Atan:
		return math.Atan
	case backend.Sinh:
		return math.Sinh
	case backend.Cosh:
		return math.Cosh
	case backend.Asinh:
		return math.Asinh
	case backend.Acosh:
		return math.Acosh
	case backend.Atanh:
		return math.Atanh
	case backend.Log2:
		return math.Log2
	case backend.Log10:
		return math.Log10
	case backend.Log1p:
		return math.Log1p
	case backend.Exp2:
		return math.Exp2
	case backend.Expm1:
		return math.Expm1
	case backend.Trunc:
		return math.Trunc
	case backend.Erfc:
		return math.Erfc
	case backend.ErfInv:
		return math.Erfinv
	case backend.LGamma:
		return lgamma
	case backend.Digamma:
		return digamma
	case backend.Trigamma:
		return trigamma
	}
	return nil
}

func lgamma(x float64) float64 {
	if math.IsInf(x, -1) {
		return math.Inf(1) // as C's
	}
	v, _ := math.Lgamma(x)
	return v
}

// digamma is the derivative of log Γ: by reflection below 0, by recurrence up to 10, and from there by the asymptotic
// series (Abramowitz and Stegun 1964, 6.3.7, 6.3.5 and 6.3.18). Gonum's is off by 5e-11.
func digamma(x float64) float64 {
	switch {
	case x == 0:
		return math.Copysign(math.Inf(1), -x)
	case math.IsInf(x, 1):
		return x
	case x < 0 && x == math.Floor(x):
		return math.NaN()
	}
	sum := 0.0
	if x < 0 {
		sum = -math.Pi / math.Tan(math.Pi*(x-math.RoundToEven(x)))
		x = 1 - x
	}
	for ; x < 10; x++ {
		sum -= 1 / x
	}
	z := 1 / (x * x)
	series := z * (1.0/12 - z*(1.0/120-z*(1.0/252-z*(1.0/240-z*(1.0/132-z*(691.0/32760-z/12))))))
	return sum + math.Log(x) - 0.5/x - series
}

// trigamma is Σ 1/(x+k)²: by reflection for x < ½, by recurrence up to 10, and from there by the asymptotic
// series (Abramowitz and Stegun 1964, 6.4.7, 6.4.6 and 6.4.12).
func trigamma(x float64) float64 {
	if x < 0.5 {
		s := math.Sin(math.Pi * x) // which isn't quite 0 at the poles but at 0 itself, as PyTorch's
		return math.Pi*math.Pi/(s*s) - trigamma(1-x)
	}
	if math.IsInf(x, 1) {
		return 0
	}
	sum := 0.0
	for ; x < 10; x++ {
		sum += 1 / (x * x)
	}
	z := 1 / (x * x)
	series := 1.0/6 + z*(-1.0/30+z*(1.0/42+z*(-1.0/30+z*(5.0/66+z*(-691.0/2730+z*7.0/6)))))
	return sum + 1/x + z/2 + z/x*series
}

// binaryMath returns the less common functions of two numbers.
func binaryMath(op backend.BinaryOp) func(x, y float64) float64 {
	switch op {
	case backend.Atan2:
		return math.Atan2
	case backend.Hypot:
		return math.Hypot
	case backend.FMod:
		return math.Mod
	case backend.FloorDiv:
		return floorDiv
	case backend.CopySign:
		return math.Copysign
	case backend.Zeta:
		return zeta
	}
	return nil
}

// zeta is the library's, where that has numbers.
func zeta(s, q float64) float64 {
	switch {
	case math.IsNaN(s), math.IsNaN(q), s < 1:
		return math.NaN()
	case s == 1, q <= 0 && q == math.Floor(q): // the poles
		return math.Inf(1)
	case q < 0 && (s != math.Floor(s) || math.IsInf(s, 1)):
		return math.NaN()
	case q > 1 && math.Pow(q, -s) == 0: // all terms vanish
		return 0
	case math.IsInf(s, 1):
		return math.Pow(q, -s)
	}
	return mathext.Zeta(s, q)
}

// floorDiv is CPython's: the quotient less the remainder's share is nearly whole, and is rounded to be so.
// Rounding x/y down instead would be one off where x/y is rounded up to a whole number.
func floorDiv(x, y float64) float64 {
	if y == 0 {
		return x / y
	}
	m := math.Mod(x, y)
	q := (x - m) / y
	if m != 0 && (m < 0) != (y < 0) {
		q--
	}
	if q == 0 {
		return math.Copysign(0, x/y)
	}
	f := math.Floor(q)
	if q-f > 0.5 {
		f++
	}
	return f
}

// intMath returns the less common functions of two integers. No divisor is 0.
func intMath[T int64 | int32 | int8 | uint8](op backend.BinaryOp) binaryKernel[T] {
	var f func(x, y T) T
	switch op {
	case backend.FMod:
		f = func(x, y T) T { return x % y }
	case backend.FloorDiv:
		f = func(x, y T) T {
			q := x / y
			if x%y != 0 && (x < 0) != (y < 0) {
				q--
			}
			return q
		}
	case backend.BitAnd:
		f = func(x, y T) T { return x & y }
	case backend.BitOr:
		f = func(x, y T) T { return x | y }
	case backend.BitXor:
		f = func(x, y T) T { return x ^ y }
	case backend.GCD:
		f = func(x, y T) T { return T(gcd(int64(x), int64(y))) }
	case backend.LeftShift:
		f = func(x, y T) T {
			if y < 0 {
				return 0
			}
			return T(int64(x) << y)
		}
	case backend.RightShift:
		f = func(x, y T) T {
			if y < 0 {
				y = 63
			}
			return x >> y
		}
	default:
		return nil
	}
	return func(dst, x, y []T) {
		for i := range dst {
			dst[i] = f(x[i], y[i])
		}
	}
}

// gcd is Euclid's.
func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}
