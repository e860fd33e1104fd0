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
	symbol := lowerFirst(dtype) + op + "AVX2"
	routines = append(routines, routine{table, dtype, op, symbol})
	TEXT(symbol, NOSPLIT, signature)
	Pragma("noescape")
	Doc(append([]string{symbol + " " + doc[0]}, doc[1:]...)...)
}

// unary writes dst[i] = f(x[i]).
func unary(dtype, op string, size, regs int, f func(c code, x value) value) {
	text("Unary", dtype, op, "func(n int, dst, x *byte)", "computes dst[i] = "+op+"(x[i]) for n elements. The Go loop that it stands for is in package cpu, unary.go.")
	dst, x := stream{p: param("dst")}, stream{p: param("x")}
	code{regs: regs}.mapping(size, []stream{dst}, []stream{x}, func(c code, in []value) []value { return []value{f(c, in[0])} })
}

// periodic writes a function that is good to |x| < 2³⁰; where there is more, the routine returns how many elements
// are left.
func periodic(op string, f func(c code, x value) value) {
	text("Periodic", "Float32", op, "func(n int, dst, x *byte) (left int)", "computes dst[i] = "+op+"(x[i]) for n elements, up to a group with |x[i]| ≥ 2³⁰. The Go loop that", "it stands for is in package cpu, unary.go.")
	dst, x := stream{p: param("dst")}, stream{p: param("x")}
	guard := func(c code, in []value) value { return c.cmp(ge, c.abs(in[0]), num(1<<30)) }
	code{regs: 1, guard: guard}.mapping(4, []stream{dst}, []stream{x}, func(c code, in []value) []value { return []value{f(c, in[0])} })
}

func unaries() {
	c := func(f func(c code, x value) value, op string, regs int) { unary("Float32", op, 4, regs, f) }
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
	c(code.exp, "Exp", 2)
	c(code.exp2, "Exp2", 2)
	c(code.expm1, "Expm1", 2)
	c(code.log, "Log", 2)
	c(code.log2, "Log2", 2)
	c(code.log10, "Log10", 2)
	c(code.log1p, "Log1p", 1)
	c(code.sigmoid, "Sigmoid", 2)
	c(code.tanh, "Tanh", 2)
	c(code.sinh, "Sinh", 2)
	c(code.cosh, "Cosh", 2)
	c(code.asinh, "Asinh", 1)
	c(code.acosh, "Acosh", 1)
	c(code.atanh, "Atanh", 1)
	c(code.atan, "Atan", 1)
	c(code.asin, "Asin", 1)
	c(code.acos, "Acos", 1)
	c(code.erf, "Erf", 1)
	periodic("Sin", code.sin)
	periodic("Cos", code.cos)
	periodic("Tan", code.tan)
	d := func(op string, f func(c code, x value) value) { unary("Float64", op, 8, 4, f) }
	d("Neg", func(c code, x value) value { return c.xor(x, bits64(1<<63)) })
	d("Abs", func(c code, x value) value { return c.and(x, bits64(1<<63-1)) })
	d("Sqrt", code.sqrt64)
	d("Rsqrt", func(c code, x value) value { return c.do(divPD, num64(1), c.sqrt64(x)) })
	d("Reciprocal", func(c code, x value) value { return c.do(divPD, num64(1), x) })
	d("Square", func(c code, x value) value { return c.do(mulPD, x, x) })
	d("ReLU", func(c code, x value) value { return c.do(maxPD, num64(0), x) })
}

// activation writes dst[i] = f(x[i]) and dst[i] = g[i]·f′(x[i]).
func activation(op string, regs int, f func(c code, x value) value, grad func(c code, x, g value) value) {
	text("Activation", "Float32", op, "func(n int, dst, x *byte)", "computes the activation "+op+" of n elements. The Go loop that it stands for is", "in package cpu, fast.go.")
	dst, x := stream{p: param("dst")}, stream{p: param("x")}
	code{regs: regs}.mapping(4, []stream{dst}, []stream{x}, func(c code, in []value) []value { return []value{f(c, in[0])} })

	text("ActivationGrad", "Float32", op+"Grad", "func(n int, dst, x, grad *byte)", "computes grad[i] times the derivative of "+op+" at x[i], for n elements.", "The Go loop that it stands for is in package cpu, fast.go.")
	dst, x = stream{p: param("dst")}, stream{p: param("x")}
	g := stream{p: param("grad")}
	code{regs: 1}.mapping(4, []stream{dst}, []stream{x, g}, func(c code, in []value) []value { return []value{grad(c, in[0], in[1])} })
}

func activations() {
	activation("GELU", 1, code.gelu, code.geluGrad)
	activation("GELUTanh", 2, code.geluTanh, code.geluTanhGrad)
	activation("SiLU", 2, code.silu, code.siluGrad)
}
