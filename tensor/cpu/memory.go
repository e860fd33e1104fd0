package cpu

import "sync"

// memoryLimit is how many bytes storage may take: nine tenths of what there is, to leave some to the rest
// of the program. What there is, is the machine's memory, or the container's. Asking Go for more than
// there is ends the process, which a mistyped shape must not do.
var memoryLimit = sync.OnceValue(func() uint64 { return min(physicalMemory(), containerMemory()) / 10 * 9 })
