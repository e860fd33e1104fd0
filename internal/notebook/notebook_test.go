package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGoldenIsWrittenByteForByte(t *testing.T) {
	want, err := os.ReadFile("testdata/golden.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	nb, err := Read(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := nb.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("Jupyter's text (-) and ours (+) differ:\n%s", diff)
	}
}

func TestGoldenInMemory(t *testing.T) {
	nb, err := ReadFile("testdata/golden.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	code := nb.Cells[1]
	if code.ExecutionCount != 3 || !code.HasTag("raises-exception") || code.HasTag("other") {
		t.Errorf("code cell = %+v", code)
	}
	if got := code.Outputs[0]; got.Name != "stdout" || got.Text != "hello\nworld\n" {
		t.Errorf("stream = %+v", got)
	}
	data := code.Outputs[2].Data
	if data["image/svg+xml"] != "<svg>\n</svg>\n" {
		t.Errorf("svg = %q, want one string", data["image/svg+xml"])
	}
	if _, ok := data["application/vnd.x+json"].([]any); !ok {
		t.Errorf("a JSON list of strings was joined: %v", data["application/vnd.x+json"])
	}
	if got := nb.Cells[0].Attachments["note"].(map[string]any)["text/plain"]; got != "two\nlines" {
		t.Errorf("attachment = %q", got)
	}
	if nb.Title() != "Title" || nb.Language() != "go" {
		t.Errorf("title %q, language %q", nb.Title(), nb.Language())
	}
}

func TestUnknownFieldsAreKept(t *testing.T) {
	const text = `{"nbformat":4,"nbformat_minor":5,"future":{"a":1.50},"metadata":{},"cells":[
		{"cell_type":"code","id":"a","metadata":{},"source":"","outputs":[
			{"output_type":"stream","name":"stdout","text":["x"],"extra":[1]}],
		 "execution_count":null,"color":"red"},
		{"cell_type":"markdown","id":"b","metadata":{},"source":"","outputs":[1]}]}`
	nb, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	out, err := nb.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	normal := strings.NewReplacer(`"source":""`, `"source":[]`).Replace(text)
	if err := json.Unmarshal([]byte(normal), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !bytes.Contains(out, []byte("1.50")) {
		t.Error("the digits of 1.50 were changed")
	}
}

func TestOlderVersionsGetIDs(t *testing.T) {
	const text = `{"nbformat":4,"nbformat_minor":2,"metadata":{"orig_nbformat":3,"signature":"x"},"cells":[
		{"cell_type":"markdown","metadata":{"trusted":true},"source":["a\n","b"]},
		{"cell_type":"markdown","metadata":{},"source":"same"},
		{"cell_type":"markdown","metadata":{},"source":"same","id":"dup"},
		{"cell_type":"markdown","metadata":{},"source":"same","id":"dup"},
		{"cell_type":"markdown","metadata":{},"source":"same","id":"bad id!"}]}`
	nb, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if nb.Cells[0].Source != "a\nb" || nb.Cells[2].ID != "dup" {
		t.Errorf("cells = %+v, %+v", nb.Cells[0], nb.Cells[2])
	}
	if len(nb.Metadata) != 0 || len(nb.Cells[0].Metadata) != 0 {
		t.Errorf("transient metadata stayed: %v, %v", nb.Metadata, nb.Cells[0].Metadata)
	}
	first, err := nb.Encode() // fails on a missing, malformed or doubled id
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := again.Encode(); !bytes.Equal(first, second) {
		t.Error("the same input gave different ids")
	}
	if !bytes.Contains(first, []byte(`"nbformat_minor": 5`)) {
		t.Error("not written as 4.5")
	}
}

func TestLaterMinorIsKept(t *testing.T) {
	nb, err := Read([]byte(`{"nbformat":4,"nbformat_minor":7,"metadata":{},"cells":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	if out, _ := nb.Encode(); !bytes.Contains(out, []byte(`"nbformat_minor": 7`)) {
		t.Errorf("minor 7 became:\n%s", out)
	}
}

func TestReadErrors(t *testing.T) {
	const head = `{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[`
	cell := func(s string) string { return head + s + `]}` }
	output := func(s string) string {
		return cell(`{"cell_type":"code","metadata":{},"source":"","outputs":[` + s + `]}`)
	}
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"blank", " \n", "the file is empty"},
		{"python", "import os\nprint()", "not JSON: line 1, column 1"},
		{"comma", "{\n \"nbformat\": 4,,\n}", "not JSON: line 2, column 16"},
		{"cut off", head, "ends too early"},
		{"trailing", head + `]} {}`, "more text after the end"},
		{"latin1", "{\"a\": \"\xe9\"}", "not UTF-8"},
		{"list", "[]", "not an object"},
		{"no version", `{"cells":[]}`, `no "nbformat"`},
		{"text version", `{"nbformat":"4"}`, `no "nbformat"`},
		{"v3", `{"nbformat":3,"nbformat_minor":0,"worksheets":[]}`, "jupyter nbconvert --to notebook"},
		{"v5", `{"nbformat":5}`, "nbformat 5; only nbformat 4"},
		{"minor", `{"nbformat":4,"nbformat_minor":-1}`, "nbformat_minor"},
		{"no cells", `{"nbformat":4,"metadata":{}}`, `"cells" must be a list`},
		{"metadata", `{"nbformat":4,"metadata":[],"cells":[]}`, `"metadata" must be an object`},
		{"cell", cell(`1`), "cell 1: must be an object"},
		{"cell type", cell(`{"cell_type":"heading","source":""}`), `unknown cell_type "heading"`},
		{"no cell type", cell(`{"source":""}`), `"cell_type" must be a string`},
		{"source", cell(`{"cell_type":"raw","source":["a",1]}`), `"source" must be a string or a list`},
		{"count", cell(`{"cell_type":"code","source":"","execution_count":"1"}`), "execution_count"},
		{"outputs", cell(`{"cell_type":"code","source":"","outputs":{}}`), `"outputs" must be a list`},
		{"output", output(`null`), "cell 1: output 1: must be an object"},
		{"output type", output(`{"output_type":"pyout"}`), `unknown output_type "pyout"`},
		{"text", output(`{"output_type":"stream","name":"stdout","text":null}`), `"text" must be`},
		{"data", output(`{"output_type":"display_data","data":[]}`), `"data" must be an object`},
		{"mime", output(`{"output_type":"display_data","data":{"text/plain":{}}}`), "text/plain must be text"},
		{"traceback", output(`{"output_type":"error","ename":"","evalue":"","traceback":[1]}`), "list of strings"},
		{"tags", cell(`{"cell_type":"raw","source":"","metadata":{"tags":["a","a"]}}`), `"tags" must be`},
		{"kernelspec", `{"nbformat":4,"metadata":{"kernelspec":{}},"cells":[]}`, `"kernelspec" must be`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Read([]byte(tc.text))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %v, want one with %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("error is more than one line: %q", err)
			}
		})
	}
}

func TestReadFileErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.ipynb")
	if _, err := ReadFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err == nil || !strings.HasPrefix(err.Error(), path+": not JSON") {
		t.Errorf("broken file: %v", err)
	}
}

func TestValidate(t *testing.T) {
	code := func(o *Output) *Notebook {
		return &Notebook{Cells: []*Cell{{Type: Code, ID: "a", Outputs: []*Output{o}}}}
	}
	one := func(c *Cell) *Notebook { return &Notebook{Cells: []*Cell{c}} }
	for _, tc := range []struct {
		name string
		nb   *Notebook
		want string // "" for valid
	}{
		{"empty", New(), ""},
		{"plain", one(&Cell{Type: Code, ID: "a"}), ""},
		{"result", code(&Output{Type: ExecuteResult, Data: map[string]any{"application/json": 1}}), ""},
		{"no id", one(&Cell{Type: Code}), "id"},
		{"long id", one(&Cell{Type: Code, ID: strings.Repeat("x", 65)}), "id"},
		{"same id", &Notebook{Cells: []*Cell{{Type: Raw, ID: "a"}, {Type: Raw, ID: "a"}}}, "same id"},
		{"type", one(&Cell{Type: "x", ID: "a"}), "cell_type"},
		{"markdown output", one(&Cell{Type: Markdown, ID: "a", ExecutionCount: 1}), "no outputs"},
		{"code attachments", one(&Cell{Type: Code, ID: "a", Attachments: map[string]any{}}), "attachments"},
		{"attachment", one(&Cell{Type: Raw, ID: "a", Attachments: map[string]any{"f": 1}}), "MIME bundle"},
		{"negative", one(&Cell{Type: Code, ID: "a", ExecutionCount: -1}), "negative"},
		{"stream", code(&Output{Type: Stream}), "name"},
		{"bytes", code(&Output{Type: DisplayData, Data: map[string]any{"image/png": []byte{}}}), "must be text"},
		{"output type", code(&Output{Type: "x"}), "output_type"},
		{"nil output", code(nil), "nil"},
		{"nil cell", one(nil), "nil"},
		{"tags", one(&Cell{Type: Code, ID: "a", Metadata: map[string]any{"tags": []any{"a,b"}}}), "tags"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.nb.Validate()
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %v, want %q", err, tc.want)
			}
		})
	}
}

func TestWriteFileRefusesInvalid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.ipynb")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, &Notebook{Cells: []*Cell{{Type: "x"}}}); err == nil {
		t.Error("an invalid notebook was written")
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("file = %q, want it untouched", got)
	}
	if err := WriteFile(path, New()); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err != nil {
		t.Error(err)
	}
}

func TestTitle(t *testing.T) {
	for source, want := range map[string]string{
		"":                           "",
		"no heading\n#hashtag":       "",
		"text\n\n## A `b` **c** ##":  "A b c",
		"```go\n# comment\n```\n# T": "T",
	} {
		nb := &Notebook{Cells: []*Cell{{Type: Code, Source: "# no"}, {Type: Markdown, Source: source}}}
		if got := nb.Title(); got != want {
			t.Errorf("Title of %q = %q, want %q", source, got, want)
		}
	}
}

func TestEncodeTakesAnyJSONValue(t *testing.T) {
	nb := New()
	nb.Metadata["x"] = struct {
		A float64 `json:"a"`
		B []int
	}{1.5, []int{1, 2}}
	out, err := nb.Encode()
	if err != nil || !bytes.Contains(out, []byte("\"x\": {\n   \"B\": [\n    1,\n    2\n   ],\n   \"a\": 1.5\n  }")) {
		t.Errorf("%v:\n%s", err, out)
	}
	nb.Metadata["x"] = func() {}
	if _, err := nb.Encode(); err == nil {
		t.Error("a func was written")
	}
}

// What can be read can be written, and reads back as the same notebook.
func FuzzRead(f *testing.F) {
	golden, err := os.ReadFile("testdata/golden.ipynb")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add([]byte(`{"nbformat":4,"nbformat_minor":0,"cells":[]}`))
	f.Add([]byte(`{"nbformat":4,"cells":[{"cell_type":"code","source":"a\ud800","outputs":[{"output_type":"error","ename":"","evalue":"","traceback":["\u0000"]}]}]}`))
	f.Add([]byte(`{"nbformat":4,"cells":[{"cell_type":"raw","source":["\r","\n"],"attachments":{"a":{"text/plain":["\u2028",""]}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		nb, err := Read(data)
		if err != nil {
			return
		}
		out, err := nb.Encode()
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		again, err := Read(out)
		if err != nil {
			t.Fatalf("written but not read: %v\n%s", err, out)
		}
		second, err := again.Encode()
		if err != nil || !bytes.Equal(out, second) {
			t.Fatalf("second writing differs (%v):\n%s\n%s", err, out, second)
		}
	})
}
