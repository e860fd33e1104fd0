// Package gpu is what a user sees of CUDA: which devices there are, tensors that live on them, their memory.
//
//	fmt.Println(gpu.Status())
//	if gpu.Available() {
//		x := tensor.Randn(1024, 1024).To(gpu.Device(0)) // (1024, 1024) on the GPU
//		y := x.MatMul(x)                                 // queued; the cell goes on
//		fmt.Println(y.Sum().Item())                      // waits
//	}
//
// A device's operations run one behind the other, in the order of the calls, while the host goes on; what reads elements (Item, Float32s,
// printing) waits for them. An error of a kernel therefore shows at a later call; SetDebugSync(true) has every operation wait.
//
// Only the driver (libcuda.so.1) is needed, and it is opened when a device is first asked for. RG_LIBCUDA names another one by its absolute
// path, or is "off". Matrix products go to cuBLAS where it is found (package cublas says where), else to kernels of rg's own.
package gpu
