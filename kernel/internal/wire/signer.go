package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// remembered is how many signatures a Signer keeps to recognise replays.
const remembered = 1 << 16

// Signer signs messages with HMAC-SHA256 and verifies them. With an empty key it signs with the
// empty string and lets every message pass, as the protocol has it. It may be used from several
// goroutines.
type Signer struct {
	key []byte

	mu   sync.Mutex
	seen map[[sha256.Size]byte]struct{}
	ring [][sha256.Size]byte // the signatures in seen; next is overwritten
	next int
}

// NewSigner returns a signer for the key of a connection file.
func NewSigner(key string) *Signer {
	return &Signer{key: []byte(key), seen: map[[sha256.Size]byte]struct{}{}}
}

// Sign returns the signature of a message's four JSON parts, in hexadecimal.
func (s *Signer) Sign(parts [][]byte) []byte {
	if len(s.key) == 0 {
		return nil
	}
	sum := s.sum(parts)
	return hex.AppendEncode(nil, sum[:])
}

// Verify returns nil for a right signature that was not seen before.
func (s *Signer) Verify(signature []byte, parts [][]byte) error {
	if len(s.key) == 0 {
		return nil
	}
	var given [sha256.Size]byte
	if len(signature) != hex.EncodedLen(len(given)) {
		return ErrSignature
	}
	if _, err := hex.Decode(given[:], signature); err != nil {
		return ErrSignature
	}
	sum := s.sum(parts)
	if !hmac.Equal(sum[:], given[:]) {
		return ErrSignature
	}
	if !s.remember(sum) {
		return ErrReplayed
	}
	return nil
}

// remember notes a signature; it reports false if it was there already.
func (s *Signer) remember(sum [sha256.Size]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.seen[sum]; ok {
		return false
	}
	s.seen[sum] = struct{}{}
	if len(s.ring) < remembered {
		s.ring = append(s.ring, sum)
		return true
	}
	delete(s.seen, s.ring[s.next])
	s.ring[s.next] = sum
	s.next = (s.next + 1) % remembered
	return true
}

func (s *Signer) sum(parts [][]byte) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, s.key)
	for _, p := range parts {
		mac.Write(p)
	}
	mac.Sum(sum[:0])
	return sum
}
