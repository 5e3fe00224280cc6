// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// TitledDeed is a deed with what it is about.
type TitledDeed struct {
	Deed  DeedState `json:"deed"`
	Title string    `json:"title,omitempty"`
}

// OpenVote is a decision that waits for the stance of this organisation.
type OpenVote struct {
	Deed     DeedState `json:"deed"`
	Title    string    `json:"title,omitempty"`
	ClosesAt time.Time `json:"closesAt"`
}

// RefusedDeed is a deed or signature of this organisation that another one refused.
type RefusedDeed struct {
	Peer Peer `json:"peer"`
	// Hash of the deed or signature.
	Subject string `json:"subject"`
	// In the words of who refused it.
	Problem string `json:"problem"`
}

// KeeperAlarm is a fault of an organisation that keeps a dossier.
type KeeperAlarm struct {
	At      time.Time `json:"at"`
	Peer    Peer      `json:"peer"`
	Dossier string    `json:"dossier"`
	// Like equivocation or feed.
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
	// File that proves it to anybody, where there is one.
	Proof string `json:"proof,omitempty"`
}

// Tasks is what acting together asks of people now.
type Tasks struct {
	// Deeds that wait for a signature.
	Turn    []TitledDeed  `json:"turn"`
	Votes   []OpenVote    `json:"votes"`
	Months  []UsageTask   `json:"months"`
	Refused []RefusedDeed `json:"refused"`
	Alarms  []KeeperAlarm `json:"alarms"`
}

// UsageTask is a month of a call-off that waits for this organisation: the other
// side stated it and this one didn't, or both did and differ.
type UsageTask struct {
	CallOff string `json:"callOff"`
	Month   string `json:"month"` // like 2026-11
	State   string `json:"state"` // stated or disputed
	Title   string `json:"title"`
	Other   Peer   `json:"other"`
}

// NoticeMoment is a moment to decide what comes after something.
type NoticeMoment struct {
	At time.Time `json:"at"`
	// So many months before the end.
	Months int  `json:"months"`
	Passed bool `json:"passed"`
}

// Obligation is something that this organisation promised or was promised.
type Obligation struct {
	Deed  DeedState `json:"deed"`
	Title string    `json:"title,omitempty"`
	// Those of this organisation.
	Roles  []string `json:"roles"`
	Others []Peer   `json:"others"`
	// Agreement that it stands under.
	Framework string    `json:"framework,omitempty"`
	Begins    time.Time `json:"begins,omitzero"`
	// Of its own term or else of the framework; absent: it has none.
	Ends    time.Time      `json:"ends,omitzero"`
	Notices []NoticeMoment `json:"notices,omitempty"`
}

// NotNowCount is how often a reason not to take part now was given.
type NotNowCount struct {
	Code  string `json:"code"`
	Count int    `json:"count"`
}

// BoardProcess is a process of the board, as deeds say how far it is.
type BoardProcess struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	// none, need, agreement, acceded or connected: the furthest anybody is.
	Stage string `json:"stage"`
	// Organisations that are at this stage at most.
	Need       int           `json:"need"`
	Agreement  int           `json:"agreement"`
	Acceded    int           `json:"acceded"`
	Connected  int           `json:"connected"`
	Frameworks []string      `json:"frameworks"`
	NotNow     []NotNowCount `json:"notNow"`
}

// ProcessParticipant is an organisation at its furthest stage.
type ProcessParticipant struct {
	Peer  Peer   `json:"peer"`
	Stage string `json:"stage"`
}

// BoardProcessDetail is everything about one process of the board.
type BoardProcessDetail struct {
	Process  BoardProcess `json:"process"`
	Stewards []Peer       `json:"stewards"`
	// Not for suppliers.
	Participants []ProcessParticipant `json:"participants"`
	// The participants are not for this organisation.
	Hidden bool `json:"hidden"`
}

// NewProcessDeed takes up a process of the board.
type NewProcessDeed struct {
	// That serve it; without any it is a need.
	Frameworks []string `json:"frameworks,omitempty"`
}

// DeedMade is a deed that was put into the world.
type DeedMade struct {
	Hash string `json:"hash"`
}

// Group is a group of organisations.
type Group struct {
	Deed DeedState `json:"deed"`
	Name string    `json:"name"`
	// association, programme, region, size_class or arrangement.
	Kind      string `json:"kind"`
	Basis     string `json:"basis,omitempty"`
	Initiator *Peer  `json:"initiator,omitzero"`
	// 0: whoever fits.
	Invited int `json:"invited"`
	Members int `json:"members"`
	Voting  int `json:"voting"`
	// That of this organisation; absent: it is no member.
	Class string `json:"class,omitempty"`
}

