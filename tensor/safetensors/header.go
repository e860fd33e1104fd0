package safetensors

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	prefixSize    = 8           // the header's size, before it
	maxHeaderSize = 100_000_000 // as in the Rust library: parsing must not be an attack
	metadataKey   = "__metadata__"
)

// entry is what the header says of a tensor. Offsets count from the end of the header.
type entry struct {
	name       string
	dtype      DType
	shape      []int
	begin, end int
}

// header is a parsed and checked header.
type header struct {
	metadata map[string]string // nil if there is none
	entries  []entry           // by offset, then name
	size     int               // of prefix and JSON: where the data begins
}

// parse reads and checks the header of a whole file.
func parse(data []byte) (*header, error) {
	if len(data) < prefixSize {
		return nil, &FormatError{Reason: fmt.Sprintf("%d bytes are too few; the first %d give the header's size", len(data), prefixSize)}
	}
	n := binary.LittleEndian.Uint64(data)
	rest := data[prefixSize:]
	if n > maxHeaderSize {
		return nil, &FormatError{Reason: fmt.Sprintf("the header would take %d bytes; at most %d are allowed", n, maxHeaderSize)}
	}
	if n > uint64(len(rest)) {
		return nil, &FormatError{Reason: fmt.Sprintf("the header takes %d bytes, and only %d follow: the file is cut off", n, len(rest))}
	}
	text := rest[:n]
	if n == 0 || text[0] != '{' {
		return nil, &FormatError{Reason: "the header doesn't begin with '{'"}
	}
	if !utf8.Valid(text) {
		at := 0
		for at < len(text) {
			r, size := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		return nil, &FormatError{Reason: fmt.Sprintf("header byte %d is not UTF-8", at)}
	}
	h := &header{size: prefixSize + int(n)}
	if err := h.scan(text); err != nil {
		return nil, err
	}
	slices.SortFunc(h.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), strings.Compare(a.name, b.name))
	})
	return h, h.check(len(rest) - int(n))
}

// scan reads the JSON.
func (h *header) scan(text []byte) error {
	s := &scanner{text: text}
	name := ""
	err := s.object(func(key string) error {
		name = key
		if key == metadataKey {
			return h.scanMetadata(s)
		}
		e, err := scanEntry(s)
		e.name = key
		h.entries = append(h.entries, e)
		name = ""
		if err != nil {
			name = key
		}
		return err
	})
	if err == nil {
		if s.next(); s.pos < len(text) {
			err = s.errorf("bad JSON: %s after the end", s.here())
		}
		name = ""
	}
	if err != nil {
		if name == metadataKey {
			name = ""
		}
		return &FormatError{Tensor: name, Reason: err.Error()}
	}
	return nil
}

func (h *header) scanMetadata(s *scanner) error {
	if s.null() { // as good as none, says the Rust library
		return nil
	}
	h.metadata = map[string]string{}
	return s.object(func(key string) error {
		if s.next() != '"' {
			return s.errorf("the %s entry %s is not a string", metadataKey, quoteShort(key))
		}
		value, err := s.str()
		h.metadata[key] = value
		return err
	})
}

func scanEntry(s *scanner) (entry, error) {
	var e entry
	var offsets []int
	err := s.object(func(key string) error {
		switch key {
		case "dtype":
			s.next()
			at := s.pos
			name, err := s.str()
			if err != nil {
				return err
			}
			d, ok := ParseDType(name)
			if !ok {
				s.pos = at
				return s.errorf("unknown dtype %s", quoteShort(name))
			}
			e.dtype = d
			return nil
		case "shape":
			e.shape = make([]int, 0, 4)
			return s.sizes(key, &e.shape)
		case "data_offsets":
			offsets = make([]int, 0, 2)
			if err := s.sizes(key, &offsets); err != nil {
				return err
			}
			if len(offsets) != 2 {
				return s.errorf("data_offsets are two numbers, not %d", len(offsets))
			}
			e.begin, e.end = offsets[0], offsets[1]
			return nil
		}
		return s.skip(0) // the format may grow
	})
	if err != nil {
		return e, err
	}
	switch {
	case e.dtype == 0:
		err = errors.New("dtype is missing")
	case e.shape == nil:
		err = errors.New("shape is missing")
	case offsets == nil:
		err = errors.New("data_offsets is missing")
	}
	return e, err
}

// sizes reads an array of sizes.
func (s *scanner) sizes(what string, out *[]int) error {
	return s.array(func() error {
		n, err := s.size()
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		*out = append(*out, n)
		return nil
	})
}

// check compares offsets with shapes, with each other, and with the size of the data.
func (h *header) check(size int) error {
	at := 0 // the end of the tensors so far
	for i, e := range h.entries {
		fail := func(format string, args ...any) error {
			return &FormatError{Tensor: e.name, Reason: fmt.Sprintf("data_offsets [%d, %d] ", e.begin, e.end) + fmt.Sprintf(format, args...)}
		}
		want, err := byteSize(e.dtype, e.shape)
		switch {
		case err != nil:
			return &FormatError{Tensor: e.name, Reason: err.Error()}
		case e.end < e.begin:
			return fail("end before they begin")
		case e.end > size:
			return fail("reach past the end of the data, which is %d bytes: the file is cut off", size)
		case e.end-e.begin != want:
			return fail("are %d bytes, and %s %v takes %d", e.end-e.begin, e.dtype, e.shape, want)
		case e.begin < at:
			o := h.entries[i-1]
			return fail("overlap those of tensor %s, [%d, %d]", quoteShort(o.name), o.begin, o.end)
		case e.begin > at:
			return fail("leave a hole: bytes %d to %d belong to no tensor", at, e.begin)
		}
		at = e.end
	}
	if at != size {
		return &FormatError{Reason: fmt.Sprintf("the tensors take %d bytes, and the data is %d: bytes %d to %d belong to no tensor", at, size, at, size)}
	}
	return nil
}

// byteSize is how many bytes a tensor's elements take.
func byteSize(d DType, shape []int) (int, error) {
	n, empty := uint64(d.Bits()), false
	for _, size := range shape {
		if size < 0 {
			return 0, fmt.Errorf("shape %v has a negative size", shape)
		}
		if size == 0 { // an empty tensor's other sizes are to be sizes all the same
			empty = true
			continue
		}
		hi, lo := bits.Mul64(n, uint64(size))
		if hi != 0 || lo > math.MaxInt {
			return 0, fmt.Errorf("%s %v takes more bytes than can be counted", d, shape)
		}
		n = lo
	}
	if empty {
		return 0, nil
	}
	if n%8 != 0 {
		return 0, fmt.Errorf("%s %v doesn't end at a whole byte", d, shape)
	}
	return int(n / 8), nil
}
