package symbols

import (
	"slices"
	"testing"
)

func TestNamed(t *testing.T) {
	for name, want := range map[string][]string{
		"strings": {"strings"},
		"rand":    {"math/rand/v2", "math/rand", "crypto/rand"},
		"mat":     {"gonum.org/v1/gonum/mat"},
		"nobody":  nil,
	} {
		if got := Named(name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if slices.Contains(Names(), name) != (want != nil) {
			t.Errorf("%s: among the names or not, wrongly", name)
		}
	}
}
