package headless

import (
	"fmt"
	"strings"

	"github.com/rustygradients/rg/internal/compare"
	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/internal/run"
)

// A Check compares the outputs of a run with those that were saved, as nbval does.
type Check struct{ Rules *compare.Rules }

// marked says whether a cell carries one of nbval's marks, as a tag (nbval-skip) or as a comment (// NBVAL_SKIP).
func marked(c *notebook.Cell, tag string) bool {
	if c.HasTag(tag) {
		return true
	}
	comment := strings.ReplaceAll(strings.ToUpper(tag), "-", "_")
	for line := range strings.Lines(c.Source) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "//"); ok && strings.TrimSpace(text) == comment {
			return true
		}
	}
	return false
}

// options make a run go on to the last cell, whatever fails.
func (c *Check) options(o run.Options) run.Options {
	o.AllowErrors = true
	o.Skip = func(cell *notebook.Cell) bool { return marked(cell, "nbval-skip") }
	o.MayFail = func(cell *notebook.Cell) bool { return marked(cell, "nbval-raises-exception") }
	return o
}

// saved is what a cell's outputs are compared with.
type saved struct {
	outputs []*notebook.Output
	ran     bool
}

func remember(nb *notebook.Notebook) []saved {
	all := make([]saved, len(nb.Cells))
	for i, c := range nb.Cells {
		all[i] = saved{c.Outputs, c.ExecutionCount > 0}
	}
	return all
}

// differences says what is wrong with each cell of a run, by its place in the notebook from 1. A cell that had not
// run when the notebook was saved is only run.
func (c *Check) differences(nb *notebook.Notebook, before []saved, res run.Result, allowErrors bool) map[int]string {
	wrong := map[int]string{}
	for _, r := range res.Cells {
		cell, was := nb.Cells[r.Cell-1], before[r.Cell-1]
		switch {
		case r.State == run.NotReached || r.State == run.Skipped:
		case r.State == run.Failed && !allowErrors:
			wrong[r.Cell] = "the cell failed: " + r.Err.Error() + "\n"
		case marked(cell, "nbval-ignore-output"):
		case !was.ran && len(was.outputs) > 0:
			wrong[r.Cell] = "the cell was saved with outputs, but without having run (it has no execution count)\n"
		case was.ran:
			var b strings.Builder
			for _, d := range compare.Outputs(was.outputs, cell.Outputs, c.Rules) {
				b.WriteString(d.String())
			}
			if b.Len() > 0 {
				wrong[r.Cell] = b.String()
			}
		}
	}
	return wrong
}

// explain is the text of what is wrong, cell by cell.
func explain(name string, res run.Result, wrong map[int]string) string {
	var b strings.Builder
	for _, r := range res.Cells {
		if text := wrong[r.Cell]; text != "" {
			fmt.Fprintf(&b, "%s: In [%d] (cell %d)\n%s\n", name, r.Count, r.Cell, indent(text))
		}
	}
	return b.String()
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + line)
	}
	return b.String()
}

// CheckError says that a notebook does not do what it did.
type CheckError struct{ Cells int }

func (e *CheckError) Error() string {
	if e.Cells == 1 {
		return "1 cell does not do what was saved"
	}
	return fmt.Sprintf("%d cells do not do what was saved", e.Cells)
}
