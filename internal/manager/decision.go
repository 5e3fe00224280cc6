// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"strings"

	"github.com/samenspel/samenspel/fsc"
)

// Decision is what the policy says of a proposal, precise enough to show a
// person which condition didn't fit.
type Decision struct {
	Accepts bool
	// Reason is about the proposal as a whole; empty when Grants tell.
	Reason Reason
	// Detail belongs to Reason: the service, or the words of the Directory's policy.
	Detail string
	// Agreement is the code of an [AgreementError], with [ReasonAgreement].
	Agreement string
	Grants    []GrantDecision
}

// Reason says why a proposal as a whole isn't signed without a person.
type Reason string

// The reasons.
const (
	ReasonNoRules    Reason = "no_rules"    // there are none that are enabled
	ReasonDirectory  Reason = "directory"   // as a Directory this Peer decides otherwise; see Detail
	ReasonNotOffered Reason = "not_offered" // the service in Detail isn't offered here
	ReasonAgreement  Reason = "agreement"   // no agreement covers it; Agreement and Detail tell why
	ReasonProperty   Reason = "property"    // nobody could call what it opens; Detail tells why
)

// GrantDecision is what the rules say of one grant.
type GrantDecision struct {
	Grant fsc.GrantHash
	// FitsRule is the ID of the first rule that fits; empty if none does.
	FitsRule string
	// External tells that the grant refers to a contract elsewhere, which only a
	// person can check.
	External bool
	// Misfits tell for each rule why it doesn't fit, if none does.
	Misfits []Misfit
}

// Misfit is why one rule doesn't fit a grant.
type Misfit struct {
	RuleID, RuleName string
	Conditions       []Condition
}

// Condition is one field of a rule that a grant doesn't meet.
type Condition struct {
	Field RuleField
	// Value is what the grant has: a Peer, a service, a duration; of properties
	// their name; of the role that of the rule.
	Value string
}

// RuleField is the name of a field of a [Rule], as in the configuration.
type RuleField string

// The fields.
const (
	FieldRole            RuleField = "role"
	FieldServices        RuleField = "services"
	FieldProviders       RuleField = "providers"
	FieldConsumers       RuleField = "consumers"
	FieldDelegators      RuleField = "delegators"
	FieldMaxValidity     RuleField = "max_validity"
	FieldProperties      RuleField = "properties"
	FieldOtherProperties RuleField = "allow_other_properties"
)

// String tells the decision in words, for logs.
func (d Decision) String() string {
	switch {
	case d.Accepts:
		return "signed without a person"
	case d.Reason == ReasonNoRules:
		return "contracts are signed by a person here"
	case d.Reason == ReasonNotOffered:
		return "service " + d.Detail + " is not offered here"
	case d.Reason != "":
		return d.Detail
	}
	var words []string
	for _, g := range d.Grants {
		switch {
		case g.External:
			words = append(words, "an external contract reference has to be checked by a person")
		case g.FitsRule == "":
			words = append(words, "no rule fits grant "+string(g.Grant)+g.misfits())
		}
	}
	return strings.Join(words, "; ")
}

func (g GrantDecision) misfits() string {
	var b strings.Builder
	for _, m := range g.Misfits {
		b.WriteString(", " + m.RuleID + ":")
		for _, c := range m.Conditions {
			b.WriteString(" " + string(c.Field) + "=" + c.Value)
		}
	}
	return b.String()
}
