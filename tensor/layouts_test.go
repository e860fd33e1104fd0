package tensor_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
)

// laysOut are the methods whose result is the layout itself, or depends on it by design.
var laysOut = map[string]string{
	"IsContiguous": "the layout", "Strides": "the layout", "BackendView": "the layout", "View": "refuses some layouts", "Backend": "no result", "Release": "no result",
	"RequiresGrad": "of the leaf", "IsLeaf": "of the leaf", "SetRequiresGrad": "of the leaf", "Slice": "by View",
	"Backward": "of the leaf", "BackwardWith": "of the leaf", "RegisterHook": "of the leaf", "Grad": "of the leaf", "BorrowGrad": "of the leaf", "String": "says whether it requires grad",
	"HTML": "says whether it requires grad",
}

// outcome writes down what a call gave, or panicked with.
func outcome(out []reflect.Value, panicked any) string {
	if panicked != nil {
		err, _ := panicked.(error)
		var e *tensor.Error
		if errors.As(err, &e) {
			return "error in " + e.Op
		}
		return fmt.Sprint(panicked)
	}
	var b strings.Builder
	for _, o := range out {
		switch v := o.Interface().(type) {
		case *tensor.Tensor:
			describeTensor(&b, v)
		case []*tensor.Tensor:
			for _, x := range v {
				describeTensor(&b, x)
			}
		case func():
		default:
			fmt.Fprint(&b, v, " ")
		}
	}
	return b.String()
}

// describeTensor rounds to five digits: sums may be made in another order.
func describeTensor(b *strings.Builder, x *tensor.Tensor) {
	if x == nil {
		b.WriteString("nil ")
		return
	}
	fmt.Fprint(b, x.DType(), x.Shape())
	for _, v := range x.Float64s() {
		if math.Abs(v) < 1e-6 {
			v = 0
		}
		fmt.Fprintf(b, " %.3g", v)
	}
	b.WriteByte('\n')
}

// TestLayouts calls every method twice, with the same numbers lying in memory one after another and in other ways, in
// shapes of ranks 0 to 6, empty ones among them. The results are the same.
func TestLayouts(t *testing.T) {
	calls := 150
	if testing.Short() {
		calls = 40
	}
	for _, f := range callables() {
		if laysOut[f.name] != "" || f.f.Type().NumIn() == 0 || f.f.Type().In(0) != reflect.TypeFor[*tensor.Tensor]() {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			h := fnv.New64()
			h.Write([]byte(f.name))
			r := rand.New(rand.NewPCG(h.Sum64(), 2))
			worked := 0
			for range calls {
				bytes := make([]byte, 300)
				for i := range bytes {
					bytes[i] = byte(r.Uint32())
				}
				try := func(lay func(x *tensor.Tensor) *tensor.Tensor) string {
					c := &choices{bytes: bytes, lay: lay, sane: true}
					args := c.arguments(f.f)
					tensor.ManualSeed(1)
					var out []reflect.Value
					var panicked any
					tensor.NoGrad(func() { out, panicked = call(f.f, args) })
					if panicked == nil && out == nil || len(out) == 0 {
						out = args[:1] // in place
					}
					return outcome(out, panicked)
				}
				want := try(nil)
				if !strings.HasPrefix(want, "error") {
					worked++
				}
				for _, layout := range []string{"transposed", "strided", "negative"} {
					if got := try(func(x *tensor.Tensor) *tensor.Tensor { return laidOut(x, layout) }); got != want {
						t.Fatalf("%s, %s: got\n%s\nwant\n%s", describe(bytes, f), layout, got, want)
					}
				}
			}
			t.Logf("%d of %d calls gave a result", worked, calls)
		})
	}
}
