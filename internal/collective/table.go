// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"errors"
	"fmt"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// The reasons of the table beside those of packages rule and dossier.
const (
	CodeAsserted    rule.ReasonCode = "framework_asserted" // imported, and not yet confirmed by suppliers and a buyer
	CodeSuccessor   rule.ReasonCode = "not_successor"      // takes the place of one it isn't the legal successor of
	CodeAcceded     rule.ReasonCode = "already_acceded"    // the buyer has joined this lot before
	CodeAllocated   rule.ReasonCode = "already_allocated"  // the command was carried out before
	CodeCommand     rule.ReasonCode = "other_command"      // not the command that follows from the deed it is about
	CodeLedger      rule.ReasonCode = "ledger_wrong"       // the ledger, added up again, says something else
	CodeChangeState rule.ReasonCode = "change_state"       // the change doesn't fit the framework as it is
	CodeTerm        rule.ReasonCode = "term"               // begins too early or ends too late
	CodeMember      rule.ReasonCode = "already_member"     // of this group
	CodeInvited     rule.ReasonCode = "not_invited"        // the group names those who may vote, and not this one
	CodeClass       rule.ReasonCode = "class"              // a member of this kind can't have this class
	CodeNotABuyer   rule.ReasonCode = "not_a_buyer"        // nothing shows that the member is a public body
	CodeElectorate  rule.ReasonCode = "electorate"         // isn't that of the group's voting members
	CodeInitiator   rule.ReasonCode = "initiator"          // isn't a voting member of the group
	CodeRegistrar   rule.ReasonCode = "registrar"          // isn't who keeps the statement of the predecessor
	CodeOwnNumber   rule.ReasonCode = "own_number"         // another number was due for a draw made alone
	CodePredecessor rule.ReasonCode = "predecessor"        // the deed lacks a predecessor's statement, or has one too many
)

const (
	sourceTypes   = "collective design 3.2, types and invariants"
	sourceQuota   = "collective design 3.4, quota"
	sourceImport  = "collective design 3.9, import"
	sourceMerger  = "collective design 5, late joiner and legal successor"
	sourceMaximum = "CJEU C-216/17 and C-23/20; Directive 2014/24/EU art. 33"
)

// The states beside the generic ones, as the table calls them.
const (
	stateLive       rule.State = "live"       // a framework
	stateAsserted   rule.State = "asserted"   // a framework, by the word of the purchasing body alone
	stateExhausted  rule.State = "exhausted"  // a framework of which every lot reached its maximum
	stateTerminated rule.State = "terminated" // a framework or call-off, before its end
	stateAnnulled   rule.State = "annulled"   // a framework, by a court
	stateRequested  rule.State = "requested"  // an accession
	stateEffective  rule.State = "effective"  // an accession
	stateEnded      rule.State = "ended"      // an accession or organisation
	stateOffered    rule.State = "offered"    // a call-off
	stateSigned     rule.State = "signed"     // a call-off; live when it has [OverlayAllocated]
	stateCompleted  rule.State = "completed"  // a call-off at its end
	stateIssued     rule.State = "issued"     // an allocation
	stateDrawn      rule.State = "drawn"      // an own draw; whether it is settled the ledger tells
	stateApplied    rule.State = "applied"    // a change of a call-off; until then it is signed
	stateBound      rule.State = "bound"      // a binding
	stateCut        rule.State = "cut"        // a binding
	stateActive     rule.State = "active"     // an organisation, group or process
	stateReplaced   rule.State = "replaced"   // an organisation's statement, by a newer one
	stateForming    rule.State = "forming"    // a group without voting members
	stateDissolved  rule.State = "dissolved"  // a group
	stateMember     rule.State = "member"     // a membership
	stateLeft       rule.State = "left"       // a membership
	stateSuperseded rule.State = "superseded" // a process, by a newer deed
	stateWithdrawn  rule.State = "withdrawn"  // a process
)

