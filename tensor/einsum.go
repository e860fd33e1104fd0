package tensor

import (
	"slices"
	"strings"

	"github.com/rustygradients/rg/tensor/backend"
)

// Einsum sums products of elements as an equation says, in Einstein's notation: "bij,bjk->bik" multiplies
// batches of matrices. Each letter names an axis, upper and lower case apart. A letter that isn't on the right
// is summed over; one that comes twice in a term takes the diagonal; "..." stands for axes that are broadcast.
// Without an arrow the result has the axes of "..." and the letters that come once, in alphabetical order.
// Operands are contracted from left to right.
func Einsum(equation string, operands ...*Tensor) *Tensor {
	const op = "einsum"
	if len(operands) == 0 {
		panic(&Error{Op: op, Hint: "there are no operands"})
	}
	sameDevice(op, operands...)
	terms, result := parseEinsum(equation, operands)
	x := operands[0].named(terms[0], op, equation)
	for i, y := range operands[1:] {
		// A letter that neither the result nor a later operand has is summed over with this product.
		needed := result + strings.Join(terms[i+2:], "")
		x = contract(op, operands, x, y.named(terms[i+1], op, equation), needed)
	}
	return x.sumExcept(result).arrange(result)
}

// maxEllipsis is how many axes "..." may stand for. They are named by control characters.
const maxEllipsis = 16

// parseEinsum gives the letters of each operand and of the result, with "..." resolved.
func parseEinsum(equation string, operands []*Tensor) (terms []string, result string) {
	bad := func(format string, args ...any) {
		fail("einsum", operands, "%q "+format, append([]any{equation}, args...)...)
	}
	left, right, arrow := strings.Cut(strings.ReplaceAll(equation, " ", ""), "->")
	terms = strings.Split(left, ",")
	if len(terms) != len(operands) {
		bad("names %d operands, and there are %d", len(terms), len(operands))
	}
	widest := 0
	for i, term := range terms {
		letters := strings.Replace(term, "...", "", 1)
		for _, c := range letters {
			if !isLetter(c) {
				bad("has %q, which is no letter", c)
			}
		}
		rest := operands[i].Rank() - len(letters)
		switch ellipsis := letters != term; {
		case rest < 0, rest > 0 && !ellipsis:
			bad("names %d axes of operand %d, which has %d", len(letters), i, operands[i].Rank())
		case rest > maxEllipsis:
			bad("leaves %d axes to the ellipsis; at most %d", rest, maxEllipsis)
		case ellipsis:
			terms[i] = strings.Replace(term, "...", ellipsisNames(rest), 1)
			widest = max(widest, rest)
		}
	}
	all := strings.Join(terms, "")
	if !arrow {
		right = ellipsisNames(widest)
		letters := strings.Split(all, "")
		slices.Sort(letters)
		for _, c := range letters {
			if isLetter(rune(c[0])) && strings.Count(all, c) == 1 {
				right += c
			}
		}
		return terms, right
	}
	result = strings.Replace(right, "...", ellipsisNames(widest), 1)
	for i, c := range result {
		switch {
		case !isLetter(c) && int(c) > maxEllipsis:
			bad("has %q on the right, which is no letter", c)
		case !strings.ContainsRune(all, c):
			bad("has %q on the right only", c)
		case strings.IndexRune(result, c) != i:
			bad("has %q twice on the right", c)
		}
	}
	return terms, result
}

func isLetter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// ellipsisNames names n axes so that the last have the same name whatever n is, as broadcasting aligns them.
func ellipsisNames(n int) string {
	var b strings.Builder
	for i := n; i > 0; i-- {
		b.WriteByte(byte(i))
	}
	return b.String()
}

// named is a tensor with a letter for each axis, none twice.
type named struct {
	*Tensor
	names string
}

func (t *Tensor) named(names, op, equation string) named {
	for i := 0; i < len(names); i++ {
		for j := i + 1; j < len(names); {
			if names[i] != names[j] {
				j++
				continue
			}
			if t.layout.Shape[i] != t.layout.Shape[j] {
				fail(op, []*Tensor{t}, "%q takes the diagonal of axes of sizes %d and %d", equation, t.layout.Shape[i], t.layout.Shape[j])
			}
			t = t.Diagonal(0, i, j).MoveAxis(-1, i)
			names = names[:j] + names[j+1:]
		}
	}
	return named{t, names}
}

// sumExcept sums over the axes that aren't needed.
func (x named) sumExcept(needed string) named {
	var axes []int
	var kept strings.Builder
	for i := range len(x.names) {
		if strings.IndexByte(needed, x.names[i]) < 0 {
			axes = append(axes, i)
		} else {
			kept.WriteByte(x.names[i])
		}
	}
	if len(axes) == 0 {
		return x
	}
	return named{x.Sum(axes...), kept.String()}
}

// arrange puts the axes in order; those that are missing have size 1.
func (x named) arrange(names string) *Tensor {
	order := make([]int, 0, len(names))
	shape := make([]int, len(names))
	for i := range len(names) {
		shape[i] = 1
		if a := strings.IndexByte(x.names, names[i]); a >= 0 {
			order = append(order, a)
			shape[i] = x.layout.Shape[a]
		}
	}
	return x.Permute(order...).Reshape(shape...)
}

