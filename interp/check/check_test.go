package check

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/rustygradients/rg/interp/symbols"
)

// parse makes a unit of a file's declarations and imports.
func parse(t *testing.T, fset *token.FileSet, src string) Unit {
	t.Helper()
	f, err := parser.ParseFile(fset, "In [1]", "package x;"+src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var u Unit
	for _, d := range f.Decls {
		switch fd, ok := d.(*ast.FuncDecl); {
		case ok && fd.Name.Name == "_":
			u.Body = fd
		default:
			u.Decls = append(u.Decls, d)
		}
	}
	return u
}

func newChecker() *Checker {
	return &Checker{Fset: token.NewFileSet(), Importer: symbols.Importer()}
}

func source(t *testing.T, n any) string {
	t.Helper()
	var b bytes.Buffer
	if err := format.Node(&b, token.NewFileSet(), n); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	return strings.ReplaceAll(text, "struct { }", "struct{}")
}

func TestSpell(t *testing.T) {
	c := newChecker()
	const decls = `
type P struct{ A int }
type G[T, U any] struct{ a T; b U }
type A = map[string]P
`
	for _, want := range []string{
		"int", "byte", "any", "error", "[]string", "[3]P", "*P", "map[string][]*P", "chan int", "<-chan int",
		"chan<- P", "chan (<-chan int)", "func(int, ...string) (P, error)", "func()", "struct{}", "A",
		"struct { A int \"k:\\\"v\\\"\"; P; b *P }", "interface { M(int) string }", "G[int, P]", "interface { N(); error }",
		"unsafe.Pointer", "sync.Mutex", "func(func(P) bool)", "*G[[]P, func() error]",
	} {
		u := parse(t, c.Fset, decls+"var x "+want)
		u.Imports = []Import{{Name: "unsafe", Path: "unsafe"}, {Name: "sync", Path: "sync"}}
		checked := c.Check(u)
		if len(checked.Errors) > 0 {
			t.Fatal(want, checked.Errors)
		}
		typ := checked.Pkg.Scope().Lookup("x").Type()
		s := &Speller{
			Name:     func(n *types.TypeName) string { return n.Name() },
			Import:   func(path string) (string, bool) { return path, path == "sync" || path == "unsafe" },
			Shadowed: func(string) bool { return false },
			Alias:    func(types.Type) string { return "ALIAS" },
		}
		if got := source(t, s.Expr(typ)); got != strings.ReplaceAll(want, ";", "") {
			t.Errorf("%s is spelled %s", want, got)
		}
		s.Import = func(string) (string, bool) { return "", false }
		if want == "sync.Mutex" {
			if got := source(t, s.Expr(typ)); got != "ALIAS" {
				t.Errorf("a type that can't be written is spelled %s", got)
			}
		}
		s.Shadowed = func(name string) bool { return name == "int" }
		if want == "int" {
			if got := source(t, s.Expr(typ)); got != "ALIAS" {
				t.Errorf("a shadowed int is spelled %s", got)
			}
		}
	}
}

// TestUnitTypes: a type that has no name in Go gets one by Unit.Types, and is then the same type.
func TestUnitTypes(t *testing.T) {
	c := newChecker()
	pkg, err := c.Importer.Import("encoding/binary")
	if err != nil {
		t.Fatal(err)
	}
	little := pkg.Scope().Lookup("LittleEndian").Type()
	u := parse(t, c.Fset, "var o T"+Mark+"1; func _() { o = binary.LittleEndian; _ = o.Uint16(nil) }")
	u.Imports = []Import{{Name: "binary", Path: "encoding/binary"}}
	u.Types = map[string]types.Type{"T" + Mark + "1": little}
	if checked := c.Check(u); len(checked.Errors) > 0 {
		t.Error(checked.Errors)
	}
}

func TestHoist(t *testing.T) {
	tests := []struct{ body, want string }{
		{"x := 1", "x = 1"},
		{"x, y := f()", "x, y = f()"},
		{"var x int", ""},
		{"var x int = 3", "x = 3"},
		{"var x, y = 1, 2", "x, y = 1, 2"},
		{"var _ = f()", "_ = f()"},
		{"var _ int", ""},
		{"for i := 0; ; { x := i }", "for i := 0; ; { x := i }"},
		{"L: x := 1; goto L", "L: x = 1 goto L"},
		{"L: var x, y int; goto L", "L: x, y = *new(T), *new(T) goto L"},
		{"if x := 1; x > 0 { }", "if x := 1; x > 0 { }"},
	}
	for _, tt := range tests {
		u := parse(t, token.NewFileSet(), "func _() { "+tt.body+" }")
		var got []string
		for _, s := range Hoist(u.Body.Body.List, func(*ast.Ident) ast.Expr { return ast.NewIdent("T") }) {
			got = append(got, source(t, s))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %s, want %s", tt.body, s, tt.want)
		}
	}
}

func TestRename(t *testing.T) {
	fset := token.NewFileSet()
	u := parse(t, fset, "func f(a int) (b []string) { for i := range a { b = append(b, g(i)) }; return b }")
	before := source(t, u.Decls[0])
	swap := func(id *ast.Ident) (string, bool) { return "h", id.Name == "g" }
	got := Rename(u.Decls[0], 0, swap)
	if want := strings.Replace(before, "g(i)", "h(i)", 1); source(t, got) != want {
		t.Errorf("got %s", source(t, got))
	}
	if source(t, u.Decls[0]) != before {
		t.Error("the original was written to")
	}
	if Rename(u.Decls[0], 0, func(*ast.Ident) (string, bool) { return "", false }) != u.Decls[0] {
		t.Error("copied without need")
	}
	moved := Rename(u.Decls[0], 1000, swap)
	if moved.Pos() != u.Decls[0].Pos()+1000 || moved.End() != u.Decls[0].End()+1000 {
		t.Error("positions were not shifted")
	}
}

func TestNearest(t *testing.T) {
	names := []string{"Println", "Printf", "total", "totals", "x", "accuracy", "len"}
	tests := []struct{ name, want string }{
		{"Printn", "Println"},
		{"println", "Println"},
		{"totla", "total"},
		{"acuracy", "accuracy"},
		{"X", "x"},
		{"y", ""},
		{"nothing", ""},
		{"lne", "len"},
	}
	for _, tt := range tests {
		if got := Nearest(tt.name, names); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "main.P": "main.P", "main.P" + Mark + "12": "main.P", "[]P" + Mark + "1, Q" + Mark + "2 x": "[]P, Q x",
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q", in, got)
		}
	}
}

