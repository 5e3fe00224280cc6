// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"context"
	"slices"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// Sentence is what one grant says, in parts. Who shows it puts it in words by
// Type; a Peer with an empty ID isn't in it.
type Sentence struct {
	Type     fsc.GrantType
	Hash     fsc.GrantHash
	Service  string
	Provider fsc.Peer
	// Consumer calls the service; Directory lists it. One of them is set.
	Consumer, Directory fsc.Peer
	// Delegator is the Peer for which the service is called or published;
	// ServiceDelegator the one for which the provider offers it.
	Delegator, ServiceDelegator fsc.Peer
	Protocol                    fsc.Protocol // of a publication
	// OutwayThumbprint or OutwayDomain names the Outway; OutwayName is its name
	// when it is our own.
	OutwayThumbprint, OutwayDomain, OutwayName string
	NotBefore, NotAfter                        time.Time
	Properties                                 []Property
	// ExternalReference: it rests on a mandate outside the Group, which a person
	// has to check.
	ExternalReference bool
}

// Property is one property of a grant; Value is JSON text.
type Property struct{ Name, Value string }

// Party is a Peer that has to accept a contract, with what it did.
type Party struct {
	Peer     fsc.Peer
	Self     bool
	Parts    []manager.Role
	Accepted *manager.Signature // nil: not
	Rejected *manager.Signature
	Revoked  *manager.Signature
	// Awaited: it is this Peer's turn to accept.
	Awaited bool
}

// Contract is a contract as a person sees it.
type Contract struct {
	Hash                           fsc.ContentHash
	State                          fsc.ContractState
	CreatedAt, NotBefore, NotAfter time.Time
	Grants                         []Sentence
	Parties                        []Party
	// Awaiting are the Peers whose turn it is; AwaitingUs tells that we are one.
	Awaiting   []fsc.Peer
	AwaitingUs bool
	// Parts are those of this Peer in all grants together.
	Parts []manager.Role
}

// Moment is a point on the timeline of a contract.
type Moment struct {
	At   time.Time
	Kind MomentKind
	Peer fsc.Peer // who signed, or to whom it was sent; ID empty if nobody
	// Delivery is set when Kind is about a delivery.
	Delivery *manager.Delivery
	// Ahead: it lies in the future.
	Ahead bool
}

// MomentKind says what happened at a [Moment].
type MomentKind string

// The kinds of moments.
const (
	MomentCreated         MomentKind = "created"          // it was written down
	MomentKnown           MomentKind = "known"            // this Manager saw it first
	MomentAccepted        MomentKind = "accepted"         // a party accepted
	MomentRejected        MomentKind = "rejected"         // a party rejected
	MomentRevoked         MomentKind = "revoked"          // a party revoked
	MomentDelivered       MomentKind = "delivered"        // our message arrived
	MomentDeliveryWaiting MomentKind = "delivery_waiting" // our message is tried again then
	MomentDeliveryFailed  MomentKind = "delivery_failed"  // our message was refused
	MomentStarts          MomentKind = "starts"           // validity begins
	MomentEnds            MomentKind = "ends"             // validity ends
	MomentAcceptLapses    MomentKind = "accept_lapses"    // the certificate under an accept ends
)

// ContractDetail is everything about one contract.
type ContractDetail struct {
	Contract
	IV         string
	FSCVersion string
	Profile    fsc.Profile
	GroupID    fsc.GroupID
	StoredAt   time.Time
	// ProposedBy is the Peer that signed first; ID empty if nobody did.
	ProposedBy fsc.Peer
	// Raw is the content as it was received.
	Raw        []byte
	Signatures []manager.Signature
	Timeline   []Moment
	Deliveries []manager.Delivery
	// Choices are what can be done with it now, in the order of [ContractActs].
	Choices []Choice
	// Requests are acts on it that wait for a second person.
	Requests []operator.Request
	// Decision tells why no rule signed it, while it waits for us; nil otherwise.
	Decision *manager.Decision
}

// Choice is an act that can be done now, or why not.
type Choice struct {
	Act string // accept, reject, revoke, renew, copy, retry
	OK  bool
	// Why is a code when it can't be done: permission, not_party, ended,
	// accepted, all_accepted, proposed, not_valid, service_missing, agreement, property, second_person, delivered.
	Why string
	// Detail goes with Why: the service that is missing.
	Detail string
}

// ContractActs are the acts on a contract.
func ContractActs() []string { return []string{"accept", "reject", "revoke", "renew", "copy", "retry"} }

// Choice finds a choice by its act.
func (d *ContractDetail) Choice(act string) Choice {
	for _, ch := range d.Choices {
		if ch.Act == act {
			return ch
		}
	}
	return Choice{Act: act}
}

// book names Peers and Outways.
type book struct {
	names
	self    fsc.PeerID
	outways []Outway
}

