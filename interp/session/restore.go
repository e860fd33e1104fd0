package session

import (
	"fmt"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
)

// Declarations returns the imports, types, constants and functions of the session as source that
// Restore takes. Each string is a cell with everything else blanked out, so that positions stay.
//
// It costs little where nothing was declared since it was asked for last.
func (s *Session) Declarations() []string {
	if s.declared != nil {
		return s.declared
	}
	out := []string{}
	var imports strings.Builder
	for _, i := range s.imports {
		if !check.Private(i.Name) && i.Pos.IsValid() {
			fmt.Fprintf(&imports, "import %s %s\n", i.Name, strconv.Quote(check.Plain(i.Path)))
		}
	}
	if imports.Len() > 0 {
		out = append(out, header(0)+imports.String())
	}
	if s.pieces == nil {
		s.pieces = map[*sourceFile]*piece{}
	}
	var order []*piece
	add := func(e *entry) {
		if e.kind() == token.VAR || e.private {
			return
		}
		p := s.pieces[e.src]
		if p == nil {
			p = &piece{src: e.src}
			s.pieces[e.src] = p
		}
		if len(p.found) == 0 {
			order = append(order, p)
		}
		p.found = append(p.found, e)
	}
	for e := range s.entries.all() {
		add(e)
	}
	for _, sl := range s.sleeping {
		add(sl.entry)
	}
	for _, p := range order {
		out = append(out, p.declarations())
	}
	if len(s.pieces) > len(order) {
		maps.DeleteFunc(s.pieces, func(_ *sourceFile, p *piece) bool { return len(p.found) == 0 })
	}
	for _, p := range order {
		p.found = p.found[:0]
	}
	s.declared = slices.Clip(out)
	return out
}

// piece is what of a cell's text is still declared. It is written anew only where that has changed: a session's
// state is asked for after each of its cells.
type piece struct {
	src     *sourceFile
	entries []*entry // that text is of
	text    string
	found   []*entry // while Declarations looks at all entries
}

// declarations returns the cell with everything but the entries found blanked out.
func (p *piece) declarations() string {
	if slices.Equal(p.entries, p.found) {
		return p.text
	}
	p.entries = slices.Clone(p.found)
	text := []byte(p.src.text)
	keep := make([]bool, len(text))
	var grouped []int // where types of groups begin
	for _, e := range p.entries {
		from, to := int(e.from), min(int(e.to), len(text))
		if e.grouped {
			grouped = append(grouped, from)
		}
		for i := from; i < to; i++ {
			keep[i] = true
		}
		if to < len(text) && text[to] == ';' {
			keep[to] = true
		}
	}
	for i := range text {
		if !keep[i] && text[i] != '\n' {
			text[i] = ' '
		}
	}
	slices.Sort(grouped)
	for _, at := range slices.Backward(grouped) {
		const word = "type "
		if before := at - len(word); before >= 0 && strings.TrimLeft(string(text[before:at]), " ") == "" {
			copy(text[before:], word) // in place of the group's
		} else {
			text = slices.Insert(text, at, []byte(word)...)
		}
	}
	p.text = header(int(p.src.number)) + strings.TrimRight(string(text), " \n") + "\n"
	return p.text
}

const headerFormat = "// In [%d]\n"

func header(number int) string { return fmt.Sprintf(headerFormat, number) }

// Restore declares again what Declarations of a former session returned, as far as it type-checks
// without the variables that are gone; the rest wakes when they are defined again. The plan is to be
// loaded and committed like a cell's.
func (s *Session) Restore(declarations []string) (*Plan, error) {
	all, err := s.Parse(0, "")
	if err != nil {
		return nil, err
	}
	for _, text := range declarations {
		number := 0
		if line, rest, ok := strings.Cut(text, "\n"); ok {
			if n, err := fmt.Sscanf(line+"\n", headerFormat, &number); n == 1 && err == nil {
				text = rest
			}
		}
		c, err := s.Parse(number, text)
		if err != nil {
			return nil, fmt.Errorf("declarations of %s: %w", cell.FileName(number), err)
		}
		if len(c.Stmts) > 0 || len(c.Inits) > 0 {
			return nil, fmt.Errorf("declarations of %s: there are statements among them", cell.FileName(number))
		}
		for _, e := range s.newEntries(c) {
			e.id = s.newID()
			s.sleeping = append(s.sleeping, &sleeper{entry: e, why: "it needs what was lost when the session's process ended"})
		}
		all.Imports = append(all.Imports, c.Imports...)
	}
	return s.Plan(all, PlanOptions{wake: true})
}
