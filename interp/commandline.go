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
// former cells have defined, but for what this cell defines: so it can be run again. Flags keep their values, unless
// the cell has a %% or parses: then they begin at their defaults. A mistake in the arguments panics instead of ending
// the process.
func (r *run) commandLine(c *cell.Cell) {
	if r.cell.Args != nil { // a program: it has the process's flags, and ends as it would alone
		os.Args = r.cell.Args
		return
	}
	os.Args = []string{cell.FileName(r.cell.Number)}
	own, anew := flagsOf(c)
	r.parses = anew
	for _, m := range c.Magics {
		if m.String() == "%%" || m.String() == "%main" {
			anew = true
			os.Args = append(os.Args, arguments(m.Args)...)
		}
	}
	former := r.engine.flags
	r.engine.flags = flag.NewFlagSet(os.Args[0], flag.PanicOnError)
	flag.CommandLine = r.engine.flags
	if former == nil {
		return
	}
	former.VisitAll(func(f *flag.Flag) {
		if own[f.Name] {
			return
		}
		if anew {
			_ = f.Value.Set(f.DefValue) // a value that doesn't take its default keeps what it has
		}
		flag.CommandLine.Var(f.Value, f.Name, f.Usage)
		flag.CommandLine.Lookup(f.Name).DefValue = f.DefValue
	})
}

// flagsOf returns the names in a cell's calls like flag.Int("n", 1, "…") and flag.IntVar(&n, "n", 1, "…"), and whether it
// calls flag.Parse.
func flagsOf(c *cell.Cell) (names map[string]bool, parses bool) {
	names = map[string]bool{}
	find := func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := f.X.(*ast.Ident)
		if !ok || pkg.Name != "flag" {
			return true
		}
		parses = parses || f.Sel.Name == "Parse"
		at := 0
		if strings.HasSuffix(f.Sel.Name, "Var") {
			at = 1
		}
		if at < len(call.Args) {
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
	return names, parses
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
