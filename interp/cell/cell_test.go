package cell

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"strings"
	"testing"
)

// outline prints what Parse found, each part with its place in the cell.
func outline(t *testing.T, fset *token.FileSet, c *Cell) string {
	t.Helper()
	var b strings.Builder
	add := func(what string, n ast.Node) {
		p := fset.Position(n.Pos())
		var text strings.Builder
		if err := format.Node(&text, token.NewFileSet(), n); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %d:%d %s\n", what, p.Line, p.Column, strings.ReplaceAll(strings.Join(strings.Fields(text.String()), " "), "{ }", "{}"))
	}
	for _, m := range c.Magics {
		fmt.Fprintf(&b, "magic %s(%s)\n", m.Name, m.Args)
	}
	for _, s := range c.Imports {
		add("import", s)
	}
	for _, d := range c.Decls {
		add("decl", d)
	}
	for _, d := range c.Inits {
		add("init", d)
	}
	for _, s := range c.Stmts {
		add("stmt", s)
	}
	if c.Silent {
		b.WriteString("silent\n")
	}
	return b.String()
}

func TestParse(t *testing.T) {
	tests := []struct{ name, code, want string }{
		{"empty", "", ""},
		{
			"mixed", "x := 1\nimport \"fmt\"\nfunc f() int { return x }\nfmt.Println(f())\ntype T int\n",
			"import 2:8 \"fmt\"\ndecl 3:1 func f() int { return x }\ndecl 5:1 type T int\nstmt 1:1 x := 1\nstmt 4:1 fmt.Println(f())\n",
		},
		{
			"one line", "x := 1; type T int; y := 2; func g() {}; g()",
			"decl 1:9 type T int\ndecl 1:29 func g() {}\nstmt 1:1 x := 1\nstmt 1:21 y := 2\nstmt 1:42 g()\n",
		},
		{
			"method and literal", "func (t T) M(x int) {}\nfunc (x int) int { return x }(3)\nfunc (x int) {}(3)",
			"decl 1:1 func (t T) M(x int) {}\nstmt 2:1 func(x int) int { return x }(3)\nstmt 3:1 func(x int) {}(3)\n",
		},
		{
			"literal with named result", "func (x int) pkg.T { return x }(3)\nfunc() (n int) { return 1 }()",
			"stmt 1:1 func(x int) pkg.T { return x }(3)\nstmt 2:1 func() (n int) { return 1 }()\n",
		},
		{
			"generic", "func Map[T, U any](xs []T) []U { return nil }\nfunc (s *Stack[T]) Push(x T) {}",
			"decl 1:1 func Map[T, U any](xs []T) []U { return nil }\ndecl 2:1 func (s *Stack[T]) Push(x T) {}\n",
		},
		{
			"groups", "import (\n\t\"a\"\n\tb \"c\"\n)\ntype (\n\tA int\n\tB int\n)\nconst (\n\tC = iota\n\tD\n)\nvar (\n\tx = 1\n\ty int\n)",
			"import 2:2 \"a\"\nimport 3:2 b \"c\"\ndecl 6:2 type A int\ndecl 7:2 type B int\ndecl 9:1 const ( C = iota D )\nstmt 14:2 var x = 1\nstmt 15:2 var y int\n",
		},
		{"silent", "x;", "stmt 1:1 x\nsilent\n"},
		{"silent before comment", "x ; // quiet\n\n", "stmt 1:1 x\nsilent\n"},
		{"not silent", "x;\ny", "stmt 1:1 x\nstmt 2:1 y\n"},
		{"stray semicolons", ";;type T int;;x;;", "decl 1:3 type T int\nstmt 1:15 x\nsilent\n"},
		{
			"statement that spans lines", "x := f(\n\t1,\n)\nif x > 0 {\n\ty()\n} else {\n}\n",
			"stmt 1:1 x := f(1)\nstmt 4:1 if x > 0 { y() } else {}\n",
		},
		{"label", "L:\nfor {\n\tbreak L\n}", "stmt 1:1 L: for { break L }\n"},
		{"init and main", "func init() {}\nfunc main() {}", "decl 2:1 func main() {}\ninit 1:1 func init() {}\n"},
		{
			"program", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println() }",
			"import 3:8 \"fmt\"\ndecl 5:1 func main() { fmt.Println() }\n",
		},
		{"magic", "%who  ints\nx := 5 %\n3\n", "magic who(ints)\nstmt 2:1 x := 5 % 3\n"},
		{"magic need not be Go", "%who X='it\nx", "magic who(X='it)\nstmt 2:1 x\n"},
		{"magic in its turn", "x := 1\n%env X='it\nx", "magic env(X='it)\nstmt 1:1 x := 1\nstmt 2:1 rg·.Magic(\"%env X='it\")\nstmt 3:1 x\n"},
		{"shell", "!echo \"a\" {[(\nf()\n  !ls \\\n  -l\n", "magic !(echo \"a\" {[()\nmagic !(ls \\\n  -l)\nstmt 1:1 rg·.Magic(\"!echo \\\"a\\\" {[(\")\nstmt 2:1 f()\nstmt 3:3 rg·.Magic(\"!ls \\\\\\n -l\")\n"},
		{"not for the shell", "x := a ||\n!b\n(!c)", "stmt 1:1 x := a || !b\nstmt 3:1 (!c)\n"},
		{"script", "\n%%bash -x\necho 'it\n", "magic bash(-x)\n"},
		{"timeit", "%timeit -n 10 -r3 x*2", "magic timeit(-n 10 -r3)\nstmt 1:1 rg·.Timeit(10, 3, func(nꞏ int) { for range nꞏ { _ = x * 2 } })\n"},
		{"timeit of a call", "y()\n%timeit f(); len(s)\nz()", "magic timeit()\nstmt 1:1 y()\nstmt 2:1 rg·.Timeit(0, 0, func(nꞏ int) { for range nꞏ { f() _ = len(s) } })\nstmt 3:1 z()\n"},
		{"timeit negative", "%timeit -nice", "magic timeit()\nstmt 1:1 rg·.Timeit(0, 0, func(nꞏ int) { for range nꞏ { _ = -nice } })\n"},
		{"timed cell", "%%timeit\na, b := 1, 2\nvar c = 3\n<-ch", "magic timeit()\nstmt 1:1 rg·.Timeit(0, 0, func(nꞏ int) { for range nꞏ { a, b := 1, 2 _ = a _ = b var c = 3 _ = c <-ch } })\n"},
		{"gonb's main", "func f() {}\n%%\nf()", "magic ()\ndecl 1:1 func f() {}\nstmt 3:1 f()\n"},
		{"cell magic", "%%time\nf()", "magic time()\nstmt 2:1 f()\n"},
		{"timed statement", "%time f(1)", "magic time(f(1))\nstmt 1:7 f(1)\n"},
		{"percent in a raw string", "s := `\n%who\n`", "stmt 1:1 s := ` %who `\n"},
		{"carriage returns", "x := 1\r\ny := 2\r\n", "stmt 1:1 x := 1\nstmt 2:1 y := 2\n"},
		{"not ASCII", "s := \"žluť\"; t := 1", "stmt 1:1 s := \"žluť\"\nstmt 1:16 t := 1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fset := NewFileSet()
			fset.AddFile("other", -1, 1000)
			c, err := Parse(fset, 3, tt.code)
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(t, fset, c); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ code, want string }{
		{"x := ", "In [3]:1:6: syntax error: unexpected EOF"},
		{"x := (1", "In [3]:1:8: syntax error: unexpected newline, expected )"},
		{"for i := 0; i < 3; i++ {\n\tf(i)\n", "In [3]:2:6: syntax error: unexpected EOF, expected }"},
		{"f(func() {", "In [3]:1:11: syntax error: unexpected EOF, expected }"},
		{"y := )", "In [3]:1:6: syntax error: unexpected ), expected expression"},
		{"a ? b", "In [3]:1:3: invalid character U+003F '?' (and 1 more errors)"},
		{"y := 1\n}", "In [3]:2:1: syntax error: unexpected }"},
		{"x := 'ab'", "In [3]:1:6: more than one character in rune literal"},
		{"func f( {", "In [3]:1:9: syntax error"},
		{"a b", "In [3]:1:3: syntax error"},
		{"x\n%%time", "In [3]:2:1: a cell magic (%%) stands in the first line of its cell"},
		{"type = 3", "In [3]:1:6: syntax error: unexpected =, expected name"},
	}
	for _, tt := range tests {
		_, err := Parse(NewFileSet(), 3, tt.code)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %s", tt.code, err, tt.want)
		}
	}
}

