package interp

import (
	"context"
	"strconv"
	"unicode/utf8"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/viz/display"
)

// fail makes the mistake of a magic's author an error at its place.
func (r *run) fail(m cell.Magic, msg, hint string) error {
	return check.NewErrors([]*check.Error{{Pos: r.session.Fset().Position(m.Pos), Msg: msg, Hint: hint}})
}

// ask shows in the pager what is known of a name; "??" adds its source.
func (r *run) ask(ctx context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	if m.Args == "" {
		return nil, r.fail(m, m.Name+" needs a name", m.Name+"strings.Fields, for example; %help lists the magics")
	}
	b, found := r.engine.Inspect(ctx, m.Args, utf8.RuneCountInString(m.Args), len(m.Name)-1)
	if !found {
		hint := ""
		if near := check.Nearest(m.Args, r.session.Names()); near != "" {
			hint = "did you mean " + near + "?"
		}
		return nil, r.fail(m, "nothing is known of "+m.Args, hint)
	}
	r.out.Page(b)
	return nil, nil
}

// format writes the cell as gofmt does and runs nothing of it.
func (r *run) format(_ context.Context, c *cell.Cell, m cell.Magic) (func(), error) {
	start := c.File.Offset(m.Pos)
	end := start
	for end < len(c.Code) && c.Code[end] != '\n' {
		end++
	}
	text, err := cell.Format(c.Code[:start] + c.Code[min(end+1, len(c.Code)):])
	if err != nil {
		return nil, check.SyntaxErrors(err)
	}
	r.out.Rewrite(text)
	r.done = true
	return nil, nil
}

// precision says how many digits after the point are shown.
func (r *run) precision(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	const most = 17 // digits tell any two floats apart
	switch m.Args {
	case "":
		display.SetPrecision(display.UsualPrecision)
		tensor.SetPrintPrecision(-1)
		return nil, nil
	case "full":
		display.SetPrecision(display.FullPrecision)
		tensor.SetPrintPrecision(most)
		return nil, nil
	}
	n, err := strconv.Atoi(m.Args)
	if err != nil || n < 0 || n > most {
		return nil, r.fail(m, "%precision takes a number of digits from 0 to 17, or full, not "+m.Args, "%precision alone goes back to the usual")
	}
	display.SetPrecision(n)
	tensor.SetPrintPrecision(n)
	return nil, nil
}
