// SPDX-License-Identifier: EUPL-1.2

package inway_test

import (
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/proxy"
	"github.com/samenspel/samenspel/internal/txlog"
)

func TestTheServiceReceivesTheRequestUnaltered(t *testing.T) {
	var got *http.Request
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(r.Context())
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("body"))
	})
	r := s.request(s.token())
	r.URL.Opaque = "/a%2Fb//c/../d/?q=%20x&q"
	id := strings.ToUpper(r.Header.Get(proxy.HeaderTransactionID))
	r.Header.Set(proxy.HeaderTransactionID, id)
	r.Header.Set("Authorization", "Basic eDp5")
	a := s.do(r)
	if a.status != http.StatusTeapot || a.body != "body" || a.header.Get("X-Answer") != "yes" {
		t.Errorf("answer %+v", a)
	}
	if got.RequestURI != "/a%2Fb//c/../d/?q=%20x&q" {
		t.Errorf("path %q", got.RequestURI)
	}
	for name, want := range map[string]string{
		proxy.HeaderAuthorization: r.Header.Get(proxy.HeaderAuthorization), proxy.HeaderTransactionID: id, "Authorization": "Basic eDp5",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: got %q", name, got.Header.Get(name))
		}
	}
	if rec := s.books.last(t); rec.TransactionID != strings.ToLower(id) {
		t.Errorf("recorded %s", rec.TransactionID)
	}
}

func TestTheTokenMayComeInThreeForms(t *testing.T) {
	s := newSite(t, nil)
	token := s.token()
	for _, value := range []string{token, "Bearer " + token, "bEARER   " + token} {
		r := s.request("")
		r.Header.Set(proxy.HeaderAuthorization, value)
		s.do(r).want(t, 200, "")
	}
	if n := s.inway.TokenChecks(); n != 1 {
		t.Errorf("%d checks of one token", n)
	}
}

