package main

import (
	"bytes"
	"context"
	"encoding"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log"
	"log/slog"
	"math/big"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"
)

// How values look to fmt, by what methods they have.
type Plain struct {
	A int
	B string
	c []float64
	D map[string]int
	E *int
	F any
	G func()
	H chan int
	I [2]bool
	J complex64
}

type Named int
type Str string
type Bytes []byte
type Set map[Str]struct{}
type Grid [2][2]Named
type Fn func(Named) Str

type Stringed struct{ X, Y int }

func (s Stringed) String() string { return fmt.Sprintf("(%d;%d)", s.X, s.Y) }

type PtrStringed struct{ N int }

func (p *PtrStringed) String() string { return fmt.Sprint("ptr ", p.N) }

type Go struct{ n int }

func (g Go) GoString() string { return fmt.Sprintf("Go{%d}", g.n) }

type Formatted struct{ v float64 }

func (f Formatted) Format(s fmt.State, verb rune) {
	w, okw := s.Width()
	p, okp := s.Precision()
	fmt.Fprintf(s, "[%c %d %v %d %v %v%v%v %.1f]", verb, w, okw, p, okp, s.Flag('+'), s.Flag('#'), s.Flag('-'), f.v)
	fmt.Fprintf(s, fmt.FormatString(s, verb), f.v)
}

type Panicky struct{ s *string }

func (p Panicky) String() string { return *p.s }

type Outer struct {
	Stringed
	Z Named
}

type Nested struct {
	S  Stringed
	P  *Stringed
	Q  PtrStringed
	R  *PtrStringed
	L  []Stringed
	M  map[Stringed]PtrStringed
	I  fmt.Stringer
	G  Go
	in Stringed
}

type private struct{ Stringed }

// JSON, text, XML, gob.
type Temp float64

func (t Temp) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `{"deg":%g}`, float64(t)), nil }
func (t *Temp) UnmarshalJSON(b []byte) error {
	var x struct{ Deg float64 }
	if err := json.Unmarshal(b, &x); err != nil {
		return err
	}
	*t = Temp(x.Deg)
	return nil
}

type Color struct{ R, G, B uint8 }

func (c Color) MarshalText() ([]byte, error) {
	return []byte("#" + hex.EncodeToString([]byte{c.R, c.G, c.B})), nil
}
func (c *Color) UnmarshalText(b []byte) error {
	raw, err := hex.DecodeString(strings.TrimPrefix(string(b), "#"))
	if err != nil || len(raw) != 3 {
		return fmt.Errorf("color %q: %w", b, err)
	}
	c.R, c.G, c.B = raw[0], raw[1], raw[2]
	return nil
}

type Kind int

func (k Kind) MarshalText() ([]byte, error)  { return []byte("kind" + string(rune('0'+k))), nil }
func (k *Kind) UnmarshalText(b []byte) error { *k = Kind(b[len(b)-1] - '0'); return nil }

type Base struct {
	ID   int       `json:"id"`
	When time.Time `json:"when,omitzero"`
}

type Item struct {
	Base
	*Extra
	Name   string           `json:"name"`
	Tags   []Str            `json:"tags,omitempty"`
	Temp   Temp             `json:"temp"`
	TempP  *Temp            `json:"tempp,omitempty"`
	Color  Color            `json:"color"`
	ByKind map[Kind]Color   `json:"byKind"`
	ByCol  map[Color]Kind   `json:"byCol,omitempty"`
	Skip   chan int         `json:"-"`
	Dash   int              `json:"-,"`
	Quoted int64            `json:"quoted,string"`
	Raw    json.RawMessage  `json:"raw,omitempty"`
	Num    json.Number      `json:"num"`
	Data   Bytes            `json:"data"`
	Any    any              `json:"any"`
	Big    *big.Int         `json:"big,omitempty"`
	Dur    time.Duration    `json:"dur"`
	Arr    [2]Named         `json:"arr"`
	Deep   map[string][]any `json:"deep,omitempty"`
	hidden int
}

type Extra struct {
	Note string `json:"note"`
	ID   string `json:"extra_id"`
}

type Packed struct{ X, Y int32 }

func (p Packed) MarshalBinary() ([]byte, error) {
	return binary.BigEndian.AppendUint64(nil, uint64(uint32(p.X))<<32|uint64(uint32(p.Y))), nil
}
func (p *Packed) UnmarshalBinary(b []byte) error {
	n := binary.BigEndian.Uint64(b)
	p.X, p.Y = int32(n>>32), int32(n)
	return nil
}
func (p Packed) AppendBinary(b []byte) ([]byte, error) {
	x, err := p.MarshalBinary()
	return append(b, x...), err
}

