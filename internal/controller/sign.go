// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// maxBulk is how many contracts are signed in one go.
const maxBulk = 100

// eventOf names the act of a signature in the audit trail.
func eventOf(t fsc.SignatureType) string { return "contract." + string(t) }

// actWith is act for acts that learn while they are done what has to be in the event.
func (c *Controller) actWith(ctx context.Context, a operator.Actor, need operator.Permission, e operator.Event, do func(context.Context, *operator.Event) error) error {
	err := c.cfg.People.Require(a, need)
	if err == nil && needsRelease(need, e.Act) {
		if ctx, err = c.release(ctx, a); asksForCode(a, err) {
			return err
		}
	}
	if err == nil {
		e.Changes = append(e.Changes, operator.ReleaseOf(ctx)...)
		err = do(ctx, &e)
	}
	return c.cfg.People.Record(ctx, a, e, err)
}

// needsRelease tells which acts use the organisation's key: those of who may sign,
// but for a document that is only kept, and to write down or take away a rule by
// which the node signs.
func needsRelease(need operator.Permission, act string) bool {
	return need == operator.PermissionSign && act != actAddAnnex || act == actPutRule || act == actDeleteRule
}

// release has the act released where another organisation hosts this node; see
// [operator.Operators.Release]. Ctx stays usable with an error.
func (c *Controller) release(ctx context.Context, a operator.Actor) (context.Context, error) {
	released, err := c.cfg.People.Release(ctx, a)
	if err != nil {
		return ctx, err
	}
	return released, nil
}

// asksForCode tells whether a person is only asked for a code: nothing was tried,
// so nothing is written down.
func asksForCode(a operator.Actor, err error) bool {
	e, ok := errors.AsType[*operator.Error](err)
	return ok && e.Kind == operator.KindSecondFactor && a.Code == ""
}

// Sign accepts, rejects or revokes a contract. Where that needs a second person,
// the error is an operator.Error of KindSecondPerson and the act waits.
func (c *Controller) Sign(ctx context.Context, a operator.Actor, h fsc.ContentHash, t fsc.SignatureType) (*ContractDetail, error) {
	if !t.Valid() {
		return nil, invalid("type", "a signature is accept, reject or revoke")
	}
	act := eventOf(t)
	if !c.cfg.People.NeedsSecond(act) {
		if err := c.sign(ctx, a, h, t, nil); err != nil {
			return nil, err
		}
		return c.Contract(ctx, a, h)
	}
	if err := c.mayAsk(ctx, a, h, t); err != nil {
		return nil, c.cfg.People.Record(ctx, a, operator.Event{Act: act, Object: string(h)}, err)
	}
	return nil, c.ask(ctx, a, act, string(h), nil)
}

// mayAsk refuses to bother a second person with what can't be done anyway.
func (c *Controller) mayAsk(ctx context.Context, a operator.Actor, h fsc.ContentHash, t fsc.SignatureType) error {
	if err := c.cfg.People.Require(a, operator.PermissionSign); err != nil {
		return err
	}
	d, err := c.Contract(ctx, a, h)
	if err != nil {
		return err
	}
	if ch := d.Choice(string(t)); !ch.OK {
		return &operator.Error{Kind: operator.KindConflict, Text: "the contract can't be signed this way now: " + ch.Why}
	}
	return nil
}

// sign signs now and writes the event; by is the request that was approved, if any.
func (c *Controller) sign(ctx context.Context, a operator.Actor, h fsc.ContentHash, t fsc.SignatureType, by *operator.Request) error {
	e := operator.Event{Act: eventOf(t), Object: string(h), Changes: requestedBy(by)}
	return c.actWith(ctx, a, operator.PermissionSign, e, func(ctx context.Context, e *operator.Event) error {
		before, err := c.findContract(ctx, h)
		if err != nil {
			return err
		}
		was := before.State(c.cfg.Now())
		if t == fsc.SignatureTypeRevoke && was == fsc.StateProposed {
			return &operator.Error{Kind: operator.KindConflict, Text: "not all parties have accepted the contract; reject it instead"}
		}
		after, err := c.cfg.Manager.Sign(ctx, h, t)
		if err != nil {
			return ofRefusal(err)
		}
		if is := after.State(c.cfg.Now()); is != was {
			e.Changes = append(e.Changes, operator.Change{Field: "state", Before: string(was), After: string(is)})
		}
		return nil
	})
}

// Outcome is what came of one contract of a list.
type Outcome struct {
	Hash  fsc.ContentHash
	State fsc.ContractState // afterwards; empty when it failed or waits
	Err   error             // as of [Controller.Sign]
}

// SignAll accepts or rejects several contracts; what goes wrong with one
// doesn't stop the others. The error is about the list as a whole.
func (c *Controller) SignAll(ctx context.Context, a operator.Actor, hashes []fsc.ContentHash, t fsc.SignatureType) ([]Outcome, error) {
	if err := c.view(a, operator.PermissionSign); err != nil {
		return nil, err
	}
	switch {
	case t != fsc.SignatureTypeAccept && t != fsc.SignatureTypeReject:
		return nil, invalid("type", "a list of contracts can be accepted or rejected")
	case len(hashes) == 0:
		return nil, invalid("hashes", "choose at least one contract")
	case len(hashes) > 1 && c.cfg.People.Host() != "":
		return nil, invalid("hashes", "each signature is released by itself here; choose one contract at a time")
	case len(hashes) > maxBulk:
		return nil, invalid("hashes", "choose at most "+strconv.Itoa(maxBulk)+" contracts")
	}
	var out []Outcome
	for i, h := range hashes {
		if slices.Contains(hashes[:i], h) {
			continue
		}
		o := Outcome{Hash: h}
		d, err := c.Sign(ctx, a, h, t)
		if o.Err = err; err == nil {
			o.State = d.State
		}
		out = append(out, o)
	}
	return out, nil
}

// retryPermission: to send something again isn't a promise, so who looks after
// the node may do it too.
func retryPermission(a operator.Actor) operator.Permission {
	if slices.Contains(a.Permissions, operator.PermissionManage) {
		return operator.PermissionManage
	}
	return operator.PermissionSign
}

func undelivered(ds []manager.Delivery) []fsc.PeerID {
	var to []fsc.PeerID
	for _, d := range ds {
		if d.Status != manager.DeliveryDelivered && !slices.Contains(to, d.Target) {
			to = append(to, d.Target)
		}
	}
	return to
}

// ResendContract makes what still has to reach other parties of a contract due
// now, and gives how many messages that are. What else waits for the same
// Peers goes along.
func (c *Controller) ResendContract(ctx context.Context, a operator.Actor, h fsc.ContentHash) (int, error) {
	sum := 0
	err := c.act(ctx, a, retryPermission(a), operator.Event{Act: "contract.retry", Object: string(h)}, func() error {
		if _, err := c.findContract(ctx, h); err != nil {
			return err
		}
		ds, err := c.cfg.Manager.ListDeliveries(ctx, manager.DeliveryFilter{ContentHash: h, Undelivered: true})
		if err != nil {
			return err
		}
		for _, to := range undelivered(ds) {
			n, err := c.cfg.Manager.Retry(ctx, to)
			if err != nil {
				return err
			}
			sum += n
		}
		return nil
	})
	return sum, err
}
