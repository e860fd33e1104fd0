package cpu

import "github.com/rustygradients/rg/tensor/backend"

// fastUnary returns a quicker float32 kernel than the plain loop, or nil.
func fastUnary(backend.UnaryOp) unaryKernel[float32] { return nil }

// fastSum puts quicker loops into the sum of float32.
func fastSum(*fold[float32, float64]) {}
