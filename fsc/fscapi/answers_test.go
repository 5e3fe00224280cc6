// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

func TestOddAnswersOfOtherManagers(t *testing.T) {
	a := newAuthority(t)
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	for name, tc := range map[string]struct {
		h         http.Handler
		want      fscapi.RemoteError
		temporary bool
	}{
		"redirect":             {http.RedirectHandler("/v1/other", http.StatusFound), fscapi.RemoteError{Status: 302}, false},
		"huge":                 {answer(200, `{"peers":["`+strings.Repeat("x", 2000)+`"]}`), fscapi.RemoteError{Status: 200, Message: "the answer is larger than 1000 bytes"}, false},
		"HTML":                 {answer(200, `<html>`, "Content-Type", "text/html"), fscapi.RemoteError{Status: 200, Message: "the answer is not JSON"}, false},
		"HTML error":           {answer(502, `<html>`, "Content-Type", "text/html"), fscapi.RemoteError{Status: 502}, true},
		"error in header only": {answer(422, ``, "Fsc-Error-Code", "ERROR_CODE_NEW"), fscapi.RemoteError{Status: 422, Code: "ERROR_CODE_NEW"}, false},
		"code with rubbish":    {answer(422, `{"message":"m","code":"x y"}`), fscapi.RemoteError{Status: 422, Message: "m"}, false},
		"endless message":      {answer(422, `{"message":"`+strings.Repeat("é", 900)+`","code":"A"}`), fscapi.RemoteError{Status: 422, Code: "A", Message: strings.Repeat("é", 500) + "…"}, false},
		"wait seconds":         {answer(429, ``, "Retry-After", "17"), fscapi.RemoteError{Status: 429, RetryAfter: 17 * time.Second}, true},
		"wait until":           {answer(503, ``, "Retry-After", now.Add(time.Minute).Format(http.TimeFormat)), fscapi.RemoteError{Status: 503, RetryAfter: time.Minute}, true},
		"wait for ever":        {answer(503, ``, "Retry-After", "2000000000"), fscapi.RemoteError{Status: 503, RetryAfter: 24 * time.Hour}, true},
		"wait nonsense":        {answer(425, ``, "Retry-After", "-5"), fscapi.RemoteError{Status: 425}, true},
		"request timeout":      {answer(408, ``), fscapi.RemoteError{Status: 408}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := a.client(t, func(cfg *fscapi.ClientConfig) { cfg.MaxBytes, cfg.Now = 1000, func() time.Time { return now } })
			_, err := c.ListPeers(t.Context(), a.start(t, tc.h), fscapi.PeersRequest{})
			var re *fscapi.RemoteError
			if !errors.As(err, &re) || *re != tc.want || re.Temporary() != tc.temporary {
				t.Errorf("got %+v, want %+v", err, tc.want)
			}
		})
	}
}

func TestAnswersThatCannotBeRead(t *testing.T) {
	a := newAuthority(t)
	c, ctx := a.client(t), t.Context()
	ask := map[string]func(fsc.Peer) error{
		"peers":     func(p fsc.Peer) error { _, err := c.ListPeers(ctx, p, fscapi.PeersRequest{}); return err },
		"contracts": func(p fsc.Peer) error { _, err := c.ListContracts(ctx, p, fscapi.ContractsRequest{}); return err },
		"services":  func(p fsc.Peer) error { _, err := c.ListServices(ctx, p, fscapi.ServicesRequest{}); return err },
		"logs":      func(p fsc.Peer) error { _, err := c.ListLogRecords(ctx, p, fscapi.LogsRequest{}); return err },
		"peer":      func(p fsc.Peer) error { _, err := c.PeerInfo(ctx, p); return err },
		"keys":      func(p fsc.Peer) error { _, err := c.KeySet(ctx, p); return err },
		"token":     func(p fsc.Peer) error { _, err := c.Token(ctx, p, fscapi.TokenRequest{}); return err },
	}
	for _, tc := range [][2]string{
		{"peers", `{`},
		{"peers", `{"peers":[],"peers":[]}`},
		{"peers", `{"peers":[{"name":"x"}]}`},
		{"peers", `{"peers":7}`},
		{"contracts", `{"contracts":[{"signatures":{}}]}`},
		{"contracts", `{"contracts":[{"content":null}]}`},
		{"contracts", `[]`},
		{"services", `{"services":[{"data":{"name":"x"}}]}`},
		{"services", `x`},
		{"logs", `{"records":[{"direction":"DIRECTION_INCOMING"}]}`},
		{"logs", `{"records":[{"transaction_id":"a","direction":"UP"}]}`},
		{"logs", ``},
		{"peer", `{}`},
		{"peer", `7`},
		{"keys", `{"keys":[7]}`},
		{"token", `{"token_type":"bearer"}`},
		{"token", `{"access_token":"x","token_type":"mac"}`},
		{"token", `{"access_token":"x"}`},
		{"token", `{"access_token":"` + strings.Repeat("x", 65<<10) + `","token_type":"bearer"}`},
		{"token", `null`},
	} {
		var re *fscapi.RemoteError
		if err := ask[tc[0]](a.start(t, answer(200, tc[1]))); !errors.As(err, &re) || re.Status != 200 || re.Temporary() || len(re.Message) > 600 {
			t.Errorf("%s %.80s: got %v", tc[0], tc[1], err)
		}
	}
}

