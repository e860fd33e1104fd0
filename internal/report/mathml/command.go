package mathml

import (
	"fmt"
	"html"
	"strings"
)

// command parses what follows a backslash and a name.
func (p *parser) command(name string) (atom, error) {
	if s, ok := letters[name]; ok {
		return atom{ml: p.identifier(s)}, nil
	}
	if s, ok := uprightLetters[name]; ok {
		return atom{ml: `<mi mathvariant="normal">` + s + "</mi>"}, nil
	}
	if s, ok := operators[name]; ok {
		return atom{ml: "<mo>" + html.EscapeString(s) + "</mo>"}, nil
	}
	if s, ok := fences[name]; ok {
		return atom{ml: `<mo stretchy="false">` + html.EscapeString(s) + "</mo>"}, nil
	}
	if s, ok := large[name]; ok {
		limits := !strings.Contains(name, "int")
		return atom{ml: `<mo largeop="true" movablelimits="false">` + s + "</mo>", limits: limits}, nil
	}
	if limits, ok := functions[name]; ok {
		return p.function(functionName(name), limits), nil
	}
	if width, ok := spaces[name]; ok {
		return atom{ml: space(width)}, nil
	}
	if mark, ok := accents[name]; ok {
		return p.accent(name, mark)
	}
	if font, ok := fonts[name]; ok {
		return p.inFont(font)
	}
	if size, ok := sizes[name]; ok {
		d, err := p.delimiter()
		return atom{ml: fmt.Sprintf(`<mo stretchy="true" symmetric="true" minsize="%s" maxsize="%s">%s</mo>`, size, size, d)}, err
	}

	switch name {
	case "frac", "tfrac":
		defer p.inline()()
		return p.two(func(a, b string) string { return element("mfrac", a, b) })
	case "dfrac", "cfrac":
		defer p.inline()()
		return p.two(func(a, b string) string { return `<mstyle displaystyle="true">` + element("mfrac", a, b) + "</mstyle>" })
	case "binom":
		return p.two(func(a, b string) string {
			return group("<mo>(</mo>" + `<mfrac linethickness="0">` + a + b + "</mfrac><mo>)</mo>")
		})
	case "overset", "stackrel":
		return p.two(func(a, b string) string { return element("mover", b, a) })
	case "underset":
		return p.two(func(a, b string) string { return element("munder", b, a) })
	case "sqrt":
		return p.root()
	case "text", "textrm", "textit", "textbf", "texttt", "textsf", "mbox", "textnormal":
		s, err := p.raw()
		if err == nil && strings.ContainsAny(s, `\$`) {
			err = fmt.Errorf(`a command within \%s`, name)
		}
		return atom{ml: "<mtext>" + html.EscapeString(strings.ReplaceAll(s, " ", "\u00a0")) + "</mtext>"}, err
	case "operatorname":
		limits := p.pos < len(p.src) && p.src[p.pos] == '*'
		if limits {
			p.pos++
		}
		s, err := p.raw()
		if err == nil && strings.ContainsAny(s, `\{}$`) {
			err = fmt.Errorf(`a command within \%s`, name)
		}
		return p.function(html.EscapeString(s), limits), err
	case "left":
		return p.fenced()
	case "begin":
		return p.environment()
	case "not":
		s, ok := negated[p.next()]
		if !ok {
			return atom{}, fmt.Errorf(`\not before an unknown relation`)
		}
		return atom{ml: "<mo>" + s + "</mo>"}, nil
	case "displaystyle", "textstyle", "scriptstyle", "nonumber", "notag":
		return atom{ml: "<mrow></mrow>"}, nil
	case "label":
		_, err := p.raw()
		return atom{ml: "<mrow></mrow>"}, err
	case "tag":
		s, err := p.raw()
		return atom{ml: group(space("2em") + "<mtext>(" + html.EscapeString(s) + ")</mtext>")}, err
	case "bmod":
		return atom{ml: group(space(".2em") + "<mo>mod</mo>" + space(".2em"))}, nil
	case "pmod":
		a, err := p.argument()
		return atom{ml: group(space("1em") + `<mo stretchy="false">(</mo><mi>mod</mi>` + space(".3em") + a + `<mo stretchy="false">)</mo>`)}, err
	case "phantom", "hphantom", "vphantom":
		a, err := p.argument()
		return atom{ml: element("mphantom", a)}, err
	case "boxed":
		a, err := p.argument()
		return atom{ml: `<mrow style="border:1px solid;padding:.25em">` + a + "</mrow>"}, err
	}
	return atom{}, fmt.Errorf(`\%s is not known`, name)
}

func (p *parser) function(name string, limits bool) atom {
	// The invisible "function application" sets the space that TeX sets.
	ml := "<mi>" + name + "</mi>"
	if len([]rune(name)) == 1 {
		ml = `<mi mathvariant="normal">` + name + "</mi>"
	}
	if t := p.peek(); t != "_" && t != "^" && t != "(" && t != `\left` {
		ml = group(ml + "<mo>\u2061</mo>")
	}
	return atom{ml: ml, limits: limits}
}

func (p *parser) two(join func(a, b string) string) (atom, error) {
	a, err := p.argument()
	if err != nil {
		return atom{}, err
	}
	b, err := p.argument()
	return atom{ml: join(a, b)}, err
}

// inline leaves display style, in which scripts go under and over sums, until what it returns is
// called.
func (p *parser) inline() func() {
	old := p.display
	p.display = false
	return func() { p.display = old }
}