// The overlays of the table.
const (
	OverlaySuspended = "suspended" // a framework: nothing new for the time being
	OverlayExtended  = "extended"  // a framework: its options are used
	OverlayProven    = "proven"    // a framework that was asserted
	OverlayUsed70    = "used_70"   // a framework: 70 % of the maximum of a lot is called off
	OverlayUsed90    = "used_90"   // likewise 90 %
	OverlayUsed100   = "used_100"  // likewise all
	OverlayAllocated = "allocated" // a call-off that has its receipt, or was drawn alone
)

// rules makes the rows of the table. It never changes after it was made.
type rules struct {
	register     *register.Register
	zone         *time.Location
	months       usage.Calendar
	law          dossier.Law
	participants map[string][]string // by the OIN of a body, those of its participants
}

// NewTable makes the table of all types of deeds of the collective side, each
// with its row in one of the files table*.go. The register tells who succeeds
// whom, and which processes are on the board.
func NewTable(reg *register.Register) (*rule.Table, error) {
	if reg == nil {
		return nil, errors.New("table: a register is required")
	}
	calendar, err := rule.NewCalendar() // brings the zones along
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	law, err := dossier.DutchLaw(time.Date(2016, 7, 1, 0, 0, 0, 0, zone), zone)
	if err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	k := &rules{register: reg, zone: zone, months: calendar.Month, law: law, participants: participantsOf(reg)}
	return rule.NewTable(
		k.framework(), k.accession(), k.callOff(), k.allocation(), k.ownDraw(), k.callOffChange(), k.binding(),
		k.statement(), k.settlement(), k.saving(), k.priceSheet(),
		k.organization(), k.group(), k.membership(), k.decision(), k.process(),
		k.confirmation(), k.change(),
	)
}

// day gives the day in the Netherlands that an instant falls on.
func (k *rules) day(at int64) register.Date {
	return register.Date(time.Unix(at, 0).In(k.zone).Format(time.DateOnly))
}

// reasonOf turns a refusal of package dossier into a reason of the rules.
func reasonOf(err error) *rule.Reason {
	r, ok := errors.AsType[*dossier.Refusal](err)
	if !ok {
		return &rule.Reason{Code: rule.ReasonForm, Detail: err.Error(), Source: sourceTypes}
	}
	out := &rule.Reason{Code: rule.ReasonCode(r.Reason), Field: r.Field, Detail: r.Detail, Source: r.Basis}
	if r.Field != "" {
		out.Detail = r.Field + " " + r.Detail
	}
	if r.Reason == dossier.ReasonMalformed {
		out.Code = rule.ReasonForm
	}
	if out.Source == "" {
		out.Source = sourceTypes
	}
	return out
}

// check gives what a row's Check returns for the error of a reader.
func check(err error) error {
	if err == nil {
		return nil
	}
	return &rule.Fault{Reason: *reasonOf(err)}
}

// because makes a reason about a Peer; p may be empty.
func because(code rule.ReasonCode, p fsc.PeerID, source, format string, args ...any) *rule.Reason {
	return &rule.Reason{Code: code, Peer: p, Detail: fmt.Sprintf(format, args...), Source: source}
}

// parent finds the parent of a type; false when there is none.
func parent(m rule.Moment, t deed.Type) (rule.Snapshot, bool) {
	for _, p := range m.Parents {
		if p.Deed.Type == t {
			return p, true
		}
	}
	return rule.Snapshot{}, false
}

// parents lists the parents of a type.
func parents(m rule.Moment, t deed.Type) []rule.Snapshot {
	var out []rule.Snapshot
	for _, p := range m.Parents {
		if p.Deed.Type == t {
			out = append(out, p)
		}
	}
	return out
}

// once is a role that exactly one party has.
func once(r deed.Role) rule.RoleCount { return rule.RoleCount{Role: r, Min: 1, Max: 1} }

// one is the rule that the only party, or one in this role, signs.
func one(r deed.Role) []rule.Shape {
	return []rule.Shape{{Kind: deed.RuleOne}, {Kind: deed.RuleOne, Role: r}}
}
