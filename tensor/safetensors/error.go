package safetensors

import "strconv"

// FormatError says what keeps a file from being a safetensors file.
type FormatError struct {
	Path   string // "" if it was not read from a file
	Tensor string // the tensor it is about; "" if about none
	Reason string // what is wrong, with offsets
}

func (e *FormatError) Error() string {
	s := "safetensors: "
	if e.Path != "" {
		s = e.Path + ": not a valid safetensors file: "
	}
	if e.Tensor != "" {
		s += "tensor " + quoteShort(e.Tensor) + ": "
	}
	return s + e.Reason
}

// quoteShort quotes text from a file, which may be long, for an error message.
func quoteShort(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
