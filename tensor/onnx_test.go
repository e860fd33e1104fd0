package tensor_test

import (
	bits "encoding/binary"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// The test vectors of ONNX's node tests, which come with ONNX (in Debian: libonnx-testdata). A test is a folder
// with a graph, of one node as a rule, and its inputs and outputs, all protocol buffers.

// onnxData is where the vectors are, unless RG_ONNX_DATA names another folder.
const onnxData = "/usr/share/libonnx-testdata/data/node"

// protoField is one field of a protocol buffer's message: a number, or bytes.
type protoField struct {
	id    int
	value uint64
	bytes []byte
}

// protoFields takes a message apart (protobuf.dev, "Encoding").
func protoFields(t *testing.T, msg []byte) []protoField {
	t.Helper()
	var out []protoField
	varint := func() uint64 {
		v, n := bits.Uvarint(msg)
		if n <= 0 {
			t.Fatal("a varint is cut off")
		}
		msg = msg[n:]
		return v
	}
	take := func(n int) []byte {
		if n < 0 || n > len(msg) {
			t.Fatalf("a field of %d bytes is cut off", n)
		}
		b := msg[:n]
		msg = msg[n:]
		return b
	}
	for len(msg) > 0 {
		tag := varint()
		f := protoField{id: int(tag >> 3)}
		switch tag & 7 {
		case 0:
			f.value = varint()
		case 1:
			f.bytes = take(8)
			f.value = bits.LittleEndian.Uint64(f.bytes)
		case 2:
			f.bytes = take(int(varint()))
		case 5:
			f.bytes = take(4)
			f.value = uint64(bits.LittleEndian.Uint32(f.bytes))
		default:
			t.Fatalf("wire type %d", tag&7)
		}
		out = append(out, f)
	}
	return out
}

// varints are the numbers of a repeated field, packed or one by one.
func (f protoField) varints() []int {
	if f.bytes == nil {
		return []int{int(int64(f.value))}
	}
	var out []int
	for b := f.bytes; len(b) > 0; {
		v, n := bits.Uvarint(b)
		if n <= 0 {
			break
		}
		out, b = append(out, int(int64(v))), b[n:]
	}
	return out
}

func (f protoField) float() float64 { return float64(math.Float32frombits(uint32(f.value))) }

// onnxTypes are TensorProto's data types that rg has.
var onnxTypes = map[int]tensor.DType{
	1: tensor.Float32, 2: tensor.Uint8, 3: tensor.Int8, 6: tensor.Int32, 7: tensor.Int64, 9: tensor.Bool, 10: tensor.Float16,
	11: tensor.Float64, 16: tensor.BFloat16,
}

// onnxTensor reads a TensorProto.
func onnxTensor(t *testing.T, msg []byte) (name string, x *tensor.Tensor) {
	shape, dt, raw := []int{}, 0, []byte(nil)
	var ints []int
	for _, f := range protoFields(t, msg) {
		switch f.id {
		case 1:
			shape = append(shape, f.varints()...)
		case 2:
			dt = int(f.value)
		case 4, 9, 10: // packed floats and doubles are little-endian, as the raw bytes are
			raw = append(raw, f.bytes...)
		case 5, 7:
			ints = append(ints, f.varints()...)
		case 8:
			name = string(f.bytes)
		}
	}
	typ, ok := onnxTypes[dt]
	if !ok {
		panic(lacks(fmt.Sprintf("data type %d", dt)))
	}
	if ints != nil {
		if typ.IsHalf() {
			for _, v := range ints {
				raw = bits.LittleEndian.AppendUint16(raw, uint16(v))
			}
		} else {
			return name, tensor.FromSlice(ints).To(typ).Reshape(shape...)
		}
	}
	return name, tensor.OfBytes(typ, raw, shape)
}

// onnxNode is one operation of a graph; a call is that with its inputs.
type onnxNode struct {
	op, domain string
	in, out    []string
	attr       map[string]any // float64, int, string, *tensor.Tensor, []float64, []int
}

type onnxGraph struct {
	opset           int
	nodes           []onnxNode
	inputs, outputs []string
	initial         map[string]*tensor.Tensor
}

func readONNX(t *testing.T, path string) onnxGraph {
	t.Helper()
	msg, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g := onnxGraph{initial: map[string]*tensor.Tensor{}}
	named := func(b []byte) string {
		for _, f := range protoFields(t, b) {
			if f.id == 1 {
				return string(f.bytes)
			}
		}
		return ""
	}
	for _, m := range protoFields(t, msg) {
		switch m.id {
		case 8: // the version of the operations
			domain, version := "", 0
			for _, f := range protoFields(t, m.bytes) {
				if f.id == 1 {
					domain = string(f.bytes)
				} else {
					version = int(f.value)
				}
			}
			if domain == "" {
				g.opset = version
			}
		case 7:
			for _, f := range protoFields(t, m.bytes) {
				switch f.id {
				case 1:
					g.nodes = append(g.nodes, readONNXNode(t, f.bytes))
				case 5:
					name, x := onnxTensor(t, f.bytes)
					g.initial[name] = x
				case 11:
					g.inputs = append(g.inputs, named(f.bytes))
				case 12:
					g.outputs = append(g.outputs, named(f.bytes))
				}
			}
		}
	}
	return g
}

func readONNXNode(t *testing.T, msg []byte) onnxNode {
	n := onnxNode{attr: map[string]any{}}
	for _, f := range protoFields(t, msg) {
		switch f.id {
		case 1:
			n.in = append(n.in, string(f.bytes))
		case 2:
			n.out = append(n.out, string(f.bytes))
		case 4:
			n.op = string(f.bytes)
		case 7:
			n.domain = string(f.bytes)
		case 5:
			name := ""
			var v any
			for _, a := range protoFields(t, f.bytes) {
				switch a.id {
				case 1:
					name = string(a.bytes)
				case 2:
					v = a.float()
				case 3:
					v = int(int64(a.value))
				case 4:
					v = string(a.bytes)
				case 5:
					_, v = onnxTensor(t, a.bytes)
				case 6, 11:
					v = pyOther("graph")
				case 7:
					list, _ := v.([]float64)
					if len(a.bytes) == 4 {
						list = append(list, a.float())
					} else {
						for b := a.bytes; len(b) >= 4; b = b[4:] {
							list = append(list, float64(math.Float32frombits(bits.LittleEndian.Uint32(b))))
						}
					}
					v = list
				case 8:
					list, _ := v.([]int)
					v = append(list, a.varints()...)
				case 9:
					v = pyOther("strings")
				}
			}
			n.attr[name] = v
		}
	}
	return n
}

// onnxCall is a node with its inputs.
type onnxCall struct {
	onnxNode
	opset int
	x     ts // nil where an input is left out
}

func (c *onnxCall) no(what string) { panic(lacks(what)) }

// t is an input, or nil.
func (c *onnxCall) t(i int) *tensor.Tensor {
	if i < len(c.x) {
		return c.x[i]
	}
	return nil
}

func (c *onnxCall) f(name string, otherwise float64) float64 {
	if v, ok := c.attr[name].(float64); ok {
		return v
	}
	return otherwise
}

func (c *onnxCall) i(name string, otherwise int) int {
	if v, ok := c.attr[name].(int); ok {
		return v
	}
	return otherwise
}

func (c *onnxCall) s(name, otherwise string) string {
	if v, ok := c.attr[name].(string); ok {
		return v
	}
	return otherwise
}

// ints is a list: an input, or in older versions an attribute.
func (c *onnxCall) ints(name string, input int) []int {
	if v, ok := c.attr[name].([]int); ok {
		return v
	}
	if x := c.t(input); input > 0 && x != nil {
		return x.Ints()
	}
	return nil
}

// onnxRun computes a graph.
func onnxRun(t *testing.T, g onnxGraph, values map[string]*tensor.Tensor) ts {
	maps.Copy(values, g.initial)
	for _, n := range g.nodes {
		f := onnxOps[n.op]
		if f == nil || n.domain != "" && n.domain != "ai.onnx" {
			panic(lacks(n.op))
		}
		c := &onnxCall{onnxNode: n, opset: g.opset}
		for _, name := range n.in {
			c.x = append(c.x, values[name])
		}
		for i, out := range f(c) {
			if i < len(n.out) {
				values[n.out[i]] = out
			}
		}
		for _, name := range n.out {
			if name != "" && values[name] == nil {
				panic(lacks(fmt.Sprintf("%s: result %s", n.op, name)))
			}
		}
	}
	var out ts
	for _, name := range g.outputs {
		out = append(out, values[name])
	}
	return out
}

// onnxCheck runs one test; it returns what rg lacks for it.
func onnxCheck(t *testing.T, dir string) (lack string) {
	defer func() {
		if r := recover(); r != nil {
			l, ok := r.(lacks)
			if !ok {
				t.Errorf("%v", r)
			}
			lack = string(l)
		}
	}()
	g := readONNX(t, filepath.Join(dir, "model.onnx"))
	for _, n := range g.nodes {
		if onnxOps[n.op] == nil || n.domain != "" && n.domain != "ai.onnx" {
			return n.op
		}
	}
	sets, _ := filepath.Glob(filepath.Join(dir, "test_data_set_*"))
	for _, set := range sets {
		read := func(kind string, i int) *tensor.Tensor {
			msg, err := os.ReadFile(filepath.Join(set, fmt.Sprintf("%s_%d.pb", kind, i)))
			if err != nil {
				t.Fatal(err)
			}
			_, x := onnxTensor(t, msg)
			return x
		}
		values := map[string]*tensor.Tensor{}
		for i, name := range g.inputs {
			values[name] = read("input", i)
		}
		for i, got := range onnxRun(t, g, values) {
			want := read("output", i)
			if d := same(got, want, nil, onnxTolerance(want.DType())); d != "" {
				t.Errorf("%s: result %d: %s", g.nodes[0].op, i, d)
			}
		}
	}
	return ""
}

// onnxTolerance is ONNX's own test runner's.
func onnxTolerance(dt tensor.DType) tensortest.Tolerance {
	if !dt.IsFloat() {
		return tensortest.Tolerance{}
	}
	tol := tensortest.Default(dt)
	tol.Rel = max(tol.Rel, 1e-5)
	return tol
}

// TestONNX runs ONNX's node tests. It needs their data and is skipped without.
func TestONNX(t *testing.T) {
	root := os.Getenv("RG_ONNX_DATA")
	if root == "" {
		root = onnxData
	}
	dirs, _ := filepath.Glob(filepath.Join(root, "test_*"))
	if len(dirs) == 0 {
		t.Skipf("ONNX's test vectors are not in %s; install Debian's libonnx-testdata, or set RG_ONNX_DATA", root)
	}
	ran, ops, skipped := 0, map[string]bool{}, map[string]int{}
	for _, dir := range dirs {
		name := strings.TrimPrefix(filepath.Base(dir), "test_")
		if why := onnxSkips[name]; why != "" {
			skipped[why]++
			continue
		}
		t.Run(name, func(t *testing.T) {
			if lack := onnxCheck(t, dir); lack != "" {
				skipped[lack]++
				return
			}
			for _, n := range readONNX(t, filepath.Join(dir, "model.onnx")).nodes {
				ops[n.op] = true
			}
			ran++
		})
	}
	t.Logf("%d tests of %d operations ran, out of %d", ran, len(ops), len(dirs))
	for _, what := range slices.Sorted(maps.Keys(skipped)) {
		why, ok := onnxLacks[what]
		if !ok {
			why = what
			if !slices.Contains(slices.Collect(maps.Values(onnxSkips)), what) {
				t.Errorf("%d tests need what the list doesn't know of: %s", skipped[what], what)
			}
		}
		t.Logf("not run: %d of %s: %s", skipped[what], what, why)
	}
}
