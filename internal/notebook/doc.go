// Package notebook reads, checks and writes Jupyter notebooks (nbformat 4).
//
// A Notebook is a list of cells with their outputs. Versions 4.0 to 4.5 are read and 4.5 is
// written; a cell without an id is given one made from its place and text, so that the same input
// always gives the same output. Fields that the format doesn't name are kept as they came, in
// Extra.
//
//	nb, err := notebook.ReadFile("lesson.ipynb")
//	for _, cell := range nb.Cells {
//		if cell.Type == notebook.Code {
//			cell.Outputs = nil
//		}
//	}
//	err = notebook.WriteFile("lesson.ipynb", nb)
//
// Written text is laid out as Jupyter's own writer does it (keys sorted, indented by one space,
// text split into lines), so that a notebook saved by either shows only what really changed. In
// memory all text is whole strings.
//
// Numbers in metadata are json.Number, so that none loses digits on the way through.
package notebook
