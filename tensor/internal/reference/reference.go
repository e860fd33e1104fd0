// Package reference is the backend as its interface's comments describe it, in the plainest Go: one
// element at a time, in float64 or int64. The conformance suite holds every other backend against it. It is
// far too slow for anything else.
package reference

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Backend is the reference.
type Backend struct{}

// New makes one.
func New() *Backend { return &Backend{} }

var _ backend.Backend = (*Backend)(nil)

// Name is what it is registered as, where it is.
func (*Backend) Name() string { return "reference" }

type storage struct {
	b   *Backend
	dt  dtype.DType
	raw []byte
}

func (s *storage) DType() dtype.DType       { return s.dt }
func (s *storage) Len() int                 { return len(s.raw) / s.dt.Size() }
func (s *storage) Backend() backend.Backend { return s.b }
func (s *storage) Free()                    { s.raw = nil }

// Alloc fills the storage with bytes that are no one's idea of zero, so that what reads undefined
// contents is found out.
func (b *Backend) Alloc(dt dtype.DType, n int) (backend.Storage, error) {
	switch dt {
	case dtype.Float32, dtype.Float64, dtype.Float16, dtype.BFloat16, dtype.Int64, dtype.Int32, dtype.Int8, dtype.Uint8, dtype.Bool:
	default:
		return nil, fmt.Errorf("reference: %s is not supported", dt)
	}
	if n > 1<<28 { // it is for tests
		return nil, fmt.Errorf("reference: %d elements are more than it holds", n)
	}
	s := &storage{b: b, dt: dt, raw: make([]byte, n*dt.Size())}
	for i := range s.raw {
		s.raw[i] = 0xff
		if dt == dtype.Bool {
			s.raw[i] = 1
		}
	}
	return s, nil
}

// Upload copies bytes in.
func (*Backend) Upload(dst backend.Storage, src []byte) error {
	if copy(dst.(*storage).raw, src) != len(dst.(*storage).raw) {
		return errors.New("reference: too few bytes")
	}
	return nil
}

// Download copies bytes out.
func (*Backend) Download(dst []byte, src backend.Storage) error {
	copy(dst, src.(*storage).raw)
	return nil
}

// Synchronize has nothing to wait for.
func (*Backend) Synchronize() error { return nil }

// value is an element: f for floats, i for integers and bools.
type value struct {
	f float64
	i int64
}

func (s *storage) get(at int) value {
	le := binary.LittleEndian
	switch s.dt {
	case dtype.Float32:
		return value{f: float64(math.Float32frombits(le.Uint32(s.raw[4*at:])))}
	case dtype.Float16:
		return value{f: float64(dtype.WidenFloat16(le.Uint16(s.raw[2*at:])))}
	case dtype.BFloat16:
		return value{f: float64(dtype.WidenBFloat16(le.Uint16(s.raw[2*at:])))}
	case dtype.Float64:
		return value{f: math.Float64frombits(le.Uint64(s.raw[8*at:]))}
	case dtype.Int64:
		return value{i: int64(le.Uint64(s.raw[8*at:]))}
	case dtype.Int32:
		return value{i: int64(int32(le.Uint32(s.raw[4*at:])))}
	case dtype.Int8:
		return value{i: int64(int8(s.raw[at]))}
	}
	return value{i: int64(s.raw[at])}
}

func (s *storage) set(at int, v value) {
	le := binary.LittleEndian
	switch s.dt {
	case dtype.Float32:
		le.PutUint32(s.raw[4*at:], math.Float32bits(float32(v.f)))
	case dtype.Float16:
		le.PutUint16(s.raw[2*at:], dtype.NarrowFloat16(float32(v.f)))
	case dtype.BFloat16:
		le.PutUint16(s.raw[2*at:], dtype.NarrowBFloat16(float32(v.f)))
	case dtype.Float64:
		le.PutUint64(s.raw[8*at:], math.Float64bits(v.f))
	case dtype.Int64:
		le.PutUint64(s.raw[8*at:], uint64(v.i))
	case dtype.Int32:
		le.PutUint32(s.raw[4*at:], uint32(v.i))
	case dtype.Bool:
		s.raw[at] = 0
		if v.i != 0 {
			s.raw[at] = 1
		}
	default:
		s.raw[at] = byte(v.i)
	}
}

