// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

const mandateBody = `{"mandatary":"village","key_thumbprint":"` + keyOfTown + `","deed_types":[111],"ceiling":500}`

// mandate lets the village sign for the town from the second day, for a month.
func (s *scene) mandate(text string) *deed.Content {
	s.t.Helper()
	root := s.root
	s.root = ""
	c := s.deed(deed.Draft{
		Type: rule.TypeMandate, NotAfter: opening + 30*day, Rule: deed.Rule{Kind: deed.RuleOne, Role: rule.RoleMandator},
		Parties: []deed.Party{{PeerID: town, Role: rule.RoleMandator}, {PeerID: keeper, Role: deed.Secretariat}}, Body: []byte(text),
	})
	s.accept(c, town, rule.RoleMandator, opening+2*day)
	s.root = root
	return c
}

// under lets a key sign the joining of the town under a mandate.
func (s *scene) under(m, j *deed.Content, signer fsc.PeerID, at int64) *deed.Signed {
	a := s.accept(j, signer, "buyer", at)
	a.MandateHash, a.KeyThumbprint = m.Hash(), keyOfTown
	return a
}

func TestSigningUnderAMandate(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		acts func(s *scene, m, j *deed.Content)
		want rule.State
		code rule.ReasonCode
	}{
		{"within its term", mandateBody, func(s *scene, m, j *deed.Content) { s.under(m, j, village, opening+3*day) }, "effective", ""},
		{"before it was given", mandateBody, func(s *scene, m, j *deed.Content) { s.under(m, j, village, opening+day) }, rule.Proposed, rule.ReasonMandateState},
		{"after its term", mandateBody, func(s *scene, m, j *deed.Content) { s.under(m, j, village, opening+30*day) }, rule.Proposed, rule.ReasonMandateState},
		{"after it was revoked", mandateBody, func(s *scene, m, j *deed.Content) {
			a := s.act(m, town, rule.RoleMandator, deed.Revoke, opening+3*day)
			a.Receipt.Dossier = m.Hash()
			s.under(m, j, village, opening+4*day)
		}, rule.Proposed, rule.ReasonMandateState},
		{"before it was revoked, which isn't retroactive", mandateBody, func(s *scene, m, j *deed.Content) {
			s.under(m, j, village, opening+3*day)
			a := s.act(m, town, rule.RoleMandator, deed.Revoke, opening+4*day)
			a.Receipt.Dossier, a.SignedAt = m.Hash(), opening+day // dated back
		}, "effective", ""},
		{"with another key", mandateBody, func(s *scene, m, j *deed.Content) {
			s.under(m, j, village, opening+3*day).KeyThumbprint = strings.Repeat("b", 64)
		}, rule.Proposed, rule.ReasonMandateKey},
		{"by another organisation", mandateBody, func(s *scene, m, j *deed.Content) { s.under(m, j, stranger, opening+3*day) }, rule.Proposed, rule.ReasonMandateKey},
		{"for another type", strings.Replace(mandateBody, "[111]", "[110,113]", 1), func(s *scene, m, j *deed.Content) { s.under(m, j, village, opening+3*day) }, rule.Proposed, rule.ReasonMandateType},
		{"over its ceiling", strings.Replace(mandateBody, "500", "499", 1), func(s *scene, m, j *deed.Content) { s.under(m, j, village, opening+3*day) }, rule.Proposed, rule.ReasonMandateAmount},
		{"in a role the mandator doesn't have", mandateBody, func(s *scene, m, j *deed.Content) {
			s.under(m, j, village, opening+3*day).Role = "body"
		}, rule.Proposed, rule.ReasonMandateParty},
		{"that isn't at hand", mandateBody, func(s *scene, m, j *deed.Content) {
			s.under(j, j, village, opening+3*day).MandateHash = deed.Hash(strings.Replace(string(m.Hash()), "$101$", "$102$", 1))
		}, rule.Proposed, rule.ReasonMandateUnknown},
		{"that is another deed", mandateBody, func(s *scene, m, j *deed.Content) { s.under(j, j, village, opening+3*day) }, rule.Proposed, rule.ReasonMandateState},
		{"of a form nobody knows", `{"all":true}`, func(s *scene, m, j *deed.Content) { s.under(m, j, village, opening+3*day) }, rule.Proposed, rule.ReasonMandateState},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			j := s.joining(s.mantel(), town)
			m := s.mandate(c.text)
			c.acts(s, m, j)
			var codes []rule.ReasonCode
			if c.code != "" {
				codes = append(codes, c.code)
			}
			s.want(j, opening+60*day, c.want, codes...)
		})
	}
}

func TestATypeSaysWhetherAMandateWillDo(t *testing.T) {
	s := newScene(t)
	m := s.mantel()
	s.facts.Signed = nil
	g := s.mandate(strings.Replace(mandateBody, "[111]", "[110]", 1))
	s.accept(m, supplier, "supplier", opening+3*day)
	a := s.accept(m, village, "body", opening+4*day)
	a.MandateHash, a.KeyThumbprint = g.Hash(), keyOfTown
	s.want(m, opening+5*day, rule.Proposed, rule.ReasonMandateRefused)

	// A stance may be stated with a key of the voter's own, not by another one.
	s = newScene(t)
	p := s.proposal()
	v := s.stance(p, town, agrees, opening+3*day)
	s.facts.Signed = s.facts.Signed[:1]
	g = s.mandate(strings.Replace(mandateBody, "[111]", "[100]", 1))
	a = s.accept(v, village, rule.RoleVoter, opening+4*day)
	a.MandateHash, a.KeyThumbprint = g.Hash(), keyOfTown
	s.want(v, opening+5*day, rule.Proposed, rule.ReasonMandateRefused)
}

func TestAMandateIsReadStrictly(t *testing.T) {
	m, err := rule.ParseMandate([]byte(mandateBody))
	if err != nil || m.Mandatary != village || m.KeyThumbprint != keyOfTown || len(m.DeedTypes) != 1 || m.Ceiling != 500 {
		t.Errorf("got %+v, %v", m, err)
	}
	for _, c := range [][2]string{
		{`{`, `{"x":1,`},
		{`village`, `v`},
		{keyOfTown, "abc"},
		{keyOfTown, strings.ToUpper(keyOfTown)},
		{`[111]`, `[]`},
		{`[111]`, `[111,111]`},
		{`[111]`, `[101]`},
		{`[111]`, `[1]`},
		{`:500`, `:-1`},
		{`,"ceiling":500`, ``},
		{`:500`, `:5.5`},
	} {
		if _, err := rule.ParseMandate([]byte(replace(t, mandateBody, c[0], c[1]))); err == nil {
			t.Errorf("%s was accepted", c[1])
		}
	}
}
