package headless

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rustygradients/rg/install"
	"github.com/rustygradients/rg/internal/atomicfile"
	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/internal/report"
	"github.com/rustygradients/rg/internal/run"
	"github.com/rustygradients/rg/internal/version"
	"github.com/rustygradients/rg/kernel"
	"github.com/rustygradients/rg/kernel/engine"
)

// Runner runs notebooks.
type Runner struct {
	Options    run.Options
	Parameters []run.Parameter // what every notebook is run with
	Jobs       int             // so many notebooks at a time; 0 means one
	Check      *Check          // compare the outputs with the saved ones; nil for no
	JUnit      string          // the file for a report of all cells; "" for none
	Stdout     io.Writer       // what was written, and what a check found
	Stderr     io.Writer       // progress, and tracebacks of failed cells

	// Start starts the engine for a notebook in dir; by default a worker process. The returned
	// function ends it.
	Start func(ctx context.Context, dir string) (engine.Engine, func(), error)
}

// Job is a notebook that was read, and where what comes of it goes.
type Job struct {
	run.Target
	Notebook *notebook.Notebook
}

// Load reads the notebooks. Its errors are about the input.
func (r *Runner) Load(targets []run.Target) ([]Job, error) {
	jobs := make([]Job, 0, len(targets))
	for _, t := range targets {
		nb, err := notebook.ReadFile(t.Notebook)
		if err != nil {
			return nil, err
		}
		if lang := nb.Language(); lang != "" && lang != "go" {
			return nil, fmt.Errorf("%s is written in %s; rg runs Go", t.Notebook, lang)
		}
		if err := run.Inject(nb, r.Parameters); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Notebook, err)
		}
		jobs = append(jobs, Job{t, nb})
	}
	return jobs, nil
}

