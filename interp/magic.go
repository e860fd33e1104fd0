package interp

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"go/ast"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// magic is a command that is not Go. run acts before the cell's Go does and returns what is to be
// done after it, or nil. A magic that takes its turn between the statements (cell.Magic.Inline) is run by
// rg.Magic, with a cell of nil.
type magic struct {
	name string // with its percent signs, if it has any
	help string // one line, for %help, completion and docs/magics.md
	run  func(r *run, ctx context.Context, c *cell.Cell, m cell.Magic) (after func(), err error)
}

// magics is the table of all magics: %help, completion and the hints for misspelt names read it. It is filled by
// init, because %help lists it; a file with magics of its own adds them in its init.
var magics []magic

func init() {
	magics = append(magics, []magic{
		{"%%", "what follows runs as main would, with the arguments given in os.Args (as in gonb)", (*run).main},
		{"%main", "the same as %%", (*run).main},
		{"%engine", "say which engine runs cells, or begin a new session with another", (*run).engineMagic},
		{"%fmt", "write the cell as gofmt does, without running it", (*run).format},
		{"%help", "list the magics, or say what one does: %help %cd", (*run).listMagics},
		{"%lsmagic", "list the magics", (*run).listMagics},
		{"%precision", "show so many digits after the point (%precision 3); %precision full as many as it takes; alone, as usual", (*run).precision},
		{"%reset", "forget everything, or the names given", (*run).reset},
		{"%time", "say how long the statement took: %time f(x)", (*run).time},
		{"%%time", "say how long the cell took", (*run).time},
		{"%timeit", "run a statement many times and say how long it takes: %timeit -n 1000 -r 5 f(x)", (*run).timeit},
		{"%%timeit", "run the cell many times and say how long it takes; what it defines is forgotten", (*run).timeit},
		{"%who", "list the variables with their types, shapes and sizes; %who x float64: those of such names and types", (*run).who},
		{"%whos", "list the variables with their values too", (*run).whos},
		{"?", "say what is known of a name (?strings.Fields, or strings.Fields?)", (*run).ask},
		{"??", "that, with its source", (*run).ask},
	}...)
}

// findMagic returns the magic of a name, or nil.
func findMagic(name string) *magic {
	if i := slices.IndexFunc(magics, func(k magic) bool { return k.name == name }); i >= 0 {
		return &magics[i]
	}
	return nil
}

