// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// DeedReason is why a deed is as it is, or can't be what somebody wants.
type DeedReason struct {
	// Stable word, by which programs choose texts.
	Code string `json:"code"`
	Peer *Peer  `json:"peer,omitzero"`
	// Part of an English sentence, with figures.
	Detail string `json:"detail,omitempty"`
	// Article, ruling or clause that asks for it.
	Source string `json:"source,omitempty"`
}

// DeedParty is an organisation in a role of a deed.
type DeedParty struct {
	Peer Peer   `json:"peer"`
	Role string `json:"role"`
	// It still has to sign.
	Turn bool `json:"turn"`
}

// DeedStep is one step in the history of a deed.
type DeedStep struct {
	At       time.Time    `json:"at,omitzero"`
	State    string       `json:"state"`
	Overlays []string     `json:"overlays,omitempty"`
	Reasons  []DeedReason `json:"reasons,omitempty"`
}

// DeedState is what every deed has, whatever it says.
type DeedState struct {
	Hash string `json:"hash"`
	// Number of the type, like 110 for a framework agreement.
	Type  int    `json:"type"`
	State string `json:"state"`
	// What stands beside the state, like suspended or used_90.
	Overlays []string  `json:"overlays,omitempty"`
	IssuedAt time.Time `json:"issuedAt"`
	// Of the state; absent: from the beginning.
	Since time.Time `json:"since,omitzero"`
	// Nothing can change it any more.
	Final   bool        `json:"final"`
	Parties []DeedParty `json:"parties"`
	// It is the turn of this organisation to sign.
	AwaitingUs bool         `json:"awaitingUs"`
	Reasons    []DeedReason `json:"reasons,omitempty"`
	// Signatures without effect.
	Notes   []DeedReason `json:"notes,omitempty"`
	History []DeedStep   `json:"history,omitempty"`
	// Documents that it names.
	Annexes []DeedAnnex `json:"annexes,omitempty"`
}

// DeedAnnex is a document that a deed names.
type DeedAnnex struct {
	Hash      string `json:"hash"`
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"` // in bytes
	Owner     Peer   `json:"owner"`
}

// Deed is any deed, with its content as it was signed.
type Deed struct {
	Deed DeedState `json:"deed"`
	// Founding deed of its dossier.
	Dossier string   `json:"dossier"`
	Parents []string `json:"parents"`
	// Canonical JSON, of which the hash is.
	Content string `json:"content"`
}

// NewDeedSignature says what this organisation does with a deed: accept, reject
// or revoke.
type NewDeedSignature struct {
	Act string `json:"act"`
}

// EntryWindow is when one can join a framework agreement: from From up to and not
// at Until.
type EntryWindow struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	Open  bool      `json:"open"`
}

// FrameworkLot is a lot with its count, in its own unit.
type FrameworkLot struct {
	ID                   string `json:"id"`
	Name                 string `json:"name"`
	Unit                 string `json:"unit"`
	Maximum              int64  `json:"maximum"`
	Committed            int64  `json:"committed"`
	Reserved             int64  `json:"reserved"`
	Left                 int64  `json:"left"`
	ReservedByUs         int64  `json:"reservedByUs"`
	MaximumValueCents    int64  `json:"maximumValueCents"`
	AverageUnitCostCents int64  `json:"averageUnitCostCents"`
	// Highest mark that was reached: 70, 90 or 100 percent; else 0.
	Mark      int      `json:"mark"`
	Suppliers []Peer   `json:"suppliers"`
	Services  []string `json:"services"`
}

