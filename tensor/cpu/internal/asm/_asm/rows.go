package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The routines of this file are the passes that fused operations make over a row, for any number of elements.

// pass begins a routine; params are in the order of the signature. It returns the streams of the operands.
func pass(name, signature, doc string, operands ...string) []stream {
	symbol := "s" + name + suffix()
	TEXT(symbol, NOSPLIT, signature)
	Pragma("noescape")
	Doc(symbol+" "+doc, "The Go loop that it stands for is s"+name+"Go.")
	s := make([]stream, len(operands))
	for i, p := range operands {
		s[i] = stream{p: param(p)}
	}
	return s
}

// scalar is a float32 parameter in every element.
func scalar(name string) value {
	y := vec()
	VBROADCASTSS(address(Param(name)), y)
	return value{r: []reg.VecVirtual{y, y, y, y}}
}

// field is number i of the float32s at p, in every element.
func field(p reg.GPVirtual, i int) value {
	y := vec()
	VBROADCASTSS(Mem{Base: p, Disp: 4 * i}, y)
	return value{r: []reg.VecVirtual{y, y, y, y}}
}

// sum is an accumulator of c.regs registers.
func (c code) sum() value {
	v := c.fresh()
	for _, r := range v.r {
		zeroVec(r)
	}
	return v
}

