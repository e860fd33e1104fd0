//go:build !cuda

package cuda

import (
	"errors"

	"github.com/rustygradients/rg/tensor/backend"
)

var errLeftOut = errors.New("this rg was built without CUDA; build it with -tags cuda, as `make build` does where there is a C compiler")

// Count is the number of devices: 0, and why.
func Count() (int, error) { return 0, errLeftOut }

// Open makes the backend of a device.
func Open(int) (backend.Backend, error) { return nil, errLeftOut }

// Describe gives a device's properties.
func Describe(int) (Properties, error) { return Properties{}, errLeftOut }

// SetDebugSync does nothing.
func SetDebugSync(bool) {}

// Products says what multiplies matrices: nothing.
func Products() string { return errLeftOut.Error() }

// SetTF32 does nothing.
func SetTF32(bool) {}
