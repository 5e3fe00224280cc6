// SPDX-License-Identifier: EUPL-1.2

package http1

import (
	"net/http"
	"strings"
)

// trails tells whether there are fields for a trailer that wasn't announced.
func (w *response) trails() bool {
	for name := range w.h {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			return true
		}
	}
	return false
}

// appendTrailer ends a chunked body with the fields that were announced and
// those with the prefix of net/http.
func (w *response) appendTrailer() {
	w.out = append(w.out, "0\r\n"...)
	for _, list := range w.h["Trailer"] {
		for name := range strings.SplitSeq(list, ",") {
			name = http.CanonicalHeaderKey(strings.Trim(name, " \t"))
			w.appendTrailerField(name, w.h[name])
		}
	}
	for key, values := range w.h {
		if name, ok := strings.CutPrefix(key, http.TrailerPrefix); ok {
			w.appendTrailerField(name, values)
		}
	}
	w.out = append(w.out, "\r\n"...)
}

// appendTrailerField leaves out what says how the message is sent, which is too
// late in a trailer (RFC 9110, section 6.5.1).
func (w *response) appendTrailerField(name string, values []string) {
	switch http.CanonicalHeaderKey(name) {
	case "Content-Length", "Transfer-Encoding", "Trailer":
		return
	}
	for _, v := range values {
		w.appendField(name, v)
	}
}
