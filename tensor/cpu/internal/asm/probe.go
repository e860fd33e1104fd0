package asm

// Probe is routines that measure the processor; benchmarks compare with them. The fields are nil in portable Go.
type Probe struct {
	FMA      func(turns int) // multiply-adds of float32 in registers
	FMAFlops int             // floating-point operations a turn
	Read     func(n int, x *byte)
}
