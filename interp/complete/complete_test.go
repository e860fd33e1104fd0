package complete

import (
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/kernel/engine"
)

func names(c engine.Completion) []string {
	out := make([]string, len(c.Matches))
	for i, m := range c.Matches {
		out[i] = m.Text
	}
	return out
}

func TestComplete(t *testing.T) {
	tests := []struct {
		name string
		code string
		// Names in order: the matches begin with them, or with "…" in front merely contain them.
		// A name after "!" must not be there; "$" says that there is nothing more.
		want string
	}{
		// Packages.
		{"package members", "str.Fie|", "Fields FieldsSeq FieldsFunc FieldsFuncSeq $"},
		{"all members", "str.|", "… Builder Compare Contains Fields"},
		{"members by any case", "str.fie|", "Fields FieldsSeq FieldsFunc"},
		{"unexported stay out", "str.index|", "… Index !indexFunc"},
		{"unimported package", "strings.Fie|", "Fields FieldsSeq FieldsFunc"},
		{"unimported package of several", "rand.Int|", "… IntN Int64N"},
		{"package imported in the cell", "import s \"sort\"\ns.Sl|", "Slice SliceStable SliceIsSorted $"},
		{"grouped import in the cell", "import (\n\t\"fmt\"\n\tq \"net/url\"\n)\nq.Pa|", "… Parse ParseQuery"},
		{"gonum", "mat.NewDen|", "NewDense $"},
		{"own package", "display.Mi|", "MIMEHTML … MIMEJSON !Render"},
		{"tensor", "tensor.Zer|", "Zeros … ZerosLike"},
		{"tensor method", "x := tensor.Zeros(2)\nx.Resh|", "Reshape $"},
		{"tensor method in a chain", "y := tensor.Zeros(2).Add(tensor.Ones(2)).MatM|", "MatMul $"},
		{"hidden fields of compiled types", "x := tensor.Zeros(2)\nx.|", "… Add Shape !node !storage"},
		{"package types in a declaration", "var b str.Bu|", "Builder $"},

		// Members of values.
		{"session variable", "origin.|", "… X Y Norm name move"},
		{"through a pointer", "circle.Rad|", "Radius $"},
		{"through embedding", "circle.|", "Point Radius Rectangle … X Y Norm Min Dx move"},
		{"call result", "Double(1).|", "$"},
		{"chained call", "str.NewReplacer().Rep|", "Replace $"},
		{"element of a slice", "words[0].|", "$"},
		{"element of a map", "byName[\"a\"].No|", "Norm $"},
		{"compiled type", "builder.Wri|", "Write WriteString WriteByte WriteRune $"},
		{"interface", "var s Shape\ns.|", "Area Norm $"},
		{"generic", "var l List[Point]\nl.Head.No|", "Norm $"},
		{"generic members", "l := &List[int]{}\nl.|", "Head Push Tail $"},
		{"method expression", "Point.|", "… Norm !X"},
		{"method on next line", "builder.\n\tWriteS|", "WriteString $"},
		{"error", "_, err := pair()\nerr.|", "Error $"},
		{"conversion", "Point(origin).No|", "Norm $"},
		{"type assertion", "var v any\nv.(*Point).No|", "Norm $"},
		{"package variable", "import \"os\"\nos.Stdout.Sy|", "Sync SyscallConn $"},

		// Locals.
		{"local of the cell", "x := str.NewReader(\"a\")\nx.ReadB|", "ReadByte $"},
		{"local of two values", "p, err := pair()\np.No|", "Norm $"},
		{"local in a function", "func f(pt *Point) {\n\tq := pt\n\tq.No|", "Norm $"},
		{"local in blocks", "for i, p := range byName {\n\tif true {\n\t\tp.No|", "Norm $"},
		{"range over an integer", "for index := range 10 {\n\tind|", "index $"},
		{"local in a closure", "f := func(pt Point) {\n\tpt.No|\n}", "Norm $"},
		{"variable of an if", "if p, err := pair(); p.No|", "Norm $"},
		{"names near first", "number := 1\nnumb|", "number numbers $"},
		{"later locals stay out", "lat|\nlater := 1", "!later"},
		{"cell's variable in cell's function", "p, err := pair()\nfunc f() {\n\tp.No|\n}", "Norm $"},
		{"local hides a package", "str := origin\nstr.No|", "Norm $"},
		{"method of the cell", "type T struct{ a int }\nfunc (t T) M() {}\nvar t T\nt.|", "M a $"},
		{"method that the cell adds to a session type", "func (p Point) Far() *Circle { return nil }\norigin.|", "… Far X Norm"},
		{"what such a method returns", "func (p *Point) Far(n int) (*Circle, error) { return nil, nil }\nc, err := origin.Far(1)\nc.Rad|", "Radius $"},
		{"after an open block's line", "total := 1\nfunc f() {\n\ttotal++\n\tto|", "total"},
		{"literal of the expected type", "type Options struct{ N int }\nfunc g(p Point, o Options) {}\ng(origin, |", "Options"},
		{"appended", "n := 1\nwords = append(words, |", "words"},
		{"method of a session type", "func (p *Point) Far() bool {\n\treturn p.No|\n}", "Norm $"},
		{"declaration after the cursor", "fo|\nfunc format(x int) int { return x }", "format former for font $"},
		{"type switch", "var v any\nswitch v := v.(type) {\ncase *Point:\n\tv.No|", "Norm $"},
		{"select", "ch := make(chan Point)\nselect {\ncase p := <-ch:\n\tp.No|", "Norm $"},
		{"generic function", "func f[T Shape](v T) {\n\tv.Ar|", "Area $"},

		// Names.
		{"session function", "Dou|", "Double $"},
		{"session and keyword", "f|", "… fmt func for float64 false !forest"},
		{"builtin", "app|", "append $"},
		{"package by name", "strco|", "strconv $"},
		{"type where a type must be", "var p Poi|", "Point $"},
		{"no private names", "Point|", "Point $"},
		{"value of a replaced type", "former.|", "Old $"},
		{"module", "l := nn.NewLinear(2, 3)\nl.Forw|", "Forward $"},
		{"options", "o := optim.AdamWOptions{LR: 1, |", "Beta1 Beta2 Eps WeightDecay MasterWeights $"},
		{"promoted through a hidden type", "var o *optim.AdamW\no.SetL|", "SetLR $"},
		{"no functions for types", "func f(x D|", "!Double"},
		{"type of a parameter", "func f(a int, b *Po|", "Point $"},
		{"type of a result", "func f() (a Po|", "Point $"},
		{"type of an element", "x := []Po|", "Point $"},
		{"type of map values", "x := map[string]*Cir|", "Circle $"},
		{"new name", "func Dou|", "$"},
		{"new variable", "var numb|", "$"},
		{"hidden names", "|", "… origin numbers Point !_hidden !append !for"},
		{"hidden names on demand", "_h|", "_hidden $"},
		{"nothing in comments", "x := 1 // Dou|", "$"},
		{"nothing in block comments", "/* Dou|", "$"},
		{"nothing in strings", "x := \"Dou|", "$"},
		{"nothing in numbers", "x := 1.|", "$"},
		{"nothing in raw strings", "x := `\nDou|", "$"},
		{"keyword of a statement", "swi|", "switch $"},
		{"middle of a word", "Dou|ble(1)", "Double $"},

		// Literals.
		{"fields", "p := Point{|}", "X Y name … origin"},
		{"fields left", "p := Point{X: 1, |}", "Y name $"},
		{"fields of pointers", "p := &Circle{Ra|", "Radius"},
		{"fields in a slice", "ps := []*Point{{X|", "X"},
		{"fields over lines", "p := Point{\n\tX: 1,\n\t|\n}", "Y name $"},
		{"fields of compiled types", "import \"net/http\"\nc := http.Client{Ti|", "Timeout $"},
		{"value of a field", "p := Circle{Radius: |", "limit … origin !Radius"},

		// Expected types first.
		{"argument", "str.Repeat(|", "… words"},
		{"assignment", "origin.X = |", "… origin"},
		{"argument by type", "func g(p Point) {}\nn := 1\nq := origin\ng(|", "q origin"},
		{"return by type", "func g() *Circle {\n\tp := 1\n\treturn |\n}", "circle"},
		{"member by type", "var b bool\nb = str.Con|", "Contains ContainsAny"},
		{"condition", "ok, num := true, 1\nif |", "ok"},
		{"comparison", "if origin == |", "origin"},

		// Broken text.
		{"broken line before", "x := := 3\norigin.No|", "Norm $"},
		{"unclosed call before", "fmt.Println(origin.X, origin.No|", "Norm $"},
		{"unclosed on the line before", "fmt.Println(\norigin.No|", "Norm $"},
		{"unclosed statement before", "if true {\n\tp := origin\n\tfmt.Println(p.No|\n\nfunc f() {}", "Norm $"},
		{"wild brackets", "))) origin.No|", "Norm $"},
		{"go statement", "go origin.No|", "Norm $"},
		{"defer", "defer builder.Res|", "Reset $"},
		{"assignment to many", "origin.X, origin.|", "… X Y"},
		{"case", "switch origin.X {\ncase origin.No|", "Norm $"},
		{"range", "for _, r := range str.Fie|", "Fields"},
		{"struct field", "type T struct {\n\tp Po|", "Point $"},
		{"index", "numbers[Dou|", "Double $"},
		{"function literal", "f := func() { origin.No|", "Norm $"},
		{"runes before", "s := \"größe – ∑\"\norigin.No|", "Norm $"},
		{"text after", "origin.No| + ((", "Norm $"},
		{"empty cell", "|", "… origin"},
		{"only a dot", ".|", "$"},
		{"carriage returns", "x := origin\r\nx.No|", "Norm $"},

		// Imports and magics.
		{"import path", "import \"net/ht|", "net/http net/http/cgi"},
		{"import path in a group", "import (\n\t\"fmt\"\n\t\"encoding/js|\"\n)", "encoding/json $"},
		{"import path by its end", "import \"plotter|", "gonum.org/v1/plot/plotter $"},
		{"line magic", "%re|", "%reset $"},
		{"cell magic", "%%|", "%%time $"},
		{"statement of a magic", "%time origin.No|", "Norm $"},
		{"argument of another magic", "%reset orig|", "origin $"},
		{"name to ask about", "?Dou|", "Double $"},
		{"name to ask more about", "x := 1\n??origin.No|", "Norm $"},
		{"magic above", "%time\norigin.No|", "Norm $"},
		{"timed cell", "%%time\norigin.No|", "Norm $"},
	}
	env := testEnv(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, pos := cursor(t, test.code)
			c := Complete(env, code, pos)
			if err := matchNames(names(c), test.want); err != "" {
				t.Errorf("%s\n%s\ngot %s", test.code, err, strings.Join(names(c), " "))
			}
		})
	}
}

