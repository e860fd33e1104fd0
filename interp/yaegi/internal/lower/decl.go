package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"sort"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/yaegi/internal/rt"
)

// mark separates the name a user gave from what lowering adds to it. It is a letter that Go allows
// in identifiers and that nobody types.
const mark = "ǃ"

// tempMark does the same for the variables that lowering makes up.
const tempMark = "ǂ"

// State is what lowering must remember of the units that yaegi has taken.
type State struct {
	seq       int
	versions  map[string]string   // declared name → emitted name
	texts     map[string]bool     // names whose function has been emitted
	instances map[string]string   // instance of a generic function → emitted name
	structs   map[string]string   // type ID → emitted type name
	types     map[string]*rt.Type // type ID → descriptor
	described map[string]bool     // type IDs whose method tables exist
	helpers   map[string]string   // key → emitted function name
	vars      map[string]Variable // live variables
}

// Variable is a top-level variable of the session.
type Variable struct {
	Name string   // emitted
	N    int      // slot number
	Type *rt.Type // descriptor
}

// NewState returns the state of a session that has run nothing.
func NewState() *State {
	return &State{
		versions: map[string]string{}, texts: map[string]bool{}, instances: map[string]string{},
		structs: map[string]string{}, types: map[string]*rt.Type{}, described: map[string]bool{},
		helpers: map[string]string{}, vars: map[string]Variable{},
	}
}

func (s *State) clone() *State {
	return &State{
		seq: s.seq, versions: maps.Clone(s.versions), texts: maps.Clone(s.texts),
		instances: maps.Clone(s.instances), structs: maps.Clone(s.structs), types: maps.Clone(s.types),
		described: maps.Clone(s.described), helpers: maps.Clone(s.helpers), vars: maps.Clone(s.vars),
	}
}

// Skip goes on after yaegi has refused the unit that was to lead to next: nothing of it counts, but
// yaegi may have taken some of its names, which must not be used again.
func (s *State) Skip(next *State) { s.seq = next.seq }

// Variable returns a live variable.
func (s *State) Variable(name string) (Variable, bool) {
	v, ok := s.vars[name]
	return v, ok
}

// Unit is one lowered program, ready to be evaluated.
type Unit struct {
	Name   string // file name in the interpreter
	Source string
	State  *State // to be used from now on if yaegi takes the unit
	Body   string // name of the function that runs the body, or ""
	Types  []*rt.Type
	Funcs  []*rt.Func // functions of the unit by number from FirstFunc
	Lines  []int      // function number + 1 of each line of Source, or 0
	Result []*rt.Type // types of the result values
}

// Error says that a program uses something that lowering cannot do, and where.
type Error struct {
	Pos token.Position
	Msg string
}

func (e *Error) Error() string {
	if !e.Pos.IsValid() {
		return e.Msg
	}
	return fmt.Sprintf("%s: %s", e.Pos, e.Msg)
}

// lowerer lowers one program.
type lowerer struct {
	prog    *check.Program
	prelude *prelude
	st      *State
	rt      *rt.Runtime
	unit    *Unit

	all        []*check.Decl          // of the session and of folders
	homes      map[*check.Decl]home   // of all
	decls      map[string]*check.Decl // by every name they declare
	funcs      map[types.Object]*funcSource
	imports    map[string]string
	typeDecls  []string
	vars       []string
	inits      []string
	chunks     []string
	newTypes   []*rt.Type
	localTypes map[*types.TypeName]string
	pending    []func()
	tabled     map[string]bool // types whose method tables this unit has written
	cur        *function       // the function being lowered
	pos        token.Pos       // of the statement being lowered
	bodyFunc   *function       // the lowering of the cell body
	gotoIdents map[*types.Info]map[*ast.Ident]bool
	circles    map[string]map[string]int // type ID → the circle of types it is in
}

// funcSource is the syntax of a function and the information that belongs to it.
type funcSource struct {
	decl *ast.FuncDecl
	info *types.Info
	fset *token.FileSet
}

