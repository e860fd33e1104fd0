package worker

import "github.com/rustygradients/rg/kernel/engine"

// Main serves the front that started this process until it ends the session. newEngine is called
// once. The error, if any, is for standard error and a non-zero exit status.
func Main(newEngine func() (engine.Engine, error)) error {
	_, err := newEngine()
	return err
}
