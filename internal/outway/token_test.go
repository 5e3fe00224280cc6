// SPDX-License-Identifier: EUPL-1.2

package outway_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/proxy"
)

func TestATokenThatDoesntFitIsNotUsed(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*fsc.Claims)
		code   fsc.ErrorCode
	}{
		{"other group", func(c *fsc.Claims) { c.GroupID = "other" }, fsc.CodeWrongGroupIDInToken},
		{"other grant", func(c *fsc.Claims) { c.GrantHash = hash("z") }, fsc.CodeAccessTokenUnavailable},
		{"other certificate", func(c *fsc.Claims) { c.CertificateThumbprint = "x" }, fsc.CodeAccessTokenUnavailable},
		{"other issuer", func(c *fsc.Claims) { c.Issuer = delegator }, fsc.CodeAccessTokenUnavailable},
		{"other service", func(c *fsc.Claims) { c.Service = "parken" }, fsc.CodeAccessTokenUnavailable},
		{"other subject", func(c *fsc.Claims) { c.Subject = delegator }, fsc.CodeAccessTokenUnavailable},
		{"unexpected delegator", func(c *fsc.Claims) { c.Delegator = delegator }, fsc.CodeAccessTokenUnavailable},
		{"unexpected owner", func(c *fsc.Claims) { c.PublicationDelegator = delegator }, fsc.CodeAccessTokenUnavailable},
		{"expires within 10 s", func(c *fsc.Claims) { c.ExpiresAt -= 291 }, fsc.CodeAccessTokenUnavailable},
		{"not yet", func(c *fsc.Claims) { c.NotBefore += 12 }, fsc.CodeAccessTokenUnavailable},
		{"aud without port", func(c *fsc.Claims) { c.Audience = "https://inway.example" }, fsc.CodeAccessTokenUnavailable},
		{"aud without TLS", func(c *fsc.Claims) { c.Audience = "http" + c.Audience[5:] }, fsc.CodeAccessTokenUnavailable},
		{"aud with path", func(c *fsc.Claims) { c.Audience += "/x" }, fsc.CodeAccessTokenUnavailable},
		{"aud with user", func(c *fsc.Claims) { c.Audience = "https://a@inway.example:443" }, fsc.CodeAccessTokenUnavailable},
		{"aud with query", func(c *fsc.Claims) { c.Audience += "?x=1" }, fsc.CodeAccessTokenUnavailable},
		{"aud is no URL", func(c *fsc.Claims) { c.Audience = "https://[:443" }, fsc.CodeAccessTokenUnavailable},
		{"malformed properties", func(c *fsc.Claims) { c.Properties = []byte(`[1]`) }, fsc.CodeAccessTokenUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, nil)
			s.tokens.set(c.change, nil)
			s.do(s.request()).want(t, 502, c.code)
			if s.calls.Load() != 0 || len(s.books.all()) != 0 {
				t.Error("something was sent or recorded")
			}
		})
	}
}

func TestSubjectAndActorMayBeTheOtherWayRound(t *testing.T) {
	s := newSite(t, nil)
	g := s.grant(hash("a"))
	g.Delegator = delegator
	s.outway.Update(outway.SnapshotInput{Grants: []outway.Grant{g}})
	s.tokens.set(func(c *fsc.Claims) { c.Subject, c.Delegator = delegator, consumer }, nil)
	s.do(s.request()).want(t, 200, "")
	if got := s.books.all()[0]; got.OutwayPeerID != consumer || got.SourceDelegator != delegator {
		t.Errorf("recorded %+v", got)
	}
}

func TestOneTokenServesManyCalls(t *testing.T) {
	s := newSite(t, nil)
	s.tokens.gate = make(chan struct{})
	done := make(chan answer)
	for range 8 {
		r := s.request()
		go func() { done <- s.do(r) }()
	}
	s.tokens.gate <- struct{}{}
	close(s.tokens.gate)
	for range 8 {
		(<-done).want(t, 200, "")
	}
	s.do(s.request()).want(t, 200, "")
	if n := s.tokens.fetched.Load(); n != 1 {
		t.Errorf("%d tokens were fetched", n)
	}
}