// Program lowers the fresh declarations of p and its body. Nothing is changed when it fails.
func Program(s *State, r *rt.Runtime, p *check.Program) (u *Unit, err error) {
	pre, err := loadPrelude()
	if err != nil {
		return nil, err
	}
	l := &lowerer{
		prog: p, prelude: pre, st: s.clone(), rt: r,
		decls: map[string]*check.Decl{}, funcs: map[types.Object]*funcSource{},
		imports: map[string]string{}, localTypes: map[*types.TypeName]string{}, tabled: map[string]bool{}, gotoIdents: map[*types.Info]map[*ast.Ident]bool{}, circles: map[string]map[string]int{},
	}
	l.cur = &function{l: l}
	l.st.seq++
	l.unit = &Unit{Name: fmt.Sprintf("unit%d", l.st.seq), State: l.st}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			u, err = nil, r
		default:
			panic(r)
		}
	}()
	l.program()
	return l.unit, nil
}

func (l *lowerer) refuse(pos token.Pos, format string, args ...any) {
	if !pos.IsValid() {
		pos = l.pos
	}
	panic(&Error{Pos: l.prog.Fset.Position(pos), Msg: fmt.Sprintf(format, args...)})
}

// fresh returns a name that no other declaration of the session has.
func (l *lowerer) fresh(base string) string {
	l.st.seq++
	return fmt.Sprintf("%s%s%d", base, mark, l.st.seq)
}

// importName returns the name under which the unit imports a compiled package.
func (l *lowerer) importName(path string) string {
	if n, ok := l.imports[path]; ok {
		return n
	}
	n := "pkg" + mark + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, path)
	l.imports[path] = n
	return n
}

func (l *lowerer) program() {
	l.gather()
	l.indexDecls()
	l.rename()
	for _, d := range l.stale() {
		l.newVersion(d)
	}
	stale := l.stale()
	l.refuseKnown(stale)
	for _, d := range stale {
		l.declare(d)
	}
	for _, d := range stale {
		l.emitDecl(d)
		l.flush()
	}
	inits := l.emitInits()
	if l.prog.Body != nil {
		l.emitBody()
		l.flush()
	}
	l.emitAll(inits)
	l.assemble()
}

// flush emits what the last declaration asked for: instances, method tables.
func (l *lowerer) flush() {
	for len(l.pending) > 0 {
		f := l.pending[0]
		l.pending = l.pending[1:]
		f()
	}
}

func (l *lowerer) indexDecls() {
	for _, d := range l.all {
		names := d.Names
		if len(names) == 0 {
			names = []string{d.Name}
		}
		for _, n := range names {
			l.decls[n] = d
		}
		l.decls[d.Name] = d
		if fd, ok := d.Node.(*ast.FuncDecl); ok {
			info := l.homes[d].info
			if o := info.Defs[fd.Name]; o != nil {
				l.funcs[o] = &funcSource{fd, info, l.prog.Fset}
			}
		}
	}
	for o, f := range l.prelude.funcs {
		l.funcs[o] = f
	}
}

// rename brings the names that the session has given to older declarations up to date.
func (l *lowerer) rename() {
	versions := map[string]string{}
	vars := map[string]Variable{}
	for _, d := range l.all {
		names := d.Names
		if len(names) == 0 || d.Kind == token.FUNC {
			names = []string{d.Name}
		}
		for _, n := range names {
			was := n
			if d.Was != "" {
				was = d.Was
			}
			if v, ok := l.st.versions[was]; ok {
				versions[n] = v
			}
			if v, ok := l.st.vars[was]; ok {
				vars[n] = v
			}
		}
	}
	l.st.versions, l.st.vars = versions, vars
}

