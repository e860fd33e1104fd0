package cpu

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// The small types, to and from every type, in every layout, over more than one block.
func TestCopySmallTypes(t *testing.T) {
	small := []dtype.DType{dtype.Float16, dtype.BFloat16, dtype.Int8}
	all := append([]dtype.DType{dtype.Float32, dtype.Float64, dtype.Int64, dtype.Int32, dtype.Uint8, dtype.Bool}, small...)
	shape := []int{3, 7, 40}
	for _, src := range all {
		for _, dst := range all {
			for _, kind := range layouts {
				x := makeView(t, src, kind, shape)
				n := x.Layout.Len()
				value := func(i int) float64 {
					if src == dtype.Bool {
						return float64(i % 2)
					}
					return float64(i % 100) // exact in every type
				}
				for i := range n {
					if kind == "broadcast" {
						poke(x, i, 5*float64(btoi(src != dtype.Bool))+float64(btoi(src == dtype.Bool)))
					} else {
						poke(x, i, value(i))
					}
				}
				for _, to := range []string{"contiguous", "transposed", "stepped"} {
					y := makeView(t, dst, to, shape)
					if err := theBackend.Copy(y, x); err != nil {
						t.Fatal(err)
					}
					for i := range n {
						want := peek(x, i)
						if dst == dtype.Bool && want != 0 {
							want = 1
						}
						if got := peek(y, i); got != want {
							t.Fatalf("%s (%s) to %s (%s): element %d is %v, want %v", src, kind, dst, to, i, got, want)
						}
					}
				}
			}
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// bytesAt is where element i of v lies.
func bytesAt(v backend.View, i int) []byte {
	size := v.Storage.DType().Size()
	return v.Storage.(*Storage).Bytes()[at(v.Layout, i)*size:][:size]
}

func peek(v backend.View, i int) float64 {
	b := bytesAt(v, i)
	switch v.Storage.DType() {
	case dtype.Float16:
		return float64(dtype.WidenFloat16(binary.LittleEndian.Uint16(b)))
	case dtype.BFloat16:
		return float64(dtype.WidenBFloat16(binary.LittleEndian.Uint16(b)))
	case dtype.Int8:
		return float64(int8(b[0]))
	}
	return get(v, i)
}

func poke(v backend.View, i int, x float64) {
	b := bytesAt(v, i)
	switch v.Storage.DType() {
	case dtype.Float16:
		binary.LittleEndian.PutUint16(b, dtype.NarrowFloat16(float32(x)))
	case dtype.BFloat16:
		binary.LittleEndian.PutUint16(b, dtype.NarrowBFloat16(float32(x)))
	case dtype.Float32:
		binary.LittleEndian.PutUint32(b, math.Float32bits(float32(x)))
	case dtype.Float64:
		binary.LittleEndian.PutUint64(b, math.Float64bits(x))
	case dtype.Int64:
		binary.LittleEndian.PutUint64(b, uint64(int64(x)))
	case dtype.Int32:
		binary.LittleEndian.PutUint32(b, uint32(int32(x)))
	default:
		b[0] = byte(int8(x))
	}
}

func TestAdopt(t *testing.T) {
	buf := make([]byte, 32)
	owner := new(int)
	s, err := theBackend.Adopt(dtype.Float32, buf[:16], owner)
	if err != nil || s.Len() != 4 || s.DType() != dtype.Float32 {
		t.Fatal(s, err)
	}
	if err := theBackend.Fill(backend.View{Storage: s, Layout: backend.Contiguous(4)}, 1); err != nil {
		t.Fatal(err)
	}
	if binary.LittleEndian.Uint32(buf[12:]) != math.Float32bits(1) || buf[16] != 0 {
		t.Error("the storage is not the memory that it was given")
	}
	s.Free()
	if _, err := theBackend.Adopt(dtype.Float32, buf[2:10], nil); !errors.Is(err, backend.ErrUnaligned) {
		t.Errorf("unaligned memory: %v", err)
	}
	if _, err := theBackend.Adopt(dtype.Float32, buf[:10], nil); err == nil {
		t.Error("two and a half elements were adopted")
	}
	if _, err := theBackend.Adopt(dtype.Invalid, buf, nil); err == nil {
		t.Error("elements of no type were adopted")
	}
}
