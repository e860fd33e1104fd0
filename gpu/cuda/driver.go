//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"os"

	"gorgonia.org/cu"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
)

// Results of cuInit for which there is something to do.
const (
	noDevice       = 100
	notReady       = 802
	versionsDiffer = 803
	notCompatible  = 804
	unknown        = 999
)

// Count is the number of devices; the error says why there are none, and behind a semicolon what to do.
func Count() (int, error) {
	switch cushim.Open() {
	case cushim.Ready:
	case cushim.NoDevice:
		return 0, fmt.Errorf("the CUDA driver %s doesn't start: %s (error %d); %s", cushim.Path(), cushim.Text(), cushim.Result(), advice(cushim.Result()))
	case cushim.Off:
		return 0, errors.New("CUDA is off: RG_LIBCUDA=off; unset it to use a GPU")
	default:
		cure := "for an NVIDIA card install its driver, and start a container with its GPUs (--gpus all)"
		if os.Getenv("RG_LIBCUDA") != "" {
			cure = "unset RG_LIBCUDA to have the system's driver"
		}
		return 0, fmt.Errorf("no CUDA driver: %s; %s", cushim.Text(), cure)
	}
	n, err := cu.NumDevices()
	if err != nil {
		return 0, fmt.Errorf("the CUDA driver %s doesn't count its devices: %w; %s", cushim.Path(), err, advice(unknown))
	}
	if n == 0 {
		return 0, fmt.Errorf("the CUDA driver %s finds no GPU; %s", cushim.Path(), advice(noDevice))
	}
	return n, nil
}

// advice is what helps where the driver's cuInit gave that result.
func advice(result int) string {
	switch result {
	case noDevice:
		if visible, set := os.LookupEnv("CUDA_VISIBLE_DEVICES"); set {
			return fmt.Sprintf("CUDA_VISIBLE_DEVICES is %q, and may hide it", visible)
		}
		return "nvidia-smi lists what the driver sees; a container has to be started with its GPUs (--gpus all)"
	case notReady:
		return "the links between this machine's cards aren't set up: start its nvidia-fabricmanager"
	case versionsDiffer:
		return "the driver's library and its kernel module are of different versions, as after an update: restart the machine"
	case notCompatible:
		return "a compatibility library (cuda-compat) is found before the driver's own: remove it, or update the driver"
	}
	return "see what nvidia-smi says; after a suspend reload the module nvidia_uvm, else restart the machine"
}
