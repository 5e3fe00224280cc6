// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

// Joint tells whether this Peer acts together with others. If it doesn't, every
// act and view of deeds is refused as not found.
func (c *Controller) Joint() bool { return c.cfg.Collective != nil }

// desk gives the place where this Peer acts with others, to who has the permission.
func (c *Controller) desk(a operator.Actor, need operator.Permission) (*collective.Desk, error) {
	if err := c.view(a, need); err != nil {
		return nil, err
	}
	if c.cfg.Collective == nil {
		return nil, notFound("this node doesn't act together with others; see collective in its configuration")
	}
	return c.cfg.Collective, nil
}

// Because is why a deed is as it is, or can't be what somebody wants. Who shows
// it puts it in words by Code.
type Because struct {
	Code string
	// Peer is who it is about; ID empty if nobody.
	Peer fsc.Peer
	// Field is the member of what the deed says that is in question, like
	// "lots[1].unit"; empty when it concerns the whole.
	Field string
	// Detail is a part of an English sentence, with figures; may be empty.
	Detail string
	// Source is the article, ruling or clause that asks for it; may be empty.
	Source string
	// Room is what could be asked for instead: then Detail says no more than that.
	Room rule.Room
}

// Signatory is a party of a deed that has to sign, or keeps its dossier.
type Signatory struct {
	Peer fsc.Peer
	Role deed.Role
	// Asked: the deed needs its signature, or one of those it may come from.
	Asked bool
	// Turn: it has not signed yet and can.
	Turn bool
	// Signed are its signatures that counted, in their order.
	Signed []SignedAct
}

// SignedAct is what a party did with a signature, and when that counted.
type SignedAct struct {
	Act deed.Act
	At  time.Time
}

// DeedStep is one step in the history of a deed.
type DeedStep struct {
	At       time.Time
	Word     collective.Word
	Overlays []string
	Reasons  []Because
}

// DeedState is what every deed has, whatever it says.
type DeedState struct {
	Hash deed.Hash
	Type deed.Type
	Word collective.Word
	// Overlays stand beside the word, like suspended or used_90; sorted.
	Overlays []string
	IssuedAt time.Time
	Since    time.Time // of the word; zero: from the beginning
	Final    bool
	Parties  []Signatory
	// Turn tells that it is ours to sign.
	Turn bool
	// Annexes are the documents that it names.
	Annexes []AnnexLine
	// Reasons say why it is as it is; Notes are about signatures without effect.
	Reasons, Notes []Because
	History        []DeedStep
	// Requests are acts on it that wait for a second person; only of a single deed.
	Requests []operator.Request
}

// Awaiting lists whose turn it is, each once.
func (d *DeedState) Awaiting() []fsc.Peer {
	var out []fsc.Peer
	for _, p := range d.Parties {
		if p.Turn && !slices.Contains(out, p.Peer) {
			out = append(out, p.Peer)
		}
	}
	return out
}

// wordOf gives the word of any deed.
func wordOf(t deed.Type, s rule.Status) collective.Word {
	switch t {
	case dossier.TypeFramework:
		return collective.FrameworkState(s)
	case dossier.TypeAccession:
		return collective.AccessionState(s)
	case dossier.TypeCallOff:
		return collective.CallOffState(s)
	default:
		return collective.Word(s.State)
	}
}

// instant gives an instant of a deed; zero for 0.
func instant(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}

// clerk makes views of deeds: it knows the names of those in them.
type clerk struct {
	c     *Controller
	known names
}

// clerkFor learns the names of all that occur in statuses.
func (c *Controller) clerkFor(ctx context.Context, ids []fsc.PeerID, statuses ...rule.Status) (*clerk, error) {
	for _, s := range statuses {
		for _, p := range s.Deed.Parties {
			ids = append(ids, p.PeerID)
		}
		for _, r := range slices.Concat(s.Reasons, s.Notes) {
			ids = append(ids, r.Peer)
		}
	}
	known, err := c.lookUp(ctx, ids...)
	if err != nil {
		return nil, err
	}
	k := &clerk{c: c, known: known}
	return k, k.nameSigners(ctx, statuses)
}

// peer names a Peer: by what this node knows, or else by the register, or else as
// it signed.
func (k *clerk) peer(id fsc.PeerID) fsc.Peer {
	p := k.known.peer(id)
	if p.Name == "" && id != "" && k.c.cfg.Register != nil {
		if m, err := k.c.cfg.Register.Identify(string(id)); err == nil {
			p.Name = m.Name
		}
	}
	if p.Name == "" {
		p.Name = k.c.signers.of(id)
	}
	return p
}

