// Package asm holds the assembly of the CPU backend, and chooses at run time what the processor can
// run.
//
// Every routine is documented by the Go loop that it stands for; the loop is here too, named with Go
// at the end, tested against it, and used where there is no assembly. The assembly is written by
// the generator in _asm, a module of its own so that nobody else depends on it.
package asm