// GroupMember is a membership, as the member stated it.
type GroupMember struct {
	Deed        DeedState `json:"deed"`
	Member      Peer      `json:"member"`
	Class       string    `json:"class"`
	Inhabitants int       `json:"inhabitants,omitempty"`
}

// GroupDetail is everything about one group.
type GroupDetail struct {
	Group   Group         `json:"group"`
	Members []GroupMember `json:"members"`
	// Invited, and no member yet.
	Silent    []Peer          `json:"silent"`
	Decisions []JointDecision `json:"decisions"`
	// In which this organisation can join.
	Classes []string `json:"classes"`
}

// NewGroup founds a group. Who is invited is a member only by its own deed.
type NewGroup struct {
	Name    string       `json:"name"`
	Kind    string       `json:"kind"`
	Basis   string       `json:"basis,omitempty"`
	Invited []fsc.PeerID `json:"invited,omitempty"`
	// Keeps the dossier; absent: the first of the keepers.
	Keeper fsc.PeerID `json:"keeper,omitempty"`
}

// NewMembership states that this organisation takes part in a group.
type NewMembership struct {
	Class string `json:"class"`
}

// JointDecision is a decision of several organisations.
type JointDecision struct {
	Deed      DeedState `json:"deed"`
	Title     string    `json:"title,omitempty"`
	Group     string    `json:"group,omitempty"`
	GroupName string    `json:"groupName,omitempty"`
	ClosesAt  time.Time `json:"closesAt,omitzero"`
	Voters    int       `json:"voters"`
	// How many voters stated a stance.
	Stated    int    `json:"stated"`
	OurVote   bool   `json:"ourVote"`
	OurStance string `json:"ourStance,omitempty"`
}

// VoteCount is a number of organisations and of their inhabitants.
type VoteCount struct {
	Organisations int64 `json:"organisations"`
	Inhabitants   int64 `json:"inhabitants"`
}

// VoteShare is a double bar, in percent.
type VoteShare struct {
	Organisations int `json:"organisations"`
	Inhabitants   int `json:"inhabitants"`
}

// Voice is the stance that counts for one organisation.
type Voice struct {
	Peer        Peer   `json:"peer"`
	Inhabitants int64  `json:"inhabitants"`
	Stance      string `json:"stance"`
	Code        string `json:"code,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Proposal    string `json:"proposal,omitempty"`
	// Speaks for it.
	By *Peer `json:"by,omitzero"`
}

// JointDecisionDetail is a decision with its count.
type JointDecisionDetail struct {
	Decision  JointDecision `json:"decision"`
	Text      string        `json:"text"`
	Initiator *Peer         `json:"initiator,omitzero"`
	Method    string        `json:"method"`
	Quorum    VoteShare     `json:"quorum"`
	Threshold VoteShare     `json:"threshold"`
	// False: the count can still change.
	Counted bool `json:"counted"`
	// adopted, rejected or lapsed: as it is or would be now.
	Outcome     string        `json:"outcome"`
	Electorate  VoteCount     `json:"electorate"`
	Stated      VoteCount     `json:"stated"`
	Agree       VoteCount     `json:"agree"`
	Abstain     VoteCount     `json:"abstain"`
	Objections  VoteCount     `json:"objections"`
	NotNow      VoteCount     `json:"notNow"`
	Why         []DeedReason  `json:"why"`
	Voices      []Voice       `json:"voices"`
	Silent      []Peer        `json:"silent"`
	NotNowCodes []NotNowCount `json:"notNowCodes"`
}

// NewJointDecision lets the voting members of a group decide.
type NewJointDecision struct {
	Group string `json:"group"`
	Title string `json:"title"`
	Text  string `json:"text"`
	// Deeds that it is about.
	About    []string  `json:"about,omitempty"`
	ClosesAt time.Time `json:"closesAt"`
	// Absent: majority.
	Method string `json:"method,omitempty"`
	// Absent: 25 and 25.
	Quorum *VoteShare `json:"quorum,omitzero"`
	// Absent: 55 and 50.
	Threshold *VoteShare `json:"threshold,omitzero"`
	// What is decided about.
	Document *NewDocument `json:"document,omitzero"`
}

// NewStance states what this organisation thinks of a proposal.
type NewStance struct {
	Stance   string `json:"stance"`
	Reason   string `json:"reason,omitempty"`
	Proposal string `json:"proposal,omitempty"`
	// With not_now.
	Code string `json:"code,omitempty"`
	// With by_proxy.
	Proxy fsc.PeerID `json:"proxy,omitempty"`
}
