package asm

import (
	"fmt"
	"os"
)

// Set is what one kind of processor runs.
type Set struct {
	Name string // as in RG_CPU

	GEMM
	Vector
	Probe Probe
}

// EnvVar is the environment variable that forces a set.
const EnvVar = "RG_CPU"

// sets is what this processor can run, the fastest first.
var sets = append(detect(), &portable)

// Best is the set to use.
var Best = choose(os.Getenv(EnvVar))

// Sets returns all that this processor can run, the fastest first; the last is portable Go.
func Sets() []*Set { return sets }

func choose(name string) *Set {
	if name == "" {
		return sets[0]
	}
	for _, s := range sets {
		if s.Name == name {
			return s
		}
	}
	fmt.Fprintf(os.Stderr, "rg: %s=%s: not on this processor or in this build; using %s\n", EnvVar, name, sets[0].Name)
	return sets[0]
}
