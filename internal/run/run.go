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

	// Skip, if set, says which code cells to leave alone, beside those tagged skip-execution.
	Skip func(*notebook.Cell) bool

	// MayFail, if set, says which cells may fail, beside those tagged raises-exception.
	MayFail func(*notebook.Cell) bool

	// Progress, if set, is called before each cell that runs, with the number of cells done so far
	// and in all.
	Progress func(done, total int)
}

// Result counts what was done.
type Result struct {
	Ran    int // cells that ran, the failed ones among them
	Failed int // cells that ended with an error, allowed or not
	Cells  []CellResult
}

// CellResult is what became of one code cell. Cells without code are not among them.
type CellResult struct {
	Cell  int // the cell's place in the notebook, from 1, Markdown cells counted
	Count int // the n of In [n]; 0 if the cell did not run

	State CellState
	Took  time.Duration
	Err   *engine.Error // of a cell that failed
}

// CellState says whether a cell ran.
type CellState int

// The states of a cell.
const (
	NotReached CellState = iota // the run ended before
	Skipped                     // it was left alone
	Passed
	Failed
	FailedAsMeant // it may fail, and did
)

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
	var res Result
	var jobs []*CellResult
	for i, cell := range nb.Cells {
		if cell.Type != notebook.Code {
			continue
		}
		skip := cell.HasTag("skip-execution") || opts.Skip != nil && opts.Skip(cell)
		if !skip {
			cell.Outputs, cell.ExecutionCount = nil, 0
		}
		if strings.TrimSpace(cell.Source) != "" {
			r := CellResult{Cell: i + 1}
			if skip {
				r.State = Skipped
			}
			res.Cells = append(res.Cells, r)
		}
	}
	for i := range res.Cells {
		if res.Cells[i].State != Skipped {
			jobs = append(jobs, &res.Cells[i])
		}
	}

	shown := newCollector()
	defer shown.seal()
	for done, j := range jobs {
		if ctx.Err() != nil {
			return res, ErrInterrupted
		}
		if opts.Progress != nil {
			opts.Progress(done, len(jobs))
		}
		cell := nb.Cells[j.Cell-1]
		j.Count, j.State = done+1, Passed
		started := time.Now()
		failure, err := runCell(ctx, eng, cell, j.Count, shown, opts.Timeout)
		j.Took = time.Since(started)
		res.Ran++
		mayFail := cell.HasTag("raises-exception") || opts.MayFail != nil && opts.MayFail(cell)
		if failure != nil {
			res.Failed++
			j.State, j.Err = Failed, failure
			if mayFail {
				j.State = FailedAsMeant
			}
		}
		switch {
		case err != nil:
			return res, err
		case failure != nil && !opts.AllowErrors && !mayFail:
			return res, &CellError{Cell: j.Cell, Count: j.Count, Err: failure}
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
