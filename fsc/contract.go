// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Validity is the period in which a contract can be used: from NotBefore up to
// but not including NotAfter, both in Unix seconds.
type Validity struct {
	NotBefore int64 `json:"not_before"`
	NotAfter  int64 `json:"not_after"`
}

// Content is a contract's content (Core, schema contractContent): a typed view
// of bytes that were received or drafted, with their hashes. It is immutable;
// make one with [ParseContent] or [Draft.Content].
type Content struct {
	FSCVersion string // empty in profiles v1 and dev
	IV         string
	GroupID    GroupID
	Validity   Validity
	CreatedAt  int64 // Unix seconds
	Grants     []Grant

	raw     []byte
	hash    ContentHash
	profile Profile
}

// Raw gives the bytes the hashes were computed from. Don't change them.
func (c *Content) Raw() []byte { return c.raw }

// Hash gives the content hash.
func (c *Content) Hash() ContentHash { return c.hash }

// Profile gives the wire form of the content.
func (c *Content) Profile() Profile { return c.profile }

// Parties are all Peers that have to accept the contract, in order of first
// appearance, without doubles.
func (c *Content) Parties() []PeerID {
	var parties []PeerID
	for i := range c.Grants {
		for _, p := range c.Grants[i].Parties() {
			if !slices.Contains(parties, p) {
				parties = append(parties, p)
			}
		}
	}
	return parties
}

// HasParty tells whether p has to accept the contract.
func (c *Content) HasParty(p PeerID) bool { return slices.Contains(c.Parties(), p) }

// Grant finds a grant by its hash.
func (c *Content) Grant(h GrantHash) (*Grant, bool) {
	for i := range c.Grants {
		if c.Grants[i].Hash == h {
			return &c.Grants[i], true
		}
	}
	return nil, false
}

// SameTerms tells whether two contents with the same hash say the same. Under
// profile v1, whose hash runs fields together without separators, they may not;
// so a hash alone never shows that a contract is the one that is known.
func (c *Content) SameTerms(o *Content) bool {
	if c.profile != o.profile || c.IV != o.IV || c.GroupID != o.GroupID || c.Validity != o.Validity ||
		c.CreatedAt != o.CreatedAt || len(c.Grants) != len(o.Grants) {
		return false
	}
	for i := range c.Grants {
		g, ok := o.Grant(c.Grants[i].Hash)
		if !ok || c.profile == ProfileV1 && !c.Grants[i].same(g) {
			return false
		}
	}
	return true
}

type wireContent struct {
	FSCVersion    *string     `json:"fsc_version,omitzero"`
	IV            string      `json:"iv"`
	GroupID       GroupID     `json:"group_id"`
	Validity      *wireValid  `json:"validity"`
	Grants        []wireGrant `json:"grants"`
	HashAlgorithm string      `json:"hash_algorithm"`
	CreatedAt     *int64      `json:"created_at"`
}

type wireValid struct {
	NotBefore *int64 `json:"not_before"`
	NotAfter  *int64 `json:"not_after"`
}

