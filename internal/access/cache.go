// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"crypto/sha256"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// keptAnswers bounds the cache.
const keptAnswers = 4096

// question is the hash of all that was asked, without what differs per call.
type question [sha256.Size]byte

// cache keeps answers for as long as the decision point allows.
type cache struct {
	mu   sync.Mutex
	kept map[question]keptAnswer
}

type keptAnswer struct {
	allow bool
	until time.Time
}

func (c *cache) get(q question, now time.Time) (allow, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.kept[q]
	if !ok || !now.Before(a.until) {
		return false, false
	}
	return a.allow, true
}

func (c *cache) put(q question, a keptAnswer, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= keptAnswers {
		for old, k := range c.kept {
			if !now.Before(k.until) {
				delete(c.kept, old)
			}
		}
	}
	if c.kept == nil || len(c.kept) >= keptAnswers {
		c.kept = map[question]keptAnswer{}
	}
	c.kept[q] = a
}

// freshness is how long an answer may be used again (RFC 9111, 4.2): only by an
// explicit max-age, and never when the answer forbids it.
func freshness(h http.Header) time.Duration {
	var seconds int64 = -1
	for item := range strings.SplitSeq(strings.Join(h["Cache-Control"], ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(item)), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			n, err := strconv.ParseInt(value, 10, 32)
			if err != nil || n < 0 || seconds >= 0 {
				return 0
			}
			seconds = n
		}
	}
	if ages := h["Age"]; len(ages) > 0 {
		age, err := strconv.ParseInt(ages[0], 10, 32)
		if err != nil || age < 0 {
			return 0
		}
		seconds -= age
	}
	return time.Duration(max(seconds, 0)) * time.Second
}
