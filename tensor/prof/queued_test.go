package prof_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
	"github.com/rustygradients/rg/tensor/prof"
)

// background stands in for a device that computes while the host goes on: its clock is in milliseconds, one between two marks.
type background struct {
	backend.Backend
	name                string
	marks, waits, asked int
}

func newBackground(t *testing.T, name string) *background {
	t.Helper()
	cpu, err := backend.Get("cpu")
	if err != nil {
		t.Fatal(err)
	}
	b := &background{Backend: cpu, name: name}
	backend.Register(name, b)
	return b
}

func (b *background) Name() string { return b.name }

// Random isn't there, so that nobody measures what it can do.
func (*background) Random(backend.View, backend.Distribution, uint64, uint64) error {
	return errors.ErrUnsupported
}

func (b *background) Alloc(dt dtype.DType, n int) (backend.Storage, error) {
	s, err := b.Backend.Alloc(dt, n)
	return &elsewhere{s, b}, err
}

// elsewhere is storage that says it is the device's.
type elsewhere struct {
	backend.Storage
	b *background
}

func (s *elsewhere) Backend() backend.Backend { return s.b }

func (b *background) Fill(v backend.View, value float64) error {
	v.Storage = v.Storage.(*elsewhere).Storage
	return b.Backend.Fill(v, value)
}

func (b *background) Synchronize() error {
	b.waits++
	return nil
}

func (b *background) Mark() (backend.Mark, error) {
	b.marks++
	return b.marks, nil
}

func (b *background) Passed(marks []backend.Mark) ([]time.Duration, error) {
	b.asked++
	ago := make([]time.Duration, len(marks))
	for i, m := range marks {
		ago[i] = time.Duration(b.marks-m.(int)) * time.Millisecond
	}
	return ago, nil
}

// Operations of a device that tells times aren't waited for, and have the device's times, however many there are.
func TestBackgroundDevice(t *testing.T) {
	b := newBackground(t, "background")
	o := tensor.Options{Device: tensor.Device(b.Name())}
	const n = 5000
	p := prof.Begin()
	for range 4 {
		o.Zeros(8)
	}
	if b.waits != 0 || b.asked != 0 {
		t.Errorf("waited %d times, asked for times %d times, while operations run", b.waits, b.asked)
	}
	time.Sleep(20 * time.Millisecond) // in which the device computes
	p.End()
	if b.waits != 0 || b.asked != 1 {
		t.Errorf("waited %d times, asked %d times", b.waits, b.asked)
	}
	ops := p.Ops()
	if len(ops) != 4 {
		t.Fatalf("%d operations", len(ops))
	}
	for i, op := range ops {
		if op.Name != "fill" || op.Duration != time.Millisecond || i > 0 && op.Start-ops[i-1].Start != 2*time.Millisecond {
			t.Errorf("%s began at %v and took %v", op.Name, op.Start, op.Duration)
		}
	}
	before := b.asked
	long := prof.Run(func() {
		for range n {
			o.Zeros(1)
		}
	})
	if got := len(long.Ops()); got != n || b.asked-before != 2 {
		t.Errorf("%d operations of %d, in %d questions", got, n, b.asked-before)
	}
}

// A device has a thread of its own in the trace, for it computes later than it was asked; and a row of its own in the table, beside its own peaks.
func TestDevicesApart(t *testing.T) {
	b := newBackground(t, "apart")
	p := prof.Run(func() {
		prof.Range("asked", func() {
			tensor.Zeros(8)
			tensor.Options{Device: tensor.Device(b.Name())}.Zeros(8)
			tensor.Options{Device: tensor.Device(b.Name())}.Zeros(8)
		})
	})
	var calls []int
	for _, s := range p.Stats() {
		if s.Name == "fill" && s.Device == b.Name() {
			calls = append(calls, s.Calls)
		}
	}
	if len(calls) != 1 || calls[0] != 2 {
		t.Errorf("fills of the device: %v", calls)
	}
	if text := p.String(); !strings.Contains(text, "forward, apart") || !strings.Contains(text, "forward, cpu") {
		t.Errorf("the devices are not told apart:\n%s", text)
	}
	path := filepath.Join(t.TempDir(), "trace.json")
	if err := p.WriteTrace(path); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var trace struct {
		TraceEvents []struct {
			Name, Ph string
			TID      int
			Args     struct{ Name string }
		}
	}
	if err := json.Unmarshal(raw, &trace); err != nil {
		t.Fatal(err)
	}
	names, on := map[int]string{}, map[string]int{}
	for _, e := range trace.TraceEvents {
		switch {
		case e.Name == "thread_name":
			names[e.TID] = e.Args.Name
		case e.Ph == "X":
			on[e.Name+" on "+names[e.TID]]++
		}
	}
	if on["asked on goroutine 1"] != 1 || on["fill on goroutine 1"] != 1 || on["fill on apart"] != 2 {
		t.Errorf("threads: %v", on)
	}
}