func TestATokenIsRenewedBesideTheCallsBeforeItEnds(t *testing.T) {
	s := newSeveral(t, 1)
	s.settle()
	s.clock.Advance(4*time.Minute - 2*time.Second)
	s.do(s.request()).want(t, 200, "")
	if n := s.tokens.fetched.Load(); n != 2 {
		t.Fatalf("fetched %d times before 80 %% of the lifetime", n)
	}
	s.clock.Advance(4 * time.Second)
	s.tokens.gate = make(chan struct{})
	s.do(s.request()).want(t, 200, "") // with the old one: the new one waits at the gate
	eventually(t, "fetch", func() bool { return s.tokens.fetched.Load() == 3 })
	close(s.tokens.gate)
	s.clock.Advance(time.Minute) // the old one is of no use now
	s.do(s.request()).want(t, 200, "")
	if n := s.tokens.fetched.Load(); n != 3 {
		t.Errorf("%d tokens were fetched", n)
	}
}

func TestATokenIsNotUsedInItsLastSeconds(t *testing.T) {
	s := newSite(t, nil)
	s.do(s.request()).want(t, 200, "")
	s.clock.Advance(5*time.Minute - 10*time.Second)
	s.tokens.set(nil, fsc.Errorf(fsc.CodeAccessTokenInvalid, "no"))
	s.do(s.request()).want(t, 502, fsc.CodeAccessTokenUnavailable)
}

func TestAFailedRenewalDoesntStopCallsWhileTheTokenLasts(t *testing.T) {
	s := newSite(t, nil)
	s.do(s.request()).want(t, 200, "")
	s.tokens.set(nil, errors.New("away"))
	s.clock.Advance(4*time.Minute + time.Second)
	s.do(s.request()).want(t, 200, "")
	eventually(t, "fetch", func() bool { return s.tokens.fetched.Load() == 2 })
	s.do(s.request()).want(t, 200, "")
}

func TestARefusalIsRememberedForAWhile(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		pause time.Duration
		says  string
	}{
		"refused":     {fsc.Errorf(fsc.CodeAccessTokenUnavailable, "the contract has ended"), 5 * time.Second, "service \"personen\" can't be called: the contract has ended"},
		"unreachable": {errors.New("dial tcp: refused"), time.Second, "that Peer has to look into this"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil)
			s.tokens.set(nil, c.err)
			for range 3 {
				s.do(s.request()).want(t, 502, fsc.CodeAccessTokenUnavailable).says(t, c.says)
			}
			if n := s.tokens.fetched.Load(); n != 1 {
				t.Errorf("asked %d times", n)
			}
			s.tokens.set(nil, nil)
			s.clock.Advance(c.pause)
			s.do(s.request()).want(t, 200, "")
		})
	}
}

func TestACallThatIsGivenUpDoesntEndTheFetchForOthers(t *testing.T) {
	s := newSite(t, nil)
	s.tokens.gate = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	r := s.request().WithContext(ctx)
	gone := make(chan error)
	go func() {
		res, err := s.http.Do(r)
		if err == nil {
			_ = res.Body.Close()
		}
		gone <- err
	}()
	eventually(t, "fetch", func() bool { return s.tokens.fetched.Load() == 1 })
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the call that was given up: %v", err)
	}
	close(s.tokens.gate)
	s.do(s.request()).want(t, 200, "")
	if n := s.tokens.fetched.Load(); n != 1 {
		t.Errorf("%d tokens were fetched", n)
	}
}

func TestCloseEndsAFetch(t *testing.T) {
	s := newSite(t, nil)
	s.tokens.gate = make(chan struct{})
	done := make(chan answer)
	r := s.request()
	go func() { done <- s.do(r) }()
	eventually(t, "fetch", func() bool { return s.tokens.fetched.Load() == 1 })
	s.outway.Close()
	(<-done).want(t, 502, fsc.CodeAccessTokenUnavailable)
}

func TestANewCertificateGetsANewTokenAndNewConnections(t *testing.T) {
	thumbprints := make(chan string, 10)
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) {
		thumbprints <- fsc.CertificateThumbprint(r.TLS.PeerCertificates[0].Raw)
	})
	s.do(s.request()).want(t, 200, "")
	old := s.client.Load()
	s.client.Store(s.issue(consumer))
	s.do(s.request()).want(t, 200, "")
	if a, b := <-thumbprints, <-thumbprints; a != old.CertificateThumbprint() || b != s.client.Load().CertificateThumbprint() {
		t.Errorf("connected with %s, then %s", a, b)
	}
	if n := s.tokens.fetched.Load(); n != 2 {
		t.Errorf("%d tokens were fetched", n)
	}
}

