// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// offered tells whether we have the service that others want to call.
func (i *inquiry) offered(ctx context.Context) (Step, error) {
	_, err := i.c.cfg.Manager.FindService(ctx, i.out.Service)
	if errors.Is(err, manager.ErrNotFound) {
		return Step{Name: StepOffered, State: StepNotOK, Reason: ReasonNotOffered, Turn: TurnUs}, nil
	}
	return Step{Name: StepOffered, State: StepOK}, err
}

// published tells whether others can find the service. With a contract in force
// it isn't needed for a call.
func (i *inquiry) published(ctx context.Context) Step {
	ctx, cancel := context.WithTimeout(ctx, remoteTime)
	defer cancel()
	provider := i.out.Other
	if i.incoming() {
		provider = i.out.Self
	}
	listings, err := i.c.cfg.Directory(ctx)
	if err != nil {
		return Step{Name: StepDirectory, State: StepUnknown, Reason: ReasonDirectorySilent, Facts: StepFacts{Detail: err.Error()}}
	}
	listed := func(l directory.Listing) bool { return l.Peer.ID == provider.ID && l.Name == i.out.Service }
	if slices.ContainsFunc(listings, listed) {
		return Step{Name: StepDirectory, State: StepOK}
	}
	s := Step{Name: StepDirectory, State: StepNotOK, Reason: ReasonNotPublished, Turn: TurnThem, Peers: []fsc.Peer{provider}}
	if i.incoming() {
		s.Turn, s.Peers = TurnUs, nil
	}
	if i.contract != nil && i.contract.State(i.now) == fsc.StateValid {
		s.State = StepNote
	}
	return s
}

// delivered tells whether our messages about this contract have arrived.
func (i *inquiry) delivered(ctx context.Context) (Step, error) {
	s := Step{Name: StepDeliveries, State: StepOK}
	if i.contract == nil {
		s.State, s.Reason = StepUnknown, ReasonNotChecked
		return s, nil
	}
	ds, err := i.c.cfg.Manager.ListDeliveries(ctx, manager.DeliveryFilter{ContentHash: i.out.Contract, Undelivered: true})
	if err != nil || len(ds) == 0 {
		return s, err
	}
	s.State, s.Reason, s.Turn = StepNotOK, ReasonWaiting, TurnThem
	s.Facts = StepFacts{Contract: i.out.Contract, Count: len(ds), Detail: ds[0].LastError, At: ds[0].NextAttempt}
	for _, d := range ds {
		s.Peers = append(s.Peers, i.peer(d.Target))
		if d.Status == manager.DeliveryFailed {
			s.Reason, s.Turn, s.Facts.Detail = ReasonRefused, TurnUs, d.LastError
		}
	}
	return s, nil
}

// key compares the key that the contract names with those of our Outways.
func (i *inquiry) key() Step {
	s := Step{Name: StepKey, State: StepUnknown, Reason: ReasonNotChecked}
	if i.grant == nil {
		return s
	}
	outways := i.c.cfg.Outways()
	switch {
	case i.grant.Outway.DomainName != "":
		s.Reason, s.Facts.Detail = ReasonByDomain, i.grant.Outway.DomainName
	case len(outways) == 0:
		s.Reason = ReasonNoOutway
	case slices.ContainsFunc(outways, func(o Outway) bool {
		return fsc.EqualThumbprints(o.PublicKeyThumbprint, i.grant.Outway.PublicKeyThumbprint)
	}):
		s.State, s.Reason = StepOK, ""
	default:
		s.State, s.Reason, s.Turn = StepNotOK, ReasonOtherKey, TurnUs
		s.Facts.Thumbprint = i.grant.Outway.PublicKeyThumbprint
	}
	return s
}

// ownCertificate looks at the pairs of ours that a call in this direction uses.
func (i *inquiry) ownCertificate() Step {
	uses := []string{"outway", "transport"}
	if i.incoming() {
		uses = []string{"inway", "transport", "token"}
	}
	s := Step{Name: StepOwnCertificate, State: StepUnknown, Reason: ReasonNotChecked}
	for _, cert := range i.c.cfg.Certificates() {
		if !slices.Contains(uses, cert.Use) {
			continue
		}
		found := i.certificate(StepOwnCertificate, cert, TurnUs)
		if s.State == StepUnknown || worse(found.State, s.State) {
			s = found
		}
	}
	return s
}

func worse(a, b StepState) bool {
	order := []StepState{StepOK, StepNote, StepNotOK}
	return slices.Index(order, a) > slices.Index(order, b)
}

func (i *inquiry) certificate(name StepName, cert Certificate, turn Turn) Step {
	days, urgency := Remaining(i.now, cert.NotAfter)
	s := Step{Name: name, State: StepOK, Facts: StepFacts{At: cert.NotAfter, Days: days, Thumbprint: cert.Thumbprint}}
	switch {
	case i.now.Before(cert.NotBefore):
		s.State, s.Reason, s.Turn, s.Facts.At = StepNotOK, ReasonCertificateFuture, turn, cert.NotBefore
	case urgency == UrgencyEnded:
		s.State, s.Reason, s.Turn = StepNotOK, ReasonCertificateEnded, turn
	case urgency != UrgencyNone:
		s.State, s.Reason, s.Turn = StepNote, ReasonCertificateEnds, turn
	}
	if turn == TurnThem && s.Turn == turn {
		s.Peers = []fsc.Peer{i.out.Other}
	}
	return s
}

