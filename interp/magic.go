package interp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
)

// magic is a command that is not Go. run acts before the cell's Go does and returns what is to be
// done after it, or nil.
type magic struct {
	name string // with its percent signs, if it has any
	help string
	run  func(r *run, ctx context.Context, c *cell.Cell, m cell.Magic) (after func(), err error)
}

// magics is filled by init, because %lsmagic lists it.
var magics []magic

func init() {
	magics = []magic{
		{"%engine", "say which engine runs cells, or begin a new session with another", (*run).engineMagic},
		{"%fmt", "write the cell as gofmt does, without running it", (*run).format},
		{"%lsmagic", "list the magics", (*run).lsmagic},
		{"%precision", "show so many digits after the point (%precision 3); without a number as many as it takes", (*run).precision},
		{"%reset", "forget everything, or the names given", (*run).reset},
		{"%time", "say how long the statement took", (*run).time},
		{"%%time", "say how long the cell took", (*run).time},
		{"%who", "list the variables", (*run).who},
		{"%whos", "list the variables with their types and values", (*run).whos},
		{"?", "say what is known of a name (?strings.Fields, or strings.Fields?)", (*run).ask},
		{"??", "that, with its source", (*run).ask},
	}
}

// magics runs the cell's magics and returns what is to be done when its Go has run.
func (r *run) magics(ctx context.Context, c *cell.Cell) (func(), error) {
	var after []func()
	for _, m := range c.Magics {
		name := "%" + m.Name
		switch {
		case m.Cell:
			name = "%" + name
		case m.Name == "?" || m.Name == "??":
			name = m.Name
		}
		i := slices.IndexFunc(magics, func(k magic) bool { return k.name == name })
		if i < 0 {
			return nil, r.unknownMagic(name, m)
		}
		f, err := magics[i].run(r, ctx, c, m)
		if err != nil {
			return nil, err
		}
		if f != nil {
			after = append(after, f)
		}
	}
	return func() {
		for _, f := range after {
			f()
		}
	}, nil
}

func (r *run) unknownMagic(name string, m cell.Magic) error {
	var names []string
	for _, k := range magics {
		names = append(names, k.name)
	}
	e := &check.Error{Pos: r.session.Fset().Position(m.Pos), Msg: "unknown magic " + name, Hint: "there are " + strings.Join(names, ", ")}
	if near := check.Nearest(name, names); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return check.NewErrors([]*check.Error{e})
}

func (r *run) lsmagic(context.Context, *cell.Cell, cell.Magic) (func(), error) {
	for _, m := range magics {
		r.out.Stream("stdout", fmt.Sprintf("%-10s %s\n", m.name, m.help))
	}
	return nil, nil
}

func (r *run) time(_ context.Context, c *cell.Cell, m cell.Magic) (func(), error) {
	if !m.Cell && len(c.Stmts) > 1 {
		e := &check.Error{Pos: r.session.Fset().Position(m.Pos), Msg: "%time stands alone in its cell", Hint: "%%time in the first line measures a whole cell"}
		return nil, check.NewErrors([]*check.Error{e})
	}
	start := time.Now()
	return func() {
		r.out.Stream("stdout", fmt.Sprintf("time: %v\n", time.Since(start).Round(time.Microsecond)))
	}, nil
}

func (r *run) who(context.Context, *cell.Cell, cell.Magic) (func(), error) {
	var names []string
	for _, v := range r.session.Variables() {
		names = append(names, v.Name)
	}
	if len(names) == 0 {
		names = []string{"There are no variables."}
	}
	r.out.Stream("stdout", strings.Join(names, "  ")+"\n")
	return nil, nil
}

func (r *run) whos(context.Context, *cell.Cell, cell.Magic) (func(), error) {
	rows := [][3]string{{"Variable", "Type", "Value"}}
	for _, v := range r.session.Variables() {
		row := [3]string{v.Name, typeName(v.Type), ""}
		if val, ok := r.executor.Variable(v.Name); ok {
			row[2] = shorten(render(val, v.Type).Plain(), 60)
		}
		rows = append(rows, row)
	}
	var width [2]int
	for _, row := range rows {
		for i := range width {
			width[i] = max(width[i], len([]rune(row[i])))
		}
	}
	for _, row := range rows {
		line := fmt.Sprintf("%-*s  %-*s  %s", width[0], row[0], width[1], row[1], row[2])
		r.out.Stream("stdout", strings.TrimRight(line, " ")+"\n")
	}
	return nil, nil
}

// shorten makes one line of at most n letters of a text.
func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if letters := []rune(s); len(letters) > n {
		return string(letters[:n-1]) + "…"
	}
	return s
}

// reset forgets names, or all. The rest of the cell runs in what is left.
func (r *run) reset(ctx context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	names := strings.FieldsFunc(m.Args, func(c rune) bool { return c == ' ' || c == ',' || c == '\t' })
	names = slices.DeleteFunc(names, func(n string) bool { return n == "-f" })
	if len(names) > 0 {
		known := r.session.Names()
		for _, n := range names {
			if !slices.Contains(known, n) {
				e := &check.Error{Pos: r.session.Fset().Position(m.Pos), Msg: "undefined: " + n}
				return nil, check.NewErrors([]*check.Error{e})
			}
		}
		empty, err := r.session.Parse(0, "")
		if err != nil {
			return nil, err
		}
		plan, err := r.session.Plan(empty, session.PlanOptions{Remove: names})
		if err != nil {
			return nil, err
		}
		_, err = r.perform(ctx, plan)
		return nil, err
	}
	if err := r.engine.reset(); err != nil {
		return nil, err
	}
	r.session, r.executor = r.engine.session, r.engine.executor
	return nil, nil
}
