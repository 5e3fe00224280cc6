// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"iter"
	"net/url"

	"github.com/samenspel/samenspel/fsc"
)

// Peers goes through the organisations that the node knows.
func (c *Client) Peers(ctx context.Context, text string) iter.Seq2[KnownPeer, error] {
	return all[KnownPeer](ctx, c, "/peers", url.Values(query{}.text("text", text)))
}

// Peer tells everything about one organisation.
func (c *Client) Peer(ctx context.Context, p fsc.PeerID) (PeerDetail, error) {
	return read[PeerDetail](ctx, c, at("peers", string(p)), nil)
}

// Probe connects to the Manager of an organisation.
func (c *Client) Probe(ctx context.Context, p fsc.PeerID) (Probe, error) {
	return perform[Probe](ctx, c, at("peers", string(p), "probes"), nil)
}

// Reconcile compares contracts with another Manager and mends what is missing.
func (c *Client) Reconcile(ctx context.Context, p fsc.PeerID) (Reconciliation, error) {
	return perform[Reconciliation](ctx, c, at("peers", string(p), "reconciliations"), nil)
}

// Retry sends what waits for an organisation now.
func (c *Client) Retry(ctx context.Context, p fsc.PeerID) (Resent, error) {
	return perform[Resent](ctx, c, at("peers", string(p), "deliveries"), nil)
}

// Outways lists the Outways of the node.
func (c *Client) Outways(ctx context.Context) ([]Outway, error) {
	p, err := read[Page[Outway]](ctx, c, "/outways", nil)
	return p.Items, err
}

// Connections goes through what our applications can call now.
func (c *Client) Connections(ctx context.Context, text string) iter.Seq2[Connection, error] {
	return all[Connection](ctx, c, "/connections", url.Values(query{}.text("text", text)))
}

// Routes goes through the routes, in the order in which they count.
func (c *Client) Routes(ctx context.Context, text string) iter.Seq2[Route, error] {
	return all[Route](ctx, c, "/routes", url.Values(query{}.text("text", text)))
}

// Route gives one route and the contract that serves it.
func (c *Client) Route(ctx context.Context, id string) (Tagged[Route], error) {
	return readTagged[Route](ctx, c, at("routes", id))
}

// CreateRoute makes a route.
func (c *Client) CreateRoute(ctx context.Context, f RouteForm) (Route, error) {
	return create[Route](ctx, c, "/routes", f)
}

// PutRoute changes a route.
func (c *Client) PutRoute(ctx context.Context, id string, f RouteForm, match If) (Tagged[Route], error) {
	return replace[Route](ctx, c, at("routes", id), f, match)
}

// DeleteRoute removes a route.
func (c *Client) DeleteRoute(ctx context.Context, id string, match If) error {
	return c.remove(ctx, at("routes", id), match)
}

// ExampleQuery says what an example has to call: by a route, or by a grant.
type ExampleQuery struct {
	RouteID   string
	GrantHash fsc.GrantHash
	Path      string
}

// Examples gives programs that call a service.
func (c *Client) Examples(ctx context.Context, q ExampleQuery) (Examples, error) {
	return read[Examples](ctx, c, "/examples", url.Values(query{}.text("routeId", q.RouteID).text("grantHash", string(q.GrantHash)).text("path", q.Path)))
}