func TestAnUpdateKeepsTokensOfGrantsThatStay(t *testing.T) {
	conns := make(chan string, 10)
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { conns <- r.RemoteAddr })
	call := func(fetched int64) string {
		t.Helper()
		s.do(s.request()).want(t, 200, "")
		if n := s.tokens.fetched.Load(); n != fetched {
			t.Fatalf("%d tokens were fetched, want %d", n, fetched)
		}
		return <-conns
	}
	first := call(1)
	grants := outway.SnapshotInput{Grants: []outway.Grant{s.grant(hash("a"))}}
	s.outway.Update(grants)
	if call(1) != first {
		t.Error("the connection wasn't kept")
	}
	s.outway.Update(outway.SnapshotInput{})
	s.outway.Update(grants)
	second := call(2)
	s.outway.Reconnect()
	if third := call(3); first == second || second == third {
		t.Error("a connection was kept")
	}
}

// refusing is an Inway that refuses its first so many calls.
func refusing(times int, code fsc.ErrorCode, ids chan<- string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ids <- r.Header.Get(proxy.HeaderTransactionID)
		if times > 0 {
			times--
			w.Header().Set("X-Mark", "refused")
			proxy.WriteError(w, fsc.DomainInway, fsc.Errorf(code, "no"))
		}
	}
}

func TestATokenTheInwayRefusesIsDroppedAndTheCallMadeAgainWhereSafe(t *testing.T) {
	post := func(r *http.Request) { r.Method = http.MethodPost }
	const cached = 1500 * time.Millisecond // and not yet asked once more for other Inways
	for _, c := range []struct {
		name    string
		code    fsc.ErrorCode
		age     time.Duration
		change  func(*http.Request)
		status  int
		calls   int
		fetched int64 // after one more call
	}{
		{"expired", fsc.CodeAccessTokenExpired, cached, nil, 200, 2, 2},
		{"invalid", fsc.CodeAccessTokenInvalid, cached, nil, 200, 2, 2},
		{"POST", fsc.CodeAccessTokenExpired, cached, post, 401, 1, 2},
		{"just fetched", fsc.CodeAccessTokenInvalid, 0, nil, 401, 1, 1},
		{"missing", fsc.CodeAccessTokenMissing, cached, nil, 401, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			ids := make(chan string, 10)
			s := newSite(t, nil)
			g := s.grant(hash("a"))
			s.serve(refusing(0, c.code, ids))
			s.outway.Update(outway.SnapshotInput{Grants: []outway.Grant{g}})
			s.do(s.request()).want(t, 200, "")
			<-ids
			s.clock.Advance(c.age)
			s.serve(refusing(1, c.code, ids))
			r := s.request()
			if c.change != nil {
				c.change(r)
			}
			a := s.do(r)
			if a.status != c.status || len(ids) != c.calls || (a.header.Get("X-Mark") != "") != (c.status == 401) {
				t.Fatalf("%d after %d calls: %+v", a.status, len(ids), a)
			}
			if c.status == 401 && (a.err.Domain != string(fsc.DomainInway) || a.err.Message != "no") {
				t.Errorf("the Inway's answer was altered: %s", a.body)
			}
			first, last := "", ""
			for range c.calls {
				first, last = last, <-ids
			}
			if first == last || a.header.Get(proxy.HeaderTransactionID) != last || len(s.books.all()) != 1+c.calls {
				t.Errorf("ids %s and %s, answered %s, %d records", first, last, a.header.Get(proxy.HeaderTransactionID), len(s.books.all()))
			}
			s.do(s.request()).want(t, 200, "")
			if n := s.tokens.fetched.Load(); n != c.fetched {
				t.Errorf("%d tokens were fetched", n)
			}
		})
	}
}

func TestACallIsMadeAgainOnlyOnce(t *testing.T) {
	ids := make(chan string, 10)
	s := newSite(t, nil)
	s.do(s.request()).want(t, 200, "")
	s.clock.Advance(time.Minute)
	s.serve(refusing(3, fsc.CodeAccessTokenExpired, ids))
	if a := s.do(s.request()); a.status != 401 || len(ids) != 2 {
		t.Errorf("%d after %d calls", a.status, len(ids))
	}
}
