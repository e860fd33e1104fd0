package interp

import (
	"context"
	"fmt"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

func init() {
	magics = append(magics, magic{"%rerun", "run stale cells again (%rerun stale), or those with the numbers given", (*run).rerun})
}

// sayStale names the cells that a redefinition has made stale.
func (r *run) sayStale(list []session.Ran) {
	if len(list) == 0 || r.quiet || r.cell.Silent {
		return
	}
	const most = 8
	var names []string
	for i, c := range list {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		names = append(names, cell.FileName(c.Number))
	}
	r.out.Stream("stderr", "stale: "+strings.Join(names, ", ")+" (%rerun stale runs what is stale again)\n")
}

// rerun runs cells again, each below a line with its number, until one fails.
func (r *run) rerun(ctx context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	fail := func(msg, hint string) (func(), error) {
		e := &check.Error{Pos: r.session.Fset().Position(m.Pos), Msg: msg, Hint: hint}
		return nil, check.NewErrors([]*check.Error{e})
	}
	if r.quiet {
		return nil, nil // a cell that runs others runs no more of them when it is itself run again
	}
	var cells []session.Ran
	words := strings.FieldsFunc(m.Args, func(c rune) bool { return c == ' ' || c == ',' || c == '\t' })
	if len(words) == 0 {
		return fail("%rerun needs to be told what", "%rerun stale, or %rerun 3 5-7")
	}
	for _, w := range words {
		if w == "stale" {
			cells = append(cells, r.session.Stale()...)
			if len(cells) == 0 && len(words) == 1 {
				r.out.Stream("stdout", "Nothing is stale.\n")
			}
			continue
		}
		numbers, err := cellNumbers([]string{w})
		if err != nil {
			return fail("%rerun takes numbers of cells, or stale: "+w+" is neither", "%rerun 3 5-7")
		}
		some := false
		for _, n := range numbers {
			c, ok := r.session.Ran(n)
			if ok {
				cells = append(cells, c)
			}
			some = some || ok
		}
		switch {
		case some: // a range may span cells that only declare, or failed
		case len(numbers) > 1:
			return fail("no cell with statements ran as "+cell.FileName(numbers[0])+" to "+cell.FileName(numbers[len(numbers)-1]), "")
		default:
			return fail("no cell with statements ran as "+cell.FileName(numbers[0]), "")
		}
	}
	for _, c := range cells {
		r.out.Stream("stdout", "── "+cell.FileName(c.Number)+"\n")
		again := &run{
			ctx: ctx, engine: r.engine, session: r.session, executor: r.executor, out: shownAgain{r.out},
			cell: engine.Cell{ID: c.ID, Number: c.Number, Code: c.Code}, quiet: true,
		}
		err := again.execute(ctx)
		r.session, r.executor = again.session, again.executor
		r.resetWanted = r.resetWanted || again.resetWanted
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// shownAgain is the Output of a cell that another one runs: its value is one of several.
type shownAgain struct{ engine.Output }

func (o shownAgain) Result(b display.Bundle) { o.Display(b) }
