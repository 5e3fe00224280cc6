// SPDX-License-Identifier: EUPL-1.2

package outway_test

import (
	"cmp"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/proxy"
)

// several is a site with more than one Inway, which tokens name in turn.
type several struct {
	*site
	servers   []*door
	addresses []string

	mu    sync.Mutex
	turn  int
	names []string        // what tokens name
	seen  map[string]int  // calls by address
	auths map[string]bool // tokens that were used
	ids   []string        // of transactions, in the order they came in
}

func newSeveral(t *testing.T, count int, change ...func(*outway.Config)) *several {
	t.Helper()
	s := &several{seen: map[string]int{}, auths: map[string]bool{}}
	s.site = newSite(t, s.take, change...)
	s.servers, s.addresses = append(s.servers, s.inway), append(s.addresses, s.audience)
	for range count - 1 {
		s.listen()
		s.servers, s.addresses = append(s.servers, s.inway), append(s.addresses, s.audience)
	}
	s.names = s.addresses
	s.tokens.set(func(c *fsc.Claims) {
		s.mu.Lock()
		defer s.mu.Unlock()
		c.Audience = s.names[s.turn%len(s.names)]
		s.turn++
	}, nil)
	return s
}

// take is the Inway at each address.
func (s *several) take(_ http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	s.seen["https://"+local.String()]++
	s.auths[r.Header.Get(proxy.HeaderAuthorization)] = true
	s.ids = append(s.ids, r.Header.Get(proxy.HeaderTransactionID))
}

// name makes tokens name these Inways.
func (s *several) name(addresses ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = addresses
}

// counts gives the calls at each Inway since it was asked last.
func (s *several) counts() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]int, 0, len(s.addresses))
	for _, a := range s.addresses {
		out = append(out, s.seen[a])
	}
	clear(s.seen)
	return out
}

// discover calls until each Inway has had a call, and the time after which the
// Manager is asked again has passed.
func (s *several) discover() {
	s.t.Helper()
	eventually(s.t, "calls at each Inway", func() bool {
		s.clock.Advance(time.Second)
		s.do(s.request()).want(s.t, 200, "")
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.seen) == len(s.addresses)
	})
	s.counts()
}

// settle calls until the Manager was asked once more, in vain, for other Inways.
func (s *several) settle() {
	s.t.Helper()
	eventually(s.t, "a second token", func() bool {
		s.clock.Advance(500 * time.Millisecond)
		s.do(s.request()).want(s.t, 200, "")
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.auths) == 2
	})
}

func (s *several) post(body io.Reader) *http.Request {
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.front.URL+"/a", body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Host = named
	return r
}

func TestCallsGoToEachInwayOfAService(t *testing.T) {
	s := newSeveral(t, 3)
	s.discover()
	for range 30 {
		s.do(s.request()).want(t, 200, "")
	}
	for i, n := range s.counts() {
		if n != 10 {
			t.Errorf("Inway %d had %d of 30 calls", i, n)
		}
	}
}

func TestTheInwayWithTheFewestCallsUnderWayIsTaken(t *testing.T) {
	s := newSeveral(t, 2)
	s.discover()
	begun, proceed := make(chan string, 1), make(chan struct{})
	s.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
			begun <- "https://" + local.String()
			<-proceed
			return
		}
		s.take(w, r)
	}))
	done := make(chan answer)
	go func() { done <- s.do(s.post(strings.NewReader("a"))) }()
	busy := <-begun
	for range 10 {
		s.do(s.request()).want(t, 200, "")
	}
	close(proceed)
	(<-done).want(t, 200, "")
	for i, n := range s.counts() {
		if want := map[bool]int{true: 0, false: 10}[s.addresses[i] == busy]; n != want {
			t.Errorf("Inway %d had %d calls, want %d", i, n, want)
		}
	}
}

func TestACallGoesToAnotherInwayWhereOneTakesNoConnections(t *testing.T) {
	s := newSeveral(t, 2)
	s.discover()
	before := len(s.books.all())
	s.servers[0].stop()
	for range 10 {
		s.do(s.post(strings.NewReader("a"))).want(t, 200, "")
	}
	if got := s.counts(); got[1] != 10 {
		t.Errorf("calls %v", got)
	}
	records := s.books.all()[before:]
	if len(records) != 10 {
		t.Fatalf("%d records of 10 calls", len(records))
	}
	for i, id := range s.ids[len(s.ids)-10:] { // nothing had been sent, so it is the same transaction
		if records[i].TransactionID != id {
			t.Errorf("recorded %s, sent %s", records[i].TransactionID, id)
		}
	}
}

