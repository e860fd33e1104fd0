package gemm

// Float32 computes each product of a batch; all have the same sizes and strides.
func Float32(batch []Problem[float32]) { Any(batch) }
