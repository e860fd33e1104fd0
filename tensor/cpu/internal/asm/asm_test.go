package asm

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

func random(rng *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = rng.Float32() - 0.5
	}
	return s
}

func close32(x, y float32, k int) bool {
	return math.Abs(float64(x-y)) <= 1e-6*math.Sqrt(float64(k)+1)
}

func TestChoose(t *testing.T) {
	if s := choose("portable"); s != &portable {
		t.Errorf("asked for portable, got %s", s.Name)
	}
	stderr := os.Stderr
	os.Stderr = nil // the warning is not for the test's output
	defer func() { os.Stderr = stderr }()
	for _, name := range []string{"", "abacus"} {
		if s := choose(name); s != Sets()[0] {
			t.Errorf("asked for %q, got %s", name, s.Name)
		}
	}
}
