// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

const (
	actSealAccession = "accession.seal"
	actEndAccession  = "accession.end"
)

// Accession is that a buyer joined a framework agreement.
type Accession struct {
	DeedState
	Framework     deed.Hash
	FrameworkName string
	Buyer         fsc.Peer
	Ours          bool
	Lots          []ReservedLot
	// Predecessors are the accessions whose place it takes.
	Predecessors []deed.Hash
}

// ReservedLot is what a buyer needs and reserved of a lot, in its unit.
type ReservedLot struct {
	Lot, Name, Unit string
	// Need and Reserved are zero where they aren't for us: suppliers don't see what
	// buyers need (design, section 3.3).
	Need, Reserved int64
	// Held is what is reserved now and not called off; known of our own.
	Held   int64
	Hidden bool
}

// accession makes the view of one.
func (k *clerk) accession(f Framework, s rule.Status) Accession {
	buyer := dossier.Buyer(s.Deed)
	out := Accession{DeedState: k.state(s), Framework: f.Hash, FrameworkName: f.Name, Buyer: k.peer(buyer), Ours: buyer == k.c.Self().ID}
	for _, p := range s.Deed.Parents {
		if t, err := p.Type(); err == nil && t == dossier.TypeAccession {
			out.Predecessors = append(out.Predecessors, p)
		}
	}
	body, err := dossier.ReadAccession(s.Deed)
	if err != nil {
		return out
	}
	hidden := f.Part == partSupplier
	for _, r := range body.Lots {
		lot := ReservedLot{Lot: r.Lot, Hidden: hidden}
		if at := f.lot(r.Lot); at != nil {
			lot.Name, lot.Unit = at.Name, at.Unit
			if out.Ours {
				lot.Held = at.Ours
			}
		}
		if !hidden {
			lot.Need, lot.Reserved = r.Need, r.Reserved
		}
		out.Lots = append(out.Lots, lot)
	}
	return out
}

// lot finds a lot; nil if there is none.
func (f *Framework) lot(id string) *FrameworkLot {
	i := slices.IndexFunc(f.Lots, func(l FrameworkLot) bool { return l.ID == id })
	if i < 0 {
		return nil
	}
	return &f.Lots[i]
}

// AccessionDetail is an accession with what can be done with it.
type AccessionDetail struct {
	Accession
	Of       *Framework
	CallOffs []CallOff // under it
	// MayEnd: this person may give it up now; MayCallOff: it can be called off under.
	MayEnd, MayCallOff bool
}

// Accession gives one accession.
func (c *Controller) Accession(ctx context.Context, a operator.Actor, h deed.Hash) (*AccessionDetail, error) {
	v, s, err := c.within(ctx, a, h, dossier.TypeAccession)
	if err != nil {
		return nil, err
	}
	f, err := c.above(ctx, v, s)
	if err != nil {
		return nil, err
	}
	under := children(v, h, dossier.TypeCallOff)
	k, err := c.clerkFor(ctx, nil, append(under, s)...)
	if err != nil {
		return nil, err
	}
	d := &AccessionDetail{Accession: k.accession(*f, s), Of: f}
	if d.Requests, err = c.requestsOn(ctx, a, h); err != nil {
		return nil, err
	}
	for _, o := range under {
		if !c.hides(f, o) {
			d.CallOffs = append(d.CallOffs, k.callOff(v, f, o))
		}
	}
	d.MayEnd = d.Ours && !s.Final && c.sees(a, operator.PermissionSign)
	d.MayCallOff = d.Ours && d.Word == collective.WordEffective && f.Word == collective.WordLive
	return d, nil
}

// above gives the framework that a deed follows.
func (c *Controller) above(ctx context.Context, v *rule.View, s rule.Status) (*Framework, error) {
	for _, p := range s.Deed.Parents {
		if t, err := p.Type(); err == nil && t == dossier.TypeFramework {
			return c.framework(ctx, v, p)
		}
	}
	return nil, notFound("the framework of this deed isn't here")
}

// AccessionForm is what a buyer asks of a framework: for each lot it joins its
// need and what it reserves of it.
type AccessionForm struct {
	Framework deed.Hash             `json:"framework"`
	Lots      []dossier.Reservation `json:"lots"`
	// Predecessors are accessions of organisations whose legal successor we are.
	Predecessors []deed.Hash `json:"predecessors,omitempty"`
}

// Forecast is what a deed would be if everybody signed it now.
type Forecast struct {
	Word    collective.Word
	OK      bool // it would hold, now or from its first day on
	Reasons []Because
	// Signers are who still have to sign besides us.
	Signers []fsc.Peer
}

