package cell

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Shell is the name of the magic that a line begins with which is for the system's shell.
const Shell = "!"

// Host is the name under which a session imports package rg for what Parse writes itself. No author can write
// it, so that rg stays free for a variable.
const Host = "rg·"

// Magic is one line that is not Go: it begins with %, %% or !.
type Magic struct {
	Name string // without the percent signs; Shell for a line that begins with !, "?" or "??" for one that asks for help
	Args string // the rest of the line
	Body string // what follows the line, where that is no Go either
	Cell bool   // %%: in the first line, about the whole cell
	Pos  token.Pos
}

// form says what follows the name of a magic.
type form int

const (
	words    form = iota // words to the line's end, read before any of the cell's Go runs
	inline               // words; the magic takes its turn between the statements
	timed                // Go: the statement in the line, or the whole cell
	verbatim             // %% only: the rest of the cell is no Go
)

// forms names the magics that are more than words.
var forms = map[string]form{
	"!": inline, "%cd": inline, "%env": inline,
	"%time": timed, "%timeit": timed, "%%timeit": timed,
	"%%bash": verbatim, "%%sh": verbatim, "%%writefile": verbatim,
}

// asks says whether it asks for help: "?name" is the magic "?".
func (m Magic) asks() bool { return m.Name == "?" || m.Name == "??" }

func (m Magic) form() form {
	if name := m.String(); m.Args != "" && (name == "%%" || name == "%main") {
		return inline // what stands above may define the flags
	}
	return forms[m.String()]
}

// String is the name as it is typed.
func (m Magic) String() string {
	switch {
	case m.Name == Shell, m.asks():
		return m.Name
	case m.Cell:
		return "%%" + m.Name
	}
	return "%" + m.Name
}

// Inline says whether the magic takes its turn between the statements.
func (m Magic) Inline() bool { return m.form() == inline }

// line is the magic as a line, for rg.Magic.
func (m Magic) line() string {
	if m.Name == Shell {
		return Shell + m.Args
	}
	return strings.TrimSpace(m.String() + " " + m.Args)
}

// Blank returns the text with spaces for what is no Go: the lines of magics, but for the statement that %time or
// %timeit measures, and the whole of a cell that a magic like %%bash takes. Bytes keep their places.
func Blank(code string) string {
	p := &cellParser{cell: &Cell{Code: code, File: NewFileSet().AddFile("", -1, len(code)+1)}, text: []byte(code)}
	p.blankOnly = true
	p.split()
	return string(p.text)
}

// textCell takes a cell whose magic wants all of it.
func (p *cellParser) textCell() bool {
	code := p.cell.Code
	at := len(code) - len(strings.TrimLeftFunc(code, unicode.IsSpace))
	if !strings.HasPrefix(code[at:], "%%") {
		return false
	}
	line, body, _ := strings.Cut(code[at:], "\n")
	m := ReadMagic(line)
	if m.form() != verbatim {
		return false
	}
	m.Pos, m.Body = p.cell.File.Pos(at), strings.ReplaceAll(body, "\r\n", "\n")
	p.cell.Magics = append(p.cell.Magics, m)
	p.blank(at, len(p.text))
	return true
}

// ReadMagic reads a line that begins with %, %% or !, or that asks for help.
func ReadMagic(line string) Magic {
	line = strings.TrimRight(line, "\r")
	if marks, name, ok := help(line); ok {
		return Magic{Name: marks, Args: name}
	}
	if command, ok := strings.CutPrefix(line, Shell); ok {
		return Magic{Name: Shell, Args: strings.TrimSpace(command)}
	}
	var m Magic
	body := strings.TrimPrefix(line, "%")
	if rest, ok := strings.CutPrefix(body, "%"); ok {
		m.Cell, body = true, rest
	}
	m.Name = body
	if i := strings.IndexFunc(body, unicode.IsSpace); i >= 0 {
		m.Name, m.Args = body[:i], strings.TrimSpace(body[i:])
	}
	return m
}

