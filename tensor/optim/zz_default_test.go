//go:build cuda

package optim_test

import (
	"os"

	"github.com/rustygradients/rg/gpu"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor"
)

func init() {
	if os.Getenv("RG_ALLCUDA") == "" { return }
	if err := emu.Use(); err != nil { panic(err) }
	tensor.SetDefaultDevice(gpu.Device(0))
}
