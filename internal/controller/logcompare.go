// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

// RecordPair is our record of a call next to the other side's.
type RecordPair struct {
	Ours  txlog.Record
	Other fsc.PeerID
	// Theirs is nil when the other side has none, or didn't answer; Problem tells
	// the latter, in English.
	Theirs  *txlog.Record
	Problem string
	Fields  []FieldPair
	// Apart is their time minus ours. The wire carries whole seconds.
	Apart time.Duration
}

// FieldPair is one field of a record on both sides.
type FieldPair struct {
	// Field is the name in the standard (FSC Logging, schema logRecord).
	Field        string
	Ours, Theirs string
	Outcome      FieldOutcome
}

// FieldOutcome compares a field.
type FieldOutcome string

// The outcomes. FieldAbsent: one side has no value. FieldNear: times that don't
// agree to the second, but may differ since both sides write at their own moment.
const (
	FieldEqual     FieldOutcome = "equal"
	FieldNear      FieldOutcome = "near"
	FieldDifferent FieldOutcome = "different"
	FieldAbsent    FieldOutcome = "absent"
)

// Agrees tells that the other side has the record and that no field contradicts
// ours. Fields that each side fills in for itself don't count.
func (p RecordPair) Agrees() bool {
	return p.Theirs != nil && !slices.ContainsFunc(p.Fields, func(f FieldPair) bool { return f.Outcome == FieldDifferent })
}

// Verdict says in one word what the comparison gave.
func (p RecordPair) Verdict() PairVerdict {
	switch {
	case p.Problem != "":
		return PairUnreachable
	case p.Theirs == nil:
		return PairMissing
	case p.Agrees():
		return PairEqual
	}
	return PairDifferent
}

// PairVerdict is the outcome of comparing two records.
type PairVerdict string

// The verdicts.
const (
	PairEqual       PairVerdict = "equal"
	PairDifferent   PairVerdict = "different"
	PairMissing     PairVerdict = "missing"     // the other side has no such record
	PairUnreachable PairVerdict = "unreachable" // the other side didn't answer
)

// otherEnd is the Peer that holds the counterpart of a record of ours.
func otherEnd(r txlog.Record) fsc.PeerID {
	if r.Direction == txlog.DirectionIncoming {
		return r.OutwayPeerID
	}
	return r.ServicePeerID
}

func opposite(d txlog.Direction) txlog.Direction {
	if d == txlog.DirectionIncoming {
		return txlog.DirectionOutgoing
	}
	return txlog.DirectionIncoming
}

// compare fetches the counterpart of one record.
func (c *Controller) compare(ctx context.Context, ours txlog.Record) RecordPair {
	return c.compareAll(ctx, otherEnd(ours), []txlog.Record{ours})[0]
}

// compareAll fetches the counterparts of records that one Peer holds. A Peer
// that doesn't answer leaves a problem on each.
func (c *Controller) compareAll(ctx context.Context, other fsc.PeerID, ours []txlog.Record) []RecordPair {
	ids := make([]string, 0, len(ours))
	for _, r := range ours {
		ids = append(ids, r.TransactionID)
	}
	theirs, err := c.counterparts(ctx, other, ids)
	pairs := make([]RecordPair, 0, len(ours))
	for _, r := range ours {
		p := RecordPair{Ours: r, Other: other}
		if err != nil {
			p.Problem = err.Error()
		}
		same := func(t txlog.Record) bool {
			return strings.EqualFold(t.TransactionID, r.TransactionID) && t.Direction == opposite(r.Direction)
		}
		if n := slices.IndexFunc(theirs, same); n >= 0 {
			p.Theirs = &theirs[n]
			p.Apart = p.Theirs.CreatedAt.Sub(r.CreatedAt.Truncate(time.Second))
		}
		p.Fields = fieldPairs(r, p.Theirs)
		pairs = append(pairs, p)
	}
	return pairs
}

// counterparts reads our own log when we are both ends of a call.
func (c *Controller) counterparts(ctx context.Context, other fsc.PeerID, ids []string) ([]txlog.Record, error) {
	if other == c.Self().ID {
		return c.cfg.Log.Records(ctx, txlog.Query{TransactionIDs: ids})
	}
	ctx, cancel := context.WithTimeout(ctx, remoteTime)
	defer cancel()
	records, err := c.cfg.Remote.Records(ctx, other, ids)
	if err != nil {
		c.cfg.Logger.Info("records of a peer can't be read", "peer_id", other, "error", err)
	}
	return records, err
}

// fieldPairs lists every field; with no record of theirs all theirs are empty.
func fieldPairs(ours txlog.Record, theirs *txlog.Record) []FieldPair {
	t := txlog.Record{}
	if theirs != nil {
		t = *theirs
	}
	pairs := []FieldPair{
		pairOf("transaction_id", ours.TransactionID, t.TransactionID),
		pairOf("direction", string(ours.Direction), string(t.Direction)),
		pairOf("grant_hash", ours.GrantHash, t.GrantHash),
		pairOf("service_name", ours.ServiceName, t.ServiceName),
		pairOf("source.outway_peer_id", string(ours.OutwayPeerID), string(t.OutwayPeerID)),
		pairOf("source.delegator_peer_id", string(ours.SourceDelegator), string(t.SourceDelegator)),
		pairOf("destination.service_peer_id", string(ours.ServicePeerID), string(t.ServicePeerID)),
		pairOf("destination.delegator_peer_id", string(ours.DestinationDelegator), string(t.DestinationDelegator)),
		timePair(ours.CreatedAt, t.CreatedAt),
		ownPair("trace_id", ours.TraceID, t.TraceID),
		ownPair("span_id", ours.SpanID, t.SpanID),
		ownPair("additional_data", string(ours.AdditionalData), string(t.AdditionalData)),
	}
	for i := range pairs {
		switch {
		case theirs == nil:
			pairs[i].Outcome = FieldAbsent
		case pairs[i].Field == "direction" && t.Direction == opposite(ours.Direction):
			pairs[i].Outcome = FieldEqual // each writes its own side
		case pairs[i].Field == "transaction_id":
			pairs[i].Outcome = FieldEqual // they were matched by it
		}
	}
	return slices.DeleteFunc(pairs, func(p FieldPair) bool { return p.Ours == "" && p.Theirs == "" })
}

// pairOf compares a field in which both sides have to agree, also about its absence.
func pairOf(field, ours, theirs string) FieldPair {
	p := FieldPair{Field: field, Ours: ours, Theirs: theirs, Outcome: FieldDifferent}
	if ours == theirs {
		p.Outcome = FieldEqual
	}
	return p
}

// ownPair compares a field that each side fills in for itself.
func ownPair(field, ours, theirs string) FieldPair {
	p := FieldPair{Field: field, Ours: ours, Theirs: theirs, Outcome: FieldNear}
	switch {
	case ours == theirs:
		p.Outcome = FieldEqual
	case ours == "" || theirs == "":
		p.Outcome = FieldAbsent
	}
	return p
}

func timePair(ours, theirs time.Time) FieldPair {
	p := FieldPair{Field: "created_at", Ours: ours.UTC().Format(time.RFC3339), Outcome: FieldNear}
	if theirs.IsZero() {
		return p
	}
	p.Theirs = theirs.UTC().Format(time.RFC3339)
	switch apart := theirs.Sub(ours.Truncate(time.Second)).Abs(); {
	case p.Ours == p.Theirs:
		p.Outcome = FieldEqual
	case apart > maxApart:
		p.Outcome = FieldDifferent
	}
	return p
}
