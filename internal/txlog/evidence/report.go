// SPDX-License-Identifier: EUPL-1.2

package evidence

import (
	"fmt"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

// Report is what a verification found. Instants are Unix seconds.
type Report struct {
	PeerID fsc.PeerID
	// Records and Checkpoints are how many were looked at and held.
	Records, Checkpoints int64
	// Start is where the chain begins.
	Start txlog.ChainStart
	// Outside is how many records there are from before the chain.
	Outside int64
	// Pruned is the last record that was lawfully removed with all before it; 0: none.
	Pruned int64
	// Removed are the records that were lawfully removed from between others, by reason,
	// among those that were looked at; they don't count as Records.
	Removed []Reason
	// First and Last are the records that were looked at.
	First, Last int64
	// CheckpointAt is when the last checkpoint that held was signed, and Sealed the
	// last record under it; what comes later is chained and not yet signed.
	CheckpointAt, Sealed int64
	// Problem is the first thing that doesn't hold; nil: all good.
	Problem *Problem
	// Damage are the segments of the log that lost records to a disk or a power cut.
	// What was lost before the index took it in has no place in the chain, so the
	// chain can't tell of it.
	Damage []txlog.Damage
}

// Sound tells that all holds and nothing was lost.
func (r *Report) Sound() bool { return r.Problem == nil && len(r.Damage) == 0 }

// Kind is what is wrong.
type Kind string

// The kinds of problems.
const (
	// KindChanged: the record isn't what was linked in that place.
	KindChanged Kind = "changed"
	// KindMissing: the record was there and is gone.
	KindMissing Kind = "missing"
	// KindInserted: the record was put in afterwards.
	KindInserted Kind = "inserted"
	// KindOutOfOrder: the record was in another place.
	KindOutOfOrder Kind = "out_of_order"
	// KindHead: the records agree with each other and not with what was signed, so
	// one or more of them were changed and linked anew.
	KindHead Kind = "head_differs"
	// KindUnlawful: the record was removed, and the node didn't sign that.
	KindUnlawful Kind = "removed_unlawfully"
	// KindEarly: the record was removed before the period had passed that the node
	// itself gave as the reason.
	KindEarly Kind = "removed_early"
	// KindCheckpoint: the checkpoint doesn't hold.
	KindCheckpoint Kind = "does_not_hold"
)

// Problem names the first thing that doesn't hold.
type Problem struct {
	Kind Kind
	// Sequence is the record's number, and Until the last one of several; both 0 for a
	// record outside the chain.
	Sequence, Until int64
	// TransactionID, Direction and CreatedAt (Unix microseconds) are those of the
	// record that stands there, empty when none does.
	TransactionID string
	Direction     txlog.Direction
	CreatedAt     int64
	// Checkpoint is the number of the checkpoint it is about; 0: none.
	Checkpoint int64
	// Detail says more, in English.
	Detail string
}

// String says it on one line, in English.
func (p *Problem) String() string {
	where := fmt.Sprintf("record %d", p.Sequence)
	switch {
	case p.Checkpoint > 0 && p.Sequence == 0:
		where = fmt.Sprintf("checkpoint %d", p.Checkpoint)
	case p.Until > p.Sequence:
		where = fmt.Sprintf("records %d to %d", p.Sequence, p.Until)
	case p.Sequence == 0:
		where = "a record outside the chain"
	}
	if p.TransactionID != "" {
		where += fmt.Sprintf(" (transaction %s, %s)", p.TransactionID, p.Direction)
	}
	text := where + ": " + strings.ReplaceAll(string(p.Kind), "_", " ")
	if p.Detail != "" {
		text += "; " + p.Detail
	}
	return text
}

func problemAt(kind Kind, r *txlog.Linked, detail string) *Problem {
	return &Problem{
		Kind: kind, Sequence: r.Sequence, TransactionID: r.TransactionID, Direction: r.Direction, CreatedAt: r.CreatedAt.UnixMicro(), Detail: detail,
	}
}