// stale returns the declarations to emit: the fresh ones, and the functions that refer to one that
// gets a new version, directly or not.
func (l *lowerer) stale() []*check.Decl {
	dirty := map[*check.Decl]bool{}
	for _, d := range l.all {
		if d.Fresh {
			dirty[d] = true
		}
	}
	for changed := true; changed; {
		changed = false
		for _, d := range l.all {
			fd, ok := d.Node.(*ast.FuncDecl)
			if !ok || dirty[d] {
				continue
			}
			ast.Inspect(fd, func(n ast.Node) bool {
				if dirty[d] {
					return false
				}
				id, ok := n.(*ast.Ident)
				if !ok {
					return true
				}
				if u := l.declOf(l.homes[d].info.Uses[id]); u != nil && u != d && dirty[u] {
					dirty[d], changed = true, true
				}
				return true
			})
		}
	}
	var list []*check.Decl
	for _, d := range l.all {
		if dirty[d] {
			list = append(list, d)
		}
	}
	return list
}

// declOf returns the declaration of a top-level object or method of the session.
func (l *lowerer) declOf(o types.Object) *check.Decl {
	if o == nil || !l.own(o.Pkg()) {
		return nil
	}
	if f, ok := o.(*types.Func); ok {
		return l.decls[funcKey(f.Origin())]
	}
	if o.Parent() != o.Pkg().Scope() {
		return nil
	}
	return l.decls[l.key(o)]
}

// funcKey is the name of a function or method as check.Decl has it.
func funcKey(f *types.Func) string {
	if n := receiverNamed(f); n != nil {
		return folderPrefix(f.Pkg()) + n.Obj().Name() + "." + f.Name()
	}
	return folderPrefix(f.Pkg()) + f.Name()
}

