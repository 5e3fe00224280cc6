// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
)

// Tasks tells what acting together asks of people now.
func (c *Client) Tasks(ctx context.Context) (Tasks, error) {
	return read[Tasks](ctx, c, "/tasks", nil)
}

// Keepers lists who can keep a new dossier.
func (c *Client) Keepers(ctx context.Context) ([]Peer, error) {
	p, err := read[Page[Peer]](ctx, c, "/keepers", nil)
	return p.Items, err
}

// ObligationFilter selects obligations; zero fields don't filter.
type ObligationFilter struct {
	Text  string // in titles and names of others
	Type  int    // of the deed, like 111 for an accession
	Over  bool   // also what is over
	Limit int    // rows of a page; 0: 25
}

// Obligations goes through what this organisation has to keep to, the first to
// end first.
func (c *Client) Obligations(ctx context.Context, f ObligationFilter) iter.Seq2[Obligation, error] {
	q := query{}.text("text", f.Text).flag("over", f.Over).limit(f.Limit)
	if f.Type != 0 {
		q = q.text("deedType", strconv.Itoa(f.Type))
	}
	return all[Obligation](ctx, c, "/obligations", url.Values(q))
}

// Board lists the processes of the board.
func (c *Client) Board(ctx context.Context) ([]BoardProcess, error) {
	p, err := read[Page[BoardProcess]](ctx, c, "/processes", nil)
	return p.Items, err
}

// Process gives one process of the board by its code, like P29.
func (c *Client) Process(ctx context.Context, code string) (BoardProcessDetail, error) {
	return read[BoardProcessDetail](ctx, c, at("processes", code), nil)
}

// TakeUpProcess says that this organisation takes a process up.
func (c *Client) TakeUpProcess(ctx context.Context, code string, p NewProcessDeed) (DeedMade, error) {
	return create[DeedMade](ctx, c, at("processes", code, "deeds"), p)
}

// Groups goes through the groups that the node knows, newest first.
func (c *Client) Groups(ctx context.Context, text string) iter.Seq2[Group, error] {
	return all[Group](ctx, c, "/groups", url.Values(query{}.text("text", text)))
}

// Group gives one group.
func (c *Client) Group(ctx context.Context, hash string) (GroupDetail, error) {
	return read[GroupDetail](ctx, c, at("groups", hash), nil)
}

// ProposeGroup tells which group follows from the register.
func (c *Client) ProposeGroup(ctx context.Context, s GroupSource) (GroupProposal, error) {
	return perform[GroupProposal](ctx, c, "/group-proposals", s)
}

// FoundGroup founds a group.
func (c *Client) FoundGroup(ctx context.Context, g NewGroup) (DeedMade, error) {
	return create[DeedMade](ctx, c, "/groups", g)
}

// JoinGroup says that this organisation takes part in a group.
func (c *Client) JoinGroup(ctx context.Context, hash, class string) (DeedMade, error) {
	return create[DeedMade](ctx, c, at("groups", hash, "memberships"), NewMembership{Class: class})
}

// JointDecisions goes through the decisions of several organisations, newest first.
func (c *Client) JointDecisions(ctx context.Context, open bool) iter.Seq2[JointDecision, error] {
	return all[JointDecision](ctx, c, "/joint-decisions", url.Values(query{}.flag("open", open)))
}

// JointDecision gives one decision with its count.
func (c *Client) JointDecision(ctx context.Context, hash string) (JointDecisionDetail, error) {
	return read[JointDecisionDetail](ctx, c, at("joint-decisions", hash), nil)
}

// OpenDecision lets the voting members of a group decide.
func (c *Client) OpenDecision(ctx context.Context, d NewJointDecision) (DeedMade, error) {
	return create[DeedMade](ctx, c, "/joint-decisions", d)
}

// StateStance says what this organisation thinks of a proposal.
func (c *Client) StateStance(ctx context.Context, decision string, s NewStance) (DeedMade, error) {
	return create[DeedMade](ctx, c, at("joint-decisions", decision, "stances"), s)
}

// Mandates goes through the mandates that this organisation gave or got.
func (c *Client) Mandates(ctx context.Context) iter.Seq2[Mandate, error] {
	return all[Mandate](ctx, c, "/mandates", nil)
}

// Mandate gives one mandate.
func (c *Client) Mandate(ctx context.Context, hash string) (Mandate, error) {
	return read[Mandate](ctx, c, at("mandates", hash), nil)
}

// GiveMandate lets a key sign for this organisation.
func (c *Client) GiveMandate(ctx context.Context, m NewMandate) (DeedMade, error) {
	return create[DeedMade](ctx, c, "/mandates", m)
}
