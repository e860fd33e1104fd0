//go:build cuda

package cuda

import (
	"errors"
	"fmt"

	"gorgonia.org/cu"
)

// A kernel that faults leaves its context in an error that every later call gives. Then the context is reset, so that the process can go on:
// with its memory go the tensors on the device. Blocks and functions tell by their generation that they are of a context that was.

// errLost is what an operation on storage of an earlier generation gives.
var errLost = errors.New("the elements were lost when the device was reset after a fault; make the tensor anew")

// errFreed is what one on storage that was freed gives.
var errFreed = errors.New("the storage was freed; a Scope frees what is made in it unless Keep is called")

// sticky are the errors that a context doesn't recover from.
var sticky = listed(cu.IllegalAddress, cu.LaunchTimeout, cu.Assert, cu.HardwareStackError, cu.IllegalInstruction, cu.MisalignedAddress,
	cu.InvalidAddressSpace, cu.InvalidPc, cu.LaunchFailed)

// listed makes a list of cu's results, whose type has no name outside of cu.
func listed[T any](v ...T) []T { return v }

// fromResult is the driver's result as an error that can be compared with sticky.
func fromResult(doing string, result int) error {
	for _, e := range sticky {
		if int(e) == result {
			return fmt.Errorf("%s: %w", doing, e)
		}
	}
	return driverError(doing, result)
}

// failed is the error of an operation that began in that generation of the context; if the context doesn't recover from it, it is reset.
func (b *Backend) failed(op string, generation int64, err error) error {
	if err == nil {
		return nil
	}
	for _, e := range sticky {
		if errors.Is(err, e) {
			last := op
			if p := b.launched.Load(); p != nil {
				last = *p
			}
			text := "the device was reset, and the tensors that were on it are lost"
			if failed := b.reset(generation); failed != nil {
				text = "the device can't be reset either (" + failed.Error() + "), so only a new session can use it"
			}
			return fmt.Errorf("%s on %s: a kernel failed (%w), that of %s or of an operation queued before it; %s; gpu.SetDebugSync(true) finds which",
				op, b.Name(), e, last, text)
		}
	}
	return fmt.Errorf("%s on %s: %w", op, b.Name(), err)
}

// reset makes a new context, unless that of the generation is no more.
func (b *Backend) reset(generation int64) error {
	b.loading.Lock()
	defer b.loading.Unlock()
	b.using.Lock()
	defer b.using.Unlock()
	if b.generation.Load() != generation {
		return nil
	}
	b.generation.Add(1)
	b.functions.Clear()
	clear(b.modules)
	b.pool.forget()
	if err := b.device.ResetPrimaryCtx(); err != nil {
		return err
	}
	return b.enter()
}

// lost reports whether a storage's block went with an earlier context.
func (s *Storage) lost() bool { return s.block != nil && s.block.generation != s.b.generation.Load() }

// gone is the error of a storage whose elements are no more, or nil.
func (s *Storage) gone() error {
	switch {
	case s.block == nil && s.n > 0:
		return errFreed
	case s.lost():
		return errLost
	}
	return nil
}

// anyGone is the error of the first whose elements are no more, or nil.
func anyGone(keep []*Storage) error {
	for _, s := range keep {
		if err := s.gone(); err != nil {
			return err
		}
	}
	return nil
}