func TestTheRecordSaysWhatTheTokenSays(t *testing.T) {
	const reference = `{"reference":"https://contract.example/7","delegator_id":"42","delegator_name":"Waterschap"}`
	s := newSite(t, nil)
	for _, c := range []struct {
		name   string
		change func(*fsc.Claims)
		want   func(*txlog.Record)
	}{
		{"plain", func(*fsc.Claims) {}, func(*txlog.Record) {}},
		{"delegated connection", func(c *fsc.Claims) { c.Delegator = delegator }, func(r *txlog.Record) { r.SourceDelegator = delegator }},
		{"delegated service", func(c *fsc.Claims) { c.PublicationDelegator = delegator }, func(r *txlog.Record) { r.DestinationDelegator = delegator }},
		{"external contract", func(c *fsc.Claims) {
			c.Properties = []byte(`{"quota":5,"delegation.connection.external_contract_reference":` + reference + `}`)
		}, func(r *txlog.Record) {
			r.AdditionalData = []byte(`{"delegation.connection.external_contract_reference":` + reference + `}`)
		}},
		{"other properties", func(c *fsc.Claims) { c.Properties = []byte(`{"quota":5}`) }, func(*txlog.Record) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := s.request(s.token(c.change))
			r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
			s.do(r).want(t, 200, "")
			got := s.books.last(t)
			want := txlog.Record{
				TransactionID: r.Header.Get(proxy.HeaderTransactionID), Direction: txlog.DirectionIncoming, GrantHash: string(grantHash),
				GroupID: group, ServiceName: service, OutwayPeerID: consumer, ServicePeerID: provider, CreatedAt: s.clock.Now(),
				TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", SpanID: "00f067aa0ba902b7",
			}
			c.want(&want)
			if string(got.AdditionalData) != string(want.AdditionalData) {
				t.Errorf("additional data %s", got.AdditionalData)
			}
			got.AdditionalData, want.AdditionalData = nil, nil
			if !sameRecord(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func sameRecord(a, b txlog.Record) bool {
	sameTime := a.CreatedAt.Equal(b.CreatedAt)
	a.CreatedAt, b.CreatedAt = time.Time{}, time.Time{}
	return sameTime && a.TransactionID == b.TransactionID && a.Direction == b.Direction && a.GrantHash == b.GrantHash &&
		a.GroupID == b.GroupID && a.ServiceName == b.ServiceName && a.OutwayPeerID == b.OutwayPeerID && a.ServicePeerID == b.ServicePeerID &&
		a.SourceDelegator == b.SourceDelegator && a.DestinationDelegator == b.DestinationDelegator && a.TraceID == b.TraceID && a.SpanID == b.SpanID
}

func TestATokenIsVerifiedOnceButCheckedEachTime(t *testing.T) {
	s := newSite(t, nil)
	token := s.token()
	for range 5 {
		s.do(s.request(token)).want(t, 200, "")
	}
	s.newClient(s.client).CloseIdleConnections()
	do(t, s.newClient(s.client), s.request(token)).want(t, 200, "") // another connection
	if n := s.inway.TokenChecks(); n != 1 {
		t.Errorf("%d checks of one token", n)
	}
	t.Run("binding", func(t *testing.T) {
		thief := s.newClient(s.issue(consumer))
		do(t, thief, s.request(token)).want(t, 401, fsc.CodeAccessTokenInvalid)
	})
	t.Run("expiry", func(t *testing.T) {
		s.clock.Advance(5*time.Minute + fsc.TokenLeeway)
		s.do(s.request(token)).want(t, 401, fsc.CodeAccessTokenExpired)
	})
	if n := s.inway.TokenChecks(); n != 1 {
		t.Errorf("%d checks of one token", n)
	}
}

func TestARefusedTokenIsVerifiedOnce(t *testing.T) {
	s := newSite(t, nil)
	for range 3 {
		s.do(s.request("a.b.c")).want(t, 401, fsc.CodeAccessTokenInvalid)
	}
	if n := s.inway.TokenChecks(); n != 1 {
		t.Errorf("%d checks", n)
	}
}

func TestAnEndedGrantIsRefusedAtOnceThoughItsTokenIsCached(t *testing.T) {
	s := newSite(t, nil)
	token := s.token()
	s.do(s.request(token)).want(t, 200, "")
	in := s.input()
	in.Ended = []fsc.GrantHash{grantHash}
	s.inway.Update(in)
	s.do(s.request(token)).want(t, 401, fsc.CodeAccessTokenInvalid)
	s.inway.Update(s.input())
	s.do(s.request(token)).want(t, 200, "")
}

func TestAKeyThatIsWithdrawnTakesItsCachedTokensAlong(t *testing.T) {
	s := newSite(t, nil)
	token := s.token()
	s.do(s.request(token)).want(t, 200, "")
	in := s.input()
	clear(in.Keys)
	s.inway.Update(in)
	s.do(s.request(token)).want(t, 401, fsc.CodeAccessTokenInvalid)
	s.inway.Update(s.input())
	s.do(s.request(token)).want(t, 200, "")
}

func TestAnUpdateKeepsConnectionsToServicesThatStay(t *testing.T) {
	conns := make(chan string, 10)
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { conns <- r.RemoteAddr })
	token := s.token()
	s.do(s.request(token)).want(t, 200, "")
	in := s.input()
	in.Services = append(in.Services, inway.Service{Name: "extra", Upstream: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}})
	s.inway.Update(in)
	s.do(s.request(token)).want(t, 200, "")
	if first, second := <-conns, <-conns; first != second {
		t.Error("the service saw a new connection")
	}
	in = s.input()
	in.Services[0].Upstream.Path = "/base"
	s.inway.Update(in)
	s.do(s.request(token)).want(t, 200, "")
	in.Services = nil
	s.inway.Update(in)
	s.do(s.request(token)).want(t, 404, fsc.CodeServiceNotFound)
}

func TestTheSecondCallOpensNoConnection(t *testing.T) {
	conns := make(chan string, 10)
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { conns <- r.RemoteAddr })
	reused := false
	for range 2 {
		r := s.request(s.token())
		trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }}
		s.do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace))).want(t, 200, "")
	}
	if first, second := <-conns, <-conns; first != second || !reused {
		t.Errorf("service %s then %s, to the Inway reused: %t", first, second, reused)
	}
}

func TestConcurrentCallsAndUpdates(t *testing.T) {
	s := newSite(t, nil)
	token := s.token()
	done := make(chan struct{})
	for range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			for range 20 {
				do(t, s.http, s.request(token)).want(t, 200, "")
			}
		}()
	}
	for range 50 {
		s.inway.Update(s.input())
	}
	for range 8 {
		<-done
	}
	if n := s.inway.TokenChecks(); n != 1 {
		t.Errorf("%d checks of one token", n)
	}
}
