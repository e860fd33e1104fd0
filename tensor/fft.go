package tensor

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/rustygradients/rg/tensor/backend"
)

// The discrete Fourier transforms. There is no complex data type: complex tensors (…, 2) have the real and the
// imaginary part along a last axis, as torch.view_as_real gives them, and that axis isn't counted among those
// that are transformed. Transforms are computed in float64, on the CPU unless the device's backend has them.

// FFTOptions are for the Fourier transforms.
type FFTOptions struct {
	Axis int     // of the axes without the one of the complex parts; the zero value is the last, 0 is named by -rank
	N    int     // the signal's length: it is cut or padded with zeros; 0 means as it is
	Norm FFTNorm // what divides
}

// FFTNorm says what a transform of length n is divided by.
type FFTNorm int

// The norms.
const (
	FFTBackward FFTNorm = iota // the inverse by n
	FFTOrtho                   // both by √n
	FFTForward                 // the forward transform by n
)

func (n FFTNorm) scale(length int, inverse bool) float64 {
	switch {
	case n == FFTOrtho:
		return 1 / math.Sqrt(float64(length))
	case inverse == (n == FFTBackward):
		return 1 / float64(length)
	}
	return 1
}

// FFT is Σⱼ xⱼ·e^(−2πi·jk/n) along an axis: complex (…, n, …, 2) → the same shape.
func (t *Tensor) FFT(o FFTOptions) *Tensor { return t.fft("fft", o, false) }

// IFFT is the inverse of FFT.
func (t *Tensor) IFFT(o FFTOptions) *Tensor { return t.fft("ifft", o, true) }

func (t *Tensor) fft(op string, o FFTOptions, inverse bool) *Tensor {
	t.checkComplex(op)
	axis := t.fftAxis(op, o, t.Rank()-1)
	x := t.To(floating(t.DType())).resized(op, axis, o.N)
	return x.dft(axis, inverse).MulScalar(o.Norm.scale(x.Dim(axis), inverse))
}

// RFFT is the first n/2 + 1 elements of the FFT of real x (…, n, …), which determine the rest: complex
// (…, n/2+1, …, 2).
func (t *Tensor) RFFT(o FFTOptions) *Tensor {
	const op = "rfft"
	axis := t.fftAxis(op, o, t.Rank())
	x := t.To(floating(t.DType())).resized(op, axis, o.N)
	n := x.Dim(axis)
	full := Complex(x, ZerosLike(x)).dft(axis, false)
	return full.Narrow(axis, 0, n/2+1).MulScalar(o.Norm.scale(n, false))
}

// IRFFT is the inverse of RFFT: complex (…, m, …, 2) → real (…, n, …). N is 2·(m−1) if it isn't given; for an
// odd n it must be. The imaginary parts of the first element, and of the last for an even n, don't count.
func (t *Tensor) IRFFT(o FFTOptions) *Tensor {
	const op = "irfft"
	t.checkComplex(op)
	axis := t.fftAxis(op, o, t.Rank()-1)
	n := o.N
	if n == 0 {
		n = 2 * (t.Dim(axis) - 1)
	}
	if n < 1 {
		fail(op, []*Tensor{t}, "the signal would be empty; give N")
	}
	half := t.To(floating(t.DType())).resized(op, axis, n/2+1)
	// The second half is the first, conjugate and backwards.
	rest := half.Narrow(axis, 1, (n-1)/2).Flip(axis).Conj()
	full := Cat(axis, half, rest).dft(axis, true)
	return full.Select(-1, 0).MulScalar(o.Norm.scale(n, true))
}

// FFT2 is FFT along the last two axes: complex (…, h, w, 2).
func (t *Tensor) FFT2(norm FFTNorm) *Tensor {
	return t.FFT(FFTOptions{Norm: norm}).FFT(FFTOptions{Axis: -2, Norm: norm})
}

// IFFT2 is the inverse of FFT2.
func (t *Tensor) IFFT2(norm FFTNorm) *Tensor {
	return t.IFFT(FFTOptions{Norm: norm}).IFFT(FFTOptions{Axis: -2, Norm: norm})
}

// FFTFreq is the frequencies of an FFT's n elements, for samples d apart: 0, 1, …, −2, −1, over n·d. Float32
// (n,).
func FFTFreq(n int, d float64) *Tensor {
	if n < 1 {
		panic(&Error{Op: "fftfreq", Hint: "takes at least one element"})
	}
	return Options{}.from("fftfreq", n, Float32, func(values []float64) {
		for i := range values {
			values[i] = float64((i+n/2)%n-n/2) / (float64(n) * d)
		}
	})
}

// RFFTFreq is the frequencies of an RFFT of n samples d apart: 0, 1, …, n/2, over n·d. Float32 (n/2+1,).
func RFFTFreq(n int, d float64) *Tensor {
	if n < 1 {
		panic(&Error{Op: "rfftfreq", Hint: "takes at least one element"})
	}
	return Arange(0, float64(n/2+1), 1).To(Float32).DivScalar(float64(n) * d)
}