// magics runs the cell's magics and returns what is to be done when its Go has run.
func (r *run) magics(ctx context.Context, c *cell.Cell) (func(), error) {
	if err := r.checkMagics(c); err != nil {
		return nil, err
	}
	var after []func()
	for _, m := range c.Magics {
		if m.Inline() {
			continue // rg.Magic comes to it
		}
		f, err := findMagic(m.String()).run(r, ctx, c, m)
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

// checkMagics finds magics that there are not, before anything runs.
func (r *run) checkMagics(c *cell.Cell) error {
	for _, m := range c.Magics {
		if findMagic(m.String()) != nil {
			continue
		}
		var names []string
		for _, k := range magics {
			names = append(names, k.name)
		}
		hint := "%help lists them all"
		if slices.Contains(names, "%"+m.String()) {
			hint = "did you mean %" + m.String() + ", in the first line?"
		} else if other, ok := strings.CutPrefix(m.String(), "%"); ok && slices.Contains(names, other) {
			hint = "did you mean " + other + "?"
		} else if near := check.Nearest(m.String(), names); near != "" {
			hint = "did you mean " + near + "?"
		}
		return r.misuse(m, "unknown magic "+m.String(), hint)
	}
	return nil
}

// misuse is the error of a magic that is written in a wrong way; hint says how to write it.
func (r *run) misuse(m cell.Magic, msg, hint string) error {
	return &magicError{name: "MagicError", msg: msg, hint: hint, at: m}
}

// Magic implements rg.Host: it runs a magic that stands between statements.
func (r *run) Magic(line string) error {
	m := cell.ReadMagic(line)
	k := findMagic(m.String())
	if k == nil || !m.Inline() {
		return &magicError{name: "MagicError", msg: fmt.Sprintf("rg.Magic: %s can't be run from Go; !, %%cd and %%env can", m)}
	}
	_, err := k.run(r, r.ctx, nil, m)
	return err
}

// magicError says why a magic could not do what it is for.
type magicError struct {
	name string // a class, as of engine.Error
	msg  string
	hint string
	at   cell.Magic // where it stands, unless rg.Magic ran it: then the panic says so
}

func (e *magicError) Error() string { return e.msg }

// fails is the error of a magic for which the world is to blame.
func fails(m cell.Magic, err error) error {
	return &magicError{name: "MagicError", msg: m.String() + ": " + err.Error(), at: m}
}

// failed explains a magic's error. places are lines that say where it was.
func (r *run) failed(e *magicError, places []string) *engine.Error {
	out := &engine.Error{Name: e.name, Value: e.msg, Traceback: splitLines(red + e.name + reset + ": " + e.msg)}
	if e.hint != "" {
		out.Traceback = append(out.Traceback, "    "+e.hint)
	}
	if p := r.session.Fset().Position(e.at.Pos); places == nil && p.IsValid() {
		places = append([]string{"", cyan + p.String() + reset}, r.source(p.Filename, p.Line, p.Column)...)
	}
	out.Traceback = append(out.Traceback, places...)
	return out
}

// listMagics lists the magics, or those that are asked for.
func (r *run) listMagics(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	list := slices.SortedFunc(slices.Values(magics), func(a, b magic) int {
		return cmp.Or(cmp.Compare(strings.Trim(a.name, "%"), strings.Trim(b.name, "%")), cmp.Compare(a.name, b.name))
	})
	if names := strings.Fields(m.Args); len(names) > 0 {
		all := list
		list = nil
		for _, n := range names {
			i := slices.IndexFunc(all, func(k magic) bool { return k.name == n || strings.Trim(k.name, "%") == n })
			if i < 0 {
				return nil, r.misuse(m, "there is no magic "+n, "%help without a name lists them all")
			}
			list = append(list, all[i])
		}
	}
	width := 0
	for _, k := range list {
		width = max(width, len(k.name))
	}
	for _, k := range list {
		r.out.Stream("stdout", fmt.Sprintf("%-*s  %s\n", width, k.name, k.help))
	}
	return nil, nil
}

// timeit only checks: the cell's statements are inside a call of rg.Timeit.
func (r *run) timeit(_ context.Context, c *cell.Cell, m cell.Magic) (func(), error) {
	usage := "write " + m.String() + " [-n RUNS] [-r ROUNDS] and then, in its line, what to time"
	if m.Cell {
		usage = "write %%timeit [-n RUNS] [-r ROUNDS], and what to time in the lines below"
	}
	if _, _, ok := cell.TimeitOptions(m.Args); !ok {
		return nil, r.misuse(m, fmt.Sprintf("%s doesn't understand %q", m, m.Args), usage)
	}
	switch {
	case len(c.Stmts) == 0 || !m.Cell && !slices.ContainsFunc(c.Stmts, func(s ast.Stmt) bool { return s.Pos() == m.Pos }):
		return nil, r.misuse(m, "there is nothing to time", usage)
	case m.Cell && len(c.Decls)+len(c.Imports)+len(c.Inits) > 0:
		return nil, r.misuse(m, "%%timeit times statements; this cell declares functions, types or imports too", "declare them in a cell above")
	}
	return nil, nil
}

func (r *run) time(_ context.Context, c *cell.Cell, m cell.Magic) (func(), error) {
	if !m.Cell && len(c.Stmts) > 1 {
		return nil, r.misuse(m, "%time stands alone in its cell", "%%time in the first line measures a whole cell")
	}
	if len(c.Stmts)+len(c.Decls)+len(c.Inits) == 0 {
		return nil, r.misuse(m, "there is nothing to time", "write the statement in the same line: %time f(x)")
	}
	start := time.Now()
	return func() {
		if !r.performed {
			return
		}
		r.out.Stream("stdout", fmt.Sprintf("time: %v\n", time.Since(start).Round(time.Microsecond)))
	}, nil
}

// main parses the flags that cells have defined where it has arguments, which commandLine has read, and the cell doesn't. What follows runs as main
// would, as statements do anyway.
func (r *run) main(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	defined := false
	flag.VisitAll(func(*flag.Flag) { defined = true })
	if defined && m.Args != "" && !r.parses {
		flag.Parse()
	}
	return nil, nil
}

// who lists the variables: their types, shapes and sizes.
func (r *run) who(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	r.list(strings.Fields(m.Args), "Variable", "Type", "Shape", "Size")
	return nil, nil
}

// whos lists the variables with their values too.
func (r *run) whos(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	r.list(strings.Fields(m.Args), "Variable", "Type", "Shape", "Size", "Value")
	return nil, nil
}

// oneLine is a value's text, but for what has a table as its text.
func oneLine(v reflect.Value, t types.Type) string {
	text := render(v, t).Plain()
	switch v.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		if strings.Contains(text, "\n") && v.CanInterface() {
			return display.Format(v.Interface())
		}
	}
	return text
}

// list lists the variables, or those of the names and types that are asked for.
func (r *run) list(asked []string, head ...string) {
	rows := [][]string{head}
	for _, v := range r.session.Variables() {
		if len(asked) > 0 && !slices.Contains(asked, v.Name) && !slices.Contains(asked, typeName(v.Type)) {
			continue
		}
		row := []string{v.Name, typeName(v.Type), "", "", ""}
		if val, ok := r.executor.Variable(v.Name); ok {
			row[2], row[3] = shape(val), size(val)
			if len(head) > 4 {
				// The methods of cells' types run as cells do. One that is stopped leaves its place empty.
				_ = r.call(r.ctx, func() { row[4] = shorten(oneLine(val, v.Type), 60) })
			}
		}
		rows = append(rows, row[:len(head)])
	}
	if len(rows) == 1 {
		none := "There are no variables"
		if len(asked) > 0 {
			none += " of such a name or type"
		}
		r.out.Stream("stdout", none+".\n")
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
				return nil, r.misuse(m, "undefined: "+n, "%who lists the variables")
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
