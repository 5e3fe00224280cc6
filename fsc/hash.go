// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"crypto/sha3"
	"encoding/base64"
	"regexp"
	"strconv"
)

// ContentHash is the hash of a contract's content, like "$1$1$…" (91
// characters): algorithm, hash type, base64url without padding.
type ContentHash string

// GrantHash is the hash of one grant, like "$1$3$…"; it is salted with the
// contract it stands in, so it is unique across contracts.
type GrantHash string

// HashType is the second number of a hash (Core, table of hash types).
type HashType int

// The hash types of Core.
const (
	HashTypeContract                         HashType = 1
	HashTypeServicePublicationGrant          HashType = 2
	HashTypeServiceConnectionGrant           HashType = 3
	HashTypeDelegatedServiceConnectionGrant  HashType = 4
	HashTypeDelegatedServicePublicationGrant HashType = 5
	hashAlgorithmSHA3512                              = 1
	hashAlgorithmName                                 = "HASH_ALGORITHM_SHA3_512"
	maxHashText                                       = 1024
)

var hashPattern = regexp.MustCompile(`^\$([0-9]{1,4})\$([0-9]{1,4})\$([A-Za-z0-9_-]{86})$`)

// ParseHash splits a hash into its type and checks its form. An algorithm this
// library doesn't know gives [CodeUnknownHashAlgorithmHash].
func ParseHash(s string) (HashType, error) {
	if len(s) > maxHashText {
		return 0, Errorf(CodeInvalidRequest, "hash is longer than %d characters", maxHashText)
	}
	m := hashPattern.FindStringSubmatch(s)
	if m == nil {
		return 0, Errorf(CodeInvalidRequest, "hash must look like $1$1$ and 86 characters of base64url")
	}
	if m[1] != strconv.Itoa(hashAlgorithmSHA3512) {
		return 0, Errorf(CodeUnknownHashAlgorithmHash, "hash algorithm number %s is not supported", m[1])
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return 0, Errorf(CodeInvalidRequest, "hash type must be a number")
	}
	return HashType(n), nil
}

// Validate reports whether the hash has the form of a content hash.
func (h ContentHash) Validate() error {
	t, err := ParseHash(string(h))
	if err != nil {
		return err
	}
	if t != HashTypeContract {
		return Errorf(CodeInvalidRequest, "this is the hash of a grant ($1$%d$…), not of a contract ($1$1$…)", t)
	}
	return nil
}

// Validate reports whether the hash has the form of a grant hash.
func (h GrantHash) Validate() error {
	t, err := ParseHash(string(h))
	if err != nil {
		return err
	}
	if t == HashTypeContract {
		return Errorf(CodeInvalidRequest, "this is the hash of a contract ($1$1$…), not of a grant")
	}
	return nil
}

func hashText(t HashType, preimage ...[]byte) string {
	h := sha3.New512()
	for _, p := range preimage {
		_, _ = h.Write(p) // a hash never fails to write
	}
	var sum [64]byte
	out := make([]byte, 0, 91)
	out = append(out, "$1$"...)
	out = strconv.AppendInt(out, int64(t), 10)
	out = append(out, '$')
	return string(base64.RawURLEncoding.AppendEncode(out, h.Sum(sum[:0])))
}
