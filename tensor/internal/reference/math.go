package reference

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/rustygradients/rg/tensor/backend"
)

var unaryMath = map[backend.UnaryOp]func(float64) float64{
	backend.Tan: math.Tan, backend.Asin: math.Asin, backend.Acos: math.Acos, backend.Atan: math.Atan,
	backend.Sinh: math.Sinh, backend.Cosh: math.Cosh, backend.Asinh: math.Asinh, backend.Acosh: math.Acosh,
	backend.Atanh: math.Atanh, backend.Log2: math.Log2, backend.Log10: math.Log10, backend.Log1p: math.Log1p,
	backend.Exp2: math.Exp2, backend.Expm1: math.Expm1, backend.Trunc: math.Trunc, backend.Erfc: math.Erfc,
	backend.ErfInv: math.Erfinv, backend.LGamma: lgamma, backend.Digamma: digamma, backend.Trigamma: trigamma,
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	if math.IsInf(x, -1) {
		return math.Inf(1)
	}
	return v
}

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
	for ; x < 1000; x++ { // where two terms of the asymptotic series are enough
		sum -= 1 / x
	}
	z := 1 / (x * x)
	return sum + math.Log(x) - 0.5/x - z/12 + z*z/120
}

// trigamma is Hurwitz's zeta function at 2, which the library has for positive numbers.
func trigamma(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x == 0:
		return math.Inf(1)
	case x < 0:
		s := math.Sin(math.Pi * x) // not quite 0 at the poles
		return math.Pi*math.Pi/(s*s) - trigamma(1-x)
	case math.IsInf(x, 1):
		return 0
	}
	return mathext.Zeta(2, x)
}

// floorDiv finds the whole number q with x − q·y between 0 and y, from the quotient that is nearly one.
func floorDiv(x, y float64) float64 {
	if y == 0 {
		return x / y
	}
	m := math.Mod(x, y)
	q := math.Round((x - m) / y)
	if math.IsNaN(m) {
		q = math.NaN()
	}
	if m != 0 && math.Signbit(m) != math.Signbit(y) {
		q--
	}
	if q == 0 {
		q = math.Copysign(0, x/y)
	}
	return q
}

// zeta adds up terms, and what follows after as an integral (Euler and Maclaurin).
func zeta(s, q float64) float64 {
	switch {
	case math.IsNaN(s), math.IsNaN(q), s < 1:
		return math.NaN()
	case s == 1, q <= 0 && q == math.Floor(q):
		return math.Inf(1)
	case q < 0 && (s != math.Floor(s) || math.IsInf(s, 1)):
		return math.NaN()
	}
	sum := 0.0
	for range 300 {
		term := math.Pow(q, -s)
		sum += term
		if q > 0 && term <= 1e-20*sum {
			return sum
		}
		q++
	}
	power := math.Pow(q, -s)
	return sum + power*q/(s-1) + power/2 + s*power/q/12 - s*(s+1)*(s+2)*power/(q*q*q)/720
}
