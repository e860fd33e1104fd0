package mathml

import (
	"errors"
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a formula.
const maxDepth = 100

// FromTeX returns the <math> element of a formula given without its dollars. display sets it as a
// line of its own.
func FromTeX(tex string, display bool) (string, error) {
	if !utf8.ValidString(tex) {
		return "", errors.New("formula is not UTF-8")
	}
	for _, r := range tex {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF { // not XML
			return "", fmt.Errorf("control character %U in formula", r)
		}
	}
	p := &parser{src: tex, display: display}
	body, err := p.row(endOfText)
	if err != nil {
		return "", err
	}
	if body == "" {
		return "", errors.New("formula is empty")
	}
	attr := ""
	if display {
		attr = ` display="block"`
	}
	// The source goes along, for copying and for readers without MathML.
	return "<math" + attr + "><semantics><mrow>" + body + `</mrow><annotation encoding="application/x-tex">` +
		html.EscapeString(strings.TrimSpace(tex)) + "</annotation></semantics></math>", nil
}

type parser struct {
	src     string
	pos     int
	depth   int
	display bool
	font    string // the alphabet in force: "", "bold", "double-struck", …
}

// Tokens that end a row, beside the end of the text.
const (
	endOfText  = ""
	endOfGroup = "}"
	endOfRoot  = "]"
	endOfFence = `\right`
	endOfCell  = "&" // also \\ and \end
)

// peek returns the next token without taking it: a command with its backslash, or one character.
// Spaces before it don't count.
func (p *parser) peek() string {
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		if c == '%' { // a comment, to the end of its line
			if i := strings.IndexByte(p.src[p.pos:], '\n'); i >= 0 {
				p.pos += i + 1
				continue
			}
			p.pos = len(p.src)
			break
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			break
		}
		p.pos++
	}
	rest := p.src[p.pos:]
	if rest == "" {
		return ""
	}
	if rest[0] != '\\' || len(rest) == 1 {
		_, n := utf8.DecodeRuneInString(rest)
		return rest[:n]
	}
	n := 1
	for n < len(rest) && isLetter(rest[n]) {
		n++
	}
	if n == 1 {
		_, size := utf8.DecodeRuneInString(rest[1:])
		n += size
	}
	return rest[:n]
}

