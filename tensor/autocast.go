package tensor

// Autocast runs f with mixed precision (Micikevicius et al. 2018) on this goroutine: matrix products and
// convolutions take their floating-point operands in dt, Float16 or BFloat16, and whatever needs range or
// digits (exponentials, logarithms, powers, softmax, norms, sums, losses) takes halves in Float32. The
// rest follows from promotion. Parameters stay what they are, and their gradients have their type; Float64
// is left alone, as in PyTorch. The backward pass computes in the types of the forward pass, wherever it
// is called. A goroutine started in f is not in it.
//
// With Float16, gradients can underflow: see optim.GradScaler. The zero DType turns autocast off inside
// f. On the CPU the halves save memory, not time.
func Autocast(dt DType, f func()) {
	if dt != 0 && !dt.IsHalf() {
		panic(&Error{Op: "autocast", DTypes: []DType{dt}, Hint: "takes float16 or bfloat16"})
	}
	with(func(m *modes) { m.autocast = dt }, f)
}

// AutocastDType is what Autocast computes products in on this goroutine, and whether it is on.
func AutocastDType() (dt DType, on bool) {
	dt = mode().autocast
	return dt, dt != 0
}

// lower is an operand of a product: in the type of Autocast, if that is on.
func (t *Tensor) lower() *Tensor {
	if t == nil {
		return t
	}
	if dt := mode().autocast; dt != 0 && (t.DType() == Float32 || t.DType().IsHalf()) {
		return t.To(dt)
	}
	return t
}

// higher is an operand of a function that needs range or digits: Autocast gives it no halves.
func (t *Tensor) higher() *Tensor {
	if t != nil && t.DType().IsHalf() && mode().autocast != 0 {
		return t.To(Float32)
	}
	return t
}
