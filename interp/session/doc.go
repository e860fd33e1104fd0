// Package session keeps what lives from cell to cell, and says what a redefinition means.
//
// A session is a list of declarations, one entry each, that is type-checked as one Go package: what a cell
// touches of it, beside the rest. A cell is planned and then committed:
//
//	plan, err := s.Plan(c, session.PlanOptions{}) // *check.Errors: the cell changes nothing
//	err = executor.Load(plan.Program)             // likewise
//	plan.Commit()
//	values, err := executor.Run(ctx, plan.Program)
//
// What a name means. A variable of a cell's top level is a package-level variable; defining it again
// makes a new slot, with a new type if need be, and functions see the new one, while closures that
// captured the old one keep it. Within the defining cell names mean what they mean in a Go function:
// in `x := float64(x)` the second x is the one of an earlier cell. A function defined again is
// replaced for all its callers. A type defined again with the same text is no change at all; with
// another text it is a new type, which takes over the methods that still fit, and variables keep
// values of the former type, which lives on under a private name for as long as one of them does. A
// name of an import gives way to a declaration: old functions go on meaning the package.
//
// What no longer fits. A declaration that doesn't type-check after something else was redefined is
// set aside: it is not there, the plan's notes say why, and it comes back by itself when a later
// cell makes it fit again.
//
// What is beside it. A folder of source that a cell imports (package folder) is a package of its own;
// it is read anew when its files change, before the next cell is planned. And each cell that ran
// statements leaves behind what they read, so that a redefinition can name the cells whose results are
// stale.
//
// func init runs when its cell runs, after the statements, and is then forgotten. func main is an
// ordinary function which is called last, once, when the cell that declares it runs. So a whole Go
// program pasted into a cell runs as it would alone. A defer at the top level runs at the end of the
// cell, and return ends the cell.
package session
