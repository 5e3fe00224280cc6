// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// ErrNotFound is returned when what was asked for isn't stored here.
var ErrNotFound = errors.New("not found")

// ErrFuture is returned when somebody asks how things will stand.
var ErrFuture = errors.New("the moment is in the future")

// Store keeps deeds, signatures and feeds, to which is only added, and what
// follows from them. A function given to Update may run more than once; its
// effects become visible all together or not at all.
type Store interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Tx) error) error
}

// Tx is one transaction on a Store.
type Tx interface {
	DeedTx
	FeedTx
	AlarmTx
	StateTx
	DeliveryTx
	UsageTx
}

// Deed is a deed as it is kept.
type Deed struct {
	Hash deed.Hash
	// Dossier is the deed that founds the dossier this one stands in; its own hash
	// if it founds one.
	Dossier deed.Hash
	Raw     []byte // canonical
}

// Signature is a signature that was verified when it came in.
type Signature struct {
	Hash    deed.Hash
	Deed    deed.Hash
	Dossier deed.Hash // that of the deed
	JWS     string
	// Thumbprint is that of the certificate, whose chain is kept once.
	Thumbprint string
	// Signer and Key are what the verification found: whose certificate it was and
	// the thumbprint of its public key.
	Signer fsc.PeerID
	Key    string
}

// DeedTx reads and adds deeds, signatures and certificates. What is there stays
// as it is.
type DeedTx interface {
	// PutDeed adds a deed and tells whether it wasn't there yet.
	PutDeed(ctx context.Context, d *Deed) (added bool, err error)
	FindDeed(ctx context.Context, h deed.Hash) (*Deed, error) // ErrNotFound
	// ListDeeds lists the deeds of a dossier by hash.
	ListDeeds(ctx context.Context, dossier deed.Hash) ([]Deed, error)
	// ListNaming lists the deeds that have an annex with this hash, by hash.
	ListNaming(ctx context.Context, annex deed.Hash) ([]deed.Hash, error)
	// PutSignature adds a signature and tells whether it wasn't there yet.
	PutSignature(ctx context.Context, s *Signature) (added bool, err error)
	FindSignature(ctx context.Context, h deed.Hash) (*Signature, error) // ErrNotFound
	// ListSignatures lists the signatures of a dossier by hash, or with on those of
	// one deed in it.
	ListSignatures(ctx context.Context, dossier, on deed.Hash) ([]Signature, error)
	// PutChain adds a chain (DER, leaf first) under the thumbprint of its leaf.
	PutChain(ctx context.Context, thumbprint string, chain [][]byte) error
	FindChain(ctx context.Context, thumbprint string) ([][]byte, error) // ErrNotFound
}

// Dossier is a dossier and how far its feed has come here.
type Dossier struct {
	Head   deed.Head // Head.Dossier is the founding deed
	Type   deed.Type // of the founding deed
	Keeper fsc.PeerID
	// Version rises with each deed, signature and entry, also those that wait for
	// the keeper. Folded is that of the projection.
	Version, Folded int64
	// Until is when the clock alone changes a state; 0: never.
	Until int64
}

// Line is an entry with its place among all entries this node has.
type Line struct {
	Sequence int64 // from 1, rising
	Entry    deed.Entry
}

// Checkpoint is a keeper's signed word on its feed.
type Checkpoint struct {
	Dossier    deed.Hash
	Number     int64
	Head       deed.Hash // of entry Number
	JWS        string
	Thumbprint string
}

// Alarm is a fault of another Peer that people have to know of: a feed that
// doesn't hold, or two stories of one keeper.
type Alarm struct {
	At      int64 // Unix seconds
	Peer    fsc.PeerID
	Dossier deed.Hash
	Code    string // equivocation, feed, signature
	Detail  string
	Proof   []byte // of an equivocation, as [deed.Equivocation.Raw] gives it; else empty
}

// FeedTx reads and adds dossiers, entries and checkpoints.
type FeedTx interface {
	// PutDossier stores a dossier in place of the one before; type and keeper of one
	// that is there stay.
	PutDossier(ctx context.Context, d *Dossier) error
	FindDossier(ctx context.Context, h deed.Hash) (*Dossier, error) // ErrNotFound
	// ListDossiers lists dossiers by hash; with keeper only those of that Peer.
	ListDossiers(ctx context.Context, keeper fsc.PeerID) ([]Dossier, error)
	// DueDossiers lists dossiers whose projection is behind, or whose Until is not 0
	// and not after at.
	DueDossiers(ctx context.Context, at int64) ([]Dossier, error)
	// PutEntry adds an entry and gives its sequence.
	PutEntry(ctx context.Context, e *deed.Entry) (sequence int64, err error)
	// ListEntries lists a dossier's entries after a number, in order.
	ListEntries(ctx context.Context, dossier deed.Hash, after int64, limit int) ([]deed.Entry, error)
	// ListLines lists the entries of all dossiers of a keeper after a sequence, in order.
	ListLines(ctx context.Context, keeper fsc.PeerID, after int64, limit int) ([]Line, error)
	// PutCheckpoint adds a checkpoint; one with the same dossier and number stays.
	PutCheckpoint(ctx context.Context, c *Checkpoint) error
	// FindCheckpoint gives the checkpoint of a dossier with this number, or with 0
	// the one with the highest; ErrNotFound.
	FindCheckpoint(ctx context.Context, dossier deed.Hash, number int64) (*Checkpoint, error)
	// Cursor and PutCursor keep how far a reader of that name has come; 0 at first.
	Cursor(ctx context.Context, name string) (int64, error)
	PutCursor(ctx context.Context, name string, at int64) error
}

