package complete

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"iter"
	"strings"
)

// cursorName is the identifier that stands at the cursor while a text is being completed.
const cursorName = "cursor__"

// source is a cell made whole: a file that parses, more or less.
type source struct {
	fset   *token.FileSet
	file   *ast.File
	text   string
	cursor *ast.Ident // the identifier in question
	path   []ast.Node // from cursor up to file
}

// layout is a cell taken apart, to be put together as a file around the chunk in question.
type layout struct {
	imports, decls, stmts []string
	hoist                 bool // statements that define variables become declarations
}

// add puts a chunk that is whole in its place. Statements with syntax errors are left out: they
// would only confuse what follows.
func (l *layout) add(code string, c chunk) {
	text := code[c.start:c.end]
	switch {
	case c.tok == token.IMPORT:
		l.imports = append(l.imports, text)
	case c.isDecl():
		l.decls = append(l.decls, text)
	default:
		l.stmts = append(l.stmts, text)
	}
}

// parse assembles the file with the chunk in question last, and finds the identifier at offset at
// of the chunk's text. It returns nil if the parser lost it, and the number of syntax errors.
func (l *layout) parse(last string, decl bool, at int) (*source, int) {
	var b strings.Builder
	b.WriteString("package cell\n")
	for _, s := range l.imports {
		b.WriteString(s + "\n")
	}
	for _, s := range l.decls {
		b.WriteString(s + "\n")
	}
	stmts := l.stmts
	if decl && l.hoist {
		stmts = nil
		for _, s := range l.stmts {
			if v, ok := hoisted(s); ok {
				b.WriteString(v + "\n")
			} else {
				stmts = append(stmts, s)
			}
		}
	}
	body := func() {
		b.WriteString("func _() {\n")
		for _, s := range stmts {
			b.WriteString(s + "\n")
		}
	}
	if decl {
		body()
		b.WriteString("}\n")
	} else {
		body()
	}
	at += b.Len()
	b.WriteString(last)
	if !decl {
		b.WriteString("\n}\n")
	}
	return parse(b.String(), at)
}

// hoisted turns "a, b := e" into "var a, b = e".
func hoisted(stmt string) (string, bool) {
	want := token.IDENT
	for _, l := range lex(stmt) {
		switch {
		case l.tok == token.DEFINE && want == token.COMMA:
			return "var " + stmt[:l.pos] + "=" + stmt[l.end:], true
		case l.tok != want:
			return "", false
		case want == token.IDENT:
			want = token.COMMA
		default:
			want = token.IDENT
		}
	}
	return "", false
}

func parse(text string, at int) (*source, int) {
	s := &source{fset: token.NewFileSet(), text: text}
	file, err := parser.ParseFile(s.fset, "cell", text, parser.ParseComments|parser.AllErrors|parser.SkipObjectResolution)
	errs := 0
	if list := scanner.ErrorList(nil); errors.As(err, &list) {
		errs = len(list)
	} else if err != nil {
		errs = 1
	}
	if file == nil {
		return nil, errs
	}
	s.file = file
	pos := s.fset.File(file.FileStart).Pos(at)
	var stack []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return false
		}
		stack = append(stack, n)
		if id, ok := n.(*ast.Ident); ok && id.Pos() == pos && s.cursor == nil {
			s.cursor = id
			for i := len(stack) - 1; i >= 0; i-- {
				s.path = append(s.path, stack[i])
			}
		}
		return true
	})
	if s.cursor == nil {
		return nil, errs
	}
	return s, errs
}

// cuts makes the source of a cell that is being written: the text before the cursor, a name at the
// cursor, and what is missing after it. start is where the identifier at the cursor starts; name is
// what to put there. Declarations after the cursor are kept.
//
// What comes first is the best guess; the others see less of the cell, for when that is too broken.
func cuts(code string, start int, name string) iter.Seq[*source] {
	return func(yield func(*source) bool) {
		l := layout{hoist: true}
		before := chunks(code[:start])
		last := chunk{tok: token.ILLEGAL, start: start, end: start}
		if n := len(before); n > 0 && before[n-1].end == start { // else a line's end has ended it
			last = before[n-1]
			before = before[:n-1]
		}
		for _, c := range before {
			if c.tok != token.ILLEGAL || sound(code[c.start:c.end]) {
				l.add(code, c)
			}
		}
		for _, c := range tail(code, start) {
			l.add(code, c)
		}
		text := code[last.start:start]
		if s := l.repair(text, name, last.isDecl()); s != nil && !yield(s) {
			return
		}
		line := text[strings.LastIndexByte(text, '\n')+1:]
		for _, shorter := range []string{strings.TrimLeft(line, " \t})]"), operand(text)} {
			if len(shorter) >= len(text) {
				continue
			}
			text = shorter
			if s := l.repair(text, name, false); s != nil && !yield(s) {
				return
			}
		}
	}
}

// operand returns the end of a text that is one chain of names, calls and indices, up to a dot.
func operand(text string) string {
	tokens := lex(text)
	start := len(text)
	depth := 0
	for i := len(tokens) - 1; i >= 0; i-- {
		l := tokens[i]
		switch l.tok {
		case token.RPAREN, token.RBRACK:
			depth++
		case token.LPAREN, token.LBRACK:
			depth--
		case token.PERIOD, token.IDENT:
		case token.SEMICOLON:
			if !l.auto && depth == 0 {
				return text[start:]
			}
			continue
		default:
			if depth == 0 {
				return text[start:]
			}
		}
		if depth < 0 {
			break
		}
		start = l.pos
	}
	return text[start:]
}

// sound reports whether statements have no syntax errors.
func sound(stmts string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+stmts+"\n}", parser.SkipObjectResolution)
	return err == nil
}

// repair tries the ways to go on after a name, and takes the first without syntax errors, or else
// the one with the fewest.
func (l *layout) repair(text, name string, decl bool) *source {
	closers := openBrackets(text)
	var best *source
	fewest := 0
	try := func(rest string) bool {
		s, errs := l.parse(text+name+rest, decl, len(text))
		if s != nil && (best == nil || errs < fewest) {
			best, fewest = s, errs
		}
		return best != nil && fewest == 0
	}
	if try(closers) {
		return best
	}
	// What is missing may belong inside any of the brackets: "if f(x" wants its block after the
	// parenthesis, "case x" its colon inside the brace.
	for _, missing := range []string{" {}", ":", "()", " = 0", " struct{}", " := range 0 {}"} {
		for i := range len(closers) + 1 {
			if try(closers[:i] + missing + closers[i:]) {
				return best
			}
		}
	}
	return best
}

// whole makes the source of a cell as it stands, for a name that is already written.
func whole(code string, start int) *source {
	var l layout
	var last chunk
	found := false
	for _, c := range chunks(code) {
		if c.start <= start && start < c.end {
			last, found = c, true
			continue
		}
		if c.isDecl() || c.tok == token.IMPORT || sound(code[c.start:c.end]) {
			l.add(code, c)
		}
	}
	if !found || last.tok == token.IMPORT {
		return nil
	}
	l.hoist = true
	s, _ := l.parse(code[last.start:last.end], last.isDecl(), start-last.start)
	return s
}
