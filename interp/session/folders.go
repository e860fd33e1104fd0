package session

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/folder"
)

// A folder of source that a cell imports is a package beside the session's own. When its files change
// it is read anew before the next cell is planned: functions and types mean the new version then, and
// so do variables, but for those whose types are not what they were. These keep meaning the former
// version, which lives on under a private import, as former types of cells do.

// folders is the folders of a session in one state.
type folders struct {
	loaded map[string]*folder.Package // the current versions, by path
	former []*folder.Package          // versions that variables of former types mean
}

// reload is what a draft knows of folders that have changed.
type reload struct {
	old, new *folder.Package
	private  string // the name under which the old version is imported, once something needs it
}

// packages is the importer of a session: compiled packages, and folders by the paths of their versions.
type packages struct {
	compiled types.Importer
	mu       sync.Mutex
	folders  map[string]*types.Package
}

// Import implements types.Importer.
func (p *packages) Import(path string) (*types.Package, error) {
	if check.Private(path) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if pkg := p.folders[path]; pkg != nil {
			return pkg, nil
		}
	}
	return p.compiled.Import(path)
}

func (p *packages) add(pkg *types.Package) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.folders[pkg.Path()] = pkg
}

// keep forgets all folders but those.
func (p *packages) keep(list []*folder.Package) {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.folders)
	for _, f := range list {
		p.folders[f.Pkg.Path()] = f.Pkg
	}
}

// newLoader returns a loader that has what the session has.
func (s *Session) newLoader() *folder.Loader {
	return &folder.Loader{
		Dir: s.options.Dir, Fset: s.Fset(), Importer: s.options.Importer, Loaded: maps.Clone(s.folders.loaded),
		Source: func(f *token.File, text string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.sources[f.Name()] = &sourceFile{file: f, text: text}
		},
	}
}

// announce tells the session's importer of all folders that are loaded.
func (d *draft) announce() {
	for _, p := range d.loader.Loaded {
		d.s.packages.add(p.Pkg)
	}
}

// refresh reads the folders anew that have changed, and those that import them.
func (d *draft) refresh() {
	d.loader = d.s.newLoader()
	former := maps.Clone(d.loader.Loaded)
	changed := map[*folder.Package]bool{}
	for _, p := range former {
		changed[p] = p.Changed()
	}
	var touched func(p *folder.Package) bool
	touched = func(p *folder.Package) bool { return changed[p] || slices.ContainsFunc(p.Imports, touched) }
	var paths []string
	for path, p := range former {
		if touched(p) {
			paths = append(paths, path)
			delete(d.loader.Loaded, path)
		}
	}
	if len(paths) == 0 {
		return
	}
	d.takeApart()
	d.s.complete()
	slices.Sort(paths)
	for _, path := range paths {
		if _, err := d.loader.Load(path); err != nil {
			d.loader.Loaded = former
			if text := path + " has changed, and its former version stays, for the new one has a mistake: " + firstMistake(err); text != d.s.told {
				d.s.told = text
				d.folderNotes = append(d.folderNotes, text)
			}
			return
		}
	}
	d.s.told = ""
	d.announce()
	for _, path := range paths {
		r := &reload{old: former[path], new: d.loader.Loaded[path]}
		d.reloads = append(d.reloads, r)
		d.differ(r)
	}
	d.mean()
}

func firstMistake(err error) string {
	var errs *check.Errors
	if errors.As(err, &errs) {
		return errs.List[0].Error()
	}
	return err.Error()
}

// differ notes what of a folder's former version is something else in the new one.
func (d *draft) differ(r *reload) {
	for _, name := range r.old.Pkg.Scope().Names() {
		switch o := r.old.Pkg.Scope().Lookup(name).(type) {
		case *types.TypeName:
			if !r.new.Same(r.old, name) {
				d.differs[o] = r
			}
		case *types.Const:
			n, ok := r.new.Pkg.Scope().Lookup(name).(*types.Const)
			if !ok || n.Val().ExactString() != o.Val().ExactString() || n.Type().String() != o.Type().String() {
				d.differs[o] = r
			}
		}
	}
}

// mean makes the imports mean the new versions, and finds what is made of them.
func (d *draft) mean() {
	of := map[*types.Package]*reload{}
	for _, r := range d.reloads {
		of[r.old.Pkg] = r
		for i := range d.imports {
			if d.imports[i].Path == r.old.Pkg.Path() {
				d.imports[i].Path = r.new.Pkg.Path()
			}
		}
	}
	for name, t := range d.types {
		n, ok := t.(interface{ Obj() *types.TypeName })
		if !ok || of[n.Obj().Pkg()] == nil || d.differs[n.Obj()] != nil {
			continue
		}
		if o := of[n.Obj().Pkg()].new.Pkg.Scope().Lookup(n.Obj().Name()); o != nil {
			d.types[name] = o.Type()
		}
	}
	uses := d.s.checked.Info.Uses
	for _, it := range d.items {
		if it.old == nil {
			continue
		}
		ast.Inspect(d.s.node(it.entry), func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			o := uses[id]
			if o == nil || of[o.Pkg()] == nil {
				return true
			}
			switch it.entry.kind() {
			case token.FUNC:
				it.fresh = true
			case token.TYPE, token.CONST:
				if d.differs[o] != nil {
					d.changed[it.old] = true
				}
			}
			return true
		})
	}
}