// FFTShift moves the zero frequency to the middle of an axis.
func (t *Tensor) FFTShift(axis int) *Tensor { return t.Roll(t.Dim(axis)/2, axis) }

// IFFTShift is the inverse of FFTShift.
func (t *Tensor) IFFTShift(axis int) *Tensor { return t.Roll(-(t.Dim(axis) / 2), axis) }

// Complex joins a real and an imaginary part: (…) and (…) → (…, 2).
func Complex(re, im *Tensor) *Tensor {
	sameDevice("complex", re, im)
	shape := broadcast("complex", re, im)
	return Stack(-1, re.Expand(shape...), im.Expand(shape...))
}

// Real is the real part of complex (…, 2) → (…).
func (t *Tensor) Real() *Tensor {
	t.checkComplex("real")
	return t.Select(-1, 0)
}

// Imag is the imaginary part of complex (…, 2) → (…).
func (t *Tensor) Imag() *Tensor {
	t.checkComplex("imag")
	return t.Select(-1, 1)
}

// Conj is the complex conjugate of (…, 2).
func (t *Tensor) Conj() *Tensor {
	t.checkComplex("conj")
	return t.Mul(Options{DType: t.DType(), Device: t.Device()}.FromSlice([]float64{1, -1}))
}

// ComplexMul is the complex product of (…, 2) and (…, 2), broadcast.
func (t *Tensor) ComplexMul(y *Tensor) *Tensor {
	t.checkComplex("complexmul")
	y.checkComplex("complexmul")
	a, b, c, d := t.Real(), t.Imag(), y.Real(), y.Imag()
	return Complex(a.Mul(c).Sub(b.Mul(d)), a.Mul(d).Add(b.Mul(c)))
}

// ComplexAbs is the size √(a² + b²) of complex (…, 2) → (…). Its gradient at 0 is 0.
func (t *Tensor) ComplexAbs() *Tensor {
	t.checkComplex("complexabs")
	return t.Norm(2, -1)
}

func (t *Tensor) checkComplex(op string) {
	if t.Rank() == 0 || t.Dim(-1) != 2 {
		fail(op, []*Tensor{t}, "takes complex numbers (…, 2), with the real and the imaginary part along the last axis")
	}
	if !t.DType().IsFloat() {
		failTypes(op, []*Tensor{t}, "complex numbers are of floats; convert with To")
	}
}

func (t *Tensor) fftAxis(op string, o FFTOptions, rank int) int {
	axis := o.Axis
	if axis == 0 {
		axis = -1
	}
	return resolveAxis(op, axis, rank, t)
}

// resized cuts or pads an axis to n elements; 0 leaves it.
func (t *Tensor) resized(op string, axis, n int) *Tensor {
	have := t.Dim(axis)
	if n == 0 {
		n = have
	}
	switch {
	case n < 1:
		fail(op, []*Tensor{t}, "there is no transform of %d elements", n)
	case n < have:
		return t.Narrow(axis, 0, n)
	case n > have:
		sizes := make([]int, 2*(t.Rank()-axis))
		sizes[len(sizes)-1] = n - have
		return t.Pad(0, sizes...)
	}
	return t
}

// dft is the transform without a norm. Its transpose, by which the gradient goes back, is the one with the
// other sign.
func (t *Tensor) dft(axis int, inverse bool) *Tensor {
	last := t.Rank() - 2
	x := t.Detach().Transpose(axis, last)
	n := x.Dim(last)
	if b, ok := backend.As[backend.FourierBackend](t.backend()); ok {
		backend.Poll()
		from := x.To(Float64).Contiguous().Reshape(product(x.layout.Shape[:last]), n, 2)
		to, way := from.like("dft", Float64, from.layout.Shape), backend.ForwardDFT
		if inverse {
			way = backend.InverseDFT
		}
		must(b.DFT(to.v(), from.v(), way), "dft", t)
		out := to.To(t.DType()).Reshape(x.layout.Shape...)
		return record(out.Transpose(axis, last), "dft", dftAttr{axis, inverse}, t)
	}
	values := x.Float64s()
	if n > 0 {
		plan := fourier.NewCmplxFFT(n)
		row := make([]complex128, n)
		for at := 0; at < len(values); at += 2 * n {
			backend.Poll()
			part := values[at : at+2*n]
			for i := range row {
				row[i] = complex(part[2*i], part[2*i+1])
			}
			if inverse {
				plan.Sequence(row, row)
			} else {
				plan.Coefficients(row, row)
			}
			for i, v := range row {
				part[2*i], part[2*i+1] = real(v), imag(v)
			}
		}
	}
	out := Options{DType: t.DType(), Device: t.Device()}.FromSlice(values).Reshape(x.layout.Shape...)
	return record(out.Transpose(axis, last), "dft", dftAttr{axis, inverse}, t)
}

type dftAttr struct {
	axis    int
	inverse bool
}

func init() {
	moreRules(map[string]rule{
		"dft": of(nothing, func(c *call) *Tensor {
			a := c.node.attr.(dftAttr)
			return c.g.dft(a.axis, !a.inverse)
		}),
	})
}
