// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"fmt"
	"slices"

	"github.com/samenspel/samenspel/fsc"
)

// sourceDecision is the clause the outcome of a decision goes by.
const sourceDecision = "collective design 3.2, decision rule"

// Count is a number of organisations and of their inhabitants.
type Count struct {
	Organisations int64
	Inhabitants   int64
}

func (c *Count) add(v Voter) {
	c.Organisations++
	c.Inhabitants += v.Inhabitants
}

// Voice is the stance that counted for one voter.
type Voice struct {
	Voter  Voter
	Stance Stance
	// By is the voter whose stance it is: another one under by_proxy.
	By fsc.PeerID
}

// Outcome is the count of a decision, with all that is needed to check it by hand.
type Outcome struct {
	// State is Adopted, Rejected, or Lapsed when the quorum wasn't reached.
	State                          State
	Electorate, Stated             Count
	Agree, Abstain, Object, NotNow Count
	Voices                         []Voice // in the order of the electorate
	// Reasons say what wasn't reached or stood in the way, and what didn't count.
	Reasons []Reason
}

// Count takes the last stance of each voter and counts. Stances of others don't
// count. A proxy speaks only with a stance of its own: no chains.
func (d *Decision) Count(stances map[fsc.PeerID]Stance) Outcome {
	var o Outcome
	for _, v := range d.Electorate {
		o.Electorate.add(v)
		s, by, ok := d.resolve(v.PeerID, stances)
		if !ok {
			if stances[v.PeerID].Kind == ByProxy {
				o.Reasons = append(o.Reasons, Reason{Code: ReasonProxySilent, Peer: v.PeerID, Source: sourceDecision})
			}
			continue
		}
		o.Voices = append(o.Voices, Voice{Voter: v, Stance: s, By: by})
		o.Stated.add(v)
		switch s.Kind {
		case Agree:
			o.Agree.add(v)
		case Object:
			o.Object.add(v)
		case NotNow:
			o.NotNow.add(v)
		default:
			o.Abstain.add(v)
		}
	}
	d.conclude(&o)
	return o
}

func (d *Decision) resolve(p fsc.PeerID, stances map[fsc.PeerID]Stance) (Stance, fsc.PeerID, bool) {
	s, ok := stances[p]
	if !ok || s.Kind != ByProxy {
		return s, p, ok
	}
	by := s.Proxy
	s, ok = stances[by]
	return s, by, ok && s.Kind != ByProxy && d.Votes(by)
}

func (d *Decision) conclude(o *Outcome) {
	quorum := slices.Concat(
		reach(ReasonQuorumOrganisations, o.Stated.Organisations, o.Electorate.Organisations, d.Quorum.Organisations),
		reach(ReasonQuorumInhabitants, o.Stated.Inhabitants, o.Electorate.Inhabitants, d.Quorum.Inhabitants),
	)
	if o.Stated.Organisations == 0 && len(quorum) == 0 {
		quorum = []Reason{{Code: ReasonQuorumOrganisations, Detail: "nobody stated a stance", Source: sourceDecision}}
	}
	against := slices.Concat(
		reach(ReasonThresholdOrganisations, o.Agree.Organisations, o.Stated.Organisations, d.Threshold.Organisations),
		reach(ReasonThresholdInhabitants, o.Agree.Inhabitants, o.Stated.Inhabitants, d.Threshold.Inhabitants),
	)
	if o.Agree.Organisations == 0 {
		against = append(against, Reason{Code: ReasonNobodyAgrees, Source: sourceDecision})
	}
	for _, v := range o.Voices {
		switch {
		case d.Method != Consent || v.Stance.Kind != Object:
		case v.Stance.counts():
			against = append(against, Reason{Code: ReasonObjection, Peer: v.Voter.PeerID, Source: sourceDecision})
		default:
			o.Reasons = append(o.Reasons, Reason{Code: ReasonObjectionNotCounted, Peer: v.Voter.PeerID, Source: sourceDecision})
		}
	}
	switch {
	case len(quorum) > 0:
		o.State, o.Reasons = Lapsed, append(quorum, o.Reasons...)
	case len(against) > 0:
		o.State, o.Reasons = Rejected, append(against, o.Reasons...)
	default:
		o.State = Adopted
	}
}

// reach compares without division, so nothing is rounded: 55 % of 9 is 4.95, and
// 5 reaches it. It gives no reason when the bar is reached.
func reach(code ReasonCode, part, whole int64, percent int) []Reason {
	if part*100 >= whole*int64(percent) {
		return nil
	}
	return []Reason{{Code: code, Detail: fmt.Sprintf("%d of %d, where %d %% is needed", part, whole, percent), Source: sourceDecision}}
}
