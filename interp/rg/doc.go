// Package rg is what cells call by the name rg: the notebook itself.
//
//	name := rg.Input("Your name? ")
//	rg.Display(picture, table)
//	rg.Background(func() { serve(listener) })
//	rg.Reset()
//
// It is an ordinary package and works in a compiled program too: input then comes from the terminal
// and Display prints text. In a notebook the engine takes the place of the terminal with SetHost for
// as long as a cell runs.
package rg
