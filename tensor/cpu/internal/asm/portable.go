package asm

// portable is what runs everywhere.
var portable = Set{Name: "portable", GEMM: gemmGo, Vector: vectorGo}