// AlarmTx reads and adds faults of other Peers.
type AlarmTx interface {
	PutAlarm(ctx context.Context, a *Alarm) error
	// ListAlarms lists them, newest first.
	ListAlarms(ctx context.Context, limit int) ([]Alarm, error)
}

// State is the projection of one deed.
type State struct {
	Deed     deed.Hash   `json:"deed"`
	Dossier  deed.Hash   `json:"dossier"`
	Type     deed.Type   `json:"type"`
	State    rule.State  `json:"state"`
	Overlays []string    `json:"overlays,omitzero"` // sorted
	Since    int64       `json:"since,omitzero"`    // Unix seconds
	Parties  []PartyTurn `json:"parties"`           // in the order of the deed
	NotAfter int64       `json:"not_after,omitzero"`
	IssuedAt int64       `json:"issued_at"`
	Final    bool        `json:"final,omitzero"`
}

// PartyTurn is a party of a deed, and whether it is its turn.
type PartyTurn struct {
	deed.Party
	Turn bool `json:"turn,omitzero"`
}

// Transition is that a deed came into another state, or got other overlays.
type Transition struct {
	Number        int64 // from 1, rising
	Deed, Dossier deed.Hash
	Type          deed.Type
	From, To      rule.State // From is empty for a deed that is new here
	Overlays      []string   // after it
	At            int64      // Unix seconds
}

// StateFilter selects projections, newest issued_at first, then by hash; zero
// fields don't filter.
type StateFilter struct {
	Types   []deed.Type
	States  []rule.State
	Dossier deed.Hash
	Parent  deed.Hash
	// Party occurs in the deed; with Turn it is its turn.
	Party fsc.PeerID
	Turn  bool
	// After continues behind this deed.
	After *StateKey
	Limit int // 0: no limit
}

// StateKey is the place of a deed in a listing.
type StateKey struct {
	IssuedAt int64
	Deed     deed.Hash
}

// StateTx reads and writes what follows from deeds.
type StateTx interface {
	// PutStates stores the projections of deeds, in place of those before.
	PutStates(ctx context.Context, states []State) error
	FindState(ctx context.Context, h deed.Hash) (*State, error) // ErrNotFound
	ListStates(ctx context.Context, f StateFilter) ([]State, error)
	// CountStates counts the projections of each state; After and Limit don't count.
	CountStates(ctx context.Context, f StateFilter) (map[rule.State]int, error)
	// DropStates forgets all projections, before they are made anew.
	DropStates(ctx context.Context) error
	// AddTransitions numbers and adds transitions.
	AddTransitions(ctx context.Context, ts []Transition) error
	// ListTransitions lists transitions after a number, in order.
	ListTransitions(ctx context.Context, after int64, limit int) ([]Transition, error)
}

// Delivery is something of ours on its way to another Peer.
type Delivery struct {
	ID       string
	Peer     fsc.PeerID
	Subject  deed.Hash // a deed or a signature
	Attempts int
	NextAt   time.Time // UTC
	// Problem is what the last attempt came to, in words for our own people.
	Problem string
	// Refused tells that the other Peer won't have it; it is not tried again.
	Refused bool
}

// DeliveryTx reads and writes the outbox.
type DeliveryTx interface {
	// PutDelivery stores a delivery under its ID, replacing an older one.
	PutDelivery(ctx context.Context, d *Delivery) error
	DeleteDelivery(ctx context.Context, id string) error
	// LeaseDeliveries takes up to most deliveries that are due at now and not
	// refused, by ID, and puts their next attempt off until the end of the lease.
	LeaseDeliveries(ctx context.Context, now time.Time, lease time.Duration, most int) ([]Delivery, error)
	ListDeliveries(ctx context.Context) ([]Delivery, error) // by ID
}

// UsageTx reads and writes what comparisons of usage came to.
type UsageTx interface {
	// PutUsageReport stores a report in place of the one before about its call-off
	// and month.
	PutUsageReport(ctx context.Context, r *UsageReport) error
	FindUsageReport(ctx context.Context, callOff deed.Hash, m usage.Month) (*UsageReport, error) // ErrNotFound
}