func (p *parser) root() (atom, error) {
	if p.peek() != "[" {
		a, err := p.argument()
		return atom{ml: element("msqrt", a)}, err
	}
	p.next()
	index, err := p.row(endOfRoot)
	if err != nil {
		return atom{}, err
	}
	p.next()
	a, err := p.argument()
	return atom{ml: element("mroot", a, group(index))}, err
}

func (p *parser) accent(name, mark string) (atom, error) {
	a, err := p.argument()
	under := strings.HasPrefix(name, "under")
	stretchy := "false"
	if under || strings.HasPrefix(name, "over") || strings.HasPrefix(name, "wide") {
		stretchy = "true"
	}
	mo := `<mo stretchy="` + stretchy + `">` + mark + "</mo>"
	if under {
		return atom{ml: element("munder", a, mo), limits: true, always: name == "underbrace"}, err
	}
	return atom{ml: `<mover accent="true">` + a + mo + "</mover>", limits: true, always: name == "overbrace"}, err
}

func (p *parser) inFont(font string) (atom, error) {
	old := p.font
	defer func() { p.font = old }()
	if p.font = font; font == "bold" && old == "italic" {
		p.font = "bold-italic"
	}
	// \mathrm{ReLU} is one word, not a product of letters.
	if p.peek() == "{" {
		start := p.pos
		if s, err := p.raw(); err == nil && isWord(s) {
			if font == "normal" {
				return atom{ml: "<mi>" + s + "</mi>"}, nil
			}
			return atom{ml: "<mi>" + alphabet(p.font, s) + "</mi>"}, nil
		}
		p.pos = start
	}
	a, err := p.argument()
	return atom{ml: a}, err
}

func isWord(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) {
			return false
		}
	}
	return len(s) > 1
}

// delimiter reads a fence: a character, a command, or "." for none.
func (p *parser) delimiter() (string, error) {
	t := p.next()
	if t == "." {
		return "", nil
	}
	if s, ok := fences[strings.TrimPrefix(t, `\`)]; ok && strings.HasPrefix(t, `\`) {
		return html.EscapeString(s), nil
	}
	if t != "" && strings.Contains("()[]|/", t) {
		return t, nil
	}
	switch t {
	case "<":
		return "⟨", nil
	case ">":
		return "⟩", nil
	case `\backslash`:
		return `\`, nil
	case `\uparrow`, `\downarrow`:
		return operators[t[1:]], nil
	}
	return "", fmt.Errorf("%q is no delimiter", t)
}

func (p *parser) fenced() (atom, error) {
	open, err := p.delimiter()
	if err != nil {
		return atom{}, err
	}
	body := fence(open, "prefix")
	for {
		row, err := p.fenceRow()
		if err != nil {
			return atom{}, err
		}
		body += row
		if p.next() == `\right` {
			break
		}
		middle, err := p.delimiter()
		if err != nil {
			return atom{}, err
		}
		body += fence(middle, "infix")
	}
	end, err := p.delimiter()
	return atom{ml: group(body + fence(end, "postfix"))}, err
}

// fenceRow is a row that ends at \right or \middle.
func (p *parser) fenceRow() (string, error) {
	var b strings.Builder
	for {
		switch t := p.peek(); t {
		case `\right`, `\middle`:
			return b.String(), nil
		case "":
			return "", fmt.Errorf(`\left without \right`)
		case "}", "&", `\\`, `\end`:
			return "", fmt.Errorf("%s does not belong here", t)
		}
		item, err := p.scripted()
		if err != nil {
			return "", err
		}
		b.WriteString(item)
	}
}

func fence(s, form string) string {
	if s == "" {
		return ""
	}
	return `<mo stretchy="true" form="` + form + `">` + s + "</mo>"
}

// environment parses what \begin opens.
func (p *parser) environment() (atom, error) {
	name, err := p.raw()
	if err != nil {
		return atom{}, err
	}
	env, ok := environments[strings.TrimSuffix(name, "*")]
	if !ok {
		return atom{}, fmt.Errorf("environment %q is not known", name)
	}
	if strings.HasPrefix(name, "array") {
		if _, err := p.raw(); err != nil { // the columns: all are centred here
			return atom{}, err
		}
	}
	if env.attr != aligned && env.attr != displayed {
		defer p.inline()()
	}
	var table strings.Builder
	for {
		row := ""
		for {
			cell, err := p.row(endOfCell)
			if err != nil {
				return atom{}, err
			}
			row += element("mtd", group(cell))
			if p.peek() != "&" {
				break
			}
			p.next()
		}
		end := p.next()
		if end != `\end` || row != "<mtd><mrow></mrow></mtd>" {
			table.WriteString(element("mtr", row))
		}
		if end == `\end` {
			break
		}
		if p.peek() == "[" { // \\[2pt]: more room between lines
			i := strings.IndexByte(p.src[p.pos:], ']')
			if i < 0 {
				return atom{}, fmt.Errorf("a [ is never closed")
			}
			p.pos += i + 1
		}
	}
	if end, err := p.raw(); err != nil || end != name {
		return atom{}, fmt.Errorf(`\begin{%s} ends with \end{%s}`, name, end)
	}
	ml := `<mtable` + env.attr + `>` + table.String() + `</mtable>`
	return atom{ml: group(fence(env.open, "prefix") + ml + fence(env.end, "postfix"))}, nil
}
