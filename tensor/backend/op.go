package backend

// UnaryOp is an element-wise function of one operand.
type UnaryOp uint8

// BinaryOp is an element-wise function of two operands.
type BinaryOp uint8

// ReduceOp folds elements into one.
type ReduceOp uint8

// The unary operations.
const (
	Neg UnaryOp = iota
	Abs
	Sign
	Exp
	Log
	Sqrt
	Rsqrt
	Reciprocal
	Sin
	Cos
	Tanh
	Sigmoid
	ReLU
	Erf
	Square
	Floor
	Ceil
	Round // half to even, as torch
	Not   // logical; writes Bool
	IsNaN // writes Bool
	Tan
	Asin
	Acos
	Atan
	Sinh
	Cosh
	Asinh
	Acosh
	Atanh
	Log2
	Log10
	Log1p // log(1 + x), exact near 0
	Exp2
	Expm1 // eˣ − 1, exact near 0
	Trunc // towards zero
	Erfc
	ErfInv
	LGamma   // log |Γ(x)|
	Digamma  // its derivative; NaN at the negative whole numbers, −∞ or ∞ at the zeros
	Trigamma // and that one's
	unaryEnd
)

// The binary operations.
const (
	Add BinaryOp = iota
	Sub
	Mul
	Div
	Pow
	Maximum
	Minimum
	Mod // sign of the divisor, as Python and torch.remainder
	Equal
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	And
	Or
	Xor
	Atan2 // the angle of the point (y, x)
	Hypot
	FMod     // sign of the dividend, as C and torch.fmod
	FloorDiv // rounded down, as Python's // and torch.floor_divide
	CopySign
	BitAnd // of integers, as the two that follow
	BitOr
	BitXor
	GCD        // of integers: what both are multiples of, not negative but where that doesn't fit
	LeftShift  // of integers, as the next: by 64 bits or more, or by less than none, it is 0
	RightShift // with the sign, which is what is left then
	Zeta       // Hurwitz's Σ (y + k)⁻ˣ of floats: NaN for x < 1, and ∞ at the poles
	binaryEnd
)

// The reductions.
const (
	Sum ReduceOp = iota
	Prod
	Max
	Min
	ArgMax
	ArgMin
	Any
	All
	reduceEnd
)

var (
	unaryNames = [...]string{
		"neg", "abs", "sign", "exp", "log", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tanh", "sigmoid",
		"relu", "erf", "square", "floor", "ceil", "round", "not", "isnan",
		"tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "log2", "log10", "log1p", "exp2", "expm1", "trunc",
		"erfc", "erfinv", "lgamma", "digamma", "trigamma",
	}
	binaryNames = [...]string{
		"add", "sub", "mul", "div", "pow", "maximum", "minimum", "mod", "eq", "ne", "lt", "le", "gt", "ge",
		"and", "or", "xor", "atan2", "hypot", "fmod", "floordiv", "copysign", "bitand", "bitor", "bitxor", "gcd", "leftshift", "rightshift", "zeta",
	}
	reduceNames = [...]string{"sum", "prod", "max", "min", "argmax", "argmin", "any", "all"}
)

func (o UnaryOp) String() string  { return unaryNames[o] }
func (o BinaryOp) String() string { return binaryNames[o] }
func (o ReduceOp) String() string { return reduceNames[o] }

// IsComparison reports whether the operation writes Bool whatever it reads.
func (o BinaryOp) IsComparison() bool { return o >= Equal && o <= GreaterEqual }

// UnaryOps, BinaryOps and ReduceOps list every operation, for tables and conformance tests.
func UnaryOps() []UnaryOp   { return all[UnaryOp](int(unaryEnd)) }
func BinaryOps() []BinaryOp { return all[BinaryOp](int(binaryEnd)) }
func ReduceOps() []ReduceOp { return all[ReduceOp](int(reduceEnd)) }

func all[T ~uint8](n int) []T {
	ops := make([]T, n)
	for i := range ops {
		ops[i] = T(i)
	}
	return ops
}
