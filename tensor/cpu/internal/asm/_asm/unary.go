package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
)

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// routine is one that the tables of package asm list.
type routine struct{ table, dtype, op, symbol string }

var routines []routine

// text begins a routine and lists it.
func text(table, dtype, op, signature string, doc ...string) {
	symbol := lowerFirst(dtype) + op + suffix()
	routines = append(routines, routine{table, dtype, op, symbol})
	TEXT(symbol, NOSPLIT, signature)
	Pragma("noescape")
	Doc(append([]string{symbol + " " + doc[0]}, doc[1:]...)...)
}

// unary writes dst[i] = f(x[i]).
func unary(dtype, op string, size int, c code, f func(c code, x value) value) {
	text("Unary", dtype, op, "func(n int, dst, x *byte)", "computes dst[i] = "+op+"(x[i]) for n elements. The Go loop that it stands for is in package cpu, unary.go.")
	dst, x := stream{p: param("dst")}, stream{p: param("x")}
	c.mapping(size, []stream{dst}, []stream{x}, func(c code, in []value) []value { return []value{f(c, in[0])} })
}

// periodic writes a function that is good to |x| < 2³⁰; where there is more, the routine returns how many elements
// are left.
func periodic(op string, c code, f func(c code, x value) value) {
	text("Periodic", "Float32", op, "func(n int, dst, x *byte) (left int)", "computes dst[i] = "+op+"(x[i]) for n elements, up to a group with |x[i]| ≥ 2³⁰. The Go loop that", "it stands for is in package cpu, unary.go.")
	dst, x := stream{p: param("dst")}, stream{p: param("x")}
	c.guard = func(c code, in []value) value { return c.cmp(ge, c.abs(in[0]), num(1<<30)) }
	c.mapping(4, []stream{dst}, []stream{x}, func(c code, in []value) []value { return []value{f(c, in[0])} })
}

func unaries() {
	c := func(f func(c code, x value) value, op string, regs int) { unary("Float32", op, 4, code{regs: regs}, f) }
	// one makes a formula of a number of those of a code and what it has loaded.
	one := func(f func(c code, x value) value) func(c code, in []value) value {
		return func(c code, in []value) value { return f(c, in[0]) }
	}
	c(code.neg, "Neg", 4)
	c(code.abs, "Abs", 4)
	c(code.sqrt, "Sqrt", 4)
	c(func(c code, x value) value { return c.div(num(1), c.sqrt(x)) }, "Rsqrt", 4)
	c(func(c code, x value) value { return c.div(num(1), x) }, "Reciprocal", 4)
	c(func(c code, x value) value { return c.mul(x, x) }, "Square", 4)
	c(func(c code, x value) value { return c.max(num(0), x) }, "ReLU", 4)
	c(func(c code, x value) value { // ±1 with the sign of x, where x is not 0 or NaN
		return c.and(c.or(c.sign(x), num(1)), c.or(c.cmp(lt, x, num(0)), c.cmp(gt, x, num(0))))
	}, "Sign", 2)
	for _, r := range []struct {
		op  string
		way uint8
	}{{"Floor", down}, {"Ceil", up}, {"Round", nearest}, {"Trunc", towardsZero}} {
		c(func(c code, x value) value { return c.round(r.way, x) }, r.op, 4)
	}
	unary("Float32", "Exp", 4, code{regs: 2, keep: 8, rare: below(expLimit, one(code.exp))}, code.expFast)
	unary("Float32", "Exp2", 4, code{regs: 2, keep: 6, rare: below(126, one(code.exp2))}, code.exp2Fast)
	c(code.expm1, "Expm1", 2)
	unary("Float32", "Log", 4, code{regs: 2, keep: 6, rare: logRare(code.log)}, func(c code, x value) value { return c.logOf(c.logPartsFast(x)) })
	unary("Float32", "Log2", 4, code{regs: 2, keep: 6, rare: logRare(code.log2)}, func(c code, x value) value { return c.log2Of(c.logPartsFast(x)) })
	unary("Float32", "Log10", 4, code{regs: 2, keep: 6, rare: logRare(code.log10)}, func(c code, x value) value { return c.log10Of(c.logPartsFast(x)) })
	c(code.log1p, "Log1p", 1)
	unary("Float32", "Sigmoid", 4, code{regs: 3, keep: 4, rare: below(expLimit, one(code.sigmoidFull))}, code.sigmoid)
	unary("Float32", "Tanh", 4, code{regs: 2, keep: 4}, code.tanh)
	c(code.sinh, "Sinh", 2)
	c(code.cosh, "Cosh", 2)
	c(code.asinh, "Asinh", 1)
	c(code.acosh, "Acosh", 1)
	c(code.atanh, "Atanh", 1)
	c(code.atan, "Atan", 1)
	c(code.asin, "Asin", 1)
	c(code.acos, "Acos", 1)
	unary("Float32", "Erf", 4, code{regs: 3, keep: 3}, code.erf)
	periodic("Sin", code{regs: sinRegs(), keep: 3, rare: below(quadrantLimit, one(code.sinFull))}, code.sin)
	periodic("Cos", code{regs: 2, keep: 3, rare: below(quadrantLimit, one(code.cosFull))}, code.cos)
	periodic("Tan", code{regs: 1}, code.tan)
	if wide() {
		return
	}
	d := func(op string, f func(c code, x value) value) { unary("Float64", op, 8, code{regs: 4}, f) }
	d("Neg", func(c code, x value) value { return c.xor(x, bits64(1<<63)) })
	d("Abs", func(c code, x value) value { return c.and(x, bits64(1<<63-1)) })
	d("Sqrt", code.sqrt64)
	d("Rsqrt", func(c code, x value) value { return c.do(divPD, num64(1), c.sqrt64(x)) })
	d("Reciprocal", func(c code, x value) value { return c.do(divPD, num64(1), x) })
	d("Square", func(c code, x value) value { return c.do(mulPD, x, x) })
	d("ReLU", func(c code, x value) value { return c.do(maxPD, num64(0), x) })
	doubles()
}

