package kernel

import (
	"os"
	"path/filepath"
	"runtime"
)

// HistoryVariable is the environment variable that names the file with the history, or says "off".
const HistoryVariable = "RG_HISTORY"

// HistoryFile returns where a person's history is kept, where the system wants such things; "" means
// nowhere.
func HistoryFile() string {
	switch file := os.Getenv(HistoryVariable); file {
	case "":
	case "off":
		return ""
	default:
		return file
	}
	dir := os.Getenv("XDG_STATE_HOME")
	home, err := os.UserHomeDir()
	switch {
	case runtime.GOOS == "windows":
		dir = os.Getenv("LocalAppData")
	case err == nil && runtime.GOOS == "darwin":
		dir = filepath.Join(home, "Library", "Application Support")
	case err == nil && !filepath.IsAbs(dir):
		dir = filepath.Join(home, ".local", "state")
	}
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "rg", "history.sqlite")
}
