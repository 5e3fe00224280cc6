// SPDX-License-Identifier: EUPL-1.2

package pki_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/pki"
)

func TestARefreshNeverMakesAHandshakeWait(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	list := mustList(t)(ca.CRL(now.Now()))
	asked, release := make(chan struct{}, 2), make(chan struct{})
	slow := atomic.Bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		if slow.Load() {
			<-release
		}
		_, _ = w.Write(list)
	}))
	defer server.Close()
	s := newCRLServer(t, ca, now)
	s.url = server.URL
	checker := s.checker(t, pki.RevocationConfig{})
	chain := chainOf(t, ca, s.withPoint(t, ca), now.Now())
	wantAccepted(t, checker.Check(chain))
	<-asked
	slow.Store(true)
	done := make(chan error)
	go func() { done <- checker.Refresh(t.Context()) }()
	<-asked
	wantAccepted(t, checker.Check(chain)) // Would hang if it waited.
	close(release)
	wantAccepted(t, <-done)
}

func TestRunRefreshesListsBeforeTheyAreOutdated(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	s := newCRLServer(t, ca, now)
	checker := s.checker(t, pki.RevocationConfig{})
	wantAccepted(t, checker.Check(chainOf(t, ca, s.withPoint(t, ca), now.Now())))
	now.Advance(time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		checker.Run(ctx, time.Millisecond)
	}()
	for s.asked.Load() < 2 && ctx.Err() == nil {
		runtime.Gosched()
	}
	if s.asked.Load() < 2 {
		t.Error("the list wasn't fetched again")
	}
	cancel()
	<-done
}

func TestRedirectsAreFollowedOnlyAFewTimes(t *testing.T) {
	now := newClock()
	ca := newCA(t, now.Now())
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "/again", http.StatusFound)
	}))
	defer server.Close()
	s := newCRLServer(t, ca, now)
	s.url = server.URL
	checker := s.checker(t, pki.RevocationConfig{Client: server.Client()})
	wantCause(t, checker.Check(chainOf(t, ca, s.withPoint(t, ca), now.Now())), pki.ErrRevocationUnknown)
	if got := asked.Load(); got != 4 {
		t.Errorf("asked %d times", got)
	}
}
