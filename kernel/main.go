package kernel

import (
	"context"
	"io"
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

	// Log receives what the kernel has to say about itself, by default os.Stderr.
	Log io.Writer
}

// HelpLink is one entry of a front end's Help menu.
type HelpLink struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// Main serves the front end that wrote connectionFile until it asks for shutdown, its process
// ends, or ctx is cancelled. An error means that the kernel could not be started.
func Main(ctx context.Context, connectionFile string, opts Options) error {
	return nil
}