func TestHints(t *testing.T) {
	tests := []struct{ src, hint string }{
		{"func _() { total := 1; _ = total + totla }", "did you mean total?"},
		{"type T struct{ Length int }; func _() { _ = T{}.Lenght }", "did you mean Length?"},
		{"type T struct{ Length int }; func _() { _ = T{Lenght: 1} }", "did you mean Length?"},
		{"type T struct{}; func (T) Forward() {}; func _() { var t *T; t.Foward() }", "did you mean Forward?"},
		{"type B struct{ Weight int }; type T struct{ B }; func _() { _ = T{}.Wieght }", "did you mean Weight?"},
		{"func _() { _ = elsewhere }", "it is elsewhere"},
		{"func _() { errors.Nwe(\"\") }", "did you mean New?"},
		{"func _() { _ = quiteDifferent }", ""},
	}
	for _, tt := range tests {
		c := newChecker()
		u := parse(t, c.Fset, tt.src)
		u.Imports = []Import{{Name: "errors", Path: "errors"}}
		checked := c.Check(u)
		list := checked.Explain(c.Fset, checked.Errors, func(name string) string {
			if name == "elsewhere" {
				return "it is elsewhere"
			}
			return ""
		})
		if len(list) != 1 || list[0].Hint != tt.hint {
			t.Errorf("%s: got %v, want the hint %q", tt.src, list, tt.hint)
		}
	}
}

func TestNewErrors(t *testing.T) {
	at := func(line, column int) token.Position {
		return token.Position{Filename: "In [1]", Line: line, Column: column}
	}
	var list []*Error
	for i := range 15 {
		list = append(list, &Error{Pos: at(20-i, 1), Msg: "m"}, &Error{Pos: at(20-i, 1), Msg: "m"})
	}
	errs := NewErrors(list)
	if len(errs.List) != MaxErrors || errs.More != 5 || errs.List[0].Pos.Line != 6 {
		t.Error(errs)
	}
	if NewErrors(nil) != nil {
		t.Error("errors made of nothing")
	}
}
