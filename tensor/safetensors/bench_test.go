package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// model is weights of that many bytes in tensors of about a megabyte, as files have them.
func model(size int) map[string][]float32 {
	r := rand.New(rand.NewPCG(1, 2))
	m := map[string][]float32{}
	for i := 0; size > 0; i++ {
		w := make([]float32, min(size, 1<<20)/4)
		for j := range w {
			w[j] = float32(r.NormFloat64())
		}
		m[fmt.Sprintf("layers.%d.weight", i)] = w
		size -= 1 << 20
	}
	return m
}

// saveSparse writes a file of F32 zeros that takes no room on the disk.
func saveSparse(b *testing.B, tensors, each int) string {
	b.Helper()
	header := "{"
	for i := range tensors {
		if i > 0 {
			header += ","
		}
		header += fmt.Sprintf(`"layers.%d.weight":{"dtype":"F32","shape":[%d],"data_offsets":[%d,%d]}`, i, each/4, i*each, (i+1)*each)
	}
	path := filepath.Join(b.TempDir(), "large.safetensors")
	file := whole(header+"}", nil)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(file)+tensors*each)); err != nil {
		b.Fatal(err)
	}
	return path
}

// From nothing to the first element of one tensor.
func BenchmarkLoadFirst(b *testing.B) {
	path := saveSparse(b, 500, 1<<20)
	for b.Loop() {
		f, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		w, _ := f.Tensor("layers.250.weight")
		sink = w.Data[0]
		runtime.KeepAlive(f)
	}
}

// To a []float32 of every tensor, beside the same from JSON.
func BenchmarkLoadAll(b *testing.B) {
	const size = 8 << 20
	m := model(size)
	b.Run("safetensors", func(b *testing.B) {
		raw := map[string]Tensor{}
		for name, w := range m {
			data := make([]byte, 0, 4*len(w))
			for _, v := range w {
				data = appendFloat32(data, v)
			}
			raw[name] = Tensor{F32, []int{len(w)}, data}
		}
		path := filepath.Join(b.TempDir(), "m.safetensors")
		if err := Save(path, raw, nil); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(size)
		for b.Loop() {
			f, err := Open(path)
			if err != nil {
				b.Fatal(err)
			}
			for _, name := range f.Names() {
				t, _ := f.Tensor(name)
				if _, err := t.Float32s(); err != nil {
					b.Fatal(err)
				}
			}
			runtime.KeepAlive(f)
		}
	})
	b.Run("json", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "m.json")
		text, err := json.Marshal(m)
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(size)
		for b.Loop() {
			text, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			var got map[string][]float32
			if err := json.Unmarshal(text, &got); err != nil {
				b.Fatal(err)
			}
		}
	})
}

var sink byte

func appendFloat32(b []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
}
