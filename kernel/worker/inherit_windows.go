package worker

import (
	"fmt"
	"io"
	"os"

	"github.com/rustygradients/rg/kernel/internal/frame"
)

// inherited returns the pipes that the front left open for this process. The environment of
// programs that a cell starts doesn't show them.
func inherited() (io.ReadWriter, error) {
	value := os.Getenv(frame.Environment)
	if value == "" {
		return nil, errByHand
	}
	_ = os.Unsetenv(frame.Environment)
	var r, w uintptr
	if _, err := fmt.Sscanf(value, "%d,%d", &r, &w); err != nil {
		return nil, fmt.Errorf("%s=%q is not two handles: %w", frame.Environment, value, err)
	}
	return struct {
		io.Reader
		io.Writer
	}{os.NewFile(r, "from front"), os.NewFile(w, "to front")}, nil
}
