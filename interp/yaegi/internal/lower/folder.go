package lower

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/rustygradients/rg/interp/check"
)

// Folders of source are lowered like the session's own declarations, under keys that begin with the
// paths of their packages: "./mylib.Point".

// own says whether a package's declarations are the program's: the session's or a folder's.
func (l *lowerer) own(p *types.Package) bool { return p == l.prog.Pkg || check.Folder(p) }

// key names an object of the program's packages.
func (l *lowerer) key(o types.Object) string { return folderPrefix(o.Pkg()) + o.Name() }

// folderPrefix is what keys of a package's objects begin with.
func folderPrefix(p *types.Package) string {
	if check.Folder(p) {
		return p.Path() + "."
	}
	return ""
}

// home is where a declaration was checked.
type home struct {
	pkg  *types.Package
	info *types.Info
}

// gather lists all declarations of the program, those of folders under their keys.
func (l *lowerer) gather() {
	l.homes = map[*check.Decl]home{}
	for _, p := range l.prog.Packages {
		prefix := folderPrefix(p.Pkg)
		same := map[string]bool{}
		for _, name := range p.Same {
			same[name] = true
		}
		for _, d := range p.Decls {
			c := *d
			c.Name = prefix + d.Name
			c.Names = nil
			for _, n := range d.Names {
				c.Names = append(c.Names, prefix+n)
			}
			if same[d.Name] {
				c.Was = p.Was + "." + d.Name
			}
			l.all = append(l.all, &c)
			l.homes[&c] = home{p.Pkg, p.Info}
		}
	}
	for _, d := range l.prog.All() {
		l.all = append(l.all, d)
		l.homes[d] = home{l.prog.Pkg, l.prog.Info}
	}
}

// emitInits lowers what sets the variables of folders, and returns the names of the functions.
func (l *lowerer) emitInits() []string {
	var names []string
	for _, p := range l.prog.Packages {
		if p.Init == nil {
			continue
		}
		name := l.fresh("init")
		f := l.newBody(name, p.Info, p.Pkg.Name()+".init")
		l.cur = f
		f.findBoxed(p.Init)
		l.chunks = append(l.chunks, "func "+name+"() "+f.body(p.Init.Body, nil, nil))
		names = append(names, name)
		l.flush()
	}
	return names
}

// newBody returns a function that has no declaration: a cell's statements, or a folder's beginning.
func (l *lowerer) newBody(name string, info *types.Info, label string) *function {
	return &function{
		l: l, info: info, fset: l.prog.Fset, id: name, names: map[types.Object]string{}, used: map[string]int{},
		boxed: map[types.Object]bool{}, labels: map[ast.Stmt]string{}, inRange: map[indexPair]bool{}, label: label,
		sig: types.NewSignatureType(nil, nil, nil, nil, nil, false),
	}
}

// emitAll makes one function of what is to run.
func (l *lowerer) emitAll(inits []string) {
	if len(inits) == 0 {
		return
	}
	name := l.fresh("all")
	text := ""
	for _, f := range inits {
		text += f + "()\n"
	}
	if l.unit.Body != "" {
		text += l.unit.Body + "()\n"
	}
	l.chunks = append(l.chunks, fmt.Sprintf("func %s() {\n%s}", name, text))
	l.unit.Body = name
}
