// SPDX-License-Identifier: EUPL-1.2

package secondfactor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // G505: RFC 6238 as authenticator apps have it; HMAC doesn't need more
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

const (
	// SecretBytes is the length of a secret: that of SHA-1 (RFC 4226, section 4, R6).
	SecretBytes = 20
	// Digits is the length of a code.
	Digits = 6
	// Period is how long a code counts (RFC 6238, section 5.2).
	Period = 30 * time.Second
	// drift is how many steps a clock may be off, each way.
	drift = 1
)

// inBase32 writes bytes in the alphabet that authenticator apps read, unpadded.
func inBase32(b []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// Secret is what the node and the app both know. Printing it gives nothing away.
type Secret [SecretBytes]byte

// New makes a random secret.
func New() Secret {
	var s Secret
	rand.Read(s[:])
	return s
}

// String hides the secret from logs and messages.
func (Secret) String() string { return "(secret)" }

// GoString hides the secret from logs and messages.
func (Secret) GoString() string { return "(secret)" }

// LogValue hides the secret from logs.
func (Secret) LogValue() slog.Value { return slog.StringValue("(secret)") }

// Text gives the secret in base32, in groups of four, for who types it over.
func (s Secret) Text() string { return grouped(inBase32(s[:]), " ") }

// URI gives the address by which an app takes the secret over:
// otpauth://totp/issuer:account. Issuer is who the code is for.
func (s Secret) URI(issuer, account string) string {
	q := url.Values{"secret": {inBase32(s[:])}, "issuer": {issuer}}
	// Apps read a plus as a plus, not as a space.
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(account) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// Step gives the number of the period in which an instant falls.
func Step(at time.Time) int64 { return at.Unix() / int64(Period/time.Second) }

// Code gives the code of a step (RFC 4226, section 5.3).
func (s Secret) Code(step int64) string {
	mac := hmac.New(sha1.New, s[:])
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[from:from+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", Digits, number%1_000_000)
}

// Match tells in which step near now the code is right, if in any after the last
// one that was accepted. It takes as long for each code of six digits.
func (s Secret) Match(code string, now time.Time, last int64) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	if len(code) != Digits {
		return 0, false
	}
	middle := Step(now)
	for at := middle - drift; at <= middle+drift; at++ {
		same := subtle.ConstantTimeCompare([]byte(s.Code(at)), []byte(code)) == 1
		if same && at > last {
			step, ok = at, true
		}
	}
	return step, ok
}

// grouped puts a separator between groups of four.
func grouped(s, separator string) string {
	var out strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			out.WriteString(separator)
		}
		out.WriteRune(r)
	}
	return out.String()
}
