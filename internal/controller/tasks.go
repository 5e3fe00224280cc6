// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/operator"
)

// maxAlarms bounds how many faults of other Peers are listed.
const maxAlarms = 100

// Tasks is what acting together asks of people now.
type Tasks struct {
	// Turn are the deeds that wait for our signature, newest first, and Votes the
	// open decisions on which we have not stated a stance, the first to close first.
	Turn  []TitledDeed
	Votes []OpenVote
	// Months are those of call-offs that wait for us, the oldest first.
	Months []UsageTask
	// Refused are deeds and signatures of ours that another Peer won't have.
	Refused []RefusedDelivery
	// Alarms are faults of those who keep dossiers, newest first.
	Alarms []KeeperAlarm
}

// Count is how many there are.
func (t *Tasks) Count() int {
	return len(t.Turn) + len(t.Votes) + len(t.Months) + len(t.Refused) + len(t.Alarms)
}

// TitledDeed is any deed with what it is about.
type TitledDeed struct {
	DeedState
	Title string // empty when the deed that would tell isn't here
}

// OpenVote is a decision that waits for our stance.
type OpenVote struct {
	TitledDeed
	ClosesAt time.Time
}

// RefusedDelivery is a deed or signature that another Peer refused.
type RefusedDelivery struct {
	Peer    fsc.Peer
	Subject deed.Hash
	Problem string // in its words
}

// KeeperAlarm is a fault of another Peer.
type KeeperAlarm struct {
	At      time.Time
	Peer    fsc.Peer
	Dossier deed.Hash
	Code    string // equivocation, feed or signature
	Detail  string
	// Proof tells that there is a file that proves it to anybody; see
	// [Controller.AlarmProof].
	Proof bool
}

// Tasks gathers what waits for people of this Peer.
func (c *Controller) Tasks(ctx context.Context, a operator.Actor) (*Tasks, error) {
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return nil, err
	}
	t := &Tasks{}
	states, err := desk.States(ctx, collective.StateFilter{Party: desk.Self(), Turn: true})
	if err != nil {
		return nil, err
	}
	for _, s := range states {
		if s.Final {
			continue
		}
		one, err := c.titled(ctx, s)
		if err != nil {
			return nil, err
		}
		t.Turn = append(t.Turn, one)
	}
	if t.Votes, err = c.votes(ctx, desk); err != nil {
		return nil, err
	}
	if t.Months, err = c.usageTasks(ctx, a, desk); err != nil {
		return nil, err
	}
	return t, c.troubles(ctx, desk, t)
}

// troubles adds what was refused and what other Peers did wrong.
func (c *Controller) troubles(ctx context.Context, desk *collective.Desk, t *Tasks) error {
	deliveries, err := desk.Deliveries(ctx)
	if err != nil {
		return err
	}
	var ids []fsc.PeerID
	for _, d := range deliveries {
		ids = append(ids, d.Peer)
	}
	k, err := c.clerkFor(ctx, ids)
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if d.Refused {
			t.Refused = append(t.Refused, RefusedDelivery{Peer: k.peer(d.Peer), Subject: d.Subject, Problem: d.Problem})
		}
	}
	t.Alarms, err = c.alarms(ctx, desk, "")
	return err
}