// matchNames compares a list with the notation of TestComplete.
func matchNames(got []string, want string) string {
	ordered := true
	i := 0
	for _, w := range strings.Fields(want) {
		switch {
		case w == "…":
			ordered = false
		case w == "$":
			if i < len(got) {
				return "too much: " + strings.Join(got[i:], " ")
			}
		case w[0] == '!' && len(w) > 1:
			if slices.Contains(got, w[1:]) {
				return w[1:] + " should not be there"
			}
		case ordered:
			if i >= len(got) || got[i] != w {
				return w + " is not where it should be"
			}
			i++
		case !slices.Contains(got, w):
			return w + " is missing"
		}
	}
	return ""
}

func TestCompleteRange(t *testing.T) {
	tests := []struct{ code, want string }{ // want: what the matches replace, in brackets
		{"origin.No|", "origin.[No]"},
		{"x := \"∑∑\"; origin.No|", "x := \"∑∑\"; origin.[No]"},
		{"Dou|ble(1)", "[Double](1)"},
		{"origin.|", "origin.[]"},
		{"import \"net/ht|tp\"", "import \"[net/http]\""},
		{"import \"net/ht|", "import \"[net/ht]"},
		{"  %re|", "  [%re]"},
		{"größe := 1\ngrö|", "größe := 1\n[grö]"},
	}
	env := testEnv(t)
	for _, test := range tests {
		code, pos := cursor(t, test.code)
		c := Complete(env, code, pos)
		r := []rune(code)
		if got := string(r[:c.Start]) + "[" + string(r[c.Start:c.End]) + "]" + string(r[c.End:]); got != test.want {
			t.Errorf("%s replaces %s, want %s", test.code, got, test.want)
		}
	}
}

