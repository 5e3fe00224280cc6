// SPDX-License-Identifier: EUPL-1.2

package deed

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
)

var (
	rolePattern      = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	mediaTypePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,63}$`)
)

// Valid tells whether r has the form of a role: a lower-case letter, then at
// most 39 lower-case letters, digits and underscores.
func (r Role) Valid() bool { return rolePattern.MatchString(string(r)) }

// check holds the content to the rules of the format that concern more than
// one member's presence.
func (c *Content) check() error {
	switch {
	case !c.Type.Valid():
		return fault(CodeMalformed, "type", "must be %d to %d", FirstType, LastType)
	case !uuid7Pattern.MatchString(c.ID):
		return fault(CodeMalformed, "id", "must be a UUID of version 7 in lower case")
	case c.GroupID.Validate() != nil:
		return fault(CodeMalformed, "group_id", "must be 1 to 100 letters, digits, '.', '/', '_' or '-'")
	case len(c.Body) == 0 || c.Body[0] != '{':
		return fault(CodeMalformed, "body", "must be an object")
	case len(c.Body) > MaxBodyBytes:
		return fault(CodeLimit, "body", "is larger than %d bytes", MaxBodyBytes)
	}
	for _, step := range []func() error{c.checkTimes, c.checkParents, c.checkParties, c.checkRule, c.checkAnnexes} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Content) checkTimes() error {
	for _, m := range []struct {
		name string
		v    int64
	}{{"issued_at", c.IssuedAt}, {"not_before", c.NotBefore}, {"not_after", c.NotAfter}} {
		if m.v < 0 || m.v > MaxInstant {
			return fault(CodeMalformed, m.name, "must be Unix seconds from 0 to %d", int64(MaxInstant))
		}
	}
	switch {
	case c.NotAfter != 0 && c.NotAfter <= c.NotBefore:
		return fault(CodeMalformed, "not_after", "must be later than not_before")
	case c.NotAfter != 0 && c.NotAfter <= c.IssuedAt:
		return fault(CodeMalformed, "not_after", "must be later than issued_at")
	}
	return nil
}

func (c *Content) checkParents() error {
	if len(c.Parents) > MaxParents {
		return fault(CodeLimit, "parents", "are %d; at most %d are accepted", len(c.Parents), MaxParents)
	}
	seen := map[Hash]bool{}
	for i, h := range c.Parents {
		if _, err := h.Type(); err != nil {
			return named(at("parents", i, ""), err)
		}
		if seen[h] {
			return fault(CodeDuplicate, at("parents", i, ""), "stands there twice")
		}
		seen[h] = true
	}
	return nil
}

// named puts the member's name on a fault of something smaller.
func named(field string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return &Error{Code: e.Code, Field: field, Detail: e.Detail, Cause: e.Cause}
	}
	return &Error{Code: CodeMalformed, Field: field, Detail: "is malformed", Cause: err}
}

func (c *Content) checkParties() error {
	if len(c.Parties) > MaxParties {
		return fault(CodeLimit, "parties", "are %d; at most %d are accepted", len(c.Parties), MaxParties)
	}
	seen := map[Party]bool{}
	for i, p := range c.Parties {
		switch {
		case !ValidPeer(p.PeerID):
			return fault(CodeMalformed, at("parties", i, "peer_id"), "must be 3 to 255 characters that can be seen")
		case !p.Role.Valid():
			return fault(CodeMalformed, at("parties", i, "role"), "must be a lower-case word of at most 40 characters")
		case seen[p]:
			return fault(CodeDuplicate, at("parties", i, ""), "stands there twice with the same role")
		}
		seen[p] = true
	}
	return nil
}

// ValidPeer tells whether a deed may name an organisation so: as the standard
// demands, and without characters that can't be seen.
func ValidPeer(p fsc.PeerID) bool { return p.Validate() == nil && visible(string(p)) }

// visible refuses control characters, line breaks and marks that turn the
// direction of text around.
func visible(s string) bool {
	return utf8.ValidString(s) && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) })
}

func (c *Content) checkRule() error {
	r, wanted := &c.Rule, len(c.Signatories())
	switch {
	case r.Role != "" && !r.Role.Valid():
		return fault(CodeMalformed, "rule.role", "must be a lower-case word of at most 40 characters")
	case r.Decision != nil && r.Kind != RuleThreshold:
		return fault(CodeMalformed, "rule.decision", "belongs to threshold only")
	case r.Role != "" && wanted == 0:
		return fault(CodeMalformed, "rule.role", "is the role of no party")
	case wanted == 0:
		return fault(CodeMalformed, "parties", "need one beside the secretariat, to sign")
	case r.Role != "" && r.Kind != RuleAllOfRole && r.Kind != RuleOne:
		return fault(CodeMalformed, "rule.role", "belongs to all_of_role and one only")
	}
	switch r.Kind {
	case RuleAll:
	case RuleAllOfRole:
		if r.Role == "" {
			return missing("rule.role")
		}
	case RuleOne:
		if r.Role == "" && wanted != 1 {
			return fault(CodeMalformed, "rule.role", "is needed, for there are several parties")
		}
	case RuleThreshold:
		if len(r.Decision) == 0 || r.Decision[0] != '{' {
			return missing("rule.decision")
		}
		if len(r.Decision) > MaxDecisionBytes {
			return fault(CodeLimit, "rule.decision", "is larger than %d bytes", MaxDecisionBytes)
		}
	default:
		return fault(CodeMalformed, "rule.kind", "must be all, all_of_role, threshold or one")
	}
	return nil
}

func (c *Content) checkAnnexes() error {
	if len(c.Annexes) > MaxAnnexes {
		return fault(CodeLimit, "annexes", "are %d; at most %d are accepted", len(c.Annexes), MaxAnnexes)
	}
	seen := map[Hash]bool{}
	for i, a := range c.Annexes {
		if err := a.Hash.must(numberAnnex); err != nil {
			return named(at("annexes", i, "hash"), err)
		}
		switch n := utf8.RuneCountInString(a.Name); {
		case seen[a.Hash]:
			return fault(CodeDuplicate, at("annexes", i, ""), "stands there twice")
		case n == 0 || n > MaxName || !visible(a.Name):
			return fault(CodeMalformed, at("annexes", i, "name"), "must be 1 to %d characters that can be seen", MaxName)
		case !mediaTypePattern.MatchString(a.MediaType):
			return fault(CodeMalformed, at("annexes", i, "media_type"), "must be like application/pdf")
		case a.Size < 0 || a.Size > MaxAnnexBytes:
			return fault(CodeLimit, at("annexes", i, "size"), "must be 0 to %d bytes", MaxAnnexBytes)
		case !ValidPeer(a.Owner):
			return fault(CodeMalformed, at("annexes", i, "owner"), "must be the PeerID of an organisation")
		}
		seen[a.Hash] = true
	}
	return nil
}
