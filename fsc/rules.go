// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"slices"
	"time"
)

func errIV() *Error {
	return Errorf(CodeContractValidationFailed, "iv must be a UUID in lower case")
}

// DefaultFSCVersion is the fsc_version of new contracts.
const DefaultFSCVersion = "2.0.0"

// Rules are what a Group and a Manager decided about contracts. The zero value
// of each field stands for the default in its comment.
type Rules struct {
	GroupID  GroupID
	Profiles []Profile // default: only v2. v1 and dev can't be told apart, so allow one of them
	Versions []string  // accepted fsc_version; default 2.0.0 and 1.0.0

	MaxContentBytes          int           // default 8 MiB
	MaxGrants                int           // default 100
	MaxConnectionProperties  int           // bytes a grant; default 4 KiB, for they travel in a header
	MaxPublicationProperties int           // bytes a grant; default 64 KiB
	ClockSkew                time.Duration // default 60 s
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func (r Rules) maxContentBytes() int     { return orDefault(r.MaxContentBytes, 8<<20) }
func (r Rules) maxGrants() int           { return orDefault(r.MaxGrants, 100) }
func (r Rules) clockSkew() time.Duration { return orDefault(r.ClockSkew, time.Minute) }

func (r Rules) allows(p Profile) bool {
	if len(r.Profiles) == 0 {
		return p == ProfileV2
	}
	return slices.Contains(r.Profiles, p)
}

// profileOf recognises the profile by the content's shape and refuses one that
// the Group doesn't allow, so nobody can be talked down to an older form.
func (r Rules) profileOf(version *string) (Profile, error) {
	if version == nil {
		for _, p := range []Profile{ProfileV1, ProfileDev} {
			if r.allows(p) {
				return p, nil
			}
		}
		return "", Errorf(CodeUnknownFSCVersion, "fsc_version is missing; this Group uses contracts of FSC 2.0")
	}
	versions := r.Versions
	if len(versions) == 0 {
		versions = []string{DefaultFSCVersion, "1.0.0"}
	}
	if !r.allows(ProfileV2) || !slices.Contains(versions, *version) {
		return "", Errorf(CodeUnknownFSCVersion, "fsc_version %.30q is not accepted here", *version)
	}
	return ProfileV2, nil
}

// Validate checks the content against the rules for every contract and every
// grant (Core, validation of contracts), in the order the standard's errors are
// looked for: group, combination of grants, then fields. It doesn't look at who
// submits; the Manager does.
func (c *Content) Validate(r Rules, now time.Time) error {
	if c.GroupID != r.GroupID {
		return Errorf(CodeIncorrectGroupID, "group_id %.100q is not the Group of this Manager", c.GroupID)
	}
	if err := c.validateCombination(); err != nil {
		return err
	}
	if err := c.validateFields(r, now); err != nil {
		return err
	}
	for i := range c.Grants {
		if err := c.Grants[i].validate(r); err != nil {
			return err
		}
		for j := range i {
			// Equal hashes too: a token names its grant by hash only.
			if c.Grants[i].same(&c.Grants[j]) || c.Grants[i].Hash == c.Grants[j].Hash {
				return Errorf(CodeContractValidationFailed, "grants %d and %d are the same", j, i)
			}
		}
	}
	return nil
}

func (c *Content) validateCombination() error {
	if len(c.Grants) == 0 {
		return Errorf(CodeContractValidationFailed, "grants must hold at least one grant")
	}
	for i := range c.Grants {
		if c.Grants[i].Type != c.Grants[0].Type && (c.Grants[i].Type.IsPublication() || c.Grants[0].Type.IsPublication()) {
			return Errorf(CodeGrantCombinationNotAllowed, "a publication grant can't stand in one contract with grants of another type")
		}
	}
	return nil
}

func (c *Content) validateFields(r Rules, now time.Time) error {
	_, isUUID := parseUUID(c.IV)
	switch {
	case !isUUID:
		return errIV()
	case c.CreatedAt > now.Add(r.clockSkew()).Unix():
		return Errorf(CodeContractValidationFailed, "created_at lies in the future; check the clocks of both Managers")
	case c.Validity.NotAfter <= c.Validity.NotBefore:
		return Errorf(CodeContractValidationFailed, "validity.not_after must be later than validity.not_before")
	case c.Validity.NotAfter <= now.Unix():
		return Errorf(CodeContractValidationFailed, "validity.not_after lies in the past")
	}
	return nil
}

func (g *Grant) validate(r Rules) error {
	for _, p := range g.Parties() {
		if err := p.Validate(); err != nil {
			return err
		}
	}
	if err := ValidateServiceName(g.Service.Name); err != nil {
		return err
	}
	limit := orDefault(r.MaxConnectionProperties, 4<<10)
	if g.Type.IsPublication() {
		limit = orDefault(r.MaxPublicationProperties, 64<<10)
	}
	if len(g.Properties) > limit {
		return Errorf(CodeContractValidationFailed, "properties of a grant take %d bytes; at most %d are accepted", len(g.Properties), limit)
	}
	return nil
}
