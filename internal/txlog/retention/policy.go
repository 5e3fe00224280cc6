// SPDX-License-Identifier: EUPL-1.2

package retention

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

const (
	// MinDays and MaxDays bound the period of a rule. The shortest gives both sides of
	// a call a day to compare; the longest is a hundred years.
	MinDays = 1
	// MaxDays is the longest period, see MinDays.
	MaxDays = 36_500
	// MaxRules bounds a policy, because each call may be held against each rule.
	MaxRules = 1000
	// Any stands for every Peer or every service, and at the end of a name for the
	// rest of it.
	Any = "*"

	day = 24 * time.Hour
)

// namePattern is a name that a service can have, or its beginning (see
// [fsc.ValidateServiceName]). A rule about another name would never count.
var namePattern = regexp.MustCompile(`^[a-zA-Z0-9._-]{0,100}$`)

// Rule is the period of the calls to some services.
type Rule struct {
	// Direction is that of the records: incoming for a service of this node, outgoing
	// for one of another Peer. Empty is both, which only the period for all has.
	Direction txlog.Direction
	// Peer is who offers the service of an outgoing call, or [Any]. Empty for incoming.
	Peer fsc.PeerID
	// Service is a name, the beginning of one with [Any] behind it, or [Any].
	Service string
	// Days is how many periods of 24 hours a record is kept; 0 is for ever, which only
	// the period for all may be.
	Days int
}

// Call is what of a record decides how long it is kept.
type Call struct {
	Direction txlog.Direction
	// Provider is the Peer that offers the service.
	Provider fsc.PeerID
	Service  string
}

// CallOf gives what of a record decides.
func CallOf(r *txlog.Record) Call { return Call{r.Direction, r.ServicePeerID, r.ServiceName} }

// Period is how long the records of a rule are kept; 0 is for ever.
func (r Rule) Period() time.Duration { return time.Duration(r.Days) * day }

// Covers tells whether a rule is about a call.
func (r Rule) Covers(c Call) bool {
	if r.Direction != "" && r.Direction != c.Direction {
		return false
	}
	if r.Direction == txlog.DirectionOutgoing && r.Peer != Any && r.Peer != c.Provider {
		return false
	}
	if start, open := strings.CutSuffix(r.Service, Any); open {
		return strings.HasPrefix(c.Service, start)
	}
	return r.Service == c.Service
}

// same tells that two rules are about the same calls, whatever their periods.
func (r Rule) same(o Rule) bool {
	return r.Direction == o.Direction && r.Peer == o.Peer && r.Service == o.Service
}

// RuleError is what is wrong with a rule: the member that it is about, and why.
type RuleError struct {
	// Index is the rule's place, from 0; -1 is the period for all.
	Index int
	// Field is service, peer or keep_days, or empty for the rule as a whole.
	Field string
	Text  string
}

func (e *RuleError) Error() string { return fmt.Sprintf("rule %d: %s %s", e.Index, e.Field, e.Text) }

// Policy says for each call how long its records are kept. It never changes.
type Policy struct {
	rules []Rule
	rest  Rule
}

// New makes a policy: the first rule that covers a call counts, and days is for
// calls that none covers; 0 is for ever. All that is wrong is in the error, as
// values of *[RuleError].
func New(days int, rules []Rule) (*Policy, error) {
	var errs []error
	if days < 0 || days > MaxDays {
		errs = append(errs, &RuleError{-1, "keep_days", fmt.Sprintf("must be 0, which keeps records for ever, or from %d to %d", MinDays, MaxDays)})
	}
	if len(rules) > MaxRules {
		errs = append(errs, &RuleError{MaxRules, "", fmt.Sprintf("is one too many: there are at most %d", MaxRules)})
		rules = rules[:MaxRules]
	}
	for i, r := range rules {
		errs = append(errs, r.problems(i)...)
		if j := slices.IndexFunc(rules[:i], r.same); j >= 0 {
			errs = append(errs, &RuleError{i, "", fmt.Sprintf("is about the same calls as rule %d, which counts", j)})
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &Policy{rules: slices.Clone(rules), rest: Rule{Service: Any, Days: days}}, nil
}

func (r Rule) problems(i int) (errs []error) {
	if r.Service == "" || !namePattern.MatchString(strings.TrimSuffix(r.Service, Any)) {
		errs = append(errs, &RuleError{i, "service", `must be the name of a service, the beginning of one with * behind it, or "*"`})
	}
	if r.Direction == txlog.DirectionOutgoing && r.Peer != Any && r.Peer.Validate() != nil {
		errs = append(errs, &RuleError{i, "peer", `must be the ID of a Peer, or "*"`})
	}
	if r.Days < MinDays || r.Days > MaxDays {
		errs = append(errs, &RuleError{i, "keep_days", fmt.Sprintf("must be from %d to %d", MinDays, MaxDays)})
	}
	return errs
}

// Rules gives the rules in their order, that for all other calls last.
func (p *Policy) Rules() []Rule { return append(slices.Clone(p.rules), p.rest) }

// For gives the rule that counts for a call.
func (p *Policy) For(c Call) Rule {
	for _, r := range p.rules {
		if r.Covers(c) {
			return r
		}
	}
	return p.rest
}

// Until tells up to when the record of a call is kept that was made at a moment;
// zero is for ever. It is gone some time later: records are removed in whole parts of
// the log.
func (p *Policy) Until(c Call, made time.Time) time.Time {
	r := p.For(c)
	if r.Days == 0 {
		return time.Time{}
	}
	return made.Add(r.Period())
}

// Longest is the longest period of all; 0 is for ever. Beyond it nothing stays.
func (p *Policy) Longest() time.Duration {
	longest := p.rest.Days
	for _, r := range p.rules {
		if longest > 0 {
			longest = max(longest, r.Days)
		}
	}
	return time.Duration(longest) * day
}

// Removes tells whether some records are removed before others are.
func (p *Policy) Removes() bool {
	return slices.ContainsFunc(p.rules, func(r Rule) bool { return r.Days != p.rest.Days })
}

// Current gives the period in days that a rule about the same calls has here; false
// when there is none.
func (p *Policy) Current(r Rule) (days int, ok bool) {
	all := p.Rules()
	i := slices.IndexFunc(all, r.same)
	if i < 0 {
		return 0, false
	}
	return all[i].Days, true
}
