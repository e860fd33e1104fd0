//go:build !amd64 || purego

package asm

func detect() []*Set { return nil }
