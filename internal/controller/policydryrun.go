// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// DryRun tells what a rule would have done with past proposals.
type DryRun struct {
	Since     time.Time
	Proposals []DryRunProposal // newest first
	Signs     int              // how many it would have signed
	// Truncated: there were more proposals than were looked at.
	Truncated bool
}

// DryRunProposal is one past proposal to this Peer.
type DryRunProposal struct {
	Contract Contract
	// SignedNow: the rules in force sign it without the rule on trial.
	SignedNow bool
	Decision  manager.Decision
}

// DryRun tries a rule on what others proposed to this Peer since a time. It
// changes nothing.
func (c *Controller) DryRun(ctx context.Context, a operator.Actor, f RuleForm, since time.Time) (*DryRun, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	now := c.cfg.Now()
	if since.After(now) || since.Before(now.Add(-maxDryRun)) {
		return nil, invalid("since", "a dry run looks back at most three years")
	}
	if f.Name == "" {
		f.Name = "dry run"
	}
	r, err := f.rule()
	if err != nil {
		return nil, err
	}
	tried, err := c.cfg.Manager.DryRun(ctx, r.Rule, since)
	if err != nil {
		return nil, ofField(err)
	}
	contents := make([]*fsc.Content, 0, len(tried.Proposals))
	for _, p := range tried.Proposals {
		contents = append(contents, p.Contract.Content)
	}
	b, err := c.bookOf(ctx, contents...)
	if err != nil {
		return nil, err
	}
	out := &DryRun{Since: since, Signs: tried.Signs, Truncated: tried.Truncated}
	for _, p := range tried.Proposals {
		out.Proposals = append(out.Proposals, DryRunProposal{
			Contract: b.contract(p.Contract, now), SignedNow: p.SignedNow, Decision: p.Decision,
		})
	}
	return out, nil
}
