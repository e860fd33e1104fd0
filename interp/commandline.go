package interp

import (
	"flag"
	"go/ast"
	"go/token"
	"os"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
)

// commandLine gives a cell its own command line: os.Args are the cell and what follows %%, and package flag knows what
// former cells have defined, at its defaults, but for what this cell defines: so it can be run again. A mistake in the
// arguments panics instead of ending the process.
func (r *run) commandLine(c *cell.Cell) {
	os.Args = []string{cell.FileName(r.cell.Number)}
	for _, m := range c.Magics {
		if m.String() == "%%" || m.String() == "%main" {
			os.Args = append(os.Args, arguments(m.Args)...)
		}
	}
	former := r.engine.flags
	r.engine.flags = flag.NewFlagSet(os.Args[0], flag.PanicOnError)
	flag.CommandLine = r.engine.flags
	if former != nil {
		own := definedFlags(c)
		former.VisitAll(func(f *flag.Flag) {
			if !own[f.Name] {
				_ = f.Value.Set(f.DefValue) // a value that doesn't take its default keeps what it has
				flag.CommandLine.Var(f.Value, f.Name, f.Usage)
			}
		})
	}
}

// definedFlags are the names in a cell's calls like flag.Int("n", 1, "…") and flag.IntVar(&n, "n", 1, "…").
func definedFlags(c *cell.Cell) map[string]bool {
	names := map[string]bool{}
	find := func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		at := 0
		if strings.HasSuffix(f.Sel.Name, "Var") {
			at = 1
		}
		if pkg, ok := f.X.(*ast.Ident); ok && pkg.Name == "flag" && at < len(call.Args) {
			if lit, ok := call.Args[at].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if name, err := strconv.Unquote(lit.Value); err == nil {
					names[name] = true
				}
			}
		}
		return true
	}
	for _, d := range c.Decls {
		ast.Inspect(d, find)
	}
	for _, d := range c.Inits {
		ast.Inspect(d, find)
	}
	for _, s := range c.Stmts {
		ast.Inspect(s, find)
	}
	return names
}

// arguments takes words apart: those in quotes of either kind may have blanks in them, as in a shell.
func arguments(line string) []string {
	var list []string
	var word strings.Builder
	var quote rune
	begun := false
	for _, c := range line {
		switch {
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, begun = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if begun {
				list = append(list, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	if begun {
		list = append(list, word.String())
	}
	return list
}
