// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
	"github.com/samenspel/samenspel/internal/txlog/reconcile"
)

// Limits on one list of records. What is kept of a record is its ID.
const (
	maxListed = 2_000_000
	maxPages  = 4000
	// maxEmpty is how many pages without any record may follow each other.
	maxEmpty = 20
)

// listed fetches the other side's records of a window, page by page, and makes the
// sets here. Hours are those of the IDs, and records may be written up to an hour from
// them; so an hour on both sides is read along.
func (s *session) listed(ctx context.Context, w window) ([]reconcile.Part, error) {
	after, before := max(secondsOf(w.from-1)-1, 0), secondsOf(w.until+1)
	req := fscapi.LogsRequest{Page: fscapi.Page{Limit: fscapi.MaxLimit, Ascending: true}, After: &after, Before: &before}
	if s.grant != "" {
		req.GrantHashes = []fsc.GrantHash{fsc.GrantHash(s.grant)}
	}
	l := list{s: s, window: w, found: map[reconcile.Key][]idset.ID{}, seen: map[string]bool{}}
	for {
		page, err := patient(ctx, s, func(ctx context.Context) (fscapi.Results[fscapi.LogRecord], error) {
			return s.c.cfg.Standard.ListLogRecords(ctx, s.peer, req)
		})
		if err != nil {
			return nil, err
		}
		if err := l.take(&page); err != nil {
			return nil, err
		}
		if req.Page.After = page.Next; strings.Join(page.Next, "") == "" {
			return l.parts(), nil
		}
	}
}

// list is the records that came in.
type list struct {
	s *session
	window
	found map[reconcile.Key][]idset.ID
	seen  map[string]bool // cursors
	count int
	empty int
}

// take reads a page, and refuses a list without an end.
func (l *list) take(page *fscapi.Results[fscapi.LogRecord]) error {
	if l.empty++; len(page.Items) > 0 {
		l.empty = 0
	}
	for i := range page.Items {
		r := recordOf(&page.Items[i])
		k, id, ok := l.keyOf(&r)
		if !ok {
			continue
		}
		if k.Hour >= l.from && k.Hour < l.until {
			l.found[k] = append(l.found[k], id)
			l.count++
		}
	}
	cursor := strings.Join(page.Next, "")
	switch {
	case cursor != "" && l.seen[cursor]:
		return errors.New("the other side's list of records goes round: it gave the same cursor twice")
	case len(l.seen) >= maxPages, l.empty > maxEmpty:
		return errors.New("the other side's list of records doesn't end; compare a shorter time or one grant")
	case l.count > maxListed:
		return fmt.Errorf("the other side has more than %d records at once; compare a shorter time or one grant", maxListed)
	}
	l.seen[cursor] = true
	return nil
}

// keyOf tells to which set a record of the other side belongs; false: to none, for it
// isn't the counterpart of a record that we could have.
func (l *list) keyOf(r *txlog.Record) (k reconcile.Key, id idset.ID, ok bool) {
	k.Outgoing = r.Direction == txlog.DirectionIncoming
	from, to := l.s.peer.ID, l.s.c.cfg.Self
	if k.Outgoing {
		from, to = to, from
	}
	id, err := idset.ParseID(r.TransactionID)
	if err != nil || r.OutwayPeerID != from || r.ServicePeerID != to || !isGrant(r.GrantHash) || l.grant != "" && r.GrantHash != l.grant {
		return k, id, false
	}
	k.Hour, k.Grant = reconcile.HourOf(id.When(r.CreatedAt)), r.GrantHash
	return k, id, true
}

// parts gives the sets in order; their questions are answered here.
func (l *list) parts() []reconcile.Part {
	out := make([]reconcile.Part, 0, len(l.found))
	for _, k := range slices.SortedFunc(maps.Keys(l.found), reconcile.Key.Compare) {
		tree := idset.NewTree(l.found[k])
		out = append(out, reconcile.Part{
			Told: reconcile.Told{Key: k, Summary: tree.Summary()},
			Ask:  func(_ context.Context, q *idset.Question) (*idset.Answer, error) { return tree.Answer(q), nil },
		})
	}
	return out
}

func recordOf(r *fscapi.LogRecord) txlog.Record {
	return txlog.Record{
		TransactionID: strings.ToLower(r.TransactionID), Direction: txlog.Direction(r.Direction), GrantHash: string(r.GrantHash),
		ServiceName: r.ServiceName, OutwayPeerID: r.OutwayPeerID, ServicePeerID: r.ServicePeerID,
		SourceDelegator: r.SourceDelegator, DestinationDelegator: r.DestinationDelegator, CreatedAt: time.Unix(r.CreatedAt, 0).UTC(),
	}
}
