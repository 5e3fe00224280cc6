// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"slices"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/limit"
)

// Contract is a contract as this Manager holds it: the content as received and
// the signatures that were verified when they came in.
type Contract struct {
	Content    *fsc.Content
	Signatures []Signature // at most one per Peer and type
	StoredAt   time.Time   // when this Manager first saw it
}

// Signature is a verified signature of one party.
type Signature struct {
	PeerID   fsc.PeerID
	Type     fsc.SignatureType
	JWS      string
	SignedAt time.Time
	// Chain is the signing certificate and its intermediates in DER form, leaf
	// first, without the root.
	Chain [][]byte
	// CertificateNotAfter is the end of the signing certificate.
	CertificateNotAfter time.Time
}

// State computes the state at now.
func (c *Contract) State(now time.Time) fsc.ContractState {
	return fsc.State(c.Content, c.marks(), now)
}

// Awaiting lists the parties whose turn it is to accept.
func (c *Contract) Awaiting(now time.Time) []fsc.PeerID {
	return fsc.Awaiting(c.Content, c.marks(), now)
}

// Signature finds the signature of a Peer.
func (c *Contract) Signature(p fsc.PeerID, t fsc.SignatureType) (Signature, bool) {
	for _, s := range c.Signatures {
		if s.PeerID == p && s.Type == t {
			return s, true
		}
	}
	return Signature{}, false
}

func (c *Contract) marks() []fsc.Mark {
	marks := make([]fsc.Mark, 0, len(c.Signatures))
	for _, s := range c.Signatures {
		marks = append(marks, fsc.Mark{PeerID: s.PeerID, Type: s.Type, SignedAt: s.SignedAt, CertificateNotAfter: s.CertificateNotAfter})
	}
	return marks
}

// MaxUpstreams is the most URLs a service has.
const MaxUpstreams = 16

// Service is a service this Peer offers through its Inway.
type Service struct {
	Name string
	// Upstream is the http or https URL of the source; it never leaves this node.
	Upstream string
	// MoreUpstreams are further URLs of the same source, separated by a space; calls are
	// spread over all. See [Service.Upstreams].
	MoreUpstreams string
	// InwayAddress is the https URL with port where Outways reach the service;
	// empty means the node's own Inway.
	InwayAddress string
	// Limits are what it may be asked at most.
	Limits limit.Limits
	// RequiresAgreement: contracts about it are accepted, and tokens for it issued,
	// only while a live agreement stands behind the grant; see [Agreements].
	RequiresAgreement bool
}

// Upstreams gives all URLs of the source.
func (s Service) Upstreams() []string {
	return append([]string{s.Upstream}, strings.Fields(s.MoreUpstreams)...)
}

// checkUpstreams also writes the further URLs in one way.
func checkUpstreams(s *Service) error {
	all := s.Upstreams()
	for i, u := range all {
		field := "upstream"
		if i > 0 {
			field = "more_upstreams"
		}
		if err := checkURL(field, u, "http", "https"); err != nil {
			return err
		}
		if slices.Contains(all[:i], u) {
			return fsc.Errorf(fsc.CodeInvalidRequest, "more_upstreams has %s twice", u)
		}
	}
	if len(all) > MaxUpstreams {
		return fsc.Errorf(fsc.CodeInvalidRequest, "a service has at most %d upstreams", MaxUpstreams)
	}
	s.MoreUpstreams = strings.Join(all[1:], " ")
	return nil
}

// DeliveryKind tells what a delivery carries.
type DeliveryKind string

// The kinds of deliveries; all but announce carry a contract.
const (
	DeliverySubmit   DeliveryKind = "submit"
	DeliveryAccept   DeliveryKind = "accept"
	DeliveryReject   DeliveryKind = "reject"
	DeliveryRevoke   DeliveryKind = "revoke"
	DeliveryAnnounce DeliveryKind = "announce"
)

// DeliveryStatus tells how far a delivery is.
type DeliveryStatus string

// A waiting delivery is tried again; a failed one was refused for good and
// waits for a person.
const (
	DeliveryWaiting   DeliveryStatus = "waiting"
	DeliveryDelivered DeliveryStatus = "delivered"
	DeliveryFailed    DeliveryStatus = "failed"
)

// Delivery is one message that has to reach one other Manager: a row of the
// outbox. ID is derived from kind, contract and target, so the same message
// can't stand in the outbox twice.
type Delivery struct {
	ID          string
	Kind        DeliveryKind
	ContentHash fsc.ContentHash // empty for announce
	Target      fsc.PeerID
	Status      DeliveryStatus
	Attempts    int
	NextAttempt time.Time
	LastError   string
	CreatedAt   time.Time
	DeliveredAt time.Time // zero until delivered
}

// DeliveryID names the one delivery of a kind and contract to a Peer.
func DeliveryID(k DeliveryKind, h fsc.ContentHash, to fsc.PeerID) string {
	return string(k) + "/" + string(h) + "/" + string(to)
}
