// Package tensor computes with arrays of numbers and differentiates what it computes.
//
// A Tensor is storage on a device seen through a layout: a shape, a stride for each axis, an offset.
// Reshape, Permute, Slice, Expand and their like give views that share the storage; everything else
// makes new, contiguous storage. Shapes broadcast, negative axes count from the end, and types promote
// as in PyTorch; where a function of that name exists there, it means the same here unless its comment
// says otherwise. Data type and device are run-time values.
//
//	w := tensor.Randn(3, 1).SetRequiresGrad(true)
//	x := tensor.Randn(100, 3)
//	y := x.MatMul(tensor.FromSlice([]float32{1, -2, 3}, 3, 1))
//	for range 200 {
//		w.ZeroGrad()
//		loss := x.MatMul(w).MSE(y)
//		loss.Backward()
//		tensor.NoGrad(func() { w.AddScaledInPlace(w.Grad(), -0.1) })
//	}
//	fmt.Println(w) // [[1], [-2], [3]]
//
// # Gradients
//
// An operation is recorded when one of its operands requires grad and the goroutine is not inside
// NoGrad. Backward walks the record from a scalar to the leaves, adds to their Grad, and frees it. The
// rules, one for each operation, are in rules.go; they are written with the tensor's own methods, so a
// backward pass can be recorded and differentiated in its turn.
//
// # Files
//
// Save writes tensors by name to a safetensors file and Load maps one into memory; a module's are
// nn.StateDict and nn.LoadStateDict.
//
// # Mistakes
//
// Operands that don't fit make an operation panic with an *Error that names it, the shapes, and the
// mend. Try turns the panic into an error.
//
// # Goroutines
//
// Tensors may be read from several goroutines while none writes to them; the methods that write say so in
// their names or comments (Set, Fill, AddInPlace, Backward for Grad, …). NoGrad belongs to the goroutine that
// calls it. The global random generator belongs to the process.
package tensor
