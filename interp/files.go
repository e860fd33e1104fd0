package interp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/internal/atomicfile"
	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/kernel/engine"
)

func init() {
	magics = append(magics, []magic{
		{"%cd", "change the current folder: %cd DIR; %cd - for the one before, %cd alone for home", (*run).cd},
		{"%load", "run a Go file or a notebook in this session, as if it had been typed: %load FILE", (*run).load},
		{"%save", "write the session's declarations, or cells by their numbers, to a file: %save FILE 1-3 5", (*run).save},
		{"%%writefile", "write the cell to a file, whole or not at all: %%writefile FILE; -a adds to its end", (*run).writeFile},
	}...)
}

// path is a magic's one argument, a file's name: quoted if it has quotes, ~ for home.
func path(arg string) (string, error) {
	if len(arg) > 1 && (arg[0] == '"' || arg[0] == '\'') && arg[len(arg)-1] == arg[0] {
		return arg[1 : len(arg)-1], nil
	}
	if arg == "~" || strings.HasPrefix(arg, "~/") {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		return filepath.Join(home, arg[1:]), nil
	}
	return arg, nil
}

// cd changes the worker's folder: it holds for cells' relative paths and for commands alike.
func (r *run) cd(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	to := m.Args
	switch to {
	case "":
		to = "~"
	case "-":
		if r.engine.formerDir == "" {
			return nil, r.misuse(m, "%cd -: there is no folder before this one", "%cd DIR changes to a folder")
		}
		to = r.engine.formerDir
	}
	dir, err := path(to)
	if err != nil {
		return nil, fails(m, err)
	}
	here, err := os.Getwd()
	if err != nil {
		here = ""
	}
	if err := os.Chdir(dir); err != nil {
		return nil, fails(m, err)
	}
	r.engine.formerDir = here
	if now, err := os.Getwd(); err == nil {
		r.out.Stream("stdout", now+"\n")
	}
	return nil, nil
}

// maxLoading is how deep files may load one another.
const maxLoading = 10

// load runs a file's text in place of the cell. Positions in it are the cell's: line 3 of "In [5]" is line 3 of
// the file.
func (r *run) load(ctx context.Context, c *cell.Cell, m cell.Magic) (func(), error) {
	usage := "%load FILE, alone in its cell, runs a .go file or an .ipynb notebook"
	if m.Args == "" {
		return nil, r.misuse(m, "%load without a file", usage)
	}
	if len(c.Imports)+len(c.Decls)+len(c.Stmts)+len(c.Inits) > 0 || len(c.Magics) > 1 {
		return nil, r.misuse(m, "%load stands alone in its cell", usage)
	}
	file, err := path(m.Args)
	if err != nil {
		return nil, fails(m, err)
	}
	if r.loading >= maxLoading {
		return nil, fails(m, fmt.Errorf("%s: files load one another in a circle", file))
	}
	var texts []string
	if strings.EqualFold(filepath.Ext(file), ".ipynb") {
		nb, err := notebook.ReadFile(file)
		if err != nil {
			return nil, fails(m, err)
		}
		for _, c := range nb.Cells {
			if c.Type == notebook.Code {
				texts = append(texts, c.Source)
			}
		}
	} else {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fails(m, err)
		}
		texts = []string{string(text)}
	}
	for i, text := range texts {
		one := *r
		one.loading++
		one.cell.Code = text
		one.cell.Silent = r.cell.Silent || i < len(texts)-1
		err := one.execute(ctx)
		r.session, r.executor, r.resetWanted = one.session, one.executor, r.resetWanted || one.resetWanted
		if err != nil {
			e := r.explain(err)
			where := "in " + file
			if len(texts) > 1 {
				where += fmt.Sprintf(", code cell %d", i+1)
			}
			return nil, &engine.Error{Name: e.Name, Value: e.Value, Traceback: append(slices.Clone(e.Traceback), "", dim+where+reset)}
		}
	}
	return nil, nil
}

