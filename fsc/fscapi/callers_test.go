// SPDX-License-Identifier: EUPL-1.2

package fscapi_test

import (
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
)

func TestCallerThatCannotBeIdentifiedIsRefusedEverywhere(t *testing.T) {
	for name, tc := range map[string]struct {
		identify func(*http.Request) (fsc.Peer, *x509.Certificate, error)
		status   int
		code     fsc.ErrorCode
	}{
		"any error": {func(*http.Request) (fsc.Peer, *x509.Certificate, error) {
			return fsc.Peer{}, nil, errors.New("no OIN")
		}, 400, fsc.CodePeerCertificateVerificationFailed},
		"its own error": {func(*http.Request) (fsc.Peer, *x509.Certificate, error) {
			return fsc.Peer{}, nil, fsc.Errorf(fsc.CodeTooManyRequests, "later")
		}, 429, fsc.CodeTooManyRequests},
		"bad PeerID": {func(*http.Request) (fsc.Peer, *x509.Certificate, error) {
			return fsc.Peer{ID: "x"}, nil, nil
		}, 400, fsc.CodePeerCertificateVerificationFailed},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := newServer(&desk{}, func(c *fscapi.ServerConfig) { c.Identify = tc.identify })
			for _, r := range []string{
				"PUT /v1/announce", "POST /v1/contracts", "GET /v1/contracts", "GET /v1/peer", "GET /v1/peers", "GET /v1/services",
				"GET /v1/logs", "GET /v1/.well-known/jwks.json", "GET /.well-known/jwks.json", "PUT /v1/contracts/x/accept",
			} {
				method, path, _ := strings.Cut(r, " ")
				wantRefusal(t, sendJSON(h, method, path, submission), tc.status, tc.code, "")
			}
		})
	}
}

func TestLimitTellsWhenToComeBack(t *testing.T) {
	var asked []fsc.PeerID
	h, _ := newServer(&desk{}, func(c *fscapi.ServerConfig) {
		c.Limit = func(p fsc.PeerID) time.Duration { asked = append(asked, p); return 1500 * time.Millisecond }
	})
	w := send(h, http.MethodGet, "/v1/peer", "")
	wantRefusal(t, w, http.StatusTooManyRequests, fsc.CodeTooManyRequests, "2 s")
	if w.Header().Get("Retry-After") != "2" || !slices.Equal(asked, []fsc.PeerID{alice}) {
		t.Errorf("Retry-After %q, asked %v", w.Header().Get("Retry-After"), asked)
	}
}

func TestServerWithoutItsPartsIsNotMade(t *testing.T) {
	for name, cfg := range map[string]fscapi.ServerConfig{
		"no handler":  {Identify: identified},
		"no identity": {Handler: &desk{}},
		"short key":   {Handler: &desk{}, Identify: identified, CursorKey: []byte("short")},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			fscapi.NewServer(cfg)
		})
	}
}

func TestHeadIsAnsweredLikeGet(t *testing.T) {
	h, _ := newServer(&desk{peer: func() (fscapi.PeerInfo, error) { return fscapi.PeerInfo{ID: bob, Name: "Bob"}, nil }})
	if w := send(h, http.MethodHead, "/v1/peer", ""); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
}

func TestListsThatFailAreToldLikeEverythingElse(t *testing.T) {
	no := fsc.Errorf(fsc.CodeTooManyRequests, "not now")
	h, _ := newServer(&desk{
		contracts: func(fscapi.Caller, fscapi.ContractsRequest) (fscapi.Results[fscapi.Contract], error) {
			return fscapi.Results[fscapi.Contract]{}, no
		},
		peers: func(fscapi.Caller, fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error) {
			return fscapi.Results[fsc.Peer]{}, no
		},
		services: func(fscapi.Caller, fscapi.ServicesRequest) (fscapi.Results[fscapi.ServiceListing], error) {
			return fscapi.Results[fscapi.ServiceListing]{}, no
		},
		logs: func(fscapi.Caller, fscapi.LogsRequest) (fscapi.Results[fscapi.LogRecord], error) {
			return fscapi.Results[fscapi.LogRecord]{}, no
		},
		peer: func() (fscapi.PeerInfo, error) { return fscapi.PeerInfo{}, no },
		keys: func() (fscapi.KeySet, error) { return fscapi.KeySet{}, no },
	})
	for _, path := range []string{"/v1/contracts", "/v1/peers", "/v1/services", "/v1/logs", "/v1/peer", "/v1/.well-known/jwks.json"} {
		wantRefusal(t, send(h, http.MethodGet, path, ""), http.StatusTooManyRequests, fsc.CodeTooManyRequests, "not now")
	}
}

func TestErrorsReadAsSentences(t *testing.T) {
	for want, err := range map[string]error{
		"invalid_scope: unknown":               &fsc.TokenError{Code: fsc.TokenInvalidScope, Description: "unknown"},
		"invalid_scope":                        &fsc.TokenError{Code: fsc.TokenInvalidScope},
		"the other Manager answered 422 A: no": &fscapi.RemoteError{Status: 422, Code: "A", Message: "no"},
		"the other Manager answered 502":       &fscapi.RemoteError{Status: 502},
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}
