//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval_test

import (
	"strings"
	"testing"

	"github.com/rustygradients/rg/interp/internal/corpus"
)

// TestUnsafe: of package unsafe cells have what is a constant, and no more.
func TestUnsafe(t *testing.T) {
	nb := corpus.NewNotebook(t, newExecutor)
	if got := nb.Run("import \"unsafe\"\ntype T struct { a byte; b int64 }\nunsafe.Sizeof(T{}) + unsafe.Offsetof(T{}.b) + unsafe.Alignof(T{})"); got != "= 32\n" {
		t.Error(got)
	}
	for _, code := range []string{"x := 1\nunsafe.Pointer(&x)", "unsafe.String(nil, 0)", "var p unsafe.Pointer", "func f(b []byte) *byte { return unsafe.SliceData(b) }"} {
		if got := nb.Run(code); !strings.Contains(got, "only Sizeof, Offsetof and Alignof") {
			t.Errorf("%s: %s", code, got)
		}
	}
	if got := nb.Run("1 + 1"); got != "= 2\n" {
		t.Error(got)
	}
}
