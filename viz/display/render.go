package display

import "fmt"

// Render makes the bundle of a value from the optional methods that the value has (see the package
// comment). text/plain is always there. A method that panics loses only its own representation.
func Render(v any) Bundle {
	switch v := v.(type) {
	case Bundle:
		return v
	case *Bundle:
		if v != nil {
			return *v
		}
	}
	var b Bundle
	if m, ok := v.(interface{ MIMEBundle() Bundle }); ok {
		guard(func() { b = m.MIMEBundle() })
	}
	if b.Data == nil {
		b.Data = map[string]any{}
	}
	add := func(mime string, get func() any) {
		if _, ok := b.Data[mime]; ok {
			return
		}
		guard(func() { b.Data[mime] = get() })
	}
	if m, ok := v.(interface{ HTML() string }); ok {
		add(MIMEHTML, func() any { return m.HTML() })
	}
	if m, ok := v.(interface{ SVG() []byte }); ok {
		add(MIMESVG, func() any { return string(m.SVG()) })
	}
	if m, ok := v.(interface{ PNG() []byte }); ok {
		add(MIMEPNG, func() any { return m.PNG() })
	}
	add(MIMEText, func() any { return fmt.Sprint(v) })
	return b
}

func guard(f func()) {
	defer func() { _ = recover() }()
	f()
}