func receiverNamed(f *types.Func) *types.Named {
	recv := f.Signature().Recv()
	if recv == nil {
		return nil
	}
	t := types.Unalias(recv.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	return n
}

// newVersion gives a declaration a new emitted name.
func (l *lowerer) newVersion(d *check.Decl) {
	switch d.Kind {
	case token.FUNC:
		if d.Name == "init" || d.Name == "_" {
			return
		}
		name := strings.TrimPrefix(d.Name, folderPrefix(l.homes[d].pkg))
		l.st.versions[d.Name] = l.fresh(strings.ReplaceAll(name, ".", "_"))
	case token.TYPE, token.VAR:
		for _, n := range d.Names {
			l.st.versions[n] = l.fresh(strings.TrimPrefix(n, folderPrefix(l.homes[d].pkg)))
		}
	}
}

// declare emits the slots of variables, which functions refer to.
func (l *lowerer) declare(d *check.Decl) {
	if d.Kind != token.VAR {
		return
	}
	for _, s := range d.Node.(*ast.GenDecl).Specs {
		vs, ok := s.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for _, id := range vs.Names {
			if id.Name == "_" {
				continue
			}
			at := l.homes[d]
			o := at.info.Defs[id]
			if o == nil {
				o = at.pkg.Scope().Lookup(id.Name)
			}
			if o == nil {
				continue
			}
			l.pos = id.Pos()
			l.variable(o)
		}
	}
}

func (l *lowerer) variable(o types.Object) {
	name := l.st.versions[l.key(o)]
	l.vars = append(l.vars, fmt.Sprintf("var %s %s", name, l.typ(o.Type())))
	l.descriptor(o.Type())
	v := Variable{Name: name, N: l.rt.NewSlot(), Type: l.st.types[l.typeID(o.Type())]}
	l.st.vars[l.key(o)] = v
	if l.isOpen(o.Type()) || l.isNative(o.Type()) {
		// The address of an interface variable is not to be had from yaegi.
		l.inits = append(l.inits, fmt.Sprintf("rt.SetGetter(%d, func() any { return %s })", v.N, name))
	} else {
		l.inits = append(l.inits, fmt.Sprintf("rt.SetSlot(%d, &%s)", v.N, name))
	}
}

func (l *lowerer) emitDecl(d *check.Decl) {
	at := l.homes[d]
	switch d.Kind {
	case token.FUNC:
		fd := d.Node.(*ast.FuncDecl)
		o, ok := at.info.Defs[fd.Name].(*types.Func)
		if !ok || fd.Body == nil || isGeneric(o) || d.Name == "_" {
			return
		}
		if d.Name == "init" {
			return // lowered where it is called
		}
		l.emitFunc(l.st.versions[d.Name], o, l.funcs[o], nil)
		l.updateTables(o)
	case token.TYPE:
		for _, n := range d.Names {
			if o, ok := at.pkg.Scope().Lookup(strings.TrimPrefix(n, folderPrefix(at.pkg))).(*types.TypeName); ok && !o.IsAlias() {
				if t, ok := o.Type().(*types.Named); ok && t.TypeParams().Len() == 0 {
					l.pos = o.Pos()
					l.typ(t)
				}
			}
		}
	}
}

func isGeneric(f *types.Func) bool {
	s := f.Signature()
	return s.TypeParams().Len() > 0 || s.RecvTypeParams().Len() > 0
}

// updateTables renews the method tables that exist of a method's receiver.
func (l *lowerer) updateTables(f *types.Func) {
	n := receiverNamed(f)
	if n == nil {
		return
	}
	// Types that embed the receiver have the method too; to look at all known ones is cheap.
	l.updateTablesIn(l.prog.Pkg.Scope())
	for _, p := range l.prog.Packages {
		l.updateTablesIn(p.Pkg.Scope())
	}
}

func (l *lowerer) updateTablesIn(scope *types.Scope) {
	for _, name := range scope.Names() {
		o, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || o.IsAlias() || types.IsInterface(o.Type()) {
			continue
		}
		t, ok := o.Type().(*types.Named)
		if !ok || t.TypeParams().Len() > 0 {
			continue
		}
		for _, t := range []types.Type{t, types.NewPointer(t)} {
			id := l.typeID(t)
			if !l.st.described[id] || l.tabled[id] {
				continue
			}
			l.methodTable(l.st.types[id], t)
		}
	}
}

// assemble writes the unit's source.
func (l *lowerer) assemble() {
	u := l.unit
	u.Types = l.newTypes
	var b strings.Builder
	fmt.Fprintf(&b, "//line %s:1\npackage main\n", u.Name)
	paths := make([]string, 0, len(l.imports))
	for p := range l.imports {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	b.WriteString("import \"rt\"\n")
	for _, p := range paths {
		fmt.Fprintf(&b, "import %s %q\n", l.imports[p], p)
	}
	for _, s := range l.typeDecls {
		b.WriteString(s + "\n")
	}
	for _, s := range l.vars {
		b.WriteString(s + "\n")
	}
	for _, s := range l.chunks {
		b.WriteString(s + "\n")
	}
	b.WriteString("func init() {\n")
	for _, s := range l.inits {
		b.WriteString(s + "\n")
	}
	b.WriteString("}\n")
	u.Source = b.String()
	u.Lines = functionLines(u.Source)
}

// functionLines finds the function of each line, by the comments that open and close functions.
func functionLines(src string) []int {
	var lines, stack []int
	for _, line := range strings.Split(src, "\n")[1:] {
		at := 0
		if len(stack) > 0 {
			at = stack[len(stack)-1]
		}
		for i := range len(line) {
			if strings.HasPrefix(line[i:], openMark) {
				digits, _, _ := strings.Cut(line[i+len(openMark):], "*")
				n, _ := strconv.Atoi(digits) // the mark is ours: a number and the comment's end
				stack = append(stack, n)
			} else if strings.HasPrefix(line[i:], closeMark) && len(stack) > 0 {
				stack = stack[:len(stack)-1]
				if len(stack) > 0 {
					at = stack[len(stack)-1]
				} else {
					at = 0
				}
			}
		}
		lines = append(lines, at)
	}
	return lines
}

const (
	openMark  = "/*F" + mark
	closeMark = "/*E*/"
)