func TestIsComplete(t *testing.T) {
	tests := []struct{ code, status, indent string }{
		{"", "complete", ""},
		{"x := 1", "complete", ""},
		{"func f() {", "incomplete", "\t"},
		{"func f() {\n\tif x {", "incomplete", "\t\t"},
		{"f(1,", "incomplete", "\t"},
		{"x := 1 +", "incomplete", ""},
		{"x :=", "incomplete", ""},
		{"x.", "incomplete", ""},
		{"i++", "complete", ""},
		{"s := `abc", "incomplete", ""},
		{"/* abc", "incomplete", ""},
		{"f())", "invalid", ""},
		{"x := )", "invalid", ""},
		{"a b", "invalid", ""},
		{"%who", "complete", ""},
		{"?strings.Fields", "complete", ""},
		{"x := 1\nx??", "complete", ""},
		{"type T struct {\n\tA int\n}", "complete", ""},
		{"s := \"abc", "invalid", ""},
	}
	for _, tt := range tests {
		status, indent := IsComplete(tt.code)
		if status != tt.status || indent != tt.indent {
			t.Errorf("%q: got %s %q, want %s %q", tt.code, status, indent, tt.status, tt.indent)
		}
	}
}

// FuzzParse: whatever the text, Parse returns, and every statement lies inside the cell.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"x := 1", "func (", "type T struct {\n}", "%%time\n%", "`", "import (\n\"a\"\n)", "}{", "for {\n}\n;;", "\r\x00é", "func(){}()"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		fset := NewFileSet()
		c, err := Parse(fset, 1, code)
		IsComplete(code)
		if err != nil {
			return
		}
		for _, s := range c.Stmts {
			if off := int(s.Pos()) - c.File.Base(); off < 0 || off > len(code) {
				t.Errorf("%q: a statement begins at byte %d", code, off)
			}
		}
		if len(c.Magics) > 0 {
			return
		}
		for _, d := range c.Decls {
			g, ok := d.(*ast.GenDecl)
			grouped := ok && g.Tok == token.TYPE && g.TokPos == g.Specs[0].Pos()
			again := Declaration(c.File, code, c.File.Offset(d.Pos()), c.File.Offset(d.End()), grouped)
			if got, want := nodes(again), nodes(d); got != want {
				t.Errorf("%q is parsed again as\n%s\nand was\n%s", code, got, want)
			}
		}
	})
}

