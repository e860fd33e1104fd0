package tensortest

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// conv compares a backend's convolution and its gradients with the definition: seven nested loops, in float64.
func (s suite) conv(t *testing.T, b backend.ConvBackend) {
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for i, c := range []struct {
			images, channels, outs, h, w, kh, kw int
			how                                  backend.Conv
		}{
			{1, 1, 1, 1, 1, 1, 1, backend.Conv{Groups: 1}},
			{2, 3, 4, 5, 6, 3, 2, backend.Conv{Groups: 1}},
			{2, 4, 6, 9, 7, 3, 3, backend.Conv{Groups: 2, Stride: [2]int{2, 3}, Padding: [2]int{1, 2}}},
			{1, 2, 2, 11, 8, 2, 3, backend.Conv{Groups: 2, Dilation: [2]int{3, 2}, Padding: [2]int{2, 1}}},
			{1, 5, 70, 9, 9, 3, 3, backend.Conv{Groups: 1, Padding: [2]int{1, 1}}},
			{3, 2, 3, 33, 35, 2, 2, backend.Conv{Groups: 1}},
			{0, 2, 3, 4, 4, 2, 2, backend.Conv{Groups: 1}},
			{1, 1, 1, 4, 4, 1, 1, backend.Conv{Groups: 1, Stride: [2]int{2, 2}}},
		} {
			how := c.how
			for a := range 2 {
				how.Stride[a], how.Dilation[a] = max(how.Stride[a], 1), max(how.Dilation[a], 1)
			}
			oh := (c.h+2*how.Padding[0]-how.Dilation[0]*(c.kh-1)-1)/how.Stride[0] + 1
			ow := (c.w+2*how.Padding[1]-how.Dilation[1]*(c.kw-1)-1)/how.Stride[1] + 1
			for k := range layouts {
				t.Run(fmt.Sprintf("%s/%d/%s", dt, i, layouts[k].name), func(t *testing.T) {
					view := func(turn int, shape ...int) (backend.View, []float64) {
						l, size := layouts[(k+turn)%len(layouts)].make(shape)
						values := numbers(dt, size, uint64(60+turn))
						v := backend.View{Storage: upload(t, s.b, dt, values), Layout: l}
						var flat []float64
						if l.Len() > 0 {
							for _, row := range elements(v, values) {
								flat = append(flat, row...)
							}
						}
						return v, flat
					}
					room := func(shape ...int) backend.View { return s.destination(t, dt, shape, layouts[0]).got }
					xs := []int{c.images, c.channels, c.h, c.w}
					ws := []int{c.outs, c.channels / how.Groups, c.kh, c.kw}
					gs := []int{c.images, c.outs, oh, ow}
					x, xv := view(0, xs...)
					w, wv := view(2, ws...)
					g, gv := view(4, gs...)
					dst, dx, dw := room(gs...), room(xs...), room(ws...)
					for _, err := range []error{b.Conv2D(dst, x, w, how), b.Conv2DInputGrad(dx, w, g, how), b.Conv2DWeightGrad(dw, x, g, how)} {
						if err != nil {
							t.Fatal(err)
						}
					}
					want, wantX, wantW := convolve(how, xs, ws, gs, xv, wv, gv)
					s.wantRows(t, "result", dst, cut(want, ow))
					s.wantRows(t, "gradient of the images", dx, cut(wantX, c.w))
					s.wantRows(t, "gradient of the weight", dw, cut(wantW, c.kw))
				})
			}
		}
	}
}

// cut is a list as rows of n.
func cut(list []float64, n int) [][]float64 {
	var rows [][]float64
	for ; len(list) > 0; list = list[n:] {
		rows = append(rows, list[:n])
	}
	return rows
}

// convolve is the result and the gradients of images and weight, whose shapes are xs, ws and gs.
func convolve(c backend.Conv, xs, ws, gs []int, x, w, g []float64) (dst, dx, dw []float64) {
	dst, dx, dw = make([]float64, len(g)), make([]float64, len(x)), make([]float64, len(w))
	for n := range gs[0] {
		for o := range gs[1] {
			for place := range gs[2] * gs[3] {
				at := (n*gs[1]+o)*gs[2]*gs[3] + place
				for k := range ws[1] * ws[2] * ws[3] {
					channel, i, j := k/(ws[2]*ws[3]), k/ws[3]%ws[2], k%ws[3]
					row := place/gs[3]*c.Stride[0] - c.Padding[0] + i*c.Dilation[0]
					col := place%gs[3]*c.Stride[1] - c.Padding[1] + j*c.Dilation[1]
					if row < 0 || row >= xs[2] || col < 0 || col >= xs[3] {
						continue
					}
					from := ((n*xs[1]+o/(gs[1]/c.Groups)*ws[1]+channel)*xs[2]+row)*xs[3] + col
					weight := o*ws[1]*ws[2]*ws[3] + k
					dst[at] += x[from] * w[weight]
					dx[from] += g[at] * w[weight]
					dw[weight] += g[at] * x[from]
				}
			}
		}
	}
	return dst, dx, dw
}
