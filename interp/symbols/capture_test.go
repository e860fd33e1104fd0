package symbols

import (
	"bytes"
	"log"
	"testing"
)

// captureLog sends the standard logger's lines to a buffer until the test ends.
func captureLog(t *testing.T) *bytes.Buffer {
	b := new(bytes.Buffer)
	old := log.Writer()
	log.SetOutput(b)
	t.Cleanup(func() { log.SetOutput(old) })
	return b
}
