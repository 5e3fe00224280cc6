// SPDX-License-Identifier: EUPL-1.2

package inway_test

import (
	"context"
	"crypto"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/proxy"
)

func TestEachBrokenRuleHasItsOwnCodeAndNothingIsForwarded(t *testing.T) {
	s := newSite(t, nil)
	other := s.issue(provider)
	foreign, err := fsc.IssueToken(signerOf(t, other), s.claims())
	if err != nil {
		t.Fatal(err)
	}
	good := s.token()
	head := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header[name] = values
		}
	}
	for _, c := range []struct {
		name   string
		token  string
		change func(*http.Request)
		status int
		code   fsc.ErrorCode
	}{
		{"no token", "", nil, 401, fsc.CodeAccessTokenMissing},
		{"empty header", "", head(proxy.HeaderAuthorization, ""), 401, fsc.CodeAccessTokenMissing},
		{"scheme only", "", head(proxy.HeaderAuthorization, "bearer "), 401, fsc.CodeAccessTokenMissing},
		{"other scheme", "", head(proxy.HeaderAuthorization, "Basic "+good), 401, fsc.CodeAccessTokenInvalid},
		{"two tokens", "", head(proxy.HeaderAuthorization, good, good), 401, fsc.CodeAccessTokenInvalid},
		{"not a token", "a.b.c", nil, 401, fsc.CodeAccessTokenInvalid},
		{"alg none", "eyJhbGciOiJub25lIn0.e30.e30", nil, 401, fsc.CodeAccessTokenInvalid},
		{"changed signature", tampered(good), nil, 401, fsc.CodeAccessTokenInvalid},
		{"key that isn't ours", foreign, nil, 401, fsc.CodeAccessTokenInvalid},
		{"other issuer", s.token(func(c *fsc.Claims) { c.Issuer = delegator }), nil, 401, fsc.CodeAccessTokenInvalid},
		{"expired", s.token(func(c *fsc.Claims) { c.ExpiresAt = s.clock.Now().Add(-6 * time.Second).Unix() }), nil, 401, fsc.CodeAccessTokenExpired},
		{"not yet", s.token(func(c *fsc.Claims) { c.NotBefore = s.clock.Now().Add(7 * time.Second).Unix() }), nil, 401, fsc.CodeAccessTokenInvalid},
		{"other certificate", s.token(func(c *fsc.Claims) { c.CertificateThumbprint = other.CertificateThumbprint() }), nil, 401, fsc.CodeAccessTokenInvalid},
		{"other peer", s.token(func(c *fsc.Claims) { c.Subject = delegator }), nil, 401, fsc.CodeAccessTokenInvalid},
		{"other group", s.token(func(c *fsc.Claims) { c.GroupID = "other" }), nil, 403, fsc.CodeWrongGroupIDInToken},
		{"unknown service", s.token(func(c *fsc.Claims) { c.Service = "onbekend" }), nil, 404, fsc.CodeServiceNotFound},
		{"no transaction id", good, head(proxy.HeaderTransactionID), 400, fsc.CodeMissingLogRecordID},
		{"empty transaction id", good, head(proxy.HeaderTransactionID, ""), 400, fsc.CodeMissingLogRecordID},
		{"malformed transaction id", good, head(proxy.HeaderTransactionID, "0189d1e0-0000-4000-8000-000000000000"), 400, fsc.CodeInvalidLogRecordID},
		{"two transaction ids", good, head(proxy.HeaderTransactionID, proxy.NewTransactionID(), proxy.NewTransactionID()), 400, fsc.CodeInvalidLogRecordID},
		{"no token goes before no transaction id", "", head(proxy.HeaderTransactionID), 401, fsc.CodeAccessTokenMissing},
		{"unknown service goes before no transaction id", s.token(func(c *fsc.Claims) { c.Service = "onbekend" }), head(proxy.HeaderTransactionID), 404, fsc.CodeServiceNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := s.request(c.token)
			if c.change != nil {
				c.change(r)
			}
			a := s.do(r)
			a.want(t, c.status, c.code)
			if bearer := a.header.Get("WWW-Authenticate") == "Bearer"; bearer != (c.status == 401) {
				t.Errorf("WWW-Authenticate %q", a.header.Get("WWW-Authenticate"))
			}
		})
	}
	if s.calls.Load() != 0 || s.books.count() != 0 {
		t.Fatalf("%d calls reached the service, %d records were made", s.calls.Load(), s.books.count())
	}
}

func tampered(jwt string) string {
	i := strings.LastIndexByte(jwt, '.') + 5
	c := byte('A')
	if jwt[i] == c {
		c = 'B'
	}
	return jwt[:i] + string(c) + jwt[i+1:]
}

func TestConnectIsRefused(t *testing.T) {
	s := newSite(t, nil)
	r := s.request(s.token())
	r.Method = http.MethodConnect
	a := s.do(r)
	a.want(t, 405, fsc.CodeMethodUnsupported)
	if !strings.Contains(a.header.Get("Allow"), "GET") {
		t.Error("no Allow")
	}
}

func TestACallWithoutMutualTLSIsRefused(t *testing.T) {
	s := newSite(t, nil)
	srv := http.Server{Handler: s.inway, ReadHeaderTimeout: wait}
	l := listener(t)
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	r := s.request(s.token())
	r.URL = &url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/"}
	s.do(r).want(t, 400, fsc.CodePeerCertificateVerificationFailed)
}

func TestACertificateOutsideTheGroupDoesntPassTheHandshake(t *testing.T) {
	s, stranger := newSite(t, nil), newSite(t, nil)
	client := s.newClient(stranger.client)
	res, err := client.Do(s.request(s.token()))
	if err == nil {
		_ = res.Body.Close()
		t.Fatal("the handshake passed")
	}
	if s.tally.began != 0 {
		t.Error("the Inway saw a call")
	}
}

