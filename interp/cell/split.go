package cell

import (
	"bytes"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// split cuts the cell into chunks at the semicolons (typed, or put in at line ends by the scanner)
// that stand outside all brackets, and peels magics off.
func (p *cellParser) split() {
	start := 0
	if p.textCell() {
		return
	}
	for start >= 0 {
		start = p.splitFrom(start)
	}
}

// opener is a bracket that waits for its partner.
type opener struct {
	tok    token.Token
	offset int
}

var closers = map[token.Token]token.Token{token.LPAREN: token.RPAREN, token.LBRACK: token.RBRACK, token.LBRACE: token.RBRACE}

var partner = map[token.Token]token.Token{token.RPAREN: token.LPAREN, token.RBRACK: token.LBRACK, token.RBRACE: token.LBRACE}

// splitFrom scans from a byte where a statement may begin. It returns where to go on after a magic,
// whose line is no Go and must not be scanned as such, or -1 at the end.
func (p *cellParser) splitFrom(start int) int {
	var s scanner.Scanner
	var illegal []int // characters that the parser needn't see
	defer func() {
		for _, at := range illegal {
			_, n := utf8.DecodeRune(p.text[at:])
			copy(p.text[at:], strings.Repeat(" ", n))
		}
	}()
	file := token.NewFileSet().AddFile("", 1, len(p.text)-start)
	s.Init(file, p.text[start:], func(pos token.Position, msg string) {
		at := start + pos.Offset
		if _, _, ok := help(p.line(at)); !ok {
			p.fail(at, "%s", sayAgain(msg, p.text, at))
			if strings.HasPrefix(msg, "illegal character") && !p.blankOnly {
				illegal = append(illegal, at)
			}
		}
	}, 0)
	var open []opener
	var toks []token.Token // of the chunk at hand
	begin, end := 0, 0     // its bytes
	loop := -1             // where the loop begins whose header has semicolons of its own, while its line lasts
	header := false        // of a loop, which has semicolons of its own: for i := 0; ; i++ {
	for {
		pos, tok, lit := s.Scan()
		at := start + int(pos) - 1
		size := len(lit)
		if !tok.IsLiteral() && !tok.IsKeyword() && tok != token.SEMICOLON && tok != token.ILLEGAL {
			size = len(tok.String())
		}
		if len(toks) == 0 && len(open) == 0 && p.lineStart(at) {
			if _, _, asks := help(p.line(at)); asks || magicStart(tok) {
				return p.magic(at)
			}
		}
		switch tok {
		case token.EOF:
			if n := len(open); n > 0 {
				if loop >= 0 {
					toks, begin = []token.Token{token.FOR}, loop
				}
				if len(p.errs) == 0 { // else a string without its end, say, has swallowed what closes it
					p.cell.Unclosed = p.cell.File.Pos(open[n-1].offset)
				}
				p.complain(toks, begin, open[n-1].offset, closers[open[n-1].tok])
			}
			p.end(toks, begin, end)
			return -1
		case token.SEMICOLON:
			if len(open) > 0 {
				break
			}
			if len(toks) > 0 {
				// An automatic semicolon in front of the end of the text silences nothing.
				p.cell.Silent = lit == ";"
			}
			if lit == ";" {
				switch n := len(p.chunks); {
				case len(toks) > 0:
					end = at + 1 // the parses of the other kinds must not see it
				case header && n > 0:
					p.chunks[n-1].end = at + 1
				case !p.blankOnly:
					p.text[at] = ' '
				}
			}
			switch {
			case lit != ";":
				loop = -1
			case len(toks) > 0 && toks[0] == token.FOR:
				loop = begin
			}
			header = lit == ";" && len(toks) > 0 && toks[0] == token.FOR
			p.end(toks, begin, end)
			toks = toks[:0]
			continue
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open = append(open, opener{tok, at})
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if n := len(open); n == 0 || open[n-1].tok != partner[tok] {
				if loop >= 0 {
					toks, begin = []token.Token{token.FOR}, loop
				}
				p.complain(toks, begin, at, 0)
				return -1
			}
			open = open[:len(open)-1]
		}
		if len(toks) == 0 {
			begin = at
			p.cell.Silent = false
		}
		// The beginning tells what a chunk is; a long body need not be remembered.
		toks = append(toks, tok)
		end = min(at+size, len(p.text)) // a literal may be longer than what it stands for: a byte that is no UTF-8
		if tok == token.SEMICOLON {
			end = at // inside brackets: more tokens follow
		}
	}
}

// end files the chunk of tokens that lies between two bytes.
func (p *cellParser) end(toks []token.Token, start, end int) {
	if len(toks) == 0 {
		return
	}
	k := classify(toks)
	if toks[0] == token.PACKAGE && !p.blankOnly { // the first line of a pasted program says nothing in a cell
		for i := start; i < end; i++ {
			p.text[i] = ' '
		}
		return
	}
	p.chunks = append(p.chunks, chunk{k, start, end})
}

// classify says what a chunk is by its first tokens.
func classify(toks []token.Token) kind {
	switch toks[0] {
	case token.IMPORT:
		return importChunk
	case token.TYPE, token.CONST:
		return declChunk
	case token.FUNC:
		if len(toks) < 2 {
			return declChunk
		}
		if toks[1] == token.IDENT {
			return declChunk
		}
		// `func (` begins a method or the call of a function literal: only a method has a name
		// and an opening parenthesis after the first pair.
		depth := 0
		for i, t := range toks[1:] {
			switch t {
			case token.LPAREN:
				depth++
			case token.RPAREN:
				depth--
			}
			if depth == 0 {
				rest := toks[1+i+1:]
				if len(rest) > 1 && rest[0] == token.IDENT && rest[1] == token.LPAREN {
					return declChunk
				}
				break
			}
		}
	}
	return stmtChunk
}

// lineStart says whether only blanks stand before the byte in its line.
func (p *cellParser) lineStart(at int) bool {
	for i := at - 1; i >= 0 && p.text[i] != '\n'; i-- {
		if !unicode.IsSpace(rune(p.text[i])) {
			return false
		}
	}
	return true
}

// line returns the line that a byte is in.
func (p *cellParser) line(at int) string {
	at = min(at, len(p.text))
	start := bytes.LastIndexByte(p.text[:at], '\n') + 1
	line, _, _ := bytes.Cut(p.text[start:], []byte("\n"))
	return string(line)
}

var helpLine = regexp.MustCompile(`^\s*(?:(\?\??)\s*(.*?)|(%{0,2}[\pL_][\pL\pN_.]*)(\?\??))\s*$`)

// help takes a line apart that asks for help: "?name", "??name", "name?" or "name??". No line of Go begins with a
// question mark, so what is behind one may be anything.
func help(line string) (magic, name string, ok bool) {
	m := helpLine.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	return m[1] + m[4], m[2] + m[3], true
}
