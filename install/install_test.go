package install

import (
	"encoding/json"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInstall(t *testing.T) {
	data := filepath.Join(t.TempDir(), "share", "jupyter")
	spec := Spec{Command: "/opt/rg/rgkernel", Env: map[string]string{"GOMAXPROCS": "2"}}
	dir, err := Install(data, spec)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(data, "kernels", "rg"); dir != want {
		t.Errorf("dir = %s, want %s", dir, want)
	}
	text, err := os.ReadFile(filepath.Join(dir, "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	command, _ := filepath.Abs(spec.Command)
	want := map[string]any{
		"argv":         []any{command, "kernel", "-f", "{connection_file}"},
		"display_name": "Go (rg)", "language": "go", "interrupt_mode": "message",
		"kernel_protocol_version": "5.5",
		"env":                     map[string]any{"GOMAXPROCS": "2"},
		"metadata":                map[string]any{"debugger": false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, size := range []int{32, 64} {
		name := map[int]string{32: "logo-32x32.png", 64: "logo-64x64.png"}[size]
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := png.DecodeConfig(f)
		f.Close()
		if err != nil || cfg.Width != size || cfg.Height != size {
			t.Errorf("%s: %dx%d, %v", name, cfg.Width, cfg.Height, err)
		}
	}
	if svg, _ := os.ReadFile(filepath.Join(dir, "logo-svg.svg")); !strings.HasPrefix(string(svg), "<svg") {
		t.Errorf("logo-svg.svg = %.20q", svg)
	}
	if info, _ := os.Stat(dir); runtime.GOOS != "windows" && info.Mode().Perm() != 0o755 {
		t.Errorf("mode = %v", info.Mode())
	}
}

func TestInstallReplacesOwn(t *testing.T) {
	data := t.TempDir()
	if _, err := Install(data, Spec{Command: "rgkernel"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "kernels", "rg", "stale"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir, err := Install(data, Spec{Command: "rgkernel", DisplayName: "Second"})
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "kernel.json")); !strings.Contains(string(text), "Second") {
		t.Errorf("kernel.json = %s", text)
	}
	if got := names(t, dir); cmp.Equal(got, "") || strings.Contains(got, "stale") {
		t.Errorf("files = %s", got)
	}
	if got := names(t, filepath.Dir(dir)); got != "rg" {
		t.Errorf("kernels holds %s", got)
	}
}

func TestOtherKernelsAreLeftAlone(t *testing.T) {
	for name, content := range map[string]string{
		"another": `{"argv":["python","-m","ipykernel_launcher","-f","{connection_file}"],"language":"python"}`,
		"gonb":    `{"argv":["gonb","--kernel","{connection_file}"],"language":"go"}`,
		"broken":  `{`,
	} {
		data := t.TempDir()
		dir := filepath.Join(data, "kernels", "rg")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "kernel.json")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Install(data, Spec{Command: "rgkernel"}); err == nil {
			t.Errorf("%s: overwritten", name)
		}
		if _, err := Uninstall(data, ""); err == nil {
			t.Errorf("%s: removed", name)
		}
		if text, _ := os.ReadFile(file); string(text) != content {
			t.Errorf("%s: kernel.json = %s", name, text)
		}
	}
}

func TestUninstall(t *testing.T) {
	data := t.TempDir()
	if _, err := Uninstall(data, "rg"); err == nil || !strings.Contains(err.Error(), "no kernelspec") {
		t.Errorf("nothing there: %v", err)
	}
	want, err := Install(data, Spec{Command: "rgkernel", Name: "Mine"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Uninstall(data, "mine")
	if err != nil || got != want {
		t.Errorf("removed %s, %v; want %s", got, err, want)
	}
	if left := names(t, filepath.Join(data, "kernels")); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

func TestInstallFailsWhole(t *testing.T) {
	root := t.TempDir()
	blocked := filepath.Join(root, "file")
	if err := os.WriteFile(blocked, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Install(PrefixDir(blocked), Spec{Command: "rgkernel"})
	if err == nil || !strings.Contains(err.Error(), blocked) {
		t.Errorf("error = %v", err)
	}
	// kernels is a file: the folders above it exist, and nothing may be added.
	data := filepath.Join(root, "data")
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "kernels"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(data, Spec{Command: "rgkernel"}); err == nil {
		t.Error("no error")
	}
	if got := names(t, root) + " " + names(t, data); got != "data file kernels" {
		t.Errorf("left behind: %s", got)
	}
}

func TestUnwritableFolder(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("permissions bind neither root nor Windows; TestInstallFailsWhole covers the clean-up")
	}
	data := t.TempDir()
	if err := os.Chmod(data, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(data, 0o755)
	if _, err := Install(data, Spec{Command: "rgkernel"}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("error = %v", err)
	}
	if got := names(t, data); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

func TestSpecErrors(t *testing.T) {
	for _, spec := range []Spec{
		{Name: "a b"},
		{Name: "../x"},
		{Name: ".."},
		{Name: "a/b"},
		{Env: map[string]string{"A=B": ""}},
		{Env: map[string]string{"": ""}},
	} {
		data := t.TempDir()
		if dir, err := Install(data, spec); err == nil {
			t.Errorf("%+v installed in %s", spec, dir)
		}
		if got := names(t, data); got != "" {
			t.Errorf("%+v left %s", spec, got)
		}
	}
}

func TestTemporary(t *testing.T) {
	for _, tc := range []struct {
		goos, tempDir, program string
		want                   bool
	}{
		{"linux", "/tmp", "/tmp/go-build123/b001/exe/rgkernel", true},
		{"linux", "/var/folders/x/T", "/home/x/.cache/go-build12/b001/exe/rgkernel", true},
		{"linux", "/tmp", "/home/x/go-build/rgkernel", false},
		{"linux", "/tmp", "/usr/local/bin/rgkernel", false},
		{"linux", "/scratch/tmp/", "/scratch/tmp/rgkernel", true},
		{"linux", "/scratch/tmp", "/scratch/tmpfoo/rgkernel", false},
		{"linux", "/scratch/tmp", "/tmp/build/bin/rgkernel", true},
		{"linux", "", "/home/x/rgkernel", false},
		{"darwin", "/var/folders/ab/T", "/private/var/folders/ab/T/AppTranslocation/1/d/rgkernel", true},
		{"darwin", "/var/folders/ab/T", "/Users/x/go/bin/rgkernel", false},
		{"windows", "C:/Users/x/AppData/Local/Temp", "C:/Users/x/AppData/Local/Temp/go-build1/b001/exe/rgkernel.exe", true},
		{"windows", "C:/Users/x/AppData/Local/Temp", "C:/tools/rgkernel.exe", false},
	} {
		if got := temporary(tc.program, temporaryRoots(tc.goos, tc.tempDir)); got != tc.want {
			t.Errorf("%s %s: %v", tc.goos, tc.program, got)
		}
	}
}

// The tests' own binary lies in a temporary folder.
func TestCopy(t *testing.T) {
	self, err := os.Executable()
	if err != nil || !temporary(self, temporaryRoots(runtime.GOOS, os.TempDir())) {
		t.Skip("go test builds elsewhere: ", self)
	}
	data := t.TempDir()
	dir, err := Install(data, Spec{})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := read(dir)
	if err != nil || filepath.Dir(spec.Argv[0]) != dir {
		t.Fatalf("%v, %+v", err, spec)
	}
	a, _ := os.Stat(self)
	b, err := os.Stat(spec.Argv[0])
	if err != nil || a.Size() != b.Size() || runtime.GOOS != "windows" && b.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", err, b)
	}
	if _, err := Install(data, Spec{}); err != nil { // over itself
		t.Error(err)
	}
	if _, err := Install(data, Spec{Copy: CopyNever}); err != nil {
		t.Error(err)
	}
	if spec, _ := read(dir); spec.Argv[0] != self || strings.Contains(names(t, dir), copyName()) {
		t.Errorf("not copied: %+v, %s", spec, names(t, dir))
	}
	if _, err := Install(data, Spec{Copy: CopyAlways, Command: filepath.Join(data, "none")}); err == nil || !strings.Contains(err.Error(), "copying the program") {
		t.Errorf("error %v", err)
	}
	if spec, _ := read(dir); spec == nil || spec.Argv[0] != self {
		t.Errorf("a failed installation changed %+v", spec)
	}
	if _, err := Uninstall(data, ""); err != nil || names(t, filepath.Join(data, "kernels")) != "" {
		t.Errorf("%v, left %s", err, names(t, filepath.Join(data, "kernels")))
	}
}

func TestUserDir(t *testing.T) {
	for _, tc := range []struct {
		goos string
		env  map[string]string
		want string // "" for an error
	}{
		{"linux", map[string]string{"HOME": "/h"}, "/h/.local/share/jupyter"},
		{"linux", map[string]string{"HOME": "/h", "XDG_DATA_HOME": "/x"}, "/x/jupyter"},
		{"linux", map[string]string{"HOME": "/h", "XDG_DATA_HOME": "/x", "JUPYTER_DATA_DIR": "/j"}, "/j"},
		{"linux", nil, ""},
		{"freebsd", map[string]string{"HOME": "/h"}, "/h/.local/share/jupyter"},
		{"darwin", map[string]string{"HOME": "/h", "XDG_DATA_HOME": "/x"}, "/h/Library/Jupyter"},
		{"darwin", nil, ""},
		{"windows", map[string]string{"APPDATA": "/a", "USERPROFILE": "/u"}, "/a/jupyter"},
		{"windows", map[string]string{"APPDATA": "/a", "LOCALAPPDATA": "/l", "JUPYTER_PLATFORM_DIRS": "1"}, "/l/jupyter"},
		{"darwin", map[string]string{"HOME": "/h", "JUPYTER_PLATFORM_DIRS": "yes"}, "/h/Library/Application Support/Jupyter"},
		{"darwin", map[string]string{"HOME": "/h", "JUPYTER_PLATFORM_DIRS": "off"}, "/h/Library/Jupyter"},
		{"windows", map[string]string{"USERPROFILE": "/u"}, "/u/AppData/Roaming/jupyter"},
		{"windows", nil, ""},
	} {
		got, err := userDir(tc.goos, func(k string) string { return tc.env[k] })
		if filepath.ToSlash(got) != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("%s %v: %q, %v; want %q", tc.goos, tc.env, got, err, tc.want)
		}
	}
}

func TestSysPrefix(t *testing.T) {
	t.Setenv("CONDA_PREFIX", "/conda")
	t.Setenv("VIRTUAL_ENV", "")
	if got, err := SysPrefix(); got != "/conda" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	t.Setenv("VIRTUAL_ENV", "/venv")
	if got, err := SysPrefix(); got != "/venv" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	t.Setenv("CONDA_PREFIX", "")
	t.Setenv("VIRTUAL_ENV", "")
	t.Setenv("PATH", t.TempDir())
	if got, err := SysPrefix(); err == nil || !strings.Contains(err.Error(), "--prefix") {
		t.Errorf("without Python: %q, %v", got, err)
	}
}

func TestFind(t *testing.T) {
	user, env := t.TempDir(), t.TempDir()
	t.Setenv("JUPYTER_PATH", "")
	t.Setenv("JUPYTER_DATA_DIR", user)
	t.Setenv("VIRTUAL_ENV", env)
	t.Setenv("CONDA_PREFIX", "")
	command, err := filepath.Abs("/opt/rgkernel")
	if err != nil {
		t.Fatal(err)
	}
	for data, name := range map[string]string{user: "", PrefixDir(env): "other"} {
		if _, err := Install(data, Spec{Name: name, Command: command}); err != nil {
			t.Fatal(err)
		}
	}
	foreign := filepath.Join(user, "kernels", "python3")
	if err := os.MkdirAll(foreign, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(foreign, "kernel.json"), []byte(`{"language":"python"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	// A wheel's kernelspec.
	wheel := filepath.Join(user, "kernels", "wheel")
	if err := os.MkdirAll(wheel, 0o755); err != nil {
		t.Fatal(err)
	}
	text := `{"argv":["{resource_dir}/../../bin/rgkernel","kernel","-f","{connection_file}"],"display_name":"W","language":"go"}`
	if err := os.WriteFile(filepath.Join(wheel, "kernel.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// The environment's come first: it is active.
	want := []Installed{
		{"other", filepath.Join(PrefixDir(env), "kernels", "other"), "Go (rg)", command},
		{"rg", filepath.Join(user, "kernels", "rg"), "Go (rg)", command},
		{"wheel", wheel, "W", filepath.Join(user, "bin", "rgkernel")},
	}
	got := Find()
	if diff := cmp.Diff(want, got[:min(3, len(got))]); diff != "" { // a real one may stand in /usr
		t.Error(diff)
	}
}

func TestSearchPath(t *testing.T) {
	const home, venv = "/h/.local/share/jupyter", "/v/share/jupyter"
	unix := map[string]string{"HOME": "/h"}
	windows := map[string]string{"APPDATA": "/a", "PROGRAMDATA": "/p"}
	for _, tc := range []struct {
		goos string
		env  map[string]string
		more map[string]string
		want string
	}{
		{"linux", unix, nil, home + " " + venv},
		{"linux", unix, map[string]string{"VIRTUAL_ENV": "/v"}, venv + " " + home},
		{"linux", unix, map[string]string{"CONDA_PREFIX": "/v"}, home + " " + venv},
		{"linux", unix, map[string]string{"CONDA_PREFIX": "/v", "CONDA_DEFAULT_ENV": "base"}, home + " " + venv},
		{"linux", unix, map[string]string{"CONDA_PREFIX": "/v", "CONDA_DEFAULT_ENV": "ml"}, venv + " " + home},
		{"linux", unix, map[string]string{"JUPYTER_PREFER_ENV_PATH": "1"}, venv + " " + home},
		{"linux", unix, map[string]string{"JUPYTER_PATH": "/one:/two"}, "/one /two " + home + " " + venv},
		{"darwin", unix, nil, "/h/Library/Jupyter " + venv},
		{"windows", windows, nil, "/a/jupyter " + venv},
		{"windows", windows, map[string]string{"JUPYTER_PATH": "C:/x;D:/y"}, "C:/x D:/y /a/jupyter " + venv},
		{"windows", windows, map[string]string{"JUPYTER_USE_PROGRAMDATA": "true"}, "/a/jupyter " + venv + " /p/jupyter"},
	} {
		want := strings.Fields(tc.want)
		if tc.goos != "windows" {
			want = append(want, "/usr/local/share/jupyter", "/usr/share/jupyter")
		}
		getenv := func(k string) string {
			if v, ok := tc.more[k]; ok {
				return v
			}
			return tc.env[k]
		}
		got := searchPath(tc.goos, getenv, func() (string, error) { return "/v", nil })
		for i := range got {
			got[i] = filepath.ToSlash(got[i])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %v:\n%s", tc.goos, tc.more, diff)
		}
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}
