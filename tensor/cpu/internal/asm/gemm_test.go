package asm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/rustygradients/rg/tensor/dtype"
)

// bytesOf returns where a slice begins.
func bytesOf[T any](s []T) *byte { return (*byte)(unsafe.Pointer(unsafe.SliceData(s))) }

// tilesAgree compares tiles with the loop that they stand for. C and words of the operands are of size T.
func tilesAgree[T any](t *testing.T, name string, tiles *Tiles, word func() T, equal func(got, want T, k int) bool,
	reference func(rows, k int, a *byte, aRow, aCol int, b *byte, bRow int, c *byte, cRow, width, add int),
	element func() T,
) {
	size := int(unsafe.Sizeof(*new(T)))
	if tiles.Word != size {
		t.Errorf("%s: words have %d bytes, not %d", name, tiles.Word, size)
	}
	fill := func(n int, one func() T) []T {
		s := make([]T, n)
		for i := range s {
			s[i] = one()
		}
		return s
	}
	try := func(tile SizedTile, cols int) {
		// A as it lies and transposed, and panels as they are packed, of which a tile knows the strides; then all but one are
		// those.
		type strides struct{ aRow, aCol, bRow int }
		layouts := map[string]func(k int) strides{
			"rows":         func(k int) strides { return strides{k + 3, 1, cols + 5} },
			"columns":      func(int) strides { return strides{1, tile.Rows + 2, cols + 5} },
			"packed":       func(int) strides { return strides{1, tile.Rows, cols} },
			"all but aRow": func(k int) strides { return strides{k + tile.Rows, tile.Rows, cols} },
			"all but aCol": func(int) strides { return strides{1, tile.Rows + 1, cols} },
			"all but bRow": func(int) strides { return strides{1, tile.Rows, cols + 1} },
		}
		for _, k := range []int{0, 1, 2, 3, 4, 5, 8, 31, 39, 40, 41, 64, 170} {
			for layout, strides := range layouts {
				for add := range 2 {
					width := cols // all of it, or some
					if k%2 == 1 {
						width = 1 + (k+3*tile.Rows+7*add)%cols
					}
					l, cRow := strides(k), cols+7
					aRow, aCol, bRow := l.aRow, l.aCol, l.bRow
					n := 1 + (k+add)%3
					one := (k + tile.Rows) * (2*tile.Rows + 2)
					a, b, c := fill(n*one, word), fill((k+1)*bRow, word), fill(n*tile.Rows*cRow, element)
					want := slices.Clone(c)
					for i := range n {
						reference(tile.Rows, k, bytesOf(a[i*one:]), size*aRow, size*aCol, bytesOf(b), size*bRow, bytesOf(want[i*tile.Rows*cRow:]), size*cRow, size*width, add)
					}
					next := uintptr(unsafe.Pointer(bytesOf(b)))
					tile.F(n, k, bytesOf(a), size*aRow, size*aCol, size*one, bytesOf(b), size*bRow, bytesOf(c), size*cRow, size*width, add, next, next+256)
					for i := range c {
						if !equal(c[i], want[i], k) {
							t.Fatalf("%s/%dx%d/k=%d/%s/add=%d: row %d column %d is %v, want %v",
								name, tile.Rows, width, k, layout, add, i/cRow, i%cRow, c[i], want[i])
						}
					}
				}
			}
		}
	}
	for _, tile := range tiles.Sizes {
		try(tile, tiles.Cols)
	}
	for _, tile := range tiles.Narrow {
		try(tile, tiles.Cols/2)
	}
}

func TestTiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	float := func() float32 { return rng.Float32() - 0.5 }
	for _, set := range Sets() {
		tilesAgree(t, set.Name+"/f32", &set.F32, float, close32, tileGo[float32], float)
		double := func() float64 { return rng.Float64() - 0.5 }
		tilesAgree(t, set.Name+"/f64", &set.F64, double, func(got, want float64, k int) bool {
			return math.Abs(got-want) <= 1e-15*math.Sqrt(float64(k)+1)
		}, tileGo[float64], double)
		pair := func() int32 { // of what was int8
			return int32(rng.IntN(256)-128)<<16 | int32(uint16(rng.IntN(256)-128))
		}
		tilesAgree(t, set.Name+"/i16", &set.I16, pair, func(got, want int32, _ int) bool { return got == want }, pairTileGo,
			func() int32 { return int32(rng.Uint32()) })
		if set.BF16.Sizes == nil {
			continue
		}
		half := func() uint32 { return uint32(dtype.NarrowBFloat16(float())) }
		tilesAgree(t, set.Name+"/bf16", &set.BF16, func() uint32 { return half()<<16 | half() }, func(got, want uint32, k int) bool {
			return close32(math.Float32frombits(got), math.Float32frombits(want), 2*k)
		}, bf16TileGo, func() uint32 { return math.Float32bits(float()) })
	}
}

func TestTilesKeepNaNAndInf(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, set := range Sets() {
		for _, tile := range set.F32.Sizes {
			for _, test := range [][3]float32{{inf, 1, inf}, {inf, -1, -inf}, {inf, 0, nan}, {nan, 0, nan}, {3e38, 3e38, inf}} {
				a, b := make([]float32, tile.Rows), make([]float32, set.F32.Cols)
				c := make([]float32, tile.Rows*set.F32.Cols)
				for i := range a {
					a[i] = test[0]
				}
				for i := range b {
					b[i] = test[1]
				}
				tile.F(1, 1, bytesOf(a), 4, 4, 0, bytesOf(b), 4, bytesOf(c), 4*set.F32.Cols, 4*set.F32.Cols, 0, 0, 0)
				for i, v := range c {
					if v != test[2] && !(v != v && test[2] != test[2]) {
						t.Fatalf("%s, %d rows: element %d of %v·%v is %v", set.Name, tile.Rows, i, test[0], test[1], v)
					}
				}
			}
		}
	}
}

// Runs are copied in order: what one writes behind its end belongs to the next, or to the next row.
func TestWindow(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, set := range Sets() {
		for n := 1; n <= 5; n++ {
			for _, rows := range []int{1, 2, 7} {
				var runs []Run
				row := 0
				for range n {
					size := 4 * (1 + rng.IntN(RunBytes/4))
					runs = append(runs, Run{From: 4 * rng.IntN(50), To: row, Len: size})
					row += size
				}
				src := make([]byte, 600)
				for i := range src {
					src[i] = byte(rng.Uint32())
				}
				shifts := make([]int, rows)
				for i := range shifts {
					shifts[i] = 4 * rng.IntN(50)
				}
				got, want := make([]byte, rows*row+RunBytes), make([]byte, rows*row)
				windowGo(rows, bytesOf(want), row, bytesOf(src), &shifts[0], &runs[0].From, n)
				set.Window(rows, bytesOf(got), row, bytesOf(src), &shifts[0], &runs[0].From, n)
				if !slices.Equal(got[:len(want)], want) {
					t.Fatalf("%s: %d rows of runs %v differ", set.Name, rows, runs)
				}
			}
		}
	}
}

func TestTranspose8(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, set := range Sets() {
		for _, blocks := range []int{1, 2, 5} {
			const dstRow = 11
			srcRow := 8*blocks + 3
			src := make([]uint32, 8*srcRow) // any bits, those of a signalling NaN too
			for i := range src {
				src[i] = rng.Uint32()
			}
			got, want := make([]uint32, 8*blocks*dstRow), make([]uint32, 8*blocks*dstRow)
			transpose8Go(blocks, bytesOf(want), 4*dstRow, bytesOf(src), 4*srcRow)
			set.Transpose8(blocks, bytesOf(got), 4*dstRow, bytesOf(src), 4*srcRow)
			if !slices.Equal(got, want) {
				t.Errorf("%s: the transpose of %d blocks is wrong", set.Name, blocks)
			}
		}
	}
}

