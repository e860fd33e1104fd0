package cpu

import (
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
