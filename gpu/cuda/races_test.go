//go:build cuda

package cuda_test

import (
	"os"
	"testing"

	"github.com/rustygradients/rg/gpu/emu"
)

// No two threads of a launch use the same memory without a barrier between, whichever order a GPU would run them in: all operations, and what has
// shared memory and types of its own.
func TestRaces(t *testing.T) {
	if !emu.Used() || os.Getenv("RG_MUTANT") != "" {
		t.Skip("on the emulated driver alone")
	}
	driver, err := emu.BuildRaces("")
	if err != nil {
		t.Fatal(err)
	}
	run := `TestNoHostCopies|TestUploadsBesideKernels|TestConformance/MatMul/bfloat16/\[\]/136` +
		`|TestConformance/Fused/(Softmax|CTC|Decompose|Linear|DFT|RoPE|Dropout|SwiGLU|MatMulEpilogue)|TestConformance/Fused/LayerNorm/float32/.*/contiguous` +
		`|TestConformance/Fused/Attention/bfloat16/.*64_64/heads|TestConformance/Fused/Sort/ArgSort/float32|TestConformance/Reduce/sum/float32`
	if text, err := runAgain(run, "0", "RG_LIBCUDA="+driver); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}
