// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

const (
	saltBytes = 16
	keyBytes  = 32
	// hashMemory is what one hash takes, in KiB.
	hashMemory = 64 * 1024
	// hashesAtOnce bounds the memory that logging in can take: 64 MiB each.
	hashesAtOnce = 2
	// hashPatience is how long a login waits for its turn.
	hashPatience = 10 * time.Second
	// maxStoredMemory and maxStoredPasses bound what a stored hash may ask for.
	maxStoredMemory = 256 * 1024
	maxStoredPasses = 16
)

var errHashForm = errors.New("not an argon2id hash of this program")

// cost is the work of a hash.
type cost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// hasher makes and checks argon2id hashes, a few at a time.
type hasher struct {
	cost  cost
	turns chan struct{}
}

func newHasher(memory uint32) *hasher {
	return &hasher{cost: cost{memory: cmp.Or(memory, hashMemory), passes: 3, threads: 1}, turns: make(chan struct{}, hashesAtOnce)}
}

// turn waits until another hash may be computed; the caller calls done after it.
func (h *hasher) turn(ctx context.Context) (done func(), err error) {
	timer := time.NewTimer(hashPatience)
	defer timer.Stop()
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns }, nil
	case <-timer.C:
		return nil, &Error{Kind: KindTooMany, Text: "too many people log in at this moment", RetryAfter: hashPatience}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash gives the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, h.cost.passes, h.cost.memory, h.cost.threads, keyBytes)
	return formPHC(h.cost, salt, key), nil
}

// matches tells whether the password belongs to the stored hash, and whether
// that hash should be made anew because the cost has changed since. Without a
// usable hash it does the same work and says no.
func (h *hasher) matches(ctx context.Context, password, stored string) (ok, stale bool, err error) {
	c, salt, key, formErr := parsePHC(stored)
	if formErr != nil {
		c, salt, key = h.cost, make([]byte, saltBytes), make([]byte, keyBytes)
	}
	done, err := h.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	got := argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, keyBytes)
	same := subtle.ConstantTimeCompare(got, key) == 1
	return same && formErr == nil, c != h.cost, nil
}

func formPHC(c cost, salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.passes, c.threads, b64(salt), b64(key))
}

// parsePHC reads what formPHC writes and nothing else.
func parsePHC(s string) (c cost, salt, key []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 {
		return c, nil, nil, errHashForm
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads); err != nil {
		return c, nil, nil, errHashForm
	}
	salt, saltErr := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	switch {
	case saltErr != nil || keyErr != nil || len(salt) != saltBytes || len(key) != keyBytes,
		c.memory == 0 || c.memory > maxStoredMemory || c.passes == 0 || c.passes > maxStoredPasses || c.threads == 0,
		s != formPHC(c, salt, key):
		return c, nil, nil, errHashForm
	}
	return c, salt, key, nil
}
