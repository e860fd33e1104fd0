package tensor

import "math"

// InterpolateMode says how Interpolate makes new elements.
type InterpolateMode int

// The modes.
const (
	Nearest      InterpolateMode = iota // the element before, as PyTorch's and OpenCV's "nearest"
	Linear                              // of two neighbours along each axis: linear, bilinear, trilinear
	Cubic                               // of four, with Keys's kernel for a = −0.75: bicubic
	NearestExact                        // the nearest element, as Pillow's
	Area                                // the mean of a bin, as AdaptiveAvgPool2D
)

// InterpolateOptions are for Interpolate. Either Size or Scale is given.
type InterpolateOptions struct {
	Size         []int   // of each axis after the channels
	Scale        float64 // multiplies the sizes; the result is rounded down
	Mode         InterpolateMode
	AlignCorners bool // the corner elements' centres stay, not the image's corners; for Linear and Cubic
}

// Interpolate resizes x (N, C, …) along the axes after the channels.
func (t *Tensor) Interpolate(o InterpolateOptions) *Tensor {
	const op = "interpolate"
	spatial := t.Rank() - 2
	if spatial < 1 || (len(o.Size) == 0) == (o.Scale == 0) || len(o.Size) > 0 && len(o.Size) != spatial {
		fail(op, []*Tensor{t}, "takes an input (N, C, …), and either a scale or a size for each axis after the channels")
	}
	if o.Mode != Nearest && o.Mode != NearestExact {
		if t.DType() != Float64 && t.DType() != Float32 {
			return t.inWide(func(x *Tensor) *Tensor { return x.Interpolate(o) })
		}
	}
	x := t
	for i := range spatial {
		axis, n := 2+i, t.Dim(2+i)
		var size int
		ratio := 0.0 // of a step in the result, in x
		if len(o.Size) > 0 {
			size = o.Size[i]
			ratio = float64(n) / float64(max(size, 1))
		} else {
			size = int(math.Floor(float64(n) * o.Scale))
			ratio = 1 / o.Scale
		}
		if size < 1 || n < 1 || size > 1<<24 {
			fail(op, []*Tensor{t}, "axis %d of size %d can't become %d long", axis, n, size)
		}
		switch {
		case o.Mode == Area:
			x = x.binMeans(op, axis, size)
			continue
		case o.AlignCorners && (o.Mode == Linear || o.Mode == Cubic):
			ratio = float64(n-1) / float64(max(size-1, 1))
		}
		x = x.resample(o, axis, size, ratio)
	}
	return x
}

// resample weighs up to four neighbours along one axis.
func (t *Tensor) resample(o InterpolateOptions, axis, size int, ratio float64) *Tensor {
	n := t.Dim(axis)
	var taps [4][]int64
	var weights [4][]float64
	add := func(tap, at int, w float64) {
		taps[tap] = append(taps[tap], int64(min(max(at, 0), n-1)))
		weights[tap] = append(weights[tap], w)
	}
	for i := range size {
		at := (float64(i)+0.5)*ratio - 0.5
		if o.AlignCorners {
			at = float64(i) * ratio
		}
		switch o.Mode {
		case Nearest:
			add(0, int(math.Floor(float64(i)*ratio)), 1)
		case NearestExact:
			add(0, int(math.Floor((float64(i)+0.5)*ratio)), 1)
		case Linear:
			at = max(at, 0)
			lo := min(int(at), n-1)
			add(0, lo, 1-(at-float64(lo)))
			add(1, lo+1, at-float64(lo))
		default:
			lo := math.Floor(at)
			for k := range 4 {
				add(k, int(lo)+k-1, keys(at-lo-float64(k-1)))
			}
		}
	}
	column := make([]int, t.Rank())
	for i := range column {
		column[i] = 1
	}
	column[axis] = size
	var out *Tensor
	for k, idx := range taps {
		if idx == nil {
			break
		}
		part := t.pick("interpolate", axis, t.index(idx))
		if o.Mode == Nearest || o.Mode == NearestExact {
			return part
		}
		w := Options{DType: t.DType(), Device: t.Device()}.FromSlice(weights[k]).Reshape(column...)
		if part = part.Mul(w); out == nil {
			out = part
		} else {
			out = out.Add(part)
		}
	}
	return out
}

// keys is the cubic convolution kernel (Keys 1981, eq. 8) for a = −0.75.
func keys(x float64) float64 {
	const a = -0.75
	x = math.Abs(x)
	switch {
	case x <= 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return ((a*x-5*a)*x+8*a)*x - 4*a
	}
	return 0
}

// PixelShuffle moves channels into space: (N, C·r², H, W) → (N, C, H·r, W·r) (Shi et al. 2016).
func (t *Tensor) PixelShuffle(r int) *Tensor {
	if t.Rank() != 4 || r < 1 || r > farthest || t.Dim(1)%(r*r) != 0 {
		fail("pixelshuffle", []*Tensor{t}, "takes an input (N, C·%d², H, W)", r)
	}
	n, c, h, w := t.Dim(0), t.Dim(1)/(r*r), t.Dim(2), t.Dim(3)
	return t.Reshape(n, c, r, r, h, w).Permute(0, 1, 4, 2, 5, 3).Reshape(n, c, h*r, w*r)
}

// PixelUnshuffle moves space into channels: (N, C, H·r, W·r) → (N, C·r², H, W).
func (t *Tensor) PixelUnshuffle(r int) *Tensor {
	if t.Rank() != 4 || r < 1 || r > farthest || t.Dim(2)%r != 0 || t.Dim(3)%r != 0 {
		fail("pixelunshuffle", []*Tensor{t}, "takes an input (N, C, H·%d, W·%[1]d)", r)
	}
	n, c, h, w := t.Dim(0), t.Dim(1), t.Dim(2)/r, t.Dim(3)/r
	return t.Reshape(n, c, h, r, w, r).Permute(0, 1, 3, 5, 2, 4).Reshape(n, c*r*r, h, w)
}
