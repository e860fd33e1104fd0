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

// rank is where a match comes from.
type rank int

const (
	rankField rank = iota
	rankLocal
	rankMember
	rankSession
	rankImport
	rankBuiltin
	rankKeyword
	rankPackage // known, and not imported
)

// nearness is what the places that matches come from are worth.
var nearness = [...]float64{
	rankField: 6, rankLocal: 4, rankMember: 2, rankSession: 2, rankImport: 1, rankBuiltin: 1, rankKeyword: 1, rankPackage: -4,
}

// What else makes a match likely, and how much.
const (
	worthFit        = 6.0  // it has the expected type
	worthCallFit    = 3.0  // a call of it has; of a member as much as worthFit
	worthMisfit     = -3.0 // it has not
	worthType       = -2.0 // a type where a value is wanted
	worthConst      = -3.0 // a constant without a type, of a package
	worthUse        = 1.7  // each doubling of its use around the cursor
	worthMemberUse  = 1.0  // of a member of anything, where not of this very operand
	worthPopularity = 0.6  // each doubling of its use in Go code
	worthOwn        = 4.0  // of a member of the session's types, of which Go code at large knows nothing
	worthDepth      = -3.0 // each level of embedding
)

// list collects matches for a prefix.
type list struct {
	prefix    string
	expected  []types.Type // what the surroundings ask for: any of these; nil where that isn't known
	typesOnly bool         // only types, and packages that may hold them, can stand here
	usage     usage        // of names around the cursor
	operand   string       // the name before the dot that the cursor stands behind
	enclosing string       // the function that is being written

	items []item
	seen  map[string]bool
	known *types.Scope // whose names are seen too
}

// item is a match whose signature is written when it turns out to be among the best.
type item struct {
	engine.Match
	object types.Object // nil where the signature is there
	weight float64
}

func newList(prefix string) *list { return &list{prefix: prefix, seen: map[string]bool{}} }

// add adds a match unless it doesn't fit the prefix or its name is already there: callers go from
// the inner scopes to the outer ones.
func (l *list) add(text, kind, signature string, rank rank) *item {
	if text == "" || text == "_" || !l.fits(text) || l.has(text) {
		return nil
	}
	l.seen[text] = true
	return l.put(text, kind, signature, rank)
}

// has says whether a name is there already.
func (l *list) has(text string) bool {
	return l.seen[text] || l.known != nil && l.known.Lookup(text) != nil
}

