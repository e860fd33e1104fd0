// Package mmap reads files by mapping them into memory, privately: opening costs nothing, pages are read
// when they are touched, and whoever writes gets a copy of the page, never the file.
//
// # Lifetime
//
// A Mapping is unmapped once it is garbage. The bytes that it gives out do not keep it alive; whoever
// holds them holds the Mapping too, and uses it after the last access (runtime.KeepAlive).
//
// # Files that shrink
//
// Touching a page whose part of the file is gone raises SIGBUS, which ends a Go program. Guard turns
// that, in a function it runs, into a panic with a *Fault that names the file. Guarded code may be assembly.
// The fault is the goroutine's own: a goroutine that the function starts guards itself.
//
// Where files can't be mapped they are read whole.
package mmap
