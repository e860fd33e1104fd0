// Package safetensors reads and writes safetensors files: raw tensors by name, as PyTorch, JAX and
// the Hugging Face hub exchange weights. It knows bytes, shapes and data types, not tensor.Tensor;
// tensor.Load and tensor.Save are built on it.
//
// # The format
//
// A file is eight bytes with the size N of the header, little-endian; N bytes of JSON; the data.
//
//	{"__metadata__": {"step": "500"},
//	 "weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
//
// Offsets count from the end of the header. Elements are little-endian, in row-major order. The tensors
// cover the data exactly: no holes, no overlap, nothing after them. The header begins with '{' and may
// end in spaces, which align the data.
//
// # Reading
//
// Open maps the file: it reads the header alone, whatever the size of the data, and a tensor's pages
// come from the disk when they are touched.
//
//	f, err := safetensors.Open("model.safetensors")
//	if err != nil {
//		return err
//	}
//	for _, name := range f.Names() {
//		t, _ := f.Tensor(name)
//		fmt.Println(name, t.DType, t.Shape, len(t.Data))
//	}
//
// Everything in the header is checked before Open returns, and what is wrong is a *FormatError that
// names the tensor and the offsets: a file that opens has tensors that are as long as they say.
//
// # Writing
//
// The writer sorts as the Rust library does (data types from the most to the least aligned, then names) and
// pads the header to eight bytes, so equal content gives equal bytes, there and here. (With several metadata
// entries the Rust library's order is random; ours is sorted.) Files are replaced whole or not at all.
package safetensors
