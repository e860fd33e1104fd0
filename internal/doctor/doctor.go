package doctor

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
	"github.com/rustygradients/rg/internal/version"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// Status is how a check ended.
type Status int

// The statuses, the worst last.
const (
	OK Status = iota
	Warning
	Broken
)

func (s Status) String() string { return [...]string{"ok", "warning", "broken"}[s] }

// Finding is the outcome of one check.
type Finding struct {
	Subject string // what was looked at, one or two words
	Status  Status
	Found   string
	Cure    string // what to do; "" if nothing
}

// Options configure an examination.
type Options struct {
	// Start starts a worker and returns its engine and how to end it.
	Start func(context.Context) (engine.Engine, func(), error)

	// GPUs lists the graphics cards; nil looks for them.
	GPUs func(context.Context) []string
}

// startLimit bounds the wait for a worker that may never answer.
const startLimit = 30 * time.Second

// Examine makes all checks.
func Examine(ctx context.Context, opts Options) []Finding {
	findings := []Finding{
		{Subject: "rg", Found: version.Get().String()},
		system(),
		processor(),
		gpu(ctx, opts.GPUs),
		worker(ctx, opts.Start),
		shell(),
		python(),
		jupyter(ctx),
		paths(),
	}
	findings = append(findings, kernelspecs()...)
	return append(findings, cache())
}

// Print writes the findings for a person and returns the worst status.
func Print(w io.Writer, findings []Finding) Status {
	worst, width := OK, 0
	for _, f := range findings {
		width = max(width, len(f.Subject))
	}
	mark := [...]string{"✓", "!", "✗"}
	for _, f := range findings {
		worst = max(worst, f.Status)
		fmt.Fprintf(w, "%s %-*s  %s\n", mark[f.Status], width, f.Subject, f.Found)
		if f.Cure != "" {
			fmt.Fprintf(w, "  %-*s  → %s\n", width, "", f.Cure)
		}
	}
	return worst
}

// worker runs 1 + 1 the way a cell runs.
func worker(ctx context.Context, start func(context.Context) (engine.Engine, func(), error)) Finding {
	f := Finding{
		Subject: "worker", Status: Broken,
		Cure: "cells can't run until this works: build or install rgkernel again; if it stays so, report it with this output",
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	began := time.Now()
	eng, end, err := start(ctx)
	if err != nil {
		f.Found = "does not start: " + err.Error()
		return f
	}
	defer end()
	up := time.Since(began)
	began = time.Now()
	var out answer
	if err := eng.Execute(ctx, engine.Cell{Number: 1, Code: "1 + 1"}, &out); err != nil {
		f.Found = "1 + 1 fails: " + err.Error()
		return f
	}
	if got := strings.TrimSpace(out.text); got != "2" {
		f.Found = fmt.Sprintf("1 + 1 gives %q", got)
		return f
	}
	return Finding{
		Subject: "worker",
		Found:   fmt.Sprintf("starts in %v, answers 1 + 1 in %v", up.Round(time.Millisecond), time.Since(began).Round(10*time.Microsecond)),
	}
}

// answer keeps the text of the result.
type answer struct{ text string }

func (a *answer) Result(b display.Bundle)               { a.text = b.Plain() }
func (a *answer) Stream(string, string)                 {}
func (a *answer) Display(display.Bundle)                {}
func (a *answer) Update(display.Bundle)                 {}
func (a *answer) Clear(bool)                            {}
func (a *answer) Page(display.Bundle)                   {}
func (a *answer) Rewrite(string)                        {}
func (a *answer) Comm(engine.CommMessage)               {}
func (a *answer) ReadLine(string, bool) (string, error) { return "", engine.ErrNoInput }

// reinstall is the command line that puts a kernelspec where it is now.
func reinstall(spec install.Installed) string {
	line := "install"
	data := filepath.Dir(filepath.Dir(spec.Dir))
	if user, err := install.UserDir(); err != nil || user != data {
		line += " --prefix " + filepath.Dir(filepath.Dir(data))
	}
	if spec.Name != install.DefaultName {
		line += " --name " + spec.Name
	}
	return line
}

func sameFile(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errors.Join(errA, errB) == nil && os.SameFile(ia, ib)
}

// cache checks that the folder where downloads go can be written to.
func cache() Finding {
	f := Finding{Subject: "cache", Status: Warning, Cure: "set XDG_CACHE_HOME to a folder that can be written to"}
	base, err := os.UserCacheDir()
	if err != nil {
		f.Found = err.Error()
		return f
	}
	dir := filepath.Join(base, "rg")
	// Looked for, not made: an examination leaves nothing behind.
	near := dir
	for {
		if _, err := os.Stat(near); err == nil || filepath.Dir(near) == near {
			break
		}
		near = filepath.Dir(near)
	}
	probe, err := os.CreateTemp(near, ".rg-doctor-")
	if err != nil {
		f.Found = fmt.Sprintf("%s can't be written to: %v", dir, err)
		return f
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	return Finding{Subject: "cache", Found: dir}
}
