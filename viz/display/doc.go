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
// Types that can't be given methods get a look by Register: that is how a *plot.Plot shows as a
// picture. Everything else is shown by its shape: images as PNG, slices of structs and maps as
// tables, the rest as text that never runs away with the page. Ready-made content is wrapped in
// HTML, Markdown, SVG, PNG, JPEG or JSON.
//
// Show publishes a value from anywhere: a cell, a library, a callback. Where it goes is decided by
// the Publisher of the process: the notebook's when a cell runs, plain text on standard output in a
// compiled program. A Handle shows something once and replaces it in place later; a Live does so at
// a bearable rate, and Flush, which the engine calls when a cell ends, brings every Live up to date:
//
//	h := display.Open("starting")
//	h.Update(display.Markdown("**done**"))
//
// Everything made from data is escaped; only the types that say what they are (HTML, Markdown, SVG)
// and the methods of the same names pass markup through.
//
// The package is a leaf: it plots nothing and imports nothing of rg.
package display
