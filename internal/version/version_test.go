package version

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestGet(t *testing.T) {
	if got := Get(); got.Go != runtime.Version() || got.Module == "" || got.Platform == "" {
		t.Errorf("Get() = %+v", got)
	}
}

func TestFill(t *testing.T) {
	settings := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef"},
		{Key: "vcs.modified", Value: "true"},
		{Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
	}
	for _, tc := range []struct {
		name, text, number string
		build              debug.BuildInfo
	}{
		{
			"checkout", "rg devel (0123456789ab with changes, go, os/arch)", "0.0.0",
			debug.BuildInfo{Main: debug.Module{Path: module, Version: "(devel)"}, Settings: settings},
		},
		{
			"release", "rg v1.2.3 (go, os/arch)", "1.2.3",
			debug.BuildInfo{Main: debug.Module{Path: module, Version: "v1.2.3"}},
		},
		{
			"library", "rg v0.4.0 (go, os/arch)", "0.4.0",
			debug.BuildInfo{
				Main: debug.Module{Path: "example.org/other", Version: "v9.0.0"}, Settings: settings,
				Deps: []*debug.Module{{Path: module, Version: "v0.4.0"}},
			},
		},
	} {
		info := Info{Module: "devel", Go: "go", Platform: "os/arch"}
		info.fill(&tc.build)
		if info.String() != tc.text || info.Number() != tc.number {
			t.Errorf("%s: %q, %q; want %q, %q", tc.name, info.String(), info.Number(), tc.text, tc.number)
		}
	}
}
