package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestWheel(t *testing.T) {
	for _, tt := range []struct{ goos, goarch, file, program string }{
		{"linux", "amd64", "rgkernel-1.2.0rc1-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64.whl", "bin/rgkernel"},
		{"linux", "arm64", "rgkernel-1.2.0rc1-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl", "bin/rgkernel"},
		{"darwin", "arm64", "rgkernel-1.2.0rc1-py3-none-macosx_12_0_arm64.whl", "bin/rgkernel"},
		{"windows", "amd64", "rgkernel-1.2.0rc1-py3-none-win_amd64.whl", "Scripts/rgkernel.exe"},
	} {
		tag, err := platformTag(tt.goos, tt.goarch)
		if err != nil {
			t.Fatal(err)
		}
		w := wheel{version: "1.2.0rc1", tag: tag, windows: tt.goos == "windows", program: []byte("program")}
		if w.fileName() != tt.file {
			t.Errorf("file name %s", w.fileName())
		}
		data, err := w.bytes()
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := w.bytes(); !bytes.Equal(data, again) {
			t.Error("the same wheel has other bytes")
		}
		files := read(t, data)
		const root = "rgkernel-1.2.0rc1.data/data/"
		if string(files[root+tt.program]) != "program" {
			t.Errorf("%s: no program", tt.goos)
		}
		var spec struct{ Argv []string }
		const dir = root + "share/jupyter/kernels/rg/"
		if err := json.Unmarshal(files[dir+"kernel.json"], &spec); err != nil {
			t.Fatal(err)
		}
		// What Jupyter makes of it leads to the program.
		if got := path.Clean(strings.ReplaceAll(spec.Argv[0], "{resource_dir}", dir)); got != root+tt.program {
			t.Errorf("%s: starts %s", tt.goos, got)
		}
		if len(files[dir+"logo-64x64.png"]) == 0 {
			t.Error("no logo")
		}
		checkRecord(t, files)
	}
}

// checkRecord holds the list against what is there.
func checkRecord(t *testing.T, files map[string][]byte) {
	t.Helper()
	const list = "rgkernel-1.2.0rc1.dist-info/RECORD"
	rows, err := csv.NewReader(bytes.NewReader(files[list])).ReadAll()
	if err != nil || len(rows) != len(files) {
		t.Fatalf("%v: %d rows for %d files", err, len(rows), len(files))
	}
	for _, row := range rows {
		data, ok := files[row[0]]
		sum := sha256.Sum256(data)
		want := []string{row[0], "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]), fmt.Sprint(len(data))}
		if row[0] == list {
			want[1], want[2] = "", ""
		}
		if !ok || strings.Join(row, ",") != strings.Join(want, ",") {
			t.Errorf("RECORD has %v, want %v", row, want)
		}
	}
}

func read(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if executable := f.Mode()&0o111 != 0; executable != slices.Contains([]string{"rgkernel", "rgkernel.exe"}, path.Base(f.Name)) {
			t.Errorf("%s has mode %v", f.Name, f.Mode())
		}
	}
	return files
}

func TestWheelErrors(t *testing.T) {
	if _, err := platformTag("plan9", "amd64"); err == nil {
		t.Error("a wheel for Plan 9")
	}
	for _, version := range []string{"", "v1.0", "1.0-beta", "1..0"} {
		if _, err := (&wheel{version: version}).bytes(); err == nil {
			t.Errorf("version %q", version)
		}
	}
}
