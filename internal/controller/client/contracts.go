// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

// ContractFilter selects contracts; zero fields don't filter.
type ContractFilter struct {
	Text       string // in services, PeerIDs and names of parties; or the beginning of a hash
	State      fsc.ContractState
	AwaitingUs bool
	Part       string        // of this organisation: provider, consumer …
	GrantType  fsc.GrantType // of at least one of the grants
	PeerID     fsc.PeerID
	Service    string
	EndsBefore time.Time
	Sort       string // createdAt or notAfter; with a minus sign descending
	Limit      int    // rows of a page; 0: 25
}

func (f ContractFilter) query() url.Values {
	return url.Values(query{}.text("text", f.Text).text("state", string(f.State)).flag("awaitingUs", f.AwaitingUs).text("part", f.Part).
		text("grantType", string(f.GrantType)).text("peerId", string(f.PeerID)).text("service", f.Service).moment("endsBefore", f.EndsBefore).text("sort", f.Sort).limit(f.Limit))
}

// Contracts goes through contracts, newest first unless Sort says otherwise.
func (c *Client) Contracts(ctx context.Context, f ContractFilter) iter.Seq2[Contract, error] {
	return all[Contract](ctx, c, "/contracts", f.query())
}

// ContractPage gives one page of contracts; cursor is Next or Previous of
// another page, or empty.
func (c *Client) ContractPage(ctx context.Context, f ContractFilter, cursor string) (ContractPage, error) {
	return read[ContractPage](ctx, c, "/contracts", url.Values(query(f.query()).text("cursor", cursor)))
}

// Contract gives everything about one contract.
func (c *Client) Contract(ctx context.Context, h fsc.ContentHash) (Tagged[ContractDetail], error) {
	return readTagged[ContractDetail](ctx, c, at("contracts", string(h)))
}

// ContractContent gives the content of a contract as it was received.
func (c *Client) ContractContent(ctx context.Context, h fsc.ContentHash) ([]byte, error) {
	raw, err := read[jsontext.Value](ctx, c, at("contracts", string(h), "content"), nil)
	return raw, err
}

// ContractTimeline tells what happened to a contract and what lies ahead.
func (c *Client) ContractTimeline(ctx context.Context, h fsc.ContentHash) ([]Moment, error) {
	p, err := read[Page[Moment]](ctx, c, at("contracts", string(h), "timeline"), nil)
	return p.Items, err
}

// ContractImpact tells what stops when a contract ends.
func (c *Client) ContractImpact(ctx context.Context, h fsc.ContentHash) (Impact, error) {
	return read[Impact](ctx, c, at("contracts", string(h), "impact"), nil)
}

// ContractDeliveries lists messages about a contract to other Managers.
func (c *Client) ContractDeliveries(ctx context.Context, h fsc.ContentHash) ([]Delivery, error) {
	p, err := read[Page[Delivery]](ctx, c, at("contracts", string(h), "deliveries"), nil)
	return p.Items, err
}

// Propose proposes a contract. The error is *[Waiting] where that needs a
// second person.
func (c *Client) Propose(ctx context.Context, p Proposal) (ContractDetail, error) {
	return create[ContractDetail](ctx, c, "/contracts", p)
}

// Preview checks a proposal without making it.
func (c *Client) Preview(ctx context.Context, p Proposal) (Contract, error) {
	return perform[Contract](ctx, c, "/contract-previews", p)
}

// ProposalOf gives a proposal that would make the same contract again.
func (c *Client) ProposalOf(ctx context.Context, h fsc.ContentHash) (Proposal, error) {
	return read[Proposal](ctx, c, at("contracts", string(h), "proposal"), nil)
}

// RenewalOf gives the proposal of a contract that follows on this one.
func (c *Client) RenewalOf(ctx context.Context, h fsc.ContentHash) (Proposal, error) {
	return read[Proposal](ctx, c, at("contracts", string(h), "proposal"), url.Values{"purpose": {"renewal"}})
}

// Renew proposes a contract with the same grants. The error is *[Waiting] where
// that needs a second person.
func (c *Client) Renew(ctx context.Context, h fsc.ContentHash, r Renewal) (ContractDetail, error) {
	return create[ContractDetail](ctx, c, at("contracts", string(h), "renewals"), r)
}

// Sign accepts, rejects or revokes a contract. The error is *[Waiting] where
// that needs a second person.
func (c *Client) Sign(ctx context.Context, h fsc.ContentHash, t fsc.SignatureType, match If) (ContractDetail, error) {
	out, _, err := exchange[ContractDetail](ctx, c, request{
		method: http.MethodPost, path: at("contracts", string(h), "signatures"), body: NewSignature{Type: t}, match: match, once: true,
	})
	return out, err
}

// SignAll accepts or rejects several contracts.
func (c *Client) SignAll(ctx context.Context, s NewSignatures) ([]Outcome, error) {
	p, err := create[Page[Outcome]](ctx, c, "/contract-signatures", s)
	return p.Items, err
}

// Resend sends again what hasn't arrived of a contract.
func (c *Client) Resend(ctx context.Context, h fsc.ContentHash) (Resent, error) {
	return perform[Resent](ctx, c, at("contracts", string(h), "deliveries"), nil)
}