// reach connects to the other Manager.
func (i *inquiry) reach(ctx context.Context) []Step {
	if i.out.Other.ID == i.out.Self.ID {
		return []Step{{Name: StepManager, State: StepOK}}
	}
	ctx, cancel := context.WithTimeout(ctx, remoteTime)
	defer cancel()
	reached, err := i.c.cfg.Remote.Probe(ctx, i.out.Other.ID)
	if err != nil {
		i.c.cfg.Logger.Info("manager of a peer can't be reached", "peer_id", i.out.Other.ID, "error", err)
		return []Step{{
			Name: StepManager, State: StepNotOK, Reason: ReasonUnreachable, Turn: TurnBoth, Peers: []fsc.Peer{i.out.Other},
			Facts: StepFacts{Detail: err.Error()},
		}, {Name: StepOtherCertificate, State: StepUnknown, Reason: ReasonNotAsked}}
	}
	return []Step{
		{Name: StepManager, State: StepOK, Facts: StepFacts{Took: reached.Took}},
		i.certificate(StepOtherCertificate, reached.Certificate, TurnThem),
	}
}

// limits tells whether the limits of our service stopped calls. Whose calls those
// were isn't known, so that it is no more than a note.
func (i *inquiry) limits() Step {
	s := Step{Name: StepLimits, State: StepOK}
	for _, l := range i.c.limited(i.out.Service) {
		s.State, s.Reason, s.Turn = StepNote, ReasonLimited, TurnUs
		s.Facts.Count += int(min(l.Calls, 1<<53))
	}
	return s
}

// maxApart is how much the clocks of two sides may differ in the records of one
// call: the leeway for tokens is of this order.
const maxApart = 30 * time.Second

// calls looks at the newest call under the grant, on both sides.
func (i *inquiry) calls(ctx context.Context) ([]Step, error) {
	call := Step{Name: StepCall, State: StepUnknown, Reason: ReasonNoCall}
	other := Step{Name: StepOtherRecord, State: StepUnknown, Reason: ReasonNotAsked}
	clock := Step{Name: StepClock, State: StepUnknown, Reason: ReasonNotAsked}
	if !i.c.sees(i.actor, operator.PermissionReadLog) {
		call.Reason, other.Reason, clock.Reason = ReasonNoPermission, ReasonNoPermission, ReasonNoPermission
		return []Step{call, other, clock}, nil
	}
	record, err := i.lastCall(ctx)
	if err != nil || record == nil {
		return []Step{call, other, clock}, err
	}
	call.State, call.Reason = StepOK, ""
	call.Facts = StepFacts{At: record.CreatedAt, Transaction: record.TransactionID}
	pair := i.c.compare(ctx, *record)
	other.Facts.Transaction = record.TransactionID
	switch {
	case pair.Problem != "":
		other.Reason, other.Facts.Detail = ReasonUnreachable, pair.Problem
		return []Step{call, other, clock}, nil
	case pair.Theirs == nil:
		other.State, other.Reason, other.Turn = StepNotOK, ReasonNoOtherRecord, TurnThem
		other.Peers = []fsc.Peer{i.out.Other}
		return []Step{call, other, clock}, nil
	case !pair.Agrees():
		other.State, other.Reason, other.Turn, other.Peers = StepNotOK, ReasonOtherDiffers, TurnBoth, []fsc.Peer{i.out.Other}
	default:
		other.State, other.Reason = StepOK, ""
	}
	clock.State, clock.Reason, clock.Facts.Apart = StepOK, "", pair.Apart
	if pair.Apart.Abs() > maxApart {
		clock.State, clock.Reason, clock.Turn, clock.Peers = StepNotOK, ReasonApart, TurnBoth, []fsc.Peer{i.out.Other}
	}
	return []Step{call, other, clock}, nil
}

// lastCall gives the newest record of ours under the grant; nil if there is none.
func (i *inquiry) lastCall(ctx context.Context) (*txlog.Record, error) {
	if i.grant == nil {
		return nil, nil
	}
	// Both directions are in the log when a Peer calls itself.
	records, err := i.c.cfg.Log.Records(ctx, txlog.Query{GrantHashes: []string{string(i.grant.Hash)}, Descending: true, Limit: 4})
	for n := range records {
		if records[n].Direction == i.out.Direction {
			return &records[n], nil
		}
	}
	return nil, err
}

// healthy are the checks of this node; the log is apart, since no call is made
// without it.
func (i *inquiry) healthy() []Step {
	log, rest := Step{Name: StepLog, State: StepUnknown, Reason: ReasonNotChecked}, Step{Name: StepHealth, State: StepOK}
	for _, check := range i.c.cfg.Health() {
		found := Step{Name: StepLog, State: StepOK, Facts: StepFacts{Part: check.Name, Detail: check.Problem}}
		if check.Problem != "" {
			found.State, found.Reason, found.Turn = StepNotOK, ReasonUnhealthy, TurnUs
		}
		switch {
		case check.Name == "transaction_log":
			log = found
		case check.Problem != "" && rest.State == StepOK:
			found.Name = StepHealth
			rest = found
		}
	}
	return []Step{log, rest}
}
