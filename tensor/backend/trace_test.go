package backend

import "testing"

// plain is a backend without extras; only its identity matters here.
type plain struct{ Backend }

func (*plain) Name() string { return "plain" }

// soft is one with softmax.
type soft struct{ Backend }

func (*soft) Softmax(dst, x View) error    { return nil }
func (*soft) LogSoftmax(dst, x View) error { return nil }

// traced stands in for a backend.
type traced struct {
	soft
	inner Backend
}

func (t *traced) Unwrap() Backend { return t.inner }

// watcher is a tracer that counts.
type watcher struct {
	phases []Phase
	left   int
}

func (*watcher) Trace(b Backend) Backend { return &traced{inner: b} }

func (t *watcher) Enter(p Phase) func() {
	t.phases = append(t.phases, p)
	return func() { t.left++ }
}

func TestTracer(t *testing.T) {
	var b Backend = &plain{}
	if Traced(b) != b {
		t.Error("without a tracer a backend isn't itself")
	}
	Enter(Backward)() // nothing happens
	seen := &watcher{}
	SetTracer(seen)
	defer SetTracer(nil)
	if got, ok := Traced(b).(*traced); !ok || got.inner != b {
		t.Errorf("the tracer put %T in its place", Traced(b))
	}
	Enter(Optimizer)()
	if len(seen.phases) != 1 || seen.phases[0] != Optimizer || seen.left != 1 {
		t.Errorf("the tracer saw %+v", seen)
	}
	SetTracer(nil)
	if Traced(b) != b {
		t.Error("the tracer stayed")
	}
}

// As looks through what a tracer puts in a backend's place, which has every method.
func TestAs(t *testing.T) {
	if _, ok := As[SoftmaxBackend](&plain{}); ok {
		t.Error("a plain backend has softmax")
	}
	if _, ok := As[SoftmaxBackend](&soft{}); !ok {
		t.Error("softmax isn't found")
	}
	if _, ok := As[SoftmaxBackend](&traced{inner: &plain{}}); ok {
		t.Error("the tracer's softmax is taken for the backend's")
	}
	if got, ok := As[SoftmaxBackend](&traced{inner: &soft{}}); !ok {
		t.Error("softmax isn't found behind a tracer")
	} else if _, same := got.(*traced); !same {
		t.Error("the tracer is passed over")
	}
}