func TestTranspose4(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	for _, set := range Sets() {
		for _, blocks := range []int{1, 2, 5} {
			const dstRow = 7
			srcRow := 4*blocks + 3
			src := make([]uint64, 4*srcRow)
			for i := range src {
				src[i] = rng.Uint64()
			}
			got, want := make([]uint64, 4*blocks*dstRow), make([]uint64, 4*blocks*dstRow)
			transpose4Go(blocks, bytesOf(want), 8*dstRow, bytesOf(src), 8*srcRow)
			set.Transpose4(blocks, bytesOf(got), 8*dstRow, bytesOf(src), 8*srcRow)
			if !slices.Equal(got, want) {
				t.Errorf("%s: the transpose of %d blocks is wrong", set.Name, blocks)
			}
		}
	}
}

func TestSpread(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 6))
	for _, set := range Sets() {
		for _, width := range []int{4, 24, 32, 48, 56, 64, 112, 128} {
			for _, rows := range []int{1, 2, 9} {
				for _, panels := range []int{1, 3} {
					panel, srcRow := rows*width+SpreadSlack, panels*width+5
					src, got := make([]byte, rows*srcRow+SpreadSlack), make([]byte, panels*panel)
					for i := range src {
						src[i] = byte(rng.Uint32())
					}
					set.Spread(rows, panels, width, bytesOf(got), panel, bytesOf(src), srcRow)
					for i := range rows {
						for p := range panels {
							if !slices.Equal(got[p*panel+i*width:][:width], src[i*srcRow+p*width:][:width]) {
								t.Fatalf("%s: row %d of panel %d, of %d × %d bytes, is wrong", set.Name, i, p, rows, width)
							}
						}
					}
				}
			}
		}
	}
}

func dots[W, S any](l Line[W, S], n int, x *W, y *S, stride int) [Lines]W {
	a, b, c, d := l.Dots(n, x, y, stride)
	return [Lines]W{a, b, c, d}
}

// linesAgree compares a Line with the one in Go.
func linesAgree[W float32 | float64 | int32, S any](t *testing.T, name string, l, reference Line[W, S], eps float64, number func(float64) W, convert func(float64) S) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 28, 31, 32, 33, 39, 40, 64, 96, 101, 120, 320, 327} {
		for shift := range 3 { // alignment
			apart := n + 2*shift                                                                  // elements from line to line
			x, y, s := make([]W, n+shift+1), make([]W, n+shift+1), make([]S, Lines*apart+shift+1) // the last is to be left alone
			for i := range x {
				x[i], y[i] = number(rng.Float64()-0.5), number(rng.Float64()-0.5)
			}
			for i := range s {
				s[i] = convert(rng.Float64() - 0.5)
			}
			x, y, s = x[shift:], y[shift:], s[shift:]
			stride := apart * int(unsafe.Sizeof(s[0]))
			got, want := dots(l, n, &x[0], &s[0], stride), dots(reference, n, &x[0], &s[0], stride)
			for r := range want {
				if math.Abs(float64(got[r]-want[r])) > eps*math.Sqrt(float64(n)) {
					t.Errorf("%s: dot %d of %d is %v, want %v", name, r, n, got[r], want[r])
				}
				if same := dots(l, n, &x[0], &s[r*apart], 0); same != [Lines]W{got[r], got[r], got[r], got[r]} {
					t.Errorf("%s: dot %d of %d is %v, and %v as another line", name, r, n, got[r], same)
				}
				if alone := l.Dot(n, &x[0], &s[r*apart]); alone != got[r] {
					t.Errorf("%s: dot %d of %d is %v, and %v alone", name, r, n, got[r], alone)
				}
			}
			a := [Lines]W{number(0.7), number(-0.3), number(0.1), number(0.9)}
			sum, one, four := slices.Clone(y), slices.Clone(y), slices.Clone(y)
			for r, v := range a {
				reference.Axpy(n, v, &s[r*apart], &sum[0])
				l.Axpy(n, v, &s[r*apart], &one[0])
			}
			l.Axpys(n, &a, &s[0], stride, &four[0])
			if !slices.Equal(one, four) {
				t.Fatalf("%s: axpys of %d is not its axpy four times", name, n)
			}
			for i := range y {
				if math.Abs(float64(one[i]-sum[i])) > 4*eps {
					t.Fatalf("%s: axpy of %d: element %d is %v, want %v", name, n, i, one[i], sum[i])
				}
			}
		}
	}
}