// alarms lists the faults of those who keep dossiers, newest first; of one
// dossier, or of all if none is named.
func (c *Controller) alarms(ctx context.Context, desk *collective.Desk, only deed.Hash) ([]KeeperAlarm, error) {
	all, err := desk.Alarms(ctx, maxAlarms)
	if err != nil {
		return nil, err
	}
	var ids []fsc.PeerID
	for _, alarm := range all {
		ids = append(ids, alarm.Peer)
	}
	k, err := c.clerkFor(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []KeeperAlarm
	for _, alarm := range all {
		if only != "" && alarm.Dossier != only {
			continue
		}
		out = append(out, KeeperAlarm{
			At: instant(alarm.At), Peer: k.peer(alarm.Peer), Dossier: alarm.Dossier, Code: alarm.Code, Detail: alarm.Detail, Proof: len(alarm.Proof) > 0,
		})
	}
	return out, nil
}

// votes lists the open decisions in which we vote and have not spoken.
func (c *Controller) votes(ctx context.Context, desk *collective.Desk) ([]OpenVote, error) {
	states, err := desk.States(ctx, collective.StateFilter{Types: []deed.Type{dossier.TypeDecision}, States: []rule.State{rule.Open}})
	if err != nil {
		return nil, err
	}
	var out []OpenVote
	for _, s := range states {
		v, status, err := c.folded(ctx, s)
		if err != nil {
			return nil, err
		}
		d, err := rule.ParseDecision(status.Deed.Rule.Decision)
		if err != nil || !d.Votes(desk.Self()) {
			continue
		}
		if _, spoke := stancesOn(v, s.Deed)[desk.Self()]; spoke {
			continue
		}
		one, err := c.titled(ctx, s)
		if err != nil {
			return nil, err
		}
		out = append(out, OpenVote{TitledDeed: one, ClosesAt: instant(d.ClosesAt)})
	}
	slices.SortStableFunc(out, func(a, b OpenVote) int { return a.ClosesAt.Compare(b.ClosesAt) })
	return out, nil
}

// AlarmProof gives the file that proves that the keeper of a dossier told two
// stories of it.
func (c *Controller) AlarmProof(ctx context.Context, a operator.Actor, of deed.Hash) ([]byte, error) {
	desk, err := c.desk(a, operator.PermissionRead)
	if err != nil {
		return nil, err
	}
	alarms, err := desk.Alarms(ctx, maxAlarms)
	if err != nil {
		return nil, err
	}
	for _, alarm := range alarms {
		if alarm.Dossier == of && len(alarm.Proof) > 0 {
			return alarm.Proof, nil
		}
	}
	return nil, notFound("there is no proof against the keeper of this dossier")
}

// folded gives the state of a deed that a projection names, with all around it.
func (c *Controller) folded(ctx context.Context, s collective.State) (*rule.View, rule.Status, error) {
	v, err := c.cfg.Collective.View(ctx, s.Dossier)
	if err != nil {
		return nil, rule.Status{}, told(err)
	}
	status, ok := v.Status(s.Deed)
	if !ok {
		return nil, rule.Status{}, notFound("there is no such deed here")
	}
	return v, status, nil
}

// titled makes the view of a deed with what it is about.
func (c *Controller) titled(ctx context.Context, s collective.State) (TitledDeed, error) {
	v, status, err := c.folded(ctx, s)
	if err != nil {
		return TitledDeed{}, err
	}
	k, err := c.clerkFor(ctx, nil, status)
	if err != nil {
		return TitledDeed{}, err
	}
	return TitledDeed{DeedState: k.state(status), Title: titleOf(v, status)}, nil
}

// titleOf tells what a deed is about: its own name, or that of the deed that it
// follows.
func titleOf(v *rule.View, s rule.Status) string {
	switch s.Deed.Type {
	case dossier.TypeFramework:
		return bodyOf(s.Deed).Name
	case dossier.TypeGroup:
		if g, err := dossier.ReadGroup(s.Deed); err == nil {
			return g.Name
		}
	case dossier.TypeDecision:
		if d, err := dossier.ReadDecision(s.Deed); err == nil {
			return d.Title
		}
	case dossier.TypeOrganization:
		if o, err := dossier.ReadOrganization(s.Deed); err == nil {
			return o.Name
		}
	case dossier.TypeProcess:
		if p, err := dossier.ReadProcess(s.Deed); err == nil {
			return p.Name
		}
	default:
	}
	for _, h := range s.Deed.Parents {
		if parent, ok := v.Status(h); ok {
			if title := titleOf(v, parent); title != "" {
				return title
			}
		}
	}
	return ""
}
