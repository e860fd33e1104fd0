//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"errors"
	"testing"
)

// TestSelfTest: New reports what the self-test finds.
func TestSelfTest(t *testing.T) {
	save := selfTest
	defer func() { selfTest = save }()
	if err := selfTest(); err != nil {
		t.Fatal(err)
	}
	selfTest = func() error { return errors.New("wrong") }
	if _, err := New(Options{}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
