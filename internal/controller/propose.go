// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

const actPropose = "contract.propose"

// Preview checks a form and says what the contract would be, without making it.
// The error joins one operator.Error per field that is wrong; see [FieldErrors].
func (c *Controller) Preview(ctx context.Context, a operator.Actor, f ProposalForm) (*Contract, error) {
	if err := c.view(a, operator.PermissionSign); err != nil {
		return nil, err
	}
	_, content, err := c.draft(f)
	if err != nil {
		return nil, err
	}
	b, err := c.bookOf(ctx, content)
	if err != nil {
		return nil, err
	}
	v := b.contract(&manager.Contract{Content: content}, c.cfg.Now())
	return &v, nil
}

// Propose writes a contract down, signs it and sends it to the other parties.
// Where that needs a second person, the error is an operator.Error of
// KindSecondPerson and the act waits.
func (c *Controller) Propose(ctx context.Context, a operator.Actor, f ProposalForm) (*ContractDetail, error) {
	if c.cfg.People.NeedsSecond(actPropose) {
		return nil, c.askToPropose(ctx, a, f)
	}
	return c.propose(ctx, a, f, nil)
}

func (c *Controller) askToPropose(ctx context.Context, a operator.Actor, f ProposalForm) error {
	if err := c.cfg.People.Require(a, operator.PermissionSign); err != nil {
		return c.cfg.People.Record(ctx, a, operator.Event{Act: actPropose}, err)
	}
	f, content, err := c.draft(f)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return c.ask(ctx, a, actPropose, string(content.Hash()), payload)
}

func (c *Controller) propose(ctx context.Context, a operator.Actor, f ProposalForm, by *operator.Request) (*ContractDetail, error) {
	var made *manager.Contract
	e := operator.Event{Act: actPropose, Changes: requestedBy(by)}
	err := c.actWith(ctx, a, operator.PermissionSign, e, func(ctx context.Context, e *operator.Event) error {
		f, content, err := c.draft(f)
		if err != nil {
			return err
		}
		e.Object = string(content.Hash())
		e.Changes = append(e.Changes, proposalChanges(content)...)
		made, err = c.cfg.Manager.Create(ctx, f.proposal(content))
		return ofRefusal(err)
	})
	if err != nil {
		return nil, err
	}
	return c.detail(ctx, a, made)
}

// draft checks a form, fills in what it leaves open and gives it with the
// contract that comes of it.
func (c *Controller) draft(f ProposalForm) (ProposalForm, *fsc.Content, error) {
	f, err := c.checkForm(f)
	if err != nil {
		return f, nil, err
	}
	now := c.cfg.Now().UTC().Truncate(time.Second)
	if f.CreatedAt.IsZero() {
		f.CreatedAt = now
	}
	if f.NotBefore.IsZero() {
		f.NotBefore = f.CreatedAt
	}
	if f.IV == "" {
		iv, err := uuid.NewV7()
		if err != nil {
			return f, nil, err
		}
		f.IV = iv.String()
	}
	grants, err := f.grants()
	if err != nil {
		return f, nil, err
	}
	content, err := fsc.Draft{
		Profile: f.Profile, IV: f.IV, GroupID: c.cfg.GroupID,
		NotBefore: f.NotBefore, NotAfter: f.NotAfter, CreatedAt: f.CreatedAt, Grants: grants,
	}.Content(fsc.Rules{Profiles: []fsc.Profile{f.profile()}})
	if err != nil {
		return f, nil, err
	}
	if err := content.Validate(fsc.Rules{GroupID: c.cfg.GroupID}, now); err != nil {
		return f, content, err
	}
	return f, content, c.checkProperties(&f, content)
}

func (f *ProposalForm) profile() fsc.Profile {
	if f.Profile == "" {
		return fsc.ProfileV2
	}
	return f.Profile
}

