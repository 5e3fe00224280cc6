// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"iter"
	"net/url"

	"github.com/samenspel/samenspel/fsc"
)

// ServiceFilter selects own services; zero fields don't filter.
type ServiceFilter struct {
	Text  string
	Sort  string // name, users or calls; with a minus sign descending
	Limit int    // rows of a page; 0: 25
}

// Services goes through the services of this organisation.
func (c *Client) Services(ctx context.Context, f ServiceFilter) iter.Seq2[OwnService, error] {
	return all[OwnService](ctx, c, "/services", url.Values(query{}.text("text", f.Text).text("sort", f.Sort).limit(f.Limit)))
}

// Service tells how a service is offered.
func (c *Client) Service(ctx context.Context, name string) (Tagged[Service], error) {
	return readTagged[Service](ctx, c, at("services", name))
}

// PutService offers a service, or changes it.
func (c *Client) PutService(ctx context.Context, name string, f ServiceForm, match If) (Tagged[Service], error) {
	return replace[Service](ctx, c, at("services", name), f, match)
}

// DeleteService stops offering a service.
func (c *Client) DeleteService(ctx context.Context, name string, match If) error {
	return c.remove(ctx, at("services", name), match)
}

// ServiceLimits tells what a service may be asked at most.
func (c *Client) ServiceLimits(ctx context.Context, name string) (Tagged[ServiceLimits], error) {
	return readTagged[ServiceLimits](ctx, c, at("services", name, "limits"))
}

// PutServiceLimits says what a service may be asked at most, in place of what was
// said before.
func (c *Client) PutServiceLimits(ctx context.Context, name string, l ServiceLimits, match If) (Tagged[ServiceLimits], error) {
	return replace[ServiceLimits](ctx, c, at("services", name, "limits"), l, match)
}

// ServiceUsage tells who uses a service, and how much.
func (c *Client) ServiceUsage(ctx context.Context, name string) (ServiceUsage, error) {
	return read[ServiceUsage](ctx, c, at("services", name, "usage"), nil)
}

// Publications lists the publications of a service, newest first.
func (c *Client) Publications(ctx context.Context, name string) ([]Publication, error) {
	p, err := read[Page[Publication]](ctx, c, at("services", name, "publications"), nil)
	return p.Items, err
}

// Publish proposes to list a service in a Directory. The error is *[Waiting]
// where that needs a second person.
func (c *Client) Publish(ctx context.Context, name string, p NewPublication) (ContractDetail, error) {
	return create[ContractDetail](ctx, c, at("services", name, "publications"), p)
}

// CheckUpstream asks the source of a service.
func (c *Client) CheckUpstream(ctx context.Context, name string) (UpstreamCheck, error) {
	return perform[UpstreamCheck](ctx, c, at("services", name, "upstream-checks"), nil)
}

// DirectoryFilter selects what is published; zero fields don't filter.
type DirectoryFilter struct {
	Text     string
	PeerID   fsc.PeerID
	Protocol fsc.Protocol
	Sort     string // service or peer; with a minus sign descending
	Limit    int    // rows of a page; 0: 25
}

// Listings goes through the services published in the Group.
func (c *Client) Listings(ctx context.Context, f DirectoryFilter) iter.Seq2[Listing, error] {
	return all[Listing](ctx, c, "/directory/services", url.Values(query{}.text("text", f.Text).text("peerId", string(f.PeerID)).
		text("protocol", string(f.Protocol)).text("sort", f.Sort).limit(f.Limit)))
}

// Organisations goes through the organisations that publish services.
func (c *Client) Organisations(ctx context.Context, text string) iter.Seq2[Organisation, error] {
	return all[Organisation](ctx, c, "/directory/organisations", url.Values(query{}.text("text", text)))
}

// PublishedService tells everything about one service of the Group.
func (c *Client) PublishedService(ctx context.Context, p fsc.PeerID, name string) (PublishedService, error) {
	return read[PublishedService](ctx, c, at("directory/services", string(p))+"/"+url.PathEscape(name), nil)
}

// FetchOpenAPI asks a service for its OpenAPI document, by a call.
func (c *Client) FetchOpenAPI(ctx context.Context, p fsc.PeerID, name, path string) (OpenAPIDocument, error) {
	return perform[OpenAPIDocument](ctx, c, at("directory/services", string(p))+"/"+url.PathEscape(name)+"/openapi-documents", NewOpenAPIDocument{Path: path})
}

// Directories lists who keeps the Directories of the Group.
func (c *Client) Directories(ctx context.Context) ([]Peer, error) {
	p, err := read[Page[Peer]](ctx, c, "/directories", nil)
	return p.Items, err
}
