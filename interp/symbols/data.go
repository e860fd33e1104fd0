package symbols

import (
	"archive/zip"
	"bytes"
	"embed"
	"errors"
	"io/fs"
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/symbols/internal/catalog"
)

var (
	//go:embed data/types.zip
	typesZip []byte

	//go:embed data/docs.zip
	docsZip []byte

	//go:embed data/own
	ownStubs embed.FS
)

// The archives are read entry by entry; opening one reads only its directory.
var (
	exportData = sync.OnceValues(func() (*zip.Reader, error) { return openZip(typesZip) })
	docData    = sync.OnceValues(func() (*zip.Reader, error) { return openZip(docsZip) })
)

func openZip(b []byte) (*zip.Reader, error) { return zip.NewReader(bytes.NewReader(b), int64(len(b))) }

// GoVersion returns the version of Go whose standard library the types describe, e.g. "go1.26.8".
func GoVersion() (string, error) {
	z, err := exportData()
	if err != nil {
		return "", err
	}
	b, err := readAll(z, "go.version")
	return strings.TrimSpace(string(b)), err
}

// stubName is the name of the file that declares one of rg's packages. It doesn't end in .go, so
// that no tool takes the folder for a package.
func stubName(path string) string {
	return strings.ReplaceAll(strings.TrimPrefix(path, catalog.Module+"/"), "/", "_") + ".go.txt"
}

func stubSource(path string) ([]byte, error) {
	b, err := ownStubs.ReadFile("data/own/" + stubName(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("not embedded; run go generate ./interp/symbols")
	}
	return b, err
}
