// SPDX-License-Identifier: EUPL-1.2

package rule

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Limits of a decision rule.
const (
	MaxVoters      = 1000
	MaxInhabitants = 100_000_000 // of one voter
)

// Method says what an objection does.
type Method string

// The methods.
const (
	// Majority goes by the thresholds alone.
	Majority Method = "majority"
	// Consent needs, beside the thresholds, that no objection stands. An objection
	// counts only with a reason and a counter-proposal.
	Consent Method = "consent"
)

// Voter is one organisation of the electorate with the weight it has in the
// snapshot: its inhabitants.
type Voter struct {
	PeerID      fsc.PeerID `json:"peer_id"`
	Inhabitants int64      `json:"inhabitants"`
}

// Share is a double bar: a percentage of organisations and one of inhabitants,
// both 0 to 100, that have to be reached both.
type Share struct {
	Organisations int `json:"organisations"`
	Inhabitants   int `json:"inhabitants"`
}

// Decision is the decision rule of a deed (design, section 3.2). Everything in it
// is frozen when the deed is written, so nobody can change who counts halfway.
type Decision struct {
	Electorate []Voter
	// Quorum is the share of the electorate that has to state a stance.
	Quorum Share
	// Threshold is the share of those that stated a stance that has to agree.
	// Who abstains or says "not now" has stated a stance.
	Threshold Share
	Method    Method
	ClosesAt  int64 // Unix seconds; a stance received at this second is too late
}

// NewDecision gives the decision rule of the design, section 3.2: a quorum of a
// quarter, then 55 % of the organisations that state a stance, which hold half of
// those inhabitants. The quorum is asked of inhabitants as well, otherwise the 188
// smallest of 342 could decide alone while the others are silent.
func NewDecision(electorate []Voter, closesAt int64) *Decision {
	return &Decision{
		Electorate: electorate, ClosesAt: closesAt, Method: Majority,
		Quorum: Share{Organisations: 25, Inhabitants: 25}, Threshold: Share{Organisations: 55, Inhabitants: 50},
	}
}

type wireDecision struct {
	Electorate []wireVoter `json:"electorate"`
	Quorum     *wireShare  `json:"quorum"`
	Threshold  *wireShare  `json:"threshold"`
	Method     Method      `json:"method"`
	ClosesAt   *int64      `json:"closes_at"`
}

type wireVoter struct {
	PeerID      fsc.PeerID `json:"peer_id"`
	Inhabitants *int64     `json:"inhabitants"`
}

type wireShare struct {
	Organisations *int `json:"organisations"`
	Inhabitants   *int `json:"inhabitants"`
}

// formError is a fault in the form of a rule, stance or mandate. Its text may be
// sent to others.
type formError struct{ field, detail string }

func (e *formError) Error() string { return e.field + ": " + e.detail }

func bad(field, format string, args ...any) error {
	return &formError{field: field, detail: fmt.Sprintf(format, args...)}
}

// ParseDecision reads the decision rule of a deed strictly. Faults name the
// member and may be sent to others.
func ParseDecision(raw []byte) (*Decision, error) {
	if len(raw) > deed.MaxDecisionBytes {
		return nil, bad("decision", "is larger than %d bytes", deed.MaxDecisionBytes)
	}
	var w wireDecision
	if err := deed.Unmarshal(raw, &w); err != nil {
		return nil, err
	}
	d := &Decision{Method: w.Method}
	var err error
	if d.Electorate, err = readVoters(w.Electorate); err != nil {
		return nil, err
	}
	if d.Quorum, err = w.Quorum.share("quorum"); err != nil {
		return nil, err
	}
	if d.Threshold, err = w.Threshold.share("threshold"); err != nil {
		return nil, err
	}
	switch {
	case d.Method != Majority && d.Method != Consent:
		return nil, bad("method", "must be majority or consent")
	case d.Method == Majority && d.Threshold.Organisations == 0 && d.Threshold.Inhabitants == 0:
		return nil, bad("threshold", "can't be 0 for both under majority")
	case w.ClosesAt == nil || *w.ClosesAt < 1 || *w.ClosesAt > deed.MaxInstant:
		return nil, bad("closes_at", "must be Unix seconds from 1 to %d", int64(deed.MaxInstant))
	}
	d.ClosesAt = *w.ClosesAt
	return d, nil
}

func readVoters(in []wireVoter) ([]Voter, error) {
	if len(in) == 0 || len(in) > MaxVoters {
		return nil, bad("electorate", "must have 1 to %d voters, not %d", MaxVoters, len(in))
	}
	out, seen := make([]Voter, 0, len(in)), map[fsc.PeerID]bool{}
	for i, v := range in {
		switch {
		case !deed.ValidPeer(v.PeerID):
			return nil, bad(fmt.Sprintf("electorate[%d].peer_id", i), "must be the PeerID of an organisation")
		case seen[v.PeerID]:
			return nil, bad(fmt.Sprintf("electorate[%d].peer_id", i), "stands there twice; each organisation counts once")
		case v.Inhabitants == nil || *v.Inhabitants < 0 || *v.Inhabitants > MaxInhabitants:
			return nil, bad(fmt.Sprintf("electorate[%d].inhabitants", i), "must be 0 to %d", MaxInhabitants)
		}
		seen[v.PeerID] = true
		out = append(out, Voter{PeerID: v.PeerID, Inhabitants: *v.Inhabitants})
	}
	return out, nil
}

func (w *wireShare) share(field string) (Share, error) {
	if w == nil || w.Organisations == nil || w.Inhabitants == nil {
		return Share{}, bad(field, "needs organisations and inhabitants")
	}
	s := Share{Organisations: *w.Organisations, Inhabitants: *w.Inhabitants}
	if s.Organisations < 0 || s.Organisations > 100 || s.Inhabitants < 0 || s.Inhabitants > 100 {
		return Share{}, bad(field, "must be percentages from 0 to 100")
	}
	return s, nil
}

// Raw writes the decision rule down for [deed.Rule].
func (d *Decision) Raw() ([]byte, error) {
	w := struct {
		Electorate []Voter `json:"electorate"`
		Quorum     Share   `json:"quorum"`
		Threshold  Share   `json:"threshold"`
		Method     Method  `json:"method"`
		ClosesAt   int64   `json:"closes_at"`
	}{d.Electorate, d.Quorum, d.Threshold, d.Method, d.ClosesAt}
	raw, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("write decision rule: %w", err)
	}
	if _, err := ParseDecision(raw); err != nil {
		return nil, err
	}
	return raw, nil
}

// Votes tells whether p is in the electorate.
func (d *Decision) Votes(p fsc.PeerID) bool {
	for i := range d.Electorate {
		if d.Electorate[i].PeerID == p {
			return true
		}
	}
	return false
}
