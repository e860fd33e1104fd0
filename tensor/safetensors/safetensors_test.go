package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Every way in which a file can be wrong, and what is said of it.
func TestMalformed(t *testing.T) {
	const one = `"dtype":"U8","shape":[1],"data_offsets":[0,1]`
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, "0 bytes are too few; the first 8 give the header's size"},
		{"seven bytes", make([]byte, 7), "7 bytes are too few"},
		{"header too large", binary.LittleEndian.AppendUint64(nil, 100_000_001), "the header would take 100000001 bytes; at most 100000000 are allowed"},
		{"header size overflows", bytes.Repeat([]byte{0xff}, 16), "the header would take 18446744073709551615 bytes"},
		{"header cut off", whole("{}", nil)[:9], "the header takes 2 bytes, and only 1 follow: the file is cut off"},
		{"no header", whole("", nil), "the header doesn't begin with '{'"},
		{"begins with space", whole(" {}", nil), "the header doesn't begin with '{'"},
		{"not UTF-8", whole("{\"\xff\":{"+one+"}}", []byte{0}), "header byte 2 is not UTF-8"},
		{"JSON ends", whole(`{"a":{`, nil), `tensor "a": header byte 6: bad JSON: the end where '"' should be`},
		{"JSON goes on", whole(`{}é`, nil), `header byte 2: bad JSON: 'é' after the end`},
		{"zero after the end", whole("{}\x00", nil), `header byte 2: bad JSON: '\x00' after the end`},
		{"string ends", whole(`{"a`, nil), "header byte 1: bad JSON: a string doesn't end"},
		{"bad escape", whole(`{"a\q":{`+one+`}}`, []byte{0}), "header byte 1: bad JSON: bad escape in a string"},
		{"half a character", whole(`{"a\ud800":{`+one+`}}`, []byte{0}), `header byte 1: bad JSON: \ud800 in a string is half a surrogate pair`},
		{"control character", whole("{\"a\n\":{"+one+`}}`, []byte{0}), "header byte 3: bad JSON: control character 0x0a in a string"},
		{"deep", whole(`{"a":{"x":`+strings.Repeat("[", 1000), nil), `tensor "a": header byte 111: values nest more than 100 deep`},
		{"twice", whole(`{"a":{`+one+`},"a":{`+one+`}}`, []byte{0}), `header byte 53: the key "a" appears twice`},
		{"twice among many", whole("{"+many(300)+`"k250":{`+one+`}}`, []byte{0}), `the key "k250" appears twice`},
		{"dtype twice", whole(`{"a":{"dtype":"U8",`+one+`}}`, []byte{0}), `tensor "a": header byte 19: the key "dtype" appears twice`},
		{"metadata number", whole(`{"__metadata__":{"k":1}}`, nil), `header byte 21: the __metadata__ entry "k" is not a string`},
		{"unknown dtype", whole(`{"a":{"dtype":"F128","shape":[1],"data_offsets":[0,1]}}`, nil), `tensor "a": header byte 14: unknown dtype "F128"`},
		{"negative", whole(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, nil), `tensor "a": shape: header byte 28: "-1" is negative`},
		{"fraction", whole(`{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}`, nil), `shape: header byte 28: "1.0" is not a whole number`},
		{"exponent", whole(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1e0]}}`, nil), `data_offsets: header byte 49: "1e0" is not a whole number`},
		{"large", whole(`{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}`, nil), "9223372036854775808 is too large"},
		{"no shape", whole(`{"a":{"dtype":"U8","data_offsets":[0,1]}}`, []byte{0}), `tensor "a": shape is missing`},
		{"three offsets", whole(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}`, []byte{0}), "data_offsets are two numbers, not 3"},
		{"shape overflows", whole(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, nil), `tensor "a": F32 [4294967296 4294967296] takes more bytes than can be counted`},
		{"bytes overflow", whole(`{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}`, nil), "takes more bytes than can be counted"},
		{"part of a byte", whole(`{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}`, make([]byte, 2)), `tensor "a": F4 [3] doesn't end at a whole byte`},
		{"too few bytes", whole(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, make([]byte, 4)), `tensor "a": data_offsets [0, 4] are 4 bytes, and F32 [2] takes 8`},
		{"backwards", whole(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, make([]byte, 1)), `tensor "a": data_offsets [1, 0] end before they begin`},
		{"cut off", whole(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}`, make([]byte, 3)), `tensor "a": data_offsets [0, 4] reach past the end of the data, which is 3 bytes: the file is cut off`},
		{"too long", whole(`{"a":{`+one+`}}`, make([]byte, 3)), "the tensors take 1 bytes, and the data is 3: bytes 1 to 3 belong to no tensor"},
		{"overlap", whole(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, make([]byte, 3)), `tensor "b": data_offsets [1, 3] overlap those of tensor "a", [0, 2]`},
		{"hole", whole(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, make([]byte, 3)), `tensor "b": data_offsets [2, 3] leave a hole: bytes 1 to 2 belong to no tensor`},
		{"hole in front", whole(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, make([]byte, 2)), `leave a hole: bytes 0 to 1`},
		{"long name", whole(`{"`+strings.Repeat("n", 500)+`":{}}`, nil), `tensor "` + strings.Repeat("n", 80) + `"…: dtype is missing`},
	} {
		path := filepath.Join(t.TempDir(), "bad.safetensors")
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		var bad *FormatError
		if !errors.As(err, &bad) || bad.Path != path {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := strings.TrimPrefix(err.Error(), path+": not a valid safetensors file: "); !strings.Contains(got, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// many is header entries of n empty tensors.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},`, i)
	}
	return b.String()
}

