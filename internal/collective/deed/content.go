// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"slices"

	"github.com/samenspel/samenspel/fsc"
)

// Role is what a party is in one deed, like "buyer" or "secretariat". Which
// roles a type knows is decided where the type is (design, section 3.3).
type Role string

// Secretariat is the role of the organisation that keeps the feed of the
// dossier a deed founds: its receipts decide about times.
const Secretariat Role = "secretariat"

// Party is an organisation in a role. One organisation may have several roles,
// in an entry each.
type Party struct {
	PeerID fsc.PeerID `json:"peer_id"`
	Role   Role       `json:"role"`
}

// RuleKind says how accepts make a deed complete.
type RuleKind string

// The kinds (design, section 3.1).
const (
	RuleAll       RuleKind = "all"         // every party in each of its roles, but for the secretariat
	RuleAllOfRole RuleKind = "all_of_role" // every party in Role
	RuleThreshold RuleKind = "threshold"   // a decision: opened as with all, taken by the electorate
	RuleOne       RuleKind = "one"         // any one party in Role, or the only one beside the secretariat
)

// Rule is the rule in a deed's content.
type Rule struct {
	Kind RuleKind
	// Role belongs to all_of_role, and to one where there are several parties.
	Role Role
	// Decision is the decision rule of a threshold, a canonical JSON object that
	// package rule reads.
	Decision []byte
}

// Annex is a document a deed refers to. Its bytes stay with its owner.
type Annex struct {
	Hash      Hash       `json:"hash"` // as [AnnexHash] gives it
	Name      string     `json:"name"`
	MediaType string     `json:"media_type"`
	Size      int64      `json:"size"`  // bytes
	Owner     fsc.PeerID `json:"owner"` // where it can be fetched
}

// Content is what a deed says: a typed view of canonical bytes, with their hash.
// It is immutable; make one with [Parse] or [Draft.Content].
type Content struct {
	Type      Type
	ID        string // UUIDv7
	GroupID   fsc.GroupID
	IssuedAt  int64 // Unix seconds
	NotBefore int64 // Unix seconds, inclusive
	NotAfter  int64 // Unix seconds, exclusive; 0: no end
	Parents   []Hash
	Parties   []Party
	Rule      Rule
	Annexes   []Annex
	Body      []byte // canonical JSON object; the type says what is in it

	raw  []byte
	hash Hash
}

// Raw gives the canonical bytes, the form in which a deed is kept and sent.
// Don't change them.
func (c *Content) Raw() []byte { return c.raw }

// Hash gives the deed's hash.
func (c *Content) Hash() Hash { return c.hash }

// HasParty tells whether the organisation has this role in the deed.
func (c *Content) HasParty(p fsc.PeerID, r Role) bool {
	return slices.Contains(c.Parties, Party{PeerID: p, Role: r})
}

// PeersInRole lists the organisations with this role, in the order of the deed.
func (c *Content) PeersInRole(r Role) []fsc.PeerID {
	var out []fsc.PeerID
	for _, p := range c.Parties {
		if p.Role == r {
			out = append(out, p.PeerID)
		}
	}
	return out
}

// Keeper gives the organisation that keeps the feed of the dossier this deed
// founds: its only party in the role [Secretariat]. Without one, or with more,
// the deed founds no dossier.
func (c *Content) Keeper() (fsc.PeerID, bool) {
	peers := c.PeersInRole(Secretariat)
	if len(peers) != 1 {
		return "", false
	}
	return peers[0], true
}

// Signatories lists the parties that can make the deed complete: those in the
// rule's role or, without one, all but the secretariat, whose word is the receipt.
func (c *Content) Signatories() []Party {
	var out []Party
	for _, p := range c.Parties {
		if p.Role == c.Rule.Role || c.Rule.Role == "" && p.Role != Secretariat {
			out = append(out, p)
		}
	}
	return out
}

// Parse reads content strictly and computes its hash from the canonical form of
// exactly these bytes. Faults are an [*Error] that names the member.
func Parse(raw []byte) (*Content, error) {
	if len(raw) > MaxContentBytes {
		return nil, fault(CodeLimit, "", "content is larger than %d bytes", MaxContentBytes)
	}
	plain, err := canonical(raw)
	if err != nil {
		return nil, err
	}
	var w wireContent
	if err := fsc.UnmarshalStrict(plain, &w); err != nil {
		return nil, jsonFault(err)
	}
	c, err := w.content()
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	c.raw, c.hash = plain, hashOf(int(c.Type), plain)
	return c, nil
}

// Draft is what a new deed says before it is written down. Body and
// Rule.Decision may be any spelling of a JSON object. IssuedAt, NotBefore and
// NotAfter are as in [Content].
type Draft struct {
	Type      Type
	ID        string // see [NewID]
	GroupID   fsc.GroupID
	IssuedAt  int64
	NotBefore int64
	NotAfter  int64
	Parents   []Hash
	Parties   []Party
	Rule      Rule
	Annexes   []Annex
	Body      []byte
}

// Content writes the draft down and parses it back, so that a deed of our own
// obeys the same rules as one of others.
func (d *Draft) Content() (*Content, error) {
	raw, err := marshalCanonical(d.wire())
	if err != nil {
		return nil, err
	}
	return Parse(raw)
}
