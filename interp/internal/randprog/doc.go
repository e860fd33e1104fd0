// Package randprog writes random Go programs that type-check, end, and print the same every time, so
// that what an executor makes of them can be compared with what the compiler does.
//
//	p := randprog.New(17) // the program of seed 17
//	p.Decls               // its declarations, all named with the seed
//	p.Main                // the function that runs it
//
// Since all names carry the seed, many programs go into one file, and one `go build` serves
// hundreds (Bundle).
//
// Only what the language defines is written: where it leaves an order open, nothing can tell. An
// expression has no effects, and at most one operation that can panic; calls with effects are
// statements; maps are ranged over by sorted keys; goroutines talk in turn.
package randprog
