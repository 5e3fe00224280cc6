// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/limit"
)

// getFeed answers with what is there, or waits until something is.
func (s *server) getFeed(c *call) (reply, error) {
	from, wait, err := readFeedQuery(c.r.URL.RawQuery)
	if err != nil {
		return reply{}, err
	}
	batch, err := s.poll(c, from-1, wait)
	if err != nil {
		return reply{}, err
	}
	raw, err := encodeBatch(batch)
	return reply{http.StatusOK, mediaJSON, raw}, err
}

// poll looks after each change whether there is something for this reader. A
// change that comes while it looks isn't missed.
func (s *server) poll(c *call, after int64, wait time.Duration) (collective.Batch, error) {
	changed := s.cfg.Desk.Changed()
	b, err := s.batch(c, after)
	if err != nil || len(b.Items) > 0 || wait == 0 {
		return b, err
	}
	pass, refused := s.gates.polls.Enter(&s.gates.polls.limits, string(c.peer), s.cfg.Now())
	if refused != nil {
		return b, tooMany(refused)
	}
	defer func(p limit.Pass) { p.Leave() }(pass)
	end := time.NewTimer(wait)
	defer end.Stop()
	for {
		if ended, err := s.await(c.r.Context(), changed, end.C); ended || err != nil {
			return b, err
		}
		changed = s.cfg.Desk.Changed()
		if b, err = s.batch(c, after); err != nil || len(b.Items) > 0 {
			return b, err
		}
	}
}

// await returns some time after a change, or tells that the wait has ended.
func (s *server) await(ctx context.Context, changed <-chan struct{}, end <-chan time.Time) (ended bool, err error) {
	var settled <-chan time.Time
	for {
		select {
		case <-changed:
			changed = nil
			timer := time.NewTimer(settle)
			defer timer.Stop()
			settled = timer.C
		case <-settled:
			return false, nil
		case <-end:
			return true, nil
		case <-s.cfg.Stopping:
			return true, stopping()
		case <-ctx.Done():
			return true, ctx.Err()
		}
	}
}

// batch reads as much as goes into one answer.
func (s *server) batch(c *call, after int64) (collective.Batch, error) {
	return reading(s, c, func(ctx context.Context) (collective.Batch, error) {
		b, err := s.cfg.Desk.Feed(ctx, c.peer, after, MaxItems)
		if err != nil {
			return b, err
		}
		if n := fitting(b.Items); n < len(b.Items) {
			// The checkpoints have to cover the last item, so the desk cuts.
			return s.cfg.Desk.Feed(ctx, c.peer, after, n)
		}
		return b, nil
	})
}

var numberPattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,15})$`)

// readFeedQuery reads from, 1 by default, and wait in seconds, 0 by default.
func readFeedQuery(raw string) (from int64, wait time.Duration, err error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return 0, 0, invalid("query", "", "query", "the query can't be read")
	}
	for name, v := range values {
		switch known := slices.Contains([]string{"from", "wait"}, name); {
		case !known:
			return 0, 0, invalid("query", "", "unknown", "the query has a parameter other than from and wait")
		case len(v) > 1:
			return 0, 0, invalid("query", name, "duplicate", name+" stands there twice")
		}
	}
	from, err = number(values, "from", 1, 1, 1<<53-1)
	if err != nil {
		return 0, 0, err
	}
	seconds, err := number(values, "wait", 0, 0, int64(MaxWait/time.Second))
	return from, time.Duration(seconds) * time.Second, err
}

func number(values url.Values, name string, none, least, most int64) (int64, error) {
	if !values.Has(name) {
		return none, nil
	}
	text := values.Get(name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !numberPattern.MatchString(text) || n < least || n > most {
		return 0, invalid("query", name, "range", name+" must be a whole number from "+strconv.FormatInt(least, 10)+" to "+strconv.FormatInt(most, 10))
	}
	return n, nil
}
