// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/samenspel/samenspel/fsc"
)

// CursorKey authenticates the cursors of a server, at least 16 secret bytes.
// Servers behind one address share it, or a list breaks off between two pages.
type CursorKey []byte

const (
	minCursorKey   = 16
	cursorTag      = 16
	maxCursor      = 4096
	maxCursorParts = 8
	cursorDomain   = "fscapi cursor 1"
)

// seal makes a cursor of the parts of a sort key. It only opens for the same
// binding: list, caller, order and filters.
func (k CursorKey) seal(binding, parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	body := appendStrings(nil, parts)
	return base64.RawURLEncoding.EncodeToString(append(k.tag(binding, body), body...))
}

// open gives the parts back. The empty cursor is the first page.
func (k CursorKey) open(binding []string, cursor string) ([]string, error) {
	if cursor == "" {
		return nil, nil
	}
	refused := fsc.Errorf(fsc.CodeInvalidRequest, "cursor is unknown, or belongs to another question; start again without cursor")
	if len(cursor) > maxCursor {
		return nil, refused
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) <= cursorTag {
		return nil, refused
	}
	body := raw[cursorTag:]
	if !hmac.Equal(raw[:cursorTag], k.tag(binding, body)) {
		return nil, refused
	}
	parts, ok := splitStrings(body)
	if !ok {
		return nil, refused
	}
	return parts, nil
}

func (k CursorKey) tag(binding []string, body []byte) []byte {
	mac := hmac.New(sha256.New, k)
	head := appendStrings([]byte(cursorDomain), binding)
	_, _ = mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(head)))) // a hash never fails to write
	_, _ = mac.Write(head)
	_, _ = mac.Write(body)
	return mac.Sum(nil)[:cursorTag:cursorTag]
}

// appendStrings writes each text with its length in front, so that no two
// lists have the same bytes.
func appendStrings(b []byte, list []string) []byte {
	for _, s := range list {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

func splitStrings(b []byte) ([]string, bool) {
	var list []string
	for len(b) > 0 {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) || //nolint:gosec // size is at most the length of b
			len(list) == maxCursorParts {
			return nil, false
		}
		list = append(list, string(b[size:size+int(n)])) //nolint:gosec // n is at most the length of b
		b = b[size+int(n):]                              //nolint:gosec // n is at most the length of b
	}
	return list, true
}
