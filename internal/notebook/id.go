package notebook

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// assignIDs gives an id to every cell that has none, a malformed one, or that of an earlier cell.
// The id is made from the cell's place and text rather than drawn at random, so that running the
// same old notebook twice writes the same file twice.
func (nb *Notebook) assignIDs() {
	seen := map[string]bool{}
	var missing []int
	for i, c := range nb.Cells {
		if validID(c.ID) && !seen[c.ID] {
			seen[c.ID] = true
			continue
		}
		missing = append(missing, i)
	}
	for _, i := range missing {
		c := nb.Cells[i]
		for salt := 0; ; salt++ {
			sum := sha256.Sum256([]byte(strconv.Itoa(i) + "/" + strconv.Itoa(salt) + "/" + c.Type + "/" + c.Source))
			if c.ID = hex.EncodeToString(sum[:4]); !seen[c.ID] {
				break
			}
		}
		seen[c.ID] = true
	}
}

// validID is the schema's ^[a-zA-Z0-9-_]+$ of at most 64 characters.
func validID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, r := range id {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
		default:
			return false
		}
	}
	return true
}
