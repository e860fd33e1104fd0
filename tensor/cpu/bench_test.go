package cpu

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

func filled(b *testing.B, kind string, shape ...int) backend.View {
	v := makeView(b, dtype.Float32, kind, shape)
	if err := theBackend.Random(v, backend.Distribution{Kind: backend.Uniform, A: -1, B: 1}, 1, 0); err != nil {
		b.Fatal(err)
	}
	return v
}

// BenchmarkElementwise times operations on one thread, in nanoseconds an element: in the L2 cache, and
// where memory is the limit.
func BenchmarkElementwise(b *testing.B) {
	defer SetThreads(SetThreads(1))
	for _, test := range []struct {
		name string
		f    func(dst, x, y backend.View) error
	}{
		{"add", func(dst, x, y backend.View) error { return theBackend.Binary(backend.Add, dst, x, y) }},
		{"exp", func(dst, x, _ backend.View) error { return theBackend.Unary(backend.Exp, dst, x) }},
		{"tanh", func(dst, x, _ backend.View) error { return theBackend.Unary(backend.Tanh, dst, x) }},
		{"gelu", func(dst, x, _ backend.View) error { return theBackend.Activation(backend.GELU, dst, x) }},
		{"gelu_tanh", func(dst, x, _ backend.View) error { return theBackend.Activation(backend.GELUTanh, dst, x) }},
		{"gelu_tanh_grad", func(dst, x, y backend.View) error { return theBackend.ActivationGrad(backend.GELUTanh, dst, x, y) }},
		{"softmax", func(dst, x, _ backend.View) error { return theBackend.Softmax(dst, x) }},
		{"norm", func(dst, x, _ backend.View) error { return theBackend.Norm(dst, x, 1e-5) }},
		{"norm_grad", func(dst, x, y backend.View) error { return theBackend.NormGrad(dst, x, y, 1e-5) }},
	} {
		for _, rows := range []int{32, 16 << 10} {
			b.Run(fmt.Sprintf("%s/%dx1024", test.name, rows), func(b *testing.B) {
				dst, x, y := filled(b, "contiguous", rows, 1024), filled(b, "contiguous", rows, 1024), filled(b, "contiguous", rows, 1024)
				for b.Loop() {
					if err := test.f(dst, x, y); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows*1024), "ns/element")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
