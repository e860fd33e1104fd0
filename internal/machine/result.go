package machine

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/rustygradients/rg/internal/atomicfile"
)

// WriteResult writes what was measured as JSON, and makes the folder.
func WriteResult(path string, result any) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(path, append(text, '\n'))
}
