// Package display turns Go values into what a notebook shows.
//
// A Bundle is one picture of a value in several MIME types, always with text/plain among them, so
// that a front end can choose the richest that it knows. A value chooses how it looks by optional
// methods, and needs to import nothing for that:
//
//	MIMEBundle() display.Bundle   everything at once
//	HTML() string                 text/html
//	SVG() []byte                  image/svg+xml
//	PNG() []byte                  image/png
//	String() string               text/plain, as fmt has it
//
// Show publishes a value from anywhere: a cell, a library, a callback. Where it goes is decided by
// the Publisher of the process: the notebook's when a cell runs, plain text on standard output in a
// compiled program. A Handle shows something once and replaces it in place later: live plots and
// progress bars are made of that.
//
// The package is a leaf: it plots nothing and imports nothing of rg.
package display
