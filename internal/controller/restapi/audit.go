// SPDX-License-Identifier: EUPL-1.2

package restapi

import (
	"encoding/hex"
	"strconv"

	"github.com/samenspel/samenspel/internal/controller/client"
	"github.com/samenspel/samenspel/internal/operator"
)

func (s *server) auditHandlers() map[string]handler {
	return map[string]handler{
		"listAuditEvents": s.listAuditEvents, "createAuditVerification": s.createAuditVerification, "createAuditExport": s.createAuditExport,
	}
}

func eventOf(e *operator.Event) client.Event {
	return client.Event{
		Sequence: e.Sequence, At: utc(e.At), AccountID: string(e.Actor), AccountName: e.ActorName, TokenID: string(e.Token), From: e.From,
		Act: e.Act, Object: e.Object, Outcome: e.Outcome, Previous: hex.EncodeToString(e.Previous[:]), Hash: hex.EncodeToString(e.Hash[:]),
		Changes: each(e.Changes, func(c operator.Change) client.Change { return client.Change(c) }),
	}
}

func (s *server) listAuditEvents(c *call) (*reply, error) {
	after, before, err := c.cursor()
	if err != nil {
		return nil, err
	}
	f := operator.EventFilter{
		Actor: operator.AccountID(c.text("accountId")), Act: c.text("act"), Object: c.text("object"), Text: c.text("text"),
		From: c.moment("from"), Until: c.moment("until"), Limit: c.limit(),
	}
	if f.Before, err = sequenceOf(after); err != nil {
		return nil, err
	}
	if f.After, err = sequenceOf(before); err != nil {
		return nil, err
	}
	found, err := s.act.Audit(c.ctx(), c.actor, f)
	if err != nil {
		return nil, err
	}
	return page(c, each(found.Events, eventOf), 0, next(sequenceKey(found.Next)), previous(sequenceKey(found.Previous)))
}

// sequenceOf reads the key of a cursor in the audit trail; 0 for none.
func sequenceOf(key string) (int64, error) {
	if key == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(key, 10, 64)
	if err != nil || n < 1 {
		return 0, wrongCursor()
	}
	return n, nil
}

func sequenceKey(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func (s *server) createAuditVerification(c *call) (*reply, error) {
	t, err := s.act.VerifyAudit(c.ctx(), c.actor)
	if err != nil {
		return nil, err
	}
	return done(client.AuditVerification{Events: t.Events, Head: hex.EncodeToString(t.Head[:]), Broken: t.Bad != 0, BrokenAt: t.Bad})
}

func (s *server) createAuditExport(c *call) (*reply, error) {
	in, err := decode[client.NewAuditExport](c)
	if err != nil {
		return nil, err
	}
	events, err := s.act.ExportAudit(c.ctx(), c.actor, operator.EventFilter{
		Actor: operator.AccountID(in.AccountID), Act: in.Act, Object: in.Object, Text: in.Text, From: in.From, Until: in.Until,
	})
	if err != nil {
		return nil, err
	}
	return lines(events, eventOf)
}
