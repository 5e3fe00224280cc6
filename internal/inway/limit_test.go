// SPDX-License-Identifier: EUPL-1.2

package inway_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/inway"
	"github.com/samenspel/samenspel/internal/limit"
)

// limit gives the service limits, as a new snapshot does.
func (s *site) limit(l limit.Limits) {
	in := s.input()
	in.Services[0].Limits = l
	s.inway.Update(in)
}

func (s *site) limited() []string {
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	return slices.Clone(s.tally.limited)
}

// held is a service whose calls wait until they are let go.
func held() (serve http.HandlerFunc, arrived, letGo chan struct{}) {
	arrived, letGo = make(chan struct{}, 16), make(chan struct{})
	return func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-letGo
	}, arrived, letGo
}

func TestCallsAboveALimitAreRefusedBeforeTheyAreRecorded(t *testing.T) {
	for by, l := range map[limit.Name]limit.Limits{
		limit.ConcurrentCalls:        {ConcurrentCalls: 1},
		limit.ConcurrentCallsPerPeer: {ConcurrentCallsPerPeer: 1},
		limit.CallsPerSecondPerPeer:  {CallsPerSecondPerPeer: 1},
	} {
		t.Run(string(by), func(t *testing.T) {
			serve, arrived, letGo := held()
			s := newSite(t, serve)
			s.limit(l)
			first := make(chan answer)
			r := s.request(s.token())
			go func() { first <- do(t, s.http, r) }()
			<-arrived
			again := s.request(s.token())
			a := s.do(again)
			a.want(t, 429, fsc.CodeTooManyRequests)
			if a.header.Get("Retry-After") != "1" || !strings.Contains(a.err.Message, " is 1") {
				t.Errorf("Retry-After %q, %s", a.header.Get("Retry-After"), a.err.Message)
			}
			if s.books.count() != 1 || s.calls.Load() != 1 {
				t.Error("a refused call was recorded or forwarded")
			}
			if got := s.limited(); len(got) != 1 || got[0] != service+" "+string(by) {
				t.Errorf("counted as %v", got)
			}
			close(letGo)
			(<-first).want(t, 200, "")
			s.clock.Advance(time.Second)
			s.do(again.Clone(t.Context())).want(t, 200, "") // the same TransactionID: it wasn't used up
		})
	}
}

func TestTheShareOfOnePeerLeavesRoomForAnother(t *testing.T) {
	serve, arrived, letGo := held()
	s := newSite(t, serve)
	s.limit(limit.Limits{ConcurrentCalls: 2, ConcurrentCallsPerPeer: 1})
	other := s.issue(delegator)
	done := make(chan answer)
	one, two := s.request(s.token()), s.request(s.token(func(c *fsc.Claims) {
		c.Subject, c.CertificateThumbprint = delegator, other.CertificateThumbprint()
	}))
	go func() { done <- do(t, s.http, one) }()
	<-arrived
	s.do(s.request(s.token())).want(t, 429, fsc.CodeTooManyRequests)
	client := s.newClient(other)
	go func() { done <- do(t, client, two) }()
	<-arrived
	close(letGo)
	(<-done).want(t, 200, "")
	(<-done).want(t, 200, "")
}

func TestCallsUnderWayCountForLimitsThatChange(t *testing.T) {
	serve, arrived, letGo := held()
	s := newSite(t, serve)
	s.limit(limit.Limits{ConcurrentCalls: 5})
	done := make(chan answer)
	for range 2 {
		r := s.request(s.token())
		go func() { done <- do(t, s.http, r) }()
		<-arrived
	}
	s.limit(limit.Limits{ConcurrentCalls: 2, ResponseMilliseconds: 60_000})
	s.do(s.request(s.token())).want(t, 429, fsc.CodeTooManyRequests)
	close(letGo)
	(<-done).want(t, 200, "")
	(<-done).want(t, 200, "")
	s.do(s.request(s.token())).want(t, 200, "")
	s.limit(limit.Limits{})
	s.do(s.request(s.token())).want(t, 200, "")
}

func TestABodyThatSaysItIsTooLongIsRefusedBeforeItIsRecorded(t *testing.T) {
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	s.limit(limit.Limits{RequestBytes: 1000})
	send := func(n int) answer {
		r := s.request(s.token())
		r.Method, r.Body, r.ContentLength = http.MethodPost, io.NopCloser(bytes.NewReader(make([]byte, n))), int64(n)
		return s.do(r)
	}
	send(1000).want(t, 200, "")
	a := send(1001)
	a.want(t, 413, fsc.CodeRequestTooLarge)
	if !strings.Contains(a.err.Message, "1000 bytes") || a.header.Get("Retry-After") != "" {
		t.Errorf("%v %s", a.header, a.err.Message)
	}
	if s.books.count() != 1 || s.calls.Load() != 1 {
		t.Error("a refused call was recorded or forwarded")
	}
}

