// Command bench times small Go programs on the two executors of cells, beside stock yaegi, Python 3
// and compiled Go, all in one run. `make bench-interp` calls it.
//
// A case is a pair of files in testdata: NAME.go, whose first line says what is timed, and NAME.py,
// which does the same. Both have a function run(n) that does the thing n times and returns a number,
// which must be the same everywhere: a peer that computes something else, or that can't run the
// program, says so in the table instead of a time. A driver doubles n until a call takes long enough,
// then repeats it; the median is reported. Each peer runs each case in a process of its own.
package main
