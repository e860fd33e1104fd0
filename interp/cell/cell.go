package cell

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"iter"
	"slices"
	"strings"
)

// Cell is the parsed text of one cell. All positions lie in File.
type Cell struct {
	Number int
	Code   string // as typed
	File   *token.File

	Imports []*ast.ImportSpec
	Decls   []ast.Decl // functions, methods, and types, one spec each; const groups stay whole
	Stmts   []ast.Stmt // var declarations among them, one spec each
	Inits   []*ast.FuncDecl
	Main    *ast.FuncDecl // also among Decls

	Magics []Magic
	Silent bool // the last expression is followed by a semicolon

	Unclosed token.Pos // of a bracket, if there is one that is never closed
}

// FileName is the name that a cell has in positions.
func FileName(number int) string { return fmt.Sprintf("In [%d]", number) }

// prefix lengths that a private file set must leave room for before a cell's first byte.
const (
	declPrefix = "package x\n" // a comment on the clause's line would be no doc comment
	bodyPrefix = "package x;func _(){"
	room       = len(bodyPrefix) + 2
)

// NewFileSet returns a file set that cells can be parsed into.
func NewFileSet() *token.FileSet {
	fset := token.NewFileSet()
	fset.AddFile("", -1, room) // no cell begins nearer to the start than the longest prefix
	return fset
}

// Parse reads the text of a cell and adds its file to fset, which comes from NewFileSet. The error
// is a scanner.ErrorList with one entry per mistake; the Cell is then what could be understood.
func Parse(fset *token.FileSet, number int, code string) (*Cell, error) {
	c := &Cell{Number: number, Code: code}
	c.File = fset.AddFile(FileName(number), -1, len(code)+1)
	c.File.SetLinesForContent([]byte(code))
	text := strings.ReplaceAll(code, "\r", " ") // same length; a carriage return means nothing in Go
	p := &cellParser{cell: c, text: []byte(text)}
	p.split()
	if !p.unbalanced {
		p.imports()
		p.decls()
		p.stmts()
		p.magicStmts()
		p.orderVars()
	}
	slices.SortStableFunc(p.errs, func(a, b *scanner.Error) int { return cmp.Compare(a.Pos.Offset, b.Pos.Offset) })
	p.errs = firstOfLines(p.errs)
	return c, p.errs.Err()
}