// convert makes a value of one data type a value of another.
func convert(v value, from, to dtype.DType) value {
	switch {
	case to == dtype.Bool && from.IsFloat():
		return truth(v.f != 0)
	case from.IsFloat() && !to.IsFloat():
		return value{i: int64(v.f)}
	case !from.IsFloat() && to.IsFloat():
		return value{f: float64(v.i)}
	}
	return v
}

func truth(b bool) value {
	if b {
		return value{i: 1}
	}
	return value{}
}

// each calls f with every index of a shape, in row-major order.
func each(shape []int, f func(index []int)) {
	for _, d := range shape {
		if d == 0 {
			return
		}
	}
	index := make([]int, len(shape))
	for {
		f(index)
		a := len(shape) - 1
		for ; a >= 0; a-- {
			if index[a]++; index[a] < shape[a] {
				break
			}
			index[a] = 0
		}
		if a < 0 {
			return
		}
	}
}

func at(l backend.Layout, index []int) int {
	n := l.Offset
	for a, i := range index {
		n += i * l.Stride[a]
	}
	return n
}

func get(v backend.View, index []int) value    { return v.Storage.(*storage).get(at(v.Layout, index)) }
func set(v backend.View, index []int, x value) { v.Storage.(*storage).set(at(v.Layout, index), x) }

// Copy converts elements.
func (*Backend) Copy(dst, src backend.View) error {
	each(dst.Layout.Shape, func(i []int) {
		set(dst, i, convert(get(src, i), src.Storage.DType(), dst.Storage.DType()))
	})
	return nil
}

// Fill writes one value.
func (*Backend) Fill(dst backend.View, v float64) error {
	each(dst.Layout.Shape, func(i []int) { set(dst, i, convert(value{f: v}, dtype.Float64, dst.Storage.DType())) })
	return nil
}

// Unary applies a function to each element.
func (*Backend) Unary(op backend.UnaryOp, dst, x backend.View) error {
	float := x.Storage.DType().IsFloat()
	if !float && floatOnly[op] {
		return fmt.Errorf("reference: %s of %s is not supported", op, x.Storage.DType())
	}
	each(dst.Layout.Shape, func(i []int) {
		v := get(x, i)
		switch {
		case op == backend.Not:
			v = truth(v.i == 0)
		case op == backend.IsNaN:
			v = truth(float && math.IsNaN(v.f))
		case float:
			v = value{f: unaryFloat(op, v.f)}
		default:
			v = value{i: unaryInt(op, v.i)}
		}
		set(dst, i, v)
	})
	return nil
}

var floatOnly = map[backend.UnaryOp]bool{
	backend.Exp: true, backend.Log: true, backend.Sqrt: true, backend.Rsqrt: true, backend.Reciprocal: true, backend.Sin: true,
	backend.Cos: true, backend.Tanh: true, backend.Sigmoid: true, backend.Erf: true, backend.Floor: true, backend.Ceil: true,
	backend.Round: true, backend.Tan: true, backend.Asin: true, backend.Acos: true, backend.Atan: true, backend.Sinh: true,
	backend.Cosh: true, backend.Asinh: true, backend.Acosh: true, backend.Atanh: true, backend.Log2: true, backend.Log10: true,
	backend.Log1p: true, backend.Exp2: true, backend.Expm1: true, backend.Trunc: true, backend.Erfc: true, backend.ErfInv: true,
	backend.LGamma: true, backend.Digamma: true, backend.Trigamma: true,
}

func unaryFloat(op backend.UnaryOp, x float64) float64 {
	switch op {
	case backend.Neg:
		return -x
	case backend.Abs:
		return math.Abs(x)
	case backend.Sign:
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return 0 // of NaN too, as torch
	case backend.Exp:
		return math.Exp(x)
	case backend.Log:
		return math.Log(x)
	case backend.Sqrt:
		return math.Sqrt(x)
	case backend.Rsqrt:
		return 1 / math.Sqrt(x)
	case backend.Reciprocal:
		return 1 / x
	case backend.Sin:
		return math.Sin(x)
	case backend.Cos:
		return math.Cos(x)
	case backend.Tanh:
		return math.Tanh(x)
	case backend.Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case backend.ReLU:
		if x < 0 {
			return 0
		}
		return x
	case backend.Erf:
		return math.Erf(x)
	case backend.Square:
		return x * x
	case backend.Floor:
		return math.Floor(x)
	case backend.Ceil:
		return math.Ceil(x)
	case backend.Round:
		return math.RoundToEven(x)
	}
	if f := unaryMath[op]; f != nil {
		return f(x)
	}
	panic("reference: no unary " + op.String())
}