func TestRoundTripEveryType(t *testing.T) {
	tensors := map[string]Tensor{}
	for d := BOOL; d <= U64; d++ {
		for _, shape := range [][]int{{}, {4}, {2, 3, 4}, {0, 7}, {1, 0}} {
			n, err := byteSize(d, shape)
			if err != nil { // a scalar F4 or F6
				continue
			}
			data := make([]byte, n)
			for i := range data {
				data[i] = byte(i*7 + int(d))
			}
			tensors[fmt.Sprint(d, shape)] = Tensor{d, shape, data}
		}
		if got, ok := ParseDType(d.String()); !ok || got != d {
			t.Errorf("%s is read as %s", d, got)
		}
	}
	meta := map[string]string{"b": "1", "a": "\u2028\x00\"\\/"}
	path := filepath.Join(t.TempDir(), "all.safetensors")
	if err := Save(path, tensors, meta); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(f.Metadata(), meta) || f.Len() != len(tensors) {
		t.Errorf("%d of %d tensors, metadata %q", f.Len(), len(tensors), f.Metadata())
	}
	for name, want := range tensors {
		got, ok := f.Tensor(name)
		if !ok || got.DType != want.DType || !slices.Equal(got.Shape, want.Shape) || !bytes.Equal(got.Data, want.Data) {
			t.Errorf("%s came back as %v", name, got)
		}
	}
	runtime.KeepAlive(f)
}

