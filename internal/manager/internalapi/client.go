// SPDX-License-Identifier: EUPL-1.2

package internalapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/txlog"
)

// Client speaks with a node's internal door.
type Client struct {
	http *http.Client
	base string
}

// NewClient makes a client for the door at address (https://host:port). The
// HTTP client carries the certificate of the internal CA.
func NewClient(c *http.Client, address string) *Client {
	return &Client{http: c, base: address + "/v1"}
}

// do sends one request. A refusal comes back as *fsc.Error with the node's words.
func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("node doesn't answer; is it running? %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusBadRequest {
		return readProblem(res)
	}
	if out == nil {
		return nil
	}
	return json.UnmarshalRead(res.Body, out)
}

func readProblem(res *http.Response) error {
	var p problem
	if err := json.UnmarshalRead(io.LimitReader(res.Body, 64<<10), &p); err != nil || p.Code == "" {
		return errors.New("node answers " + res.Status)
	}
	return fsc.Errorf(p.Code, "%s", p.Message)
}

func call[T any](ctx context.Context, c *Client, method, path string, in any) (T, error) {
	var out T
	err := c.do(ctx, method, path, in, &out)
	return out, err
}

// Self tells who this node is.
func (c *Client) Self(ctx context.Context) (Self, error) {
	return call[Self](ctx, c, http.MethodGet, "/self", nil)
}

// ListContracts lists contracts, newest first; after continues behind a contract.
func (c *Client) ListContracts(ctx context.Context, limit int, after string) ([]Contract, error) {
	return c.ListContractsOfType(ctx, "", limit, after)
}

// ListContractsOfType lists contracts that have a grant of a type, newest first;
// after continues behind a contract. An empty type doesn't filter.
func (c *Client) ListContractsOfType(ctx context.Context, t fsc.GrantType, limit int, after string) ([]Contract, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}, "after": {after}, "grant_type": {string(t)}}
	return call[[]Contract](ctx, c, http.MethodGet, "/contracts?"+q.Encode(), nil)
}

// ShowContract gives a contract with its deliveries.
func (c *Client) ShowContract(ctx context.Context, h fsc.ContentHash) (Contract, error) {
	return call[Contract](ctx, c, http.MethodGet, "/contracts/"+url.PathEscape(string(h)), nil)
}

// CreateContract proposes a contract to the other parties.
func (c *Client) CreateContract(ctx context.Context, p Proposal) (Contract, error) {
	return call[Contract](ctx, c, http.MethodPost, "/contracts", p)
}

// SignContract accepts, rejects or revokes.
func (c *Client) SignContract(ctx context.Context, h fsc.ContentHash, t fsc.SignatureType) (Contract, error) {
	return call[Contract](ctx, c, http.MethodPost, "/contracts/"+url.PathEscape(string(h))+"/"+string(t), nil)
}

// ListServices lists the services this Peer offers.
func (c *Client) ListServices(ctx context.Context) ([]Service, error) {
	return call[[]Service](ctx, c, http.MethodGet, "/services", nil)
}

// PutService offers or changes a service.
func (c *Client) PutService(ctx context.Context, s Service) error {
	return c.do(ctx, http.MethodPut, "/services/"+url.PathEscape(s.Name), s, nil)
}

// DeleteService stops offering a service.
func (c *Client) DeleteService(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodDelete, "/services/"+url.PathEscape(name), nil, nil)
}

// ListListings lists what is published in the Group's Directories.
func (c *Client) ListListings(ctx context.Context) ([]Listing, error) {
	return call[[]Listing](ctx, c, http.MethodGet, "/listings", nil)
}

// ListPeers lists the Peers this node knows.
func (c *Client) ListPeers(ctx context.Context) ([]Peer, error) {
	return call[[]Peer](ctx, c, http.MethodGet, "/peers", nil)
}

// Reconcile compares the common contracts with a Peer and repairs both sides.
func (c *Client) Reconcile(ctx context.Context, p fsc.PeerID) (ReconcileResult, error) {
	return call[ReconcileResult](ctx, c, http.MethodPost, "/peers/"+url.PathEscape(string(p))+"/reconcile", nil)
}

// Retry makes everything that waits for a Peer due now.
func (c *Client) Retry(ctx context.Context, p fsc.PeerID) error {
	return c.do(ctx, http.MethodPost, "/peers/"+url.PathEscape(string(p))+"/retry", nil, nil)
}

// ListDeliveries lists what hasn't reached other Managers yet.
func (c *Client) ListDeliveries(ctx context.Context) ([]Delivery, error) {
	return call[[]Delivery](ctx, c, http.MethodGet, "/deliveries", nil)
}

// RecordFilter selects records of the transaction log; empty fields don't filter.
type RecordFilter struct {
	TransactionID, ServiceName, GrantHash string
	Limit                                 int
}

// ListRecords lists records of the transaction log, newest first.
func (c *Client) ListRecords(ctx context.Context, f RecordFilter) ([]Record, error) {
	q := url.Values{}
	for k, v := range map[string]string{"transaction_id": f.TransactionID, "service_name": f.ServiceName, "grant_hash": f.GrantHash} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return call[[]Record](ctx, c, http.MethodGet, "/records?"+q.Encode(), nil)
}

// AwaitInwaySnapshot gives the snapshot once it isn't the version after, perhaps
// only what changed since; and none when nothing did for a while.
func (c *Client) AwaitInwaySnapshot(ctx context.Context, after string) (Snapshot[manager.InwaySnapshot], error) {
	return call[Snapshot[manager.InwaySnapshot]](ctx, c, http.MethodGet, "/snapshots/inway?changes=true&after="+url.QueryEscape(after), nil)
}

// AwaitOutwaySnapshot is AwaitInwaySnapshot for an Outway.
func (c *Client) AwaitOutwaySnapshot(ctx context.Context, after string) (Snapshot[manager.OutwaySnapshot], error) {
	return call[Snapshot[manager.OutwaySnapshot]](ctx, c, http.MethodGet, "/snapshots/outway?changes=true&after="+url.QueryEscape(after), nil)
}

// Index hands the records of a component's own log to the Manager. It implements
// [txlog.Index].
type Index struct {
	Client *Client
	Source string
}

// IndexedUpTo tells how far the Manager has taken the log in.
func (i Index) IndexedUpTo(ctx context.Context) (txlog.Position, error) {
	p, err := call[Position](ctx, i.Client, http.MethodGet, "/logs/"+url.PathEscape(i.Source), nil)
	return txlog.Position(p), err
}

// Index hands over records.
func (i Index) Index(ctx context.Context, recs []txlog.Record, next txlog.Position) error {
	in := Records{Source: i.Source, Segment: next.Segment, Offset: next.Offset, Records: make([]Record, 0, len(recs))}
	for _, r := range recs {
		in.Records = append(in.Records, wireRecord(r))
	}
	return i.Client.do(ctx, http.MethodPost, "/logs/"+url.PathEscape(i.Source), in, nil)
}
