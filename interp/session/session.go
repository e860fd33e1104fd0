package session

import (
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/folder"
)

// Options say in what world a session lives.
type Options struct {
	Importer  types.Importer
	Preloaded []check.Import // what is imported before the first cell
	Dir       string         // of the notebook, for folders of source; "" is where the process is

	// Whole says that the executor reads what is known of all functions with each program, and not only of those that are fresh or generic.
	Whole bool

	// Named returns the paths of the packages that have a name and could be imported, the one that is
	// most likely meant first. nil knows none.
	Named func(name string) []string

	// Names returns the names of these packages. nil knows none.
	Names func() []string
}

// Session is the state of one notebook, apart from its values, which the executor holds. Its methods
// are called by one goroutine at a time, except Snapshot, Position and Line.
type Session struct {
	options Options
	checker check.Checker

	state
	entries  entries
	history  *history
	named    map[string]*entry // by their names, methods by T.M
	reach    reach
	undo     []func() // of what the last plan has changed
	trial    *trial   // what of the last cell was checked beside the declarations
	together bool     // nothing is: each cell has all declarations checked again, for comparison
	full     bool     // everything was checked together, and nothing of that is forgotten so far
	slim     bool     // of some declarations the syntax is not kept
	parsed   []*entry // of these, what was parsed again since the last plan
	counter  int      // of private names
	ids      identity // of entries

	packages     *packages
	folderStates map[*folder.Package]folderState
	folderIDs    map[string]identity    // by path
	pieces       map[*sourceFile]*piece // what Declarations has written
	declared     []string               // what it has returned; nil when that is out of date
	recent       []string               // texts of the latest cells; never written to once there
	told         string                 // why a folder that has changed isn't read anew
	failed       map[string]string      // what cells that failed would have defined, and in which file

	scope sync.RWMutex // guards the names of the package: they change while a cell is planned

	mu       sync.Mutex // guards what follows
	latest   *cell.Cell // the one that was parsed last
	snapshot Snapshot
	sources  map[string]*sourceFile // by file name
	moves    map[string][]move      // by file name
}

// state is what a cell may change, and what it changes only when it is committed.
type state struct {
	imports  []check.Import        // current and private names
	sleeping []*sleeper            // set aside
	types    map[string]types.Type // private names of types that can't be written
	checked  *check.Checked        // of the entries
	passed   []string              // variables that only the last cell's statements referred to
	passing  []string              // what the last program had for its statements alone
	folders  folders
}

// sleeper is a declaration that was set aside.
type sleeper struct {
	*entry
	why string
}

// move says that a function which stands in one cell was typed again, letter for letter, in another.
type move struct {
	from, to token.Position
	lines    int
}

// Snapshot is what completion and inspection need to know of a session. It doesn't change, but for the
// package and Source, which are to be read with Locked.
type Snapshot struct {
	Fset    *token.FileSet
	Pkg     *types.Package // scope of all live declarations; names with check.Mark are private
	Imports []check.Import

	// Importer knows the folders among the imports too.
	Importer types.Importer

	Recent []string // texts of the latest cells that were committed, the last one at the end

	named func(string) *entry
	scope *sync.RWMutex
}

// Locked calls f while no cell is planned, which would change the package.
func (s *Snapshot) Locked(f func()) {
	s.scope.RLock()
	defer s.scope.RUnlock()
	f()
}

// Source returns the text of a live declaration as it was typed, with its comment, by the name "f",
// "T" or "T.M"; "" where it isn't known.
func (s *Snapshot) Source(name string) string {
	e := s.named(name)
	if e == nil || e.private || e.kind() == token.VAR {
		return ""
	}
	return e.source()
}

// New returns an empty session.
func New(o Options) *Session {
	s := &Session{options: o, failed: map[string]string{}, sources: map[string]*sourceFile{}, moves: map[string][]move{}}
	s.packages = &packages{compiled: o.Importer, folders: map[string]*types.Package{}}
	s.folderStates, s.folderIDs = map[*folder.Package]folderState{}, map[string]identity{}
	s.checker = check.Checker{Fset: cell.NewFileSet(), Importer: s.packages}
	s.state = state{imports: slices.Clone(o.Preloaded), types: map[string]types.Type{}}
	s.named, s.reach, s.history = map[string]*entry{}, newReach(), newHistory()
	s.checked = s.checker.Check(check.Unit{Imports: s.imports})
	s.publish()
	return s
}

// Fset holds the files of all cells.
func (s *Session) Fset() *token.FileSet { return s.checker.Fset }

// Parse reads a cell's text. The error is a *check.Errors.
func (s *Session) Parse(number int, code string) (*cell.Cell, error) {
	c, err := cell.Parse(s.checker.Fset, number, code)
	s.mu.Lock()
	s.sources[c.File.Name()] = &sourceFile{file: c.File, text: code, number: int32(number)}
	s.latest = c
	s.mu.Unlock()
	if err != nil {
		errs := check.SyntaxErrors(err)
		if n := len(errs.List); n > 0 && c.Unclosed.IsValid() && errs.List[n-1].Hint == "" {
			at := c.File.Position(c.Unclosed)
			errs.List[n-1].Hint = fmt.Sprintf("the %c at %d:%d is not closed", code[at.Offset], at.Line, at.Column)
		}
		return c, errs
	}
	return c, nil
}