// TestAnotherInwayIsAskedForWhenTheOnlyOneKnownIsGone has a Manager that still names
// the one that is gone, as it does for some seconds.
func TestAnotherInwayIsAskedForWhenTheOnlyOneKnownIsGone(t *testing.T) {
	s := newSeveral(t, 2)
	s.name(s.addresses[0])
	s.do(s.request()).want(t, 200, "")
	s.servers[0].stop()
	s.name(s.addresses...)
	done := make(chan answer)
	for range 8 {
		go func() { done <- s.do(s.post(strings.NewReader("a"))) }()
	}
	for range 8 {
		(<-done).want(t, 200, "")
	}
	if n := s.tokens.fetched.Load(); n > 3 {
		t.Errorf("%d tokens were fetched", n)
	}
}

func TestTheManagerIsntAskedAtEachCallWhileNoInwayAnswers(t *testing.T) {
	s := newSeveral(t, 1)
	s.settle()
	s.servers[0].stop()
	before := s.tokens.fetched.Load()
	for range 20 {
		s.do(s.request()).want(t, 502, fsc.CodeInwayUnreachable)
	}
	if n := s.tokens.fetched.Load() - before; n != 2 {
		t.Errorf("asked %d times within a second", n)
	}
}

func TestACallWithoutAnAnswerIsMadeAgainAtAnotherInwayWhereSafe(t *testing.T) {
	for _, c := range []struct {
		name   string
		method string
		config func(*outway.Config)
		status int
		code   fsc.ErrorCode
		ids    int // of transactions that arrived
	}{
		{"GET", http.MethodGet, nil, 200, "", 2},
		{"POST", http.MethodPost, nil, 502, fsc.CodeInwayUnreachable, 1},
		{"DELETE", http.MethodDelete, nil, 502, fsc.CodeInwayUnreachable, 1},
		{"its own TransactionID", http.MethodGet, func(c *outway.Config) { c.TransactionIDMode = outway.ModeAcceptClient }, 502, fsc.CodeInwayUnreachable, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := []func(*outway.Config){}
			if c.config != nil {
				options = append(options, c.config)
			}
			s := newSeveral(t, 2, options...)
			identified := func(r *http.Request) {
				r.Method = c.method
				if c.config != nil {
					r.Header.Set(proxy.HeaderTransactionID, proxy.NewTransactionID())
				}
			}
			for range 8 { // both Inways become known
				s.do(s.request(identified)).want(t, 200, "")
				s.clock.Advance(time.Second)
			}
			eventually(t, "both Inways known", func() bool {
				s.do(s.request(identified)).want(t, 200, "")
				s.clock.Advance(time.Second)
				s.mu.Lock()
				defer s.mu.Unlock()
				return len(s.seen) == 2
			})
			var mu sync.Mutex
			ids, broken := map[string]bool{}, ""
			s.serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				ids[r.Header.Get(proxy.HeaderTransactionID)] = true
				local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
				if broken = cmp.Or(broken, local.String()); broken == local.String() {
					panic(http.ErrAbortHandler)
				}
			}))
			before := len(s.books.all())
			s.do(s.request(identified)).want(t, c.status, c.code)
			mu.Lock()
			defer mu.Unlock()
			if len(ids) != c.ids || len(s.books.all())-before != c.ids {
				t.Errorf("%d transactions arrived, %d records", len(ids), len(s.books.all())-before)
			}
		})
	}
}

func TestAnInwayThatEndsItsConnectionsIsAvoided(t *testing.T) {
	s := newSeveral(t, 2)
	s.discover()
	s.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if "https://"+local.String() == s.addresses[0] {
			w.Header().Set("Connection", "close")
		}
		s.take(w, r)
	}))
	for range 10 {
		s.do(s.request()).want(t, 200, "")
	}
	if got := s.counts(); got[0] > 1 || got[0]+got[1] != 10 {
		t.Errorf("calls %v", got)
	}
}

func TestAnInwayThatTokensNameNoMoreIsForgottenWithItsToken(t *testing.T) {
	s := newSeveral(t, 2)
	s.discover()
	s.name(s.addresses[1])
	eventually(t, "only the other one has calls", func() bool {
		s.clock.Advance(20 * time.Second)
		s.counts()
		for range 4 {
			s.do(s.request()).want(t, 200, "")
		}
		return s.counts()[0] == 0
	})
}
