package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"runtime"

	"golang.org/x/tools/go/gcexportdata"
)

// exports packs the type information of the packages into one zip file, an entry each, and the Go
// version that they were compiled with. Nothing in it depends on when or where it was made.
func exports(file string, w *world, paths []string) error {
	z := newArchive()
	if err := z.add("go.version", []byte(runtime.Version()+"\n")); err != nil {
		return err
	}
	for _, p := range paths {
		pkg, err := w.importPackage(p)
		if err != nil {
			return err
		}
		// Writing the package anew leaves out the bodies of inlinable functions.
		var b bytes.Buffer
		if err := gcexportdata.Write(&b, w.fset, pkg); err != nil {
			return err
		}
		if err := z.add(p, b.Bytes()); err != nil {
			return err
		}
	}
	return z.writeTo(file)
}

// archive is a zip file that is the same whenever its contents are.
type archive struct {
	buf bytes.Buffer
	zip *zip.Writer
}

func newArchive() *archive {
	a := new(archive)
	a.zip = zip.NewWriter(&a.buf)
	a.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	return a
}

func (a *archive) add(name string, data []byte) error {
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

func (a *archive) writeTo(file string) error {
	if err := a.zip.Close(); err != nil {
		return err
	}
	return writeFile(file, a.buf.Bytes())
}
