// Package run executes a notebook's cells on an engine, without Jupyter.
//
// It does what a notebook client does on the far side of a kernel: it sends the code cells one
// after another, collects what each shows, and leaves the notebook as it would have been saved.
// Streams are merged, carriage returns overwrite, display IDs replace outputs in place, also in
// earlier cells.
//
//	nb, err := notebook.ReadFile("lesson.ipynb")
//	result, err := run.Notebook(ctx, eng, nb, run.Options{Timeout: time.Minute})
//	err = notebook.WriteFile("lesson.executed.ipynb", nb)
//
// The tags that nbclient knows work here too: a cell tagged skip-execution is left alone, one
// tagged raises-exception may fail.
package run