type Gobbed struct {
	P    Packed
	L    []Packed
	M    map[string]Stringed
	I    Shape
	Self *Gobbed
	T    time.Time
}

type Shape interface{ Area() float64 }
type Square struct{ S float64 }
type Circle struct{ R float64 }

func (s Square) Area() float64  { return s.S * s.S }
func (c *Circle) Area() float64 { return 3 * c.R * c.R }

type Secret string

func (Secret) LogValue() slog.Value { return slog.StringValue("***") }

type Person struct {
	XMLName xml.Name `xml:"person"`
	ID      int      `xml:"id,attr"`
	Name    struct {
		First string `xml:"first"`
		Last  string `xml:"last,omitempty"`
	} `xml:"name"`
	Mail    []string `xml:"mails>mail"`
	Col     Color    `xml:"col"`
	Comment string   `xml:",comment"`
	Text    string   `xml:",chardata"`
}

func (p Person) Full() string               { return p.Name.First + " " + p.Name.Last }
func (p *Person) Initial() string           { return p.Name.First[:1] }
func (p Person) Add(a, b int) int           { return a + b + p.ID }
func (p Person) Fails() (string, error)     { return "", fmt.Errorf("it fails %d", p.ID) }
func (p Person) Each(xs ...string) []string { return append(xs, p.Mail...) }

func look(v any) { fmt.Printf("%v | %+v | %#v | %T\n", v, v, v, v) }

func formats() {
	n := 5
	for _, v := range []any{
		Plain{A: 1, B: "x", c: []float64{1.5}, D: map[string]int{"b": 2, "a": 1}, F: Named(3)}, &Plain{}, Named(7), Str("s\n"), Bytes("ab"), Set{"q": {}, "p": {}}, Grid{{1, 2}, {3, 4}},
		Stringed{1, 2}, &Stringed{1, 2}, PtrStringed{3}, &PtrStringed{3}, Go{4}, &Go{4}, []Go{{1}}, Formatted{2.5}, []Formatted{{1}}, Outer{Stringed{5, 6}, 7}, &Outer{},
		Nested{L: []Stringed{{1, 1}}, M: map[Stringed]PtrStringed{{2, 2}: {3}}, I: Named2(1)}, private{Stringed{8, 9}}, []any{nil, Named(1), Stringed{}, (*Stringed)(nil) == nil}, map[Named]Str{2: "b", 1: "a"},
		struct {
			A Named `k:"v"`
			Str
		}{1, "e"}, [3]Str{}, (*Plain)(nil), []Named(nil), Set(nil), Fn(nil), (chan Named)(nil), [0]Named{}, struct{}{}, []struct{ X Named }{{1}}, map[string]*Named{}, new(any) != nil,
	} {
		look(v)
	}
	fmt.Printf("%d %5d|%-5d|%05d|%x|%q|%U|%c|%b|%o|%t\n", Named(65), Named(65), Named(65), Named(65), Named(65), Named(65), Named(65), Named(65), Named(65), Named(65), Named(65))
	fmt.Printf("%s %q %x %X % x|%10s|%-10s|%.1s|%d\n", Str("hé"), Str("hé"), Str("hé"), Str("hé"), Str("hé"), Str("hé"), Str("hé"), Str("hé"), Str("hé"))
	fmt.Printf("%s %q %x %d %v\n", Bytes("hi"), Bytes("hi"), Bytes("hi"), Bytes("hi"), Bytes("hi"))
	fmt.Printf("%+8.3f|%-8v|%#v|%s|%z\n", Formatted{1}, Formatted{2}, Formatted{3}, Formatted{4}, Formatted{5})
	fmt.Printf("%v %s %d\n", Panicky{}, Panicky{}, Panicky{})
	fmt.Printf("%v %+v\n", Panicky{new(string)}, (*Stringed)(nil))
	fmt.Printf("%s %d %x %v\n", Stringed{255, 1}, Stringed{255, 1}, Stringed{255, 1}, []*Stringed{nil}[0])
	fmt.Printf("%!|%d|%s|%[2]d %[1]s|%*d\n", "a", 1, 2)
	fmt.Printf("%T %T %T %T %T %T\n", look, Fn.call, Stringed.String, (*Circle).Area, new(Shape), func(Named, ...Str) (a, b *Plain) { return })
	fmt.Printf("%T %T %T %T\n", make(chan<- Named), make(<-chan []Str), map[Stringed][]*Plain{}, struct {
		Named
		x *Str `t:"u"`
		F func(Shape) error
	}{})
	fmt.Println(Named(1), Str("x"), Stringed{}, &PtrStringed{1}, PtrStringed{2}, n)
	fmt.Print(Named(1), Str("x"), 2, 3, Str("y"), "\n")
}