// save writes what the session has declared as a Go file, or the texts of cells.
func (r *run) save(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	usage := "%save FILE writes imports, types, constants and functions; %save FILE 1-3 5 the text of these cells"
	words := strings.Fields(m.Args)
	if len(words) == 0 {
		return nil, r.misuse(m, "%save without a file", usage)
	}
	file, err := path(words[0])
	if err != nil {
		return nil, fails(m, err)
	}
	var text []byte
	var said string
	if len(words) == 1 {
		text, said, err = r.declarations()
	} else {
		var numbers []int
		if numbers, err = cellNumbers(words[1:]); err != nil {
			return nil, r.misuse(m, "%save: "+err.Error(), usage)
		}
		text, said, err = r.cells(numbers)
	}
	if err == nil {
		err = atomicfile.Write(file, text)
	}
	if err != nil {
		return nil, fails(m, err)
	}
	r.out.Stream("stdout", fmt.Sprintf("Wrote %s to %s.\n", said, file))
	return nil, nil
}

// declarations is the session as a Go file. Variables are values and stay where they are.
func (r *run) declarations() (text []byte, said string, err error) {
	declared := r.session.Declared()
	if len(declared) == 0 {
		return nil, "", errors.New("nothing is declared yet; %save FILE 1-3 writes the text of cells")
	}
	body := strings.Join(declared, "\n\n") + "\n"
	var imports strings.Builder
	for _, i := range r.session.Snapshot().Imports {
		if i.Name == "." || mentions(body, i.Name) {
			name := i.Name + " "
			if strings.HasSuffix("/"+i.Path, "/"+i.Name) {
				name = ""
			}
			fmt.Fprintf(&imports, "import %s%q\n", name, i.Path)
		}
	}
	text, err = format.Source([]byte("package main\n\n" + imports.String() + "\n" + body))
	said = count(len(declared), "declaration")
	if n := len(r.session.Variables()); n > 0 {
		said += " (without the values of " + count(n, "variable") + ")"
	}
	return text, said, err
}

// mentions says whether Go source uses a name before a dot.
func mentions(src, name string) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package main\n"+src, parser.SkipObjectResolution)
	if err != nil {
		return true // rather an import too many
	}
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok && id.Name == name {
				found = true
			}
		}
		return !found
	})
	return found
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// cells is the text of cells, one below the other.
func (r *run) cells(numbers []int) (text []byte, said string, err error) {
	var b bytes.Buffer
	for _, n := range numbers {
		src, ok := r.session.Text(n)
		if !ok {
			return nil, "", fmt.Errorf("there is no cell In [%d] in this session", n)
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		b.WriteString(strings.TrimRight(src, "\n") + "\n")
	}
	return b.Bytes(), count(len(numbers), "cell"), nil
}

// cellNumbers reads "1-3 5".
func cellNumbers(words []string) ([]int, error) {
	var out []int
	for _, w := range words {
		from, to, isRange := strings.Cut(w, "-")
		a, err := strconv.Atoi(from)
		b := a
		if err == nil && isRange {
			b, err = strconv.Atoi(to)
		}
		if err != nil || a < 1 || b < a || b-a > 1e6 {
			return nil, fmt.Errorf("%q is no cell's number and no range of them", w)
		}
		for n := a; n <= b; n++ {
			out = append(out, n)
		}
	}
	return out, nil
}

// writeFile writes the cell below it.
func (r *run) writeFile(_ context.Context, _ *cell.Cell, m cell.Magic) (func(), error) {
	arg, add := strings.CutPrefix(m.Args, "-a ")
	arg = strings.TrimSpace(arg)
	if arg == "" || arg == "-a" {
		return nil, r.misuse(m, "%%writefile without a file", "write its name in the first line: %%writefile notes.txt")
	}
	file, err := path(arg)
	if err != nil {
		return nil, fails(m, err)
	}
	text := m.Body
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n" // a notebook's last line has no end
	}
	_, err = os.Stat(file)
	verb := "Wrote"
	switch {
	case err == nil && add:
		verb = "Added to"
		old, err := os.ReadFile(file)
		if err != nil {
			return nil, fails(m, err)
		}
		text = string(old) + text
	case err == nil:
		verb = "Overwrote"
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fails(m, err)
	}
	if err := atomicfile.Write(file, []byte(text)); err != nil {
		return nil, fails(m, err)
	}
	r.out.Stream("stdout", fmt.Sprintf("%s %s.\n", verb, file))
	return nil, nil
}