// Framework is a framework agreement.
type Framework struct {
	Deed      DeedState `json:"deed"`
	Name      string    `json:"name"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	// End with the options that were used, and with all of them.
	Until         time.Time `json:"until"`
	Last          time.Time `json:"last"`
	Published     time.Time `json:"published,omitzero"`
	TailDays      int64     `json:"tailDays"`
	TermRationale string    `json:"termRationale,omitempty"`
	// It was concluded elsewhere.
	Imported       bool           `json:"imported"`
	PurchasingBody *Peer          `json:"purchasingBody,omitzero"`
	Suppliers      []Peer         `json:"suppliers"`
	EntryWindows   []EntryWindow  `json:"entryWindows"`
	Lots           []FrameworkLot `json:"lots"`
	Eligible       int            `json:"eligible"`
	Participants   int            `json:"participants"`
	// Part of this organisation: buyer, supplier or central_purchasing_body.
	Part string `json:"part,omitempty"`
	// Our accession.
	Joined string `json:"joined,omitempty"`
}

// FrameworkChange is a change of a framework agreement.
type FrameworkChange struct {
	Deed        DeedState `json:"deed"`
	Kind        string    `json:"kind"`
	Reason      string    `json:"reason"`
	BasisPoints int64     `json:"basisPoints,omitzero"`
	Supplier    *Peer     `json:"supplier,omitzero"`
	Successor   *Peer     `json:"successor,omitzero"`
}

// FrameworkDetail is a framework agreement with the deeds that follow it.
type FrameworkDetail struct {
	Framework     Framework         `json:"framework"`
	EligiblePeers []Peer            `json:"eligiblePeers"`
	Accessions    []Accession       `json:"accessions"`
	CallOffs      []CallOff         `json:"callOffs"`
	Changes       []FrameworkChange `json:"changes"`
	Confirmations []DeedState       `json:"confirmations"`
	// Call-offs of other suppliers, which a supplier doesn't see.
	HiddenCallOffs int  `json:"hiddenCallOffs"`
	MayJoin        bool `json:"mayJoin"`
	MaySign        bool `json:"maySign"`
}

// ReservedLot is what a buyer needs and reserved of a lot.
type ReservedLot struct {
	Lot  string `json:"lot"`
	Name string `json:"name"`
	Unit string `json:"unit"`
	// Absent where it isn't for this organisation.
	Need     int64 `json:"need,omitzero"`
	Reserved int64 `json:"reserved,omitzero"`
	// What we still have reserved.
	Held int64 `json:"held,omitzero"`
}

// Accession is that a buyer joined a framework agreement.
type Accession struct {
	Deed          DeedState     `json:"deed"`
	Framework     string        `json:"framework"`
	FrameworkName string        `json:"frameworkName"`
	Buyer         Peer          `json:"buyer"`
	Ours          bool          `json:"ours"`
	Lots          []ReservedLot `json:"lots"`
	Predecessors  []string      `json:"predecessors,omitempty"`
}

// NewReservation is what one needs and reserves of a lot, in its unit.
type NewReservation struct {
	Lot      string `json:"lot"`
	Need     int64  `json:"need"`
	Reserved int64  `json:"reserved,omitzero"`
}

// NewAccession joins a framework agreement.
type NewAccession struct {
	Framework string           `json:"framework"`
	Lots      []NewReservation `json:"lots"`
	// Accessions of organisations whose legal successor this one is.
	Predecessors []string `json:"predecessors,omitempty"`
}

// DeedForecast is what a deed would be if everybody signed it now.
type DeedForecast struct {
	State   string       `json:"state"`
	OK      bool         `json:"ok"`
	Reasons []DeedReason `json:"reasons,omitempty"`
	// Who still has to sign besides this organisation.
	Signers []Peer `json:"signers,omitempty"`
}

// BoundContract is a contract that stands on a call-off.
type BoundContract struct {
	Deed        DeedState       `json:"deed"`
	ContentHash fsc.ContentHash `json:"contentHash"`
}

// CallOff is what a buyer ordered of a supplier under a framework agreement.
type CallOff struct {
	Deed          DeedState `json:"deed"`
	Framework     string    `json:"framework"`
	FrameworkName string    `json:"frameworkName"`
	Accession     string    `json:"accession,omitempty"`
	Buyer         Peer      `json:"buyer"`
	Supplier      Peer      `json:"supplier"`
	// Part of this organisation: buyer or supplier.
	Part     string `json:"part,omitempty"`
	Lot      string `json:"lot"`
	LotName  string `json:"lotName"`
	Unit     string `json:"unit"`
	Quantity int64  `json:"quantity"`
	// Absent where it isn't for this organisation.
	ValueCents int64     `json:"valueCents,omitzero"`
	Services   []string  `json:"services"`
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	// The quantity was set apart.
	Allocated bool `json:"allocated"`
	// From the buyer's own reservation; the purchasing body has not settled that yet.
	DrawnAlone bool            `json:"drawnAlone,omitzero"`
	Changes    []CallOffChange `json:"changes,omitempty"`
	Contracts  []BoundContract `json:"contracts,omitempty"`
}

// CallOffChange is a change of the quantity and value of a call-off. In the state
// applied it counts.
type CallOffChange struct {
	Deed     DeedState `json:"deed"`
	Quantity int64     `json:"quantity"`
	// Absent where it isn't for this organisation, as is the reason.
	ValueCents int64  `json:"valueCents,omitzero"`
	Reason     string `json:"reason,omitempty"`
}

// NewCallOffChange gives a call-off another quantity, at another value.
type NewCallOffChange struct {
	// The whole new quantity, in the unit of the lot.
	Quantity int64 `json:"quantity"`
	// What the call-off costs with it over its whole term, in euro cents.
	ValueCents int64  `json:"valueCents"`
	Reason     string `json:"reason"`
}

// NewCallOff offers a call-off to a supplier.
type NewCallOff struct {
	Accession string `json:"accession"`
	Lot       string `json:"lot"`
	// May be absent where the lot has one.
	Supplier   fsc.PeerID `json:"supplier,omitempty"`
	Quantity   int64      `json:"quantity"`
	ValueCents int64      `json:"valueCents"`
	// Of the lot; absent: all.
	Services  []string  `json:"services,omitempty"`
	NotBefore time.Time `json:"notBefore,omitzero"`
	NotAfter  time.Time `json:"notAfter"`
	// What this buyer has of its own: texts, logo, opening hours.
	Variation *NewDocument `json:"variation,omitzero"`
}

// NewCallOffConnection names the service to connect.
type NewCallOffConnection struct {
	Service string `json:"service"`
}

// CallOffConnection is the contract that was made.
type CallOffConnection struct {
	ContentHash fsc.ContentHash `json:"contentHash"`
}

// DeedRebuild is what came of making the states of all deeds anew: how many there
// are, and of how many it came out otherwise than it was kept.
type DeedRebuild struct {
	Deeds   int `json:"deeds"`
	Changed int `json:"changed"`
}

// NewEntryWindow is when one can join: from From up to and not at Until.
type NewEntryWindow struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// NewFrameworkLot is a lot of a framework agreement that is drafted.
type NewFrameworkLot struct {
	ID                string       `json:"id"`
	Name              string       `json:"name"`
	Unit              string       `json:"unit"`
	MaximumQuantity   int64        `json:"maximumQuantity"`
	MaximumValueCents int64        `json:"maximumValueCents"`
	Suppliers         []fsc.PeerID `json:"suppliers"`
	Services          []string     `json:"services"`
}

// NewDocument names a document of this organisation by its bytes, which
// [Client.AddAnnex] keeps on the node.
type NewDocument struct {
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	// In bytes.
	Size int64  `json:"size"`
	Hash string `json:"hash"`
}

// NewFramework drafts a framework agreement of which this organisation is the
// purchasing body.
type NewFramework struct {
	Name string `json:"name"`
	// Of the tender.
	Published time.Time `json:"published"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	// End with all options; absent without options.
	ExtensionUntil time.Time         `json:"extensionUntil,omitzero"`
	TermRationale  string            `json:"termRationale,omitempty"`
	TailDays       int64             `json:"tailDays"`
	Eligible       []fsc.PeerID      `json:"eligible"`
	EntryWindows   []NewEntryWindow  `json:"entryWindows"`
	Lots           []NewFrameworkLot `json:"lots"`
	// Who keeps the dossier; absent: the first that this node follows.
	Keeper fsc.PeerID `json:"keeper,omitempty"`
	// Document of an agreement that was concluded elsewhere.
	Source *NewDocument `json:"source,omitzero"`
}

