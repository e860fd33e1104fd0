package main

import (
	"github.com/rustygradients/rg/interp"
	"github.com/rustygradients/rg/kernel/engine"
)

// newEngine makes the engine that runs cells. It is the one place that chooses it.
func newEngine() (engine.Engine, error) { return interp.New(interp.Options{}) }
