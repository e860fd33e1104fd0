package cell

import (
	"bytes"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
)

// go/parser has other words for what is no syntax than the Go compiler, which people know and search for. So its
// messages are said again in the compiler's.

var (
	expected = regexp.MustCompile(`^expected (.+), found (.+)$`)
	typeName = regexp.MustCompile(`^type [\pL_][\pL\pN_]*( =)?$`)
	missing  = regexp.MustCompile(`^missing ',' (?:before newline )?in (.+)$`)
)

func isSyntax(msg string) bool { return strings.HasPrefix(msg, "syntax error: ") }

// isLexical says whether the scanner has complained.
func isLexical(msg string) bool {
	if strings.HasPrefix(msg, "invalid character") || strings.HasPrefix(msg, "newline in ") {
		return true
	}
	for from, to := range lexical {
		if msg == to || to == "" && msg == from {
			return true
		}
	}
	return false
}

// lexical are complaints of the scanner, which the compiler doesn't call errors of syntax.
var lexical = map[string]string{
	"illegal rune literal":                "more than one character in rune literal",
	"unknown escape sequence":             "unknown escape",
	"escape sequence not terminated":      "escape is not terminated",
	"string literal not terminated":       "newline in string",
	"raw string literal not terminated":   "string not terminated",
	"rune literal not terminated":         "rune literal not terminated",
	"comment not terminated":              "comment not terminated",
	"hexadecimal literal has no digits":   "",
	"octal literal has no digits":         "",
	"binary literal has no digits":        "",
	"exponent has no digits":              "",
	"'_' must separate successive digits": "",
}

// sayAgain puts a message about the text at an offset into the compiler's words.
func sayAgain(msg string, text []byte, offset int) string {
	if to, ok := lexical[msg]; ok {
		switch {
		case msg == "illegal rune literal" && strings.HasPrefix(string(text[min(offset, len(text)):]), "''"):
			return "empty rune literal or unescaped '"
		case to == "":
			return msg
		}
		return to
	}
	if strings.HasPrefix(msg, "illegal character") {
		return "invalid" + strings.TrimPrefix(msg, "illegal")
	}
	if strings.HasPrefix(msg, "invalid digit") || strings.HasSuffix(msg, "must be function call") {
		return msg
	}
	const syntax = "syntax error: "
	msg = strings.Replace(msg, "; expecting ", "; expected ", 1)
	if m := missing.FindStringSubmatch(msg); m != nil {
		end := ")"
		if strings.Contains(m[1], "literal") {
			end = "}"
		}
		found := next(text, offset)
		if strings.Contains(msg, "before newline") {
			found = "newline"
		}
		return syntax + "unexpected " + found + " in " + m[1] + "; possibly missing comma or " + end
	}
	m := expected.FindStringSubmatch(msg)
	if m == nil || strings.Contains(m[2], " ") {
		return syntax + msg
	}
	if offset >= len(text) && m[2] == "'}'" {
		m[2] = "'EOF'" // the brace is ours
	}
	what, found := strings.Trim(m[1], "'"), describe(m[2])
	switch what {
	case ";":
		if found == "EOF" {
			return syntax + "unexpected EOF"
		}
		return syntax + "unexpected " + found + unended(text, offset, m[2])
	case "operand":
		what = "expression"
	case "IDENT":
		what = "name"
		if before(text, offset) == "func" {
			what = "name or ("
		}
	case "declaration":
		return syntax + "unexpected " + found + " after top level declaration"
	case "type":
		if typeName.MatchString(before(text, offset)) {
			return syntax + "unexpected " + found + " in type declaration"
		}
	case "statement":
		if _, inside := around(text, offset); inside != 0 {
			what = "}" // which would be one thing that may stand there
		}
	}
	return syntax + "unexpected " + found + ", expected " + what
}

// unended says where something stands that should have been preceded by a semicolon.
func unended(text []byte, offset int, found string) string {
	first, inside := around(text, offset)
	switch {
	case inside == token.STRUCT:
		return " in struct type; possibly missing semicolon or newline or }"
	case inside == token.INTERFACE:
		return " in interface type; possibly missing semicolon or newline or }"
	case found == "':='" && first == token.VAR:
		return ", expected ="
	case first == token.IF || first == token.SWITCH || first == token.SELECT:
		return ", expected {"
	case first == token.FOR && found == "'{'":
		return ", expected semicolon or newline"
	}
	return " at end of statement"
}

// before is what of a line stands before an offset, with single blanks.
func before(text []byte, offset int) string {
	text = text[:min(offset, len(text))]
	return strings.Join(strings.Fields(string(text[bytes.LastIndexByte(text, '\n')+1:])), " ")
}

// describe names a token as the compiler does that go/parser has found.
func describe(found string) string {
	quoted := strings.HasPrefix(found, "'")
	text := strings.Trim(found, "'")
	switch {
	case text == ",":
		return "comma"
	case text == ";":
		return "semicolon"
	case text == "newline" || text == "EOF":
		return text
	case token.IsKeyword(text):
		return "keyword " + text
	case token.IsIdentifier(text):
		return "name " + text
	case quoted && len(found) > 2 && !strings.ContainsAny(text[:1], "0123456789"):
		return text
	}
	return "literal " + text
}

// next names the token at an offset.
func next(text []byte, offset int) string {
	if offset >= len(text) {
		return "EOF"
	}
	_, tok, lit := newScanner(text[offset:]).Scan()
	switch {
	case tok == token.SEMICOLON && lit == "\n":
		return "newline"
	case tok == token.EOF:
		return "EOF"
	case tok.IsLiteral():
		return describe(lit)
	}
	return describe("'" + tok.String() + "'")
}

// around returns the token that the statement around an offset begins with, and the one before the brace that is
// open there.
func around(text []byte, offset int) (first, inside token.Token) {
	type level struct{ first, before token.Token }
	levels := []level{{}}
	s := newScanner(text[:min(offset, len(text))])
	last := token.ILLEGAL
	for {
		pos, tok, lit := s.Scan()
		top := &levels[len(levels)-1]
		switch {
		case tok == token.EOF || tok == token.SEMICOLON && lit == "\n" && int(pos) > min(offset, len(text)):
			return top.first, top.before
		case tok == token.LBRACE || tok == token.LPAREN || tok == token.LBRACK:
			if top.first == 0 {
				top.first = tok
			}
			levels = append(levels, level{before: last})
		case (tok == token.RBRACE || tok == token.RPAREN || tok == token.RBRACK) && len(levels) > 1:
			levels = levels[:len(levels)-1]
		case tok == token.SEMICOLON && lit != "\n" && top.first != token.FOR && top.first != token.IF && top.first != token.SWITCH:
			top.first = 0
		case tok == token.SEMICOLON && lit == "\n":
			top.first = 0
		case top.first == 0:
			top.first = tok
		}
		last = tok
	}
}

func newScanner(text []byte) *scanner.Scanner {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(text)), text, nil, 0)
	return &s
}
