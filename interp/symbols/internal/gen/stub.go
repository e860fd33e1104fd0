package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/doc"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/symbols/internal/catalog"
)

// stubs writes the declarations of rg's packages, without function bodies and without what isn't
// exported, one text file each. They type-check like the packages, they diff well, and their
// comments are the documentation that cells see.
//
// Packages that cells can't import but that exported declarations mention get a stub too.
func stubs(dir string, w *world, paths []string) error {
	out := newOutput(dir, ".go.txt")
	done := map[string]bool{}
	for queue := slices.Clone(paths); len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		if done[p] {
			continue
		}
		done[p] = true
		s, err := newStub(w, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		src, err := s.source()
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		out.add(fileName(p), src)
		for q := range s.imports.names {
			if strings.HasPrefix(q, catalog.Module+"/") {
				queue = append(queue, q)
			}
		}
	}
	if err := verifyStubs(w, out.files, paths); err != nil {
		return err
	}
	return out.write()
}

// stub collects the declarations of one package.
type stub struct {
	pkg     *types.Package
	fset    *token.FileSet
	files   []*ast.File
	imports *imports
	needed  map[string]bool // package-level names to declare
	hidden  map[string]bool // unexported methods that interfaces ask for
	scopes  map[*ast.File]map[string]string

	examples map[string]string
}

func newStub(w *world, importPath string) (*stub, error) {
	pkg, err := w.importPackage(importPath)
	if err != nil {
		return nil, err
	}
	l := w.listed[importPath]
	s := &stub{
		pkg: pkg, fset: token.NewFileSet(),
		imports: &imports{names: map[string]string{}, taken: map[string]bool{}},
		needed:  map[string]bool{}, hidden: map[string]bool{},
		scopes: map[*ast.File]map[string]string{},
	}
	exampleSet := token.NewFileSet()
	files, err := parsePackage(exampleSet, l)
	if err != nil {
		return nil, err
	}
	d, err := doc.NewFromFiles(exampleSet, files, importPath)
	if err != nil {
		return nil, err
	}
	s.examples = examplesOf(exampleSet, d)
	for _, name := range l.GoFiles {
		f, err := parser.ParseFile(s.fset, filepath.Join(l.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, f)
		s.scopes[f] = map[string]string{}
		for _, spec := range f.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			name := ""
			switch {
			case spec.Name != nil:
				name = spec.Name.Name
			case w.listed[p] != nil:
				name = w.listed[p].Name
			default:
				name = path.Base(p)
			}
			s.scopes[f][name] = p
		}
	}
	return s, nil
}

// source writes the stub. Names are found to be needed while declarations are written, so it writes
// until no name is new.
func (s *stub) source() ([]byte, error) {
	for _, name := range s.pkg.Scope().Names() {
		if token.IsExported(name) {
			s.needed[name] = true
		}
	}
	for {
		before := len(s.needed) + len(s.hidden)
		body, err := s.body()
		if err != nil {
			return nil, err
		}
		if len(s.needed)+len(s.hidden) > before {
			continue
		}
		var b bytes.Buffer
		b.WriteString(header)
		for _, f := range s.files {
			if f.Doc != nil {
				writeDoc(&b, f.Doc, s.examples[""])
			}
		}
		fmt.Fprintf(&b, "package %s\n\n", s.pkg.Name())
		if len(s.imports.names) > 0 {
			s.imports.write(&b)
		}
		b.Write(body)
		src, err := format.Source(b.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, b.Bytes())
		}
		return src, nil
	}
}

