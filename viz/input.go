package viz

import (
	"fmt"
	"image"
	"math"
	"reflect"
)

// array is what a *tensor.Tensor, or anything else with a shape, is to this package.
type array interface {
	Shape() []int
	Float64s() []float64 // row-major
}

// grid is gonum's mat.Matrix, as far as it is needed here.
type grid interface {
	Dims() (r, c int)
	At(i, j int) float64
}

// dense is any input in one form: row-major numbers and a shape.
type dense struct {
	shape []int
	data  []float64
}

// huge is where numbers count as infinite: no picture has use for them, and their differences would
// overflow in the arithmetic of axes.
const huge = 1e100

func finite(v float64) bool { return math.Abs(v) < huge } // false for NaN

// toDense copies numbers out of whatever v is: slices and arrays of numbers or bools, nested to any
// depth, a gonum matrix, a tensor.
func toDense(fn, name string, v any) dense {
	switch v := v.(type) {
	case nil:
		fail(fn, "%s is nil; pass a slice of numbers or a tensor", name)
	case []float64:
		return dense{[]int{len(v)}, append([]float64(nil), v...)}
	case array:
		if isNilPointer(v) {
			fail(fn, "%s is a nil %T", name, v)
		}
		d := dense{append([]int(nil), v.Shape()...), append([]float64(nil), v.Float64s()...)}
		n := 1
		for _, s := range d.shape {
			n *= s
		}
		if n != len(d.data) {
			fail(fn, "%s: %T has shape %v but %d values", name, v, d.shape, len(d.data))
		}
		return d
	case grid:
		if isNilPointer(v) {
			fail(fn, "%s is a nil %T", name, v)
		}
		rows, cols := v.Dims()
		d := dense{[]int{rows, cols}, make([]float64, 0, rows*cols)}
		for i := range rows {
			for j := range cols {
				d.data = append(d.data, v.At(i, j))
			}
		}
		return d
	}
	r := reflect.ValueOf(v)
	for r.Kind() == reflect.Pointer && !r.IsNil() {
		r = r.Elem()
	}
	if r.Kind() != reflect.Slice && r.Kind() != reflect.Array {
		fail(fn, "%s is a %T; pass a slice of numbers or a tensor", name, v)
	}
	var d dense
	d.shape = append(d.shape, r.Len())
	d.collect(fn, name, v, r, 0)
	return d
}