// bookOf looks up the Peers that occur in contracts.
func (c *Controller) bookOf(ctx context.Context, contents ...*fsc.Content) (*book, error) {
	var ids []fsc.PeerID
	for _, content := range contents {
		ids = append(ids, content.Parties()...)
	}
	known, err := c.lookUp(ctx, ids...)
	return &book{names: known, self: c.Self().ID, outways: c.cfg.Outways()}, err
}

func (b *book) sentence(g *fsc.Grant, v fsc.Validity) Sentence {
	s := Sentence{
		Type: g.Type, Hash: g.Hash, Service: g.Service.Name, Provider: b.peer(g.Service.PeerID),
		Consumer: b.peer(g.Outway.PeerID), Directory: b.peer(g.Directory),
		Delegator: b.peer(g.Delegator), ServiceDelegator: b.peer(g.Service.Delegator), Protocol: g.Service.Protocol,
		OutwayThumbprint: g.Outway.PublicKeyThumbprint, OutwayDomain: g.Outway.DomainName,
		NotBefore: time.Unix(v.NotBefore, 0).UTC(), NotAfter: time.Unix(v.NotAfter, 0).UTC(),
		Properties: properties(g.Properties), ExternalReference: fsc.HasExternalContract(g.Properties),
	}
	for _, o := range b.outways {
		if g.Outway.PeerID == b.self && o.PublicKeyThumbprint == g.Outway.PublicKeyThumbprint && o.PublicKeyThumbprint != "" {
			s.OutwayName = o.Name
		}
	}
	return s
}

func properties(raw []byte) []Property {
	names, err := fsc.PropertyNames(raw)
	if err != nil {
		return nil // contents were parsed before they were stored
	}
	var out []Property
	for _, name := range names {
		value, _ := fsc.Property(raw, name)
		out = append(out, Property{Name: name, Value: string(value)})
	}
	return out
}

// partsOf are the parts a Peer has in a grant.
func partsOf(g *fsc.Grant, p fsc.PeerID) []manager.Role {
	var parts []manager.Role
	add := func(is bool, r manager.Role) {
		if is {
			parts = append(parts, r)
		}
	}
	add(g.Type.IsConnection() && g.Service.PeerID == p, manager.RoleProvider)
	add(g.Type.IsPublication() && g.Service.PeerID == p, manager.RolePublisher)
	add(g.Type.IsConnection() && g.Outway.PeerID == p, manager.RoleConsumer)
	add(g.Type.IsPublication() && g.Directory == p, manager.RoleDirectory)
	add(g.Type.IsConnection() && g.Delegator == p, manager.RoleDelegator)
	add(g.Service.Delegator == p || g.Type.IsPublication() && g.Delegator == p, manager.RolePublicationDelegator)
	return parts
}

// contract makes the view of one contract.
func (b *book) contract(c *manager.Contract, now time.Time) Contract {
	v := Contract{
		Hash: c.Content.Hash(), State: c.State(now), CreatedAt: time.Unix(c.Content.CreatedAt, 0).UTC(),
		NotBefore: time.Unix(c.Content.Validity.NotBefore, 0).UTC(), NotAfter: time.Unix(c.Content.Validity.NotAfter, 0).UTC(),
	}
	var awaiting []fsc.PeerID
	if v.State == fsc.StateProposed {
		awaiting = c.Awaiting(now)
	}
	for i := range c.Content.Grants {
		v.Grants = append(v.Grants, b.sentence(&c.Content.Grants[i], c.Content.Validity))
	}
	for _, id := range c.Content.Parties() {
		p := b.party(c, id)
		if p.Awaited = slices.Contains(awaiting, id); p.Awaited {
			v.Awaiting = append(v.Awaiting, p.Peer)
			v.AwaitingUs = v.AwaitingUs || p.Self
		}
		if p.Self {
			v.Parts = p.Parts
		}
		v.Parties = append(v.Parties, p)
	}
	return v
}

func (b *book) party(c *manager.Contract, id fsc.PeerID) Party {
	p := Party{Peer: b.peer(id), Self: id == b.self}
	for i := range c.Content.Grants {
		for _, part := range partsOf(&c.Content.Grants[i], id) {
			if !slices.Contains(p.Parts, part) {
				p.Parts = append(p.Parts, part)
			}
		}
	}
	p.Accepted = signatureOf(c, id, fsc.SignatureTypeAccept)
	p.Rejected = signatureOf(c, id, fsc.SignatureTypeReject)
	p.Revoked = signatureOf(c, id, fsc.SignatureTypeRevoke)
	return p
}

func signatureOf(c *manager.Contract, p fsc.PeerID, t fsc.SignatureType) *manager.Signature {
	if s, ok := c.Signature(p, t); ok {
		return &s
	}
	return nil
}
