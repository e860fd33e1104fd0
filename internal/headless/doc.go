// Package headless is rgkernel run: notebooks in, executed notebooks and reports out.
//
// It joins the pieces. A notebook is read (internal/notebook), its cells run in a worker process
// (kernel.Worker, internal/run), and what comes out is written, with a report if one is wanted
// (internal/report). Everything that can be wrong with the input is found by Load, before anything
// runs; every file is written whole or not at all.
package headless
