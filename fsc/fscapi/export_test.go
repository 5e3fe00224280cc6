// SPDX-License-Identifier: EUPL-1.2

package fscapi

// What the tests outside the package look at.

var (
	DecodeSubmission   = decodeSubmission
	EncodeSubmission   = encodeSubmission
	DecodeTokenRequest = decodeTokenRequest
	EncodeKeySet       = encodeKeySet
	DecodeKeySet       = decodeKeySet
)

func (k CursorKey) Seal(binding, parts []string) string { return k.seal(binding, parts) }

func (k CursorKey) Open(binding []string, cursor string) ([]string, error) {
	return k.open(binding, cursor)
}

// ReadQuery reads every kind of parameter.
func ReadQuery(raw string) (Page, []string, *int64, error) {
	q := parseQuery(raw)
	p, list, seconds := q.page(), q.list("grant_hash", 1, maxHashLength), q.seconds("after")
	q.name("peer_name")
	q.grantType()
	return p, list, seconds, q.err
}