func (s *stub) body() ([]byte, error) {
	var b bytes.Buffer
	for _, f := range s.files {
		for _, d := range f.Decls {
			var err error
			switch d := d.(type) {
			case *ast.FuncDecl:
				err = s.function(&b, f, d)
			case *ast.GenDecl:
				switch d.Tok {
				case token.CONST, token.VAR:
					err = s.values(&b, d)
				case token.TYPE:
					err = s.types(&b, f, d)
				}
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return b.Bytes(), nil
}

// values writes the needed constants or variables of a group, with types and values spelled out.
func (s *stub) values(b *bytes.Buffer, d *ast.GenDecl) error {
	var group bytes.Buffer
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		doc := spec.Doc
		if !d.Lparen.IsValid() {
			doc = nil // the group's comment is the spec's
		}
		for _, name := range spec.Names {
			if !s.needed[name.Name] {
				continue
			}
			decl, err := s.value(name.Name)
			if err != nil {
				return err
			}
			writeDoc(&group, doc, "")
			group.WriteString(decl)
			if spec.Comment != nil {
				group.WriteString(" " + spec.Comment.List[0].Text)
			}
			group.WriteByte('\n')
		}
	}
	if group.Len() == 0 {
		return nil
	}
	writeDoc(b, d.Doc, "")
	if d.Lparen.IsValid() {
		fmt.Fprintf(b, "%s (\n%s)\n\n", d.Tok, group.Bytes())
	} else {
		fmt.Fprintf(b, "%s %s\n", d.Tok, group.Bytes())
	}
	return nil
}

func (s *stub) value(name string) (string, error) {
	typeString := func(t types.Type) string { return types.TypeString(t, s.qualify) }
	switch obj := s.pkg.Scope().Lookup(name).(type) {
	case *types.Var:
		return name + " " + typeString(obj.Type()), nil
	case *types.Const:
		b, ok := obj.Type().(*types.Basic)
		if !ok || b.Info()&types.IsUntyped == 0 {
			lit, err := literal(obj.Val(), obj.Type().Underlying().(*types.Basic))
			return name + " " + typeString(obj.Type()) + " = " + lit, err
		}
		lit, err := literal(obj.Val(), b)
		return name + " = " + lit, err
	}
	return "", fmt.Errorf("%s: neither constant nor variable", name)
}

// literal writes a constant as an expression of its type's kind.
func literal(v constant.Value, t *types.Basic) (string, error) {
	switch {
	case t.Kind() == types.UntypedRune:
		n, _ := constant.Int64Val(v)
		return strconv.QuoteRune(rune(n)), nil
	case t.Info()&types.IsFloat != 0:
		lit := float(v)
		if !strings.ContainsAny(lit, ".e") {
			lit += ".0"
		}
		return lit, nil
	case t.Info()&(types.IsInteger|types.IsString|types.IsBoolean) != 0:
		return v.ExactString(), nil
	}
	return "", fmt.Errorf("no literal for a constant of type %s", t)
}

// types writes the needed types of a group, each in a declaration of its own.
func (s *stub) types(b *bytes.Buffer, f *ast.File, d *ast.GenDecl) error {
	for _, spec := range d.Specs {
		spec := spec.(*ast.TypeSpec)
		if !s.needed[spec.Name.Name] {
			continue
		}
		obj, ok := s.pkg.Scope().Lookup(spec.Name.Name).(*types.TypeName)
		if !ok {
			obj = nil // an unexported type that export data doesn't mention
		}
		doc := spec.Doc
		if doc == nil && !d.Lparen.IsValid() {
			doc = d.Doc
		}
		if spec.Name.IsExported() {
			writeDoc(b, doc, s.examples[spec.Name.Name])
		}
		clone := *spec
		clone.Doc, clone.Comment = nil, nil
		if st, ok := spec.Type.(*ast.StructType); ok {
			var fields *types.Struct
			if obj != nil {
				fields, _ = obj.Type().Underlying().(*types.Struct)
			}
			clone.Type = s.structType(st, fields)
		}
		s.resolve(f, &clone)
		b.WriteString("type ")
		if err := printer.Fprint(b, s.fset, &clone); err != nil {
			return err
		}
		b.WriteString("\n\n")
	}
	return nil
}

// structType hides the types of unexported fields. The fields stay, because executors find a field
// by its index; what is kept of their types is whether they can be compared.
func (s *stub) structType(st *ast.StructType, fields *types.Struct) ast.Expr {
	list := &ast.FieldList{Opening: st.Fields.Opening, Closing: st.Fields.Closing}
	i := 0
	for _, field := range st.Fields.List {
		if len(field.Names) == 0 {
			list.List = append(list.List, field)
			i++
			continue
		}
		clone := *field
		clone.Names = nil
		for _, name := range field.Names {
			if name.IsExported() {
				clone.Names = append(clone.Names, name)
				i++
				continue
			}
			comparable := fields == nil || types.Comparable(fields.Field(i).Type())
			hidden := &ast.Field{Names: []*ast.Ident{{NamePos: name.NamePos, Name: name.Name}}, Type: placeholder(comparable, name.NamePos)}
			list.List = append(list.List, hidden)
			i++
		}
		if len(clone.Names) > 0 {
			list.List = append(list.List, &clone)
		}
	}
	return &ast.StructType{Struct: st.Struct, Fields: list}
}

func placeholder(comparable bool, pos token.Pos) ast.Expr {
	if comparable {
		return &ast.Ident{NamePos: pos, Name: "struct{}"}
	}
	return &ast.Ident{NamePos: pos, Name: "[0]func()"}
}

// function writes the head of an exported function, or of a method of a needed type.
func (s *stub) function(b *bytes.Buffer, f *ast.File, d *ast.FuncDecl) error {
	exported := d.Name.IsExported()
	if d.Recv != nil {
		if !s.needed[check.ReceiverName(d)] || !exported && !s.hidden[d.Name.Name] {
			return nil
		}
	} else if !exported {
		return nil
	}
	if exported {
		name := d.Name.Name
		if d.Recv != nil {
			name = check.ReceiverName(d) + "." + name
		}
		writeDoc(b, d.Doc, s.examples[name])
	}
	clone := *d
	clone.Doc, clone.Body = nil, nil
	s.resolve(f, &clone)
	if err := printer.Fprint(b, s.fset, &clone); err != nil {
		return err
	}
	if d.Type.TypeParams != nil {
		b.WriteString(" {}") // go/types wants a body of generic functions
	}
	b.WriteString("\n\n")
	return nil
}

// resolve notes what a declaration mentions: imports, which get one name for the whole stub, and
// unexported types and constants of the package.
func (s *stub) resolve(f *ast.File, n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok {
				if p, ok := s.scopes[f][id.Name]; ok {
					id.Name = s.imports.name(types.NewPackage(p, id.Name))
					s.scopes[f][id.Name] = p // the new name is known from now on
				}
			}
			return false
		case *ast.InterfaceType:
			for _, m := range n.Methods.List {
				for _, name := range m.Names {
					if !name.IsExported() {
						s.hidden[name.Name] = true
					}
				}
			}
		case *ast.Ident:
			switch s.pkg.Scope().Lookup(n.Name).(type) {
			case *types.TypeName, *types.Const:
				s.needed[n.Name] = true
			case nil:
				if s.declares(n.Name) {
					s.needed[n.Name] = true
				}
			}
		}
		return true
	})
}

