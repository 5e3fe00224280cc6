// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
)

// ask lets an act wait for a second person. Its error says that it waits, or
// why it doesn't.
func (c *Controller) ask(ctx context.Context, a operator.Actor, act, object string, payload []byte) error {
	if _, err := c.cfg.People.Propose(ctx, a, act, object, payload); err != nil {
		return err
	}
	return &operator.Error{Kind: operator.KindSecondPerson, Text: "this waits for a second person"}
}

// requestedBy tells the audit trail who asked for what a second person approved.
func requestedBy(r *operator.Request) []operator.Change {
	if r == nil {
		return nil
	}
	return []operator.Change{{Field: "request", After: r.ID}, {Field: "requester", After: r.Name}}
}

// Requests lists the acts that wait for a second person, newest first.
func (c *Controller) Requests(ctx context.Context, a operator.Actor) ([]*operator.Request, error) {
	if err := c.view(a, operator.PermissionRead); err != nil {
		return nil, err
	}
	return c.cfg.People.Waiting(ctx, a)
}

// Decide approves or refuses an act that waits for a second person. An approved
// act is carried out at once; when that fails the error says why, and the
// request stays approved: it has to be asked anew. On a node that is hosted, who
// approves releases the act.
func (c *Controller) Decide(ctx context.Context, a operator.Actor, id string, approve bool) (*operator.Request, error) {
	if approve { // before the decision, which can't be taken back
		var err error
		if ctx, err = c.release(ctx, a); asksForCode(a, err) {
			return nil, err
		}
		if err != nil {
			return nil, c.cfg.People.Record(ctx, a, operator.Event{Act: "request.approve", Object: id}, err)
		}
	}
	r, err := c.cfg.People.Decide(ctx, a, id, approve)
	if err != nil || !approve {
		return r, err
	}
	return r, c.carryOut(ctx, a, r)
}

// Withdraw takes back one's own request.
func (c *Controller) Withdraw(ctx context.Context, a operator.Actor, id string) error {
	return c.cfg.People.Withdraw(ctx, a, id)
}

// carryOut does what a second person approved.
func (c *Controller) carryOut(ctx context.Context, a operator.Actor, r *operator.Request) error {
	switch r.Act {
	case actPropose:
		var f ProposalForm
		if err := json.Unmarshal(r.Payload, &f); err != nil {
			return err
		}
		_, err := c.propose(ctx, a, f, r)
		return err
	case actPutRule:
		var f RuleForm
		if err := json.Unmarshal(r.Payload, &f); err != nil {
			return err
		}
		_, err := c.putRule(ctx, a, f, r)
		return err
	case actDeleteRule:
		return c.deleteRule(ctx, a, r.Object, r)
	}
	if mine, err := c.carryOutDeed(ctx, a, r); mine {
		return err
	}
	verb, _ := strings.CutPrefix(r.Act, "contract.")
	if t := fsc.SignatureType(verb); t.Valid() {
		return c.sign(ctx, a, fsc.ContentHash(r.Object), t, r)
	}
	return &operator.Error{Kind: operator.KindInvalid, Field: "act", Text: "this act can't be carried out for a second person"}
}
