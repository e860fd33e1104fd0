package cell

import (
	"errors"
	"go/scanner"
	"go/token"
	"strings"
)

// IsComplete says whether code is ready to run: "complete", "incomplete" or "invalid". For
// incomplete code, indent is what the next line should begin with.
func IsComplete(code string) (status, indent string) {
	if waitsForText(code) {
		return "incomplete", ""
	}
	depth, last, ragged := shape(Blank(code))
	indent = strings.Repeat("\t", depth)
	switch {
	case ragged == unterminated:
		return "incomplete", "" // inside a raw string or a comment every blank counts
	case ragged == mismatched:
		return "invalid", ""
	case depth > 0 || wantsMore(last):
		return "incomplete", indent
	}
	if _, err := Parse(NewFileSet(), 0, code); err != nil {
		var list scanner.ErrorList
		if errors.As(err, &list) && atEnd(list, code) {
			return "incomplete", indent
		}
		return "invalid", ""
	}
	return "complete", ""
}

// waitsForText says whether a line could follow that is no Go: in a cell like %%bash, until an empty line ends it,
// and after a backslash that ends a shell's line.
func waitsForText(code string) bool {
	c, _ := Parse(NewFileSet(), 0, code)
	for _, m := range c.Magics {
		if m.form() == verbatim && !strings.HasSuffix(code, "\n") {
			return true
		}
		if m.Name == Shell && strings.HasSuffix(m.Args, `\`) {
			return true
		}
	}
	return false
}

// raggedness is a way in which tokens alone can be at fault.
type raggedness int

const (
	whole raggedness = iota
	unterminated
	mismatched
)

// shape scans code and returns how many brackets are open at its end, and the last token.
func shape(code string) (depth int, last token.Token, ragged raggedness) {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", 1, len(code))
	s.Init(file, []byte(code), func(_ token.Position, msg string) {
		if strings.Contains(msg, "raw string literal not terminated") || strings.Contains(msg, "comment not terminated") {
			ragged = unterminated
		}
	}, 0)
	var open []token.Token
	for {
		_, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return len(open), last, ragged
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open = append(open, tok)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if n := len(open); n == 0 || open[n-1] != partner[tok] {
				return 0, tok, mismatched
			}
			open = open[:len(open)-1]
		}
		if tok != token.SEMICOLON || lit == ";" {
			last = tok
		}
	}
}

// wantsMore says whether code that ends in a token goes on in the next line.
func wantsMore(tok token.Token) bool {
	switch tok {
	case token.INC, token.DEC, token.NOT, token.SEMICOLON, token.ELLIPSIS, token.TILDE, token.COLON:
		return tok == token.NOT || tok == token.COLON
	case token.ELSE, token.FUNC, token.TYPE, token.VAR, token.CONST, token.IMPORT, token.GO, token.DEFER,
		token.IF, token.FOR, token.SWITCH, token.SELECT, token.RANGE, token.COMMA, token.PERIOD, token.ASSIGN, token.DEFINE:
		return true
	}
	return tok.IsOperator() && tok.Precedence() > token.LowestPrec ||
		tok >= token.ADD_ASSIGN && tok <= token.AND_NOT_ASSIGN || tok == token.ARROW
}

// atEnd says whether nothing is wrong before the end of the code.
func atEnd(errs scanner.ErrorList, code string) bool {
	end := len(strings.TrimRight(code, " \t\r\n"))
	for _, e := range errs {
		if e.Pos.Offset < end {
			return false
		}
	}
	return len(errs) > 0
}
