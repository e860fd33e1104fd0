//go:build cuda

package cuda

import (
	"sync"

	"gorgonia.org/cu"
)

// Uploads run on a stream of their own, beside kernels that were queued before them. That stream waits until the block that an upload writes
// is idle, and the stream of kernels, for all that is queued later, until the upload is there. A download waits for what computes its source
// anyway, and stays on the stream of kernels; so do small uploads, which don't pay for two events.

// transferSize is how many bytes, at least, have the stream of transfers.
const transferSize = 64 << 10

type transfers struct {
	mu     sync.Mutex
	stream cu.Stream
	there  cu.Event // the last upload is
}

// newTransfers makes the stream, in the context that is the thread's.
func newTransfers() (t *transfers, err error) {
	t = &transfers{}
	if t.stream, err = cu.MakeStream(cu.NonBlocking); err != nil {
		return nil, err
	}
	t.there, err = cu.MakeEvent(cu.DisableTiming)
	return t, err
}

// markIdle records that a block is idle when what is queued now is done.
func (b *Backend) markIdle(block *block) error {
	_, err := b.inContext(func() (err error) {
		if block.generation != b.generation.Load() {
			return errLost
		}
		if block.idle == (cu.Event{}) {
			if block.idle, err = cu.MakeEvent(cu.DisableTiming); err != nil {
				return err
			}
		}
		return block.idle.Record(b.stream)
	})
	return err
}

// roomFor finds a block for an upload of all of a storage: the one that it has if nothing has used that, or another that says when it is idle. Where
// there is neither, the upload goes to the one that it has, behind what is queued, and that one will say when it is idle.
func (b *Backend) roomFor(s *Storage) (beside bool) {
	if s.block.fresh.Load() {
		s.block.upload = true
		return true
	}
	other := b.pool.reuseUpload(s.bytes())
	if other == nil {
		s.block.upload = true
		return false
	}
	s.cleanup.Stop()
	b.pool.put(s.block)
	s.hold(other)
	return true
}

// transfer queues an upload beside the kernels.
func (b *Backend) transfer(s *Storage, src []byte) error {
	t := b.transfers
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.block.idle != (cu.Event{}) {
		if err := t.stream.Wait(s.block.idle, 0); err != nil {
			return err
		}
	}
	s.block.fresh.Store(false)
	if err := b.staging.upload(cu.DevicePtr(s.address()), src, t.stream); err != nil {
		return err
	}
	if err := t.there.Record(t.stream); err != nil {
		return err
	}
	return b.stream.Wait(t.there, 0)
}
