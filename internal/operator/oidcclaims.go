// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
)

// claims are what a provider says about a person, checked and bounded.
type claims struct {
	account       string // issuer and subject, as in Account.Subject
	name, email   string // email is empty when there is none that can be used
	emailVerified bool   // or not said to be unverified
	roleValues    []string
}

func (p *provider) readClaims(token *oidc.IDToken) (*claims, error) {
	var all map[string]any
	if err := token.Claims(&all); err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	if token.Subject == "" || len(token.Subject) > maxSubject || token.Subject != cleanText(token.Subject) {
		return nil, errors.New("read claims: the subject can't be used")
	}
	// OpenID Connect Core 1.0, section 3.1.3.7: who it was issued to must be us.
	if azp, given := all["azp"]; (given || len(token.Audience) > 1) && azp != p.ClientID {
		return nil, errors.New("read claims: the token was issued to somebody else")
	}
	c := &claims{
		account:       token.Issuer + " " + token.Subject,
		emailVerified: all["email_verified"] != false && all["email_verified"] != "false",
		roleValues:    claimValues(all, p.RoleClaim),
	}
	for _, n := range []string{"name", "preferred_username", "email"} {
		if text, ok := all[n].(string); ok && c.name == "" {
			c.name = showable(text)
		}
	}
	if c.name == "" {
		c.name = showable(token.Subject)
	}
	if text, ok := all["email"].(string); ok && checkNameAndEmail(c.name, cleanEmail(text)) == nil {
		c.email = cleanEmail(text)
	}
	return c, nil
}

// showable gives a name that checkNameAndEmail accepts, or nothing.
func showable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	r := []rune(strings.TrimSpace(s))
	return strings.TrimSpace(string(r[:min(len(r), maxName)]))
}

// claimValues gives the texts of a claim: a claim with exactly this name (ADFS
// has URLs there, with dots), else a path of names with dots between. One text
// counts as a list of one, which is what ADFS makes of it.
func claimValues(all map[string]any, name string) []string {
	if name == "" {
		return nil
	}
	v, ok := all[name]
	if !ok {
		v = any(all)
		for part := range strings.SplitSeq(name, ".") {
			inner, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = inner[part]
		}
	}
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, one := range v {
			if text, ok := one.(string); ok && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
		return out
	default:
		return nil
	}
}
