package install

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestGoInstall installs rgkernel as a user does, `go install …/cmd/rgkernel@version` in an empty
// folder, with and without cgo, from a module zip of what is committed. It builds everything, so that
// it wants a folder to keep what it builds: RG_MODULE.
func TestGoInstall(t *testing.T) {
	work := os.Getenv("RG_MODULE")
	if work == "" {
		t.Skip("builds the module; run by make module-test")
	}
	const module, version = "github.com/rustygradients/rg", "v0.0.0-test"
	proxy := filepath.Join(t.TempDir(), "proxy")
	dir := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"list":            []byte(version + "\n"),
		version + ".mod":  mod,
		version + ".info": []byte(`{"Version":"` + version + `"}`),
		version + ".zip":  moduleZip(t, module+"@"+version),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	downloaded := filepath.Join(env(t, "GOMODCACHE"), "cache", "download")
	cache := filepath.Join(work, "modules")
	if err := os.RemoveAll(filepath.Join(cache, "cache", "download", filepath.FromSlash(module))); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(cache, filepath.FromSlash(module)+"@"+version)); err != nil {
		t.Fatal(err)
	}
	for _, cgo := range []string{"0", "1"} {
		t.Run("cgo "+cgo, func(t *testing.T) {
			bin := t.TempDir()
			cmd := exec.CommandContext(t.Context(), "go", "install", module+"/cmd/rgkernel@"+version)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "GOENV=off", "GOFLAGS=-modcacherw", "GOWORK=off", "CGO_ENABLED="+cgo, "GOBIN="+bin, "GOMODCACHE="+cache,
				"GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+filepath.ToSlash(downloaded)+","+env(t, "GOPROXY"), "GOSUMDB=off")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			name := filepath.Join(bin, "rgkernel")
			if runtime.GOOS == "windows" {
				name += ".exe"
			}
			file := filepath.Join(bin, "hello.go")
			if err := os.WriteFile(file, []byte("x := tensor.Ones(2, 3)\nfmt.Println(x.Shape())\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), name, "exec", file).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "[2 3]") {
				t.Fatalf("%v: %s", err, out)
			}
		})
	}
}

// moduleZip packs what git has of the module, as the go command would, and checks what it demands of
// a module's files: names that differ by more than case, and at most 500 MB.
func moduleZip(t *testing.T, prefix string) []byte {
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "-z")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Skip("needs git and a checkout: ", err)
	}
	names := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	var nested []string // modules of their own
	for _, n := range names {
		if n != "go.mod" && path.Base(n) == "go.mod" {
			nested = append(nested, path.Dir(n)+"/")
		}
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	seen := map[string]string{}
	size := 0
next:
	for _, n := range names {
		for _, dir := range nested {
			if strings.HasPrefix(n, dir) {
				continue next
			}
		}
		if other, ok := seen[strings.ToLower(n)]; ok {
			t.Errorf("%s and %s differ in case only", n, other)
		}
		seen[strings.ToLower(n)] = n
		info, err := os.Lstat(filepath.Join("..", n))
		if err != nil {
			t.Fatal(err)
		}
		if !info.Mode().IsRegular() {
			continue // links are left out
		}
		text, err := os.ReadFile(filepath.Join("..", n))
		if err != nil {
			t.Fatal(err)
		}
		size += len(text)
		w, err := z.Create(prefix + "/" + n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if size > 500<<20 {
		t.Errorf("the module has %d MB, more than the go command takes", size>>20)
	}
	return buf.Bytes()
}

func env(t *testing.T, name string) string {
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
