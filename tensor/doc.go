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
// # Data types
//
// Float32 is what constructors make unless told otherwise; there are Float64, the halves Float16 and BFloat16,
// Int64, Int32, Int8, Uint8 and Bool. Halves are stored in two bytes, computed in float32, and rounded when an
// operation is done; what takes several steps (means, variances, norms) is rounded once. Types promote by
// PyTorch's table, with one difference: Int8 with Uint8 gives Int32, because there is no int16.
// Go numbers given to methods take part in the tensor's type. Autocast computes products in a half and
// leaves the rest in float32.
//
// # Gradients
//
// An operation is recorded when one of its operands requires grad and the goroutine is not inside
// NoGrad. Backward walks the record from a scalar to the leaves, adds to their Grad, and frees it. The
// rules, one for each operation, are in rules.go; they are written with the tensor's own methods, so a
// backward pass can be recorded and differentiated in its turn.
//
// Grad gives gradients of any outputs by any inputs and leaves the leaves alone; VJP, JVP, Jacobian and Hessian
// differentiate functions. Checkpoint trades time for memory, DetectAnomaly finds the operation that made the
// first NaN. What the backward pass needs is saved with a count of the writes to it: if it was changed in
// place meanwhile, Backward panics instead of giving wrong gradients.
//
// # Memory
//
// Storage comes from a pool and goes back to it: at once what a backward pass alone can see, when the
// garbage collector finds it what nobody holds any more, and when Scope ends what was made in it. What is
// asked for beyond the machine's memory is an *Error. MemoryStats counts.
//
// # Files
//
// Save writes tensors by name to a safetensors file and Load maps one into memory; a module's are
// nn.StateDict and nn.LoadStateDict.
//
// # Mistakes
//
// Operands that don't fit make an operation panic with an *Error that names it, the shapes, and the
// mend: wrong shapes, types, devices and axes, nil tensors, sizes whose product overflows or that no memory holds. Try
// turns the panic into an error.
//
// # Goroutines
//
// Tensors may be read from several goroutines while none writes to them; the methods that write say so in
// their names or comments (Set, Fill, AddInPlace, Backward for Grad, …). Modes (NoGrad, Autocast, WithSeed,
// DetectAnomaly, Scope) belong to the goroutine that calls them, for as long as the function that they
// are given runs; a goroutine that it starts is in none. The global random generator belongs to the process.
package tensor
