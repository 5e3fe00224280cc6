// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestAHistogramKeepsQuantilesWithinTwoPercent(t *testing.T) {
	var h histogram
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]time.Duration, 50_000)
	for i := range values {
		values[i] = time.Duration(r.ExpFloat64() * float64(3*time.Millisecond))
		h.add(values[i])
	}
	slices.Sort(values)
	for _, q := range []float64{0.5, 0.9, 0.99, 0.999, 1} {
		want := values[min(int(q*float64(len(values))), len(values)-1)]
		if got := h.quantile(q); got < want*98/100 || got > want*102/100 {
			t.Errorf("quantile %v is %s, want %s", q, got, want)
		}
	}
	if h.most != values[len(values)-1] {
		t.Errorf("the longest is %s, want %s", h.most, values[len(values)-1])
	}
}

func TestEveryLatencyHasABucketThatContainsIt(t *testing.T) {
	for _, d := range []time.Duration{-1, 0, 1, 63, 64, 127, 128, 129, 1000, time.Millisecond, time.Second, time.Hour} {
		b := bucketOf(d)
		if d > upperEdge(b) || (b > 0 && d <= upperEdge(b-1)) {
			t.Errorf("%d ns is in bucket %d, of %d to %d ns", d, b, upperEdge(max(b-1, 0))+1, upperEdge(b))
		}
	}
	if b, last := bucketOf(1<<62), len(histogram{}.counts)-1; b != last {
		t.Errorf("a latency beyond all is in bucket %d, want the last, %d", b, last)
	}
	if got := new(histogram).quantile(0.99); got != 0 {
		t.Errorf("an empty histogram has a p99 of %s", got)
	}
}

// planFor is for calls to a server of this test.
func planFor(s *httptest.Server, rate, calls, connections int) pacePlan {
	return pacePlan{
		Address: strings.TrimPrefix(s.URL, "http://"), Host: "a.example", Path: "/x", Rate: rate, Calls: calls, Connections: connections,
		Patience: 10 * time.Second,
	}
}

func TestTheGeneratorMakesEveryCallThatIsDue(t *testing.T) {
	var calls atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "a.example" && r.URL.Path == "/x" {
			calls.Add(1)
		}
		w.Header().Set("Content-Length", "20000") // more than one read
		_, _ = w.Write(bodyText(20_000))
	}))
	defer s.Close()
	res, err := pace(planFor(s, 1000, 200, 4))
	if err != nil {
		t.Fatal(err)
	}
	if res.Answered != 200 || calls.Load() != 200 || res.Failed != 0 || res.Unanswered != 0 {
		t.Errorf("the service saw %d calls; got %+v", calls.Load(), res)
	}
	if res.Took < 199*time.Millisecond || res.P50 <= 0 || res.P50 > res.P99 || res.P99 > res.Most {
		t.Errorf("200 calls at 1000/s: %+v", res)
	}
}

func TestTheLastCallsAreMadeWhenTheyBecameDueTogetherWithMoreThanThePlanHas(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("done")) }))
	defer s.Close()
	// The timer has run out many times before anybody looks at it.
	res, err := pace(planFor(s, 1_000_000, 3, 4))
	if err != nil || res.Answered != 3 || res.Unanswered != 0 {
		t.Errorf("got %+v, %v, want 3 answers", res, err)
	}
}

func TestAStallCountsForAllCallsThatBecameDueMeanwhile(t *testing.T) {
	var first atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first.CompareAndSwap(false, true) {
			<-time.After(200 * time.Millisecond)
		}
		_, _ = w.Write([]byte("done"))
	}))
	defer s.Close()
	// One connection: a closed loop would see a single slow call of 300.
	res, err := pace(planFor(s, 1000, 300, 1))
	if err != nil {
		t.Fatal(err)
	}
	if res.Answered != 300 || res.Failed != 0 || res.P50 < 20*time.Millisecond || res.P90 < 100*time.Millisecond {
		t.Errorf("got %+v, want a stall of 200 ms to show in half of 300 ms of calls", res)
	}
}

func TestWithoutARateEachConnectionCallsAsSoonAsItWasAnswered(t *testing.T) {
	var now, most atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer now.Add(-1)
		_, _ = w.Write([]byte("done"))
	}))
	defer s.Close()
	res, err := pace(planFor(s, 0, 500, 4))
	if err != nil || res.Answered != 500 || res.Unanswered != 0 || most.Load() > 4 {
		t.Errorf("got %+v, %v, %d at once; want 500 answers, 4 at once", res, err, most.Load())
	}
}

func TestRefusedCallsHaveFailed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	defer s.Close()
	res, err := pace(planFor(s, 1000, 20, 2))
	if err != nil || res.Answered != 0 || res.Failed != 20 {
		t.Errorf("got %+v, %v, want 20 failures", res, err)
	}
}

func TestAnswersAreReadAsFarAsTheyCome(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nX-A: b\r\n\r\nhello"
	for cut := range len(answer) {
		c := &paceConn{left: -1}
		if err := c.take([]byte(answer[:cut])); err != nil || c.left == 0 {
			t.Fatalf("after %d bytes: left %d, %v", cut, c.left, err)
		}
		if err := c.take([]byte(answer[cut:])); err != nil || c.left != 0 {
			t.Fatalf("cut at %d: left %d, %v", cut, c.left, err)
		}
	}
	for _, bad := range []string{
		"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", strings.Repeat("x", maxAnswerHead+1),
	} {
		if err := (&paceConn{left: -1}).take([]byte(bad)); err == nil {
			t.Errorf("%.40q is taken for an answer", bad)
		}
	}
}