func isNilPointer(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

// collect appends the numbers of r, whose length is already in the shape at depth.
func (d *dense) collect(fn, name string, whole any, r reflect.Value, depth int) {
	for i := range r.Len() {
		e := r.Index(i)
		for e.Kind() == reflect.Interface || e.Kind() == reflect.Pointer {
			if e.IsNil() {
				fail(fn, "%s: element %d is nil", name, i)
			}
			e = e.Elem()
		}
		switch e.Kind() {
		case reflect.Slice, reflect.Array:
			switch {
			case len(d.shape) == depth+1:
				if len(d.data) > 0 {
					fail(fn, "%s mixes numbers and lists", name)
				}
				d.shape = append(d.shape, e.Len())
			case d.shape[depth+1] != e.Len():
				fail(fn, "%s: rows have different lengths: row 0 has %d, row %d has %d",
					name, d.shape[depth+1], i, e.Len())
			}
			d.collect(fn, name, whole, e, depth+1)
			continue
		}
		if len(d.shape) != depth+1 {
			fail(fn, "%s mixes numbers and lists", name)
		}
		x, ok := toFloat(e)
		if !ok {
			fail(fn, "%s is a %T; pass a slice of numbers or a tensor", name, whole)
		}
		d.data = append(d.data, x)
	}
}

func toFloat(v reflect.Value) (float64, bool) {
	switch {
	case v.CanFloat():
		return v.Float(), true
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.Kind() == reflect.Bool:
		if v.Bool() {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// numbers reads a list; a tensor of any shape is read as its elements in order.
func numbers(fn, name string, v any) []float64 { return toDense(fn, name, v).data }

// toMatrix reads rows of equal length. A list becomes one row; axes of length 1 in front of a matrix
// are dropped, so that attention of shape (1, 1, T, T) is a matrix too.
func toMatrix(fn, name string, v any) (rows, cols int, data []float64) {
	d := toDense(fn, name, v)
	shape := d.shape
	for len(shape) > 2 && shape[0] == 1 {
		shape = shape[1:]
	}
	switch len(shape) {
	case 0:
		return 1, 1, d.data
	case 1:
		return 1, shape[0], d.data
	case 2:
		return shape[0], shape[1], d.data
	}
	fail(fn, "%s has shape %v; a matrix is wanted: choose one by index first", name, d.shape)
	return 0, 0, nil
}

// toInts reads whole numbers.
func toInts(fn, name string, v any) []int {
	xs := numbers(fn, name, v)
	out := make([]int, len(xs))
	for i, x := range xs {
		if x != math.Trunc(x) || math.Abs(x) > 1<<53 {
			fail(fn, "%s: element %d is %v; class numbers are whole", name, i, x)
		}
		out[i] = int(x)
	}
	return out
}

// toPictures reads images: image.Image values, or numbers of shape (N, H, W), (N, C, H, W) or
// (N, H, W, C) with one or three channels, or (N, H·W) flattened, with h × w given or square.
func toPictures(fn string, v any, o ImageGridOptions) []picture {
	switch v := v.(type) {
	case []image.Image:
		out := make([]picture, len(v))
		for i, img := range v {
			if img == nil {
				fail(fn, "image %d is nil", i)
			}
			out[i] = fromImage(img)
		}
		return out
	case image.Image:
		return []picture{fromImage(v)}
	}
	d := toDense(fn, "images", v)
	if d.shape[0] == 0 {
		return nil
	}
	n, h, w, channels, last := 0, 0, 0, 1, false
	switch s := d.shape; {
	case len(s) == 1:
		n, h, w = 1, 0, s[0]
	case len(s) == 2:
		n, h, w = s[0], 0, s[1]
	case len(s) == 3:
		n, h, w = s[0], s[1], s[2]
	case len(s) == 4 && (s[1] == 1 || s[1] == 3):
		n, channels, h, w = s[0], s[1], s[2], s[3]
	case len(s) == 4 && (s[3] == 1 || s[3] == 3):
		n, h, w, channels, last = s[0], s[1], s[2], s[3], true
	default:
		fail(fn, "images of shape %v; the shapes known are (N, H, W), (N, C, H, W) and (N, H, W, C) with 1 or 3 channels, and (N, H·W)", s)
	}
	if h == 0 { // flattened
		h, w = unflatten(fn, w, o)
	}
	if n*h*w*channels == 0 {
		return nil
	}
	lo, hi := o.Low, o.High
	if lo == hi {
		lo, hi = brightness(d.data)
	}
	out := make([]picture, n)
	size := h * w * channels
	for i := range out {
		p := picture{w: w, h: h, rgb: channels == 3, pix: make([]float64, size)}
		for j, x := range d.data[i*size : (i+1)*size] {
			if !last && channels == 3 { // planes to pixels
				j = j%(h*w)*3 + j/(h*w)
			}
			p.pix[j] = (x - lo) / (hi - lo)
		}
		out[i] = p
	}
	return out
}

func unflatten(fn string, n int, o ImageGridOptions) (h, w int) {
	switch {
	case o.ImageHeight > 0 && o.ImageWidth > 0:
		h, w = o.ImageHeight, o.ImageWidth
	case o.ImageHeight > 0:
		h, w = o.ImageHeight, n/o.ImageHeight
	case o.ImageWidth > 0:
		h, w = n/o.ImageWidth, o.ImageWidth
	default:
		h = int(math.Round(math.Sqrt(float64(n))))
		w = h
	}
	if h*w != n {
		hint := "set ImageHeight and ImageWidth"
		if o.ImageHeight > 0 || o.ImageWidth > 0 {
			hint = fmt.Sprintf("ImageHeight × ImageWidth is %d × %d", h, w)
		}
		fail(fn, "images of %d values each are not square; %s", n, hint)
	}
	return h, w
}

// brightness finds what is black and what is white: 0 … 1 and 0 … 255 where the values look like
// those, else the range of the values with 0 in it.
func brightness(data []float64) (lo, hi float64) {
	for _, x := range data {
		if finite(x) {
			lo, hi = min(lo, x), max(hi, x)
		}
	}
	switch {
	case lo >= 0 && hi <= 1 && hi > 0.5:
		return 0, 1
	case lo >= 0 && hi > 128 && hi <= 255:
		return 0, 255
	case lo == hi:
		return lo, lo + 1
	}
	return lo, hi
}
