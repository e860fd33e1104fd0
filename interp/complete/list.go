package complete

import (
	"cmp"
	"go/types"
	"slices"
	"strings"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/kernel/engine"
)

// The kinds of matches, in the words that front ends have icons for.
const (
	kindFunction = "function"
	kindMethod   = "method"
	kindVariable = "variable"
	kindConstant = "constant"
	kindType     = "type"
	kindField    = "field"
	kindPackage  = "package"
	kindKeyword  = "keyword"
)

// Ranks order matches by where they come from.
const (
	rankField = iota
	rankLocal
	rankMember
	rankSession
	rankImport
	rankBuiltin
	rankKeyword
	rankPackage // known, and not imported
)

// list collects matches for a prefix.
type list struct {
	prefix    string
	expected  types.Type // what the surroundings ask for, or nil
	typesOnly bool       // only types, and packages that may hold them, can stand here

	items []item
	seen  map[string]bool
}

type item struct {
	engine.Match
	misfit int // 0: has the expected type; 1: makes a value of it, or nothing is known; 2: neither
	rank   int
	depth  int // of embedding
}

func newList(prefix string) *list { return &list{prefix: prefix, seen: map[string]bool{}} }

// add adds a match unless it doesn't fit the prefix or its name is already there: callers go from
// the inner scopes to the outer ones.
func (l *list) add(text, kind, signature string, rank int) *item {
	if text == "" || text == "_" || l.seen[text] || !l.fits(text) {
		return nil
	}
	l.seen[text] = true
	l.items = append(l.items, item{Match: engine.Match{Text: text, Kind: kind, Signature: signature}, misfit: 1, rank: rank})
	return &l.items[len(l.items)-1]
}

func (l *list) fits(text string) bool {
	if len(text) < len(l.prefix) || !strings.EqualFold(text[:len(l.prefix)], l.prefix) {
		return false
	}
	if check.Private(text) {
		return false
	}
	// Names that begin like generated ones are shown only to those who ask for them.
	return text[0] != '_' || strings.HasPrefix(l.prefix, "_")
}

// object adds a match for something declared.
func (l *list) object(obj types.Object, rank int) *item {
	if obj.Name() == cursorName {
		return nil
	}
	if l.typesOnly {
		if _, ok := obj.(*types.TypeName); !ok {
			return nil
		}
	}
	if l.seen[obj.Name()] || !l.fits(obj.Name()) {
		return nil
	}
	it := l.add(obj.Name(), kindOf(obj), signature(obj), rank)
	if it != nil {
		it.misfit = l.misfit(obj)
	}
	return it
}

func (l *list) importedPackage(name, path string, rank int) {
	if name == "." {
		return
	}
	if l.typesOnly && rank == rankPackage && l.prefix == "" {
		return
	}
	sig := path
	if rank == rankPackage {
		sig = "import " + `"` + path + `"`
	}
	l.add(name, kindPackage, sig, rank)
}

// misfit compares an object with what is expected.
func (l *list) misfit(obj types.Object) int {
	if l.expected == nil {
		return 1
	}
	switch obj := obj.(type) {
	case *types.Var, *types.Const:
		if assignable(obj.Type(), l.expected) {
			return 0
		}
		return 2
	case *types.Func:
		if r := obj.Signature().Results(); r.Len() == 1 && assignable(r.At(0).Type(), l.expected) {
			return 1
		}
		if assignable(obj.Type(), l.expected) {
			return 0
		}
		return 2
	case *types.Nil:
		switch l.expected.Underlying().(type) {
		case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Signature, *types.Interface:
			return 1
		}
		return 2
	}
	return 1
}

// assignable is types.AssignableTo where that says something: everything is assignable to any.
func assignable(from, to types.Type) bool {
	if i, ok := to.Underlying().(*types.Interface); ok && i.Empty() {
		return false
	}
	return types.AssignableTo(from, to)
}

func kindOf(obj types.Object) string {
	switch obj := obj.(type) {
	case *types.Func:
		if obj.Signature().Recv() != nil {
			return kindMethod
		}
		return kindFunction
	case *types.Builtin:
		return kindFunction
	case *types.Const, *types.Nil:
		return kindConstant
	case *types.TypeName:
		return kindType
	case *types.PkgName:
		return kindPackage
	case *types.Var:
		if obj.IsField() {
			return kindField
		}
	}
	return kindVariable
}

// matches returns what was collected, best first. Within one class exact case comes first, then
// what is nearer, then the alphabet.
func (l *list) matches() []engine.Match {
	caseless := func(s string) int {
		if strings.HasPrefix(s, l.prefix) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(l.items, func(a, b item) int {
		return cmp.Or(
			cmp.Compare(caseless(a.Text), caseless(b.Text)),
			cmp.Compare(a.misfit, b.misfit),
			cmp.Compare(a.rank, b.rank),
			cmp.Compare(a.depth, b.depth),
			cmp.Compare(a.Text, b.Text),
		)
	})
	out := make([]engine.Match, len(l.items))
	for i, it := range l.items {
		out[i] = it.Match
	}
	return out
}

// cellImports returns what the cell itself imports.
func (c *checked) cellImports() []symbols.Import {
	var out []symbols.Import
	for _, spec := range c.file.Imports {
		if !spec.Pos().IsValid() || spec.Path == nil {
			continue // added for the check
		}
		i := symbols.Import{Path: unquote(spec.Path.Value)}
		if spec.Name != nil {
			i.Name = spec.Name.Name
		} else {
			i.Name = symbols.Name(i.Path)
		}
		if i.Name != "" && i.Name != "_" {
			out = append(out, i)
		}
	}
	return out
}
