// SPDX-License-Identifier: EUPL-1.2

package controller

// StepName names a step.
type StepName string

// The steps.
const (
	StepOffered          StepName = "offered"           // we offer the service
	StepDirectory        StepName = "directory"         // it is published
	StepContract         StepName = "contract"          // there is a valid contract
	StepAgreement        StepName = "agreement"         // a live agreement stands behind the contract, where one is needed
	StepDeliveries       StepName = "deliveries"        // our messages have reached the other Manager
	StepKey              StepName = "key"               // the contract names our Outway's key
	StepOwnCertificate   StepName = "own_certificate"   // ours is valid
	StepManager          StepName = "manager"           // the other Manager answers
	StepOtherCertificate StepName = "other_certificate" // theirs is valid
	StepLimits           StepName = "limits"            // our limits let its calls through
	StepCall             StepName = "call"              // a call got as far as our log: token and log work
	StepOtherRecord      StepName = "other_record"      // the other side has it too: its Inway was reached
	StepClock            StepName = "clock"             // the clocks of both agree
	StepLog              StepName = "log"               // our log can be written
	StepHealth           StepName = "health"            // the other parts of this node are well
)

// The steps of a look along the way of a call.
const (
	StepManagerName       StepName = "manager_name"       // its name leads to an address
	StepManagerConnection StepName = "manager_connection" // its port can be reached
	StepManagerTLS        StepName = "manager_tls"        // both sides agree on mutual TLS
	StepManagerIdentity   StepName = "manager_identity"   // it is the Peer, by a certificate of the Group
	StepToken             StepName = "token"              // the Outway gets an access token
	StepInwayName         StepName = "inway_name"
	StepInwayConnection   StepName = "inway_connection"
	StepInwayTLS          StepName = "inway_tls"
	StepInwayIdentity     StepName = "inway_identity"
)

// StepState tells what a step found.
type StepState string

// The states. A note deserves a look but stops no call.
const (
	StepOK      StepState = "ok"
	StepNotOK   StepState = "not_ok"
	StepUnknown StepState = "unknown"
	StepNote    StepState = "note"
)

// Reason says in one code why a step has its state; the pages have words for
// each. Steps that are well have the empty reason.
type Reason string

// The reasons.
const (
	ReasonNotOffered        Reason = "not_offered"
	ReasonNotPublished      Reason = "not_published"
	ReasonDirectorySilent   Reason = "directory_silent"
	ReasonNoContract        Reason = "no_contract"
	ReasonProposedOurs      Reason = "proposed_ours"
	ReasonProposedTheirs    Reason = "proposed_theirs"
	ReasonRejected          Reason = "rejected"
	ReasonRevoked           Reason = "revoked"
	ReasonExpired           Reason = "expired"
	ReasonNotYetValid       Reason = "not_yet_valid"
	ReasonWaiting           Reason = "waiting"
	ReasonRefused           Reason = "refused"
	ReasonOtherKey          Reason = "other_key"
	ReasonByDomain          Reason = "by_domain"
	ReasonNoOutway          Reason = "no_outway"
	ReasonCertificateEnded  Reason = "certificate_ended"
	ReasonCertificateEnds   Reason = "certificate_ends"
	ReasonCertificateFuture Reason = "certificate_future"
	ReasonUnreachable       Reason = "unreachable"
	ReasonNotAsked          Reason = "not_asked"
	ReasonNoCall            Reason = "no_call"
	ReasonNoPermission      Reason = "no_permission"
	ReasonNoOtherRecord     Reason = "no_other_record"
	ReasonOtherDiffers      Reason = "other_differs"
	ReasonApart             Reason = "apart"
	ReasonLimited           Reason = "limited"
	ReasonUnhealthy         Reason = "unhealthy"
	ReasonNotChecked        Reason = "not_checked"
	ReasonNoAddress         Reason = "no_address"
	ReasonNameUnknown       Reason = "name_unknown"
	ReasonNothingListens    Reason = "nothing_listens"
	ReasonNoAnswer          Reason = "no_answer"
	ReasonNoTLS             Reason = "no_tls"
	ReasonOursRefused       Reason = "ours_refused"
	ReasonOtherName         Reason = "other_name"
	ReasonOtherGroup        Reason = "other_group"
	ReasonOtherPeer         Reason = "other_peer"
	ReasonNotTrusted        Reason = "not_trusted"
	ReasonGrantUnusable     Reason = "grant_unusable"
	ReasonNoToken           Reason = "no_token"
)

// The reasons for which a contract has no agreement behind it, with the codes of
// docs/extensions/agreement-reference.md.
const (
	ReasonAgreementMissing   Reason = "agreement_missing"
	ReasonAgreementMalformed Reason = "agreement_malformed"
	ReasonAgreementUnknown   Reason = "agreement_unknown"
	ReasonAgreementEnded     Reason = "agreement_ended"
	ReasonAgreementOther     Reason = "agreement_other"
	ReasonAgreementParty     Reason = "agreement_party"
	ReasonAgreementService   Reason = "agreement_service"
	ReasonAgreementValidity  Reason = "agreement_validity"
	ReasonAgreementAway      Reason = "agreement_away"
)

// Turn says who can do something about it.
type Turn string

// The turns.
const (
	TurnNobody Turn = ""
	TurnUs     Turn = "us"
	TurnThem   Turn = "them" // Step.Peers
	TurnBoth   Turn = "both"
	TurnTime   Turn = "time" // it comes right by waiting
)

// StepNames lists every step, in the order in which a call needs them.
func StepNames() []StepName {
	return []StepName{
		StepOffered, StepDirectory, StepContract, StepAgreement, StepDeliveries, StepKey, StepOwnCertificate, StepManager,
		StepOtherCertificate, StepLimits, StepCall, StepOtherRecord, StepClock, StepLog, StepHealth,
	}
}

// LookStepNames lists every step of a look, in their order.
func LookStepNames() []StepName {
	return []StepName{
		StepManagerName, StepManagerConnection, StepManagerTLS, StepManagerIdentity, StepToken,
		StepInwayName, StepInwayConnection, StepInwayTLS, StepInwayIdentity,
	}
}

// Reasons lists every reason.
func Reasons() []Reason {
	return append([]Reason{
		ReasonNotOffered, ReasonNotPublished, ReasonDirectorySilent, ReasonNoContract, ReasonProposedOurs,
		ReasonProposedTheirs, ReasonRejected, ReasonRevoked, ReasonExpired, ReasonNotYetValid, ReasonWaiting,
		ReasonRefused, ReasonOtherKey, ReasonByDomain, ReasonNoOutway, ReasonCertificateEnded, ReasonCertificateEnds,
		ReasonCertificateFuture, ReasonUnreachable, ReasonNotAsked, ReasonNoCall, ReasonNoPermission, ReasonNoOtherRecord,
		ReasonOtherDiffers, ReasonApart, ReasonLimited, ReasonUnhealthy, ReasonNotChecked, ReasonNoAddress, ReasonNameUnknown, ReasonNothingListens,
		ReasonNoAnswer, ReasonNoTLS, ReasonOursRefused, ReasonOtherName, ReasonOtherGroup, ReasonOtherPeer, ReasonNotTrusted,
		ReasonGrantUnusable, ReasonNoToken,
	}, agreementReasons()...)
}