func TestCompleteKinds(t *testing.T) {
	tests := []struct{ code, text, kind, signature string }{
		{"Dou|", "Double", "function", "func(n int) int"},
		{"origin.No|", "Norm", "method", "func() float64"},
		{"origin.X|", "X", "field", "float64"},
		{"origi|", "origin", "variable", "Point"},
		{"lim|", "limit", "constant", "const = 10"},
		{"Poi|", "Point", "type", "struct"},
		{"form|", "former", "variable", "Point"},
		{"Sha|", "Shape", "type", "interface"},
		{"fm|", "fmt", "package", "fmt"},
		{"strco|", "strconv", "package", `import "strconv"`},
		{"swit|", "switch", "keyword", ""},
		{"appen|", "append", "function", "func(slice []Type, elems ...Type) []Type"},
		{"str.Fields|", "Fields", "function", "func(s string) []string"},
		{"mat.NewDen|", "NewDense", "function", "func(r, c int, data []float64) *mat.Dense"},
		{"str.Cut|", "Cut", "function", "func(s, sep string) (before, after string, found bool)"},
		{"fmt.Errorf|", "Errorf", "function", "func(format string, a ...any) (err error)"},
		{"slices.IndexF|", "IndexFunc", "function", "func[S ~[]E, E any](s S, f func(E) bool) int"},
		{"int6|", "int64", "type", "type"},
		{"ni|", "nil", "constant", "untyped nil"},
	}
	env := testEnv(t)
	for _, test := range tests {
		code, pos := cursor(t, test.code)
		c := Complete(env, code, pos)
		i := slices.Index(names(c), test.text)
		if i < 0 {
			t.Errorf("%s: no %s among %v", test.code, test.text, names(c))
			continue
		}
		if m := c.Matches[i]; m.Kind != test.kind || m.Signature != test.signature {
			t.Errorf("%s: %s is a %s %q, want a %s %q", test.code, m.Text, m.Kind, m.Signature, test.kind, test.signature)
		}
	}
}

