// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// Certificates finds the certificate that a signature names and checks it: in
// the Peer's key set, of that Peer, with a chain that ends in a trust anchor of
// the Group (Core, signatures, steps 6 to 8). managerAddress may be empty; the
// known address of the Peer is used then.
type Certificates interface {
	SigningCertificate(ctx context.Context, p fsc.PeerID, managerAddress, thumbprint string) (SigningCertificate, error)
}

// SigningCertificate is a checked certificate.
type SigningCertificate struct {
	PublicKey crypto.PublicKey
	Chain     [][]byte // DER, leaf first, without the root
	NotAfter  time.Time
}

// Peers reaches other Managers. Errors that will not go away by trying again
// are or wrap [*Refused].
type Peers interface {
	// Send delivers a signature with the whole content (PUT and POST /contracts).
	Send(ctx context.Context, to fsc.Peer, k DeliveryKind, content []byte, h fsc.ContentHash, jws string) error
	Announce(ctx context.Context, to fsc.Peer) error
	// Contracts lists the contracts that the other Manager shares with us.
	Contracts(ctx context.Context, of fsc.Peer) iter.Seq2[RemoteContract, error]
	// Confirm connects and reports whether the Manager at the address is of that Peer.
	Confirm(ctx context.Context, p fsc.Peer) error
	// Locate asks a Directory for a Peer.
	Locate(ctx context.Context, directory fsc.Peer, p fsc.PeerID) (fsc.Peer, error)
}

// Refused is the answer of another Manager that trying again won't change.
type Refused struct { //nolint:errname // reads well behind the package name
	Code   fsc.ErrorCode
	Detail string
}

// Error gives the other Manager's code and words.
func (r *Refused) Error() string { return "refused: " + string(r.Code) + ": " + r.Detail }

// RemoteContract is a contract in another Manager's list.
type RemoteContract struct {
	Content    []byte
	Signatures map[fsc.SignatureType]map[fsc.PeerID]string
}

// Policy decides what this Peer does with a contract that others proposed. It
// sees the whole content: Peers, services, validity, properties.
type Policy interface {
	// Decide tells whether the contract is signed without a person, by the rules
	// of the configuration and those that people stored and enabled.
	Decide(ctx context.Context, self fsc.PeerID, c *fsc.Content, stored []StoredRule) Decision
	// Configured lists the rules of the configuration.
	Configured() []Rule
}

// Keys give the keys this Peer signs with now.
type Keys interface {
	ContractSigner() (*fsc.Signer, SigningCertificate, error)
	TokenSigner() (*fsc.Signer, error)
	// Published lists the chains (DER, leaf first) of all keys in use.
	Published() [][][]byte
}

// Config is what a Manager is made of. All fields are required unless noted.
type Config struct {
	Self         fsc.Peer // with the address others reach this Manager at
	Rules        fsc.Rules
	Store        Store
	Certificates Certificates
	Peers        Peers
	Policy       Policy
	Keys         Keys
	// Agreements tells whether an agreement stands behind a grant; may be nil.
	// Services that require one are closed then, and other grants pass unchecked.
	Agreements Agreements
	// Properties knows which properties of grants can be acted upon; nil: all.
	Properties  Properties
	Directories []fsc.Peer // where this Peer announces itself; may be empty
	// Routes are those of the configuration of an Outway in this process; may be
	// empty. They win from routes that people store.
	Routes []Route
	// InwayAddress is the https URL with port for services that name none.
	InwayAddress string
	// TokenLifetime is how long access tokens live; 0 means 5 minutes. At most an hour.
	TokenLifetime time.Duration
	// RefuseDomainNames refuses tokens for Outways that a contract names by
	// domain instead of by key.
	RefuseDomainNames bool
	// Released refuses a signature that a person makes and that nobody released, see
	// operator.Operators.Released; nil: every one is made. What this Manager signs by
	// a rule isn't asked for.
	Released func(context.Context) error
	Now      func() time.Time
	Logger   *slog.Logger
}

// Manager applies the rules of one Peer. Make one with [New]; it is safe for
// use by several goroutines.
type Manager struct {
	cfg           Config
	resting       resting
	inways        inways
	outways       outwayIndex
	inwayVersions inwayVersions

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
	wake    chan struct{} // tells the outbox that there is work
}

// New makes a Manager. It starts nothing; see [Manager.Run].
func New(cfg Config) (*Manager, error) {
	if cfg.TokenLifetime == 0 {
		cfg.TokenLifetime = 5 * time.Minute
	}
	if cfg.TokenLifetime < time.Minute || cfg.TokenLifetime > time.Hour {
		return nil, errors.New("token lifetime must be between 1 and 60 minutes")
	}
	if cfg.Released == nil {
		cfg.Released = func(context.Context) error { return nil }
	}
	return &Manager{cfg: cfg, resting: resting{peers: map[fsc.PeerID]time.Time{}}, inways: newInways(), changed: make(chan struct{}), wake: make(chan struct{}, 1)}, nil
}

// Self gives this Peer.
func (m *Manager) Self() fsc.Peer { return m.cfg.Self }

// Changed gives a channel that is closed at the next change of contracts,
// services or Peers.
func (m *Manager) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

func (m *Manager) notify() {
	m.mu.Lock()
	close(m.changed)
	m.changed = make(chan struct{})
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// update runs fn in one transaction and tells the world when it is through.
func (m *Manager) update(ctx context.Context, fn func(Tx) error) error {
	if err := m.cfg.Store.Update(ctx, fn); err != nil {
		return err
	}
	m.notify()
	return nil
}

// Caller is the Peer at the other end of an authenticated connection.
type Caller struct {
	Peer fsc.Peer // ID and name from the certificate
	// ManagerAddress is the header Fsc-Manager-Address; empty if not sent.
	ManagerAddress string
	// Certificate is the TLS client certificate.
	Certificate *x509.Certificate
}