func (k *clerk) peers(ids []fsc.PeerID) []fsc.Peer {
	out := make([]fsc.Peer, 0, len(ids))
	for _, id := range ids {
		out = append(out, k.peer(id))
	}
	return out
}

func (k *clerk) reasons(in []rule.Reason) []Because {
	var out []Because
	for _, r := range in {
		out = append(out, Because{Code: string(r.Code), Peer: k.peer(r.Peer), Field: r.Field, Detail: r.Detail, Source: r.Source, Room: r.Room})
	}
	return out
}

// state makes the view that every deed has.
func (k *clerk) state(s rule.Status) DeedState {
	t := s.Deed.Type
	d := DeedState{
		Hash: s.Deed.Hash(), Type: t, Word: wordOf(t, s), Overlays: s.Overlays, IssuedAt: instant(s.Deed.IssuedAt),
		Since: instant(s.Since), Final: s.Final, Reasons: k.reasons(s.Reasons), Notes: k.reasons(s.Notes),
	}
	for _, p := range s.Deed.Parties {
		turn := slices.Contains(s.Awaiting, p)
		d.Parties = append(d.Parties, Signatory{
			Peer: k.peer(p.PeerID), Role: p.Role, Asked: slices.Contains(s.Deed.Signatories(), p), Turn: turn, Signed: signedBy(s, p),
		})
		d.Turn = d.Turn || turn && p.PeerID == k.c.Self().ID
	}
	d.Annexes = k.annexes(s.Deed.Annexes)
	for _, h := range s.History {
		word := wordOf(t, rule.Status{State: h.State, Overlays: h.Overlays})
		d.History = append(d.History, DeedStep{At: instant(h.At), Word: word, Overlays: h.Overlays, Reasons: k.reasons(h.Reasons)})
	}
	return d
}

func signedBy(s rule.Status, p deed.Party) []SignedAct {
	var out []SignedAct
	for _, one := range s.Signatures {
		if one.Party == p {
			out = append(out, SignedAct{Act: one.Act, At: instant(one.At)})
		}
	}
	return out
}

// told turns errors of the collective side into those that people can be told.
func told(err error) error {
	if r, ok := errors.AsType[*collective.Refusal](err); ok {
		return &operator.Error{Kind: operator.KindConflict, Field: r.Field, Text: r.Error()}
	}
	if e, ok := errors.AsType[*deed.Error](err); ok && e.Cause == nil {
		return invalid(e.Field, e.Detail)
	}
	if errors.Is(err, collective.ErrNotFound) {
		return notFound("there is no such deed here")
	}
	return err
}

// within finds a deed of a type and the state of all around it.
func (c *Controller) within(ctx context.Context, a operator.Actor, h deed.Hash, t deed.Type) (*rule.View, rule.Status, error) {
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return nil, rule.Status{}, err
	}
	if is, err := h.Type(); err != nil || t != 0 && is != t {
		return nil, rule.Status{}, notFound("there is no such deed here")
	}
	at, err := desk.State(ctx, h)
	if err != nil {
		return nil, rule.Status{}, told(err)
	}
	v, err := desk.View(ctx, at.Dossier)
	if err != nil {
		return nil, rule.Status{}, told(err)
	}
	s, ok := v.Status(h)
	if !ok {
		return nil, rule.Status{}, notFound("there is no such deed here")
	}
	return v, s, nil
}

// children lists the deeds of a type that follow another, oldest first.
func children(v *rule.View, h deed.Hash, t deed.Type) []rule.Status {
	var out []rule.Status
	for _, child := range v.Children(h) {
		if s, ok := v.Status(child); ok && s.Deed.Type == t {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b rule.Status) int { return int(a.Deed.IssuedAt - b.Deed.IssuedAt) })
	return out
}

// requestsOn lists what waits for a second person about a deed.
func (c *Controller) requestsOn(ctx context.Context, a operator.Actor, h deed.Hash) ([]operator.Request, error) {
	waiting, err := c.cfg.People.Waiting(ctx, a)
	if err != nil {
		return nil, err
	}
	var out []operator.Request
	for _, w := range waiting {
		if w.Object == string(h) && !strings.HasPrefix(w.Act, "contract.") {
			out = append(out, *w)
		}
	}
	return out, nil
}