// declares reports whether the sources declare a type of that name.
func (s *stub) declares(name string) bool {
	for _, f := range s.files {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.TYPE {
				for _, spec := range d.Specs {
					if spec.(*ast.TypeSpec).Name.Name == name {
						return true
					}
				}
			}
		}
	}
	return false
}

func (s *stub) qualify(p *types.Package) string {
	if p == s.pkg {
		return ""
	}
	return s.imports.name(p)
}

// writeDoc writes a comment without its directives, and an example at its end.
func writeDoc(b *bytes.Buffer, doc *ast.CommentGroup, example string) {
	if doc != nil {
		for _, c := range doc.List {
			if !strings.HasPrefix(c.Text, "//go:") {
				b.WriteString(c.Text + "\n")
			}
		}
	}
	if example == "" {
		return
	}
	if doc == nil {
		example = strings.TrimLeft(example, "\n")
	} else {
		example = strings.TrimPrefix(example, "\n") // the comment has ended its line
	}
	for line := range strings.SplitSeq(example, "\n") {
		if line != "" && line[0] != '\t' {
			line = " " + line
		}
		b.WriteString("//" + line + "\n")
	}
}

// verifyStubs type-checks the stubs and compares what they export with what the packages export.
func verifyStubs(w *world, files map[string][]byte, paths []string) error {
	v := &verifier{world: w, files: files, packages: map[string]*types.Package{}, fset: token.NewFileSet()}
	for _, p := range paths {
		want, err := w.importPackage(p)
		if err != nil {
			return err
		}
		got, err := v.Import(p)
		if err != nil {
			return fmt.Errorf("stub of %s: %w", p, err)
		}
		a, b := api(want), api(got)
		for _, name := range slices.Sorted(maps.Keys(a)) {
			if a[name] != b[name] {
				return fmt.Errorf("stub of %s: %s is\n\t%s\nand should be\n\t%s", p, name, b[name], a[name])
			}
		}
		for name := range b {
			if _, ok := a[name]; !ok {
				return fmt.Errorf("stub of %s exports %s, which the package does not", p, name)
			}
		}
	}
	return nil
}

type verifier struct {
	world    *world
	files    map[string][]byte
	packages map[string]*types.Package
	fset     *token.FileSet
}

func (v *verifier) Import(p string) (*types.Package, error) {
	src, ok := v.files[fileName(p)+".go.txt"]
	if !ok || !strings.HasPrefix(p, catalog.Module+"/") {
		return v.world.importPackage(p)
	}
	if pkg, ok := v.packages[p]; ok {
		return pkg, nil
	}
	f, err := parser.ParseFile(v.fset, fileName(p), src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var errs []error
	config := types.Config{Importer: v, IgnoreFuncBodies: true, Error: func(err error) { errs = append(errs, err) }}
	pkg, _ := config.Check(p, v.fset, []*ast.File{f}, nil)
	v.packages[p] = pkg
	return pkg, errors.Join(errs...)
}

// api describes each exported object, field and method of a package in one line.
func api(p *types.Package) map[string]string {
	lines := map[string]string{}
	qualify := func(p *types.Package) string { return p.Path() }
	for _, name := range p.Scope().Names() {
		obj := p.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		tn, ok := obj.(*types.TypeName)
		if !ok {
			lines[name] = types.ObjectString(obj, qualify)
			if c, ok := obj.(*types.Const); ok {
				lines[name] += " = " + c.Val().ExactString()
			}
			continue
		}
		t := tn.Type()
		line := fmt.Sprintf("type, comparable %v, alias %v", types.Comparable(t), tn.IsAlias())
		switch u := t.Underlying().(type) {
		case *types.Struct:
			for i := range u.NumFields() {
				f := u.Field(i)
				line += "; " + f.Name()
				if f.Exported() {
					line += " " + types.TypeString(f.Type(), qualify)
				}
				line += " " + u.Tag(i)
			}
		default:
			line += " " + types.TypeString(u, qualify)
		}
		lines[name] = line
		set := types.NewMethodSet(types.NewPointer(t))
		if types.IsInterface(t) {
			continue
		}
		for i := range set.Len() {
			if m := set.At(i); m.Obj().Exported() {
				sig := m.Type().(*types.Signature)
				lines[name+"."+m.Obj().Name()] = types.TypeString(types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic()), qualify)
			}
		}
	}
	return lines
}
