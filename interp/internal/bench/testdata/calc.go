// program: a calculator: a formula is split into tokens, compiled for a stack machine and run for 1,000 values.
package main

type kind int

const (
	number kind = iota
	name
	operator
	end
)

type token struct {
	kind  kind
	value int
	op    byte
}

type op int

const (
	push op = iota
	load
	add
	sub
	mul
	div
	mod
)

type instruction struct {
	op  op
	arg int
}

type parser struct {
	text string
	pos  int
	tok  token
	code []instruction
}

func (p *parser) next() {
	for p.pos < len(p.text) && p.text[p.pos] == ' ' {
		p.pos++
	}
	if p.pos == len(p.text) {
		p.tok = token{kind: end}
		return
	}
	switch c := p.text[p.pos]; {
	case c >= '0' && c <= '9':
		v := 0
		for p.pos < len(p.text) && p.text[p.pos] >= '0' && p.text[p.pos] <= '9' {
			v = 10*v + int(p.text[p.pos]-'0')
			p.pos++
		}
		p.tok = token{kind: number, value: v}
	case c >= 'a' && c <= 'z':
		p.pos++
		p.tok = token{kind: name, value: int(c - 'a')}
	default:
		p.pos++
		p.tok = token{kind: operator, op: c}
	}
}

func (p *parser) emit(o op, arg int) { p.code = append(p.code, instruction{o, arg}) }

func (p *parser) factor() {
	t := p.tok
	p.next()
	switch {
	case t.kind == number:
		p.emit(push, t.value)
	case t.kind == name:
		p.emit(load, t.value)
	case t.op == '(':
		p.sum()
		p.next()
	default:
		panic("syntax error at " + p.text[p.pos:])
	}
}

var products = map[byte]op{'*': mul, '/': div, '%': mod}

func (p *parser) product() {
	p.factor()
	for p.tok.kind == operator {
		o, ok := products[p.tok.op]
		if !ok {
			return
		}
		p.next()
		p.factor()
		p.emit(o, 0)
	}
}

func (p *parser) sum() {
	p.product()
	for p.tok.kind == operator && (p.tok.op == '+' || p.tok.op == '-') {
		o := add
		if p.tok.op == '-' {
			o = sub
		}
		p.next()
		p.product()
		p.emit(o, 0)
	}
}

type machine struct {
	stack [32]int
	vars  [26]int
}

func (m *machine) run(code []instruction) int {
	sp := 0
	for _, in := range code {
		switch in.op {
		case push:
			m.stack[sp] = in.arg
			sp++
			continue
		case load:
			m.stack[sp] = m.vars[in.arg]
			sp++
			continue
		}
		sp--
		a, b := m.stack[sp-1], m.stack[sp]
		switch in.op {
		case add:
			a += b
		case sub:
			a -= b
		case mul:
			a *= b
		case div:
			a /= b
		case mod:
			a %= b
		}
		m.stack[sp-1] = a
	}
	return m.stack[0]
}

func run(n int) int {
	s := 0
	for range n {
		p := &parser{text: "(x + 3) * (y - 2) / (x % 7 + 1) + 12 * x - (y + x * (3 + y)) % 1000"}
		p.next()
		p.sum()
		m := &machine{}
		for x := range 1000 {
			m.vars['x'-'a'] = x
			m.vars['y'-'a'] = x / 2
			s += m.run(p.code)
		}
	}
	return s
}
