package optim

import "math"

// Schedule gives the learning rate of each step, the first being 0.
type Schedule interface {
	At(step int) float64
}

// Constant is one rate, after a linear warmup.
type Constant struct {
	Rate   float64
	Warmup int // steps
}

// At returns the rate of a step.
func (c Constant) At(step int) float64 { return warm(step, c.Warmup, c.Rate) }

// Cosine rises to Peak by a linear warmup, falls to Floor along half a cosine until Steps (Loshchilov
// and Hutter 2017), and stays there.
type Cosine struct {
	Peak, Floor float64
	Warmup      int // steps of rising, part of Steps
	Steps       int
}

// At returns the rate of a step.
func (c Cosine) At(step int) float64 {
	if step < c.Warmup {
		return warm(step, c.Warmup, c.Peak)
	}
	return c.Floor + (c.Peak-c.Floor)*0.5*(1+math.Cos(math.Pi*progress(step, c.Warmup, c.Steps)))
}

// Linear rises to Peak by a linear warmup, falls to Floor in a line until Steps, and stays there.
type Linear struct {
	Peak, Floor float64
	Warmup      int // steps of rising, part of Steps
	Steps       int
}

// At returns the rate of a step.
func (l Linear) At(step int) float64 {
	if step < l.Warmup {
		return warm(step, l.Warmup, l.Peak)
	}
	return l.Floor + (l.Peak-l.Floor)*(1-progress(step, l.Warmup, l.Steps))
}

// warm is the rate on the way up. Step 0 already moves.
func warm(step, warmup int, peak float64) float64 {
	if step >= warmup {
		return peak
	}
	return peak * float64(step+1) / float64(warmup+1)
}

// progress is how much of the way down is done, between 0 and 1.
func progress(step, warmup, steps int) float64 {
	if step >= steps {
		return 1
	}
	return float64(step-warmup) / float64(steps-warmup)
}
