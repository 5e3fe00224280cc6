// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// LogPage is a page of the transaction log, newest first.
type LogPage struct {
	Records []txlog.Record
	// Peers are all that occur in the records, by their ID.
	Peers map[fsc.PeerID]fsc.Peer
	// Next is what continues the listing as Search.Before, Previous what goes back
	// in it as Search.After; nil: there is nothing there.
	Next, Previous *txlog.Cursor
	// Late is how long the newest calls have been waiting until they are here; 0 as
	// long as that is no more than [txlog.LateAfter].
	Late time.Duration
}

const (
	logPageSize    = 50
	maxLogPageSize = 200
)

// Log gives a page of the transaction log; 50 records when Limit is 0, at most
// 200. A TransactionID that can't be one is an operator.Error.
func (c *Controller) Log(ctx context.Context, a operator.Actor, s txlog.Search) (*LogPage, error) {
	if err := c.mayRead(a, s); err != nil {
		return nil, err
	}
	want := logPageSize
	if s.Limit > 0 {
		want = min(s.Limit, maxLogPageSize)
	}
	s.Limit = want + 1 // one more tells whether there is a next page
	records, err := c.cfg.Log.Search(ctx, s)
	if err != nil {
		return nil, err
	}
	p := &LogPage{}
	var previous, next bool
	p.Records, previous, next = cutPage(records, want, s.After != nil, s.Before != nil)
	if previous {
		first := txlog.CursorOf(p.Records[0])
		p.Previous = &first
	}
	if next {
		last := txlog.CursorOf(p.Records[len(p.Records)-1])
		p.Next = &last
	}
	if c.cfg.LogLag != nil {
		if lag := c.cfg.LogLag(); lag > txlog.LateAfter {
			p.Late = lag
		}
	}
	p.Peers, err = c.peersOf(ctx, p.Records)
	return p, err
}

// cutPage takes off the row that was asked for only to see whether there is
// more, and tells on which sides of the page there is. back is for a page in front
// of a place, behind for one behind a place.
func cutPage[T any](rows []T, want int, back, behind bool) (page []T, previous, next bool) {
	more := len(rows) > want
	switch {
	case len(rows) == 0:
		return nil, false, false
	case back:
		return rows[max(len(rows)-want, 0):], more, true
	}
	return rows[:min(len(rows), want)], behind, more
}

func (c *Controller) mayRead(a operator.Actor, s txlog.Search) error {
	if err := c.view(a, operator.PermissionReadLog); err != nil {
		return err
	}
	if errors.Is(s.Validate(), txlog.ErrTransactionIDPart) {
		return &operator.Error{Kind: operator.KindInvalid, Field: "transaction_id", Text: txlog.ErrTransactionIDPart.Error()}
	}
	return nil
}

