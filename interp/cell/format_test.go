package cell

import "testing"

func TestFormat(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"x:=1", "x := 1"},
		{"x:=1;y:=2", "x := 1\ny := 2"},
		{"import \"fmt\"\nx:=1\nfunc  f( ) int{return x}\nf( )", "import \"fmt\"\nx := 1\nfunc f() int { return x }\nf()"},
		{"x:=1 // one\n\n\n\n// of f\nfunc f( ){ }\n\nf( ) // called\n// the end", "x := 1 // one\n\n// of f\nfunc f() {}\n\nf() // called\n// the end"},
		{"f( );", "f();"},
		{"f( ); // quiet", "f(); // quiet"},
		{"f( );\n", "f();"},
		{"%time f(  1)\nx:=2", "%time f(  1)\nx := 2"},
		{"%%time\nx:=2", "%%time\nx := 2"},
		{"// why\n%who\nx:=2", "// why\n%who\nx := 2"},
		{"x:=2\n%who x  y\n\ny:=3\n?x", "x := 2\n%who x  y\n\ny := 3\n?x"},
		{"for i:=range 3{\nprint( i )\n}", "for i := range 3 {\n\tprint(i)\n}"},
		{"type T struct{A int;Bcd string}\n", "type T struct {\n\tA   int\n\tBcd string\n}"},
		{"s:=`\n%who\n  x`\r\ns", "s := `\n%who\n  x`\ns"},
		{"x:=1;func f(){}", "x := 1\nfunc f() {}"},
		{"// only a comment", "// only a comment"},
		{"%who", "%who"},
	} {
		got, err := Format(tt.in)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		if got != tt.want {
			t.Errorf("%q becomes\n%s\nwant\n%s", tt.in, got, tt.want)
		}
		if again, err := Format(got); again != got {
			t.Errorf("%q isn't left alone: %q, %v", got, again, err)
		}
	}
	if _, err := Format("x := ("); err == nil {
		t.Error("half a cell was formatted")
	}
}

func FuzzFormat(f *testing.F) {
	for _, s := range []string{"x:=1;y", "%time f()\n// c\nfunc f(){};", "?x\ny??", "import(\"fmt\");type T int;x;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		got, err := Format(code)
		if err != nil {
			return
		}
		if _, err := Parse(NewFileSet(), 0, got); err != nil {
			t.Errorf("%q becomes %q, which is no cell: %v", code, got, err)
		}
	})
}

func TestHelp(t *testing.T) {
	for _, tt := range []struct{ code, name, about string }{
		{"?fmt.Println", "?", "fmt.Println"},
		{" ?? x", "??", "x"},
		{"x?", "?", "x"},
		{"a.b??  ", "??", "a.b"},
		{"?%time", "?", "%time"},
		{"x := 1\n?x", "?", "x"},
		{"?", "?", ""},
		{"?? ", "??", ""},
		{"? 1 + 2", "?", "1 + 2"}, // of which nothing is known
	} {
		c, err := Parse(NewFileSet(), 1, tt.code)
		if err != nil || len(c.Magics) != 1 || c.Magics[0].Name != tt.name || c.Magics[0].Args != tt.about {
			t.Errorf("%q: %v, %v", tt.code, c.Magics, err)
		}
	}
	for _, code := range []string{"x ? y", "s := `\n?x\n`", "f(\n?x\n)"} {
		if c, _ := Parse(NewFileSet(), 1, code); len(c.Magics) > 0 {
			t.Errorf("%q asks for help", code)
		}
	}
}
