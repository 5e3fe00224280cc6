// SPDX-License-Identifier: EUPL-1.2

package binding

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// CallOff is what has to be known of a call-off to judge a grant. All of it
// follows from signed deeds.
type CallOff struct {
	// Reference has the hashes of the call-off, its accession and its framework.
	Reference Reference
	// Buyer signed the call-off for itself, Supplier is the other party.
	Buyer, Supplier fsc.PeerID
	// Services are the names of those the call-off opens.
	Services []string
	// NotBefore and NotAfter bound the call-off: it holds from the first instant
	// up to, and not at, the second.
	NotBefore, NotAfter time.Time
	// Ended is empty while the call-off is live by its deeds. Else it tells in a
	// few words why not, for those whose turn it is: "terminated by Peer …".
	Ended string
}

// Reason says why a grant has no agreement behind it.
type Reason string

// The reasons.
const (
	ReasonMissing   Reason = "agreement_missing"   // the service requires one, and the grant names none
	ReasonMalformed Reason = "agreement_malformed" // the property isn't a reference
	ReasonUnknown   Reason = "agreement_unknown"   // no such call-off, or not to this Peer
	ReasonEnded     Reason = "agreement_ended"     // the call-off isn't live
	ReasonOther     Reason = "agreement_other"     // other framework, accession or lot than those of the call-off
	ReasonParty     Reason = "agreement_party"     // buyer or supplier is somebody else
	ReasonService   Reason = "agreement_service"   // the call-off doesn't open the service
	ReasonValidity  Reason = "agreement_validity"  // the grant holds longer than the call-off
	ReasonAway      Reason = "agreement_away"      // the deeds can't be read now; to be tried again
)

// Refusal is why a grant may not be accepted or used. Detail is for the parties
// of the contract.
type Refusal struct { //nolint:errname // reads well behind the package name
	Reason Reason
	Detail string
	// Cause is for the log of this Peer only.
	Cause error
}

// Error gives reason and detail.
func (r *Refusal) Error() string { return string(r.Reason) + ": " + r.Detail }

// Refused gives code and words for those who know no type of this package.
func (r *Refusal) Refused() (reason, detail string) { return string(r.Reason), r.Detail }

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

func refuse(reason Reason, format string, args ...any) error {
	return &Refusal{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// ReasonOf gives the reason of a refusal, empty for other errors.
func ReasonOf(err error) Reason {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Reason
	}
	return ""
}

// Check tells whether a connection grant with this validity is covered by the
// call-off it refers to. The buyer is the Peer that connects, or the Peer it
// connects for: a regional body may connect for a small municipality, but only
// under that municipality's own call-off.
func Check(g *fsc.Grant, v fsc.Validity, r Reference, c *CallOff, now time.Time) error {
	if c.Reference != r {
		return refuse(ReasonOther, "the call-off belongs to another framework, accession or lot than the grant says")
	}
	buyer := g.Outway.PeerID
	if g.Delegator != "" {
		buyer = g.Delegator
	}
	if buyer != c.Buyer {
		return refuse(ReasonParty, "the call-off is of buyer %s, and the connection is made for Peer %s", c.Buyer, buyer)
	}
	if g.Service.PeerID != c.Supplier && g.Service.Delegator != c.Supplier {
		return refuse(ReasonParty, "the call-off is with supplier %s, who doesn't offer this service", c.Supplier)
	}
	if !slices.Contains(c.Services, g.Service.Name) {
		return refuse(ReasonService, "the call-off doesn't open the service %q", g.Service.Name)
	}
	if time.Unix(v.NotBefore, 0).Before(c.NotBefore) || time.Unix(v.NotAfter, 0).After(c.NotAfter) {
		return refuse(ReasonValidity, "the contract has to lie within the call-off, which runs from %s to %s; propose it again with those dates",
			c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339))
	}
	return c.live(now)
}

func (c *CallOff) live(now time.Time) error {
	switch {
	case c.Ended != "":
		return refuse(ReasonEnded, "the call-off is not live: %s", c.Ended)
	case now.Before(c.NotBefore):
		return refuse(ReasonEnded, "the call-off begins only at %s", c.NotBefore.UTC().Format(time.RFC3339))
	case !now.Before(c.NotAfter):
		return refuse(ReasonEnded, "the call-off ended at %s; a new one needs buyer and supplier", c.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}
