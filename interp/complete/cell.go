package complete

import (
	"go/token"
	"strings"
)

// chunk is one top-level piece of a cell: an import, a declaration or a statement.
type chunk struct {
	tok        token.Token // IMPORT, FUNC, TYPE, VAR, CONST; ILLEGAL for statements
	start, end int
}

func (c chunk) isDecl() bool { return c.tok != token.ILLEGAL && c.tok != token.IMPORT }

// chunks splits a cell. Brackets that are never closed make the last chunk reach to the end.
func chunks(src string) []chunk {
	tokens := lex(src)
	var out []chunk
	depth := 0
	fresh := true   // the next token begins a chunk
	header := false // of an if, for or switch, where semicolons don't end a statement
	comment := -1   // where the comments start that a declaration may have
	for i, l := range tokens {
		if l.tok == token.COMMENT {
			if fresh && comment < 0 {
				comment = l.pos
			}
			continue
		}
		if fresh && l.tok != token.SEMICOLON {
			c := chunk{tok: leading(tokens[i:]), start: l.pos, end: len(src)}
			if comment >= 0 && c.isDecl() {
				c.start = comment
			}
			out = append(out, c)
			fresh, comment = false, -1
		}
		switch l.tok {
		case token.IF, token.FOR, token.SWITCH:
			header = header || depth == 0
		case token.LPAREN, token.LBRACK, token.LBRACE:
			header = header && (depth > 0 || l.tok != token.LBRACE)
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth = max(depth-1, 0)
		case token.SEMICOLON:
			if depth == 0 && !fresh && (l.auto || !header) {
				header = false
				out[len(out)-1].end = l.pos
				fresh = true
			}
		}
	}
	return out
}

// leading classifies a chunk by its first tokens.
func leading(tokens []lexeme) token.Token {
	switch tok := tokens[0].tok; tok {
	case token.IMPORT, token.TYPE, token.VAR, token.CONST:
		return tok
	case token.FUNC:
		// func f, func (r T) m: declarations. func (a int) {…}(1): a statement.
		rest := tokens[1:]
		if len(rest) > 0 && rest[0].tok == token.LPAREN {
			depth := 0
			for i, l := range rest {
				if l.tok == token.LPAREN {
					depth++
				} else if l.tok == token.RPAREN {
					depth--
				}
				if depth == 0 {
					rest = rest[i+1:]
					break
				}
			}
		}
		if len(rest) == 0 || rest[0].tok == token.IDENT {
			return token.FUNC // or about to become one
		}
	}
	return token.ILLEGAL
}

// tail finds the declarations after a cursor, where brackets that are still open hide them from
// chunks: whatever starts a line with the word of a declaration is taken for one.
func tail(src string, from int) []chunk {
	for {
		nl := strings.IndexByte(src[from:], '\n')
		if nl < 0 {
			return nil
		}
		from += nl + 1
		for _, word := range []string{"func ", "type ", "var ", "const ", "import "} {
			if !strings.HasPrefix(src[from:], word) {
				continue
			}
			var out []chunk
			for _, c := range chunks(src[from:]) {
				if c.tok != token.ILLEGAL {
					out = append(out, chunk{c.tok, c.start + from, c.end + from})
				}
			}
			return out
		}
	}
}

// openBrackets returns the closing brackets that a text lacks, innermost first.
func openBrackets(src string) string {
	var stack []byte
	for _, l := range lex(src) {
		switch l.tok {
		case token.LPAREN:
			stack = append(stack, ')')
		case token.LBRACK:
			stack = append(stack, ']')
		case token.LBRACE:
			stack = append(stack, '}')
		case token.RPAREN, token.RBRACK, token.RBRACE:
			// A closer also closes what was forgotten inside it.
			for i := len(stack) - 1; i >= 0; i-- {
				if string(stack[i]) == l.tok.String() {
					stack = stack[:i]
					break
				}
			}
		}
	}
	out := make([]byte, len(stack))
	for i, c := range stack {
		out[len(stack)-1-i] = c
	}
	return string(out)
}
