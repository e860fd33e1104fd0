package tensor

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/internal/mmap"
	"github.com/rustygradients/rg/tensor/safetensors"
)

// fileTypes pairs data types with the names that files have for them.
var fileTypes = map[DType]safetensors.DType{
	Float32: safetensors.F32, Float64: safetensors.F64, Float16: safetensors.F16, BFloat16: safetensors.BF16,
	Int64: safetensors.I64, Int32: safetensors.I32, Int8: safetensors.I8, Uint8: safetensors.U8, Bool: safetensors.BOOL,
}

var ownTypes = func() map[safetensors.DType]DType {
	m := map[safetensors.DType]DType{}
	for own, file := range fileTypes {
		m[file] = own
	}
	return m
}()

// Save writes tensors to a safetensors file, which Python's safetensors reads. What is at path is
// replaced when all of the new file is on disk, so it may be a file that the tensors were loaded from.
//
//	err := tensor.Save("gpt.safetensors", nn.StateDict(model))
//
// Views are written as the elements they show; tensors that share storage are each written in full.
func Save(path string, tensors map[string]*Tensor) error {
	return SaveWithMetadata(path, tensors, nil)
}

// SaveWithMetadata is Save with text beside the tensors: a step, a configuration. (The transformers
// library reads files that say "format": "pt".)
func SaveWithMetadata(path string, tensors map[string]*Tensor, metadata map[string]string) error {
	raw := make(map[string]safetensors.Tensor, len(tensors))
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		if t == nil {
			return fmt.Errorf("save %s: tensor %q is nil", path, name)
		}
		var data []byte
		if err := Try(func() { data = t.Detach().Contiguous().bytes() }); err != nil {
			return fmt.Errorf("save %s: tensor %q: %w", path, name, err)
		}
		raw[name] = safetensors.Tensor{DType: fileTypes[t.DType()], Shape: t.Shape(), Data: data}
	}
	err := safetensors.Save(path, raw, metadata)
	runtime.KeepAlive(tensors)
	return err
}

// bytes is the elements of contiguous t, without a copy where they lie in host memory.
func (t *Tensor) bytes() []byte {
	size := t.DType().Size()
	if h, ok := t.data.Storage.(backend.HostStorage); ok {
		return h.Bytes()[t.layout.Offset*size:][:t.Len()*size]
	}
	raw := make([]byte, t.Len()*size)
	t.download(raw)
	return raw
}

// Load opens a safetensors file. Its tensors, on the CPU, are the file itself, mapped into memory:
// loading reads no more than the names and shapes, elements come from the disk when they are first used,
// and writing to a tensor copies the page written to and never changes the file. The file stays mapped as
// long as any of its tensors lives; it may be replaced meanwhile (as Save does), but if it is cut short, using
// what is gone panics with an error that says so.
//
//	state, err := tensor.Load("gpt.safetensors")
//	if err != nil { … }
//	err = nn.LoadStateDict(model, state)
//
// Data types stay what they are in the file; LoadStateDict converts them to the module's. A file with
// types that tensors can't have (U16, F8_E4M3, …) is refused: package tensor/safetensors gives the raw
// bytes of any.
func Load(path string) (map[string]*Tensor, error) {
	tensors, _, err := LoadWithMetadata(path)
	return tensors, err
}

// LoadWithMetadata is Load that also returns the text beside the tensors; nil if there is none.
func LoadWithMetadata(path string) (map[string]*Tensor, map[string]string, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, nil, err
	}
	tensors := make(map[string]*Tensor, f.Len())
	var foreign []string
	for _, name := range f.Names() {
		raw, _ := f.Tensor(name)
		dt, ok := ownTypes[raw.DType]
		if !ok {
			foreign = append(foreign, fmt.Sprintf("%q is %s", name, raw.DType))
			continue
		}
		s, err := adopt(dt, raw.Data, f.KeepAlive())
		if err != nil {
			return nil, nil, fmt.Errorf("load %s: tensor %q: %w", path, name, err)
		}
		tensors[name] = &Tensor{data: &block{Storage: s}, layout: backend.Contiguous(raw.Shape...)}
	}
	runtime.KeepAlive(f)
	if n := len(foreign); n > 0 {
		const most = 5
		if n > most {
			foreign = append(foreign[:most], fmt.Sprintf("and %d more", n-most))
		}
		return nil, nil, fmt.Errorf("load %s: tensors can't have these data types: %s; safetensors.Open gives their bytes",
			path, strings.Join(foreign, ", "))
	}
	return tensors, f.Metadata(), nil
}

// adopt makes CPU storage of elements in a mapped file: the memory itself if it may be used as it
// is, and a copy if it is not aligned, or holds bools, which are whatever bytes the writer made them.
func adopt(dt DType, data []byte, owner any) (backend.Storage, error) {
	b := CPU.backend("load")
	a, ok := backend.As[backend.AdoptBackend](b)
	if ok && dt != Bool {
		s, err := a.Adopt(dt, data, owner)
		if !errors.Is(err, backend.ErrUnaligned) {
			return s, err
		}
	}
	s, err := b.Alloc(dt, len(data)/dt.Size())
	if err != nil {
		return nil, err
	}
	fault := mmap.Try(func() {
		if dt == Bool {
			whole := make([]byte, len(data))
			for i, v := range data {
				whole[i] = min(v, 1)
			}
			data = whole
		}
		err = b.Upload(s, data)
	})
	return s, cmp.Or(fault, err)
}