func unaryInt(op backend.UnaryOp, x int64) int64 {
	switch op {
	case backend.Neg:
		return -x
	case backend.Abs:
		return max(x, -x)
	case backend.Sign:
		return truth(x > 0).i - truth(x < 0).i
	case backend.ReLU:
		return max(x, 0)
	case backend.Square:
		return x * x
	}
	panic("reference: no integer unary " + op.String())
}

// Binary applies a function to each pair.
func (*Backend) Binary(op backend.BinaryOp, dst, x, y backend.View) error {
	float := x.Storage.DType().IsFloat()
	each(dst.Layout.Shape, func(i []int) {
		a, b := get(x, i), get(y, i)
		switch {
		case op.IsComparison() && float:
			set(dst, i, truth(compare(op, a.f, b.f)))
		case op.IsComparison():
			set(dst, i, truth(compare(op, a.i, b.i)))
		case float:
			set(dst, i, value{f: binaryFloat(op, a.f, b.f)})
		default:
			set(dst, i, value{i: binaryInt(op, a.i, b.i)})
		}
	})
	return nil
}

func compare[T int64 | float64](op backend.BinaryOp, a, b T) bool {
	switch op {
	case backend.Equal:
		return a == b
	case backend.NotEqual:
		return a != b
	case backend.Less:
		return a < b
	case backend.LessEqual:
		return a <= b
	case backend.Greater:
		return a > b
	}
	return a >= b
}

func binaryFloat(op backend.BinaryOp, a, b float64) float64 {
	switch op {
	case backend.Add:
		return a + b
	case backend.Sub:
		return a - b
	case backend.Mul:
		return a * b
	case backend.Div:
		return a / b
	case backend.Pow:
		return math.Pow(a, b)
	case backend.Maximum:
		return max(a, b) // NaN wins over everything
	case backend.Minimum:
		return min(a, b)
	case backend.Mod:
		if m := math.Mod(a, b); m != 0 && (m < 0) != (b < 0) {
			return m + b
		} else {
			return m
		}
	case backend.Atan2:
		return math.Atan2(a, b)
	case backend.Hypot:
		return math.Hypot(a, b)
	case backend.FMod:
		return math.Mod(a, b)
	case backend.FloorDiv:
		return floorDiv(a, b)
	case backend.CopySign:
		return math.Copysign(a, b)
	case backend.Zeta:
		return zeta(a, b)
	}
	panic("reference: no float binary " + op.String())
}

func binaryInt(op backend.BinaryOp, a, b int64) int64 {
	switch op {
	case backend.Add:
		return a + b
	case backend.Sub:
		return a - b
	case backend.Mul:
		return a * b
	case backend.Maximum:
		return max(a, b)
	case backend.Minimum:
		return min(a, b)
	case backend.Mod:
		m := a % b
		if m != 0 && (m < 0) != (b < 0) {
			m += b
		}
		return m
	case backend.Pow:
		if b < 0 {
			return int64(math.Pow(float64(a), float64(b))) // cut
		}
		p := int64(1)
		for range b {
			p *= a
		}
		return p
	case backend.FMod:
		return a % b
	case backend.FloorDiv:
		return int64(math.Floor(float64(a) / float64(b))) // of the small numbers that are tested
	case backend.And, backend.BitAnd:
		return a & b
	case backend.Or, backend.BitOr:
		return a | b
	case backend.Xor, backend.BitXor:
		return a ^ b
	case backend.GCD:
		for d := max(a, -a, b, -b); d > 0; d-- {
			if a%d == 0 && b%d == 0 {
				return d
			}
		}
		return 0
	case backend.LeftShift:
		if b < 0 {
			return 0
		}
		for range min(b, 64) {
			a *= 2
		}
		return a
	case backend.RightShift:
		if b < 0 {
			b = 64
		}
		for range min(b, 64) {
			a = (a - a&1) / 2
		}
		return a
	}
	panic("reference: no integer binary " + op.String())
}

// Where picks elements.
func (*Backend) Where(dst, cond, x, y backend.View) error {
	each(dst.Layout.Shape, func(i []int) {
		if get(cond, i).i != 0 {
			set(dst, i, get(x, i))
		} else {
			set(dst, i, get(y, i))
		}
	})
	return nil
}