func (p *parser) next() string {
	t := p.peek()
	p.pos += len(t)
	return t
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// row parses atoms with their scripts up to the end token, which it leaves in place.
func (p *parser) row(end string) (string, error) {
	if p.depth++; p.depth > maxDepth {
		return "", errors.New("formula is nested too deeply")
	}
	defer func() { p.depth-- }()
	font := p.font
	defer func() { p.font = font }()

	var b strings.Builder
	for {
		t := p.peek()
		switch {
		case t == end, end == endOfCell && (t == `\\` || t == `\end` || t == `\cr`):
			return b.String(), nil
		case t == "":
			return "", fmt.Errorf("formula ends before %s", end)
		case t == "}" || t == "&" || t == `\\` || t == `\right` || t == `\end`:
			return "", fmt.Errorf("%s does not belong here", t)
		}
		item, err := p.scripted()
		if err != nil {
			return "", err
		}
		b.WriteString(item)
	}
}

// atom is one parsed item, and how scripts attach to it.
type atom struct {
	ml     string
	limits bool // scripts go under and over it in display style
	always bool // … in every style
}

func (p *parser) scripted() (string, error) {
	a, err := p.atom()
	if err != nil {
		return "", err
	}
	var sub, sup string
	for {
		switch p.peek() {
		case "_":
			if sub != "" {
				return "", errors.New("two subscripts on one symbol")
			}
			p.next()
			if sub, err = p.script(); err != nil {
				return "", err
			}
		case "^":
			if sup != "" && !strings.HasPrefix(sup, "<mo>′") {
				return "", errors.New("two superscripts on one symbol")
			}
			p.next()
			more, err := p.script()
			if err != nil {
				return "", err
			}
			if sup != "" {
				more = "<mrow>" + sup + more + "</mrow>"
			}
			sup = more
		case "'":
			if sup != "" {
				return "", errors.New("two superscripts on one symbol")
			}
			primes := ""
			for p.peek() == "'" {
				p.next()
				primes += "′"
			}
			sup = "<mo>" + primes + "</mo>"
		case `\limits`:
			p.next()
			a.limits, a.always = true, true
		case `\nolimits`:
			p.next()
			a.limits, a.always = false, false
		default:
			return attach(a, sub, sup, p.display), nil
		}
	}
}

func attach(a atom, sub, sup string, display bool) string {
	kinds := [3]string{"msub", "msup", "msubsup"}
	if a.always || a.limits && display {
		kinds = [3]string{"munder", "mover", "munderover"}
	}
	switch {
	case sub != "" && sup != "":
		return element(kinds[2], a.ml, sub, sup)
	case sub != "":
		return element(kinds[0], a.ml, sub)
	case sup != "":
		return element(kinds[1], a.ml, sup)
	}
	return a.ml
}

func element(name string, children ...string) string {
	return "<" + name + ">" + strings.Join(children, "") + "</" + name + ">"
}

func group(row string) string { return element("mrow", row) }

func (p *parser) script() (string, error) {
	defer p.inline()()
	return p.argument()
}

// argument is what follows a command or a script mark: a group, or one symbol.
func (p *parser) argument() (string, error) {
	t := p.peek()
	if t == "" {
		return "", errors.New("formula ends where an argument is wanted")
	}
	if isDigit(t[0]) { // one digit: \frac12 is a half
		p.next()
		return "<mn>" + alphabet(p.font, t) + "</mn>", nil
	}
	a, err := p.atom()
	return a.ml, err
}

// atom parses one item without its scripts. It is always one element.
func (p *parser) atom() (atom, error) {
	if p.depth++; p.depth > maxDepth {
		return atom{}, errors.New("formula is nested too deeply")
	}
	defer func() { p.depth-- }()

	t := p.next()
	switch {
	case t == "{":
		row, err := p.row(endOfGroup)
		p.next()
		return atom{ml: group(row)}, err
	case t == "^" || t == "_" || t == "'":
		p.pos -= len(t)
		return atom{ml: "<mrow></mrow>"}, nil // scripts on nothing, as in {}^T
	case t == "~":
		return atom{ml: space(".333em")}, nil
	case t == "$" || t == "#" || t == `\` || t == "}" || t == "&":
		return atom{}, fmt.Errorf("%q does not belong here", t)
	case t[0] == '\\':
		return p.command(t[1:])
	case '0' <= t[0] && t[0] <= '9':
		return atom{ml: p.number(t)}, nil
	}
	r, _ := utf8.DecodeRuneInString(t)
	switch {
	case unicode.IsLetter(r):
		return atom{ml: p.identifier(t)}, nil
	case t == "-":
		return atom{ml: "<mo>−</mo>"}, nil
	case t == "*":
		return atom{ml: "<mo>∗</mo>"}, nil
	case strings.ContainsAny(t, "()[]|/"):
		return atom{ml: `<mo stretchy="false">` + t + "</mo>"}, nil
	}
	return atom{ml: "<mo>" + html.EscapeString(t) + "</mo>"}, nil
}

func (p *parser) number(first string) string {
	text := first
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		dot := c == '.' && p.pos+1 < len(p.src) && isDigit(p.src[p.pos+1]) && !strings.Contains(text, ".")
		if !isDigit(c) && !dot {
			break
		}
		text += string(c)
		p.pos++
	}
	return "<mn>" + alphabet(p.font, text) + "</mn>"
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (p *parser) identifier(text string) string {
	if p.font == "normal" || p.font == "text" {
		return `<mi mathvariant="normal">` + html.EscapeString(text) + "</mi>"
	}
	if p.font == "" || p.font == "italic" {
		return "<mi>" + html.EscapeString(text) + "</mi>"
	}
	return `<mi mathvariant="normal">` + html.EscapeString(alphabet(p.font, text)) + "</mi>"
}

func space(width string) string { return `<mspace width="` + width + `"></mspace>` }

// raw takes a braced argument as it stands: a name, or text.
func (p *parser) raw() (string, error) {
	if p.next() != "{" {
		return "", errors.New("a { is wanted here")
	}
	depth := 1
	for i := p.pos; i < len(p.src); i++ {
		switch p.src[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				text := p.src[p.pos:i]
				p.pos = i + 1
				return text, nil
			}
		}
	}
	return "", errors.New("a { is never closed")
}
