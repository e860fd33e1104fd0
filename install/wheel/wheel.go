package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/rustygradients/rg/install"
)

const distribution = "rgkernel"

// papermill is a module that teaches papermill how Go writes parameters.
//
//go:embed rgkernel_papermill.py
var papermill []byte

const entryPoints = "[papermill.engine]\nrg = rgkernel_papermill:Engine\n"

// platformTag names a platform as the Python packaging guide does. A static program runs with any C library, which
// on Linux takes two tags: glibc's, of the oldest kernel that Go supports, and musl's.
func platformTag(goos, goarch string) (string, error) {
	machine, ok := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[goarch]
	switch {
	case ok && goos == "linux":
		return "manylinux_2_17_" + machine + ".manylinux2014_" + machine + ".musllinux_1_1_" + machine, nil
	case goos == "darwin" && goarch == "arm64":
		return "macosx_12_0_arm64", nil // what Go 1.26 asks for
	case goos == "darwin" && goarch == "amd64":
		return "macosx_12_0_x86_64", nil
	case goos == "windows" && goarch == "amd64":
		return "win_amd64", nil
	case goos == "windows" && goarch == "arm64":
		return "win_arm64", nil
	}
	return "", fmt.Errorf("no wheel for %s/%s", goos, goarch)
}

// wheel is what goes into the file (PEP 427).
type wheel struct {
	version string
	tag     string
	windows bool
	program []byte
}

func (w *wheel) fileName() string {
	return fmt.Sprintf("%s-%s-py3-none-%s.whl", distribution, w.version, w.tag)
}

// validVersion is PEP 440's, without its rarer parts.
var validVersion = regexp.MustCompile(`^\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?$`)

func (w *wheel) bytes() ([]byte, error) {
	if !validVersion.MatchString(w.version) {
		return nil, fmt.Errorf("%q is no version as Python writes them", w.version)
	}
	base := distribution + "-" + w.version
	data, info := base+".data/data/", base+".dist-info/"
	const kernel = "share/jupyter/kernels/" + install.DefaultName + "/"
	program := "bin/rgkernel"
	if w.windows {
		program = "Scripts/rgkernel.exe"
	}
	spec, err := install.Relative(strings.Repeat("../", strings.Count(kernel, "/")) + program)
	if err != nil {
		return nil, err
	}
	z := newArchive()
	z.add(data+program, w.program, 0o755)
	for _, f := range spec {
		z.add(data+kernel+f.Name, f.Data, 0o644)
	}
	z.add("rgkernel_papermill.py", papermill, 0o644)
	z.add(info+"entry_points.txt", []byte(entryPoints), 0o644)
	z.add(info+"METADATA", []byte(w.metadata()), 0o644)
	z.add(info+"WHEEL", []byte(w.wheelFile()), 0o644)
	return z.close(info + "RECORD")
}

func (w *wheel) metadata() string {
	return "Metadata-Version: 2.1\n" +
		"Name: " + distribution + "\n" +
		"Version: " + w.version + "\n" +
		"Summary: A Jupyter kernel for Go in which deep learning is live\n" +
		"Home-page: https://github.com/rustygradients/rg\n" +
		"License: Apache-2.0\n" +
		"Keywords: jupyter,kernel,go,deep learning\n" +
		"Classifier: Framework :: Jupyter\n" +
		"Classifier: License :: OSI Approved :: Apache Software License\n" +
		"Classifier: Programming Language :: Go\n" +
		"Requires-Python: >=3.8\n" +
		"Description-Content-Type: text/markdown\n\n" +
		"Installs `rgkernel` and its kernelspec into the environment: choose the kernel \"Go (rg)\" in JupyterLab. " +
		"It needs neither Go nor a compiler. `rgkernel doctor` says what is there and what is missing.\n"
}

func (w *wheel) wheelFile() string {
	text := "Wheel-Version: 1.0\nGenerator: rg\nRoot-Is-Purelib: false\n"
	for tag := range strings.SplitSeq(w.tag, ".") {
		text += "Tag: py3-none-" + tag + "\n"
	}
	return text
}

// archive is a zip file and the list of what is in it.
type archive struct {
	buf    bytes.Buffer
	zip    *zip.Writer
	record strings.Builder
	err    error
}

func newArchive() *archive {
	a := &archive{}
	a.zip = zip.NewWriter(&a.buf)
	return a
}

// epoch is the time of all files: the first that a zip file can say.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func (a *archive) add(name string, data []byte, mode fs.FileMode) {
	a.write(name, data, mode)
	sum := sha256.Sum256(data)
	fmt.Fprintf(&a.record, "%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(data))
}

func (a *archive) write(name string, data []byte, mode fs.FileMode) {
	if a.err != nil {
		return
	}
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: epoch}
	h.SetMode(mode)
	f, err := a.zip.CreateHeader(h)
	if err == nil {
		_, err = f.Write(data)
	}
	a.err = err
}

// close adds the list, which is in itself without a sum.
func (a *archive) close(list string) ([]byte, error) {
	a.write(list, []byte(a.record.String()+list+",,\n"), 0o644)
	if a.err != nil {
		return nil, a.err
	}
	err := a.zip.Close()
	return a.buf.Bytes(), err
}
