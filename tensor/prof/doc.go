// Package prof measures what tensors do: which operations run, for how long, on what shapes, how
// much arithmetic and how many bytes that is beside what the machine can do, and how much memory
// is held.
//
//	p := prof.Run(func() {
//		loss := model.Forward(x).CrossEntropy(y)
//		loss.Backward()
//		opt.Step()
//	})
//	p                         // a table, as a cell's last expression
//	viz.Timeline(p)           // a picture: when, and how much memory
//	p.WriteTrace("step.json") // for chrome://tracing and ui.perfetto.dev
//
// In a notebook, %%profile as a cell's first line does the same for the cell. Start and Stop
// measure across cells. Range names a part of the program; names nest.
//
// # What is an operation
//
// A call of a backend: what is measured is the matrix product, not the method of Tensor that
// checked shapes and recorded the graph before it. The time between operations (autograd, the
// interpreter, the program itself) is the table's last row, so that on one goroutine the rows
// add up to the wall time. Views cost nothing and don't appear. Each operation belongs to the
// forward pass, the backward pass, the optimizer, or other: what runs inside tensor.NoGrad.
//
// # Figures
//
// FLOPs and bytes come from the shapes by the formulas in cost.go and docs/profiling.md, not from
// counters of the processor. Rates stand beside two measured peaks, a large matrix product's
// arithmetic and a large copy's bytes; data in a cache can exceed the second.
//
// # Cost
//
// While nothing is profiled, an atomic load an operation. While something is, one to three tenths of a
// microsecond. Operations are kept one by one up to a limit, for the timeline, and counted in the
// table beyond it. Where a device computes in the background, marks are queued round each operation, and
// times are the device's own; a profile that is still open may not show the last of them. A backend that can't tell times is waited for after each operation.
//
// Everything here may be called from several goroutines.
package prof