func TestABodyOfUnknownLengthIsCutOffAtTheLimit(t *testing.T) {
	whole := make(chan error, 8)
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		whole <- err
	})
	s.limit(limit.Limits{RequestBytes: 100_000})
	send := func(n int) answer {
		r := s.request(s.token())
		r.Method, r.Body, r.ContentLength = http.MethodPost, io.NopCloser(io.LimitReader(zeros{}, int64(n))), -1
		return s.do(r)
	}
	send(100_000).want(t, 200, "")
	if err := <-whole; err != nil {
		t.Error(err)
	}
	for range 20 { // which end of the exchange sees it first differs
		send(100_001).want(t, 413, fsc.CodeRequestTooLarge)
		if err := <-whole; err == nil {
			t.Fatal("the service took the part for the whole")
		}
	}
	if got := s.limited(); len(got) != 20 || got[0] != service+" request_bytes" {
		t.Errorf("counted as %v", got)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestAServiceThatIsSlowToAnswerIsGivenUp(t *testing.T) {
	serve, _, letGo := held()
	s := newSite(t, serve)
	defer close(letGo)
	s.limit(limit.Limits{ResponseMilliseconds: 50})
	s.do(s.request(s.token())).want(t, 504, fsc.CodeServiceTimeout)
	if got := s.limited(); len(got) != 1 || got[0] != service+" response_milliseconds" || s.books.count() != 1 {
		t.Errorf("counted as %v, %d records", got, s.books.count())
	}
}

func TestABodyMayTakeLongerThanTheWaitForTheHead(t *testing.T) {
	began, rest := make(chan struct{}), make(chan struct{})
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		close(began)
		<-rest
		_, _ = io.WriteString(w, "late")
	})
	s.limit(limit.Limits{ResponseMilliseconds: 500})
	res, err := s.http.Do(s.request(s.token()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	<-began
	timer := time.NewTimer(550 * time.Millisecond)
	defer timer.Stop()
	<-timer.C
	close(rest)
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "late" {
		t.Errorf("%q %v", body, err)
	}
}

func TestNewLimitsOnCallsKeepTheConnectionsToTheService(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })
	before := s.do(s.request(s.token())).body
	s.limit(limit.Limits{ConcurrentCalls: 3})
	if after := s.do(s.request(s.token())).body; after != before {
		t.Errorf("the call came over %s, before over %s", after, before)
	}
}

func TestCallsThatAreRefusedForOtherReasonsDontCount(t *testing.T) {
	d := &decision{err: errors.New("no")}
	s := newSite(t, nil, func(c *inway.Config) { c.Authorizer = d })
	s.limit(limit.Limits{CallsPerSecondPerPeer: 1, ConcurrentCalls: 1})
	for range 3 {
		s.do(s.request(s.token())).want(t, 500, fsc.CodeInternal)
	}
	d.err = nil
	s.do(s.request(s.token())).want(t, 200, "")
	if got := s.limited(); len(got) != 0 {
		t.Errorf("counted as %v", got)
	}
}

func TestASwitchedProtocolIsOneCallUntilItEnds(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			return
		}
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "echo")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.Copy(conn, rw)
		_ = conn.Close()
	})
	s.limit(limit.Limits{ConcurrentCallsPerPeer: 1, RequestBytes: 4, ResponseMilliseconds: 5000})
	r := s.request(s.token())
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "echo")
	res, err := s.http.Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	conn, ok := res.Body.(io.ReadWriteCloser)
	if !ok || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %d", res.StatusCode)
	}
	got := make([]byte, 12)
	if _, err := io.WriteString(conn, "twelve bytes"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "twelve bytes" {
		t.Errorf("%q %v", got, err) // a limit on bodies is none on what comes after the switch
	}
	s.do(s.request(s.token())).want(t, 429, fsc.CodeTooManyRequests)
	_ = conn.Close()
	deadline := time.Now().Add(wait)
	for a := s.do(s.request(s.token())); a.status != http.StatusOK; a = s.do(s.request(s.token())) {
		if time.Now().After(deadline) {
			t.Fatalf("the call never ends: %d", a.status)
		}
	}
}
