package tensor

import (
	"math"
	"slices"
)

// STFTOptions are for STFT and ISTFT.
type STFTOptions struct {
	N        int     // the length of a frame's transform
	Hop      int     // from one frame to the next; 0 means N/4
	Window   *Tensor // (w,) with w ≤ N, put in the middle of a frame; nil means ones (N,)
	NoCenter bool    // frame i begins at i·Hop; otherwise its middle is there, the signal continued by reflection
	TwoSided bool    // all N frequencies, not only the first N/2 + 1, which determine the rest
	Norm     FFTNorm // FFTOrtho divides by √N, as torch's normalized=True
	Length   int     // of the signal that ISTFT gives; 0 means up to the middle of the last frame
}

// check gives the options with the defaults put in, and the window of length N in the data type of t.
func (o STFTOptions) check(op string, t *Tensor) (STFTOptions, *Tensor) {
	if o.Hop == 0 {
		o.Hop = o.N / 4
	}
	if o.N < 1 || o.Hop < 1 || max(o.N, o.Hop, o.Length) > farthest || o.Length < 0 {
		fail(op, []*Tensor{t}, "frames of %d elements, %d apart, make no transform; give N of at least 4, or a Hop", o.N, o.Hop)
	}
	if o.Norm == FFTForward {
		fail(op, []*Tensor{t}, "the norm is FFTBackward or FFTOrtho")
	}
	if o.Window == nil {
		return o, Options{DType: floating(t.DType()), Device: t.Device()}.Ones(o.N)
	}
	sameDevice(op, t, o.Window)
	if o.Window.Rank() != 1 || o.Window.Len() > o.N {
		fail(op, []*Tensor{t, o.Window}, "the window is a vector of at most %d elements", o.N)
	}
	left := (o.N - o.Window.Len()) / 2
	return o, o.Window.To(floating(t.DType())).Pad(0, left, o.N-o.Window.Len()-left)
}

// STFT is the short-time Fourier transform of real signals: (T,) or (B, T) → complex (…, frequencies, frames, 2),
// the RFFT of overlapping frames, each multiplied with the window.
func (t *Tensor) STFT(o STFTOptions) *Tensor {
	const op = "stft"
	o, window := o.check(op, t)
	if t.Rank() != 1 && t.Rank() != 2 {
		fail(op, []*Tensor{t}, "takes a signal (T,) or signals (B, T)")
	}
	x := t.To(floating(t.DType()))
	if !o.NoCenter {
		x = x.PadWith(PadReflect, o.N/2, o.N/2)
	}
	if x.Dim(-1) < o.N {
		fail(op, []*Tensor{t}, "the signal is shorter than a frame of %d", o.N)
	}
	frames := x.Unfold(-1, o.N, o.Hop).Mul(window) // (…, frames, N)
	transform := FFTOptions{Norm: o.Norm}
	if o.TwoSided {
		return Complex(frames, ZerosLike(frames)).FFT(transform).Transpose(-3, -2)
	}
	return frames.RFFT(transform).Transpose(-3, -2)
}

// ISTFT is the inverse of STFT: complex (…, frequencies, frames, 2) → (…, T). Where frames overlap it takes the
// least squares estimate (Griffin and Lim 1984, eq. 6), so the windows must not all be 0 anywhere.
func (t *Tensor) ISTFT(o STFTOptions) *Tensor {
	const op = "istft"
	t.checkComplex(op)
	o, window := o.check(op, t)
	want := o.N/2 + 1
	if o.TwoSided {
		want = o.N
	}
	if t.Rank() != 3 && t.Rank() != 4 || t.Dim(-3) != want || t.Dim(-2) < 1 {
		fail(op, []*Tensor{t}, "takes (…, %d, frames, 2) for frames of %d", want, o.N)
	}
	transform := FFTOptions{N: o.N, Norm: o.Norm}
	var frames *Tensor // (…, frames, N)
	if x := t.Transpose(-3, -2); o.TwoSided {
		frames = x.IFFT(transform).Real()
	} else {
		frames = x.IRFFT(transform)
	}
	out := frames.Mul(window).overlapAdd(op, o.Hop)
	share := window.Square().Expand(frames.Dim(-2), o.N).overlapAdd(op, o.Hop)
	start, end := 0, out.Dim(-1)
	if !o.NoCenter {
		start, end = o.N/2, end-o.N/2
	}
	if o.Length > 0 {
		end = min(start+o.Length, out.Dim(-1))
	}
	out, share = out.Narrow(-1, start, max(end-start, 0)), share.Narrow(-1, start, max(end-start, 0))
	if share.Len() > 0 && share.Detach().Min().Item() < 1e-11 {
		fail(op, []*Tensor{t}, "the windows leave a gap: their squares add up to 0 somewhere; take a smaller Hop")
	}
	out = out.Div(share)
	if missing := o.Length - out.Dim(-1); missing > 0 {
		out = out.Pad(0, 0, missing)
	}
	return out
}

// overlapAdd adds frames (…, frames, N) up, hop apart: (…, (frames−1)·hop + N).
func (t *Tensor) overlapAdd(op string, hop int) *Tensor {
	frames, n := t.Dim(-2), t.Dim(-1)
	room(op, []*Tensor{t}, frames, n)
	room(op, []*Tensor{t}, frames, hop)
	length := (frames-1)*hop + n
	idx := make([]int64, 0, frames*n)
	for f := range frames {
		for i := range n {
			idx = append(idx, int64(f*hop+i))
		}
	}
	flat := t.Flatten(-2, -1)
	shape := append(slices.Clone(flat.layout.Shape[:flat.Rank()-1]), length)
	at := t.index(idx).Expand(flat.layout.Shape...)
	return alloc(op, t.backend(), t.DType(), shape).Fill(0).ScatterAdd(-1, at, flat)
}

// HannWindow is ½ − ½·cos(2πi/n), for i from 0 to n − 1: Float32 (n,), periodic as torch's.
func HannWindow(n int) *Tensor { return cosineWindow("hannwindow", n, 0.5, 0.5, 0) }

// HammingWindow is 0.54 − 0.46·cos(2πi/n): Float32 (n,), periodic.
func HammingWindow(n int) *Tensor { return cosineWindow("hammingwindow", n, 0.54, 0.46, 0) }

// BlackmanWindow is 0.42 − ½·cos(2πi/n) + 0.08·cos(4πi/n): Float32 (n,), periodic.
func BlackmanWindow(n int) *Tensor { return cosineWindow("blackmanwindow", n, 0.42, 0.5, 0.08) }

func cosineWindow(op string, n int, a, b, c float64) *Tensor {
	if n < 0 {
		panic(&Error{Op: op, Hint: "the length can't be negative"})
	}
	return Options{}.from(op, n, Float32, func(values []float64) {
		if n == 1 { // torch's one element
			values[0] = 1
			return
		}
		for i := range values {
			turn := 2 * math.Pi * float64(i) / float64(n)
			values[i] = a - b*math.Cos(turn) + c*math.Cos(2*turn)
		}
	})
}