// magic records the magic that begins at a byte, blanks out what of it is no Go and returns where to go on.
func (p *cellParser) magic(at int) int {
	end := p.endOfLine(at)
	if p.text[at] == '!' { // a shell's line goes on after a backslash
		for end < len(p.text) && strings.HasSuffix(strings.TrimRight(string(p.text[at:end]), "\r "), `\`) {
			end = p.endOfLine(end + 1)
		}
	}
	m := ReadMagic(string(p.text[at:end]))
	m.Pos = p.cell.File.Pos(at)
	if m.asks() && p.blankOnly { // completion wants the name
		p.blankMarks(at, end)
		return end
	}
	// Bare, it is gonb's mark for what belongs in main, and stands below the declarations.
	if m.Cell && m.Name != "" && (strings.TrimSpace(string(p.text[:at])) != "" || len(p.chunks) > 0 || len(p.cell.Magics) > 0) {
		p.fail(at, "a cell magic (%%%%) stands in the first line of its cell")
	}
	if m.form() == timed && !m.Cell {
		// The statement is Go and stays where it is.
		end = at + len(m.String())
		if m.Name == "timeit" {
			end += optionsEnd(string(p.text[end:p.endOfLine(at)]))
			m.Args = strings.TrimSpace(string(p.text[at+len(m.String()) : end]))
		}
	}
	p.blank(at, end)
	p.cell.Magics = append(p.cell.Magics, m)
	return end
}

func (p *cellParser) endOfLine(at int) int {
	for at < len(p.text) && p.text[at] != '\n' {
		at++
	}
	return min(at, len(p.text))
}

// blankMarks leaves the name that is asked about.
func (p *cellParser) blankMarks(from, to int) {
	for i := from; i < to; i++ {
		if p.text[i] == '?' {
			p.text[i] = ' '
		}
	}
}

// blank keeps line ends, so that lines keep their numbers.
func (p *cellParser) blank(from, to int) {
	for i := from; i < to; i++ {
		if p.text[i] != '\n' {
			p.text[i] = ' '
		}
	}
}

// optionsEnd returns where a %timeit's -n 100 -r 7 ends.
func optionsEnd(args string) int {
	end := 0
	for {
		rest := strings.TrimLeft(args[end:], " \t")
		if !strings.HasPrefix(rest, "-n") && !strings.HasPrefix(rest, "-r") {
			return end
		}
		digits := strings.TrimLeft(rest[2:], " \t")
		n := len(digits) - len(strings.TrimLeft(digits, "0123456789"))
		after := digits[n:]
		if n == 0 || after != "" && !unicode.IsSpace(rune(after[0])) {
			return end
		}
		end = len(args) - len(after)
	}
}

// TimeitOptions reads a %timeit's options: so many runs in each of so many rounds, 0 where nothing is said.
func TimeitOptions(args string) (runs, rounds int, ok bool) {
	if optionsEnd(args) != len(strings.TrimRight(args, " \t")) {
		return 0, 0, false
	}
	for _, part := range strings.Split(" "+args, " -")[1:] {
		n, err := strconv.Atoi(strings.TrimSpace(part[1:]))
		if err != nil || n == 0 {
			return 0, 0, false
		}
		if part[0] == 'n' {
			runs = n
		} else {
			rounds = n
		}
	}
	return runs, rounds, true
}

// magicStmts writes the Go of those magics that take their turn between statements: rg.Magic("!ls"), and
// rg.Timeit around what is to be timed.
func (p *cellParser) magicStmts() {
	for _, m := range p.cell.Magics {
		switch {
		case m.form() == inline:
			p.insert(call(m.Pos, "Magic", &ast.BasicLit{ValuePos: m.Pos, Kind: token.STRING, Value: strconv.Quote(m.line())}))
		case m.Name == "timeit":
			p.timeit(m)
		}
	}
}

// insert puts a statement where it stands in the text.
func (p *cellParser) insert(s ast.Stmt) {
	i, _ := slices.BinarySearchFunc(p.cell.Stmts, s.Pos(), func(o ast.Stmt, at token.Pos) int { return int(o.Pos() - at) })
	p.cell.Stmts = slices.Insert(p.cell.Stmts, i, s)
}

// timeit makes rg.Timeit(runs, rounds, func(n int) { for range n { … } }) of the statements that a magic is about.
// What they define is theirs alone.
func (p *cellParser) timeit(m Magic) {
	from, to := 0, len(p.cell.Stmts)
	if !m.Cell {
		line := p.cell.File.Line(m.Pos)
		from = slices.IndexFunc(p.cell.Stmts, func(s ast.Stmt) bool { return s.Pos() > m.Pos && p.cell.File.Line(s.Pos()) == line })
		if from < 0 {
			return // nothing to time: the engine says so
		}
		to = from
		for to < len(p.cell.Stmts) && p.cell.File.Line(p.cell.Stmts[to].Pos()) == line {
			to++
		}
	}
	if from == to {
		return
	}
	at := m.Pos
	count := func() *ast.Ident { return &ast.Ident{NamePos: at, Name: "nꞏ"} }
	loop := &ast.RangeStmt{
		For: at, TokPos: token.NoPos, Range: at, X: count(),
		Body: &ast.BlockStmt{Lbrace: at, List: used(p.cell.Stmts[from:to]), Rbrace: p.cell.Stmts[to-1].End()},
	}
	f := &ast.FuncLit{
		Type: &ast.FuncType{Func: at, Params: &ast.FieldList{Opening: at, Closing: at, List: []*ast.Field{
			{Names: []*ast.Ident{count()}, Type: &ast.Ident{NamePos: at, Name: "int"}},
		}}},
		Body: &ast.BlockStmt{Lbrace: at, List: []ast.Stmt{loop}, Rbrace: loop.Body.Rbrace},
	}
	runs, rounds, _ := TimeitOptions(m.Args)
	number := func(n int) ast.Expr {
		return &ast.BasicLit{ValuePos: at, Kind: token.INT, Value: strconv.Itoa(n)}
	}
	p.cell.Stmts = slices.Replace(p.cell.Stmts, from, to, ast.Stmt(call(at, "Timeit", number(runs), number(rounds), f)))
}

// used returns the statements with their values used: x*2 becomes _ = x*2, and x := 1 is followed by _ = x.
func used(stmts []ast.Stmt) []ast.Stmt {
	var out []ast.Stmt
	blank := func(x ast.Expr) ast.Stmt {
		return &ast.AssignStmt{Lhs: []ast.Expr{&ast.Ident{NamePos: x.Pos(), Name: "_"}}, TokPos: x.Pos(), Tok: token.ASSIGN, Rhs: []ast.Expr{x}}
	}
	name := func(id *ast.Ident) {
		if id.Name != "_" {
			out = append(out, blank(&ast.Ident{NamePos: id.NamePos, Name: id.Name}))
		}
	}
	for _, s := range stmts {
		if x, ok := s.(*ast.ExprStmt); ok && hasValue(x.X) {
			s = blank(x.X)
		}
		out = append(out, s)
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				for _, x := range s.Lhs {
					if id, ok := x.(*ast.Ident); ok {
						name(id)
					}
				}
			}
		case *ast.DeclStmt:
			if d, ok := s.Decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
				for _, spec := range d.Specs {
					for _, id := range spec.(*ast.ValueSpec).Names {
						name(id)
					}
				}
			}
		}
	}
	return out
}

// hasValue says whether an expression can't stand as a statement because its value must be used.
func hasValue(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.CallExpr:
		switch f := ast.Unparen(x.Fun).(type) {
		case *ast.Ident:
			return mustUse[f.Name]
		case *ast.ArrayType, *ast.MapType, *ast.ChanType, *ast.FuncType, *ast.InterfaceType:
			return true
		}
		return false
	case *ast.UnaryExpr:
		return x.Op != token.ARROW
	}
	return true
}

// mustUse are the functions and conversions whose values Go wants used.
var mustUse = func() map[string]bool {
	names := map[string]bool{}
	for _, n := range strings.Fields("append cap complex imag len make max min new real " +
		"bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr any") {
		names[n] = true
	}
	return names
}()

// call is a call of a function of package rg.
func call(at token.Pos, function string, args ...ast.Expr) *ast.ExprStmt {
	f := &ast.SelectorExpr{X: &ast.Ident{NamePos: at, Name: Host}, Sel: &ast.Ident{NamePos: at, Name: function}}
	return &ast.ExprStmt{X: &ast.CallExpr{Fun: f, Lparen: at, Args: args, Rparen: args[len(args)-1].End()}}
}

// magicStart says whether a token that stands first in a statement and in its line begins a magic.
func magicStart(tok token.Token) bool {
	switch tok {
	case token.REM, token.REM_ASSIGN, token.NOT, token.NEQ:
		return true
	}
	return false
}
