// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a notification, which Standard Webhooks names.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp" // Unix seconds of this attempt
	HeaderSignature = "Webhook-Signature" // "v1," and the signature; several with spaces
)

const (
	secretPrefix = "whsec_"
	secretBytes  = 32
	// tolerance is how far the clocks of sender and receiver may be apart. A
	// notification that was caught on the way can't be sent again after it.
	tolerance = 5 * time.Minute
	// maxSignatures bounds how many signatures are tried.
	maxSignatures = 8
)

// ErrSignature is returned when a notification doesn't come from who has the
// secret, or isn't fresh.
var ErrSignature = errors.New("the signature doesn't hold")

// Secret is what a receiver knows senders by: "whsec_" and at least 24 bytes in
// base64. It is written as text by [Secret.Reveal] alone.
type Secret string

// NewSecret makes a secret of 32 random bytes.
func NewSecret() Secret {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails
	return Secret(secretPrefix + base64.StdEncoding.EncodeToString(b))
}

// Reveal gives the text, for the person or the store that has to have it.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string { return "[secret]" }

// GoString hides the secret.
func (s Secret) GoString() string { return "[secret]" }

// LogValue hides the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// MarshalText hides the secret: it never leaves inside something else.
func (s Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

func (s Secret) key() ([]byte, error) {
	text, ok := strings.CutPrefix(string(s), secretPrefix)
	if !ok {
		return nil, errors.New("a secret begins with " + secretPrefix)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("a secret has 24 to 64 bytes in base64")
	}
	return key, nil
}

// Sign puts the headers of a notification: its ID, the moment of this attempt,
// and HMAC-SHA256 over both and the body.
func Sign(h http.Header, secret Secret, id string, at time.Time, body []byte) error {
	key, err := secret.key()
	if err != nil {
		return err
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, stamp)
	h.Set(HeaderSignature, "v1,"+base64.StdEncoding.EncodeToString(sum(key, id, stamp, body)))
	return nil
}

func sum(key []byte, id, stamp string, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	_, _ = m.Write([]byte(id + "." + stamp + "."))
	_, _ = m.Write(body)
	return m.Sum(nil)
}

// Verify is for receivers written in Go: it tells whether a notification with
// these headers and this body, byte for byte as received, was signed with the
// secret within five minutes of now. It gives [ErrSignature] when not. A
// receiver also has to remember IDs, for a notification may come twice.
func Verify(secret Secret, h http.Header, body []byte, now time.Time) error {
	key, err := secret.key()
	if err != nil {
		return err
	}
	id, stamp := h.Get(HeaderID), h.Get(HeaderTimestamp)
	at, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil || strconv.FormatInt(at, 10) != stamp {
		return fmt.Errorf("%w: %s or %s is missing or malformed", ErrSignature, HeaderID, HeaderTimestamp)
	}
	if apart := now.Unix() - at; apart > int64(tolerance/time.Second) || -apart > int64(tolerance/time.Second) {
		return fmt.Errorf("%w: it was signed too long ago, or a clock is wrong", ErrSignature)
	}
	want := sum(key, id, stamp, body)
	held := false
	for i, one := range strings.Fields(h.Get(HeaderSignature)) {
		if i == maxSignatures {
			break
		}
		text, ok := strings.CutPrefix(one, "v1,")
		if !ok {
			continue
		}
		got, err := base64.StdEncoding.DecodeString(text)
		if err == nil && hmac.Equal(got, want) {
			held = true
		}
	}
	if !held {
		return ErrSignature
	}
	return nil
}
