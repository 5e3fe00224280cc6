// SPDX-License-Identifier: EUPL-1.2

package event_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/collective/event"
)

// A receiver reads the body as it came, verifies it, and only then looks at what
// it says.
func ExampleVerify() {
	const secret event.Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	receive := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		if err != nil || event.Verify(secret, r.Header, body, time.Now()) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}

	body := `{"specversion":"1.0","type":"nl.collective.framework.exhausted"}`
	sent := httptest.NewRequest(http.MethodPost, "https://receiver.example/events", strings.NewReader(body))
	if err := event.Sign(sent.Header, secret, "an-event", time.Now(), []byte(body)); err != nil {
		fmt.Println(err)
	}
	answer := httptest.NewRecorder()
	receive(answer, sent)
	fmt.Println(answer.Code)

	forged := httptest.NewRequest(http.MethodPost, "https://receiver.example/events", strings.NewReader(body))
	forged.Header = sent.Header.Clone()
	forged.Header.Set(event.HeaderID, "another-event")
	answer = httptest.NewRecorder()
	receive(answer, forged)
	fmt.Println(answer.Code)
	// Output:
	// 204
	// 401
}