// ParseContent reads contract content strictly and computes its hashes from
// exactly these bytes. It checks form, version and hash algorithm; the rules of
// a Group are checked by [Content.Validate]. Malformed JSON, unknown, missing
// and duplicate members give [CodeInvalidRequest] with the member's name.
func ParseContent(raw []byte, r Rules) (*Content, error) {
	if limit := r.maxContentBytes(); len(raw) > limit {
		return nil, Errorf(CodeRequestTooLarge, "contract content is larger than %d bytes", limit)
	}
	if err := CheckJSON(raw); err != nil {
		return nil, err
	}
	var w wireContent
	if err := decode(raw, &w); err != nil {
		return nil, err
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	if err := refuseNull(raw); err != nil {
		return nil, err
	}
	profile, err := r.profileOf(w.FSCVersion)
	if err != nil {
		return nil, err
	}
	c := &Content{
		IV: w.IV, GroupID: w.GroupID, CreatedAt: *w.CreatedAt,
		Validity: Validity{NotBefore: *w.Validity.NotBefore, NotAfter: *w.Validity.NotAfter},
		raw:      slices.Clone(raw), profile: profile,
	}
	if w.FSCVersion != nil {
		c.FSCVersion = *w.FSCVersion
	}
	if w.HashAlgorithm != hashAlgorithmName {
		return nil, Errorf(CodeUnknownHashAlgorithmHash, "hash_algorithm %.60q is not supported; use %s", w.HashAlgorithm, hashAlgorithmName)
	}
	if err := c.addGrants(w.Grants, r); err != nil {
		return nil, err
	}
	return c, nil
}

func (w *wireContent) check() error {
	switch {
	case w.IV == "":
		return missing("iv")
	case w.GroupID == "":
		return missing("group_id")
	case w.Validity == nil:
		return missing("validity")
	case w.Validity.NotBefore == nil:
		return missing("validity.not_before")
	case w.Validity.NotAfter == nil:
		return missing("validity.not_after")
	case w.Grants == nil:
		return missing("grants")
	case w.HashAlgorithm == "":
		return missing("hash_algorithm")
	case w.CreatedAt == nil:
		return missing("created_at")
	case *w.CreatedAt < 0 || *w.Validity.NotBefore < 0 || *w.Validity.NotAfter < 0:
		return Errorf(CodeInvalidRequest, "created_at, validity.not_before and validity.not_after can't be negative")
	}
	return nil
}

func (c *Content) addGrants(grants []wireGrant, r Rules) error {
	if limit := r.maxGrants(); len(grants) > limit {
		return Errorf(CodeContractValidationFailed, "grants: %d in one contract; at most %d are accepted", len(grants), limit)
	}
	data := make([][]byte, 0, len(grants))
	for i := range grants {
		if grants[i].Data.Kind() != '{' {
			return missing("grants.data")
		}
		g, err := parseGrant(grants[i].Data, c.profile)
		if err != nil {
			return err
		}
		c.Grants = append(c.Grants, g)
		data = append(data, grants[i].Data)
	}
	return c.hashContent(data)
}

// Draft is what a new contract says before it is written down.
type Draft struct {
	Profile    Profile // empty: ProfileV2
	FSCVersion string  // empty: 2.0.0; only for ProfileV2
	IV         string  // a fresh UUID, lower case; version 7 by preference
	GroupID    GroupID
	NotBefore  time.Time
	NotAfter   time.Time
	CreatedAt  time.Time
	Grants     []Grant
}

// Content writes the draft down and parses it back, so that a contract of our
// own obeys the same rules as one of others.
func (d Draft) Content(r Rules) (*Content, error) {
	if d.Profile == "" {
		d.Profile = ProfileV2
	}
	if d.FSCVersion == "" {
		d.FSCVersion = DefaultFSCVersion
	}
	created, notBefore, notAfter := d.CreatedAt.Unix(), d.NotBefore.Unix(), d.NotAfter.Unix()
	w := wireContent{
		IV: d.IV, GroupID: d.GroupID, HashAlgorithm: hashAlgorithmName, CreatedAt: &created,
		Validity: &wireValid{NotBefore: &notBefore, NotAfter: &notAfter},
		Grants:   make([]wireGrant, 0, len(d.Grants)),
	}
	if d.Profile == ProfileV2 {
		w.FSCVersion = &d.FSCVersion
	}
	for i := range d.Grants {
		if d.Grants[i].Outway.PublicKeyThumbprint != "" && d.Grants[i].Outway.DomainName != "" {
			return nil, Errorf(CodeInvalidRequest, "an Outway is named by its key or by its domain, not by both")
		}
		data, err := json.Marshal(d.Grants[i].wire(d.Profile))
		if err != nil {
			return nil, jsonError(err)
		}
		w.Grants = append(w.Grants, wireGrant{Data: jsontext.Value(data)})
	}
	raw, err := json.Marshal(w)
	if err != nil {
		return nil, jsonError(err)
	}
	return ParseContent(raw, r)
}

// RestoreContent reads back content that was parsed before and kept with its
// profile. Today's rules of the Group don't apply to it; the hashes are
// computed again from the bytes.
func RestoreContent(raw []byte, p Profile) (*Content, error) {
	var v struct {
		FSCVersion string `json:"fsc_version"`
	}
	if err := decodeLenient(raw, &v); err != nil {
		return nil, err
	}
	return ParseContent(raw, Rules{
		Profiles: []Profile{p}, Versions: []string{v.FSCVersion},
		MaxContentBytes: len(raw) + 1, MaxGrants: len(raw) + 1,
	})
}
