package session

import (
	"fmt"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
)

// Declarations returns the imports, types, constants and functions of the session as source that
// Restore takes. Each string is a cell with everything else blanked out, so that positions stay.
func (s *Session) Declarations() []string {
	var out []string
	var imports strings.Builder
	for _, i := range s.imports {
		if !check.Private(i.Name) && i.Pos.IsValid() {
			fmt.Fprintf(&imports, "import %s %s\n", i.Name, strconv.Quote(check.Plain(i.Path)))
		}
	}
	if imports.Len() > 0 {
		out = append(out, header(0)+imports.String())
	}
	var order []*cell.Cell
	of := map[*cell.Cell][]*entry{}
	add := func(e *entry) {
		if e.kind == token.VAR || e.private {
			return
		}
		if of[e.cell] == nil {
			order = append(order, e.cell)
		}
		of[e.cell] = append(of[e.cell], e)
	}
	for _, e := range s.entries {
		add(e)
	}
	for _, sl := range s.sleeping {
		add(sl.entry)
	}
	for _, c := range order {
		text := []byte(c.Code)
		keep := make([]bool, len(text))
		var grouped []int // where types of groups begin
		for _, e := range of[c] {
			from, to := c.File.Offset(e.node.Pos()), min(c.File.Offset(e.node.End()), len(text))
			if e.grouped() {
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
		out = append(out, header(c.Number)+strings.TrimRight(string(text), " \n")+"\n")
	}
	return out
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
		for _, e := range newEntries(c) {
			e.id = s.newID()
			s.sleeping = append(s.sleeping, &sleeper{entry: e, why: "it needs what was lost when the session's process ended"})
		}
		all.Imports = append(all.Imports, c.Imports...)
	}
	return s.Plan(all, PlanOptions{wake: true})
}
