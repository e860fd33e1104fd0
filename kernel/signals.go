package kernel

import (
	"os"
	"os/signal"
	"syscall"
)

// handleSignals makes SIGINT an interrupt and SIGTERM and SIGHUP the end.
func (s *session) handleSignals(end func()) (stop func()) {
	signals := make(chan os.Signal, 8)
	// SIGPIPE comes when no one reads the log any more, which is no reason to die.
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	go func() {
		for sig := range signals {
			switch sig {
			case os.Interrupt:
				s.interrupt()
			case syscall.SIGPIPE:
			default:
				s.logf("ended by signal: %v", sig)
				end()
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}
