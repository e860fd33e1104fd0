// Package goroutine tells goroutines apart, for what belongs to one: whether it records gradients, and
// which part of a training step a profile finds it in.
package goroutine