// activation writes dst[i] = f(x[i]) and dst[i] = g[i]·f′(x[i]), where |x[i]| is below a limit; full and gradFull are for the
// others.
func activation(op string, limit float64, c code, f, full func(c code, in []value) value, grad, gradFull func(c code, in []value) value) {
	text("Activation", "Float32", op, "func(n int, dst, x *byte)", "computes the activation "+op+" of n elements. The Go loop that it stands for is", "in package cpu, fast.go.")
	dst, x := stream{p: param("dst")}, stream{p: param("x")}
	c.rare = below(limit, full)
	c.mapping(4, []stream{dst}, []stream{x}, func(c code, in []value) []value { return []value{f(c, in)} })

	text("ActivationGrad", "Float32", op+"Grad", "func(n int, dst, x, grad *byte)", "computes grad[i] times the derivative of "+op+" at x[i], for n elements.", "The Go loop that it stands for is in package cpu, fast.go.")
	dst, x = stream{p: param("dst")}, stream{p: param("x")}
	g := stream{p: param("grad")}
	c = code{regs: 2, keep: 2, rare: below(limit, gradFull)}
	c.mapping(4, []stream{dst}, []stream{x, g}, func(c code, in []value) []value { return []value{grad(c, in)} })
}

func activations() {
	activation("GELU", 13, code{regs: 2, keep: 4},
		func(c code, in []value) value { return c.gelu(in[0]) }, func(c code, in []value) value { return c.geluFull(in[0]) },
		func(c code, in []value) value { return c.geluGrad(in[0], in[1]) }, func(c code, in []value) value { return c.geluGradFull(in[0], in[1]) })
	fast, full := denominator(code.onePlusExpRough), denominator(code.onePlusExpFull)
	parts, partsFull := sigmoids(code.logisticParts), sigmoids(code.logisticPartsFull)
	logistic := func(op string, limit float64, f func(c code, x value, d denominator) value, grad func(c code, x, g value, of sigmoids) value) {
		activation(op, limit, code{regs: 2, keep: 5},
			func(c code, in []value) value { return f(c, in[0], fast) }, func(c code, in []value) value { return f(c, in[0], full) },
			func(c code, in []value) value { return grad(c, in[0], in[1], parts) }, func(c code, in []value) value { return grad(c, in[0], in[1], partsFull) })
	}
	logistic("GELUTanh", geluTanhLimit, code.geluTanh, code.geluTanhGrad)
	logistic("SiLU", expLimit, code.silu, code.siluGrad)
}

// sinRegs is 1 in AVX-512, where avo finds no registers for two.
func sinRegs() int {
	if wide() {
		return 1
	}
	return 2
}
