// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	actSignCallOff   = "calloff.sign"
	actRejectCallOff = "calloff.reject"
	actEndCallOff    = "calloff.end"
	actConnect       = "calloff.connect"
)

// CallOffForm is what a buyer wants to call off under its accession.
type CallOffForm struct {
	Accession deed.Hash `json:"accession"`
	Lot       string    `json:"lot"`
	// Supplier may be empty where the lot has one.
	Supplier fsc.PeerID `json:"supplier,omitempty"`
	Quantity int64      `json:"quantity"` // in the unit of the lot
	// ValueCents is what it costs over its whole term, in euro cents.
	ValueCents int64 `json:"valueCents"`
	// Services are those of the lot that it opens; empty: all.
	Services []string `json:"services,omitempty"`
	// NotBefore zero: from now on.
	NotBefore time.Time `json:"notBefore,omitzero"`
	NotAfter  time.Time `json:"notAfter"`
	// Variation is a document with what this buyer has of its own; nil: none.
	Variation *DocumentForm `json:"variation,omitempty"`
}

// ForeseeCallOff tells what would come of a call-off if its supplier signs too,
// and why not. Nobody signs.
func (c *Controller) ForeseeCallOff(ctx context.Context, a operator.Actor, f CallOffForm) (*Forecast, error) {
	draft, lot, err := c.callOffDraft(ctx, a, f)
	if err != nil {
		return nil, err
	}
	content, err := c.cfg.Collective.Draft(draft)
	if err != nil {
		return nil, told(err)
	}
	out, err := c.foresee(ctx, c.cfg.Collective, content)
	if err != nil {
		return nil, err
	}
	if free := lot.Left + lot.Ours; out.OK && f.Quantity > free {
		out.OK, out.Word = false, collective.WordRefused
		out.Reasons = append(out.Reasons, Because{
			Code: string(dossier.ReasonExhausted), Detail: fmt.Sprintf("only %d are left of this lot", free), Source: "CJEU C-216/17 and C-23/20",
			Room: rule.Room{Of: rule.RoomUnits, Left: max(0, free)},
		})
	}
	return out, nil
}

// callOffDraft completes a form and writes it down.
func (c *Controller) callOffDraft(ctx context.Context, a operator.Actor, f CallOffForm) (deed.Draft, *FrameworkLot, error) {
	var none deed.Draft
	d, err := c.Accession(ctx, a, f.Accession)
	if err != nil {
		return none, nil, err
	}
	lot := d.Of.lot(f.Lot)
	switch {
	case !d.Ours:
		return none, nil, &operator.Error{Kind: operator.KindConflict, Field: "accession", Text: "only who joined can call off under an accession"}
	case lot == nil:
		return none, nil, invalid("lot", "choose a lot that the organisation joined")
	case f.NotAfter.IsZero():
		return none, nil, invalid("notAfter", "say until when it runs")
	case f.Quantity <= 0:
		return none, nil, invalid("quantity", "say how much is called off, in the unit of the lot")
	case f.ValueCents <= 0:
		return none, nil, invalid("valueCents", "say what it costs over its whole term")
	}
	if f.Supplier == "" && len(lot.Suppliers) == 1 {
		f.Supplier = lot.Suppliers[0].ID
	}
	if !slices.ContainsFunc(lot.Suppliers, func(p fsc.Peer) bool { return p.ID == f.Supplier }) {
		return none, nil, invalid("supplier", "choose a supplier of this lot")
	}
	if len(f.Services) == 0 {
		f.Services = lot.Services
	}
	draft := deed.Draft{
		Type: dossier.TypeCallOff, Parents: []deed.Hash{d.Framework, f.Accession}, Rule: deed.Rule{Kind: deed.RuleAll}, NotAfter: f.NotAfter.Unix(), Annexes: c.annex(f.Variation),
		Parties: []deed.Party{{PeerID: c.Self().ID, Role: dossier.RoleBuyer}, {PeerID: f.Supplier, Role: dossier.RoleSupplier}},
	}
	if f.NotBefore.After(c.cfg.Now()) {
		draft.NotBefore = f.NotBefore.Unix()
	}
	draft.Body, err = json.Marshal(dossier.CallOff{Lot: f.Lot, Quantity: f.Quantity, Value: f.ValueCents, Services: f.Services, Variation: f.Variation.hash()})
	return draft, lot, err
}

// OfferCallOff signs a call-off for this Peer and offers it to the supplier.
// Where that needs a second person, the error is an operator.Error of
// KindSecondPerson and the act waits.
func (c *Controller) OfferCallOff(ctx context.Context, a operator.Actor, f CallOffForm) (deed.Hash, error) {
	forecast, err := c.ForeseeCallOff(ctx, a, f)
	if err != nil {
		return "", err
	}
	if c.cfg.People.NeedsSecond(actSignCallOff) {
		return "", c.askSeal(ctx, a, operator.Event{Act: actSignCallOff, Object: string(f.Accession)}, forecast, f)
	}
	return c.offerCallOff(ctx, a, f, nil)
}

func (c *Controller) offerCallOff(ctx context.Context, a operator.Actor, f CallOffForm, by *operator.Request) (h deed.Hash, err error) {
	e := operator.Event{Act: actSignCallOff, Object: string(f.Accession), Changes: requestedBy(by)}
	err = c.actWith(ctx, a, operator.PermissionSign, e, func(ctx context.Context, e *operator.Event) error {
		forecast, err := c.ForeseeCallOff(ctx, a, f)
		if err != nil {
			return err
		}
		if !forecast.OK {
			return &operator.Error{Kind: operator.KindConflict, Text: forecast.why()}
		}
		draft, _, err := c.callOffDraft(ctx, a, f)
		if err != nil {
			return err
		}
		if h, err = c.cfg.Collective.Propose(ctx, draft, collective.Act{Act: deed.Accept, Role: dossier.RoleBuyer}); err != nil {
			return told(err)
		}
		e.Object = string(h)
		e.Changes = append(e.Changes, operator.Change{Field: "accession", After: string(f.Accession)})
		return nil
	})
	return h, err
}

// Connect makes the contract of the layer under which this Peer calls a service
// that a call-off opens, and gives its hash.
func (c *Controller) Connect(ctx context.Context, a operator.Actor, h deed.Hash, service string) (made fsc.ContentHash, err error) {
	err = c.actWith(ctx, a, operator.PermissionSign, operator.Event{Act: actConnect, Object: string(h)}, func(ctx context.Context, e *operator.Event) error {
		d, err := c.CallOff(ctx, a, h)
		if err != nil {
			return err
		}
		switch {
		case !d.MayConnect:
			return &operator.Error{Kind: operator.KindConflict, Text: "only the buyer of a call-off that is live can connect, from a node with an Outway"}
		case !slices.Contains(d.Services, service):
			return invalid("service", "choose a service of the call-off")
		}
		if made, err = c.cfg.Connector.Connect(ctx, h, service); err != nil {
			return told(err)
		}
		e.Changes = append(e.Changes, operator.Change{Field: "service", After: service}, operator.Change{Field: "contract", After: string(made)})
		return nil
	})
	return made, err
}
