// SPDX-License-Identifier: EUPL-1.2

package outway_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/proxy"
	"github.com/samenspel/samenspel/internal/txlog"
)

func TestTheClientCantSpeakForTheOutway(t *testing.T) {
	var got *http.Request
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Clone(r.Context()) })
	id := proxy.NewTransactionID()
	a := s.do(s.request(head(proxy.HeaderAuthorization, "Bearer mine", "Bearer again"), head(proxy.HeaderTransactionID, id),
		head(proxy.HeaderGrantHash, string(hash("a"))), head("Authorization", "Basic eDp5"),
		head("Connection", "fsc-authorization, fsc-transaction-id"))).want(t, 200, "")
	auth := got.Header[proxy.HeaderAuthorization]
	if len(auth) != 1 || !strings.HasPrefix(auth[0], "Bearer ey") {
		t.Errorf("Fsc-Authorization %q", auth)
	}
	sent := got.Header[proxy.HeaderTransactionID]
	if len(sent) != 1 || sent[0] == id || a.header.Get(proxy.HeaderTransactionID) != sent[0] || s.books.all()[0].TransactionID != sent[0] {
		t.Errorf("Fsc-Transaction-Id %q", sent)
	}
	if got.Header.Get(proxy.HeaderGrantHash) != "" || got.Header.Get("Authorization") != "Basic eDp5" {
		t.Errorf("sent %v", got.Header)
	}
	if "https://"+got.Host != s.audience {
		t.Errorf("Host %q", got.Host)
	}
}

func TestTheRecordSaysWhatTheGrantSays(t *testing.T) {
	s := newSite(t, nil)
	s.tokens.set(func(c *fsc.Claims) {
		c.Properties = []byte(`{"x":1,"delegation.publication.external_contract_reference":{"reference":"r"}}`)
	}, nil)
	s.do(s.request(head("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))).want(t, 200, "")
	got := s.books.all()[0]
	if got.Direction != txlog.DirectionOutgoing || got.GrantHash != string(hash("a")) || got.GroupID != group || got.ServiceName != service ||
		got.OutwayPeerID != consumer || got.ServicePeerID != provider || got.SourceDelegator+got.DestinationDelegator != "" ||
		!got.CreatedAt.Equal(s.clock.Now()) || got.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" || got.SpanID != "00f067aa0ba902b7" ||
		string(got.AdditionalData) != `{"delegation.publication.external_contract_reference":{"reference":"r"}}` {
		t.Errorf("recorded %+v", got)
	}
}

func TestWithoutRecordNothingIsSent(t *testing.T) {
	s := newSite(t, nil)
	s.books.fail.Store(true)
	a := s.do(s.request()).want(t, 500, fsc.CodeTransactionLogWriteError)
	if s.calls.Load() != 0 || a.header.Get(proxy.HeaderTransactionID) == "" || strings.Contains(a.body, "disk") {
		t.Errorf("%d calls, %+v", s.calls.Load(), a)
	}
}

func TestTheRecordIsConfirmedBeforeTheCallIsSent(t *testing.T) {
	s := newSite(t, nil)
	s.books.gate = make(chan struct{})
	done := make(chan answer)
	r := s.request()
	go func() { done <- s.do(r) }()
	s.books.gate <- struct{}{} // the call waits here for its record
	if s.calls.Load() != 0 {
		t.Error("the Inway was called before the record")
	}
	(<-done).want(t, 200, "")
}

func TestConnectIsRefused(t *testing.T) {
	s := newSite(t, nil)
	a := s.do(s.request(func(r *http.Request) { r.Method = http.MethodConnect })).want(t, 405, fsc.CodeMethodUnsupported)
	if !strings.Contains(a.header.Get("Allow"), "GET") {
		t.Error("no Allow")
	}
}

func TestAnInwayThatCantBeReachedIsNamed(t *testing.T) {
	stranger := newSite(t, nil)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	for name, audience := range map[string]string{"nobody listens": "https://" + l.Addr().String(), "other anchors": stranger.audience} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil)
			s.audience = audience
			a := s.do(s.request()).want(t, 502, fsc.CodeInwayUnreachable)
			a.says(t, string(provider), "that Peer has to look into this")
			if a.header.Get(proxy.HeaderTransactionID) == "" {
				t.Error("no Fsc-Transaction-Id")
			}
		})
	}
	t.Run("another Peer answers", func(t *testing.T) {
		s := newSite(t, nil)
		s.pair = s.issue(delegator)
		s.listen()
		s.do(s.request()).want(t, 502, fsc.CodeInwayUnreachable)
		if s.calls.Load() != 0 {
			t.Error("the call reached another Peer")
		}
	})
	t.Run("it hangs up", func(t *testing.T) {
		s := newSite(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		s.do(s.request()).want(t, 502, fsc.CodeInwayUnreachable).says(t, "it may have received the request")
	})
}

