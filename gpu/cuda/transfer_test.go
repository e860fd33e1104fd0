//go:build cuda

package cuda_test

import (
	"encoding/binary"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Batches are uploaded while the kernels of those before them are queued, and each is computed with: nothing is overwritten that a kernel has yet to
// read, or read before it is there. Twenty batches in turn, so that blocks are used again, and some storage is written again where it is.
func TestUploadsBesideKernels(t *testing.T) {
	uploadBatches(t)
	t.Run("together", func(t *testing.T) {
		for i := range 4 {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				uploadBatches(t)
			})
		}
	})
}

func uploadBatches(t *testing.T) {
	b := open(t)
	const n, batches = 1 << 15, 20 // 128 KB
	upload := func(s backend.Storage, v float32) {
		raw := make([]byte, 4*n)
		for i := range n {
			binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(v+float32(i%7)))
		}
		if err := b.Upload(s, raw); err != nil {
			t.Fatal(err)
		}
	}
	alloc := func() backend.Storage {
		s, err := b.Alloc(dtype.Float32, n)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	view := func(s backend.Storage) backend.View { return backend.View{Storage: s, Layout: backend.Contiguous(n)} }
	before := b.Count()
	kept := alloc()
	var last backend.Storage
	var results []backend.Storage
	for i := range batches {
		x, y := alloc(), alloc()
		upload(x, float32(i))
		if last != nil {
			last.Free()
		}
		upload(kept, 100*float32(i))
		if err := b.Binary(backend.Add, view(y), view(x), view(kept)); err != nil {
			t.Fatal(err)
		}
		last, results = x, append(results, y)
	}
	for i, y := range results {
		for k, got := range float32s(t, y) {
			if want := 101*float32(i) + 2*float32(k%7); got != want {
				t.Fatalf("batch %d, element %d: %v, want %v", i, k, got, want)
			}
		}
		y.Free()
	}
	if alone := !strings.Contains(t.Name(), "/"); emu.Used() && alone && os.Getenv("RG_EMU_ORDER") == "1" {
		if n := b.Count().Beside - before.Beside; n < batches/2 {
			t.Errorf("%d copies of %d overtook a kernel", n, 2*batches)
		}
	}
}

// Without the wait of either stream for the other, that test fails, in an order in which the stream of transfers is late or in one in which it is
// early.
func TestWaits(t *testing.T) {
	if !emu.Used() || os.Getenv("RG_MUTANT") != "" {
		t.Skip("on the emulated driver alone")
	}
	for _, c := range []struct{ deaf, order string }{{"1", "0"}, {"2", "1"}, {"", "0"}, {"", "1"}} {
		if text, err := runAgain("TestUploadsBesideKernels|TestMemoryComesBack|TestTransfers", c.order, "RG_EMU_DEAF="+c.deaf); (err != nil) != (c.deaf != "") {
			t.Errorf("where stream %q doesn't wait, in order %s: %v\n%s", c.deaf, c.order, err, text)
		}
	}
}