// Reduce folds axes.
func (*Backend) Reduce(op backend.ReduceOp, dst, x backend.View, axes ...int) error {
	from := x.Storage.DType()
	float := from.IsFloat()
	folded := make([]bool, x.Layout.Rank())
	for _, a := range axes {
		folded[a] = true
	}
	var inner []int // the shape of what is folded into one element
	for a, d := range x.Layout.Shape {
		inner = append(inner, 1)
		if folded[a] {
			inner[a] = d
		}
	}
	each(dst.Layout.Shape, func(o []int) {
		var acc, best value
		n := int64(0)
		if op == backend.Prod || op == backend.All {
			acc = value{1, 1}
		}
		each(inner, func(i []int) {
			where := make([]int, len(i))
			for a := range i {
				where[a] = o[a] + i[a]
			}
			v := get(x, where)
			switch op {
			case backend.Sum:
				acc = value{acc.f + v.f, acc.i + v.i}
			case backend.Prod:
				acc = value{acc.f * v.f, acc.i * v.i}
			case backend.Any:
				acc.i |= v.i
			case backend.All:
				acc.i &= v.i
			case backend.Max, backend.ArgMax, backend.Min, backend.ArgMin:
				sign := 1.0
				if op == backend.Min || op == backend.ArgMin {
					sign = -1
				}
				var better bool
				switch {
				case n == 0:
					better = true
				case float:
					better = !math.IsNaN(best.f) && (math.IsNaN(v.f) || sign*v.f > sign*best.f)
				default:
					better = sign > 0 && v.i > best.i || sign < 0 && v.i < best.i
				}
				if better {
					best, acc = v, v
					if op == backend.ArgMax || op == backend.ArgMin {
						acc = value{i: n}
					}
				}
			}
			n++
		})
		set(dst, o, acc)
	})
	return nil
}

// MatMul multiplies matrices.
func (*Backend) MatMul(dst, x, y backend.View) error {
	r := x.Layout.Rank()
	inner := x.Layout.Shape[r-1]
	each(dst.Layout.Shape, func(o []int) {
		var acc value
		i, j := append([]int(nil), o...), append([]int(nil), o...)
		for k := range inner {
			i[r-1], j[r-2] = k, k
			a, b := get(x, i), get(y, j)
			acc = value{acc.f + a.f*b.f, acc.i + a.i*b.i}
		}
		set(dst, o, acc)
	})
	return nil
}

// Gather reads by index.
func (*Backend) Gather(dst, x, idx backend.View, axis int) (err error) {
	each(dst.Layout.Shape, func(o []int) {
		i := append([]int(nil), o...)
		i[axis] = int(get(idx, o).i)
		if n := x.Layout.Shape[axis]; i[axis] < 0 || i[axis] >= n {
			err = fmt.Errorf("reference: index %d is out of range for size %d", i[axis], n)
			return
		}
		set(dst, o, get(x, i))
	})
	return err
}

// ScatterAdd adds by index. Floats are rounded once, when all that goes to an element has been added.
func (*Backend) ScatterAdd(dst, src, idx backend.View, axis int) (err error) {
	type place struct {
		index []int
		sum   value
	}
	sums := map[int]*place{}
	each(src.Layout.Shape, func(o []int) {
		i := append([]int(nil), o...)
		i[axis] = int(get(idx, o).i)
		if n := dst.Layout.Shape[axis]; i[axis] < 0 || i[axis] >= n {
			err = fmt.Errorf("reference: index %d is out of range for size %d", i[axis], n)
			return
		}
		p := sums[at(dst.Layout, i)]
		if p == nil {
			p = &place{i, get(dst, i)}
			sums[at(dst.Layout, i)] = p
		}
		b := get(src, o)
		p.sum = value{p.sum.f + b.f, p.sum.i + b.i}
	})
	for _, p := range sums {
		set(dst, p.index, p.sum)
	}
	return err
}

// Random draws each element by itself.
func (*Backend) Random(dst backend.View, d backend.Distribution, seed, offset uint64) error {
	n := 0
	dt := dst.Storage.DType()
	each(dst.Layout.Shape, func(i []int) {
		set(dst, i, convert(value{f: d.Draw(seed, offset, n, dt)}, dtype.Float64, dt))
		n++
	})
	return nil
}
