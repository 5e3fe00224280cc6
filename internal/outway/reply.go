// SPDX-License-Identifier: EUPL-1.2

package outway

import (
	"net/http"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/proxy"
)

// reply passes a response and sees whether the Inway refused the token.
type reply struct {
	http.ResponseWriter
	refused bool // the Inway refused the token
	hold    bool // such a response is kept back, because the call is tried again
	held    bool
}

// WriteHeader implements [http.ResponseWriter].
func (w *reply) WriteHeader(status int) {
	if status == http.StatusUnauthorized {
		switch fsc.ErrorCode(w.Header().Get(proxy.HeaderErrorCode)) {
		case fsc.CodeAccessTokenExpired, fsc.CodeAccessTokenInvalid:
			w.refused = true
			w.held = w.hold
		}
	}
	if !w.held {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write implements [http.ResponseWriter].
func (w *reply) Write(b []byte) (int, error) {
	if w.held {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// FlushError is for [http.ResponseController].
func (w *reply) FlushError() error {
	if w.held {
		return nil
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for [http.ResponseController].
func (w *reply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// release forgets the response that was kept back.
func (w *reply) release() {
	clear(w.Header())
	w.refused, w.hold, w.held = false, false, false
}
