package main

import (
	"bytes"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxExample is the length in bytes up to which an example is shown with what it is an example of.
const maxExample = 1500

// parsePackage parses the files of a package, and those of its tests that hold examples.
func parsePackage(fset *token.FileSet, l *listed) ([]*ast.File, error) {
	var files []*ast.File
	for _, name := range slices.Concat(l.GoFiles, l.TestGoFiles, l.XTestGoFiles) {
		f, err := parser.ParseFile(fset, filepath.Join(l.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// exampleText returns the example to show of several, as the end of a doc comment, or "".
func exampleText(fset *token.FileSet, all []*doc.Example) string {
	i := slices.IndexFunc(all, func(e *doc.Example) bool { return e.Suffix == "" })
	if i < 0 {
		if len(all) == 0 {
			return ""
		}
		i = 0
	}
	e := all[i]
	if _, ok := e.Code.(*ast.BlockStmt); !ok {
		return "" // a whole file
	}
	var b bytes.Buffer
	if err := (&printer.Config{Mode: printer.UseSpaces, Tabwidth: 4}).Fprint(&b, fset, &printer.CommentedNode{Node: e.Code, Comments: e.Comments}); err != nil {
		return ""
	}
	code := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), "{"), "}")
	code = outputComment.ReplaceAllString(code, "")
	code = strings.Trim(strings.ReplaceAll(code, "\n    ", "\n"), "\n ")
	if out := strings.TrimSpace(e.Output); out != "" {
		code += "\n// Output:\n// " + strings.ReplaceAll(out, "\n", "\n// ")
	}
	if len(code) > maxExample {
		return ""
	}
	lines := strings.Split(code, "\n")
	for i, line := range lines {
		if line = strings.TrimRight(line, " "); line != "" {
			line = "\t" + line
		}
		lines[i] = line
	}
	return "\n\nExample:\n\n" + strings.Join(lines, "\n")
}

var outputComment = regexp.MustCompile(`(?is)\n\s*//\s*(unordered )?output:.*$`)

// examplesOf returns the examples by what they are of: "" for the package, "Name", "Type.Method".
func examplesOf(fset *token.FileSet, d *doc.Package) map[string]string {
	m := map[string]string{}
	add := func(name string, e []*doc.Example) {
		if s := exampleText(fset, e); s != "" {
			m[name] = s
		}
	}
	funcs := func(prefix string, fs []*doc.Func) {
		for _, f := range fs {
			add(prefix+f.Name, f.Examples)
		}
	}
	add("", d.Examples)
	funcs("", d.Funcs)
	for _, t := range d.Types {
		add(t.Name, t.Examples)
		funcs("", t.Funcs)
		funcs(t.Name+".", t.Methods)
	}
	return m
}
