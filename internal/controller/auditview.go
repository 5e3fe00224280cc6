// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"iter"
	"time"

	"github.com/samenspel/samenspel/internal/operator"
)

// AuditPage is a page of the audit trail, newest first.
type AuditPage struct {
	Events []*operator.Event
	// Next is what continues the listing as EventFilter.Before, Previous what goes
	// back in it as EventFilter.After; 0: there is nothing there.
	Next, Previous int64
}

// auditPageSize is the length of a page that asked for no length.
const auditPageSize = 50

// Audit gives a page of the audit trail.
func (c *Controller) Audit(ctx context.Context, a operator.Actor, f operator.EventFilter) (*AuditPage, error) {
	if f.Limit <= 0 {
		f.Limit = auditPageSize
	}
	want := min(f.Limit, 200)
	f.Limit = want + 1 // one more tells whether there is a next page
	events, err := c.cfg.People.Events(ctx, a, f)
	if err != nil {
		return nil, err
	}
	p := &AuditPage{}
	var previous, next bool
	p.Events, previous, next = cutPage(events, want, f.After > 0, f.Before > 0)
	if previous {
		p.Previous = p.Events[0].Sequence
	}
	if next {
		p.Next = p.Events[len(p.Events)-1].Sequence
	}
	return p, nil
}

// VerifyAudit checks the chain of the whole audit trail.
func (c *Controller) VerifyAudit(ctx context.Context, a operator.Actor) (operator.Trail, error) {
	return c.cfg.People.VerifyTrail(ctx, a)
}

// ExportAudit writes down that the trail is exported and then gives all events
// of the filter, newest first. The event comes first, so that nothing leaves
// this node without a trace of it.
func (c *Controller) ExportAudit(ctx context.Context, a operator.Actor, f operator.EventFilter) (iter.Seq2[*operator.Event, error], error) {
	e := operator.Event{Act: "audit.export", Changes: filled(
		"actor", string(f.Actor), "act", f.Act, "object", f.Object, "text", f.Text, "from", moment(f.From), "until", moment(f.Until))}
	err := c.act(ctx, a, operator.PermissionReadAudit, e, func() error { return nil })
	if err != nil {
		return nil, err
	}
	return c.cfg.People.AllEvents(ctx, a, f), nil
}

// filled makes the changes of an event from pairs of a name and a value; empty
// values are left out.
func filled(pairs ...string) []operator.Change {
	var changes []operator.Change
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			changes = append(changes, operator.Change{Field: pairs[i], After: pairs[i+1]})
		}
	}
	return changes
}

// moment writes a time as events and exports do; zero is empty.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