func TestWriteIsDeterministic(t *testing.T) {
	tensors := map[string]Tensor{}
	meta := map[string]string{}
	for i := range 50 {
		tensors[fmt.Sprint(i)] = Tensor{[]DType{F32, U8, I64}[i%3], []int{0}, nil}
		meta[fmt.Sprint(i)] = "x"
	}
	var first bytes.Buffer
	for i := range 10 {
		var b bytes.Buffer
		if err := Write(&b, tensors, meta); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = b
		} else if !bytes.Equal(b.Bytes(), first.Bytes()) {
			t.Fatal("two writings differ")
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	ok := Tensor{U8, []int{1}, []byte{1}}
	for want, c := range map[string]struct {
		tensors  map[string]Tensor
		metadata map[string]string
	}{
		`tensor "__metadata__": the format keeps this name`:            {tensors: map[string]Tensor{"__metadata__": ok}},
		`tensor "\xff": the name is not UTF-8 text`:                    {tensors: map[string]Tensor{"\xff": ok}},
		`tensor "a": DType(0) is not a data type`:                      {tensors: map[string]Tensor{"a": {}}},
		`tensor "a": DType(99) is not a data type`:                     {tensors: map[string]Tensor{"a": {DType: 99}}},
		`tensor "a": shape [-1] has a negative size`:                   {tensors: map[string]Tensor{"a": {U8, []int{-1}, nil}}},
		`tensor "a": there are 1 bytes, and F32 [] takes 4`:            {tensors: map[string]Tensor{"a": {F32, nil, []byte{1}}}},
		`tensor "a": F4 [1] doesn't end at a whole byte`:               {tensors: map[string]Tensor{"a": {F4, []int{1}, []byte{1}}}},
		`takes more bytes than can be counted`:                         {tensors: map[string]Tensor{"a": {F32, []int{1 << 62, 8}, nil}}},
		`the metadata entry "k" is not UTF-8 text`:                     {metadata: map[string]string{"k": "\xff"}},
		`the header would take 100000056 bytes; at most 100000000 are`: {metadata: map[string]string{"k": strings.Repeat("v", 100_000_028)}},
	} {
		path := filepath.Join(t.TempDir(), "out.safetensors")
		err := Save(path, c.tensors, c.metadata)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "save "+path+": ") {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a file was left", want)
		}
	}
	if err := Write(failing{}, map[string]Tensor{"a": ok}, nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a writer's error is lost: %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestFloat32sRefusesOtherTypes(t *testing.T) {
	if _, err := (Tensor{I64, []int{1}, make([]byte, 8)}).Float32s(); err == nil || !strings.Contains(err.Error(), "I64 has no conversion") {
		t.Error(err)
	}
	if v, err := (Tensor{BF16, []int{2}, []byte{0x80, 0x3f, 0, 0xc0}}).Float32s(); err != nil || fmt.Sprint(v) != "[1 -2]" {
		t.Error(v, err)
	}
}

func TestReadAfterTheFileShrank(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("files are not mapped on " + runtime.GOOS)
	}
	path := filepath.Join(t.TempDir(), "t.safetensors")
	if err := Save(path, map[string]Tensor{"w": {F32, []int{1 << 18}, make([]byte, 1<<20)}}, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read("w"); err == nil || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
	w, _ := f.Tensor("w")
	if _, err := w.Float32s(); err == nil || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
	if err := Save(path+"2", map[string]Tensor{"w": w}, nil); err == nil {
		t.Error("saved what can't be read")
	}
	if _, err := f.Read("v"); err == nil || !strings.Contains(err.Error(), `no tensor "v" among the 1`) {
		t.Error(err)
	}
	runtime.KeepAlive(f)
}

// What parses has tensors that cover the data exactly, and is the same after being written.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"numpy", "types", "empty"} {
		data, err := os.ReadFile("testdata/" + name + ".safetensors")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, header := range []string{
		"{}", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{"y":-1.5e3}, null]}}`,
		`{"\ud83d\ude00":{"dtype":"F4","shape":[2],"data_offsets":[0,1]},"__metadata__":{"":"\\"}} `,
	} {
		f.Add(whole(header, []byte{0}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			var bad *FormatError
			if !errors.As(err, &bad) || strings.Contains(err.Error(), "%!") {
				t.Fatalf("not a format error: %v", err)
			}
			return
		}
		tensors := map[string]Tensor{}
		total := 0
		for _, name := range file.Names() {
			x, ok := file.Tensor(name)
			want, err := byteSize(x.DType, x.Shape)
			if !ok || err != nil || want != len(x.Data) {
				t.Fatalf("%q: %s %v with %d bytes", name, x.DType, x.Shape, len(x.Data))
			}
			total += len(x.Data)
			tensors[name] = x
		}
		if total != len(file.data) {
			t.Fatalf("the tensors take %d of %d bytes", total, len(file.data))
		}
		var b bytes.Buffer
		if err := Write(&b, tensors, file.Metadata()); err != nil {
			t.Fatal(err)
		}
		again, err := Parse(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(again.Metadata(), file.Metadata()) || again.Len() != file.Len() {
			t.Fatal("written again, it is something else")
		}
		for name, x := range tensors {
			y, ok := again.Tensor(name)
			if !ok || y.DType != x.DType || !slices.Equal(y.Shape, x.Shape) || !bytes.Equal(y.Data, x.Data) {
				t.Fatalf("%q is %v, was %v", name, y, x)
			}
		}
	})
}
