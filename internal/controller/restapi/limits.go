// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"container/list"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxLimits is how many askers are told apart; of more, the one that was
// silent longest is forgotten.
const maxLimits = 10_000

// limits bounds how often each asker may ask.
type limits struct {
	perSecond float64
	burst     int
	now       func() time.Time

	mu    sync.Mutex
	by    map[string]*list.Element
	order *list.List // newest use in front
}

type limit struct {
	who    string
	bucket *rate.Limiter
}

func newLimits(perSecond float64, burst int, now func() time.Time) *limits {
	return &limits{perSecond: perSecond, burst: burst, now: now, by: map[string]*list.Element{}, order: list.New()}
}

// take counts a request, or tells when to try again.
func (l *limits) take(who string) error {
	now := l.now()
	r := l.find(who).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	f := fail(http.StatusTooManyRequests, "too_many", "there are too many requests; wait a little")
	f.retryAfter = wait
	return f
}

func (l *limits) find(who string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if el, ok := l.by[who]; ok {
		l.order.MoveToFront(el)
		return el.Value.(*limit).bucket
	}
	if l.order.Len() >= maxLimits {
		delete(l.by, l.order.Remove(l.order.Back()).(*limit).who)
	}
	b := rate.NewLimiter(rate.Limit(l.perSecond), l.burst)
	l.by[who] = l.order.PushFront(&limit{who, b})
	return b
}