func (c *Controller) peersOf(ctx context.Context, records []txlog.Record) (map[fsc.PeerID]fsc.Peer, error) {
	var ids []fsc.PeerID
	for _, r := range records {
		for _, id := range []fsc.PeerID{r.OutwayPeerID, r.ServicePeerID, r.SourceDelegator, r.DestinationDelegator} {
			if id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	known, err := c.lookUp(ctx, ids...)
	if err != nil {
		return nil, err
	}
	peers := make(map[fsc.PeerID]fsc.Peer, len(ids))
	for _, id := range ids {
		peers[id] = known.peer(id)
	}
	return peers, nil
}

// ExportLog writes down that the log is exported and then gives all records of
// the search, newest first. The event comes first, so that nothing leaves this
// node without a trace of it. Limit and After don't count.
func (c *Controller) ExportLog(ctx context.Context, a operator.Actor, s txlog.Search, format string) (iter.Seq2[txlog.Record, error], error) {
	e := operator.Event{Act: "log.export", Object: format, Changes: filled(
		"peer", string(s.Peer), "service_name", s.ServiceName, "grant_hash", s.GrantHash, "direction", string(s.Direction),
		"from", moment(s.From), "until", moment(s.Until), "transaction_id", s.TransactionID)}
	if err := c.act(ctx, a, operator.PermissionReadLog, e, func() error { return c.mayRead(a, s) }); err != nil {
		return nil, err
	}
	return c.allRecords(ctx, s), nil
}

func (c *Controller) allRecords(ctx context.Context, s txlog.Search) iter.Seq2[txlog.Record, error] {
	return func(yield func(txlog.Record, error) bool) {
		s.Limit, s.After = txlog.MaxSearchLimit, nil
		for {
			records, err := c.cfg.Log.Search(ctx, s)
			if err != nil {
				yield(txlog.Record{}, err)
				return
			}
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
			if len(records) < s.Limit {
				return
			}
			last := txlog.CursorOf(records[len(records)-1])
			s.Before = &last
		}
	}
}

// Traffic counts calls per hour, day or grant; it needs the permission to read,
// since it tells numbers and no single call.
func (c *Controller) Traffic(ctx context.Context, a operator.Actor, q txlog.TrafficQuery) ([]txlog.Traffic, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	return c.cfg.Log.Traffic(ctx, q)
}

// Transaction is one call as this node saw it.
type Transaction struct {
	ID string
	// Records are ours: one, or two when both ends are our own.
	Records []txlog.Record
	Peers   map[fsc.PeerID]fsc.Peer
	// Contract holds the grant of the call; empty when it isn't known here.
	Contract fsc.ContentHash
	State    fsc.ContractState
	Validity fsc.Validity
}

// Transaction gives our own records of one call, and the contract behind it.
func (c *Controller) Transaction(ctx context.Context, a operator.Actor, id string) (*Transaction, error) {
	records, err := c.ownRecords(ctx, a, id)
	if err != nil {
		return nil, err
	}
	t := &Transaction{ID: records[0].TransactionID, Records: records}
	if t.Peers, err = c.peersOf(ctx, records); err != nil {
		return nil, err
	}
	hash := fsc.GrantHash(records[0].GrantHash)
	if !isGrantHash(hash) {
		return t, nil
	}
	contracts, err := c.cfg.Manager.ListContracts(ctx, manager.ContractFilter{GrantHashes: []fsc.GrantHash{hash}, Limit: 1})
	if err != nil || len(contracts) == 0 {
		return t, err
	}
	content := contracts[0].Content
	t.Contract, t.Validity, t.State = content.Hash(), content.Validity, contracts[0].State(c.cfg.Now())
	return t, nil
}

// isGrantHash tells of a text in a record, which another side may have made up.
func isGrantHash(h fsc.GrantHash) bool { return h.Validate() == nil }

func (c *Controller) ownRecords(ctx context.Context, a operator.Actor, id string) ([]txlog.Record, error) {
	s := txlog.Search{TransactionID: id}
	if err := c.mayRead(a, s); err != nil {
		return nil, err
	}
	if len(s.TransactionIDDigits()) != 32 {
		return nil, &operator.Error{Kind: operator.KindNotFound, Field: "transaction_id", Text: "a whole transaction id has 32 digits"}
	}
	d := s.TransactionIDDigits()
	id = d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:]
	records, err := c.cfg.Log.Records(ctx, txlog.Query{TransactionIDs: []string{id}})
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, &operator.Error{Kind: operator.KindNotFound, Field: "transaction_id", Text: "there is no record of this transaction here"}
	}
	return records, nil
}

// Counterparts fetches the other side's records of one call, next to ours.
func (c *Controller) Counterparts(ctx context.Context, a operator.Actor, id string) ([]RecordPair, error) {
	records, err := c.ownRecords(ctx, a, id)
	if err != nil {
		return nil, err
	}
	pairs := make([]RecordPair, 0, len(records))
	for _, r := range records {
		pairs = append(pairs, c.compare(ctx, r))
	}
	return pairs, nil
}

// KnownPeers lists Peers by ID, whose name has the text in it if one is given.
func (c *Controller) KnownPeers(ctx context.Context, a operator.Actor, nameContains string, limit int) ([]fsc.Peer, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	return c.cfg.Manager.ListPeers(ctx, manager.PeerFilter{NameContains: nameContains, Limit: limit})
}
