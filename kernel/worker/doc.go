// Package worker is the process behind the front: it drives an engine.Engine on the front's orders.
//
// A worker is started by the front with one end of a socket pair and knows nothing of Jupyter: it
// holds no key, opens no port and ends when the front does. Its standard output and error are pipes
// that the front reads, so that whatever a cell writes there, be it through os.Stdout, a C library
// or the Go runtime's last words, reaches the notebook without the worker's help.
//
// Main runs one cell at a time and answers completion and inspection beside it. Text for standard
// output that a cell sends through engine.Output goes to the same pipe; all other output goes over
// the socket and waits until the front has given it its place, so that everything appears in the
// order in which it was made. Only what code writes to file descriptor 2 by itself has no order to
// what it writes to 1; package log's default logger is led through engine.Output for that reason.
package worker
