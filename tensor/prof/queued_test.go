package prof_test

import (
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
	marks, waits, asked int
}

func (*background) Name() string { return "background" }

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
	cpu, err := backend.Get("cpu")
	if err != nil {
		t.Fatal(err)
	}
	b := &background{Backend: cpu}
	backend.Register(b.Name(), b)
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