func (l *list) put(text, kind, signature string, rank rank) *item {
	l.items = append(l.items, item{Match: engine.Match{Text: text, Kind: kind, Signature: signature}, weight: nearness[rank] + l.use(text, rank)})
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
func (l *list) object(obj types.Object, rank rank) *item {
	if strings.HasPrefix(obj.Name(), cursorName) {
		return nil
	}
	if l.typesOnly {
		if _, ok := obj.(*types.TypeName); !ok {
			return nil
		}
	}
	if !l.fits(obj.Name()) || l.has(obj.Name()) {
		return nil
	}
	it := l.add(obj.Name(), kindOf(obj), "", rank)
	if it != nil {
		l.is(it, obj, rank)
	}
	return it
}

// is says what declares a match.
func (l *list) is(it *item, obj types.Object, rank rank) {
	it.object = obj
	it.weight += l.fitness(obj, rank) + popularity(obj)
}

// session adds what the session declares. That may be very much, and no two have one name.
func (l *list) session(scope *types.Scope) {
	var last *item // of the best so far, once there were many
	check.EachObject(scope, func(obj types.Object) {
		name := obj.Name()
		if _, isType := obj.(*types.TypeName); l.typesOnly && !isType || !l.fits(name) || l.seen[name] {
			return
		}
		it := l.put(name, kindOf(obj), "", rankSession)
		l.is(it, obj, rankSession)
		switch {
		case last != nil && l.compare(*it, *last) > 0:
			l.items = l.items[:len(l.items)-1]
		case len(l.items) == 4*most:
			l.items = best(l.items, most, l.compare)
			worst := l.items[most-1]
			last = &worst
		}
	})
	l.known = scope
}

func (l *list) importedPackage(name, path string, rank rank) {
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
	if it := l.add(name, kindPackage, sig, rank); it != nil && rank == rankPackage {
		it.weight += worthPopularity / 2 * float64(symbols.PackagePopularity(path))
	}
}

// use is what the use of a name around the cursor is worth.
func (l *list) use(name string, rank rank) float64 {
	if name == l.enclosing {
		return 0 // that it stands there says nothing
	}
	switch rank {
	case rankMember:
		return max(worthMemberUse*l.usage.of("."+name), worthUse*l.usage.of(l.operand+"."+name))
	case rankField, rankKeyword, rankPackage:
		return 0
	}
	return worthUse * l.usage.of(name)
}

// popularity is what the use of an object of a compiled package in Go code at large is worth.
func popularity(obj types.Object) float64 {
	pkg := obj.Pkg()
	switch {
	case pkg == nil:
		return 0
	case short(pkg) == "":
		if v, ok := obj.(*types.Var); ok && v.IsField() || kindOf(obj) == kindMethod {
			return worthOwn
		}
		return 0
	case obj.Parent() == pkg.Scope():
		return worthPopularity * float64(symbols.Popularity(pkg.Path(), obj.Name()))
	}
	return worthPopularity * float64(symbols.MemberPopularity(pkg.Path(), obj.Name()))
}

// fitness compares an object with what is expected.
func (l *list) fitness(obj types.Object, rank rank) float64 {
	if rank == rankField {
		return 0 // the key of a literal has no type
	}
	fits := func(t types.Type) bool {
		return slices.ContainsFunc(l.expected, func(want types.Type) bool { return types.AssignableTo(t, want) })
	}
	unknown := len(l.expected) == 0 || slices.ContainsFunc(l.expected, isAny) // everything fits
	switch obj := obj.(type) {
	case *types.TypeName:
		if slices.ContainsFunc(l.expected, func(want types.Type) bool { return types.Identical(obj.Type(), want) }) {
			return worthFit // a literal or a conversion will follow
		}
		if !l.typesOnly {
			return worthType
		}
	case *types.Var, *types.Const:
		w := 0.0
		if b, ok := obj.Type().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 && rank == rankMember {
			w = worthConst
		}
		switch {
		case unknown:
			return w
		case fits(obj.Type()):
			return w + worthFit
		}
		return w + worthMisfit
	case *types.Func:
		if unknown {
			return 0
		}
		if r := obj.Signature().Results(); r.Len() == 1 && fits(r.At(0).Type()) {
			if rank == rankMember {
				return worthFit
			}
			return worthCallFit
		}
		if fits(obj.Type()) {
			return worthFit
		}
		return worthMisfit
	case *types.Nil:
		if !unknown && !fits(obj.Type()) {
			return worthMisfit
		}
	}
	return 0
}

// isAny says whether every value is assignable to a type.
func isAny(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
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

// most is how many matches are proposed.
const most = 1000

// matches returns what was collected, best first.
func (l *list) matches() []engine.Match {
	items := best(l.items, most, l.compare)
	out := make([]engine.Match, len(items))
	for i, it := range items {
		if it.object != nil {
			it.Signature = signature(it.object)
		}
		out[i] = it.Match
	}
	return out
}

// compare says which of two matches stands first: the one of exact case, then the likelier, then the alphabet.
func (l *list) compare(a, b item) int {
	caseless := func(s string) int {
		if strings.HasPrefix(s, l.prefix) {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(caseless(a.Text), caseless(b.Text)),
		cmp.Compare(b.weight, a.weight),
		cmp.Compare(a.Text, b.Text),
	)
}

// best returns the first n of a list that is to be sorted. It writes to the list, and most of a long one is
// compared once.
func best[T any](list []T, n int, compare func(a, b T) int) []T {
	first := list[:min(n, len(list))]
	slices.SortFunc(first, compare)
	more := list[:len(first)]
	for _, x := range list[len(first):] {
		if compare(x, first[len(first)-1]) > 0 {
			continue
		}
		if more = append(more, x); len(more) >= 2*n {
			slices.SortFunc(more, compare)
			more = more[:n]
			first = more
		}
	}
	slices.SortFunc(more, compare)
	return more[:min(n, len(more))]
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
