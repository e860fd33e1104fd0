package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// docs packs the doc comments of the packages into one zip file. An entry is a list of Go-quoted
// names and texts, a line each: "" for the package, then "Name", "Type.Method" and "Type.Field".
func docs(file string, w *world, paths []string) error {
	z := newArchive()
	// Package builtin only documents the language's own names.
	paths = append(slices.Clone(paths), "builtin")
	w.listed["builtin"] = &listed{
		ImportPath: "builtin", Dir: filepath.Join(build.Default.GOROOT, "src", "builtin"), GoFiles: []string{"builtin.go"},
	}
	for _, p := range paths {
		texts, err := packageDocs(w.listed[p])
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		var b strings.Builder
		for _, t := range texts {
			b.WriteString(strconv.Quote(t.name) + " " + strconv.Quote(t.text) + "\n")
		}
		if err := z.add(p, []byte(b.String())); err != nil {
			return err
		}
	}
	return z.writeTo(file)
}

type text struct{ name, text string }

func packageDocs(l *listed) ([]text, error) {
	fset := token.NewFileSet()
	files, err := parsePackage(fset, l)
	if err != nil {
		return nil, err
	}
	mode := doc.Mode(0)
	if l.ImportPath == "builtin" {
		mode = doc.AllDecls // its names are in lower case
	}
	d, err := doc.NewFromFiles(fset, files, l.ImportPath, mode)
	if err != nil {
		return nil, err
	}
	examples := examplesOf(fset, d)
	var texts []text
	add := func(name, s string) {
		if s = strings.TrimSpace(strings.TrimSpace(s) + examples[name]); s != "" {
			texts = append(texts, text{name, s})
		}
	}
	values := func(vs []*doc.Value) {
		for _, v := range vs {
			for _, spec := range v.Decl.Specs {
				spec := spec.(*ast.ValueSpec)
				for _, name := range spec.Names {
					if !name.IsExported() && mode != doc.AllDecls {
						continue
					}
					// A comment of its own says more than the group's.
					own := spec.Doc.Text() + spec.Comment.Text()
					if own == "" && len(v.Names) <= 3 {
						own = v.Doc
					}
					add(name.Name, own)
				}
			}
		}
	}
	funcs := func(prefix string, fs []*doc.Func) {
		for _, f := range fs {
			add(prefix+f.Name, f.Doc)
		}
	}
	add("", d.Doc)
	values(d.Consts)
	values(d.Vars)
	funcs("", d.Funcs)
	for _, t := range d.Types {
		add(t.Name, t.Doc)
		values(t.Consts)
		values(t.Vars)
		funcs("", t.Funcs)
		funcs(t.Name+".", t.Methods)
		fields(t, add)
	}
	slices.SortFunc(texts, func(a, b text) int { return strings.Compare(a.name, b.name) })
	return texts, nil
}

// fields adds the comments of struct fields and interface methods.
func fields(t *doc.Type, add func(name, s string)) {
	for _, spec := range t.Decl.Specs {
		spec, ok := spec.(*ast.TypeSpec)
		if !ok || spec.Name.Name != t.Name {
			continue
		}
		var list *ast.FieldList
		switch x := spec.Type.(type) {
		case *ast.StructType:
			list = x.Fields
		case *ast.InterfaceType:
			list = x.Methods
		default:
			return
		}
		for _, f := range list.List {
			for _, name := range f.Names {
				if name.IsExported() {
					add(t.Name+"."+name.Name, f.Doc.Text()+f.Comment.Text())
				}
			}
		}
	}
}
