package complete

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// leadingComment returns the doc comment in the source of one declaration: of the declaration, or of
// the field or interface method called member.
func leadingComment(text, member string) string {
	if text == "" {
		return ""
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || len(f.Decls) == 0 {
		return ""
	}
	first := func(groups ...*ast.CommentGroup) string {
		for _, g := range groups {
			if t := strings.TrimSpace(g.Text()); t != "" {
				return t
			}
		}
		return ""
	}
	switch d := f.Decls[0].(type) {
	case *ast.FuncDecl:
		return first(d.Doc)
	case *ast.GenDecl:
		if member == "" || len(d.Specs) == 0 {
			return first(d.Doc, firstSpecDoc(d))
		}
		for _, field := range membersOf(d.Specs[0]) {
			for _, name := range field.Names {
				if name.Name == member {
					return first(field.Doc, field.Comment)
				}
			}
		}
	}
	return ""
}

func firstSpecDoc(d *ast.GenDecl) *ast.CommentGroup {
	if len(d.Specs) != 1 {
		return nil
	}
	switch s := d.Specs[0].(type) {
	case *ast.TypeSpec:
		return s.Doc
	case *ast.ValueSpec:
		return s.Doc
	}
	return nil
}

func membersOf(spec ast.Spec) []*ast.Field {
	if t, ok := spec.(*ast.TypeSpec); ok {
		switch t := t.Type.(type) {
		case *ast.StructType:
			return t.Fields.List
		case *ast.InterfaceType:
			return t.Methods.List
		}
	}
	return nil
}
