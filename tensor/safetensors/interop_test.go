package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

func whole(header string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

// What the Python library wrote, read and written again, is the same file, byte for byte.
func TestPythonFilesRoundTrip(t *testing.T) {
	for _, name := range []string{"numpy", "types", "empty"} {
		path := "testdata/" + name + ".safetensors"
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		tensors := map[string]Tensor{}
		for _, name := range f.Names() {
			if tensors[name], err = f.Read(name); err != nil {
				t.Fatal(err)
			}
		}
		var got bytes.Buffer
		if err := Write(&got, tensors, f.Metadata()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: written again, it is\n%q, was\n%q", name, got.Bytes(), want)
		}
	}
}

func TestPythonFileContent(t *testing.T) {
	f, err := Open("testdata/numpy.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if m := f.Metadata(); len(m) != 1 || m["note"] != "one \"entry\"\n" {
		t.Errorf("metadata %q", m)
	}
	for name, want := range map[string]string{
		"weight": "F32 [2 3] [0 0.25 0.5 0.75 1 1.25]",
		"scalar": "F32 [] [42]",
		"empty":  "F32 [0 4] []",
		"half":   "F16 [3] [0.099975586 -65504 +Inf]",
	} {
		x, ok := f.Tensor(name)
		v, err := x.Float32s()
		if got := fmt.Sprint(x.DType, x.Shape, v); !ok || err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, want)
		}
	}
	if x, _ := f.Tensor("ids"); fmt.Sprint(x.DType, x.Shape, int64(binary.LittleEndian.Uint64(x.Data[8:]))) != "I64 [2 2] -2" {
		t.Errorf("ids: %v", x)
	}
	if x, ok := f.Tensor("quote \" back \\ tab \t é \x01 </script> \x7f \u2028"); !ok || x.DType != U8 {
		t.Errorf("the name with escapes is not there: %q", f.Names())
	}
}

// The library's verdict on headers is ours, except where we are stricter.
func TestPythonVerdicts(t *testing.T) {
	stricter := map[string]string{ // what the format's text forbids and the library lets pass
		" {}": "begins with '{'",
		`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`:      "duplicate keys",
		`{"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`: "duplicate keys",
		`{"__metadata__":{"k":"1","k":"2"}}`: "duplicate keys",
	}
	raw, err := os.ReadFile("testdata/headers.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Header string
		Data   int
		Python string
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 80 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, c := range cases {
		_, err := Parse(whole(c.Header, make([]byte, c.Data)))
		_, strict := stricter[c.Header]
		if want := c.Python != "" || strict; want != (err != nil) {
			t.Errorf("%s with %d bytes: %v; Python says %q", c.Header, c.Data, err, c.Python)
		}
		if err != nil && strings.Contains(err.Error(), "%!") {
			t.Errorf("%s: %v", c.Header, err)
		}
		if strict && c.Python != "" {
			t.Errorf("%s: Python refuses it too: %s", c.Header, c.Python)
		}
	}
}
