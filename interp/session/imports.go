package session

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
)

// missing returns the imports that a cell forgot: of packages that it names, where nothing else has the name and one
// package exports all that the cell wants of it. Completion proposes packages that nobody has imported yet, and this is
// what makes it good to accept one.
func (s *Session) missing(c *cell.Cell, errs *check.Errors) []check.Import {
	var list []check.Import
	for _, e := range errs.List {
		name, undefined := strings.CutPrefix(e.Msg, "undefined: ")
		if !undefined || !s.free(name) || slices.ContainsFunc(list, func(i check.Import) bool { return i.Name == name }) {
			continue
		}
		wanted := selected(c, name)
		if len(wanted) == 0 {
			continue
		}
		var fits []string
		named := s.options.named(name)
		for _, path := range named {
			if s.exports(path, wanted) {
				fits = append(fits, path)
			}
		}
		// Where several fit, only a package that is the usual one of its name is taken for granted.
		if len(fits) == 1 || len(fits) > 1 && fits[0] == named[0] {
			list = append(list, check.Import{Name: name, Path: fits[0]})
		}
	}
	return list
}

func (o *Options) named(name string) []string {
	if o.Named == nil {
		return nil
	}
	return o.Named(name)
}

// free says whether a name is nobody's: also not of something that was set aside, or that a failed cell
// would have defined.
func (s *Session) free(name string) bool {
	return s.failed[name] == "" && !slices.ContainsFunc(s.sleeping, func(sl *sleeper) bool { return sl.declares(name) })
}

// selected lists what a cell selects from a name.
func selected(c *cell.Cell, name string) []string {
	var list []string
	for n := range c.Nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok && id.Name == name {
					list = append(list, sel.Sel.Name)
				}
			}
			return true
		})
	}
	return list
}

// exported lists what a package exports.
func (s *Session) exported(path string) []string {
	pkg, err := s.options.Importer.Import(path)
	if err != nil {
		return nil
	}
	return check.Exported(pkg)
}

func (s *Session) exports(path string, names []string) bool {
	pkg, err := s.options.Importer.Import(path)
	if err != nil {
		return false
	}
	for _, name := range names {
		if obj := pkg.Scope().Lookup(name); obj == nil || !obj.Exported() {
			return false
		}
	}
	return true
}

// lacking says what the only package of a name doesn't export, where a cell wants that of it, or "".
func (s *Session) lacking(named, wanted []string) string {
	if len(named) != 1 {
		return ""
	}
	for _, name := range wanted {
		if !s.exports(named[0], []string{name}) {
			h := "package " + strconv.Quote(named[0]) + ", which is not imported, has no " + name
			if near := check.Nearest(name, s.exported(named[0])); near != "" {
				h += "; did you mean " + named[0][strings.LastIndex(named[0], "/")+1:] + "." + near + "?"
			}
			return h
		}
	}
	return ""
}

// misspelt says which package may have been meant by a name from which a cell selects something, or "".
func (s *Session) misspelt(name string, wanted []string) string {
	if len(wanted) == 0 || s.options.Names == nil {
		return ""
	}
	near := check.Nearest(name, s.options.Names())
	if near == "" || !slices.ContainsFunc(s.options.named(near), func(path string) bool { return s.exports(path, wanted) }) {
		return ""
	}
	return "did you mean " + near + "?"
}

// importNote says what was added in one line: notes are no errors, but front ends put them on red.
func importNote(list []check.Import) string {
	var paths []string
	for _, i := range list {
		paths = append(paths, strconv.Quote(i.Path))
	}
	if len(paths) == 1 {
		return "added import " + paths[0]
	}
	return "added imports " + strings.Join(paths, ", ")
}
