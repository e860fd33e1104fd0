package symbols

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"sync"
)

// Doc returns the doc comment of an importable package (both names empty), of one of its objects
// (member empty), or of a type's method or field; "" where there is none.
func Doc(path, name, member string) string {
	if member != "" {
		name += "." + member
	}
	return docs.get(path)[name]
}

// docs holds the comments of the packages that were asked for.
var docs = docCache{packages: map[string]map[string]string{}}

type docCache struct {
	mu       sync.Mutex
	packages map[string]map[string]string // by import path, then by "Name" or "Name.Member"
}

func (c *docCache) get(path string) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, ok := c.packages[path]
	if !ok {
		if isOwn(path) {
			m = stubDocs(path)
		} else {
			m = packedDocs(path)
		}
		c.packages[path] = m
	}
	return m
}

// packedDocs reads an entry of the archive: a quoted name and a quoted text each line.
func packedDocs(path string) map[string]string {
	z, err := docData()
	if err != nil {
		return nil
	}
	b, err := readAll(z, path)
	if err != nil {
		return nil
	}
	return parseDocs(string(b))
}

func parseDocs(s string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(s) {
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			continue
		}
		name, err := strconv.Unquote(quoted)
		if err != nil {
			continue
		}
		if text, err := strconv.Unquote(strings.TrimSpace(line[len(quoted):])); err == nil {
			m[name] = text
		}
	}
	return m
}

// stubDocs takes the comments out of the declarations of one of rg's packages.
func stubDocs(path string) map[string]string {
	src, err := stubSource(path)
	if err != nil {
		return nil
	}
	file, err := parser.ParseFile(token.NewFileSet(), stubName(path), src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	m := map[string]string{}
	add := func(name string, groups ...*ast.CommentGroup) {
		for _, g := range groups {
			if text := strings.TrimSpace(g.Text()); text != "" {
				m[name] = text
				return
			}
		}
	}
	add("", file.Doc)
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				name = receiverName(d.Recv.List[0].Type) + "." + name
			}
			add(name, d.Doc)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					add(spec.Name.Name, spec.Doc, d.Doc)
					addFields(spec, add)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						add(name.Name, spec.Doc, spec.Comment, d.Doc)
					}
				}
			}
		}
	}
	return m
}

func addFields(spec *ast.TypeSpec, add func(string, ...*ast.CommentGroup)) {
	var list *ast.FieldList
	switch t := spec.Type.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	default:
		return
	}
	for _, f := range list.List {
		for _, name := range f.Names {
			add(spec.Name.Name+"."+name.Name, f.Doc, f.Comment)
		}
	}
}

// receiverName returns the name of the type that a method belongs to.
func receiverName(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiverName(t.X)
	case *ast.IndexExpr:
		return receiverName(t.X)
	case *ast.IndexListExpr:
		return receiverName(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// Synopsis returns the first sentence of a doc comment.
func Synopsis(text string) string { return new(doc.Package).Synopsis(text) }
