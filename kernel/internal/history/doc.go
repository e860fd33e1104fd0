// Package history keeps what was run, and what came of it, across sessions: a SQLite file that the
// kernels of one person share.
//
// The tables are those of IPython's history.sqlite (sessions, history, output_history), so that tools
// which read the one read the other. A session is one front process; its number comes from the file.
// Cells never wait for the disk: Add hands over, one goroutine writes a little later, and whoever asks sees
// what was handed over before. Where the file can't be opened or written (a full disk, a read-only home), entries are kept
// in memory and written once that works again.
//
// What may be secret stays out: the values of %env lines are left out here, and the caller doesn't hand
// over the outputs of cells that asked for a password.
package history
