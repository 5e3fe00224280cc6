// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"encoding/hex"
	"strings"
)

// idSize is the size of a transaction id in the database: the bytes of the
// UUID, which sort like its lower-case text.
const idSize = 16

// encodeID gives the bytes of a UUID in its lower-case text form, or nil for
// any other text.
func encodeID(text string) []byte {
	id := make([]byte, 0, idSize)
	for i := 0; i+1 < len(text) && len(id) < idSize; i += 2 {
		if text[i] == '-' {
			i++
		}
		if i+1 == len(text) {
			return nil
		}
		id = append(id, hexValue(text[i])<<4|hexValue(text[i+1]))
	}
	var form [36]byte
	if len(id) != idSize || len(text) != len(form) || string(appendID(form[:0], id)) != text {
		return nil
	}
	return id
}

// hexValue is wrong for what is no digit; encodeID compares afterwards.
func hexValue(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// decodeID gives the text of 16 bytes.
func decodeID(id []byte) string {
	var form [36]byte
	return string(appendID(form[:0], id))
}

func appendID(text, id []byte) []byte {
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, []byte{b})
	}
	return text
}

// idPlace gives bytes that have the place of any text among transaction ids:
// those of the last id that doesn't come after it, and one more byte when that
// isn't the text itself.
func idPlace(text string) []byte {
	place := make([]byte, idSize)
	if strings.Compare(text, decodeID(place)) < 0 {
		return []byte{} // before all ids
	}
	for bit := range idSize * 8 {
		mask := byte(0x80) >> (bit % 8)
		place[bit/8] |= mask
		if strings.Compare(text, decodeID(place)) < 0 {
			place[bit/8] &^= mask
		}
	}
	if decodeID(place) != text {
		place = append(place, 0)
	}
	return place
}
