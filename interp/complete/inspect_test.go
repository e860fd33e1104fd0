package complete

import (
	"strings"
	"testing"

	"github.com/rustygradients/rg/viz/display"
)

func TestInspect(t *testing.T) {
	tests := []struct {
		name, code string
		head       string   // the text's first lines
		contains   []string // further on
	}{
		{"compiled function", "str.Fie|lds(\"a b\")", "func strings.Fields(s string) []string", []string{"splits the string"}},
		{"links are text", "str.Fie|lds", "func strings.Fields(", []string{"Unlike Split,", "defined by unicode.IsSpace,"}},
		{"at the end of the name", "str.Fields|", "func strings.Fields(", nil},
		{"at the start of the name", "str.|Fields", "func strings.Fields(", nil},
		{"unimported", "strconv.Ito|a(1)", "func strconv.Itoa(i int) string", []string{"equivalent to"}},
		{"method of a type", "bytes.Buffer.WriteSt|ring", "func (b *bytes.Buffer) WriteString(s string) (n int, err error)", nil},
		{"inside a call", "str.Repeat(\"a\", |", "func strings.Repeat(", nil},
		{"inside a string argument", "str.Repeat(\"a|", "func strings.Repeat(", nil},
		{"inside nested brackets", "str.Join([]string{|", "", nil},
		{"package", "st|r.Fields(\"\")", "package strings // import \"strings\"", []string{"implements simple functions"}},
		{"compiled method", "builder.WriteStr|ing(\"a\")", "func (b *strings.Builder) WriteString(s string) (int, error)", []string{"appends the contents"}},
		{"method of a hidden type", "import \"testing\"\nvar b *testing.B\nb.Err|orf(\"\")", "func (c *testing.common) Errorf(", []string{"equivalent to Logf followed by Fail"}},
		{"example", "str.Map|", "func strings.Map(", []string{"Example:", "'Twas brillig"}},
		{"own example", "tensor.Zeros().CrossEntropy|", "func (t *tensor.Tensor) CrossEntropy(", []string{"Example:", "loss.Backward()"}},
		{"compiled type", "var x str.Bui|lder", "type strings.Builder struct {\n\t// unexported fields\n}", []string{"used to efficiently build"}},
		{"compiled interface method", "import \"io\"\nvar r io.Reader\nr.Re|ad(nil)", "func (io.Reader) Read(p []byte) (n int, err error)", nil},
		{"compiled constant", "import \"math\"\nmath.P|i", "const math.Pi = ", []string{"A000796"}},
		{"compiled variable", "import \"io\"\nio.EO|F", "var io.EOF error", []string{"returned by Read"}},
		{"compiled field", "import \"net/http\"\nvar s http.Server\ns.Ad|dr", "field Addr string", []string{"TCP address"}},
		{"compiled field of a literal", "import \"net/http\"\ns := http.Server{Ad|dr: \"\"}", "field Addr string", []string{"TCP address"}},
		{"promoted field", "circle.Mi|n", "field Min image.Point", nil},
		{"gonum", "mat.NewDen|se(1, 1, nil)", "func mat.NewDense(r, c int, data []float64) *mat.Dense", []string{"creates a new Dense"}},
		{"own", "display.Tex|t(\"\")", "func display.Text(s string) display.Bundle", []string{"only plain text"}},
		{"tensor method", "tensor.Zeros(2).Mat|Mul(nil)", "func (t *tensor.Tensor) MatMul(", nil},
		{"builtin", "app|end(words, \"\")", "func append(slice []Type, elems ...Type) []Type", []string{"appends elements to the end"}},
		{"builtin type", "var x floa|t64", "type float64 float64", []string{"IEEE 754"}},
		{"error method", "var e error\ne.Err|or()", "func (error) Error() string", nil},

		{"session function", "Dou|ble(2)", "func Double(n int) int", []string{"returns twice n", "overflows silently"}},
		{"session variable", "orig|in", "var origin Point", nil},
		{"session type", "Poi|nt{}", "type Point struct {\n\tX    float64\n\tY    float64\n\tname string\n}", []string{"place in the plane"}},
		{"session method", "origin.No|rm()", "func (p Point) Norm() float64", []string{"distance from the origin"}},
		{"session field", "origin.X|", "field X float64", []string{"the coordinates"}},
		{"session constant", "lim|it", "const limit = 10", nil},
		{"generic type", "var l Li|st[int]", "type List[T any] struct {", nil},
		{"generic instance", "l := List[int]{}\nl.Pu|sh(1)", "func (l *List[int]) Push(v int)", nil},
		{"local", "x := str.NewReader(\"\")\nx|.Len()", "var x *strings.Reader", nil},
		{"definition", "x| := Double(2)", "var x int", nil},
		{"cell function", "// g is new.\nfunc g(a int) {}\ng|(1)", "func g(a int)", []string{"g is new."}},
		{"parameter", "func g(a int) int { return a| }", "var a int", nil},
		{"broken cell", "x := Double(2\ny := str.Fie|lds(", "func strings.Fields(", nil},
		{"type switch", "var v any = 1\nswitch w := v.(type) {\ncase int:\n\t_ = w|\n}", "var w int", nil},
		{"magic", "%ti|me f()", "%time", []string{"time a statement"}},

		{"unknown", "nosuch|", "", nil},
		{"number", "x := 12|3", "", nil},
		{"keyword", "fo|r {}", "", nil},
		{"comment", "// Dou|ble", "", nil},
		{"string", "x := \"Dou|ble\"", "", nil},
		{"nothing", "|", "", nil},
		{"space", "x := 1   |", "", nil},
	}
	env := testEnv(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, pos := cursor(t, test.code)
			b, ok := Inspect(env, code, pos, 0)
			if ok != (test.head != "") {
				t.Fatalf("%s: found is %v: %s", test.code, ok, b.Plain())
			}
			plain := b.Plain()
			if !strings.HasPrefix(plain, test.head) {
				t.Errorf("%s\ngot  %s\nwant %s", test.code, plain, test.head)
			}
			markdown, _ := b.Data[display.MIMEMarkdown].(string)
			for _, s := range test.contains {
				if !strings.Contains(plain, s) || !strings.Contains(markdown, s) {
					t.Errorf("%s: no %q in\n%s\nor\n%s", test.code, s, plain, markdown)
				}
			}
		})
	}
}

func TestInspectDetail(t *testing.T) {
	tests := []struct{ code, want string }{
		{"Dou|ble(2)", "func Double(n int) int { return 2 * n }"},
		{"origin.No|rm()", "func (p Point) Norm() float64 { return p.X + p.Y }"},
		{"func g(a int) { _ = a }\ng|(1)", "func g(a int) { _ = a }"},
	}
	env := testEnv(t)
	for _, test := range tests {
		code, pos := cursor(t, test.code)
		for detail := range 2 {
			b, _ := Inspect(env, code, pos, detail)
			if got := strings.Contains(b.Plain(), test.want); got != (detail == 1) {
				t.Errorf("%s: detail %d shows the source: %v\n%s", test.code, detail, got, b.Plain())
			}
		}
	}
}
