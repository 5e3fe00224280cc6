// SPDX-License-Identifier: EUPL-1.2

package secondfactor

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
)

const (
	// RecoveryCodes is how many are made at once.
	RecoveryCodes = 10
	recoveryBytes = 10 // 80 bits, so that a plain hash is enough
)

// NewRecovery makes codes for who has lost the app, and their hashes, which are
// what is kept. Each counts once; that is for who keeps the hashes.
func NewRecovery() (codes []string, hashes [][32]byte) {
	for range RecoveryCodes {
		var b [recoveryBytes]byte
		rand.Read(b[:])
		text := inBase32(b[:])
		codes, hashes = append(codes, grouped(text, "-")), append(hashes, sha256.Sum256([]byte(text)))
	}
	return codes, hashes
}

// FindRecovery gives the place of a typed code among hashes, or -1. Letter case,
// hyphens and spaces don't count.
func FindRecovery(hashes [][32]byte, typed string) int {
	text := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(strings.TrimSpace(typed)))
	hash, found := sha256.Sum256([]byte(text)), -1
	for i := range hashes {
		if subtle.ConstantTimeCompare(hash[:], hashes[i][:]) == 1 {
			found = i
		}
	}
	return found
}
