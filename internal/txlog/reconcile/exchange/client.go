// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

const (
	// sessionTime is how long one comparison may ask the other side.
	sessionTime = 45 * time.Second
	// settle is how long after its end an hour is left alone at a node that doesn't tell
	// which hours it has whole.
	settle = 10 * time.Minute
	// A session waits when it is asked to, so often and so long at most.
	maxWaits = 20
	longWait = 5 * time.Second
)

// ClientConfig is what a client needs; all of it is required.
type ClientConfig struct {
	Self fsc.PeerID
	// HTTP gives the client for one Peer, which accepts only a server of that Peer.
	HTTP func(fsc.PeerID) *http.Client
	// Standard asks for records by GET /logs.
	Standard *fscapi.Client
	// Locate finds the Manager of a Peer.
	Locate func(ctx context.Context, id fsc.PeerID) (fsc.Peer, error)
	Now    func() time.Time
}

// Client compares with other Peers. It may be used concurrently.
type Client struct{ cfg ClientConfig }

// NewClient makes a client.
func NewClient(cfg ClientConfig) *Client { return &Client{cfg} }

// errNoAddress is for a Peer that exists, or not, where nothing tells.
var errNoAddress = errors.New("no Directory names it and it never told its address; check its number")

// Open begins a comparison with a Peer, of one grant or, when grant is empty, of all.
// It asks the Peer nothing yet; an error means that its Manager isn't known. close
// ends it.
func (c *Client) Open(ctx context.Context, id fsc.PeerID, grant string) (with reconcile.Session, end func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, sessionTime)
	p, err := c.cfg.Locate(ctx, id)
	if err == nil && p.ManagerAddress == "" {
		err = errNoAddress
	}
	if err == nil {
		err = fscapi.ValidateManagerAddress(p.ManagerAddress, true)
	}
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("find the Manager of %s: %w", id, err)
	}
	return &session{c: c, ctx: ctx, peer: p, grant: grant}, cancel, nil
}

// session implements [reconcile.Session]. It is used by one goroutine.
type session struct {
	c *Client
	// ctx has the deadline of all of it.
	ctx      context.Context //nolint:containedctx // a session is one task with one deadline
	peer     fsc.Peer
	grant    string
	roots    bool
	kept     reconcile.Kept
	requests int
	waits    int
}

// Kept implements [reconcile.Session].
func (s *session) Kept() reconcile.Kept { return s.kept }

// ByRoots implements [reconcile.Session].
func (s *session) ByRoots() bool { return s.roots }

// Requests implements [reconcile.Session].
func (s *session) Requests() int { return s.requests }

// patient does a request, again when the other side asks to wait. It ends with the
// session and with ctx, whichever is first.
func patient[T any](ctx context.Context, s *session, do func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.ctx, func() { cancel(s.ctx.Err()) })() //nolint:contextcheck // the deadline of the session ends ctx as well
	for {
		s.requests++
		out, err := do(ctx)
		re, ok := errors.AsType[*fscapi.RemoteError](err)
		switch {
		case s.ctx.Err() != nil:
			return out, fmt.Errorf("the other side took more than %d seconds in all; compare a shorter time or one grant", int(sessionTime.Seconds()))
		case !ok || re.Status != http.StatusTooManyRequests || re.RetryAfter > longWait || s.waits >= maxWaits:
			return out, err
		}
		s.waits++
		if err := pause(ctx, max(re.RetryAfter, 100*time.Millisecond)); err != nil {
			return out, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Whole implements [reconcile.Session]. It finds out whether the other side has the
// extension. By the standard nobody tells what is whole: hours that are over count.
func (s *session) Whole(ctx context.Context) (from, until reconcile.Hour, err error) {
	raw, err := s.get(ctx, "/period", nil)
	if absent(err) {
		return 0, reconcile.HourOf(s.c.cfg.Now().Add(-settle)), nil
	}
	if err != nil {
		return 0, 0, err
	}
	if from, until, s.kept, err = readPeriod(raw); err != nil {
		return 0, 0, unreadable(err)
	}
	s.roots = true
	return from, until, nil
}

// absent tells that a Manager knows no such path.
func absent(err error) bool {
	re, ok := errors.AsType[*fscapi.RemoteError](err)
	return ok && (re.Status == http.StatusNotFound || re.Status == http.StatusMethodNotAllowed || re.Status == http.StatusNotImplemented)
}

func unreadable(err error) error {
	return fmt.Errorf("an answer of the other side can't be used: %w", err)
}

// Parts implements [reconcile.Session].
func (s *session) Parts(ctx context.Context, from, until reconcile.Hour) ([]reconcile.Part, error) {
	w := window{from, until, s.grant}
	if !s.roots {
		return s.listed(ctx, w)
	}
	var parts []reconcile.Part
	for w.from < w.until {
		raw, err := s.get(ctx, "/sets", w.values())
		if err != nil {
			return nil, err
		}
		told, next, err := readSets(raw, w)
		if err != nil {
			return nil, unreadable(err)
		}
		for _, t := range told {
			parts = append(parts, reconcile.Part{Told: t, Ask: s.asker(t.Key)})
		}
		if len(parts) > maxParts {
			return nil, fmt.Errorf("the other side has more than %d sets of calls; compare a shorter time or one grant", maxParts)
		}
		w.from = next
	}
	return parts, nil
}

// maxParts is how many sets one part of a comparison can have.
const maxParts = 200_000

// Records implements [reconcile.Session].
func (s *session) Records(ctx context.Context, ids []string) ([]txlog.Record, error) {
	got, err := patient(ctx, s, func(ctx context.Context) (fscapi.Results[fscapi.LogRecord], error) {
		return s.c.cfg.Standard.ListLogRecords(ctx, s.peer, fscapi.LogsRequest{TransactionIDs: ids})
	})
	if err != nil {
		return nil, err
	}
	var out []txlog.Record
	for i := range got.Items {
		if r := recordOf(&got.Items[i]); isGrant(r.GrantHash) && isGrant(r.ServiceName) {
			out = append(out, r)
		}
	}
	return out, nil
}

// asker asks about a set; its key has our direction.
func (s *session) asker(k reconcile.Key) func(context.Context, *idset.Question) (*idset.Answer, error) {
	return func(ctx context.Context, q *idset.Question) (*idset.Answer, error) {
		raw, err := s.post(ctx, "/questions", wireQuestion{secondsOf(k.Hour), k.Grant, directionOf(!k.Outgoing), q.Prefixes})
		if err != nil {
			return nil, err
		}
		a, err := idset.ReadAnswer(raw)
		if err != nil {
			return nil, unreadable(err)
		}
		return a, nil
	}
}
