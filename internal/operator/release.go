// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"context"
	"fmt"
	"slices"
)

// Host gives the name of the organisation that runs this node for the Peer; empty
// when the Peer runs it itself.
func (o *Operators) Host() string { return o.cfg.Host }

// Release lets the organisation's key be used for one act of a person. Where the
// Peer runs its own node it asks for nothing more. Where another organisation, the
// host, runs the node, each act is released by somebody of the Peer with a code of
// an own second factor, in [Actor.Code]; it is used up, also when the act fails
// afterwards. The context that comes back is the release; it is for one act, and
// [ReleaseOf] tells the audit trail of it.
//
// Without a code the error is [KindSecondFactor]. Host's staff, programs of nobody
// and who has no second factor get [KindForbidden], also with a code
// (collective design, section 5, "Municipality without its own Manager").
func (o *Operators) Release(ctx context.Context, a Actor) (context.Context, error) {
	if o.cfg.Host == "" || o.Released(ctx) == nil {
		return ctx, nil
	}
	switch {
	case a.Account == "":
		return nil, forbidden(o.cfg.Host + " runs this node for another organisation; a signature is released by somebody of that organisation, with an account and a second factor")
	case o.isHostStaff(a):
		return nil, forbidden("who works for the host (" + o.cfg.Host + ") releases no signatures of the organisation whose node this is")
	}
	f, err := o.findFactor(ctx, a.Account)
	if err != nil {
		return nil, err
	}
	if err := confirmed(f); err != nil {
		return nil, err
	}
	if a.Code == "" {
		return nil, &Error{Kind: KindSecondFactor, Text: o.cfg.Host + " runs this node, so you release this signature with a code of your second factor"}
	}
	by, err := o.try(ctx, a, a.Code, confirmed, func(tx Tx, f *Factor) error { return tx.PutFactor(ctx, f) })
	if err != nil {
		return nil, err
	}
	return context.WithValue(ctx, releaseKey{}, []Change{{Field: "second_factor", After: by}, {Field: "host", After: o.cfg.Host}}), nil
}

// releaseKey is where a context keeps the release of an act.
type releaseKey struct{}

// ReleaseOf gives what the audit trail has to say of the release of an act: by
// what it was released and who hosts the node; nothing where none was needed.
func ReleaseOf(ctx context.Context) []Change {
	changes, _ := ctx.Value(releaseKey{}).([]Change)
	return slices.Clone(changes)
}

// Released refuses to use the organisation's key on a node that another
// organisation hosts, unless ctx comes from [Operators.Release]. It stands before
// each signature that a person makes, whichever way the person came in.
func (o *Operators) Released(ctx context.Context) error {
	if o.cfg.Host == "" || ReleaseOf(ctx) != nil {
		return nil
	}
	return &Error{Kind: KindSecondFactor, Text: fmt.Sprintf("%s runs this node; nothing is signed that wasn't released with a second factor", o.cfg.Host)}
}

// isHostStaff tells whether somebody works for the host, whatever else they are.
func (o *Operators) isHostStaff(a Actor) bool { return slices.Contains(a.Roles, RoleHost) }
