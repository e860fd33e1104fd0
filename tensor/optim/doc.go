// Package optim trains parameters by their gradients.
//
// An optimizer holds the parameters, and beside each whatever it remembers of it. One step is three
// lines:
//
//	loss.Backward()  // adds to each parameter's Grad
//	opt.Step()       // moves each parameter that has one
//	opt.ZeroGrad()   // drops the gradients
//
// The meaning of every option, and its default, is PyTorch's. A schedule is a function of the step:
//
//	schedule := optim.Cosine{Peak: 3e-4, Floor: 3e-5, Warmup: 100, Steps: 5000}
//	for step := range 5000 {
//		opt.SetLR(schedule.At(step))
//		…
//		optim.ClipGradNorm(params, 1)
//		opt.Step()
//	}
//
// Training in Float16 goes through a GradScaler; see there and tensor.Autocast.
package optim
