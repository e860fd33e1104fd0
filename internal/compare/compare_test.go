package compare

import (
	"strings"
	"testing"

	"github.com/rustygradients/rg/internal/notebook"
)

func stream(name, text string) *notebook.Output {
	return &notebook.Output{Type: notebook.Stream, Name: name, Text: text}
}

func data(kv ...any) *notebook.Output {
	o := &notebook.Output{Type: notebook.DisplayData, Data: map[string]any{}}
	for i := 0; i < len(kv); i += 2 {
		o.Data[kv[i].(string)] = kv[i+1]
	}
	return o
}

type outputs = []*notebook.Output

func TestOutputs(t *testing.T) {
	failed := func(name, value string, traceback ...string) *notebook.Output {
		return &notebook.Output{Type: notebook.ErrorOutput, ErrorName: name, ErrorValue: value, Traceback: traceback}
	}
	result := data("text/plain", "1")
	result.Type, result.ExecutionCount = notebook.ExecuteResult, 7
	for _, tt := range []struct {
		name       string
		saved, now outputs
		want       string
	}{
		{"nothing", nil, nil, ""},
		{"same", outputs{stream("stdout", "a\n"), data("text/plain", "x")}, outputs{stream("stdout", "a\n"), data("text/plain", "x")}, ""},
		{"streams in pieces, in another order", outputs{stream("stdout", "a\nb\n"), stream("stderr", "e\n")}, outputs{stream("stdout", "a\n"), stream("stderr", "e\n"), stream("stdout", "b\n")}, ""},
		{"counts and kinds of output", outputs{data("text/plain", "1")}, outputs{result}, ""},
		{"pictures", outputs{data("image/png", "A", "text/plain", "p")}, outputs{data("image/png", "B", "text/plain", "p")}, ""},
		{"tracebacks", outputs{failed("Panic", "no", "one")}, outputs{failed("Panic", "no", "two")}, ""},
		{"JSON", outputs{data("application/json", map[string]any{"a": 1, "b": 2})}, outputs{data("application/json", map[string]any{"b": 2, "a": 1})}, ""},

		{"text", outputs{stream("stdout", "1\n2\n3\n4\n5\n6\n7\n8\n")}, outputs{stream("stdout", "1\n2\n3\n4\nfive\n6\n7\n8\n")}, "stdout differs:\n ⋮\n 3\n 4\n-5\n+five\n 6\n 7\n ⋮\n"},
		{"line end", outputs{stream("stdout", "a\n")}, outputs{stream("stdout", "a")}, "stdout differs:\n-a\n+a ␄\n"},
		{"missing", outputs{data("text/plain", "x", "text/html", "<b>x</b>")}, outputs{data("text/plain", "x")}, "text/html is missing:\n-<b>x</b> ␄\n"},
		{"new", nil, outputs{stream("stderr", "warning\n")}, "stderr was not there:\n+warning\n"},
		{"more", outputs{data("text/plain", "x")}, outputs{data("text/plain", "x"), data("text/plain", "y")}, "text/plain: 2 outputs, saved were 1:\n-x ␄\n+x ␄\n+y ␄\n"},
		{"second", outputs{data("text/plain", "x"), data("text/plain", "y")}, outputs{data("text/plain", "x"), data("text/plain", "z")}, "text/plain differs (output 2 of 2):\n-y ␄\n+z ␄\n"},
		{"error", outputs{failed("Panic", "no")}, nil, "ename is missing:\n-Panic ␄\nevalue is missing:\n-no ␄\n"},
		{"SVG", outputs{data("image/svg+xml", "<svg/>")}, outputs{data("image/svg+xml", "<svg></svg>")}, "image/svg+xml differs:\n-<svg/> ␄\n+<svg></svg> ␄\n"},
	} {
		var got strings.Builder
		for _, d := range Outputs(tt.saved, tt.now, nil) {
			got.WriteString(d.String())
		}
		if got.String() != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, &got, tt.want)
		}
	}
}

func TestRules(t *testing.T) {
	rules, err := ParseRules("# what changes\n[date]\nregex: \\d{4}-(\\d\\d)-(?P<day>\\d\\d)\nreplace: DATE \\1 \\g<day> $\r\n\n[took]\nregex: took .*s\\b\nreplace: took TIME\n[drop]\nregex: noise\nreplace: \n")
	if err != nil {
		t.Fatal(err)
	}
	if got := rules.apply("2026-11-28 took 3.2s noise"); got != "DATE 11 28 $ took TIME " {
		t.Errorf("got %q", got)
	}
	if d := Outputs(outputs{stream("stdout", "took 1s\n")}, outputs{stream("stdout", "took 2s\n")}, rules); len(d) > 0 {
		t.Error(d)
	}
	for text, want := range map[string]string{
		"regex: a\nregex: b\n":               "line 2: a line \"replace: …\" must follow",
		"regex: a":                           "has no \"replace: …\"",
		"replace: a":                         "line 1",
		"regex: (?<=a)b\nreplace: c":         "lookaround",
		"[a]\nregexp: x\nreplace: y\nfoo: z": "line 2",
	} {
		if _, err := ParseRules(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	if _, err := ReadRules("none.cfg"); err == nil {
		t.Error("a missing file is no error")
	}
}

// What diff keeps and adds is the new text, what it keeps and drops the old one; and it is no longer than need be.
func TestDiff(t *testing.T) {
	for _, tt := range []struct {
		a, b  string
		edits int
	}{
		{"", "", 0},
		{"a", "", 1},
		{"", "a b", 2},
		{"a b c", "a c", 1},
		{"a b c d", "b c d e", 2},
		{"x a y b z", "a b", 3},
		{"a b c", "c b a", 4},
		{strings.Repeat("a b ", 1500), strings.Repeat("c d ", 1500), 6000}, // too long for the table
	} {
		a, b := strings.Fields(tt.a), strings.Fields(tt.b)
		var old, now []string
		n := 0
		for _, e := range diff(a, b) {
			if e.mark != '+' {
				old = append(old, e.text)
			}
			if e.mark != '-' {
				now = append(now, e.text)
			}
			if e.mark != ' ' {
				n++
			}
		}
		if strings.Join(old, " ") != strings.Join(a, " ") || strings.Join(now, " ") != strings.Join(b, " ") || n != tt.edits {
			t.Errorf("%.20q to %.20q: %d edits, want %d; %v, %v", tt.a, tt.b, n, tt.edits, len(old), len(now))
		}
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add("[a]\nregex: x(.)\nreplace: \\1", "xyz")
	f.Fuzz(func(_ *testing.T, rules, text string) {
		if r, err := ParseRules(rules); err == nil {
			r.apply(text)
		}
	})
}