func zeroVec(r reg.VecVirtual) {
	if wide() {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
}

// only is x in the elements that there are, and 0 beyond.
func (c code) only(x value) value {
	if c.mask.k == nil && c.mask.r == nil {
		return x
	}
	return c.and(c.mask, x)
}

func (c code) accumulate(sum, x value) {
	c.each(func(u int) { VADDPS(x.r[u], sum.r[u], sum.r[u]) })
}

// total is the sum of the elements of an accumulator, in float64.
func total(v value) reg.VecVirtual {
	for _, r := range v.r[1:] {
		VADDPS(r, v.r[0], v.r[0])
	}
	sum := v.r[0]
	if wide() {
		upper := YMM()
		VEXTRACTF64X4(U8(1), sum, upper)
		sum = sum.AsY().(reg.VecVirtual)
		VADDPS(upper, sum, sum)
	}
	high, lo, hi := XMM(), YMM(), YMM()
	VEXTRACTF128(U8(1), sum, high)
	VCVTPS2PD(sum.AsX(), lo)
	VCVTPS2PD(high, hi)
	VADDPD(hi, lo, lo)
	VEXTRACTF128(U8(1), lo, high)
	VADDPD(high, lo.AsX(), high)
	VHADDPD(high, high, high)
	return high
}

// addWide writes acc[i] += x[i] in float64.
func addWide() {
	s := pass("addWide", "func(n int, acc *float64, x *float32)", "computes acc[i] += x[i].", "acc", "x")
	n, acc, x := param("n"), s[0].p, s[1].p
	CMPQ(n, U8(8))
	JLT(LabelRef("rest"))
	Label("loop")
	for i := range 2 {
		v := YMM()
		VCVTPS2PD(Mem{Base: x, Disp: 16 * i}, v)
		VADDPD(Mem{Base: acc, Disp: 32 * i}, v, v)
		VMOVUPD(v, Mem{Base: acc, Disp: 32 * i})
	}
	ADDQ(U8(32), x)
	ADDQ(U8(64), acc)
	SUBQ(U8(8), n)
	CMPQ(n, U8(8))
	JGE(LabelRef("loop"))
	Label("rest")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	Label("one")
	v := XMM()
	VMOVSS(Mem{Base: x}, v)
	VCVTSS2SD(v, v, v)
	VADDSD(Mem{Base: acc}, v, v)
	VMOVSD(v, Mem{Base: acc})
	ADDQ(U8(4), x)
	ADDQ(U8(8), acc)
	DECQ(n)
	JNZ(LabelRef("one"))
	Label("done")
	VZEROUPPER()
	RET()
}

func rows() {
	if !wide() {
		addWide()
	}
	s := pass("expSum", "func(n int, dst, x *float32, shift float32) float64", "computes dst[i] = e^(x[i]−shift) and returns their sum. No x[i]−shift is above 80.", "dst", "x")
	shift, c := scalar("shift"), code{regs: 2, keep: 5}
	acc := c.sum()
	c.finish = func() { storeFloat(total(acc), ReturnIndex(0)) }
	c.then = func(c code, out []value) { c.accumulate(acc, c.only(out[0])) }
	c.rare = &rarity{
		key:   func(c code, in []value) value { return c.expDownKey(c.sub(in[0], shift)) },
		limit: expDownLimit,
		full:  func(c code, in []value) value { return c.exp(c.sub(in[0], shift)) },
	}
	c.mapping(4, s[:1], s[1:], func(c code, in []value) []value { return []value{c.expDown(c.sub(in[0], shift))} })

	s = pass("moments", "func(n int, x *float32, shift float32) (sum, squares float64)", "returns Σ (x[i]−shift) and Σ (x[i]−shift)².", "x")
	shift2 := scalar("shift")
	c = code{regs: 4}
	sum2, squares2 := c.sum(), c.sum()
	c.finish = func() {
		storeFloat(total(sum2), Return("sum"))
		storeFloat(total(squares2), Return("squares"))
	}
	c.mapping(4, nil, s, func(c code, in []value) []value {
		d := c.only(c.sub(in[0], shift2))
		c.accumulate(sum2, d)
		c.each(func(u int) { VFMADD231PS(d.r[u], d.r[u], squares2.r[u]) })
		return nil
	})

	s = pass("slopes", "func(n int, x, grad *float32, mean float32) (sum, dot float64)", "returns Σ grad[i] and Σ grad[i]·(x[i]−mean).", "x", "grad")
	mean3 := scalar("mean")
	c = code{regs: 2}
	sum3, dot3 := c.sum(), c.sum()
	c.finish = func() {
		storeFloat(total(sum3), Return("sum"))
		storeFloat(total(dot3), Return("dot"))
	}
	c.mapping(4, nil, s, func(c code, in []value) []value {
		d := c.sub(in[0], mean3)
		c.accumulate(sum3, in[1])
		c.each(func(u int) { VFMADD231PS(d.r[u], in[1].r[u], dot3.r[u]) })
		return nil
	})

	s = pass("standardize", "func(n int, dst, x *float32, mean, scale, offset float32)", "computes dst[i] = (x[i]−mean)·scale + offset.", "dst", "x")
	mean4, scale4, offset4 := scalar("mean"), scalar("scale"), scalar("offset")
	code{regs: 4}.mapping(4, s[:1], s[1:], func(c code, in []value) []value {
		d := c.sub(in[0], mean4)
		c.each(func(u int) { VFMADD213PS(offset4.r[u], scale4.r[u], d.r[u]) })
		return []value{d}
	})

	s = pass("layerNorm", "func(n int, dst, x, weight, bias *float32, mean, scale float32)", "computes dst[i] = (x[i]−mean)·scale·weight[i] + bias[i].", "dst", "x", "weight", "bias")
	mean8, scale8 := scalar("mean"), scalar("scale")
	code{regs: 2}.mapping(4, s[:1], s[1:], func(c code, in []value) []value {
		d := c.mul(c.sub(in[0], mean8), scale8)
		c.each(func(u int) { VFMADD213PS(in[2].r[u], in[1].r[u], d.r[u]) })
		return []value{d}
	})

	s = pass("affine", "func(n int, dst, x *float32, a, b float32)", "computes dst[i] = a·x[i] + b.", "dst", "x")
	a5, b5 := scalar("a"), scalar("b")
	code{regs: 4}.mapping(4, s[:1], s[1:], func(c code, in []value) []value { return []value{c.fma(in[0], a5, b5)} })

	s = pass("normGrad", "func(n int, dst, x, grad, k *float32)", "computes dst[i] = (x[i]−k[0])·k[1] + (grad[i]−k[2])·k[3].", "dst", "x", "grad")
	p := param("k")
	k := []value{field(p, 0), field(p, 1), field(p, 2), field(p, 3)}
	code{regs: 2}.mapping(4, s[:1], s[1:], func(c code, in []value) []value {
		return []value{c.fma(c.sub(in[0], k[0]), k[1], c.mul(c.sub(in[1], k[2]), k[3]))}
	})

	s = pass("softmaxGrad", "func(n int, dst, y, grad *float32, sum float32)", "computes dst[i] = y[i]·(grad[i]−sum).", "dst", "y", "grad")
	sum6 := scalar("sum")
	code{regs: 2}.mapping(4, s[:1], s[1:], func(c code, in []value) []value { return []value{c.mul(in[0], c.sub(in[1], sum6))} })

	s = pass("logSoftmaxGrad", "func(n int, dst, y, grad *float32, sum float32)", "computes dst[i] = grad[i] − e^y[i]·sum. No y[i] is above 80.", "dst", "y", "grad")
	sum7 := scalar("sum")
	c = code{regs: 2, keep: 5}
	c.rare = &rarity{
		key:   func(c code, in []value) value { return c.expDownKey(in[0]) },
		limit: expDownLimit,
		full:  func(c code, in []value) value { return c.fnma(c.exp(in[0]), sum7, in[1]) },
	}
	c.mapping(4, s[:1], s[1:], func(c code, in []value) []value { return []value{c.fnma(c.expDown(in[0]), sum7, in[1])} })

	extreme("max", math.Inf(-1), maxPS)
	extreme("min", math.Inf(1), minPS)
	if !wide() { // which waits for memory
		adamW()
	}
}

// extreme writes the largest or the smallest element.
func extreme(name string, from float64, op instr) {
	s := pass(name, "func(n int, x *float32) (extreme float32, nan int)", "returns the "+name+" of the x[i] that are numbers, and whether there is one that is not (then nan is not 0).", "x")
	c := code{regs: 4}
	acc := c.copy(num(from))
	nan := vec()
	zeroVec(nan)
	c.finish = func() {
		r := acc.r[0]
		for _, other := range acc.r[1:] {
			op(other, r, r)
		}
		if wide() {
			upper := YMM()
			VEXTRACTF64X4(U8(1), r, upper)
			r = r.AsY().(reg.VecVirtual)
			op(upper, r, r)
		}
		x, y := r.AsX(), XMM()
		VEXTRACTF128(U8(1), r, y)
		op(y, x, x)
		VSHUFPS(U8(0x4e), x, x, y)
		op(y, x, x)
		VSHUFPS(U8(0xb1), x, x, y)
		op(y, x, x)
		storeFloat(x, Return("extreme"))
		any := GP32()
		if wide() {
			k := K()
			VPMOVD2M(nan, k)
			KMOVW(k, any)
		} else {
			VMOVMSKPS(nan, any)
		}
		Store(any.As64(), Return("nan"))
	}
	c.mapping(4, nil, s, func(c code, in []value) []value {
		x := in[0]
		if c.mask.k != nil || c.mask.r != nil {
			x = c.choose(c.mask, x, num(from))
		}
		u := c.and(c.cmp(unordered, x, x), bits32(1<<31))
		c.each(func(i int) {
			VORPS(u.r[i], nan, nan)
			op(acc.r[i], x.r[i], acc.r[i]) // of a NaN and a number the second is returned
		})
		return nil
	})
}

// adamW writes an optimizer's step.
func adamW() {
	s := pass("adamw", "func(n int, p, grad, m, v, c *float32)", "makes a step of AdamW with the numbers c, an *AdamW.", "p", "grad", "m", "v")
	numbers := param("c")
	k := make([]value, 9) // in the order of AdamW's fields
	for i := range k {
		k[i] = field(numbers, i)
	}
	beta1, rest1, beta2, rest2, scale, keep, step, root, eps := k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8]
	to := []stream{s[0], s[2], s[3]}
	for i := range to {
		p := GP64()
		MOVQ(to[i].p, p)
		to[i].p = p
	}
	code{regs: 1}.mapping(4, to, s, func(c code, in []value) []value {
		p, g, m, v := in[0], in[1], in[2], in[3]
		g = c.mul(g, scale)
		m = c.fma(g, rest1, c.mul(m, beta1))
		v = c.fma(c.mul(g, g), rest2, c.mul(v, beta2))
		d := c.fma(c.sqrt(v), root, eps)
		return []value{c.sub(c.mul(p, keep), c.div(c.mul(m, step), d)), m, v}
	})
}
