package tensor_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
)

// allocated is how many bytes have been allocated on the heap so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// misuse calls f with drawn arguments and says what is wrong with the way it fails, if anything is.
func misuse(f callable, bytes []byte) (wrong string) {
	c := &choices{bytes: bytes}
	args := c.arguments(f.f)
	before := allocated()
	// To add up 2⁴⁰ elements of a view takes its time; that is no mistake, but there is no waiting for it.
	deadline := time.Now().Add(20 * time.Millisecond)
	backend.SetInterrupt(func() bool { return time.Now().After(deadline) })
	defer backend.SetInterrupt(nil)
	_, panicked := call(f.f, args)
	if grown := allocated() - before; grown > 1<<28 {
		return fmt.Sprintf("it allocated %d MB", grown>>20)
	}
	if panicked == nil {
		return ""
	}
	if _, stopped := panicked.(backend.Interrupted); stopped {
		return ""
	}
	err, ok := panicked.(error)
	var e *tensor.Error
	switch {
	case !ok || !errors.As(err, &e):
		return fmt.Sprintf("it panicked with %T: %v", panicked, panicked)
	case e.Op == "" || e.Hint == "":
		return fmt.Sprintf("the error %q has no operation or no hint", err)
	case len(err.Error()) > 1000:
		return fmt.Sprintf("the error has %d letters", len(err.Error()))
	case strings.Contains(err.Error(), "runtime error"):
		return err.Error()
	}
	return ""
}

func describe(bytes []byte, f callable) string {
	c := &choices{bytes: bytes}
	var parts []string
	for _, a := range c.arguments(f.f) {
		if t, ok := a.Interface().(*tensor.Tensor); ok && t != nil {
			parts = append(parts, fmt.Sprintf("%s%v on %s", t.DType(), t.Shape(), t.Device()))
			continue
		}
		if a.Kind() == reflect.Func {
			parts = append(parts, "func")
			continue
		}
		parts = append(parts, fmt.Sprintf("%+v", a.Interface()))
	}
	return fmt.Sprintf("%s(%.300s)", f.name, strings.Join(parts, ", "))
}

// TestMisuse calls everything with arguments that seldom fit: nil, empty and huge tensors, wrong types, devices and
// axes, numbers that aren't finite. Whatever comes of it, an *Error says so; nothing crashes, or takes memory that
// the result doesn't need.
func TestMisuse(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	calls := 300
	if testing.Short() {
		calls = 60
	}
	for _, f := range callables() {
		t.Run(f.name, func(t *testing.T) {
			defer tensor.ManualSeed(0)
			h := fnv.New64()
			h.Write([]byte(f.name))
			r := rand.New(rand.NewPCG(h.Sum64(), 1))
			for range calls {
				bytes := make([]byte, 200)
				for i := range bytes {
					bytes[i] = byte(r.Uint32())
				}
				if wrong := misuse(f, bytes); wrong != "" {
					t.Fatalf("%s: %s", describe(bytes, f), wrong)
				}
			}
		})
	}
}

// FuzzMisuse is TestMisuse with what the fuzzer draws.
func FuzzMisuse(f *testing.F) {
	all := callables()
	for i := range all {
		f.Add(uint16(i), []byte{2, byte(i), 7, 4, 9, 1, 0, 200, 13})
	}
	f.Fuzz(func(t *testing.T, which uint16, bytes []byte) {
		c := all[int(which)%len(all)]
		if wrong := misuse(c, bytes); wrong != "" {
			t.Fatalf("%s: %s", describe(bytes, c), wrong)
		}
	})
}