// proposal is the form as the Manager takes it, once it has been checked.
func (f *ProposalForm) proposal(c *fsc.Content) manager.Proposal {
	return manager.Proposal{
		NotBefore: f.NotBefore, NotAfter: f.NotAfter, Grants: c.Grants, Profile: f.profile(), IV: f.IV, CreatedAt: f.CreatedAt,
	}
}

func (f *ProposalForm) grants() ([]fsc.Grant, error) {
	out := make([]fsc.Grant, 0, len(f.Grants))
	for i := range f.Grants {
		g := &f.Grants[i]
		properties, err := g.propertiesObject()
		if err != nil {
			return nil, invalid("grants["+strconv.Itoa(i)+"].properties", "the properties don't make a JSON object")
		}
		grant := fsc.Grant{
			Type: g.Type, Directory: g.Directory, Delegator: g.Delegator, Properties: properties,
			Service: fsc.Service{Name: g.Service, PeerID: g.Provider, Protocol: g.Protocol, Delegator: g.ServiceDelegator},
		}
		if g.Type.IsConnection() {
			grant.Outway = fsc.Outway{PeerID: g.Consumer, PublicKeyThumbprint: g.OutwayThumbprint, DomainName: g.OutwayDomain}
			grant.Service.Type = fsc.ServiceTypeService
			if g.ServiceDelegator != "" {
				grant.Service.Type = fsc.ServiceTypeDelegatedService
			}
		}
		out = append(out, grant)
	}
	return out, nil
}

// proposalChanges tells the audit trail what a new contract says.
func proposalChanges(c *fsc.Content) []operator.Change {
	changes := []operator.Change{{Field: "validity", After: time.Unix(c.Validity.NotBefore, 0).UTC().Format(time.RFC3339) +
		" - " + time.Unix(c.Validity.NotAfter, 0).UTC().Format(time.RFC3339)}}
	for i := range c.Grants {
		g := &c.Grants[i]
		from, to := string(g.Outway.PeerID), string(g.Service.PeerID)
		if g.Type.IsPublication() {
			from, to = string(g.Service.PeerID), string(g.Directory)
		}
		text := string(g.Type) + " " + g.Service.Name + " " + from + " -> " + to
		if g.Delegator != "" {
			text += " for " + string(g.Delegator)
		}
		changes = append(changes, operator.Change{Field: "grants[" + strconv.Itoa(i) + "]", After: text})
	}
	return changes
}

// Copy gives a form that would make the same contract again; validity, iv and
// moment are left open.
func (c *Controller) Copy(ctx context.Context, a operator.Actor, h fsc.ContentHash) (ProposalForm, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return ProposalForm{}, err
	}
	stored, err := c.findContract(ctx, h)
	if err != nil {
		return ProposalForm{}, err
	}
	return FormOf(stored.Content), nil
}

// RenewalOf gives the form of a contract that follows on this one: the same
// grants, from the end of this one if that lies ahead, for as long as this one lasts.
func (c *Controller) RenewalOf(ctx context.Context, a operator.Actor, h fsc.ContentHash) (ProposalForm, error) {
	f, err := c.Copy(ctx, a, h)
	if err != nil {
		return f, err
	}
	stored, err := c.findContract(ctx, h)
	if err != nil {
		return f, err
	}
	v, now := stored.Content.Validity, c.cfg.Now().UTC().Truncate(time.Second)
	start := time.Unix(v.NotAfter, 0).UTC()
	if start.Before(now) || ended(stored.State(now)) {
		start = now
	}
	f.NotBefore, f.NotAfter = start, start.Add(time.Duration(v.NotAfter-v.NotBefore)*time.Second)
	return f, nil
}

// Renew proposes a contract with the grants of this one and a new validity.
// A zero notBefore is now.
func (c *Controller) Renew(ctx context.Context, a operator.Actor, h fsc.ContentHash, notBefore, notAfter time.Time) (*ContractDetail, error) {
	f, err := c.Copy(ctx, a, h)
	if err != nil {
		return nil, err
	}
	f.NotBefore, f.NotAfter = notBefore, notAfter
	return c.Propose(ctx, a, f)
}