// firstOfLines leaves of a sorted list what the compiler says: one slip makes the parser stumble on, so that of each
// line the first mistake of syntax is told. What the scanner has said before it stays.
func firstOfLines(list scanner.ErrorList) scanner.ErrorList {
	var out scanner.ErrorList
	for _, e := range list {
		if n := len(out); n > 0 && out[n-1].Pos.Line == e.Pos.Line {
			if last := out[n-1]; *last == *e || isSyntax(last.Msg) || !isSyntax(e.Msg) && !isLexical(e.Msg) {
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

// Text returns the source between two positions of the cell.
func (c *Cell) Text(from, to token.Pos) string {
	return c.Code[max(0, c.File.Offset(from)):min(len(c.Code), c.File.Offset(to))]
}

// Nodes goes over the cell's declarations, statements and init functions.
func (c *Cell) Nodes() iter.Seq[ast.Node] {
	return func(yield func(ast.Node) bool) {
		for _, d := range c.Decls {
			if !yield(d) {
				return
			}
		}
		for _, s := range c.Stmts {
			if !yield(s) {
				return
			}
		}
		for _, f := range c.Inits {
			if !yield(f) {
				return
			}
		}
	}
}

// kind says which of the three parses a chunk belongs to.
type kind int

const (
	importChunk kind = iota
	declChunk
	stmtChunk
)

// chunk is one import, declaration or statement: a range of bytes.
type chunk struct {
	kind       kind
	start, end int
}

type cellParser struct {
	cell   *Cell
	text   []byte // as typed, but for magics and carriage returns, which are blanks
	chunks []chunk
	errs   scanner.ErrorList

	blankOnly  bool // of the text only what is no Go changes
	unbalanced bool // brackets don't match, and the mistake is told
}

func (p *cellParser) fail(offset int, format string, args ...any) {
	pos := p.cell.File.Position(p.cell.File.Pos(min(offset, len(p.text))))
	p.errs.Add(pos, fmt.Sprintf(format, args...))
}

// parse runs go/parser over the chunks of one kind, the rest of the cell blanked out, in a private
// file set that is laid out so that the positions which come out are the cell's own.
func (p *cellParser) parse(k kind, prefix, suffix string) *ast.File {
	src := make([]byte, 0, len(prefix)+len(p.text)+len(suffix)+1)
	src = append(src, prefix...)
	src = append(src, p.text...)
	found := false
	for _, c := range p.chunks {
		if c.kind == k {
			found = true
			continue
		}
		for i := c.start; i < c.end; i++ {
			src[len(prefix)+i] = ' '
		}
	}
	if !found {
		return nil
	}
	src = append(src, '\n')
	src = append(src, suffix...)
	file, list := p.parseSource(src, len(prefix), 0)
	for _, e := range list {
		at := e.Pos.Offset - len(prefix)
		p.fail(at, "%s", sayAgain(e.Msg, p.text, at))
	}
	return file
}

// parseSource parses a source that has the cell's text from an offset on behind a prefix.
func (p *cellParser) parseSource(src []byte, prefix, from int) (*ast.File, scanner.ErrorList) {
	base := p.cell.File.Base() + from - prefix
	private := token.NewFileSet()
	private.AddFile("", 1, base-2)
	file, err := parser.ParseFile(private, "", src, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	var list scanner.ErrorList
	errors.As(err, &list)
	// Of what is said of one place, which comes sorted by its words, the parser missed a name or comma first and a semicolon last.
	rank := func(e *scanner.Error) int {
		switch {
		case strings.HasPrefix(e.Msg, "expected ';'"):
			return 2
		case strings.HasPrefix(e.Msg, "expected '('"):
			return 1
		case strings.HasPrefix(e.Msg, "expected 'IDENT'"), strings.HasPrefix(e.Msg, "missing ',' before newline"):
			return -1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b *scanner.Error) int {
		return cmp.Or(cmp.Compare(a.Pos.Offset, b.Pos.Offset), cmp.Compare(rank(a), rank(b)))
	})
	return file, list
}

// complain tells of a bracket that doesn't match, in a chunk that begins with some tokens: what the parser says of
// the text from there on, or else that the bracket is not expected. closer is what the innermost bracket waits for at
// the end of the text, if that is what is wrong.
func (p *cellParser) complain(toks []token.Token, begin, at int, closer token.Token) {
	p.unbalanced = true
	end := len(bytes.TrimRight(p.text, " \t\n"))
	if len(toks) > 0 {
		prefix := bodyPrefix
		if classify(toks) == declChunk {
			prefix = declPrefix
		}
		_, list := p.parseSource([]byte(prefix+string(p.text[begin:])+"\n"), len(prefix), begin)
		found := ""
		for _, e := range list {
			offset := begin + e.Pos.Offset - len(prefix)
			said := sayAgain(e.Msg, p.text, offset)
			switch {
			case !isSyntax(said):
			case offset < end || strings.HasPrefix(e.Msg, "missing ',' before newline"):
				p.fail(min(offset, end), "%s", said)
				return
			case found == "" || strings.HasPrefix(e.Msg, "expected '"+closer.String()+"'"):
				found = said
			}
		}
		if found != "" {
			p.fail(end, "%s", found)
			return
		}
	}
	if closer != 0 {
		p.fail(end, "syntax error: unexpected EOF, expected %s", closer)
		return
	}
	p.fail(at, "syntax error: unexpected %s", p.text[at:at+1])
}

func (p *cellParser) imports() {
	if file := p.parse(importChunk, declPrefix, ""); file != nil {
		p.cell.Imports = file.Imports
	}
}

func (p *cellParser) decls() {
	file := p.parse(declChunk, declPrefix, "")
	if file == nil {
		return
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body == nil {
				p.fail(int(d.Name.Pos()-p.cell.File.Pos(0)), "missing function body")
			}
			if d.Recv == nil && d.Name.Name == "init" {
				p.cell.Inits = append(p.cell.Inits, d)
				continue
			}
			if d.Recv == nil && d.Name.Name == "main" {
				p.cell.Main = d
			}
			p.cell.Decls = append(p.cell.Decls, d)
		case *ast.GenDecl:
			if d.Tok == token.TYPE {
				p.cell.Decls = append(p.cell.Decls, ungroup(d)...)
			} else if len(d.Specs) > 0 {
				p.cell.Decls = append(p.cell.Decls, d)
			}
		}
	}
}

func (p *cellParser) stmts() {
	file := p.parse(stmtChunk, bodyPrefix, "}")
	if file == nil || len(file.Decls) == 0 {
		return
	}
	fn, ok := file.Decls[0].(*ast.FuncDecl)
	if !ok || fn.Body == nil {
		return
	}
	for _, s := range fn.Body.List {
		switch s := s.(type) {
		case *ast.EmptyStmt:
			continue
		case *ast.DeclStmt:
			if d, ok := s.Decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
				for _, one := range ungroup(d) {
					p.cell.Stmts = append(p.cell.Stmts, &ast.DeclStmt{Decl: one})
				}
				continue
			}
		}
		p.cell.Stmts = append(p.cell.Stmts, s)
	}
}

// Declaration parses again a declaration that stands between two offsets of a cell's text, into the positions that it
// has there. Grouped says that it is a type of a group of several, whose word type stands elsewhere.
func Declaration(file *token.File, text string, from, to int, grouped bool) ast.Decl {
	prefix := "package x;"
	if grouped {
		prefix += "type "
	}
	src := prefix + strings.ReplaceAll(text[from:to], "\r", " ")
	private := token.NewFileSet()
	private.AddFile("", 1, file.Base()+from-len(prefix)-2)
	parsed, err := parser.ParseFile(private, "", src, parser.SkipObjectResolution)
	if err != nil || len(parsed.Decls) != 1 {
		panic(fmt.Sprintf("cell: what was a declaration is none any more: %v", err))
	}
	d := parsed.Decls[0]
	if grouped {
		d.(*ast.GenDecl).TokPos = d.(*ast.GenDecl).Specs[0].Pos()
	}
	return d
}

// ungroup makes one declaration of each spec of a group.
func ungroup(d *ast.GenDecl) []ast.Decl {
	if len(d.Specs) == 1 {
		return []ast.Decl{d}
	}
	var out []ast.Decl
	for _, spec := range d.Specs {
		one := &ast.GenDecl{Tok: d.Tok, TokPos: spec.Pos(), Specs: []ast.Spec{spec}}
		if t, ok := spec.(*ast.TypeSpec); ok {
			one.Doc = t.Doc
		}
		out = append(out, one)
	}
	return out
}