type Named2 int

func (n Named2) String() string { return "named2" }
func (f Fn) call(n Named) Str   { return f(n) }

func encodings() {
	t := Temp(3)
	item := Item{
		Base: Base{ID: 9, When: time.Date(2026, 11, 28, 1, 2, 3, 4, time.UTC)}, Extra: &Extra{Note: "n<b>", ID: "e"}, Name: "it\"em", Tags: []Str{"a"}, Temp: 1.5, TempP: &t, Color: Color{1, 2, 255},
		ByKind: map[Kind]Color{2: {}, 1: {9, 9, 9}}, ByCol: map[Color]Kind{{1, 1, 1}: 3, {0, 1, 1}: 4}, Dash: 1, Quoted: 12, Raw: json.RawMessage(`[1, 2]`), Num: "12.50", Data: Bytes("data"),
		Any: []any{Temp(2), Stringed{1, 2}, Kind(5), nil, map[Kind]any{1: Str("z")}}, Big: big.NewInt(1 << 60), Dur: time.Second, Arr: [2]Named{1, 2}, Deep: map[string][]any{"k": {1, "x"}},
	}
	b, err := json.Marshal(item)
	fmt.Println(string(b), err)
	b, err = json.MarshalIndent(&Item{}, ">", "  ")
	fmt.Println(string(b), err)
	b, _ = json.Marshal(item)
	var back Item
	fmt.Println(json.Unmarshal(b, &back))
	b2, err := json.Marshal(back)
	fmt.Println(bytes.Equal(b, b2), err)
	fmt.Printf("%+v\n", back.ByKind)
	dec := json.NewDecoder(strings.NewReader(`{"name":"x","unknown":1}{"id":"bad"}`))
	dec.DisallowUnknownFields()
	fmt.Println(dec.Decode(&back))
	for _, text := range []string{`{"id":"bad"}`, `{"color":"#12"}`, `{"color":5}`, `{"arr":[1,2,3]}`, `{"tags":"x"}`, `{"temp":{"deg":"z"}}`, `{"byKind":{"kind7":"#010203"}}`, `{`, `{"NAME":"case"}`, `{"quoted":"x"}`} {
		var it Item
		err := json.Unmarshal([]byte(text), &it)
		fmt.Printf("%v %T %v %v\n", err, err, it.ByKind, it.Name)
	}

	var buf bytes.Buffer
	gob.Register(Square{})
	gob.RegisterName("circle", &Circle{})
	g := Gobbed{P: Packed{1, -2}, L: []Packed{{3, 4}}, M: map[string]Stringed{"m": {5, 6}}, I: Square{2}, Self: &Gobbed{I: &Circle{3}, P: Packed{7, 7}}, T: time.Unix(0, 0).UTC()}
	fmt.Println(gob.NewEncoder(&buf).Encode(g))
	var g2 Gobbed
	fmt.Println(gob.NewDecoder(bytes.NewReader(buf.Bytes())).Decode(&g2))
	fmt.Printf("%+v %v %v %T %v %T\n", g2.P, g2.L, g2.M, g2.I, g2.Self.I.Area(), g2.Self.I)
	var other struct{ P Packed }
	fmt.Println(gob.NewDecoder(bytes.NewReader(buf.Bytes())).Decode(&other), other)
	var wrong struct{ L string }
	fmt.Println(gob.NewDecoder(bytes.NewReader(buf.Bytes())).Decode(&wrong))
	buf.Reset()
	var sh Shape = Square{4}
	fmt.Println(gob.NewEncoder(&buf).Encode(&sh))
	sh = nil
	fmt.Println(gob.NewDecoder(&buf).Decode(&sh), sh)
	var bm encoding.BinaryMarshaler = Packed{1, 2}
	var ba encoding.BinaryAppender = Packed{1, 2}
	raw, _ := bm.MarshalBinary()
	raw, _ = ba.AppendBinary(raw)
	fmt.Println(raw)
	buf.Reset()
	fmt.Println(binary.Write(&buf, binary.LittleEndian, struct {
		A Packed
		B [2]Named3
		C bool
	}{Packed{1, 2}, [2]Named3{3, 4}, true}), hex.EncodeToString(buf.Bytes()), binary.Size(Packed{}))
	var rd struct {
		A Packed
		B [2]Named3
	}
	fmt.Println(binary.Read(&buf, binary.LittleEndian, &rd), rd)

	p := Person{ID: 4, Mail: []string{"a@b", "c@d"}, Col: Color{1, 2, 3}, Comment: " c ", Text: "t&t"}
	p.Name.First, p.Name.Last = "Ann", "Lee"
	x, err := xml.MarshalIndent(p, "", " ")
	fmt.Println(string(x), err)
	var p2 Person
	fmt.Println(xml.Unmarshal(x, &p2))
	fmt.Printf("%+v\n", p2)

	tmpl := template.Must(template.New("t").Funcs(template.FuncMap{"up": func(s Str) Str { return Str(strings.ToUpper(string(s))) }, "area": func(s Shape) float64 { return s.Area() }}).Parse(
		`{{.Full}} {{.Add 1 2}} {{.Initial}} {{range $i, $m := .Mail}}{{$i}}={{$m}};{{end}} {{.Name.Last | printf "%q"}} {{len .Mail}} {{index .Mail 1}} {{.Col}} {{.Each "p" "q"}}` + "\n"))
	fmt.Println(tmpl.Execute(screen{}, &p))
	for _, text := range []string{"{{.Initial}}", "{{.Fails}}", "{{.Nope}}", "{{.Add 1}}", "{{up .}}", "{{area .}}"} {
		fmt.Println(template.Must(template.Must(tmpl.Clone()).Parse(text)).Execute(&bytes.Buffer{}, p))
	}
	must := template.Must(template.New("").Funcs(template.FuncMap{"area": func(s Shape) float64 { return s.Area() }}).Parse("{{area .S}} {{.S.Area}} {{.K}} {{with .M}}{{.a}}{{end}} {{if eq .N 3}}three{{end}} {{.F 2}}\n"))
	fmt.Println(must.Execute(screen{}, struct {
		S Shape
		K Kind
		M map[string]Named
		N Named
		F func(int) Named
	}{&Circle{1}, 3, map[string]Named{"a": 9}, 3, func(i int) Named { return Named(i * 2) }}))
}

