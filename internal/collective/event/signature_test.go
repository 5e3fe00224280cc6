// SPDX-License-Identifier: EUPL-1.2

package event_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/event"
)

// The example that the documentation of Standard Webhooks gives to check a
// library by.
const (
	vectorSecret    = event.Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func vectorTime() time.Time { return time.Unix(1614265330, 0) }

func vectorHeader(tb testing.TB) http.Header {
	tb.Helper()
	h := http.Header{}
	if err := event.Sign(h, vectorSecret, vectorID, vectorTime(), []byte(vectorBody)); err != nil {
		tb.Fatal(err)
	}
	return h
}

func TestASignatureIsThatOfStandardWebhooks(t *testing.T) {
	h := vectorHeader(t)
	if got := h.Get("webhook-signature"); got != vectorSignature {
		t.Errorf("signature %s, want %s", got, vectorSignature)
	}
	if h.Get("webhook-id") != vectorID || h.Get("webhook-timestamp") != "1614265330" {
		t.Errorf("headers %v", h)
	}
}

func TestOnlyWhatWasSignedJustNowHolds(t *testing.T) {
	other := event.NewSecret()
	for _, c := range []struct {
		name   string
		change func(http.Header)
		secret event.Secret
		body   string
		after  time.Duration
		holds  bool
	}{
		{name: "as it was sent", holds: true},
		{name: "five minutes later", after: 5 * time.Minute, holds: true},
		{name: "one of several signatures", holds: true, change: func(h http.Header) {
			h.Set(event.HeaderSignature, "v1a,AAAA v1,AAAA "+vectorSignature)
		}},
		{name: "later", after: 5*time.Minute + time.Second},
		{name: "earlier", after: -5*time.Minute - time.Second},
		{name: "another body", body: `{"test": 2432232315}`},
		{name: "another secret", secret: other},
		{name: "another id", change: func(h http.Header) { h.Set(event.HeaderID, "msg_2") }},
		{name: "another time", change: func(h http.Header) { h.Set(event.HeaderTimestamp, "1614265331") }},
		{name: "a time in another form", change: func(h http.Header) { h.Set(event.HeaderTimestamp, "+1614265330") }},
		{name: "no id", change: func(h http.Header) { h.Del(event.HeaderID) }},
		{name: "no time", change: func(h http.Header) { h.Del(event.HeaderTimestamp) }},
		{name: "no signature", change: func(h http.Header) { h.Del(event.HeaderSignature) }},
		{name: "another version", change: func(h http.Header) {
			h.Set(event.HeaderSignature, strings.Replace(vectorSignature, "v1", "v2", 1))
		}},
		{name: "too many signatures", change: func(h http.Header) {
			h.Set(event.HeaderSignature, strings.Repeat("v1,AAAA ", 8)+vectorSignature)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, secret, body := vectorHeader(t), vectorSecret, vectorBody
			if c.change != nil {
				c.change(h)
			}
			if c.secret != "" {
				secret = c.secret
			}
			if c.body != "" {
				body = c.body
			}
			err := event.Verify(secret, h, []byte(body), vectorTime().Add(c.after))
			if c.holds != (err == nil) || err != nil && !errors.Is(err, event.ErrSignature) {
				t.Errorf("got %v, want holds %v", err, c.holds)
			}
		})
	}
}

func TestASecretThatIsNoneIsRefused(t *testing.T) {
	for _, s := range []event.Secret{"", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_AAAA", "whsec_%%%%"} {
		if event.Sign(http.Header{}, s, "id", vectorTime(), nil) == nil || event.Verify(s, vectorHeader(t), []byte(vectorBody), vectorTime()) == nil {
			t.Errorf("%q was taken", s.Reveal())
		}
	}
}

func TestASecretIsNeverWrittenByAccident(t *testing.T) {
	secret := event.NewSecret()
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("test", "secret", secret, "subscription", event.Subscription{Secret: secret})
	written, err := json.Marshal(event.Subscription{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %+v %s %q %#v", secret, event.Subscription{Secret: secret}, secret, secret, event.Subscription{Secret: secret})
	for _, s := range []string{log.String(), string(written), text} {
		if strings.Contains(s, strings.TrimPrefix(secret.Reveal(), "whsec_")) {
			t.Errorf("the secret is in %s", s)
		}
	}
}

// FuzzVerify reads whatever comes in as headers. Only the one signature holds.
func FuzzVerify(f *testing.F) {
	f.Add(vectorID, "1614265330", vectorSignature, []byte(vectorBody))
	f.Add("", "x", "v1,", []byte{})
	f.Fuzz(func(t *testing.T, id, stamp, signature string, body []byte) {
		h := http.Header{event.HeaderID: {id}, event.HeaderTimestamp: {stamp}, event.HeaderSignature: {signature}}
		err := event.Verify(vectorSecret, h, body, vectorTime())
		if err == nil && !strings.Contains(signature, "v1,") {
			t.Fatalf("held without a signature: %q", signature)
		}
		if err == nil && string(body) != vectorBody {
			t.Fatalf("held for another body: %q", body)
		}
	})
}
