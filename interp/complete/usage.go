package complete

import (
	"go/token"
	"math"
)

// usage says how much names are in use around a cursor: those that stand near before it most, those
// of the cells that ran last a little. Members are known as ".Name", and with the name that stands before
// the dot, as "fmt.Println", too.
type usage map[string]float64

// usageOf counts the names in a cell and in the cells before it.
func usageOf(before, after string, recent []string) usage {
	u := usage{}
	u.count(before, func(left int) float64 { return 1 + 2/(1+float64(left)/8) })
	u.count(after, func(int) float64 { return 0.5 })
	weight := 0.5
	for i := len(recent) - 1; i >= 0; i-- {
		u.count(recent[i], func(int) float64 { return weight })
		weight *= 0.8
	}
	return u
}

// count adds the names in a text; weight is asked with the number of names that follow.
func (u usage) count(text string, weight func(left int) float64) {
	tokens := lex(text)
	left := 0
	for _, l := range tokens {
		if l.tok == token.IDENT {
			left++
		}
	}
	for i, l := range tokens {
		if l.tok != token.IDENT {
			continue
		}
		left--
		w := weight(left)
		if i == 0 || tokens[i-1].tok != token.PERIOD {
			u[l.lit] += w
			continue
		}
		u["."+l.lit] += w
		if i > 1 && tokens[i-2].tok == token.IDENT {
			u[tokens[i-2].lit+"."+l.lit] += w
		}
	}
}

// of grows with the logarithm of the use: a name that stands there twenty times is not twenty times as likely.
func (u usage) of(name string) float64 { return math.Log2(1 + u[name]) }
