package interp

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
)

// magic is a command that is not Go. run acts before the cell's Go does and returns what is to be
// done after it, or nil.
type magic struct {
	name string // with its percent signs
	help string
	run  func(r *run, ctx context.Context, c *cell.Cell, m cell.Magic) (after func(), err error)
}

// magics is filled by init, because %lsmagic lists it.
var magics []magic

func init() {
	magics = []magic{
		{"%%", "what follows runs as main would, with the arguments given in os.Args (as in gonb)", (*run).arguments},
		{"%main", "the same as %%", (*run).arguments},
		{"%engine", "say which engine runs cells, or begin a new session with another", (*run).engineMagic},
		{"%lsmagic", "list the magics", (*run).lsmagic},
		{"%reset", "forget everything, or the names given", (*run).reset},
		{"%time", "say how long the statement took", (*run).time},
		{"%%time", "say how long the cell took", (*run).time},
		{"%who", "list the variables with their types, shapes and sizes", (*run).who},
		{"%whos", "list the variables with their values too", (*run).whos},
	}
}

// magics runs the cell's magics and returns what is to be done when its Go has run.
func (r *run) magics(ctx context.Context, c *cell.Cell) (func(), error) {
	var after []func()
	for _, m := range c.Magics {
		name := "%" + m.Name
		if m.Cell {
			name = "%" + name
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

// arguments gives the cell a command line. What package flag knows of earlier ones is forgotten, so that
// a cell that defines flags can be run again.
func (r *run) arguments(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	args, flags := os.Args, flag.CommandLine
	os.Args = append([]string{cell.FileName(r.cell.Number)}, strings.Fields(m.Args)...)
	flag.CommandLine = flag.NewFlagSet(os.Args[0], flag.PanicOnError)
	return func() { os.Args, flag.CommandLine = args, flags }, nil
}

// who lists the variables: their types, shapes and sizes.
func (r *run) who(context.Context, *cell.Cell, cell.Magic) (func(), error) {
	r.list("Variable", "Type", "Shape", "Size")
	return nil, nil
}

// whos lists the variables with their values too.
func (r *run) whos(context.Context, *cell.Cell, cell.Magic) (func(), error) {
	r.list("Variable", "Type", "Shape", "Size", "Value")
	return nil, nil
}

func (r *run) list(head ...string) {
	rows := [][]string{head}
	for _, v := range r.session.Variables() {
		row := []string{v.Name, typeName(v.Type), "", "", ""}
		if val, ok := r.executor.Variable(v.Name); ok {
			row[2], row[3] = shape(val), size(val)
			if len(head) > 4 {
				row[4] = shorten(render(val, v.Type).Plain(), 60)
			}
		}
		rows = append(rows, row[:len(head)])
	}
	if len(rows) == 1 {
		r.out.Stream("stdout", "There are no variables.\n")
		return
	}
	width := make([]int, len(head))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if head[i] == "Size" {
				line.WriteString(pad + cell + "  ")
			} else {
				line.WriteString(cell + pad + "  ")
			}
		}
		r.out.Stream("stdout", strings.TrimRight(line.String(), " ")+"\n")
	}
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
