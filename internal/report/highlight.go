package report

import (
	"go/scanner"
	"go/token"
	"html"
	"strings"
)

// highlightGo marks up Go source with the class names that Pygments and chroma use (k keyword, s
// string, c comment, …). Go's own scanner does it exactly, on broken code too. A general
// highlighter would bring its hundreds of grammars into every start of the kernel: chroma's lexers
// and styles cost 16 ms and 5 MB there.
func highlightGo(src string) string {
	type item struct {
		off int
		tok token.Token
		lit string
	}
	var items []item
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, []byte(src), func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.SEMICOLON && lit != ";" {
			continue // put in by the scanner
		}
		items = append(items, item{file.Offset(pos), tok, lit})
	}

	var b strings.Builder
	done := 0
	for i, it := range items {
		if it.off < done {
			continue
		}
		// The scanner drops \r from comments and raw strings; the text itself is what counts.
		text := it.lit
		if text == "" {
			text = it.tok.String()
		}
		if !strings.HasPrefix(src[it.off:], text) {
			text = src[it.off:nextOffset(src, it.off, text)]
		}
		var before, after token.Token
		if i > 0 {
			before = items[i-1].tok
		}
		if i+1 < len(items) {
			after = items[i+1].tok
		}
		b.WriteString(html.EscapeString(src[done:it.off]))
		if class := goClass(it.tok, text, before, after); class != "" {
			b.WriteString(`<span class="` + class + `">` + html.EscapeString(text) + `</span>`)
		} else {
			b.WriteString(html.EscapeString(text))
		}
		done = it.off + len(text)
	}
	b.WriteString(html.EscapeString(src[done:]))
	return b.String()
}

// nextOffset finds where text ends in src from off when src has \r that text lacks.
func nextOffset(src string, off int, text string) int {
	for i := 0; i < len(text) && off < len(src); off++ {
		if src[off] == text[i] {
			i++
		} else if src[off] != '\r' {
			break
		}
	}
	return off
}

func goClass(tok token.Token, text string, before, after token.Token) string {
	switch {
	case tok == token.COMMENT:
		return "c"
	case tok == token.STRING, tok == token.CHAR:
		return "s"
	case tok == token.INT, tok == token.FLOAT, tok == token.IMAG:
		return "m"
	case tok.IsKeyword():
		return "k"
	case tok.IsOperator():
		switch tok {
		case token.LPAREN, token.RPAREN, token.LBRACE, token.RBRACE, token.LBRACK, token.RBRACK, token.COMMA, token.PERIOD, token.SEMICOLON, token.COLON:
			return ""
		}
		return "o"
	case tok != token.IDENT || before == token.PERIOD && after != token.LPAREN:
		return ""
	case before == token.PERIOD || before == token.FUNC:
		return "nf"
	case predeclaredTypes[text]:
		return "kt"
	case predeclaredValues[text]:
		return "kc"
	case after == token.LPAREN:
		if predeclaredFuncs[text] {
			return "nb"
		}
		return "nf"
	}
	return ""
}

var (
	predeclaredTypes = set(`any bool byte comparable complex64 complex128 error float32 float64 int
		int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr`)
	predeclaredValues = set("true false iota nil")
	predeclaredFuncs  = set("append cap clear close complex copy delete imag len make max min new panic print println real recover")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
