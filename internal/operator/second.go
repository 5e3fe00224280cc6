// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// RequestLifetime is how long an act waits for a second person.
	RequestLifetime = 14 * 24 * time.Hour
	// maxPayload bounds what a request keeps, in bytes.
	maxPayload = 1 << 20

	decidedApproved  = "approved"
	decidedRefused   = "refused"
	decidedWithdrawn = "withdrawn"
)

// NeedsSecond tells whether an act waits for a second person here.
func (o *Operators) NeedsSecond(act string) bool { return slices.Contains(o.cfg.FourEyes, act) }

// Propose asks a second person for an act. payload is what is needed to carry
// it out later; it is shown to who decides, so it holds no secrets. An act that
// waits already for the same object gives [KindConflict].
func (o *Operators) Propose(ctx context.Context, a Actor, act, object string, payload []byte) (*Request, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	now := o.now()
	r := &Request{
		ID: id, Act: act, Object: object, Payload: payload, Requester: a.Account, Name: a.Name,
		CreatedAt: now, ExpiresAt: now.Add(RequestLifetime),
	}
	err = o.act(ctx, a, Event{Act: "request.propose", Object: object}, func(tx Tx, e *Event) error {
		e.Changes = requestChanges(r, "")
		if err := o.mayPropose(a, r); err != nil {
			return err
		}
		waiting, err := tx.ListRequests(ctx, now)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(waiting, func(w *Request) bool { return w.Act == act && w.Object == object }) {
			return &Error{Kind: KindConflict, Text: "this waits for a second person already"}
		}
		return tx.PutRequest(ctx, r)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (o *Operators) mayPropose(a Actor, r *Request) error {
	need, ok := PermissionFor(r.Act)
	switch {
	case !ok:
		return invalid("act", "no second person can be asked for this act")
	case len(r.Payload) > maxPayload:
		return invalid("payload", "the request is too large")
	case a.Account == "":
		return forbidden("only an account can ask for a second person")
	}
	return o.Require(a, need)
}

func requestChanges(r *Request, decided string) []Change {
	out := []Change{{Field: "act", After: r.Act}, {Field: "request", After: r.ID}}
	if decided != "" {
		out = append(out, Change{Field: "decided", After: decided})
	}
	return out
}

// Decide approves or refuses a request. That needs the permission for the act
// and another person than who asked; a program can't do it. What is approved is
// for the caller to carry out. A request that was decided, withdrawn or expired
// gives [KindConflict], and so does approving what its requester may no longer do.
func (o *Operators) Decide(ctx context.Context, a Actor, id string, approve bool) (*Request, error) {
	act, decided := "request.refuse", decidedRefused
	if approve {
		act, decided = "request.approve", decidedApproved
	}
	return o.settle(ctx, a, Event{Act: act, Object: id}, decided, func(tx Tx, r *Request) error {
		if err := o.mayDecide(a, r); err != nil {
			return err
		}
		if !approve {
			return nil
		}
		return o.stillMay(ctx, tx, r)
	})
}

// Withdraw takes back the actor's own request.
func (o *Operators) Withdraw(ctx context.Context, a Actor, id string) error {
	_, err := o.settle(ctx, a, Event{Act: "request.withdraw", Object: id}, decidedWithdrawn, func(_ Tx, r *Request) error {
		if a.Account == "" || a.Account != r.Requester {
			return forbidden("only who asked can withdraw a request")
		}
		return nil
	})
	return err
}

// settle ends the waiting of a request, when may allows it.
func (o *Operators) settle(
	ctx context.Context, a Actor, e Event, decided string, may func(Tx, *Request) error,
) (*Request, error) {
	var settled *Request
	err := o.act(ctx, a, e, func(tx Tx, e *Event) error {
		r, err := tx.FindRequest(ctx, e.Object)
		if err != nil {
			return mapNotFound(err, "request")
		}
		now := o.now()
		if r.Decided != "" || !now.Before(r.ExpiresAt) {
			return &Error{Kind: KindConflict, Text: "this request doesn't wait any more"}
		}
		if err := may(tx, r); err != nil {
			return err
		}
		e.Object, e.Changes = r.Object, requestChanges(r, decided)
		r.Decided, r.DecidedBy, r.DecidedAt = decided, a.Account, now
		settled = r
		return tx.PutRequest(ctx, r)
	})
	if err != nil {
		return nil, err
	}
	return settled, nil
}

func (o *Operators) mayDecide(a Actor, r *Request) error {
	if err := requirePerson(a); err != nil {
		return err
	}
	need, ok := PermissionFor(r.Act)
	if !ok {
		return forbidden("nobody can decide on this act")
	}
	if err := o.Require(a, need); err != nil {
		return err
	}
	if a.Account == r.Requester {
		return forbidden("who asked can't be the second person")
	}
	return nil
}

// stillMay checks the first pair of eyes again: it may have been sent away.
func (o *Operators) stillMay(ctx context.Context, tx Tx, r *Request) error {
	first, err := tx.FindAccount(ctx, r.Requester)
	if err != nil {
		return mapNotFound(err, "account")
	}
	need, _ := PermissionFor(r.Act)
	if first.Disabled || !slices.Contains(first.permissions(), need) {
		return &Error{Kind: KindConflict, Text: "who asked may no longer do this"}
	}
	return nil
}

// Waiting lists the requests that wait for a second person, newest first. It
// needs [PermissionRead].
func (o *Operators) Waiting(ctx context.Context, a Actor) ([]*Request, error) {
	return o.requests(ctx, a, o.now())
}

// Requests lists all requests, also those that were decided or expired, newest
// first. It needs [PermissionRead].
func (o *Operators) Requests(ctx context.Context, a Actor) ([]*Request, error) {
	return o.requests(ctx, a, time.Time{})
}

func (o *Operators) requests(ctx context.Context, a Actor, waitingAt time.Time) (out []*Request, err error) {
	if err := o.Require(a, PermissionRead); err != nil {
		return nil, err
	}
	err = o.cfg.Store.View(ctx, func(tx Tx) error {
		out, err = tx.ListRequests(ctx, waitingAt)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	return out, nil
}