// Run runs the jobs, Jobs of them at a time. A notebook that fails does not keep the next from running; the error is
// then that of the last one that failed. A cancelled ctx ends everything, and the notebooks that ran are not
// written.
func (r *Runner) Run(ctx context.Context, jobs []Job) error {
	if r.Start == nil {
		r.Start = startWorker
	}
	started := time.Now()
	outcomes := make([]outcome, len(jobs))
	line := newStatus(r.Stderr)
	var mu sync.Mutex // of line, the streams and failed
	var failed error
	done := 0
	run1 := func(i int) {
		job, o := jobs[i], &outcomes[i]
		o.started = time.Now()
		said, err := r.run(ctx, job, o, func(text string) {
			mu.Lock()
			defer mu.Unlock()
			if r.Jobs > 1 {
				text = fmt.Sprintf("%d of %d notebooks done; %s", done, len(jobs), text)
			}
			line.show(text)
		})
		o.took, o.err = time.Since(o.started), err
		mu.Lock()
		defer mu.Unlock()
		done++
		line.clear()
		fmt.Fprint(r.Stdout, said)
		var cellErr *run.CellError
		if errors.As(err, &cellErr) {
			r.traceback(cellErr.Err)
		}
		switch {
		case errors.Is(err, run.ErrInterrupted):
			if failed != nil && !errors.Is(failed, run.ErrInterrupted) {
				fmt.Fprintln(r.Stderr, "rgkernel:", failed)
			}
			failed = fmt.Errorf("%s: %w; nothing was written for it", job.Target.Notebook, err)
		case err != nil && errors.Is(failed, run.ErrInterrupted):
			fmt.Fprintf(r.Stderr, "rgkernel: %s: %v\n", job.Target.Notebook, err)
		case err != nil:
			if failed != nil {
				fmt.Fprintln(r.Stderr, "rgkernel:", failed)
			}
			failed = fmt.Errorf("%s: %w", job.Target.Notebook, err)
		}
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(max(1, r.Jobs), len(jobs)) {
		workers.Go(func() {
			for i := range next {
				if ctx.Err() == nil {
					run1(i)
				}
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	workers.Wait()
	if ctx.Err() != nil && failed == nil {
		failed = run.ErrInterrupted
	}
	if r.JUnit != "" && !errors.Is(failed, run.ErrInterrupted) {
		if err := r.writeJUnit(jobs, outcomes, time.Since(started)); err != nil {
			return errors.Join(err, failed)
		}
	}
	return failed
}

// run runs one job and returns what there is to say of it on standard output.
func (r *Runner) run(ctx context.Context, job Job, o *outcome, progress func(string)) (said string, err error) {
	for _, path := range []string{job.Executed, job.HTML} {
		if path != "" {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return "", err
			}
		}
	}
	dir, err := filepath.Abs(filepath.Dir(job.Target.Notebook))
	if err != nil {
		return "", err
	}
	eng, end, err := r.Start(ctx, dir)
	if err != nil {
		if ctx.Err() != nil {
			return "", run.ErrInterrupted
		}
		return "", err
	}
	defer end()

	opts := r.Options
	before := remember(job.Notebook)
	if r.Check != nil {
		opts = r.Check.options(opts)
	}
	opts.Progress = func(done, total int) {
		progress(fmt.Sprintf("%s: cell %d of %d", filepath.Base(job.Target.Notebook), done+1, total))
	}
	started := time.Now()
	o.result, err = run.Notebook(ctx, eng, job.Notebook, opts)
	if errors.Is(err, run.ErrInterrupted) {
		return "", err
	}
	if err != nil && job.Executed == job.Target.Notebook {
		return "", fmt.Errorf("%w; the notebook was left as it was", err)
	}
	if r.Check != nil {
		o.wrong = r.Check.differences(job.Notebook, before, o.result, r.Options.AllowErrors)
		said = explain(job.Target.Notebook, o.result, o.wrong)
		if len(o.wrong) > 0 && err == nil {
			err = &CheckError{len(o.wrong)}
		}
	}
	if writeErr := r.write(job); writeErr != nil {
		return said, errors.Join(writeErr, err)
	}
	said += fmt.Sprintf("%s: %d cells in %v", job.Target.Notebook, o.result.Ran, brief(time.Since(started)))
	if o.result.Failed > 0 {
		said += fmt.Sprintf(", %d failed", o.result.Failed)
	}
	switch {
	case r.Check != nil && len(o.wrong) > 0:
		said += fmt.Sprintf(", %d not as saved", len(o.wrong))
	case r.Check != nil && err == nil:
		said += ", all as saved"
	}
	var wrote []string
	for _, path := range []string{job.Executed, job.HTML} {
		if path != "" {
			wrote = append(wrote, path)
		}
	}
	if len(wrote) > 0 {
		said += "; wrote " + strings.Join(wrote, " and ")
	}
	return said + "\n", err
}

// write writes the report first: it can fail for more reasons, and then nothing is changed.
func (r *Runner) write(job Job) error {
	if _, ok := job.Notebook.Metadata["kernelspec"]; !ok {
		job.Notebook.Metadata["kernelspec"] = map[string]any{
			"name": install.DefaultName, "display_name": install.DefaultDisplayName, "language": "go",
		}
	}
	if job.HTML != "" {
		source := job.Target.Notebook
		page, err := report.HTML(job.Notebook, report.Options{
			Title:  strings.TrimSuffix(filepath.Base(source), filepath.Ext(source)),
			Dir:    filepath.Dir(source),
			Footer: "Run with " + version.Get().String() + ".",
		})
		if err != nil {
			return err
		}
		if err := atomicfile.Write(job.HTML, page); err != nil {
			return err
		}
	}
	if job.Executed != "" {
		return notebook.WriteFile(job.Executed, job.Notebook)
	}
	return nil
}

// traceback shows a failed cell's error as a terminal would have it.
func (r *Runner) traceback(e *engine.Error) {
	text := run.Plain(r.Stderr, strings.Join(e.Traceback, "\n"))
	if text = strings.TrimRight(text, "\n"); text != "" {
		fmt.Fprintln(r.Stderr, text)
	}
}

// brief rounds a duration to what a person wants to know.
func brief(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}

func startWorker(ctx context.Context, dir string) (engine.Engine, func(), error) {
	w, err := kernel.StartWorker(ctx, kernel.WorkerOptions{Dir: dir})
	if err != nil {
		return nil, nil, err
	}
	return w, w.Close, nil
}