// TestCompleteAnywhere puts the cursor everywhere, and at places that don't exist.
func TestCompleteAnywhere(t *testing.T) {
	env := testEnv(t)
	code := "import \"fmt\"\nx := map[string][]Point{\"a\": {{X: 1}, origin}}\nfor k, v := range x {\n\tif v[0].X > 1 { fmt.Println(k, func(p Point) float64 { return p.Norm() }(v[0])) }\n}\nfunc (c *Circle) grow() (*Circle, error) {\n\tselect {\n\tcase <-make(chan int):\n\t}\n\treturn c, nil\n}\n"
	for pos := -1; pos <= len(code)+1; pos++ {
		c := Complete(env, code, pos)
		if c.Start > c.End || c.Start < 0 || c.End > len(code) {
			t.Fatalf("at %d: replaces %d to %d", pos, c.Start, c.End)
		}
		Inspect(env, code, pos, 1)
	}
}

func FuzzComplete(f *testing.F) {
	for _, s := range []string{"origin.", "if x := ", "func (", "func (p *Point) ", "type T[P ", "import \"", "%ti", "%%", "a\xff.b", "x := `", "case", "/*", "switch x := y.(type) {case ", "for range ", "Point{X:", "[...]int{", "\r\n.", "var _ = func() {"} {
		f.Add(s, len(s))
	}
	env := testEnv(f)
	f.Fuzz(func(t *testing.T, code string, pos int) {
		c := Complete(env, code, pos)
		n := len([]rune(code))
		if c.Start > c.End || c.Start < 0 || c.End > n {
			t.Errorf("replaces %d to %d of %d", c.Start, c.End, n)
		}
		Inspect(env, code, pos, 1)
	})
}