// Snapshot returns the session as it is now. It may be called while a cell runs.
func (s *Session) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot
}

func (s *Session) publish() {
	snap := Snapshot{Fset: s.checker.Fset, Pkg: s.checked.Pkg, Importer: s.packages, scope: &s.scope}
	for _, i := range s.imports {
		if !check.Private(i.Name) {
			snap.Imports = append(snap.Imports, i)
		}
	}
	snap.named = func(name string) *entry { return s.named[name] }
	snap.Recent = s.recent
	s.mu.Lock()
	s.snapshot = snap
	s.mu.Unlock()
}

// Line returns a line of a cell, and whether there is such a cell and line.
func (s *Session) Line(file string, line int) (string, bool) {
	s.mu.Lock()
	c := s.sources[file]
	s.mu.Unlock()
	if c == nil || line < 1 || line > c.file.LineCount() {
		return "", false
	}
	from := c.file.Offset(c.file.LineStart(line))
	to := len(c.text)
	if line < c.file.LineCount() {
		to = c.file.Offset(c.file.LineStart(line+1)) - 1
	}
	from = min(from, len(c.text))
	return strings.TrimRight(c.text[from:max(from, to)], "\r\n"), true
}

// HasSource says whether the text of a file is known: a cell's, or that of a folder's file.
func (s *Session) HasSource(file string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sources[file] != nil
}

// Cell returns the cell of a file name as it was parsed last, or nil. Of an earlier one than the latest only the text is kept, which is
// parsed anew, into a file of its own. It may be called while a cell runs.
func (s *Session) Cell(file string) *cell.Cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest != nil && s.latest.File.Name() == file {
		return s.latest
	}
	source, ok := s.sources[file]
	var number int
	if _, err := fmt.Sscanf(file, "In [%d]", &number); err != nil || !ok {
		return nil
	}
	c, err := cell.Parse(cell.NewFileSet(), number, source.text)
	if err != nil {
		return nil
	}
	return c
}

// Imported says whether a name is that of a package.
func (s *Session) Imported(name string) bool {
	return slices.ContainsFunc(s.imports, func(i check.Import) bool { return i.Name == name })
}

// Numeric says whether an expression of a cell is a number, as far as that is known.
func (s *Session) Numeric(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.BasicLit:
		return true
	case *ast.UnaryExpr:
		return s.Numeric(x.X)
	}
	t := s.checked.Info.TypeOf(x)
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsNumeric != 0
}

// Position returns where the author sees a position: a function that was entered again unchanged
// keeps running as it was, but its author looks at the newer cell.
func (s *Session) Position(file string, line, column int) (string, int, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	moves := s.moves[file]
	for i := len(moves) - 1; i >= 0; i-- {
		m := moves[i]
		if line < m.from.Line || line >= m.from.Line+m.lines {
			continue
		}
		if line == m.from.Line {
			if column < m.from.Column {
				continue
			}
			column += m.to.Column - m.from.Column
		}
		return m.to.Filename, line + m.to.Line - m.from.Line, column
	}
	return file, line, column
}

// Variables returns the names of live variables, sorted, with their types.
func (s *Session) Variables() []check.Variable {
	var vars []check.Variable
	for e := range s.entries.all() {
		if e.kind() != token.VAR || e.private {
			continue
		}
		if obj := s.checked.Pkg.Scope().Lookup(e.key); obj != nil {
			vars = append(vars, check.Variable{Name: e.key, Type: obj.Type(), Pos: e.pos()})
		}
	}
	slices.SortFunc(vars, func(a, b check.Variable) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return vars
}

// newID returns what tells a definition from all others.
func (s *Session) newID() identity {
	s.ids++
	return s.ids
}

// Names returns the names of everything that cells declared, sorted.
func (s *Session) Names() []string {
	var names []string
	for e := range s.entries.all() {
		if !e.private {
			names = append(names, e.names()...)
		}
	}
	for _, sl := range s.sleeping {
		names = append(names, sl.names()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sameTokens says whether two texts differ in blanks, line breaks and comments only.
func sameTokens(a, b string) bool {
	x, y := tokens(a), tokens(b)
	return slices.Equal(x, y)
}

// tokens lists the tokens of a text, without the semicolons that may be left out.
func tokens(text string) []string {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", 1, len(text)), []byte(text), nil, 0)
	var list []string
	for {
		_, tok, lit := s.Scan()
		n := len(list)
		if (tok == token.RBRACE || tok == token.RPAREN || tok == token.EOF) && n > 0 && list[n-1] == ";" {
			list = list[:n-1]
		}
		switch {
		case tok == token.EOF:
			return list
		case tok == token.SEMICOLON || lit == "":
			list = append(list, tok.String())
		default:
			list = append(list, lit)
		}
	}
}