func TestErrorsOfTheInwayPassUnaltered(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		proxy.WriteError(w, fsc.DomainInway, fsc.Errorf(fsc.CodeServiceNotFound, "not here"))
	})
	if a := s.do(s.request()); a.status != 404 || a.err.Domain != string(fsc.DomainInway) || a.err.Message != "not here" {
		t.Errorf("%+v", a)
	}
}

func TestAClientMayChooseTheTransactionIDWhereThatIsConfigured(t *testing.T) {
	var sent string
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { sent = r.Header.Get(proxy.HeaderTransactionID) },
		func(c *outway.Config) { c.TransactionIDMode = outway.ModeAcceptClient })
	id := strings.ToUpper(proxy.NewTransactionID())
	a := s.do(s.request(head(proxy.HeaderTransactionID, id))).want(t, 200, "")
	if sent != id || a.header.Get(proxy.HeaderTransactionID) != id || s.books.all()[0].TransactionID != strings.ToLower(id) {
		t.Errorf("sent %s, recorded %s", sent, s.books.all()[0].TransactionID)
	}
	s.do(s.request()).want(t, 400, fsc.CodeMissingLogRecordID)
	s.do(s.request(head(proxy.HeaderTransactionID, "1"))).want(t, 400, fsc.CodeInvalidLogRecordID)
	s.do(s.request(head(proxy.HeaderTransactionID, id, id))).want(t, 400, fsc.CodeInvalidLogRecordID)
	if s.calls.Load() != 1 {
		t.Error("a refused call was sent")
	}
}

type decision struct {
	err error
	saw outway.Grant
	id  string
}

func (d *decision) Authorize(_ context.Context, _ *http.Request, transactionID string, g outway.Grant) error {
	d.saw, d.id = g, transactionID
	return d.err
}

func TestAnAuthorizerMayRefuse(t *testing.T) {
	d := &decision{err: errors.New("the decision point is away")}
	s := newSite(t, nil, func(c *outway.Config) { c.Authorizer = d })
	s.do(s.request()).want(t, 500, fsc.CodeInternal)
	d.err = fsc.Errorf(fsc.CodeTooManyRequests, "enough for today")
	s.do(s.request()).want(t, 429, fsc.CodeTooManyRequests)
	if s.tokens.fetched.Load() != 0 || d.saw.Hash != hash("a") {
		t.Error("a token was fetched for a refused call")
	}
	d.err = nil
	s.do(s.request()).want(t, 200, "")
	if all := s.books.all(); len(all) != 1 || all[0].TransactionID != d.id {
		t.Errorf("decided as transaction %s and recorded %v", d.id, all)
	}
}

type tally struct{ outcomes chan string }

func (tally) CallBegan()                                  {}
func (o tally) CallEnded(outcome string, _ time.Duration) { o.outcomes <- outcome }

func TestEveryCallIsObservedOnce(t *testing.T) {
	o := tally{make(chan string, 10)}
	s := newSite(t, nil, func(c *outway.Config) { c.Observer = o })
	s.do(s.request())
	s.do(s.request(func(r *http.Request) { r.Host = "elders.example" }))
	if a, b := <-o.outcomes, <-o.outcomes; a != "forwarded" || b != string(fsc.CodeUnknownGrantHashInHeader) {
		t.Errorf("outcomes %s, %s", a, b)
	}
}
