// SPDX-License-Identifier: EUPL-1.2

package controller_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// form asks source for a service.
func form(h *townHall, service string) controller.ProposalForm {
	return controller.ProposalForm{NotAfter: noon.AddDate(1, 0, 0), Grants: []controller.GrantForm{{
		Type: fsc.GrantTypeServiceConnection, Service: service, Provider: source,
		OutwayThumbprint: h.seats[town].pair.PublicKeyThumbprint(),
	}}}
}

func TestAllFourGrantsCanBeProposed(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	h.offers(t, "eigen-dienst")
	signer := h.person(t, operator.RoleSigner)
	key := h.seats[town].pair.PublicKeyThumbprint()
	for _, g := range []controller.GrantForm{
		{Type: fsc.GrantTypeServiceConnection, Service: " personen ", Provider: source, OutwayThumbprint: strings.ToUpper(key)},
		{Type: fsc.GrantTypeServiceConnection, Service: "eigen-dienst", Consumer: source, OutwayDomain: "outway.bron.test"},
		{
			Type: fsc.GrantTypeDelegatedServiceConnection, Service: "personen", Provider: source, Delegator: guide, OutwayThumbprint: key,
			Properties: []controller.PropertyForm{{Name: "doel", Value: `"zorg"`}, {}},
		},
		{Type: fsc.GrantTypeServiceConnection, Service: "personen", Provider: source, ServiceDelegator: guide, OutwayThumbprint: key},
		{Type: fsc.GrantTypeServicePublication, Service: "eigen-dienst", Directory: guide},
		{Type: fsc.GrantTypeDelegatedServicePublication, Service: "eigen-dienst", Directory: guide, Delegator: source, Protocol: fsc.ProtocolHTTP2},
	} {
		f := controller.ProposalForm{NotAfter: noon.AddDate(1, 0, 0), Grants: []controller.GrantForm{g}}
		preview, err := h.Preview(t.Context(), signer, f)
		if err != nil {
			t.Fatalf("%+v: %v", g, err)
		}
		d, err := h.Propose(t.Context(), signer, f)
		must(t, err)
		if d.State != fsc.StateProposed || d.AwaitingUs || d.Grants[0].Type != g.Type || preview.Grants[0].Service != d.Grants[0].Service || d.Timeline == nil {
			t.Errorf("%+v", d.Contract)
		}
		back := controller.FormOf(mustContent(t, d.Raw)).Grants[0]
		if back.Type != g.Type || back.Delegator != g.Delegator || len(back.Properties) != min(len(g.Properties), 1) {
			t.Errorf("the form of it: %+v", back)
		}
	}
}

func mustContent(t testing.TB, raw []byte) *fsc.Content {
	t.Helper()
	c, err := fsc.ParseContent(raw, fsc.Rules{})
	must(t, err)
	return c
}

func TestEverythingThatIsWrongWithAProposalIsToldAtOnce(t *testing.T) {
	h := newTownHall(t)
	signer := h.person(t, operator.RoleSigner)
	_, err := h.Propose(t.Context(), signer, controller.ProposalForm{
		NotBefore: noon, NotAfter: noon.AddDate(0, 0, -1), Profile: "v9", Grants: []controller.GrantForm{
			{Type: fsc.GrantTypeServiceConnection, Service: "x", Delegator: guide, Directory: guide, Protocol: fsc.ProtocolHTTP2},
			{Type: fsc.GrantTypeServicePublication, Service: "eigen", Consumer: source, ServiceDelegator: source, OutwayDomain: "a.test", Protocol: "gopher"},
			{Type: fsc.GrantTypeDelegatedServiceConnection, Service: "personen", Provider: source, Consumer: source, OutwayThumbprint: "abc"},
			{Type: "GRANT_TYPE_OF_KINGS"},
			{
				Type: fsc.GrantTypeServiceConnection, Service: "personen", Provider: "1", ServiceDelegator: "2", OutwayThumbprint: strings.Repeat("a", 64), OutwayDomain: "a.test",
				Properties: []controller.PropertyForm{{Name: "a", Value: "b"}, {Name: "a", Value: "1"}, {Value: "1"}},
			},
		},
	})
	var got []string
	for _, e := range controller.FieldErrors(err) {
		if e.Kind != operator.KindInvalid || e.Text == "" {
			t.Errorf("%+v", e)
		}
		got = append(got, e.Field)
	}
	want := []string{
		"notAfter", "profile",
		"grants[0].service", "grants[0].provider", "grants[0].directory", "grants[0].protocol", "grants[0].outwayThumbprint", "grants[0].delegator",
		"grants[1].directory", "grants[1].protocol", "grants[1].consumer", "grants[1].outwayThumbprint", "grants[1].serviceDelegator", "grants[1].type",
		"grants[2].outwayThumbprint", "grants[2].delegator", "grants[2].",
		"grants[3].type",
		"grants[4].provider", "grants[4].serviceDelegator", "grants[4].outwayDomain", "grants[4].properties[0].value", "grants[4].properties[1].name", "grants[4].properties[2].name",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if acts := h.acts(t); len(acts) != 1 || !strings.HasPrefix(acts[0], "contract.propose ") {
		t.Errorf("audit trail %q", acts)
	}
}

func TestAProposalThatIsSentTwiceIsOneContract(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	signer := h.person(t, operator.RoleSigner)
	f := form(h, "personen")
	f.IV, f.CreatedAt = "0193a5c0-1111-7222-8333-444455556666", noon.Add(-time.Minute)
	one, err := h.Propose(t.Context(), signer, f)
	must(t, err)
	two, err := h.Propose(t.Context(), signer, f)
	must(t, err)
	if one.Hash != two.Hash {
		t.Errorf("%s and %s", one.Hash, two.Hash)
	}
	if _, err := h.Preview(t.Context(), h.person(t, operator.RoleReader), f); kindOf(err) != "forbidden " {
		t.Errorf("a preview for a reader: %v", err)
	}
}

func TestARenewalFollowsOnTheOldContract(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	c := h.agree(t, h.calling("personen"))
	signer := h.person(t, operator.RoleSigner)
	f, err := h.RenewalOf(t.Context(), signer, c.Hash())
	must(t, err)
	if f.NotBefore.Unix() != c.Validity.NotAfter || f.NotAfter.Sub(f.NotBefore) != time.Duration(c.Validity.NotAfter-c.Validity.NotBefore)*time.Second {
		t.Errorf("%s to %s", f.NotBefore, f.NotAfter)
	}
	d, err := h.Renew(t.Context(), signer, c.Hash(), f.NotBefore, f.NotAfter)
	must(t, err)
	if d.Hash == c.Hash() || d.Grants[0].Service != "personen" || d.Grants[0].OutwayName != "main" || !d.NotBefore.Equal(f.NotBefore) {
		t.Errorf("%+v", d.Contract)
	}
	if _, err := h.Renew(t.Context(), signer, c.Hash(), time.Time{}, noon.AddDate(0, 0, -1)); kindOf(err) != "invalid notAfter" {
		t.Errorf("a renewal into the past: %v", err)
	}
}

func TestSuggestionsNameWhatIsKnown(t *testing.T) {
	h := newTownHall(t)
	h.learn(t)
	h.offers(t, "eigen-dienst")
	s, err := h.Suggestions(t.Context(), h.person(t, operator.RoleReader))
	must(t, err)
	if len(s.Peers) < 2 || len(s.Directories) != 1 || s.OwnServices[0] != "eigen-dienst" || s.Outways[0].Name != "main" {
		t.Errorf("%+v", s)
	}
}
