// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"net/url"
)

// AcceptanceRules lists the acceptance rules, those of the configuration first.
func (c *Client) AcceptanceRules(ctx context.Context) ([]AcceptanceRule, error) {
	p, err := read[Page[AcceptanceRule]](ctx, c, "/acceptance-rules", nil)
	return p.Items, err
}

// AcceptanceRule gives one rule.
func (c *Client) AcceptanceRule(ctx context.Context, id string) (Tagged[AcceptanceRule], error) {
	return readTagged[AcceptanceRule](ctx, c, at("acceptance-rules", id))
}

// CreateAcceptanceRule makes a rule. The error is *[Waiting] where that needs a
// second person.
func (c *Client) CreateAcceptanceRule(ctx context.Context, f AcceptanceRuleForm) (AcceptanceRule, error) {
	return create[AcceptanceRule](ctx, c, "/acceptance-rules", f)
}

// PutAcceptanceRule changes a rule.
func (c *Client) PutAcceptanceRule(ctx context.Context, id string, f AcceptanceRuleForm, match If) (Tagged[AcceptanceRule], error) {
	return replace[AcceptanceRule](ctx, c, at("acceptance-rules", id), f, match)
}

// DeleteAcceptanceRule removes a rule.
func (c *Client) DeleteAcceptanceRule(ctx context.Context, id string, match If) error {
	return c.remove(ctx, at("acceptance-rules", id), match)
}

// DryRun tries a stored rule on past proposals.
func (c *Client) DryRun(ctx context.Context, id string, d NewDryRun) (DryRun, error) {
	return perform[DryRun](ctx, c, at("acceptance-rules", id, "dry-runs"), d)
}

// DryRunRule tries a rule that isn't stored on past proposals.
func (c *Client) DryRunRule(ctx context.Context, d NewRuleDryRun) (DryRun, error) {
	return perform[DryRun](ctx, c, "/acceptance-rule-dry-runs", d)
}

// DecisionRequests lists the acts that wait for a second person; with all set
// also those that don't wait any more.
func (c *Client) DecisionRequests(ctx context.Context, all bool) ([]DecisionRequest, error) {
	p, err := read[Page[DecisionRequest]](ctx, c, "/decision-requests", url.Values(query{}.flag("all", all)))
	return p.Items, err
}

// DecisionRequest gives one request.
func (c *Client) DecisionRequest(ctx context.Context, id string) (DecisionRequest, error) {
	return read[DecisionRequest](ctx, c, at("decision-requests", id), nil)
}

// Decide approves, refuses or withdraws a request; an approved act is carried
// out at once.
func (c *Client) Decide(ctx context.Context, id string, d NewDecision) (DecisionRequest, error) {
	return perform[DecisionRequest](ctx, c, at("decision-requests", id, "decisions"), d)
}
