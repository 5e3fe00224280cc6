// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/samenspel/samenspel/internal/operator"
)

const eventColumns = `sequence, happened_at, actor, actor_name, token, from_address, act, object, changes, outcome, previous_hash, hash`

// errEventText is about text that wouldn't come back as it was, so that the
// hash of the event wouldn't fit.
var errEventText = errors.New("text of an event is no valid UTF-8")

// LastEvent implements operator.EventTx.
func (t *peopleTx) LastEvent(ctx context.Context) (*operator.Event, error) {
	query := statement{text: "SELECT " + eventColumns + " FROM events ORDER BY sequence DESC LIMIT 1"}
	e, err := findOne(ctx, t.q, &query, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("find last event: %w", err)
	}
	return e, nil
}

// AddEvent implements operator.EventTx. A sequence that is in use is refused,
// and so is text that isn't valid UTF-8 or holds the zero character. Nothing
// changes or removes events.
func (t *peopleTx) AddEvent(ctx context.Context, e *operator.Event) error {
	if err := t.addEvent(ctx, e); err != nil {
		return fmt.Errorf("add event: %w", err)
	}
	return nil
}

func (t *peopleTx) addEvent(ctx context.Context, e *operator.Event) error {
	parts := textsOf(e)
	for _, text := range append(parts, string(e.Actor), string(e.Token), e.From, e.Outcome) {
		if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
			return errEventText
		}
	}
	var changes any // NULL when there are none
	if len(e.Changes) > 0 {
		encoded, err := json.Marshal(e.Changes)
		if err != nil {
			return err
		}
		changes = string(encoded)
	}
	topic, _, _ := strings.Cut(e.Act, ".")
	_, err := t.q.ExecContext(ctx, `INSERT INTO events (`+eventColumns+`, topic, folded)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		e.Sequence, micros(e.At), string(e.Actor), e.ActorName, string(e.Token), e.From, e.Act, e.Object, changes, e.Outcome,
		e.Previous[:], e.Hash[:], topic, fold(strings.Join(parts, "\n")))
	return err
}

// textsOf gives what a text is looked for in.
func textsOf(e *operator.Event) []string {
	texts := []string{e.ActorName, e.Act, e.Object}
	for _, c := range e.Changes {
		texts = append(texts, c.Field, c.Before, c.After)
	}
	return texts
}

// ListEvents implements operator.EventTx. No changes come back as nil.
func (t *peopleTx) ListEvents(ctx context.Context, ef operator.EventFilter) ([]*operator.Event, error) {
	query := listEvents(ef)
	events, err := collect(ctx, t.q, &query, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return events, nil
}

// listEvents finds the numbers of the events first: without a text to look for
// those come from an index, and whole events are read for the page only.
func listEvents(ef operator.EventFilter) statement {
	var f filter
	if ef.Actor != "" {
		f.and("actor = " + f.param(string(ef.Actor)))
	}
	if ef.Act != "" {
		column := "topic" // is the whole act where that has no dot
		if strings.Contains(ef.Act, ".") {
			column = "act"
		}
		f.and(column + " = " + f.param(ef.Act))
	}
	if ef.Object != "" {
		f.and("object = " + f.param(ef.Object))
	}
	if ef.Text != "" {
		f.and(contains(&f, "folded", ef.Text))
	}
	if !ef.From.IsZero() {
		f.and("happened_at >= " + f.param(ceilMicros(ef.From)))
	}
	if !ef.Until.IsZero() {
		f.and("happened_at < " + f.param(ceilMicros(ef.Until)))
	}
	if ef.Before > 0 {
		f.and("sequence < " + f.param(ef.Before))
	}
	if ef.After > 0 {
		f.and("sequence > " + f.param(ef.After))
	}
	return statement{"SELECT " + eventColumns + " FROM events WHERE sequence IN (SELECT sequence FROM events" +
		f.where() + orderBy(ef.After == 0, "sequence") + f.limit(ef.Limit) + ")" + orderBy(true, "sequence"), f.args}
}

func scanEvent(rows *sql.Rows) (*operator.Event, error) {
	var e operator.Event
	var at int64
	var changes, previous, hash []byte
	err := rows.Scan(&e.Sequence, &at, &e.Actor, &e.ActorName, &e.Token, &e.From, &e.Act, &e.Object, &changes, &e.Outcome, &previous, &hash)
	if err != nil {
		return nil, err
	}
	e.At = fromMicros(at)
	if len(changes) > 0 {
		if err := json.Unmarshal(changes, &e.Changes); err != nil {
			return nil, fmt.Errorf("read changes of event %d: %w", e.Sequence, err)
		}
	}
	return &e, errors.Join(copyHash(&e.Previous, previous), copyHash(&e.Hash, hash))
}