// contract multiplies two operands and sums over what isn't needed: by a batched matrix product of (batch,
// rows, inner) and (batch, inner, columns).
func contract(op string, operands []*Tensor, x, y named, needed string) named {
	backend.Poll()
	var batch, rows, inner, cols string
	size := map[byte]int{}
	for _, o := range []*named{&x, &y} {
		for i := range len(o.names) {
			c, d := o.names[i], o.layout.Shape[i]
			if was, ok := size[c]; ok && was != d && was != 1 && d != 1 {
				fail(op, operands, "axes of one name have sizes %d and %d", was, d)
			} else if !ok || was == 1 {
				size[c] = d
			}
		}
	}
	// What only one operand has and nobody needs is summed at once.
	x, y = x.sumExcept(needed+y.names), y.sumExcept(needed+x.names)
	// A size of 1 against another is broadcast.
	widen := func(o named) named {
		shape := make([]int, len(o.names))
		for i := range len(o.names) {
			shape[i] = size[o.names[i]]
		}
		return named{o.Expand(shape...), o.names}
	}
	for i := range len(x.names) {
		c := x.names[i]
		switch isShared, isNeeded := strings.IndexByte(y.names, c) >= 0, strings.IndexByte(needed, c) >= 0; {
		case isShared && isNeeded:
			batch += string(c)
		case isShared:
			inner += string(c)
		default:
			rows += string(c)
		}
	}
	for i := range len(y.names) {
		if c := y.names[i]; strings.IndexByte(x.names, c) < 0 {
			cols += string(c)
		}
	}
	x, y = widen(x), widen(y)
	count := func(names string) int {
		n := 1
		for i := range len(names) {
			n *= size[names[i]]
		}
		return n
	}
	b, m, k, n := count(batch), count(rows), count(inner), count(cols)
	names := batch + rows + cols
	shape := make([]int, len(names))
	for i := range len(names) {
		shape[i] = size[names[i]]
	}
	left := x.arrange(batch + rows + inner)
	right := y.arrange(batch + inner + cols)
	if k == 1 { // a product without sums, in any data type
		return named{left.Reshape(b, m, 1).Mul(right.Reshape(b, 1, n)).Reshape(shape...), names}
	}
	return named{left.Reshape(b, m, k).MatMul(right.Reshape(b, k, n)).Reshape(shape...), names}
}

// Outer is the product of every element of a vector with every one of another: (m,) and (n,) → (m, n).
func (t *Tensor) Outer(y *Tensor) *Tensor {
	if t.Rank() != 1 || y.Rank() != 1 {
		fail("outer", []*Tensor{t, y}, "takes two vectors; use Kron or Einsum for others")
	}
	return t.Unsqueeze(1).Mul(y)
}

// Kron is the Kronecker product: blocks of y, each scaled by an element of t. The shape is the product of
// the shapes, aligned at the last axis.
func (t *Tensor) Kron(y *Tensor) *Tensor {
	pair := atLeast(max(t.Rank(), y.Rank()), []*Tensor{t, y})
	var a, b, out []int
	for i := range pair[0].Rank() {
		m, n := pair[0].layout.Shape[i], pair[1].layout.Shape[i]
		a, b, out = append(a, m, 1), append(b, 1, n), append(out, m*n)
	}
	return pair[0].Reshape(a...).Mul(pair[1].Reshape(b...)).Reshape(out...)
}

// Cross is the vector product along an axis of size 3, with the others broadcast.
func (t *Tensor) Cross(y *Tensor, axis int) *Tensor {
	sameDevice("cross", t, y)
	if t.Rank() != y.Rank() || t.Dim(axis) != 3 || y.Dim(axis) != 3 {
		fail("cross", []*Tensor{t, y}, "takes operands of one rank whose axis %d has size 3", axis)
	}
	axis = t.axis("cross", axis)
	turn := func(x *Tensor, by int) *Tensor { return x.Roll(by, axis) }
	return promoted(func(x ...*Tensor) *Tensor {
		a, b := x[0], x[1]
		return turn(a, -1).Mul(turn(b, -2)).Sub(turn(a, -2).Mul(turn(b, -1)))
	}, t, y)
}

// TensorDot sums products over the last n axes of t and the first n of y.
func (t *Tensor) TensorDot(y *Tensor, n int) *Tensor {
	const op = "tensordot"
	sameDevice(op, t, y)
	if n < 0 || n > t.Rank() || n > y.Rank() || !slices.Equal(t.layout.Shape[t.Rank()-n:], y.layout.Shape[:n]) {
		fail(op, []*Tensor{t, y}, "the last %d axes and the first %[1]d must agree", n)
	}
	left, right := t.layout.Shape[:t.Rank()-n], y.layout.Shape[n:]
	k := product(y.layout.Shape[:n])
	out := t.Reshape(product(left), k).MatMul(y.Reshape(k, product(right)))
	return out.Reshape(slices.Concat(left, right)...)
}

// CosineSimilarity is the cosine of the angle between x and y along an axis; norms below eps count as eps.
func (t *Tensor) CosineSimilarity(y *Tensor, axis int, eps float64) *Tensor {
	sameDevice("cosinesimilarity", t, y)
	shape := broadcast("cosinesimilarity", t, y)
	t, y = t.Expand(shape...), y.Expand(shape...)
	unit := func(x *Tensor) *Tensor { return x.Div(x.NormKeepDim(2, axis).ClampMin(eps)) }
	return promoted(func(x ...*Tensor) *Tensor { return unit(x[0]).Mul(unit(x[1])).Sum(axis) }, t, y)
}

// CDist is the p-norm distance between every row of t and every row of y: (…, m, d) and (…, n, d) →
// (…, m, n).
func (t *Tensor) CDist(y *Tensor, p float64) *Tensor {
	if t.Rank() < 2 || y.Rank() < 2 || t.Dim(-1) != y.Dim(-1) {
		fail("cdist", []*Tensor{t, y}, "takes rows of one width, (…, m, d) and (…, n, d)")
	}
	return promoted(func(x ...*Tensor) *Tensor { return x[0].Unsqueeze(-2).Sub(x[1].Unsqueeze(-3)).Norm(p, -1) }, t.reals(), y)
}
