package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/kernel/engine"
)

// NameTimeout is the error name of a cell that ran longer than Options.Timeout.
const NameTimeout = "CellTimeout"

// grace is how long a cancelled cell may take to stop before it is given up.
const grace = 5 * time.Second

var (
	// ErrInterrupted is returned when the context was cancelled.
	ErrInterrupted = errors.New("interrupted")

	// ErrStuck is returned when a cell neither ends nor lets itself be interrupted. The engine is of
	// no further use.
	ErrStuck = errors.New("a cell does not respond to interrupts")

	errTimeout = errors.New("cell timeout")
)

// Options say how to run a notebook. The zero value runs until the first error, without a limit.
type Options struct {
	// Timeout limits each cell; 0 means no limit.
	Timeout time.Duration

	// AllowErrors goes on after a failed cell.
	AllowErrors bool

	// Progress, if set, is called before each cell that runs, with the number of cells done so far
	// and in all.
	Progress func(done, total int)
}

// Result counts what was done.
type Result struct {
	Ran    int // cells that ran, the failed ones among them
	Failed int // cells that ended with an error, allowed or not
}

// CellError says which cell ended the run.
type CellError struct {
	Cell  int // the cell's place in the notebook, from 1, Markdown cells counted
	Count int // the n of In [n]
	Err   *engine.Error
}

func (e *CellError) Error() string {
	return fmt.Sprintf("In [%d] (cell %d) failed: %v", e.Count, e.Cell, e.Err)
}

func (e *CellError) Unwrap() error { return e.Err }

// Notebook runs the code cells of nb in order and replaces their outputs and execution counts.
// Outputs of an earlier run are removed first, from every cell, so that old and new never mix.
//
// It stops at the first failed cell with a *CellError; the notebook then holds the outputs so far.
// ErrInterrupted and ErrStuck come the same way.
func Notebook(ctx context.Context, eng engine.Engine, nb *notebook.Notebook, opts Options) (Result, error) {
	if err := setLanguage(nb, eng.Info()); err != nil {
		return Result{}, err
	}
	type job struct{ index, count int }
	var jobs []job
	for i, cell := range nb.Cells {
		if cell.Type != notebook.Code || cell.HasTag("skip-execution") {
			continue
		}
		cell.Outputs, cell.ExecutionCount = nil, 0
		if strings.TrimSpace(cell.Source) != "" {
			jobs = append(jobs, job{i, len(jobs) + 1})
		}
	}

	shown := newCollector()
	defer shown.seal()
	var res Result
	for done, j := range jobs {
		if ctx.Err() != nil {
			return res, ErrInterrupted
		}
		if opts.Progress != nil {
			opts.Progress(done, len(jobs))
		}
		cell := nb.Cells[j.index]
		failure, err := runCell(ctx, eng, cell, j.count, shown, opts.Timeout)
		res.Ran++
		if failure != nil {
			res.Failed++
		}
		switch {
		case err != nil:
			return res, err
		case failure != nil && !opts.AllowErrors && !cell.HasTag("raises-exception"):
			return res, &CellError{Cell: j.index + 1, Count: j.count, Err: failure}
		}
	}
	return res, nil
}

// runCell returns the cell's failure, and separately an error that ends the run whatever is allowed.
func runCell(ctx context.Context, eng engine.Engine, cell *notebook.Cell, count int, shown *collector, timeout time.Duration) (*engine.Error, error) {
	cellCtx, cancel := context.WithCancel(ctx)
	if timeout > 0 {
		cellCtx, cancel = context.WithTimeoutCause(ctx, timeout, errTimeout)
	}
	defer cancel()

	out := shown.open(cell, count)
	ended := make(chan error, 1)
	go func() {
		ended <- eng.Execute(cellCtx, engine.Cell{Number: count, Code: cell.Source}, out)
	}()

	var err error
	stuck := false
	select {
	case err = <-ended:
	case <-cellCtx.Done():
		select {
		case err = <-ended:
		case <-time.After(grace):
			stuck = true
			err = &engine.Error{Name: engine.NameInterrupted, Value: ErrStuck.Error()}
		}
	}

	failure := asEngineError(err)
	if failure != nil && errors.Is(context.Cause(cellCtx), errTimeout) {
		where := failure.Traceback
		failure = &engine.Error{Name: NameTimeout, Value: fmt.Sprintf("the cell did not end within %v", timeout)}
		failure.Traceback = append(slices.Clip(where), failure.Error())
	}
	if failure != nil {
		out.fail(failure)
	}
	switch {
	case ctx.Err() != nil:
		return failure, ErrInterrupted
	case stuck:
		return failure, fmt.Errorf("%w: In [%d] ran longer than %v and does not stop", ErrStuck, count, timeout)
	}
	return failure, nil
}

func asEngineError(err error) *engine.Error {
	if err == nil {
		return nil
	}
	var e *engine.Error
	if errors.As(err, &e) {
		return e
	}
	return &engine.Error{Name: "EngineError", Value: err.Error()}
}

// setLanguage records what ran the notebook, as a front end does when it saves.
func setLanguage(nb *notebook.Notebook, info engine.LanguageInfo) error {
	plain, err := notebook.Plain(info)
	if err != nil {
		return err
	}
	if nb.Metadata == nil {
		nb.Metadata = map[string]any{}
	}
	nb.Metadata["language_info"] = plain
	return nil
}
