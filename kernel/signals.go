package kernel

import (
	"os"
	"os/signal"
	"syscall"
)

// handleSignals makes SIGINT an interrupt and SIGTERM and SIGHUP the end.
func (s *session) handleSignals(end func()) (stop func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for sig := range signals {
			if sig == os.Interrupt {
				s.interrupt()
				continue
			}
			s.logf("ended by signal: %v", sig)
			end()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}
