// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"errors"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
)

var (
	// ErrNotFound is returned when what was asked for isn't stored here.
	ErrNotFound = errors.New("not found")
	// ErrIVInUse is returned when another contract has the same iv.
	ErrIVInUse = errors.New("iv is in use by another contract")
)

// Store keeps what the Manager knows. A function given to Update may run more
// than once; its effects become visible all together or not at all.
type Store interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Tx) error) error
}

// Tx is one transaction on a Store.
type Tx interface {
	ContractTx
	ConnectionTx
	PeerTx
	ServiceTx
	DeliveryTx
	SearchTx
	RuleTx
	RouteTx
}

// ContractTx reads and writes contracts and their signatures.
type ContractTx interface {
	// FindContract gives a contract with all its signatures, or ErrNotFound.
	FindContract(ctx context.Context, h fsc.ContentHash) (*Contract, error)
	// FindContractByGrant gives the contract that holds the grant, or ErrNotFound.
	FindContractByGrant(ctx context.Context, h fsc.GrantHash) (*Contract, error)
	ListContracts(ctx context.Context, f ContractFilter) ([]*Contract, error)
	// PutContract stores content that isn't there yet and nothing if it is; the
	// signatures are stored too. ErrIVInUse if its iv belongs to another one.
	PutContract(ctx context.Context, c *Contract) error
	// PutSignature adds a signature, or replaces the one of the same Peer and
	// type if the new one was signed later. It tells whether anything changed.
	PutSignature(ctx context.Context, h fsc.ContentHash, s Signature) (changed bool, err error)
	// ListSigningChains lists the different certificate chains of a Peer's
	// signatures on contracts whose not_after is later than endsAfter.
	ListSigningChains(ctx context.Context, p fsc.PeerID, endsAfter time.Time) ([][][]byte, error)
}

// PeerTx reads and writes other Managers.
type PeerTx interface {
	// PutPeer stores name and address; an empty address keeps the stored one.
	PutPeer(ctx context.Context, p fsc.Peer) error
	ListPeers(ctx context.Context, f PeerFilter) ([]fsc.Peer, error)
}

// ServiceTx reads and writes the services this Peer offers.
type ServiceTx interface {
	// PutService stores a service under its name; the limits of one that is there,
	// and whether it requires an agreement, stay as they are.
	PutService(ctx context.Context, s Service) error
	// LimitService replaces the limits of a service; ErrNotFound.
	LimitService(ctx context.Context, name string, l limit.Limits) error
	// RequireAgreement says whether a service requires an agreement; ErrNotFound.
	RequireAgreement(ctx context.Context, name string, required bool) error
	DeleteService(ctx context.Context, name string) error // ErrNotFound
	ListServices(ctx context.Context) ([]Service, error)  // by name
	// FindService gives one service, or ErrNotFound.
	FindService(ctx context.Context, name string) (Service, error)
	// LastServiceChange gives the place of the last change of any service among all
	// such changes; 0 when there was none. It only rises.
	LastServiceChange(ctx context.Context) (int64, error)
	// ListServiceChanges gives the services that were added or changed after a place
	// among such changes, and the names of those that were removed; each once, in the
	// order of the changes. What it costs depends on these alone.
	ListServiceChanges(ctx context.Context, after int64) (changed []Service, gone []string, err error)
}

// DeliveryTx reads and writes the outbox.
type DeliveryTx interface {
	// PutDelivery stores a delivery under its ID, replacing an older one.
	PutDelivery(ctx context.Context, d Delivery) error
	// LeaseDeliveries takes up to most waiting deliveries that are due at now,
	// and puts their next attempt off until the end of the lease, so that no
	// other replica takes them meanwhile.
	LeaseDeliveries(ctx context.Context, now time.Time, lease time.Duration, most int) ([]Delivery, error)
	ListDeliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error)
}

// SearchTx finds and counts contracts for people.
type SearchTx interface {
	// SearchContracts gives a page; all fields of the search have been checked.
	SearchContracts(ctx context.Context, s ContractSearch) (*ContractPage, error)
	// CountContracts counts the contracts in each state at a time; self is whose
	// turn is counted.
	CountContracts(ctx context.Context, self fsc.PeerID, at time.Time) (*ContractCounts, error)
	// CountConnections counts the contracts, valid at a time, with a connection
	// grant on a service.
	CountConnections(ctx context.Context, provider fsc.PeerID, service string, at time.Time) (int, error)
}

// RuleTx reads and writes rules for signing without a person.
type RuleTx interface {
	// PutRule stores a rule under its ID, replacing an older one, whose CreatedAt
	// stays.
	PutRule(ctx context.Context, r StoredRule) error
	DeleteRule(ctx context.Context, id string) error     // ErrNotFound
	ListRules(ctx context.Context) ([]StoredRule, error) // oldest first
}

// RouteTx reads and writes routes of the Outways.
type RouteTx interface {
	// PutRoute stores a route under its ID, replacing an older one, whose
	// CreatedAt stays.
	PutRoute(ctx context.Context, r Route) error
	DeleteRoute(ctx context.Context, id string) error // ErrNotFound
	ListRoutes(ctx context.Context) ([]Route, error)  // by host and path prefix
}

// ContractFilter selects contracts, newest created_at first unless Ascending;
// ties are broken by content hash. Zero fields don't filter.
type ContractFilter struct {
	Party       fsc.PeerID // occurs in a grant
	GrantType   fsc.GrantType
	GrantHashes []fsc.GrantHash
	// ConnectionsOf selects contracts with a connection grant whose Outway is of
	// this Peer; PublicationsBy those that publish a service this Peer provides.
	ConnectionsOf, PublicationsBy fsc.PeerID
	// ServicesOf selects contracts with a connection grant on a service this Peer provides.
	ServicesOf fsc.PeerID
	// CallOff selects contracts with a connection grant whose property
	// [AgreementProperty] names the call-off with this hash.
	CallOff string
	// ValidAt selects contracts that are in state VALID at this time.
	ValidAt time.Time
	// EndsAfter selects contracts whose not_after is later than this time.
	EndsAfter time.Time
	// Stopped selects contracts that somebody rejected or revoked.
	Stopped bool
	// After continues a listing behind this key.
	After     *ContractKey
	Ascending bool
	Limit     int // 0: no limit
}

// ContractKey is the place of a contract in a listing.
type ContractKey struct {
	CreatedAt   int64
	ContentHash fsc.ContentHash
}

// PeerFilter selects Peers in order of their ID; zero fields don't filter.
type PeerFilter struct {
	IDs          []fsc.PeerID
	NameContains string // ignoring case
	After        fsc.PeerID
	Descending   bool
	Limit        int
}

// DeliveryFilter selects deliveries, oldest first; zero fields don't filter.
type DeliveryFilter struct {
	ContentHash fsc.ContentHash
	Target      fsc.PeerID
	Undelivered bool
	Limit       int
}
