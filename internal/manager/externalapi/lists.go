// SPDX-License-Identifier: EUPL-1.2

package externalapi

import (
	"context"
	"slices"
	"strconv"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

func errCursor() error {
	return fsc.Errorf(fsc.CodeInvalidRequest, "cursor doesn't belong to this list")
}

// page cuts a list that was asked for with one item more than the limit, and
// gives the key where the next page begins.
func page[T any](items []T, limit int, key func(T) []string) ([]T, []string) {
	if len(items) <= limit {
		return items, nil
	}
	return items[:limit], key(items[limit-1])
}

// timeCursor reads a cursor of so many parts, the first of which is a time.
func timeCursor(parts []string, count int) (at int64, rest []string, err error) {
	if len(parts) != count {
		return 0, nil, errCursor()
	}
	if at, err = strconv.ParseInt(parts[0], 10, 64); err != nil {
		return 0, nil, errCursor()
	}
	return at, parts[1:], nil
}

// ListContracts implements GET /contracts: only contracts the caller is on.
func (a *API) ListContracts(ctx context.Context, c fscapi.Caller, r fscapi.ContractsRequest) (fscapi.Results[fscapi.Contract], error) {
	f := manager.ContractFilter{Party: c.Peer.ID, GrantHashes: r.GrantHashes}
	if len(r.GrantHashes) == 0 {
		f.GrantType, f.Ascending, f.Limit = r.GrantType, r.Page.Ascending, r.Page.Limit+1
		if after := r.Page.After; after != nil {
			created, rest, err := timeCursor(after, 2)
			if err != nil {
				return fscapi.Results[fscapi.Contract]{}, err
			}
			f.After = &manager.ContractKey{CreatedAt: created, ContentHash: fsc.ContentHash(rest[0])}
		}
	}
	contracts, err := a.manager.ListContracts(ctx, f)
	if err != nil {
		return fscapi.Results[fscapi.Contract]{}, err
	}
	limit := max(r.Page.Limit, 1)
	if len(r.GrantHashes) > 0 {
		limit = len(contracts)
	}
	contracts, next := page(contracts, limit, func(c *manager.Contract) []string {
		return []string{strconv.FormatInt(c.Content.CreatedAt, 10), string(c.Content.Hash())}
	})
	out := fscapi.Results[fscapi.Contract]{Next: next}
	for _, c := range contracts {
		out.Items = append(out.Items, contract(c))
	}
	return out, nil
}

func contract(c *manager.Contract) fscapi.Contract {
	signatures := map[fsc.SignatureType]map[fsc.PeerID]string{}
	for _, s := range c.Signatures {
		if signatures[s.Type] == nil {
			signatures[s.Type] = map[fsc.PeerID]string{}
		}
		signatures[s.Type][s.PeerID] = s.JWS
	}
	return fscapi.Contract{Content: c.Content.Raw(), Signatures: signatures}
}

// ListPeers implements GET /peers.
func (a *API) ListPeers(ctx context.Context, _ fscapi.Caller, r fscapi.PeersRequest) (fscapi.Results[fsc.Peer], error) {
	f := manager.PeerFilter{IDs: r.PeerIDs}
	limit := len(r.PeerIDs)
	if len(r.PeerIDs) == 0 {
		limit = r.Page.Limit
		f.NameContains, f.Descending, f.Limit = r.PeerName, !r.Page.Ascending, limit+1
		if after := r.Page.After; after != nil {
			if len(after) != 1 {
				return fscapi.Results[fsc.Peer]{}, errCursor()
			}
			f.After = fsc.PeerID(after[0])
		}
	}
	peers, err := a.manager.ListPeers(ctx, f)
	if err != nil {
		return fscapi.Results[fsc.Peer]{}, err
	}
	peers, next := page(peers, limit, func(p fsc.Peer) []string { return []string{string(p.ID)} })
	peers = slices.DeleteFunc(peers, func(p fsc.Peer) bool { return p.ManagerAddress == "" || p.Name == "" })
	return fscapi.Results[fsc.Peer]{Items: peers, Next: next}, nil
}

// ListServices implements GET /services.
func (a *API) ListServices(ctx context.Context, _ fscapi.Caller, r fscapi.ServicesRequest) (fscapi.Results[fscapi.ServiceListing], error) {
	f := directory.Filter{
		Directory: a.manager.Self().ID, PeerID: r.PeerID, NameContains: r.ServiceName,
		Descending: !r.Page.Ascending, Limit: r.Page.Limit + 1,
	}
	if after := r.Page.After; after != nil {
		if len(after) != 2 {
			return fscapi.Results[fscapi.ServiceListing]{}, errCursor()
		}
		f.After = &directory.Key{PeerID: fsc.PeerID(after[0]), Name: after[1]}
	}
	listings, err := a.directory.ListServices(ctx, f, a.now())
	if err != nil {
		return fscapi.Results[fscapi.ServiceListing]{}, err
	}
	listings, next := page(listings, r.Page.Limit, func(l directory.Listing) []string { return []string{string(l.Peer.ID), l.Name} })
	out := fscapi.Results[fscapi.ServiceListing]{Next: next}
	for _, l := range listings {
		out.Items = append(out.Items, fscapi.ServiceListing{
			Peer: l.Peer, Name: l.Name, Protocol: l.Protocol, Delegator: l.Delegator, Properties: l.Properties,
		})
	}
	return out, nil
}

// ListLogRecords implements GET /logs: only records that name the caller.
func (a *API) ListLogRecords(ctx context.Context, c fscapi.Caller, r fscapi.LogsRequest) (fscapi.Results[fscapi.LogRecord], error) {
	q := txlog.Query{
		Reader: c.Peer.ID, After: r.After, Before: r.Before, ServiceNames: r.ServiceNames, TransactionIDs: r.TransactionIDs,
		Descending: !r.Page.Ascending, Limit: r.Page.Limit + 1,
	}
	for _, h := range r.GrantHashes {
		q.GrantHashes = append(q.GrantHashes, string(h))
	}
	if after := r.Page.After; after != nil {
		at, rest, err := timeCursor(after, 3)
		if err != nil {
			return fscapi.Results[fscapi.LogRecord]{}, err
		}
		q.Cursor = &txlog.Cursor{CreatedAt: at, TransactionID: rest[0], Direction: txlog.Direction(rest[1])}
	}
	records, err := a.log.Records(ctx, q)
	if err != nil {
		return fscapi.Results[fscapi.LogRecord]{}, err
	}
	limit := r.Page.Limit
	if len(r.TransactionIDs) > 0 {
		limit = len(records)
	}
	records, next := page(records, limit, func(r txlog.Record) []string {
		at := txlog.CursorOf(r)
		return []string{strconv.FormatInt(at.CreatedAt, 10), at.TransactionID, string(at.Direction)}
	})
	out := fscapi.Results[fscapi.LogRecord]{Next: next}
	for _, rec := range records {
		out.Items = append(out.Items, logRecord(rec))
	}
	return out, nil
}

func logRecord(r txlog.Record) fscapi.LogRecord {
	return fscapi.LogRecord{
		TransactionID: r.TransactionID, Direction: fscapi.Direction(r.Direction), GrantHash: fsc.GrantHash(r.GrantHash),
		OutwayPeerID: r.OutwayPeerID, SourceDelegator: r.SourceDelegator,
		ServicePeerID: r.ServicePeerID, DestinationDelegator: r.DestinationDelegator,
		ServiceName: r.ServiceName, CreatedAt: r.CreatedAt.Unix(), AdditionalData: r.AdditionalData,
		TraceID: r.TraceID, SpanID: r.SpanID,
	}
}
