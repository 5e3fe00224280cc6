// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"crypto/sha3"
	"encoding/base64"
	"io"
	"strconv"

	"github.com/samenspel/samenspel/fsc"
)

// Type is the number of a kind of deed. Numbers below 100 belong to the
// standard's hashes, those from 900 to this format, so a deed has 100 to 899.
type Type int

// The range of [Type].
const (
	FirstType Type = 100
	LastType  Type = 899
)

// The range of types that are confidential.
const (
	firstConfidential Type = 114
	lastConfidential  Type = 118
)

// The numbers this format uses for what isn't a deed.
const (
	numberAnnex     = 900
	numberSignature = 901
	numberEntry     = 902
)

// Valid tells whether t can be the type of a deed.
func (t Type) Valid() bool { return FirstType <= t && t <= LastType }

// Confidential tells whether deeds of this type are between their parties: a
// feed, and a file, may leave such a deed out. That it was received, and who
// signed it, is told to all.
func (t Type) Confidential() bool { return firstConfidential <= t && t <= lastConfidential }

// Hash is a hash in the form of the standard, "$1$<number>$<digest>": SHA3-512
// in base64url without padding. The number tells what was hashed.
type Hash string

// Number gives the number in a well-formed hash, or an error.
func (h Hash) number() (int, error) {
	n, err := fsc.ParseHash(string(h))
	if err != nil {
		return 0, jsonFault(err)
	}
	// The standard's pattern lets leading zeros and stray bits at the end of
	// the digest pass; here one hash has one text.
	digest := h[len(h)-digestText:]
	_, err = base64.RawURLEncoding.Strict().DecodeString(string(digest))
	if err != nil || string(h) != "$1$"+strconv.Itoa(int(n))+"$"+string(digest) {
		return 0, fault(CodeMalformed, "", "hash isn't written in its only form")
	}
	return int(n), nil
}

// digestText is the length of a digest of 64 bytes in base64url.
const digestText = 86

// Type gives the type of the deed whose hash this is. It is an error when h is
// malformed or is the hash of something else: a contract, a grant, an annex.
func (h Hash) Type() (Type, error) {
	n, err := h.number()
	if err != nil {
		return 0, err
	}
	if !Type(n).Valid() {
		return 0, fault(CodeMalformed, "", "hash number %d is not that of a deed (%d to %d)", n, FirstType, LastType)
	}
	return Type(n), nil
}

func (h Hash) must(number int) error {
	n, err := h.number()
	if err != nil {
		return err
	}
	if n != number {
		return fault(CodeMalformed, "", "hash number is %d, where %d is expected", n, number)
	}
	return nil
}

// Matches tells whether h is the hash of these bytes: of the canonical bytes of a
// deed, or of a signature or annex.
func (h Hash) Matches(b []byte) bool {
	n, err := h.number()
	return err == nil && hashOf(n, b) == h
}

// AnnexHash gives the hash by which a deed names an annex with these bytes.
func AnnexHash(b []byte) Hash { return hashOf(numberAnnex, b) }

// ReadAnnexHash is [AnnexHash] for bytes that are read once and not held: it reads
// r to its end and also gives how many bytes there were. Errors are those of r.
func ReadAnnexHash(r io.Reader) (Hash, int64, error) {
	digest := sha3.New512()
	n, err := io.Copy(digest, r)
	if err != nil {
		return "", n, err
	}
	return hashText(numberAnnex, digest.Sum(nil)), n, nil
}

// AnnexDigest gives the 64 bytes of the SHA3-512 in h. It is an error when h is
// malformed or is the hash of something else than an annex.
func (h Hash) AnnexDigest() ([]byte, error) {
	if err := h.must(numberAnnex); err != nil {
		return nil, err
	}
	return base64.RawURLEncoding.Strict().DecodeString(string(h[len(h)-digestText:]))
}

// AnnexOfDigest is the inverse of [Hash.AnnexDigest], for 64 bytes.
func AnnexOfDigest(sum [64]byte) Hash { return hashText(numberAnnex, sum[:]) }

func hashOf(number int, preimage []byte) Hash {
	sum := sha3.Sum512(preimage)
	return hashText(number, sum[:])
}

func hashText(number int, sum []byte) Hash {
	out := make([]byte, 0, 8+digestText)
	out = append(out, "$1$"...)
	out = strconv.AppendInt(out, int64(number), 10)
	out = append(out, '$')
	return Hash(base64.RawURLEncoding.AppendEncode(out, sum))
}

// confidential tells whether h is the hash of a deed of such a type.
func (h Hash) confidential() bool {
	t, err := h.Type()
	return err == nil && t.Confidential()
}
