// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/operator"
)

const actConfirmFramework = "framework.confirm"

// FrameworkForm is a framework agreement as its purchasing body, this Peer, writes
// it down. All moments are instants; ends are exclusive.
type FrameworkForm struct {
	Name      string    `json:"name"`
	Published time.Time `json:"published"` // of the tender
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	// ExtensionUntil is the end with all options; zero without options.
	ExtensionUntil time.Time     `json:"extensionUntil,omitzero"`
	TermRationale  string        `json:"termRationale,omitempty"`
	TailDays       int64         `json:"tailDays"`
	Eligible       []fsc.PeerID  `json:"eligible"`
	Windows        []WindowForm  `json:"windows"`
	Lots           []dossier.Lot `json:"lots"`
	// Keeper keeps the dossier; empty: the first of [Controller.Keepers].
	Keeper fsc.PeerID `json:"keeper,omitempty"`
	// Source is the document of a framework that was concluded elsewhere. This Peer
	// alone signs it then, and it is asserted until others confirm it.
	Source *DocumentForm `json:"source,omitempty"`
}

// WindowForm is when one can join.
type WindowForm struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// DocumentForm names a document of this Peer by its bytes, which [Controller.AddAnnex]
// keeps for who may read the deed.
type DocumentForm struct {
	Name      string    `json:"name"`
	MediaType string    `json:"mediaType"`
	Size      int64     `json:"size"` // bytes
	Hash      deed.Hash `json:"hash"` // as [deed.AnnexHash] gives it
}

// ForeseeFramework tells what would come of a framework if all that have to sign
// it do, and why not. Nobody signs.
func (c *Controller) ForeseeFramework(ctx context.Context, a operator.Actor, f FrameworkForm) (*Forecast, error) {
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return nil, err
	}
	content, err := c.frameworkContent(desk, f)
	if err != nil {
		return nil, err
	}
	out, err := c.foresee(ctx, desk, content)
	if err != nil {
		return nil, err
	}
	// What was concluded elsewhere may have ended; it is written down all the same.
	out.OK = out.OK || out.Word == collective.WordExpired
	return out, nil
}

func (c *Controller) frameworkContent(desk *collective.Desk, f FrameworkForm) (*deed.Content, error) {
	draft, err := c.frameworkDraft(f)
	if err != nil {
		return nil, err
	}
	content, err := desk.Draft(draft)
	return content, told(err)
}

func (c *Controller) frameworkDraft(f FrameworkForm) (deed.Draft, error) {
	self := c.Self().ID
	home, err := keeper(c.cfg.Collective, f.Keeper)
	if err != nil {
		return deed.Draft{}, err
	}
	body := dossier.Framework{
		Name: f.Name, Published: seconds(f.Published), ExtensionUntil: seconds(f.ExtensionUntil), TermRationale: f.TermRationale,
		TailDays: f.TailDays, Eligible: f.Eligible, Lots: f.Lots,
	}
	for _, w := range f.Windows {
		body.Windows = append(body.Windows, dossier.Window{From: seconds(w.From), Until: seconds(w.Until)})
	}
	d := deed.Draft{
		Type: dossier.TypeFramework, NotBefore: seconds(f.NotBefore), NotAfter: seconds(f.NotAfter), Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{home, {PeerID: self, Role: dossier.RolePurchasingBody}},
	}
	for _, p := range suppliersOf(&body) {
		d.Parties = append(d.Parties, deed.Party{PeerID: p, Role: dossier.RoleSupplier})
	}
	if s := f.Source; s != nil {
		body.Source = s.Hash
		d.Rule = deed.Rule{Kind: deed.RuleAllOfRole, Role: dossier.RolePurchasingBody}
		d.Annexes = c.annex(s)
	}
	d.Body, err = json.Marshal(body)
	return d, err
}

func seconds(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}

// ProposeFramework writes a framework down, signs it for the purchasing body and
// sends it to the suppliers. Where that needs a second person, the error is an
// operator.Error of KindSecondPerson and the act waits.
func (c *Controller) ProposeFramework(ctx context.Context, a operator.Actor, f FrameworkForm) (deed.Hash, error) {
	if !c.cfg.People.NeedsSecond(actSignFramework) {
		return c.proposeFramework(ctx, a, f, nil)
	}
	forecast, err := c.ForeseeFramework(ctx, a, f)
	if err != nil {
		return "", err
	}
	return "", c.askSeal(ctx, a, operator.Event{Act: actSignFramework, Object: f.Name}, forecast, f)
}

func (c *Controller) proposeFramework(ctx context.Context, a operator.Actor, f FrameworkForm, by *operator.Request) (h deed.Hash, err error) {
	e := operator.Event{Act: actSignFramework, Object: f.Name, Changes: requestedBy(by)}
	err = c.actWith(ctx, a, operator.PermissionSign, e, func(ctx context.Context, e *operator.Event) error {
		desk, err := c.desk(a, operator.PermissionSign)
		if err != nil {
			return err
		}
		draft, err := c.frameworkDraft(f)
		if err != nil {
			return err
		}
		if h, err = desk.Propose(ctx, draft, collective.Act{Act: deed.Accept, Role: dossier.RolePurchasingBody}); err != nil {
			return told(err)
		}
		e.Object = string(h)
		e.Changes = append(e.Changes, operator.Change{Field: "name", After: f.Name})
		return nil
	})
	return h, err
}

// ConfirmFramework begins the confirmation of an imported framework: suppliers of
// all lots and a buyer say that it is as the purchasing body asserted. This Peer
// signs first; with, an eligible buyer, is needed where this Peer supplies.
func (c *Controller) ConfirmFramework(ctx context.Context, a operator.Actor, h deed.Hash, with fsc.PeerID) (made deed.Hash, err error) {
	err = c.actWith(ctx, a, operator.PermissionSign, operator.Event{Act: actConfirmFramework, Object: string(h)}, func(ctx context.Context, _ *operator.Event) error {
		f, err := c.Framework(ctx, a, h)
		if err != nil {
			return err
		}
		self, role := c.Self().ID, dossier.RoleBuyer
		if f.Part == partSupplier {
			role = dossier.RoleSupplier
		} else {
			with = self
		}
		switch {
		case !f.MayConfirm:
			return &operator.Error{Kind: operator.KindConflict, Text: "only an imported framework is confirmed, once, by its suppliers and a buyer that may join"}
		case !slices.ContainsFunc(f.EligiblePeers, func(p fsc.Peer) bool { return p.ID == with }):
			return invalid("buyer", "choose a buyer that may join the framework")
		}
		d := deed.Draft{
			Type: dossier.TypeConfirmation, Parents: []deed.Hash{h}, Rule: deed.Rule{Kind: deed.RuleAll}, Body: []byte("{}"),
			Parties: []deed.Party{{PeerID: with, Role: dossier.RoleBuyer}},
		}
		for _, p := range f.Suppliers {
			d.Parties = append(d.Parties, deed.Party{PeerID: p.ID, Role: dossier.RoleSupplier})
		}
		made, err = c.cfg.Collective.Propose(ctx, d, collective.Act{Act: deed.Accept, Role: role})
		return told(err)
	})
	return made, err
}
