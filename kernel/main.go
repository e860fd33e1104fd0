package kernel

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/heap"
)

// Options configure a front. The zero value is usable.
type Options struct {
	// WorkerCommand is the argv that starts a worker; by default this executable with the
	// argument "worker".
	WorkerCommand []string

	// WorkerEnv is added to the environment of the worker, as "KEY=value".
	WorkerEnv []string

	Implementation string     // kernel_info's implementation; by default "rg"
	Version        string     // kernel_info's implementation_version; by default "0.0.0"
	Banner         string     // shown by consoles when they connect
	HelpLinks      []HelpLink // shown in the front end's Help menu

	// Language is kernel_info's language_info: what the engine's Info says.
	Language engine.LanguageInfo

	// History is the file that keeps what was run, across sessions; "" keeps it in memory.
	History string

	// Log receives what the kernel has to say about itself, by default os.Stderr.
	Log io.Writer
}

// HelpLink is one entry of a front end's Help menu.
type HelpLink struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// linger is how long the last messages may take to reach their readers.
const linger = 2 * time.Second

// Main serves the front end that wrote connectionFile until it asks for shutdown, its process
// ends, or ctx is cancelled. An error means that the kernel could not be started.
//
// Main takes over the process's SIGINT, which interrupts the running cell, and SIGTERM and SIGHUP,
// which end the session.
func Main(ctx context.Context, connectionFile string, opts Options) error {
	conn, err := ReadConnection(connectionFile)
	if err != nil {
		return err
	}
	if opts.WorkerCommand == nil {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("finding the worker's executable: %w", err)
		}
		opts.WorkerCommand = []string{self, "worker"}
	}
	if opts.Implementation == "" {
		opts.Implementation = "rg"
	}
	if opts.Version == "" {
		opts.Version = "0.0.0"
	}
	if opts.HelpLinks == nil {
		opts.HelpLinks = []HelpLink{}
	}
	if opts.Log == nil {
		opts.Log = os.Stderr
	}
	defer heap.Ballast(heap.Light)()
	out := newAsyncLog(opts.Log)
	defer out.close()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := newSession(ctx, conn, opts, out.logger().Printf)
	go s.workers.run() // first of all: it is what takes longest
	if err := s.listen(); err != nil {
		s.workers.close()
		s.history.Close()
		return err
	}
	stopSignals := s.handleSignals(cancel)
	defer stopSignals()
	watchParent(ctx, func() {
		s.logf("the process that started the kernel is gone")
		cancel()
	})
	go s.runShell(s.shells.main)

	failed := make(chan error, 1)
	go func() {
		if _, err := s.workers.worker(ctx); err != nil && ctx.Err() == nil {
			failed <- err
		}
	}()
	select {
	case <-ctx.Done():
	case <-s.stop:
	case err = <-failed:
	}
	s.close()
	return err
}