func TestWithoutRecordNothingIsForwarded(t *testing.T) {
	s := newSite(t, nil)
	s.books.fail.Store(true)
	a := s.do(s.request(s.token()))
	a.want(t, 500, fsc.CodeTransactionLogWriteError)
	if s.calls.Load() != 0 {
		t.Fatal("the service was called")
	}
	if strings.Contains(a.body, "disk") {
		t.Error("the cause was told to the caller")
	}
}

func TestTheRecordIsConfirmedBeforeTheServiceIsCalled(t *testing.T) {
	s := newSite(t, nil)
	s.books.gate = make(chan struct{})
	done := make(chan answer)
	r := s.request(s.token())
	go func() { done <- do(t, s.http, r) }()
	s.books.gate <- struct{}{} // the call waits here for its record
	if n := s.calls.Load(); n != 0 {
		t.Error("the service was called before the record")
	}
	(<-done).want(t, 200, "")
}

func TestAServiceThatIsAwayIsUnreachable(t *testing.T) {
	s := newSite(t, nil)
	in := s.input()
	in.Services[0].Upstream = deadAddress(t)
	s.inway.Update(in)
	s.do(s.request(s.token())).want(t, 502, fsc.CodeServiceUnreachable)
}

func TestAServiceThatHangsUpIsUnreachable(t *testing.T) {
	s := newSite(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	s.do(s.request(s.token())).want(t, 502, fsc.CodeServiceUnreachable)
}

func TestAnAnswerThatBreaksOffIsBrokenForTheCallerToo(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("half"))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	res, err := s.http.Do(s.request(s.token()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if body, err := io.ReadAll(res.Body); err == nil || res.StatusCode != 200 {
		t.Fatalf("the caller saw a whole answer: %d %q", res.StatusCode, body)
	}
}

func TestAReplayedTransactionIDIsRefusedInAnyCase(t *testing.T) {
	s := newSite(t, nil)
	r := s.request(s.token())
	s.do(r).want(t, 200, "")
	s.do(r.Clone(t.Context())).want(t, 400, fsc.CodeInvalidLogRecordID)
	upper := r.Clone(t.Context())
	upper.Header.Set(proxy.HeaderTransactionID, strings.ToUpper(r.Header.Get(proxy.HeaderTransactionID)))
	s.do(upper).want(t, 400, fsc.CodeInvalidLogRecordID)
}

func TestOfCallsWithOneTransactionIDAtTheSameMomentOnePasses(t *testing.T) {
	s := newSite(t, nil)
	r := s.request(s.token())
	var answers [8]answer
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = do(t, s.http, r.Clone(t.Context())) })
	}
	all.Wait()
	passed := 0
	for _, a := range answers {
		if a.status == http.StatusOK {
			passed++
		} else {
			a.want(t, 400, fsc.CodeInvalidLogRecordID)
		}
	}
	if passed != 1 {
		t.Errorf("%d of %d calls passed", passed, len(answers))
	}
}

func TestARefusedTokenDoesntUseUpTheTransactionID(t *testing.T) {
	s := newSite(t, nil)
	r := s.request("")
	s.do(r).want(t, 401, fsc.CodeAccessTokenMissing)
	r.Header.Set(proxy.HeaderAuthorization, s.token())
	s.do(r).want(t, 200, "")
}

type decision struct{ err error }

func (d *decision) Authorize(context.Context, *http.Request, *fsc.Claims) error { return d.err }

func TestAnAuthorizerMayRefuse(t *testing.T) {
	d := &decision{}
	s := newSite(t, nil, func(c *inway.Config) { c.Authorizer = d })
	s.do(s.request(s.token())).want(t, 200, "")
	d.err = fsc.Errorf(fsc.CodeTooManyRequests, "enough for today")
	s.do(s.request(s.token())).want(t, 429, fsc.CodeTooManyRequests)
	d.err = errors.New("the decision point is away")
	s.do(s.request(s.token())).want(t, 500, fsc.CodeInternal)
	if s.calls.Load() != 1 || s.books.count() != 1 {
		t.Error("a refused call was recorded or forwarded")
	}
}

func TestATokenForAnotherInwayIsRefusedOnlyWhereThatIsWanted(t *testing.T) {
	elsewhere := func(c *fsc.Claims) { c.Audience = "https://elders.example:443" }
	s := newSite(t, nil)
	s.do(s.request(s.token(elsewhere))).want(t, 200, "")

	strict := newSite(t, nil, func(c *inway.Config) { c.Audiences = []string{"https://inway.example:443"} })
	strict.do(strict.request(strict.token(elsewhere))).want(t, 401, fsc.CodeAccessTokenInvalid)
	strict.do(strict.request(strict.token(func(c *fsc.Claims) { c.Audience = "https://inway.example:443" }))).want(t, 200, "")
}

func TestEveryCallIsObservedOnce(t *testing.T) {
	s := newSite(t, nil)
	s.do(s.request(s.token()))
	s.do(s.request(""))
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	if got := strings.Join(s.tally.outcomes, " "); s.tally.began != 2 || got != "forwarded ERROR_CODE_ACCESS_TOKEN_MISSING" {
		t.Errorf("%d calls, outcomes %s", s.tally.began, got)
	}
}

func TestBeforeTheFirstUpdateEveryTokenIsRefused(t *testing.T) {
	s := newSite(t, nil)
	s.inway.Update(inway.SnapshotInput{Keys: map[string]crypto.PublicKey{}})
	s.do(s.request(s.token())).want(t, 401, fsc.CodeAccessTokenInvalid)
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
