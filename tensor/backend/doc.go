// Package backend is the seam between tensors and the devices that compute them.
//
// A Backend knows storage, layouts and a small set of operations; it knows nothing of gradients,
// broadcasting rules or names. The tensor package resolves shapes and types first and calls with
// views that fit: every view of an element-wise operation has the same shape (broadcast axes carry
// stride 0), and the destination is already allocated.
//
// Backends register themselves by name, as database drivers do:
//
//	func init() { backend.Register("cpu", New()) }
//
// Fused operations are optional interfaces, asserted at the call, with a composed fallback in the
// tensor package. tensor/tensortest holds the conformance suite that every backend must pass.
package backend
