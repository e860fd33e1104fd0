// Package cuda is the backend for NVIDIA's GPUs, on gorgonia.org/cu. It compiles its own kernels (gpu/kernels) and needs nothing but the
// driver at run time, though products go to cuBLAS where there is one; package cushim lets the program start where there is none.
//
// Work is queued on one stream a device, in the order of the calls, and runs while the host goes on: only Download and Synchronize wait.
// So memory can be handed out again as soon as Go lets go of it, for whatever uses it next is queued behind what used it before. An error
// of a kernel comes to light at a later call, unless SetDebugSync(true) has every operation wait for its end.
//
// It is built with -tags cuda (`make build` does, where there is a C compiler); without, Open says that it was left out.
package cuda
