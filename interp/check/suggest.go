package check

import (
	"go/ast"
	"go/types"
	"strings"
)

// hint says what the author of an undefined name may have meant. outside is asked first: it knows
// what is not in the unit at all.
func (c *Checked) hint(e types.Error, outside func(name string) string) string {
	rest, undefined := strings.CutPrefix(e.Msg, "undefined: ")
	switch {
	case undefined && !strings.Contains(rest, "."):
		if outside != nil {
			if h := outside(rest); h != "" {
				return h
			}
		}
		return didYouMean(rest, c.namesAt(e))
	case undefined:
		pkg, name, _ := strings.Cut(rest, ".")
		for _, obj := range c.Info.Uses {
			if p, ok := obj.(*types.PkgName); ok && Plain(p.Name()) == pkg {
				return didYouMean(name, Exported(p.Imported()))
			}
		}
	case strings.Contains(e.Msg, "has no field or method"), strings.HasPrefix(e.Msg, "unknown field"):
		if strings.Contains(e.Msg, "but does have") {
			return "" // go/types has said it
		}
		return c.memberHint(e)
	}
	return ""
}

// namesAt lists the names in scope at an error.
func (c *Checked) namesAt(e types.Error) []string {
	var names []string
	names = append(names, types.Universe.Names()...)
	for _, n := range c.Pkg.Scope().Names() {
		if !Private(n) {
			names = append(names, n)
		}
	}
	for _, i := range c.Unit.Imports {
		if !Private(i.Name) {
			names = append(names, i.Name)
		}
	}
	for n, scope := range c.Info.Scopes {
		if _, ok := n.(*ast.File); ok || e.Pos < scope.Pos() || e.Pos > scope.End() {
			continue
		}
		for _, name := range scope.Names() {
			if obj := scope.Lookup(name); obj.Pos() < e.Pos {
				names = append(names, name)
			}
		}
	}
	return names
}

// Exported lists what a package exports.
func Exported(p *types.Package) []string {
	var names []string
	for _, n := range p.Scope().Names() {
		if p.Scope().Lookup(n).Exported() {
			names = append(names, n)
		}
	}
	return names
}

// memberHint finds the selector or composite literal that an error is about and looks among the
// fields and methods of its type.
func (c *Checked) memberHint(e types.Error) string {
	for x, tv := range c.Info.Types {
		if lit, ok := x.(*ast.CompositeLit); ok && lit.Pos() <= e.Pos && e.Pos < lit.End() {
			for _, el := range lit.Elts {
				if kv, ok := el.(*ast.KeyValueExpr); ok && kv.Key.Pos() == e.Pos {
					if id, ok := kv.Key.(*ast.Ident); ok {
						return didYouMean(id.Name, members(tv.Type, true))
					}
				}
			}
		}
	}
	hint := ""
	visit := func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Pos() == e.Pos {
			if tv, ok := c.Info.Types[sel.X]; ok {
				hint = didYouMean(sel.Sel.Name, members(tv.Type, false))
			}
		}
		return hint == ""
	}
	if c.Unit.Body != nil {
		ast.Inspect(c.Unit.Body, visit)
	}
	for _, d := range c.Unit.Decls {
		if hint == "" && Within(e, d) {
			ast.Inspect(d, visit)
		}
	}
	return hint
}

// members lists the fields, and the methods unless only fields are wanted, of a type.
func members(t types.Type, fieldsOnly bool) []string {
	var names []string
	add := func(obj types.Object) {
		if obj.Exported() || obj.Pkg() != nil && obj.Pkg().Path() == PackageName {
			names = append(names, obj.Name())
		}
	}
	var walk func(t types.Type, depth int)
	walk = func(t types.Type, depth int) {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		if s, ok := t.Underlying().(*types.Struct); ok {
			for i := range s.NumFields() {
				add(s.Field(i))
				if s.Field(i).Embedded() && depth < 4 {
					walk(s.Field(i).Type(), depth+1)
				}
			}
		}
	}
	walk(t, 0)
	if !fieldsOnly {
		if _, ok := t.Underlying().(*types.Pointer); !ok && !types.IsInterface(t) {
			t = types.NewPointer(t)
		}
		set := types.NewMethodSet(t)
		for i := range set.Len() {
			add(set.At(i).Obj())
		}
	}
	return names
}

func didYouMean(name string, among []string) string {
	if best := Nearest(name, among); best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

// Nearest returns the name that a misspelt one most likely stands for, or "".
func Nearest(name string, among []string) string {
	limit := max(1, len(name)/3)
	best, least := "", limit+1
	for _, n := range among {
		if n == name || n == "_" {
			continue
		}
		d := distance(strings.ToLower(name), strings.ToLower(n), limit)
		if len(name) < 3 && d > 0 {
			continue // any two short names are near
		}
		if d < least || d == least && best != "" && likelier(n, best, len(name)) {
			best, least = n, d
		}
	}
	return best
}

// likelier orders names that are equally near to one of so many letters: what happens most is that letters are left out.
func likelier(a, b string, letters int) bool {
	if longer := len(a) > letters; longer != (len(b) > letters) {
		return longer
	}
	return a < b
}

// distance is the number of letters to put in, drop, change or swap with a neighbour between two
// words (optimal string alignment), or limit+1 where it is larger than limit.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if d := len(x) - len(y); d > limit || -d > limit {
		return limit + 1
	}
	before, prev, cur := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		cur[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return min(prev[len(y)], limit+1)
}
