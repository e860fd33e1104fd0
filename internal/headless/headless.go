package headless

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
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
	Options run.Options
	Stdout  io.Writer // what was written
	Stderr  io.Writer // progress, and tracebacks of failed cells

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
		jobs = append(jobs, Job{t, nb})
	}
	return jobs, nil
}

// Run runs the jobs one after another. A notebook that fails does not keep the next from running;
// the error is then that of the last one that failed. A cancelled ctx ends everything, and the
// notebook that ran is not written.
func (r *Runner) Run(ctx context.Context, jobs []Job) error {
	if r.Start == nil {
		r.Start = startWorker
	}
	var failed error
	for _, job := range jobs {
		err := r.run(ctx, job)
		if errors.Is(err, run.ErrInterrupted) {
			return fmt.Errorf("%s: %w; nothing was written for it", job.Target.Notebook, err)
		}
		if err != nil {
			if failed != nil {
				fmt.Fprintln(r.Stderr, "rgkernel:", failed)
			}
			failed = fmt.Errorf("%s: %w", job.Target.Notebook, err)
		}
	}
	return failed
}

func (r *Runner) run(ctx context.Context, job Job) error {
	for _, path := range []string{job.Executed, job.HTML} {
		if path != "" {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return err
			}
		}
	}
	dir, err := filepath.Abs(filepath.Dir(job.Target.Notebook))
	if err != nil {
		return err
	}
	eng, end, err := r.Start(ctx, dir)
	if err != nil {
		if ctx.Err() != nil {
			return run.ErrInterrupted
		}
		return err
	}
	defer end()

	opts, line := r.Options, newStatus(r.Stderr)
	opts.Progress = func(done, total int) {
		line.show(fmt.Sprintf("%s: cell %d of %d", filepath.Base(job.Target.Notebook), done+1, total))
	}
	started := time.Now()
	res, err := run.Notebook(ctx, eng, job.Notebook, opts)
	line.clear()
	if errors.Is(err, run.ErrInterrupted) {
		return err
	}
	var cellErr *run.CellError
	if errors.As(err, &cellErr) {
		r.traceback(cellErr.Err)
	}
	if err != nil && job.Executed == job.Target.Notebook {
		return fmt.Errorf("%w; the notebook was left as it was", err)
	}
	if writeErr := r.write(job); writeErr != nil {
		return errors.Join(writeErr, err)
	}
	what := fmt.Sprintf("%d cells in %v", res.Ran, brief(time.Since(started)))
	if res.Failed > 0 {
		what += fmt.Sprintf(", %d failed", res.Failed)
	}
	var wrote []string
	for _, path := range []string{job.Executed, job.HTML} {
		if path != "" {
			wrote = append(wrote, path)
		}
	}
	fmt.Fprintf(r.Stdout, "%s: %s; wrote %s\n", job.Target.Notebook, what, strings.Join(wrote, " and "))
	return err
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