func TestForeignListsMayHaveMembersWeDoNotKnow(t *testing.T) {
	a := newAuthority(t)
	c := a.client(t)
	got, err := c.ListServices(t.Context(), a.start(t, answer(200,
		`{"services":[{"data":{"type":"SERVICE_TYPE_SERVICE","peer":{"id":"abc","name":"A","color":1},"name":"svc","new":{}}}],"x":1}`)), fscapi.ServicesRequest{})
	if err != nil || len(got.Items) != 1 || got.Items[0].Peer.ID != "abc" || got.Next != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	info, err := c.PeerInfo(t.Context(), a.start(t, answer(200, `{"peer_id":"abc","enabled_extensions":{"A":"1","B":{"v":2}},"x":1}`)))
	if err != nil || !reflect.DeepEqual(info.Extensions, map[string]string{"A": "1"}) {
		t.Errorf("got %+v, %v", info, err)
	}
	token, err := c.Token(t.Context(), a.start(t, answer(200, `{"access_token":"x","token_type":"Bearer","expires_in":-5,"scope":"x"}`)), fscapi.TokenRequest{})
	if err != nil || token != (fscapi.TokenResponse{AccessToken: "x"}) {
		t.Errorf("got %+v, %v", token, err)
	}
}

func TestTokenRefusalThatIsNoOAuthIsARemoteError(t *testing.T) {
	a := newAuthority(t)
	for _, body := range []string{`{"error":"NOT OAUTH"}`, `nonsense`, `{"message":"m","domain":"ERROR_DOMAIN_MANAGER","code":"A"}`} {
		_, err := a.client(t).Token(t.Context(), a.start(t, answer(400, body)), fscapi.TokenRequest{})
		var re *fscapi.RemoteError
		if !errors.As(err, &re) || re.Status != 400 {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestKeySetFallsBackToTheRootOnlyWhenNotFound(t *testing.T) {
	a := newAuthority(t)
	raw, err := fscapi.EncodeKeySet(keySetOf(a.cert))
	if err != nil {
		t.Fatal(err)
	}
	for status, ok := range map[int]bool{404: true, 500: false} {
		to := a.start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/.well-known/jwks.json" {
				answer(200, string(raw))(w, r)
				return
			}
			w.WriteHeader(status)
		}))
		if set, err := a.client(t).KeySet(t.Context(), to); (err == nil) != ok || (ok && len(set.Keys) != 1) {
			t.Errorf("%d: got %d keys, %v", status, len(set.Keys), err)
		}
	}
}

func TestSlowManagerIsGivenUp(t *testing.T) {
	a := newAuthority(t)
	to := a.start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler) // an answer now might still be read
	}))
	c := a.client(t, func(cfg *fscapi.ClientConfig) { cfg.Timeout = 30 * time.Millisecond })
	_, err := c.ListPeers(t.Context(), to, fscapi.PeersRequest{PeerName: "hush"})
	var re *fscapi.RemoteError
	if !errors.As(err, &re) || re.Status != 0 || !re.Temporary() || !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}

func TestBrokenOffAnswerIsTemporary(t *testing.T) {
	a := newAuthority(t)
	to := a.start(t, answer(200, `{"peers":`, "Content-Length", "100"))
	_, err := a.client(t).ListPeers(t.Context(), to, fscapi.PeersRequest{})
	var re *fscapi.RemoteError
	if !errors.As(err, &re) || !re.Temporary() || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}

func TestServerWithAnotherAnchorIsNotTalkedTo(t *testing.T) {
	to := newAuthority(t).start(t, answer(200, `{}`))
	_, err := newAuthority(t).client(t).PeerInfo(t.Context(), to)
	var re *fscapi.RemoteError
	var ce *tls.CertificateVerificationError
	if !errors.As(err, &re) || re.Status != 0 || !errors.As(err, &ce) {
		t.Errorf("got %v", err)
	}
}

func TestClientAsksForTheHTTPClientOfThePeer(t *testing.T) {
	a := newAuthority(t)
	to := a.start(t, answer(200, `{"peers":[]}`))
	var asked fsc.PeerID
	c := a.client(t, func(cfg *fscapi.ClientConfig) {
		get := cfg.HTTP
		cfg.HTTP = func(p fsc.PeerID) *http.Client { asked = p; return get(p) }
	})
	to.ManagerAddress += "/"
	if _, err := c.ListPeers(t.Context(), to, fscapi.PeersRequest{}); err != nil || asked != bob {
		t.Errorf("asked for %q, %v", asked, err)
	}
}

func TestRequestsThatCannotBeRightAreNotSent(t *testing.T) {
	c := fscapi.NewClient(fscapi.ClientConfig{HTTP: func(fsc.PeerID) *http.Client {
		t.Error("a request was sent")
		return &http.Client{}
	}})
	ctx, to := t.Context(), fsc.Peer{ID: bob, ManagerAddress: "https://m.bob.example:8443"}
	for name, err := range map[string]error{
		"content":   c.SubmitContract(ctx, to, fscapi.Submission{Content: []byte(`{},"signature":"x"`), Signature: "x"}),
		"signature": c.PutSignature(ctx, to, "approve", hash, fscapi.Submission{Content: []byte(`{}`), Signature: "x"}),
		"address":   c.Announce(ctx, fsc.Peer{ID: bob, ManagerAddress: "http://m.bob.example:8443"}),
		"path":      c.Announce(ctx, fsc.Peer{ID: bob, ManagerAddress: "https://m.bob.example:8443/x"}),
	} {
		var re *fscapi.RemoteError
		if err == nil || errors.As(err, &re) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
