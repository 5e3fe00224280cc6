// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
)

const (
	// outcomeOK is the outcome of an act that was done.
	outcomeOK = "ok"
	// eventPage is how many events are read at once.
	eventPage = 500
	// defaultEvents is the length of a listing that asked for no length.
	defaultEvents = 50
	// recordTimeout is for the store; an event isn't given up with the request.
	recordTimeout = 10 * time.Second
	// maxEventText bounds a text in an event, in bytes; maxChanges their number.
	maxEventText = 2000
	maxChanges   = 100
)

// Record writes an event of the actor. outcome is the error of the act or nil;
// it is given back, joined by the reason when the event couldn't be written.
// Record goes on when ctx has ended: who hangs up isn't forgotten.
func (o *Operators) Record(ctx context.Context, a Actor, e Event, outcome error) error {
	e.Outcome = outcomeOK
	if outcome != nil {
		e.Outcome = outcome.Error()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err := o.cfg.Store.Update(ctx, func(tx Tx) error { return o.addEvent(ctx, tx, a, e) })
	if err != nil {
		return errors.Join(outcome, fmt.Errorf("write audit event: %w", err))
	}
	return outcome
}

// addEvent completes the event and adds it to the chain.
func (o *Operators) addEvent(ctx context.Context, tx Tx, a Actor, e Event) error {
	last, err := tx.LastEvent(ctx)
	switch {
	case errors.Is(err, ErrNotFound):
		last = &Event{}
	case err != nil:
		return fmt.Errorf("read last event: %w", err)
	}
	e.Sequence, e.Previous, e.At = last.Sequence+1, last.Hash, o.now()
	e.Actor, e.ActorName, e.Token, e.From = a.Account, a.Name, a.Token, a.From
	if e.Outcome == "" {
		e.Outcome = outcomeOK
	}
	e.clean()
	e.Hash = e.Sum()
	if err := tx.AddEvent(ctx, &e); err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	return nil
}

// clean makes texts storable on each engine and bounds them.
func (e *Event) clean() {
	for _, s := range []*string{&e.ActorName, &e.From, &e.Act, &e.Object, &e.Outcome} {
		*s = cleanText(*s)
	}
	changes := make([]Change, 0, len(e.Changes))
	for _, c := range e.Changes[:min(len(e.Changes), maxChanges)] {
		changes = append(changes, Change{Field: cleanText(c.Field), Before: cleanText(c.Before), After: cleanText(c.After)})
	}
	e.Changes = changes
}

func cleanText(s string) string {
	return strings.ReplaceAll(cut(strings.ToValidUTF8(s, "\uFFFD"), maxEventText), "\x00", "\uFFFD")
}

// cut gives at most n bytes of s and never half a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// Sum computes the hash of the event: SHA-256 over a line that names the form,
// then Previous, Sequence, At (microseconds since 1970), Actor, ActorName,
// Token, From, Act, Object, Outcome, the number of Changes and of each Field,
// Before and After. Numbers are 8 bytes, big-endian; a text is preceded by its
// length in bytes as such a number. Hash itself isn't part of it.
func (e *Event) Sum() [32]byte {
	b := append(make([]byte, 0, 512), "samenspel audit event 1\n"...)
	b = append(b, e.Previous[:]...)
	number := func(n int64) { b = binary.BigEndian.AppendUint64(b, uint64(n)) } //nolint:gosec // G115: the same bits
	text := func(s string) {
		number(int64(len(s)))
		b = append(b, s...)
	}
	number(e.Sequence)
	number(e.At.UnixMicro())
	for _, s := range []string{
		string(e.Actor), e.ActorName, string(e.Token), e.From, e.Act, e.Object, e.Outcome,
	} {
		text(s)
	}
	number(int64(len(e.Changes)))
	for _, c := range e.Changes {
		text(c.Field)
		text(c.Before)
		text(c.After)
	}
	return sha256.Sum256(b)
}

// Events lists a page of the audit trail, newest first: 50 events when the
// filter has no limit, never more than 500. It needs [PermissionReadAudit].
func (o *Operators) Events(ctx context.Context, a Actor, f EventFilter) ([]*Event, error) {
	if err := o.Require(a, PermissionReadAudit); err != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = defaultEvents
	}
	f.Limit = min(f.Limit, eventPage)
	return o.events(ctx, f)
}

func (o *Operators) events(ctx context.Context, f EventFilter) (out []*Event, err error) {
	err = o.cfg.Store.View(ctx, func(tx Tx) error {
		out, err = tx.ListEvents(ctx, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return out, nil
}

// AllEvents goes through all events of the filter, newest first, for an export;
// Limit and After don't count. It needs [PermissionReadAudit] and stops at an error.
func (o *Operators) AllEvents(ctx context.Context, a Actor, f EventFilter) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		if err := o.Require(a, PermissionReadAudit); err != nil {
			yield(nil, err)
			return
		}
		o.eachEvent(ctx, f, yield)
	}
}

func (o *Operators) eachEvent(ctx context.Context, f EventFilter, yield func(*Event, error) bool) {
	f.Limit, f.After = eventPage, 0
	for {
		page, err := o.events(ctx, f)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range page {
			if !yield(e, nil) {
				return
			}
		}
		if len(page) == 0 {
			return
		}
		f.Before = page[len(page)-1].Sequence
	}
}

// Trail is the result of checking the audit trail.
type Trail struct {
	// Events is the sequence of the newest event and Head its hash. Who notes them
	// elsewhere can later see whether the end of the trail was cut off.
	Events int64
	Head   [32]byte
	// Bad is the first sequence at which the chain breaks: that event was changed or
	// is missing, or the one before it was written anew. It is 0 when all is well.
	Bad int64
}

// VerifyTrail checks the whole chain. It needs [PermissionReadAudit].
func (o *Operators) VerifyTrail(ctx context.Context, a Actor) (Trail, error) {
	if err := o.Require(a, PermissionReadAudit); err != nil {
		return Trail{}, err
	}
	var t Trail
	var newer *Event
	var failed error
	o.eachEvent(ctx, EventFilter{}, func(e *Event, err error) bool {
		if err != nil {
			failed = err
			return false
		}
		if newer == nil {
			t.Events, t.Head = e.Sequence, e.Hash
		} else if bad := broken(e, newer); bad != 0 {
			t.Bad = bad
		}
		if e.Sum() != e.Hash {
			t.Bad = e.Sequence
		}
		newer = e
		return true
	})
	if failed != nil {
		return Trail{}, failed
	}
	if newer != nil {
		if bad := broken(&Event{}, newer); bad != 0 {
			t.Bad = bad
		}
	}
	return t, nil
}

// broken gives the sequence at which the chain from one event to the next
// breaks: of an event that is missing, or of the newer one; 0 when it is whole.
func broken(older, newer *Event) int64 {
	switch {
	case newer.Sequence != older.Sequence+1:
		return older.Sequence + 1
	case !bytes.Equal(newer.Previous[:], older.Hash[:]):
		return newer.Sequence
	default:
		return 0
	}
}
