package report

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// ansiHTML turns text with terminal escapes into HTML. Colours and weights become classes and
// styles; every other escape sequence is dropped.
func ansiHTML(text string) string {
	if !strings.ContainsRune(text, '\x1b') {
		return html.EscapeString(text)
	}
	var b strings.Builder
	var st sgr
	for text != "" {
		i := strings.IndexByte(text, '\x1b')
		if i < 0 {
			i = len(text)
		}
		if i > 0 {
			open, end := st.tags()
			b.WriteString(open + html.EscapeString(text[:i]) + end)
		}
		text = text[i:]
		if text == "" {
			break
		}
		params, final, rest := cutEscape(text)
		if final == 'm' {
			st.apply(params)
		}
		text = rest
	}
	return b.String()
}

// cutEscape takes one escape sequence off the front of text, which begins with ESC. A sequence that
// is cut off by the end of the text is taken whole.
func cutEscape(text string) (params string, final byte, rest string) {
	if len(text) < 2 {
		return "", 0, ""
	}
	switch text[1] {
	case '[': // CSI: parameters, then a byte from @ to ~
		for i := 2; i < len(text); i++ {
			switch c := text[i]; {
			case '@' <= c && c <= '~':
				return text[2:i], c, text[i+1:]
			case c < ' ' || c > '~': // not a sequence after all: keep what follows
				return "", 0, text[i:]
			}
		}
		return "", 0, ""
	case ']': // OSC: up to BEL or ESC \
		for i := 2; i < len(text); i++ {
			if text[i] == '\a' {
				return "", 0, text[i+1:]
			}
			if strings.HasPrefix(text[i:], "\x1b\\") {
				return "", 0, text[i+2:]
			}
		}
		return "", 0, ""
	case '(', ')': // character set: one more byte
		return "", 0, text[min(3, len(text)):]
	}
	if text[1] >= ' ' && text[1] <= '~' {
		return "", 0, text[2:]
	}
	return "", 0, text[1:]
}

// sgr is the state that "select graphic rendition" sequences leave.
type sgr struct {
	fg, bg                                        string // "", "3" (a palette place) or "#rrggbb"
	bold, faint, italic, underline, inverse, gone bool
}

func (s *sgr) apply(params string) {
	var codes []int
	for _, p := range strings.FieldsFunc(params+";", func(r rune) bool { return r == ':' || r == ';' }) {
		n, err := strconv.Atoi(p)
		if err != nil {
			return
		}
		codes = append(codes, n)
	}
	if len(codes) == 0 {
		codes = []int{0}
	}
	for len(codes) > 0 {
		c := codes[0]
		codes = codes[1:]
		switch {
		case c == 0:
			*s = sgr{}
		case c == 1:
			s.bold = true
		case c == 2:
			s.faint = true
		case c == 3:
			s.italic = true
		case c == 4:
			s.underline = true
		case c == 7:
			s.inverse = true
		case c == 9:
			s.gone = true
		case c == 22:
			s.bold, s.faint = false, false
		case c == 23:
			s.italic = false
		case c == 24:
			s.underline = false
		case c == 27:
			s.inverse = false
		case c == 29:
			s.gone = false
		case 30 <= c && c <= 37:
			s.fg = strconv.Itoa(c - 30)
		case 40 <= c && c <= 47:
			s.bg = strconv.Itoa(c - 40)
		case 90 <= c && c <= 97:
			s.fg = strconv.Itoa(c - 90 + 8)
		case 100 <= c && c <= 107:
			s.bg = strconv.Itoa(c - 100 + 8)
		case c == 39:
			s.fg = ""
		case c == 49:
			s.bg = ""
		case c == 38:
			s.fg, codes = colour(codes, s.fg)
		case c == 48:
			s.bg, codes = colour(codes, s.bg)
		}
	}
}

// colour reads what follows 38 or 48: 5;n of the 256-colour palette, or 2;r;g;b.
func colour(codes []int, old string) (string, []int) {
	switch {
	case len(codes) >= 2 && codes[0] == 5:
		n := codes[1]
		if n < 0 || n > 255 {
			return old, codes[2:]
		}
		return palette(n), codes[2:]
	case len(codes) >= 4 && codes[0] == 2:
		r, g, b := codes[1], codes[2], codes[3]
		if max(r, g, b) > 255 || min(r, g, b) < 0 {
			return old, codes[4:]
		}
		return fmt.Sprintf("#%02x%02x%02x", r, g, b), codes[4:]
	}
	return old, nil
}

// palette gives a colour of xterm's 256: sixteen of the page's own, a cube of 6×6×6, 24 greys.
func palette(n int) string {
	switch {
	case n < 16:
		return strconv.Itoa(n)
	case n < 232:
		level := func(i int) int {
			if i == 0 {
				return 0
			}
			return 55 + 40*i
		}
		n -= 16
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	}
	grey := 8 + 10*(n-232)
	return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
}

func (s *sgr) tags() (open, end string) {
	if *s == (sgr{}) {
		return "", ""
	}
	var classes, styles []string
	flag := func(on bool, class string) {
		if on {
			classes = append(classes, class)
		}
	}
	flag(s.bold, "ansi-bold")
	flag(s.faint, "ansi-faint")
	flag(s.italic, "ansi-italic")
	flag(s.underline, "ansi-underline")
	flag(s.inverse, "ansi-inverse")
	flag(s.gone, "ansi-gone")
	// Inverse video works on the variables, so that it also turns the page's own colours round.
	paint := func(variable, c string) {
		switch {
		case c == "":
		case c[0] == '#':
			styles = append(styles, variable+":"+c)
		default:
			styles = append(styles, variable+":var(--ansi-"+c+")")
		}
	}
	paint("--fg", s.fg)
	paint("--bg", s.bg)
	flag(s.fg != "", "ansi-fg")
	flag(s.bg != "", "ansi-bg")
	open = `<span class="` + strings.Join(classes, " ") + `"`
	if len(styles) > 0 {
		open += ` style="` + strings.Join(styles, ";") + `"`
	}
	return open + ">", "</span>"
}
