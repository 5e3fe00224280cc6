// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// maxDryRun is how many contracts a dry run looks at: what a page can show at
// once.
const maxDryRun = 100

// DryRun is what a rule would have done.
type DryRun struct {
	// Proposals are those of others since the time asked for, newest first.
	Proposals []DryRunProposal
	Signs     int // how many of them the rule would have signed
	// Truncated tells that there were more contracts than a dry run looks at.
	Truncated bool
}

// DryRunProposal is one proposal of the past.
type DryRunProposal struct {
	Contract *Contract
	// Decision is that of the new rule, together with the others where each fits
	// some of the grants; its Misfits are of the new rule alone.
	Decision Decision
	// SignedNow tells that the rules of today sign it without the new one.
	SignedNow bool
}

// DryRun tries a rule on the proposals that others made to this Peer since a
// time, without signing anything. Proposals that this Peer decides on as a
// Directory are left out, as rules have no say in them. Errors about the rule are
// *FieldError.
func (m *Manager) DryRun(ctx context.Context, r Rule, since time.Time) (*DryRun, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	contracts, truncated, err := m.contractsSince(ctx, since)
	if err != nil {
		return nil, err
	}
	refused, err := m.refused(ctx, contentsOf(contracts)...)
	if err != nil {
		return nil, err
	}
	out := &DryRun{Truncated: truncated}
	err = m.cfg.Store.View(ctx, func(tx Tx) error {
		today, err := m.groundsNow(ctx, tx, refused, contentsOf(contracts)...)
		if err != nil {
			return err
		}
		out.Proposals, err = m.tryRule(ctx, tx, contracts, r, today)
		return err
	})
	for _, p := range out.Proposals {
		if p.Decision.Accepts {
			out.Signs++
		}
	}
	return out, err
}

func contentsOf(contracts []*Contract) []*fsc.Content {
	contents := make([]*fsc.Content, 0, len(contracts))
	for _, c := range contracts {
		contents = append(contents, c.Content)
	}
	return contents
}

// tryRule tries a rule on those of contracts that others proposed.
func (m *Manager) tryRule(ctx context.Context, tx Tx, contracts []*Contract, r Rule, today grounds) ([]DryRunProposal, error) {
	var out []DryRunProposal
	added := StoredRule{ID: "new", Rule: r, Enabled: true, Origin: OriginStored}
	for _, c := range contracts {
		by, err := m.proposerOf(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		if by == m.cfg.Self.ID {
			continue
		}
		p := m.tryRuleOn(ctx, c, today, added)
		if p.Decision.Reason != ReasonDirectory {
			out = append(out, p)
		}
	}
	return out, nil
}

// contractsSince lists this Peer's newest contracts.
func (m *Manager) contractsSince(ctx context.Context, since time.Time) (cs []*Contract, truncated bool, err error) {
	page, err := m.SearchContracts(ctx, ContractSearch{Peer: m.cfg.Self.ID, Limit: maxDryRun})
	if err != nil {
		return nil, false, err
	}
	for _, c := range page.Contracts {
		if c.Content.CreatedAt < since.Unix() {
			return cs, false, nil
		}
		cs = append(cs, c)
	}
	return cs, page.Next != nil, nil
}

func (m *Manager) tryRuleOn(ctx context.Context, c *Contract, on grounds, added StoredRule) DryRunProposal {
	today := m.decideOn(ctx, c.Content, on)
	p := DryRunProposal{Contract: c, Decision: today, SignedNow: today.Accepts}
	if today.Reason != "" && today.Reason != ReasonNoRules {
		return p
	}
	p.Decision = RulePolicy{}.Decide(ctx, m.cfg.Self.ID, c.Content, []StoredRule{added})
	if !p.Decision.Accepts && !p.SignedNow {
		together := m.cfg.Policy.Decide(ctx, m.cfg.Self.ID, c.Content, append(slices.Clip(on.rules), added))
		p.Decision.Accepts = together.Accepts
	}
	return p
}

// Decide tells what the rules of today say of a contract, whatever its state.
func (m *Manager) Decide(ctx context.Context, h fsc.ContentHash) (Decision, error) {
	c, err := m.FindContract(ctx, h)
	if errors.Is(err, ErrNotFound) {
		err = fsc.Errorf(fsc.CodeNotFound, "there is no contract %s here", h)
	}
	if err != nil {
		return Decision{}, err
	}
	refused, err := m.refused(ctx, c.Content)
	if err != nil {
		return Decision{}, err
	}
	var on grounds
	err = m.cfg.Store.View(ctx, func(tx Tx) (err error) {
		on, err = m.groundsNow(ctx, tx, refused, c.Content)
		return err
	})
	if err != nil {
		return Decision{}, err
	}
	return m.decideOn(ctx, c.Content, on), nil
}

// grounds are what a decision rests on besides the contract.
type grounds struct {
	rules    []StoredRule // that are enabled
	services offered      // that the contracts name
	refused  refusals
}

// groundsNow gives the grounds for contracts. It takes in what agreements refuse, for
// they can't be asked within a transaction.
func (m *Manager) groundsNow(ctx context.Context, tx Tx, refused refusals, contents ...*fsc.Content) (g grounds, err error) {
	g.refused = refused
	if g.rules, err = enabledRules(ctx, tx); err != nil {
		return g, err
	}
	g.services, err = m.findOffered(ctx, tx, contents...)
	return g, err
}

// decideOn asks the policy, unless no rule may sign.
func (m *Manager) decideOn(ctx context.Context, c *fsc.Content, on grounds) Decision {
	if name := m.notOffered(c, on.services); name != "" {
		return Decision{Reason: ReasonNotOffered, Detail: name}
	}
	if r := on.refused[c.Hash()]; r != nil {
		return Decision{Reason: ReasonAgreement, Agreement: r.Reason, Detail: r.Text()}
	}
	if e := m.misread(c, m.isOurs); e != nil {
		return Decision{Reason: ReasonProperty, Detail: e.Text()}
	}
	return m.cfg.Policy.Decide(ctx, m.cfg.Self.ID, c, on.rules)
}

func enabledRules(ctx context.Context, tx Tx) ([]StoredRule, error) {
	rules, err := tx.ListRules(ctx)
	return slices.DeleteFunc(rules, func(r StoredRule) bool { return !r.Enabled }), err
}
