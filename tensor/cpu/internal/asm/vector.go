package asm

// Vector is routines over contiguous elements. n is a multiple of 32 and not 0; dst may be
// an operand.
type Vector struct {
	Exp func(n int, dst, x *float32) // e^x[i]; NaN, infinities and overflow as they should be

	Add, Sub, Mul, Div func(n int, dst, x, y *float32)

	Affine   func(n int, dst, x *float32, a, b float32)         // a·x[i] + b
	Logistic func(n int, dst, x *float32)                       // 1/(1 + x[i])
	Sum      func(n int, x *float32) float64                    // added in float64
	Max      func(n int, x *float32) (largest float32, nan int) // nan is not 0 if there is one; it is no candidate
	AdamW    func(n int, p, g, m, v *float32, c *float32)       // c points to an AdamW
}

// AdamW is the numbers of one step: with g scaled,
//
//	m ← Beta1·m + Rest1·g
//	v ← Beta2·v + Rest2·g²
//	p ← Keep·p − Step·m/(√v·Root + Eps)
type AdamW struct {
	Beta1, Rest1, Beta2, Rest2, Scale, Keep, Step, Root, Eps float32
}
