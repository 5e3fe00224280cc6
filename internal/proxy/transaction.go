// SPDX-License-Identifier: EUPL-1.2

package proxy

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// NewTransactionID makes a TransactionID: a UUID of version 7 (RFC 9562) in
// lower case, with the present time in milliseconds and 74 random bits (FSC
// Logging, TransactionID). Safe for concurrent use, without a shared lock.
func NewTransactionID() string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(time.Now().UnixMilli())<<16)
	_, _ = rand.Read(id[6:]) // never fails: the program would end
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80

	var s [36]byte
	hex.Encode(s[0:8], id[0:4])
	hex.Encode(s[9:13], id[4:6])
	hex.Encode(s[14:18], id[6:8])
	hex.Encode(s[19:23], id[8:10])
	hex.Encode(s[24:36], id[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}

// ValidTransactionID tells whether s is a UUID of version 7: 36 characters,
// hexadecimal digits of either case, version 7, variant 8, 9, a or b. The time
// inside isn't judged.
func ValidTransactionID(s string) bool {
	if len(s) != 36 || s[14] != '7' || strings.IndexByte("89abAB", s[19]) < 0 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			c := s[i] | 0x20
			if (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// ParseTraceparent gives the trace id (32 hexadecimal digits) and the span id
// (16) of a traceparent header, as W3C Trace Context defines it: lower case,
// neither all zero, version 00 of exactly 55 characters. A later version may
// have more behind a dash; version ff is invalid.
func ParseTraceparent(h string) (traceID, spanID string, ok bool) {
	if len(h) < 55 || h[2] != '-' || h[35] != '-' || h[52] != '-' {
		return "", "", false
	}
	version, traceID, spanID, flags := h[:2], h[3:35], h[36:52], h[53:55]
	if !lowerHex(version) || !lowerHex(traceID) || !lowerHex(spanID) || !lowerHex(flags) {
		return "", "", false
	}
	if version == "ff" || len(h) > 55 && (version == "00" || h[55] != '-') {
		return "", "", false
	}
	if strings.Trim(traceID, "0") == "" || strings.Trim(spanID, "0") == "" {
		return "", "", false
	}
	return traceID, spanID, true
}

func lowerHex(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

// ReadTransactionID gives the TransactionID of a request as it was received
// (FSC Logging, TransactionID). A missing one gives
// [fsc.CodeMissingLogRecordID], a malformed or repeated one
// [fsc.CodeInvalidLogRecordID].
func ReadTransactionID(h http.Header) (string, error) {
	switch values := h[HeaderTransactionID]; {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return "", fsc.Errorf(fsc.CodeMissingLogRecordID, "the header Fsc-Transaction-Id is missing")
	case len(values) > 1 || !ValidTransactionID(values[0]):
		return "", fsc.Errorf(fsc.CodeInvalidLogRecordID, "the header Fsc-Transaction-Id must be one UUID of version 7")
	default:
		return values[0], nil
	}
}