// nodes lists the nodes of a tree with their positions, without comments.
func nodes(n ast.Node) string {
	var b strings.Builder
	ast.Inspect(n, func(n ast.Node) bool {
		switch n.(type) {
		case nil, *ast.CommentGroup:
			return false
		}
		fmt.Fprintf(&b, "%T %d %d\n", n, n.Pos(), n.End())
		if id, ok := n.(*ast.Ident); ok {
			b.WriteString(id.Name + "\n")
		}
		return true
	})
	return b.String()
}

// TestDeclaration: what is parsed again is what it was, in its place.
func TestDeclaration(t *testing.T) {
	const code = "x := 1\n\n// F is a function.\nfunc F(a int) (b string) { return `é\r\n` + \"y\" } // behind\ntype (\n\tA struct{ X, Y int } // of two\n\t// B too\n\tB = map[string]A\n)\ntype C int; func (c *C) M() {}; const ( D = iota; E )"
	c, err := Parse(NewFileSet(), 1, code)
	if err != nil || len(c.Decls) != 6 {
		t.Fatal(err, len(c.Decls))
	}
	for _, d := range c.Decls {
		g, ok := d.(*ast.GenDecl)
		grouped := ok && g.Tok == token.TYPE && g.TokPos == g.Specs[0].Pos()
		again := Declaration(c.File, code, c.File.Offset(d.Pos()), c.File.Offset(d.End()), grouped)
		if got, want := nodes(again), nodes(d); got != want {
			t.Errorf("parsed again\n%s\nand was\n%s", got, want)
		}
	}
}

// Blanking moves nothing, and what is left of a cell is the Go in it.
func FuzzBlank(f *testing.F) {
	for _, s := range []string{"!ls \\\n -l\nx", "%timeit -n 3 f()", "%%bash\nit's", "x := `\n!a\n`\n!b", "%%\n%cd ;;\r\n!", "package p;;\nx"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		blank := Blank(code)
		if len(blank) != len(code) {
			t.Fatalf("%q becomes %q", code, blank)
		}
		for i := range code {
			if code[i] != blank[i] && (blank[i] != ' ' || code[i] == '\n') {
				t.Fatalf("%q becomes %q", code, blank)
			}
		}
		if c, err := Parse(NewFileSet(), 1, code); err == nil {
			for i := 1; i < len(c.Stmts); i++ {
				if c.Stmts[i].Pos() < c.Stmts[i-1].Pos() {
					t.Errorf("%q: statements out of order", code)
				}
			}
		}
		IsComplete(code)
	})
}