// ForeseeAccession tells what would come of joining, and why not. Nobody signs.
func (c *Controller) ForeseeAccession(ctx context.Context, a operator.Actor, f AccessionForm) (*Forecast, error) {
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return nil, err
	}
	draft, err := c.accessionDraft(ctx, a, f)
	if err != nil {
		return nil, err
	}
	content, err := desk.Draft(draft)
	if err != nil {
		return nil, told(err)
	}
	return c.foresee(ctx, desk, content)
}

// foresee puts in a view what the rules say of a draft.
func (c *Controller) foresee(ctx context.Context, desk *collective.Desk, content *deed.Content) (*Forecast, error) {
	s, err := desk.Foresee(ctx, content)
	if err != nil {
		return nil, told(err)
	}
	if s.Deed == nil {
		return nil, notFound("a deed that this one follows isn't here")
	}
	k, err := c.clerkFor(ctx, nil, s)
	if err != nil {
		return nil, err
	}
	f := &Forecast{Word: wordOf(content.Type, s), Reasons: k.reasons(s.Reasons)}
	f.OK = s.CompleteAt != 0 && !s.Final
	for _, p := range content.Signatories() {
		if peer := k.peer(p.PeerID); p.PeerID != desk.Self() && !slices.Contains(f.Signers, peer) {
			f.Signers = append(f.Signers, peer)
		}
	}
	return f, nil
}

func (c *Controller) accessionDraft(ctx context.Context, a operator.Actor, f AccessionForm) (deed.Draft, error) {
	if _, _, err := c.within(ctx, a, f.Framework, dossier.TypeFramework); err != nil {
		return deed.Draft{}, err
	}
	body, err := json.Marshal(dossier.Accession{Lots: f.Lots})
	return deed.Draft{
		Type: dossier.TypeAccession, Parents: append([]deed.Hash{f.Framework}, f.Predecessors...), Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: c.Self().ID, Role: dossier.RoleBuyer}}, Body: body,
	}, err
}

// Accede joins a framework agreement: it seals the accession for this Peer. Where
// that needs a second person, the error is an operator.Error of KindSecondPerson
// and the act waits.
func (c *Controller) Accede(ctx context.Context, a operator.Actor, f AccessionForm) (deed.Hash, error) {
	if !c.cfg.People.NeedsSecond(actSealAccession) {
		return c.accede(ctx, a, f, nil)
	}
	forecast, err := c.ForeseeAccession(ctx, a, f)
	if err != nil {
		return "", err
	}
	return "", c.askSeal(ctx, a, operator.Event{Act: actSealAccession, Object: string(f.Framework)}, forecast, f)
}

func (c *Controller) accede(ctx context.Context, a operator.Actor, f AccessionForm, by *operator.Request) (h deed.Hash, err error) {
	e := operator.Event{Act: actSealAccession, Object: string(f.Framework), Changes: requestedBy(by)}
	err = c.actWith(ctx, a, operator.PermissionSign, e, func(ctx context.Context, e *operator.Event) error {
		desk, err := c.desk(a, operator.PermissionSign)
		if err != nil {
			return err
		}
		draft, err := c.accessionDraft(ctx, a, f)
		if err != nil {
			return err
		}
		h, err = desk.Propose(ctx, draft, collective.Act{Act: deed.Accept, Role: dossier.RoleBuyer})
		if err != nil {
			return told(err)
		}
		e.Object = string(h)
		e.Changes = append(e.Changes, operator.Change{Field: "framework", After: string(f.Framework)})
		return nil
	})
	return h, err
}

// askSeal lets a second person decide about a form, unless it can't work anyway.
// The event has the act and what it is about.
func (c *Controller) askSeal(ctx context.Context, a operator.Actor, e operator.Event, f *Forecast, form any) error {
	if err := c.cfg.People.Require(a, operator.PermissionSign); err != nil {
		return c.cfg.People.Record(ctx, a, e, err)
	}
	if !f.OK {
		return &operator.Error{Kind: operator.KindConflict, Text: f.why()}
	}
	payload, err := json.Marshal(form)
	if err != nil {
		return err
	}
	return c.ask(ctx, a, e.Act, e.Object, payload)
}

// why puts the reasons in one line.
func (f *Forecast) why() string {
	text := "the rules don't allow it"
	for i, r := range f.Reasons {
		if i == 0 {
			text = ""
		} else {
			text += "; "
		}
		if text += r.Detail; r.Source != "" {
			text += " (" + r.Source + ")"
		}
	}
	return text
}
