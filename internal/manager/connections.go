// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/samenspel/samenspel/fsc"
)

// Standing is what validity and signatures say of a contract with connections,
// without its content.
type Standing struct {
	// Number names the contract in the store; a later one has a higher number.
	Number int64
	// NotBefore and NotAfter are in Unix seconds.
	NotBefore, NotAfter int64
	// Stopped is REJECTED or REVOKED when a party did that; otherwise empty.
	Stopped fsc.ContractState
	// AcceptedUntil is when the first of the certificates ends with which the
	// parties accepted, in Unix microseconds; 0 as long as one hasn't accepted.
	AcceptedUntil int64
}

// usable agrees with [fsc.State]: VALID, or accepted and not begun. The contract
// has not ended.
func (s *Standing) usable(microseconds int64) bool {
	return s.Stopped == "" && s.AcceptedUntil != 0 && microseconds <= s.AcceptedUntil
}

// Connections are the connection grants of one contract in the form of
// [PackConnections].
type Connections struct {
	Number int64 // as in [Standing]
	Packed string
}

// StandingChange is the newest change of a contract.
type StandingChange struct {
	// Sequence is its place among all changes; later ones have higher ones.
	Sequence int64
	Standing
	// Ours tells whether the contract has a connection grant whose Outway is of the
	// Peer that was asked for; without one only Number is given.
	Ours bool
	// Packed is as in [Connections]; empty when no version of this program packed it.
	Packed string
}

// ConnectionTx reads what Outways need of contracts, and no more: a Peer can have
// a million grants.
type ConnectionTx interface {
	// ListStandings lists the contracts that end after a time, in Unix seconds, and
	// have a connection grant whose Outway is of this Peer; by number.
	ListStandings(ctx context.Context, outway fsc.PeerID, endsAfter int64) ([]Standing, error)
	// ListConnections gives the connections of those that have a number above after.
	ListConnections(ctx context.Context, outway fsc.PeerID, endsAfter, after int64) ([]Connections, error)
	// ListChanges lists the contracts that were stored or got a signature after a
	// place among the changes, in the order of the changes; each once.
	ListChanges(ctx context.Context, outway fsc.PeerID, after int64) ([]StandingChange, error)
	// ListStopped gives the connections of contracts on services that a Peer provides
	// which end after a time, in Unix seconds, and which somebody rejected or revoked;
	// by number. What it costs depends on the contracts that were stopped, not on all.
	ListStopped(ctx context.Context, provider fsc.PeerID, endsAfter int64) ([]Connections, error)
	// LastChange gives the place of the last change; 0 when there was none.
	LastChange(ctx context.Context) (int64, error)
}

// packedVersion is the first byte of the packed form:
//
//	version 1 | content hash | created at
//	for each grant: hash, outway peer, thumbprint of the key, domain name,
//	service peer, service, delegator, delegator of the service
//
// Each text stands behind its length, and the time in Unix seconds like a length.
const packedVersion = 1

// packedTexts is how many texts there are for each grant.
const packedTexts = 8

// PackConnections gives the connection grants of a contract in little space; empty
// when there are none.
func PackConnections(c *fsc.Content) []byte {
	var b []byte
	for i := range c.Grants {
		g := &c.Grants[i]
		if !g.Type.IsConnection() {
			continue
		}
		if b == nil {
			b = appendPacked([]byte{packedVersion}, string(c.Hash()))
			b = binary.AppendVarint(b, c.CreatedAt)
		}
		for _, text := range []string{
			string(g.Hash), string(g.Outway.PeerID), g.Outway.PublicKeyThumbprint, g.Outway.DomainName,
			string(g.Service.PeerID), g.Service.Name, string(g.Delegator), string(g.Service.Delegator),
		} {
			b = appendPacked(b, text)
		}
	}
	return b
}

func appendPacked(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

var errPacked = errors.New("stored connections are damaged")

// packed reads the packed form. The texts share its memory.
type packed struct {
	rest string
	bad  bool
}

func (p *packed) text() string {
	var n uint64
	for shift := 0; ; shift += 7 {
		if p.rest == "" || shift > 28 {
			p.bad = true
			return ""
		}
		c := p.rest[0]
		p.rest = p.rest[1:]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			break
		}
	}
	if n > uint64(len(p.rest)) {
		p.bad = true
		return ""
	}
	text := p.rest[:n]
	p.rest = p.rest[n:]
	return text
}

// head reads what stands before the grants.
func (p *packed) head() (fsc.ContentHash, int64) {
	if p.rest == "" || p.rest[0] != packedVersion {
		p.bad = true
		return "", 0
	}
	p.rest = p.rest[1:]
	hash := fsc.ContentHash(p.text())
	var number [binary.MaxVarintLen64]byte
	createdAt, n := binary.Varint(number[:copy(number[:], p.rest)])
	if p.bad = p.bad || n <= 0; p.bad {
		return "", 0
	}
	p.rest = p.rest[n:]
	return hash, createdAt
}

// grant reads the next grant, and tells whose Outway it is for.
func (p *packed) grant() (g OutwayGrant, outway fsc.PeerID) {
	g.Hash, outway = fsc.GrantHash(p.text()), fsc.PeerID(p.text())
	g.PublicKeyThumbprint, g.DomainName = p.text(), p.text()
	g.ServicePeer.ID, g.Service = fsc.PeerID(p.text()), p.text()
	g.Delegator, g.ServiceDelegator = fsc.PeerID(p.text()), fsc.PeerID(p.text())
	return g, outway
}
