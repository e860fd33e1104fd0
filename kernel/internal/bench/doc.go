// Command bench measures the Jupyter kernel against its bars, beside ipykernel in the same run and by the
// same client: how soon it answers, what a cell costs, how soon an interrupt and a death are over.
//
//	make bench-kernel
//
// The client is kerneltest's. It prints a table and writes build/bench/kernel.json.
package main
