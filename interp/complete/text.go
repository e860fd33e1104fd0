package complete

import (
	"go/scanner"
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

// byteOffset turns an offset in code points into one in bytes; positions outside are moved inside.
func byteOffset(s string, runes int) int {
	if runes < 0 {
		return 0
	}
	for i := range s {
		if runes == 0 {
			return i
		}
		runes--
	}
	return len(s)
}

func runeOffset(s string, bytes int) int { return utf8.RuneCountInString(s[:bytes]) }

func identRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// wordAt returns the bounds of the identifier that at lies in or at the end of.
func wordAt(s string, at int) (start, end int) {
	start, end = at, at
	for start > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:start])
		if !identRune(r) {
			break
		}
		start -= n
	}
	for end < len(s) {
		r, n := utf8.DecodeRuneInString(s[end:])
		if !identRune(r) {
			break
		}
		end += n
	}
	return start, end
}

// lexeme is one token of a text.
type lexeme struct {
	tok  token.Token
	pos  int
	end  int
	lit  string
	open bool // a string or comment without its end
	auto bool // a semicolon that stands for a line's end
}

// lex splits a text into tokens, comments too. It never fails: what is no token is ILLEGAL.
func lex(src string) []lexeme {
	file := token.NewFileSet().AddFile("", -1, len(src))
	unterminated := map[int]bool{}
	var s scanner.Scanner
	s.Init(file, []byte(src), func(pos token.Position, msg string) {
		if strings.Contains(msg, "not terminated") {
			unterminated[pos.Offset] = true
		}
	}, scanner.ScanComments)
	var out []lexeme
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return out
		}
		l := lexeme{tok: tok, pos: file.Offset(pos), lit: lit, open: unterminated[file.Offset(pos)]}
		switch {
		case tok == token.SEMICOLON && lit == "\n":
			l.end, l.auto = l.pos, true
		case lit != "":
			// The scanner drops carriage returns from literals; their end is not needed then.
			l.end = min(l.pos+len(lit), len(src))
		default:
			l.end = l.pos + len(tok.String())
		}
		out = append(out, l)
	}
}

// state says what a cursor at the end of a text stands in.
type state int

const (
	inCode state = iota
	inComment
	inString
	inNumber
)

// stateAt returns what the end of the text stands in and, inside a string, where that starts.
func stateAt(tokens []lexeme, length int) (state, int) {
	for i := len(tokens) - 1; i >= 0; i-- {
		l := tokens[i]
		switch l.tok {
		case token.SEMICOLON:
			if l.auto {
				continue
			}
		case token.COMMENT:
			if l.open || strings.HasPrefix(l.lit, "//") && l.end == length {
				return inComment, l.pos
			}
		case token.STRING, token.CHAR:
			if l.open {
				return inString, l.pos
			}
		case token.INT, token.FLOAT, token.IMAG:
			// "1." before a cursor is a number, "x[1]." is not.
			if l.end == length {
				return inNumber, l.pos
			}
		}
		return inCode, 0
	}
	return inCode, 0
}

// blankMagics replaces what is not Go by as many spaces: the lines of magics, but for the statement
// that %time measures, and the marks before a name that one asks for help about. A cell magic (%%) speaks of Go that follows.
func blankMagics(code string) string {
	lines := strings.SplitAfter(code, "\n")
	for i, line := range lines {
		text := strings.TrimLeft(line, " \t")
		if asks := len(text) - len(strings.TrimLeft(text, "?")); asks > 0 {
			indent := len(line) - len(text)
			lines[i] = line[:indent] + strings.Repeat(" ", asks) + line[indent+asks:]
			continue
		}
		if !strings.HasPrefix(text, "%") {
			continue
		}
		blank := len(strings.TrimRight(line, "\r\n"))
		if word, _, found := strings.Cut(text, " "); found && word == "%time" {
			blank = len(line) - len(text) + len(word)
		}
		lines[i] = strings.Repeat(" ", blank) + line[blank:]
	}
	return strings.Join(lines, "")
}