func TestLines(t *testing.T) {
	f32, f64 := func(v float64) float32 { return float32(v) }, func(v float64) float64 { return v }
	for _, set := range Sets() {
		linesAgree(t, set.Name+"/f32", set.Line32, gemmGo.Line32, 1e-6, f32, f32)
		linesAgree(t, set.Name+"/f64", set.Line64, gemmGo.Line64, 1e-15, f64, f64)
		linesAgree(t, set.Name+"/bf16", set.LineBF16, gemmGo.LineBF16, 1e-6, f32, func(v float64) uint16 { return dtype.NarrowBFloat16(float32(v)) })
		linesAgree(t, set.Name+"/f16", set.LineF16, gemmGo.LineF16, 1e-6, f32, func(v float64) uint16 { return dtype.NarrowFloat16(float32(v)) })
		// Sums of large numbers wrap round.
		linesAgree(t, set.Name+"/int8", set.LineInt8, gemmGo.LineInt8, 0, func(v float64) int32 { return int32(v * (1 << 31)) }, func(v float64) int8 { return int8(v * 256) })
	}
}

// Conversions while packing: every half, every int8, in bits. A signalling NaN may become a quiet one.
func TestConversions(t *testing.T) {
	const n = 1 << 16
	halves := make([]uint16, n)
	for i := range halves {
		halves[i] = uint16(i)
	}
	got, want := make([]float32, n), make([]float32, n)
	for _, set := range Sets() {
		for name, f := range map[string][2]func(n int, dst, src *byte){
			"bf16": {set.WidenBF16, bwidenGo}, "f16": {set.WidenF16, hwidenGo},
		} {
			f[0](n, bytesOf(got), bytesOf(halves))
			f[1](n, bytesOf(want), bytesOf(halves))
			for i := range got {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) && (got[i] == got[i] || want[i] == want[i]) {
					t.Fatalf("%s: %s %#x is %v, want %v", set.Name, name, i, got[i], want[i])
				}
			}
		}
		for _, n := range []int{16, 48} {
			wide, want := make([]int16, n), make([]int16, n)
			pairs, wantPairs := make([]int16, 2*n), make([]int16, 2*n)
			set.Extend(n, bytesOf(wide), bytesOf(halves[100:]))
			iextendGo(n, bytesOf(want), bytesOf(halves[100:]))
			set.Pair(n, bytesOf(pairs), bytesOf(halves[100:]), bytesOf(halves[200:]))
			ipairGo(n, bytesOf(wantPairs), bytesOf(halves[100:]), bytesOf(halves[200:]))
			if !slices.Equal(wide, want) || !slices.Equal(pairs, wantPairs) {
				t.Errorf("%s: %d int8 became %v and %v, want %v and %v", set.Name, n, wide, pairs, want, wantPairs)
			}
			set.Pair16(n, bytesOf(pairs), bytesOf(halves[100:]), bytesOf(halves[200:]))
			bpairGo(n, bytesOf(wantPairs), bytesOf(halves[100:]), bytesOf(halves[200:]))
			if !slices.Equal(pairs, wantPairs) {
				t.Errorf("%s: pairs of %d are %v, want %v", set.Name, n, pairs, wantPairs)
			}
		}
	}
}
