// Bench measures the CPU backend against the bars that the project has set itself, with each peer in the
// same run, and in turns with it, so that what disturbs the one disturbs the other.
//
//	make bench          # the table, and build/bench/cpu.json
//	make bench-html     # the same as a page with plots, from the JSON
//	go run ./internal/bench -python PYTHON -only 'MatMul|softmax' -threads 2
//
// A row is one quantity and what it is compared with: what the processor can do at most (package tensor/cpu/probe), a
// library (PyTorch, NumPy's OpenBLAS, gonum), or the plain Go that one would write first. The ratio of a row
// says how many times as good rg is, whatever the unit: above 1 is ahead. Times are medians.
//
// peer.py holds the Python side: a process that is asked, by lines of JSON, to time one thing. Neither
// side computes while the other is timed. Training steps of whole models run in a process of their own for
// each side, because their peak memory is compared as well.
package main
