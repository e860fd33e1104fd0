package backend

import (
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor/dtype"
)

// The known answers that the authors publish with their implementation, Random123.
func TestPhiloxKnownAnswers(t *testing.T) {
	const f = 0xffffffff
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{f, f, f, f}, [2]uint32{f, f}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			[2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	} {
		if got := philox(c.counter, c.key); got != c.want {
			t.Errorf("philox(%x, %x) = %x, want %x", c.counter, c.key, got, c.want)
		}
	}
	if Philox(0, 0) != philox([4]uint32{}, [2]uint32{}) {
		t.Error("Philox orders its words otherwise")
	}
}

func TestDrawStaysInRange(t *testing.T) {
	for i := range 5000 {
		if v := (Distribution{Kind: Uniform, A: -2, B: 3}).Draw(1, 0, i, dtype.Float64); v < -2 || v >= 3 {
			t.Fatalf("uniform on [-2, 3) gives %v", v)
		}
		if v := (Distribution{Kind: Integers, A: -2, B: 3}).Draw(1, 0, i, dtype.Int64); v < -2 || v >= 3 || v != float64(int(v)) {
			t.Fatalf("integers from -2 below 3 give %v", v)
		}
	}
	// The largest draw rounds to 1 as float32, which is excluded.
	d := Distribution{Kind: Uniform, B: 1}
	if v := d.uniform(1<<64-1, dtype.Float32); float32(v) >= 1 {
		t.Errorf("uniform on [0, 1) gives %v as float32", float32(v))
	}
}

func TestLayout(t *testing.T) {
	l := Contiguous(2, 0, 3)
	if l.Len() != 0 || l.Rank() != 3 || !l.IsContiguous() {
		t.Errorf("%+v", l)
	}
	l = Contiguous(2, 3)
	if !slices.Equal(l.Stride, []int{3, 1}) {
		t.Errorf("strides %v", l.Stride)
	}
	l.Stride[0] = 4
	if l.IsContiguous() {
		t.Error("a gap between rows passes for contiguous")
	}
	if !(Layout{Shape: []int{1, 3}, Stride: []int{77, 1}}).IsContiguous() {
		t.Error("the stride of an axis of size 1 matters")
	}
	if !Contiguous().IsContiguous() || Contiguous().Len() != 1 {
		t.Error("rank 0 isn't one element")
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, names := range [][]string{stringsOf(UnaryOps()), stringsOf(BinaryOps()), stringsOf(ReduceOps())} {
		for _, n := range names {
			if n == "" || seen[n] {
				t.Errorf("the name %q is empty or taken", n)
			}
			seen[n] = true
		}
	}
}

func stringsOf[T interface{ String() string }](ops []T) []string {
	var out []string
	for _, o := range ops {
		out = append(out, o.String())
	}
	return out
}

func TestRegister(t *testing.T) {
	Register("test", nil)
	if _, err := Get("nowhere"); err == nil || !strings.Contains(err.Error(), "test") {
		t.Errorf("the error doesn't list the backends: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a name was registered twice")
		}
	}()
	Register("test", nil)
}

func TestPoll(t *testing.T) {
	defer SetInterrupt(nil)
	Poll()
	SetInterrupt(func() bool { return false })
	Poll()
	SetInterrupt(func() bool { return true })
	defer func() {
		if _, ok := recover().(Interrupted); !ok {
			t.Error("Poll went on")
		}
	}()
	Poll()
}