// NewFrameworkConfirmation confirms an imported framework agreement. A supplier
// names a buyer that confirms along.
type NewFrameworkConfirmation struct {
	Buyer fsc.PeerID `json:"buyer,omitempty"`
}

// FrameworkPrice is what a unit of a lot costs at a supplier.
type FrameworkPrice struct {
	Deed     DeedState `json:"deed"`
	Lot      string    `json:"lot"`
	LotName  string    `json:"lotName"`
	Unit     string    `json:"unit"`
	Supplier Peer      `json:"supplier"`
	// Without VAT.
	UnitPriceCents int64  `json:"unitPriceCents"`
	Currency       string `json:"currency"`
	// Working hours that joining takes a municipality, as an estimate.
	EffortHours int64     `json:"effortHours"`
	Note        string    `json:"note,omitempty"`
	From        time.Time `json:"from"`
	// It holds now.
	Current bool `json:"current"`
}

// FrameworkPrices are the prices of a framework agreement that are for this
// organisation.
type FrameworkPrices struct {
	Prices []FrameworkPrice `json:"prices"`
}

// NewFrameworkPrice is a price that is to be made.
type NewFrameworkPrice struct {
	Lot string `json:"lot"`
	// Absent: this organisation, or the only supplier of the lot.
	Supplier fsc.PeerID `json:"supplier,omitempty"`
	// Without VAT.
	UnitPriceCents int64 `json:"unitPriceCents"`
	// Working hours that joining takes a municipality, as an estimate.
	EffortHours int64  `json:"effortHours"`
	Note        string `json:"note,omitempty"`
	// Absent: now, or when the framework begins.
	From time.Time `json:"from,omitzero"`
}