type Named3 uint16

type lines struct {
	level  slog.Level
	groups []string
	attrs  []slog.Attr
	out    *strings.Builder
}

func (l *lines) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	fmt.Fprintf(l.out, "%v %s %v %v", r.Level, r.Message, l.groups, l.attrs)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(l.out, " %s=%v(%v)", a.Key, a.Value.Resolve(), a.Value.Kind())
		return true
	})
	l.out.WriteByte('\n')
	return nil
}
func (l *lines) WithAttrs(a []slog.Attr) slog.Handler {
	c := *l
	c.attrs = append(c.attrs[:len(c.attrs):len(c.attrs)], a...)
	return &c
}
func (l *lines) WithGroup(g string) slog.Handler {
	c := *l
	c.groups = append(c.groups[:len(c.groups):len(c.groups)], g)
	return &c
}

type stamped struct{ n int }

func (s *stamped) Write(p []byte) (int, error) { s.n++; return fmt.Printf("%d> %s", s.n, p) }

func logs() {
	var out strings.Builder
	lg := slog.New(&lines{level: slog.LevelInfo, out: &out})
	lg.Debug("no")
	lg.Info("yes", "secret", Secret("x"), "n", Named(3), "t", Stringed{1, 2})
	lg.With("a", 1).WithGroup("g").Warn("grouped", slog.Group("in", "k", Str("v")))
	fmt.Print(out.String())
	drop := &slog.HandlerOptions{ReplaceAttr: func(g []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && len(g) == 0 {
			return slog.Attr{}
		}
		return a
	}}
	slog.New(slog.NewJSONHandler(&stamped{}, drop)).Error("json", "item", Kind(2), "color", Color{1, 2, 3}, "temp", Temp(4), "secret", Secret("p"), "err", fmt.Errorf("bad"), "plain", Outer{})
	slog.New(slog.NewTextHandler(&stamped{}, drop)).Info("text", "s", Stringed{3, 4}, "k", Kind(1), "p", Plain{}.D, "o", struct{ A Named }{1})
	l := log.New(&stamped{}, "p: ", log.Lmsgprefix)
	l.Println(Stringed{1, 1}, Named(2))
	l.Printf("%v", Outer{})
	tw := tabwriter.NewWriter(&stamped{}, 0, 8, 1, '.', tabwriter.AlignRight)
	fmt.Fprintf(tw, "a\tbbb\t%v\t\n", Named(1))
	fmt.Fprintf(tw, "aaaa\tb\t%v\t\n", Stringed{})
	fmt.Println(tw.Flush())
	cw := csv.NewWriter(&stamped{})
	fmt.Println(cw.Write([]string{"a b", "c,d", string(Str("e\"f"))}))
	cw.Flush()
	enc := base64.NewEncoder(base64.StdEncoding, &stamped{})
	fmt.Fprint(enc, Stringed{7, 8})
	fmt.Println(enc.Close())
}

func main() {
	formats()
	encodings()
	logs()
}

type screen struct{}

func (screen) Write(p []byte) (int, error) { return fmt.Printf("%s", p) }
