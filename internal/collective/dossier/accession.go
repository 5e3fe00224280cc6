// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// reserveRatio is how much of its stated need a buyer may reserve, in percent:
// reserving all and using none keeps others out (design, section 5).
const reserveRatio = 120

// Accession is the body of an accession: the unilateral acceptance of the
// framework's standing offer. Its only party is the buyer; its parent is the
// framework.
type Accession struct {
	Lots []Reservation `json:"lots"`
}

// Reservation is what a buyer expects to need of a lot, and what it reserves.
// Both are in the unit of the lot. An expected need alone holds nothing.
type Reservation struct {
	Lot      string `json:"lot"`
	Need     int64  `json:"need"`
	Reserved int64  `json:"reserved"`
}

// Has tells whether the accession is for the lot.
func (a *Accession) Has(lot string) bool {
	return slices.ContainsFunc(a.Lots, func(r Reservation) bool { return r.Lot == lot })
}

// ReadAccession reads the body of an accession's deed.
func ReadAccession(c *deed.Content) (*Accession, error) {
	var a Accession
	if err := read(c, TypeAccession, &a); err != nil {
		return nil, err
	}
	if c.Rule.Kind != deed.RuleOne || len(c.Parties) != 1 || c.Parties[0].Role != RoleBuyer {
		return nil, refuse(ReasonSignatories, "", "only the buyer itself accedes, by its own signature")
	}
	if len(a.Lots) == 0 || len(a.Lots) > maxLots {
		return nil, malformed("lots", "must be 1 to %d", maxLots)
	}
	for i, r := range a.Lots {
		switch {
		case slices.ContainsFunc(a.Lots[:i], func(o Reservation) bool { return o.Lot == r.Lot }):
			return nil, malformed(item("lots", i, "lot"), "stands there twice")
		case r.Need <= 0 || r.Need > maxNumber/reserveRatio:
			return nil, malformed(item("lots", i, "need"), "must be more than zero")
		case r.Reserved < 0:
			return nil, malformed(item("lots", i, "reserved"), "must not be less than zero")
		case r.Reserved > r.Need*reserveRatio/100:
			return nil, &Refusal{
				Reason: ReasonReservation, Field: item("lots", i, "reserved"),
				Detail: "more is reserved than 120 percent of the stated need; others would be kept out",
			}
		}
	}
	return &a, nil
}

// Buyer gives the organisation that accedes or calls off.
func Buyer(c *deed.Content) fsc.PeerID {
	if peers := c.PeersInRole(RoleBuyer); len(peers) == 1 {
		return peers[0]
	}
	return ""
}

// Standing is what has to be known of a framework besides its deed to judge what
// follows it.
type Standing struct {
	Deed      *deed.Content
	Framework *Framework
	// Until is the end with the options that were used so far.
	Until time.Time
	// Stopped is empty while the framework goes on. Else it says why it is over
	// before its time: exhausted, terminated, annulled, suspended.
	Stopped string
	// Eligible decides whether a buyer is on the frozen list, or the legal
	// successor of one that is. Its text says why not.
	Eligible func(buyer fsc.PeerID) (ok bool, why string)
	// Left is how much of a lot nobody has reserved or called off.
	Left func(lot string) int64
	// Inherits tells that the buyer takes the place of one that had acceded and is
	// no more. It needs no entry window: its predecessor came in by one.
	Inherits bool
}

// JudgeAccession tells whether the accession takes effect when it is received at
// that time. The time is that of the secretariat's receipt and not what the
// sender says.
func JudgeAccession(s *Standing, c *deed.Content, a *Accession, at time.Time) error {
	if !slices.Contains(c.Parents, s.Deed.Hash()) {
		return refuse(ReasonParent, "", "the accession doesn't name this framework as its parent")
	}
	if err := s.open(at); err != nil {
		return err
	}
	if ok, why := s.Eligible(Buyer(c)); !ok {
		return refuse(ReasonNotEligible, lawBuyers, "Peer %s may not join this framework: %s", Buyer(c), why)
	}
	if err := s.inWindow(at); err != nil {
		return err
	}
	for i, r := range a.Lots {
		if _, ok := s.Framework.Lot(r.Lot); !ok {
			return &Refusal{Reason: ReasonLot, Field: item("lots", i, "lot"), Detail: "the framework has no such lot"}
		}
		if left := s.Left(r.Lot); r.Reserved > left {
			return &Refusal{
				Reason: ReasonExhausted, Basis: caseMaximum, Field: item("lots", i, "reserved"),
				Detail: exhausted(left), Left: &left,
			}
		}
	}
	return nil
}

// open tells whether the framework is live at that time.
func (s *Standing) open(at time.Time) error {
	switch {
	case s.Stopped != "":
		return refuse(ReasonNotLive, "", "nothing new can follow this framework: %s", s.Stopped)
	case at.Unix() < s.Deed.NotBefore:
		return refuse(ReasonNotLive, "", "the framework has not begun")
	case !at.Before(s.Until):
		return refuse(ReasonNotLive, law33, "the framework is over; who was too late is first to hear of the next one")
	}
	return nil
}

func (s *Standing) inWindow(at time.Time) error {
	if s.Inherits {
		return nil
	}
	for _, w := range s.Framework.Windows {
		if at.Unix() < w.From {
			return refuse(ReasonWindowClosed, "", "no entry window is open; the next one begins at %s", time.Unix(w.From, 0).UTC().Format(time.RFC3339))
		}
		if at.Unix() < w.Until {
			return nil
		}
	}
	return refuse(ReasonWindowClosed, "", "the last entry window has closed; the next programme is still open")
}
