package viz

import (
	"image/color"
	"math"
)

// colorScale maps 0 … 1 to colours by interpolating between equally spaced stops in Oklab (Ottosson
// 2020), where equal steps look equal.
type colorScale []color.NRGBA

func (t *colors) sequential() colorScale {
	return append(append(colorScale{}, t.low...), t.high...)
}

func (t *colors) diverging() colorScale {
	return append(append(append(colorScale{}, t.negative...), t.middle...), t.high...)
}

func (s colorScale) at(x float64) color.NRGBA {
	switch {
	case math.IsNaN(x) || x <= 0:
		return s[0]
	case x >= 1:
		return s[len(s)-1]
	}
	x *= float64(len(s) - 1)
	i := int(x)
	return mix(s[i], s[i+1], x-float64(i))
}

// mix goes from a to b as t goes from 0 to 1.
func mix(a, b color.NRGBA, t float64) color.NRGBA {
	x, y := toOklab(a), toOklab(b)
	for i := range x {
		x[i] += (y[i] - x[i]) * t
	}
	c := fromOklab(x)
	c.A = uint8(math.Round(float64(a.A) + (float64(b.A)-float64(a.A))*t))
	return c
}

// isDark reports whether white text reads better on c than black.
func isDark(c color.NRGBA) bool { return toOklab(c)[0] < 0.62 }

// contrast is WCAG's ratio of luminances, 1 … 21.
func contrast(a, b color.NRGBA) float64 {
	l := func(c color.NRGBA) float64 { return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) }
	x, y := l(a), l(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func toOklab(c color.NRGBA) [3]float64 {
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

func fromOklab(c [3]float64) color.NRGBA {
	l := cube(c[0] + 0.3963377774*c[1] + 0.2158037573*c[2])
	m := cube(c[0] - 0.1055613458*c[1] - 0.0638541728*c[2])
	s := cube(c[0] - 0.0894841775*c[1] - 1.2914855480*c[2])
	return color.NRGBA{
		R: gamma(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		G: gamma(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		B: gamma(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		A: 0xFF,
	}
}

func cube(x float64) float64 { return x * x * x }

func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func gamma(x float64) uint8 {
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * min(max(x, 0), 1)))
}
