// SPDX-License-Identifier: EUPL-1.2

package inway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
)

// sources are the addresses of one service, and what they were asked.
type sources struct {
	*site
	servers []*httptest.Server
	token   string

	mu     sync.Mutex
	calls  []int
	bodies []string
	answer func(i int) // runs before source i answers; may panic
}

func newSources(t *testing.T, count int, change ...func(*limit.Limits)) *sources {
	t.Helper()
	s := &sources{site: newSite(t, nil), calls: make([]int, count)}
	for i := range count {
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			s.mu.Lock()
			s.calls[i]++
			s.bodies = append(s.bodies, string(body))
			answer := s.answer
			s.mu.Unlock()
			if answer != nil {
				answer(i)
			}
		}))
		t.Cleanup(server.Close)
		s.servers = append(s.servers, server)
	}
	in := s.input()
	for i, server := range s.servers {
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			in.Services[0].Upstream = u
		} else {
			in.Services[0].More = append(in.Services[0].More, u)
		}
	}
	for _, f := range change {
		f(&in.Services[0].Limits)
	}
	s.inway.Update(in)
	s.token = s.site.token()
	return s
}

func (s *sources) counts() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := append([]int(nil), s.calls...)
	clear(s.calls)
	return out
}

func (s *sources) post(body string) *http.Request {
	r := s.request(s.token)
	r.Method, r.Body, r.ContentLength = http.MethodPost, io.NopCloser(strings.NewReader(body)), int64(len(body))
	return r
}

func TestCallsGoToEachSourceOfAService(t *testing.T) {
	s := newSources(t, 3)
	for range 9 {
		s.do(s.request(s.token)).want(t, 200, "")
	}
	for i, n := range s.counts() {
		if n != 3 {
			t.Errorf("source %d had %d of 9 calls", i, n)
		}
	}
}

func TestASourceThatCantBeReachedIsPassedOver(t *testing.T) {
	s := newSources(t, 2)
	s.servers[0].Close()
	for range 8 {
		s.do(s.post("een lichaam")).want(t, 200, "")
	}
	if n := s.counts(); n[1] != 8 || s.books.count() != 8 {
		t.Errorf("calls %v, %d records", n, s.books.count())
	}
	for _, body := range s.bodies {
		if body != "een lichaam" {
			t.Errorf("a source received %q", body)
		}
	}
}

func TestNoSourceCanBeReached(t *testing.T) {
	s := newSources(t, 5)
	for _, server := range s.servers {
		server.Close()
	}
	s.do(s.post("a")).want(t, 502, fsc.CodeServiceUnreachable)
	s.do(s.request(s.token)).want(t, 502, fsc.CodeServiceUnreachable)
}

func TestACallWithoutAnAnswerGoesToASecondSourceOnlyIfItReads(t *testing.T) {
	for _, c := range []struct {
		method   string
		status   int
		code     fsc.ErrorCode
		arrivals int
	}{
		{http.MethodGet, 200, "", 2}, {http.MethodPost, 502, fsc.CodeServiceUnreachable, 1}, {http.MethodDelete, 502, fsc.CodeServiceUnreachable, 1},
	} {
		t.Run(c.method, func(t *testing.T) {
			s := newSources(t, 2)
			broken := false
			s.answer = func(int) {
				s.mu.Lock()
				first := !broken
				broken = true
				s.mu.Unlock()
				if first {
					panic(http.ErrAbortHandler)
				}
			}
			r := s.request(s.token)
			r.Method = c.method
			s.do(r).want(t, c.status, c.code)
			if n := s.counts(); n[0]+n[1] != c.arrivals || s.books.count() != 1 {
				t.Errorf("arrived %v, %d records", n, s.books.count())
			}
		})
	}
}

// TestASlowSourceIsNotTakenForABrokenOne has a limit on the wait for a response: what
// takes too long at one source isn't begun at another.
func TestASlowSourceIsNotTakenForABrokenOne(t *testing.T) {
	s := newSources(t, 2, func(l *limit.Limits) { l.ResponseMilliseconds = 50 })
	release := make(chan struct{})
	defer close(release)
	s.answer = func(int) { <-release }
	s.do(s.request(s.token)).want(t, 504, fsc.CodeServiceTimeout)
	if n := s.counts(); n[0]+n[1] != 1 {
		t.Errorf("arrived %v", n)
	}
}

func TestASourceThatComesBackHasCallsAgain(t *testing.T) {
	s := newSources(t, 2)
	s.answer = func(i int) {
		if i == 0 {
			panic(http.ErrAbortHandler)
		}
	}
	for range 6 {
		s.do(s.request(s.token)).want(t, 200, "")
	}
	if n := s.counts(); n[0] != 1 {
		t.Errorf("a broken source had %d calls", n[0])
	}
	s.mu.Lock()
	s.answer = nil
	s.mu.Unlock()
	s.clock.Advance(time.Second)
	for range 6 {
		s.do(s.request(s.token)).want(t, 200, "")
	}
	if n := s.counts(); n[0] < 3 {
		t.Errorf("it had %d of 6 calls afterwards", n[0])
	}
}

func TestAnUpdateKeepsConnectionsToSourcesThatStay(t *testing.T) {
	s := newSources(t, 2)
	seen := make(chan string, 10)
	s.servers[0].Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.RemoteAddr })
	in := s.input()
	u, err := url.Parse(s.servers[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	in.Services[0].Upstream = u
	s.inway.Update(in)
	s.do(s.request(s.token)).want(t, 200, "")
	more := *u
	more.Path = "/elders"
	in.Services[0].More = append(in.Services[0].More, &more)
	s.inway.Update(in)
	s.do(s.request(s.token)).want(t, 200, "")
	s.do(s.request(s.token)).want(t, 200, "")
	remotes := map[string]int{}
	for range 3 {
		remotes[<-seen]++
	}
	if len(remotes) != 2 {
		t.Errorf("connections %v", remotes)
	}
}

func TestASourceThatIsNamedTwiceIsOne(t *testing.T) {
	s := newSources(t, 1)
	in := s.input()
	u, err := url.Parse(s.servers[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	in.Services[0].Upstream, in.Services[0].More = u, []*url.URL{u}
	for range 2 {
		s.inway.Update(in) // the second one finds the sources of the first
	}
	s.do(s.request(s.token)).want(t, 200, "")
	s.servers[0].Close()
	s.do(s.request(s.token)).want(t, 502, fsc.CodeServiceUnreachable)
}
