// Package compare tells the outputs of a cell that were saved from those of another run.
//
// It follows nbval, so that a notebook which passes there passes here. Outputs are gathered by what they are: all that
// went to one stream, all representations of one MIME type in their order, the names and values of errors. The
// order of different kinds is of no account, nor are execution counts, tracebacks, metadata, and PNG and JPEG
// pictures. A Rules value takes out what differs from run to run before two texts are compared.
//
//	rules, err := compare.ReadRules("sanitize.cfg")
//	for _, d := range compare.Outputs(cell.Outputs, again, rules) {
//		fmt.Println(d)
//	}
package compare