// formerImports finds the names of packages in a node that must mean the former version from now on:
// those before a type or constant that is something else in the new one.
func (d *draft) formerImports(n ast.Node) map[*ast.Ident]string {
	if len(d.differs) == 0 {
		return nil
	}
	var found map[*ast.Ident]string
	ast.Inspect(n, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := s.X.(*ast.Ident)
		if !ok {
			return true
		}
		if _, ok := d.s.checked.Info.Uses[id].(*types.PkgName); !ok {
			return true
		}
		r := d.differs[d.s.checked.Info.Uses[s.Sel]]
		if r == nil {
			return true
		}
		if r.private == "" {
			r.private = d.private(id.Name)
			d.imports = append(d.imports, check.Import{Name: r.private, Path: r.old.Pkg.Path()})
		}
		if found == nil {
			found = map[*ast.Ident]string{}
		}
		found[id] = r.private
		return true
	})
	return found
}

// nextFolders is the folders of the state to be: former versions stay as long as an import or an alias
// means them.
func (d *draft) nextFolders(imports []check.Import, aliases map[string]types.Type) folders {
	next := folders{loaded: d.loader.Loaded}
	meant := map[string]bool{}
	for _, i := range imports {
		meant[i.Path] = true
	}
	for _, t := range aliases {
		folder.Mentions(t, func(o *types.TypeName) {
			if o.Pkg() != nil {
				meant[o.Pkg().Path()] = true
			}
		})
	}
	keep := func(p *folder.Package) {
		if meant[p.Pkg.Path()] && next.loaded[p.Path] != p && !slices.Contains(next.former, p) {
			next.former = append(next.former, p)
		}
	}
	for _, p := range d.s.folders.former {
		keep(p)
	}
	for _, r := range d.reloads {
		keep(r.old)
	}
	return next
}

// all lists the folders, each after those that it imports.
func (f folders) all() []*folder.Package {
	var list []*folder.Package
	var add func(p *folder.Package)
	add = func(p *folder.Package) {
		if slices.Contains(list, p) {
			return
		}
		for _, i := range p.Imports {
			add(i)
		}
		list = append(list, p)
	}
	for _, p := range f.former {
		add(p)
	}
	for _, path := range slices.Sorted(maps.Keys(f.loaded)) {
		add(f.loaded[path])
	}
	return list
}

// programPackages are the folders as an executor takes them.
func (d *draft) programPackages(f folders) []*check.Package {
	was := map[*folder.Package]*folder.Package{}
	for _, r := range d.reloads {
		was[r.new] = r.old
	}
	var list []*check.Package
	for _, p := range f.all() {
		c := &check.Package{Pkg: p.Pkg, Info: p.Info}
		state := d.s.folderStates[p]
		if state < folderBegun {
			c.Init = p.Init
		}
		old := was[p]
		if old != nil {
			c.Was = old.Pkg.Path()
		}
		for _, decl := range p.Decls {
			one := *decl
			one.Fresh = state < folderKnown
			if old != nil && decl.Kind == token.TYPE && p.Same(old, decl.Name) {
				one.Fresh = false
				c.Same = append(c.Same, decl.Name)
			}
			c.Decls = append(c.Decls, &one)
		}
		list = append(list, c)
	}
	return list
}

// folderState says how far a folder has come.
type folderState int

const (
	folderNew   folderState = iota
	folderKnown             // to the executor
	folderBegun             // its variables have been set, or were being set when something went wrong
)

// folderID tells a version of a folder from all entries.
func (s *Session) folderID(p *types.Package) identity {
	id, ok := s.folderIDs[p.Path()]
	if !ok {
		id = s.newID()
		s.folderIDs[p.Path()] = id
	}
	return id
}

// Begin says that the program's body, and before it what its folders have to set up, begins to run.
func (p *Plan) Begin() {
	for _, f := range p.next.folders.all() {
		p.session.folderStates[f] = folderBegun
	}
}

// commitFolders makes the plan's folders the session's.
func (p *Plan) commitFolders() {
	all := p.next.folders.all()
	for f := range p.session.folderStates {
		if !slices.Contains(all, f) {
			delete(p.session.folderStates, f)
		}
	}
	for _, f := range all {
		p.session.folderStates[f] = max(p.session.folderStates[f], folderKnown)
	}
	p.session.packages.keep(all)
}

// besideHint explains an import that failed by a folder that is there.
func (d *draft) besideHint(path string) string {
	if at := d.loader.Beside(path); at != "" {
		return `there is a folder of that name beside the notebook: import "` + at + `"`
	}
	if dir := path[strings.LastIndex(path, "/")+1:]; dir != path && d.loader.Beside(dir) != "" {
		return `there is a folder ` + dir + ` beside the notebook: import "./` + dir + `"`
	}
	return ""
}
