//go:build cuda

package cuda_test

import (
	"testing"

	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/tensor/tensortest"
)

func TestConformance(t *testing.T) {
	b, err := cuda.Open(0)
	if err != nil {
		t.Skip(err)
	}
	tensortest.Conformance(t, b)
}
