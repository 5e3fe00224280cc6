// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// someContract is a contract as a page shows it, with one text everywhere.
func someContract(text string) *controller.ContractDetail {
	self := fsc.Peer{ID: "00000099000000001000", Name: "Gemeente Voorbeeldstad"}
	other := fsc.Peer{ID: "00000099000000002000", Name: text}
	now := testNow()
	sig := &manager.Signature{PeerID: other.ID, Type: fsc.SignatureTypeAccept, SignedAt: now, JWS: text, CertificateNotAfter: now.AddDate(1, 0, 0)}
	grant := controller.Sentence{
		Type: fsc.GrantTypeDelegatedServiceConnection, Hash: "$1$4$abc", Service: text, Provider: self, Consumer: other, Delegator: other,
		ServiceDelegator: fsc.Peer{ID: "00000099000000003000"}, OutwayThumbprint: strings.Repeat("ab", 32), OutwayDomain: text, OutwayName: text,
		Properties: []controller.Property{{Name: text, Value: text}}, ExternalReference: true,
	}
	publication := controller.Sentence{Type: fsc.GrantTypeServicePublication, Service: text, Provider: self, Directory: other, Protocol: fsc.ProtocolHTTP2}
	failed := &manager.Delivery{Kind: manager.DeliveryAccept, Target: other.ID, Status: manager.DeliveryFailed, LastError: text, Attempts: 3}
	d := &controller.ContractDetail{
		Contract: controller.Contract{
			Hash: "$1$1$abcdefghijklmnopqrstuvwxyz", State: fsc.StateProposed, CreatedAt: now, NotBefore: now, NotAfter: now.AddDate(1, 0, 0),
			Grants: []controller.Sentence{grant, publication}, Awaiting: []fsc.Peer{self, other}, AwaitingUs: true,
			Parties: []controller.Party{
				{Peer: self, Self: true, Parts: []manager.Role{manager.RoleProvider}, Awaited: true},
				{Peer: other, Parts: []manager.Role{manager.RoleConsumer, manager.RoleDelegator}, Accepted: sig, Rejected: sig, Revoked: sig},
			},
			Parts: []manager.Role{manager.RoleProvider},
		},
		IV: "0193a5c0-1111-7222-8333-444455556666", FSCVersion: "2.0.0", Profile: fsc.ProfileV2, GroupID: "test-group", StoredAt: now,
		ProposedBy: other, Raw: []byte(`{"iv":"</pre><script>alert(1)</script>"}`), Signatures: []manager.Signature{*sig},
		Requests: []operator.Request{{Act: "contract.accept", Name: text}},
		Decision: &manager.Decision{Grants: []manager.GrantDecision{{External: true, Misfits: []manager.Misfit{{RuleName: text, Conditions: allConditions(text)}}}}},
	}
	for _, k := range []controller.MomentKind{
		controller.MomentCreated, controller.MomentKnown, controller.MomentAccepted, controller.MomentRejected, controller.MomentRevoked,
		controller.MomentStarts, controller.MomentEnds, controller.MomentAcceptLapses,
	} {
		d.Timeline = append(d.Timeline, controller.Moment{At: now, Kind: k, Peer: other})
	}
	for _, k := range []controller.MomentKind{controller.MomentDelivered, controller.MomentDeliveryWaiting, controller.MomentDeliveryFailed} {
		d.Timeline = append(d.Timeline, controller.Moment{At: now, Kind: k, Peer: other, Delivery: failed, Ahead: true})
	}
	for _, why := range []string{
		"", controller.WhyPermission, controller.WhyNotParty, controller.WhyEnded, controller.WhyAccepted, controller.WhyAllAccepted,
		controller.WhyProposed, controller.WhyServiceMissing, controller.WhySecondPerson, controller.WhyDelivered,
	} {
		d.Choices = append(d.Choices, controller.Choice{Act: "accept", OK: why == "", Why: why, Detail: text})
	}
	for _, act := range controller.ContractActs() {
		d.Choices = append(d.Choices, controller.Choice{Act: act, OK: true})
	}
	return d
}

func allConditions(text string) []manager.Condition {
	var out []manager.Condition
	for _, f := range []manager.RuleField{
		manager.FieldRole, manager.FieldServices, manager.FieldProviders, manager.FieldConsumers, manager.FieldDelegators,
		manager.FieldMaxValidity, manager.FieldProperties, manager.FieldOtherProperties,
	} {
		out = append(out, manager.Condition{Field: f, Value: text})
	}
	return out
}

// wordsOnly is a server that can translate and no more.
func wordsOnly() *server {
	words, err := loadCatalogues()
	if err != nil {
		panic(err)
	}
	return &server{words: words, cfg: Config{Now: testNow}, self: fsc.Peer{ID: "00000099000000001000", Name: "Gemeente Voorbeeldstad"}}
}

// drawRequest is a request that can translate.
func drawRequest(s *server) *request {
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/contracts"}}
	return &request{Lang: dutch, s: s, r: r, form: url.Values{}}
}

// contractsFixtures are the pages of contracts.
func contractsFixtures() []fixture {
	s := wordsOnly()
	q := drawRequest(s)
	var out []fixture
	for name, text := range map[string]string{"full": "personen", "hostile": hostileText} {
		c := someContract(text)
		row := contractsRow(q, &c.Contract)
		list := contractsView{
			Rows: []contractRow{row}, Next: "n1", Previous: "p1", Bulk: true, Filtered: true, CLI: "samenspel contract list",
			Tiles:  contractTiles(q, &manager.ContractCounts{AwaitingUs: 3}),
			States: []option{{"waiting", text}}, Parts: []option{{"provider", text}}, Types: []option{{"connection", text}}, Ends: []option{{"7", text}},
		}
		asking := bulkView{Act: "accept", Asking: true, Rows: []bulkRow{{Hash: c.Hash, Path: "/contracts/x", Text: text, Badge: "waiting"}, {Hash: "x"}}}
		told := bulkView{Act: "reject", Rows: []bulkRow{{Hash: c.Hash, Path: "/contracts/x", Text: text, Badge: "rejected", Told: text}}}
		out = append(out,
			fixture{page: "contracts", name: name, data: list, path: "/contracts?q=" + url.QueryEscape(text) + "&sort=-ends&service=x"},
			fixture{page: "contracts_one", name: name, data: newContractView(q, c)},
			fixture{page: "contracts_bulk", name: name + " asking", data: asking},
			fixture{page: "contracts_bulk", name: name + " told", data: told},
			fixture{page: "contracts_renew", name: name, data: renewView{C: c, Grants: []string{text}, OldKey: true, Start: "2026-11-22", End: "2027-11-21", Copy: "/contracts/new?copy=x", Validity: text}},
			wizardFixture(s, name, 1, text, nil), wizardFixture(s, name, 2, text, problems{{Field: "g0.service", Text: text}}),
			wizardFixture(s, name, 3, text, nil), wizardFixture(s, name, 4, text, nil),
		)
	}
	return append(out, fixture{page: "contracts", name: "empty", data: contractsView{CLI: "samenspel contract list"}})
}

func wizardFixture(s *server, name string, step int, text string, found problems) fixture {
	q := drawRequest(s)
	w := &wizard{values: url.Values{
		"n": {"2"}, "g0.type": {"delegated-connection"}, "g1.type": {"delegated-publication"}, "g0.service": {text}, "g0.provider": {text},
		"g0.p0.name": {text}, "g0.p0.value": {text}, "g1.provider": {text}, "g0.outwayDomain": {text},
	}}
	v := wizardView{Step: step, CanAdd: true, Second: true}
	s.fillWizard(w, &v)
	for i, kind := range []string{"delegated-connection", "delegated-publication"} {
		v.Grants = append(v.Grants, wizardGrant{
			Number: i + 1, Index: i, Prefix: grantName(i, ""), Kind: kind, Connection: i == 0, Delegated: true, Removable: true,
			Peers: []string{text}, Services: []string{text}, Outways: []option{{"x", text}}, Directories: []option{{"x", text}}, Protos: []option{{"x", text}},
			Properties: []string{grantName(i, "p0."), grantName(i, "p1.")},
		})
	}
	if step == wizardSteps {
		c := someContract(text)
		v.Review = q.reviewOf(w, &c.Contract)
		v.Review.CLI = text
	}
	return fixture{
		page: "contracts_new", name: name + " step " + string(rune('0'+step)), data: v, problems: found, path: "/contracts/new?" + w.values.Encode(),
	}
}

func TestTheWizardKeepsWhatWasTypedWhenAGrantIsAddedOrRemoved(t *testing.T) {
	w := &wizard{values: url.Values{"g0.type": {"connection"}, "g0.service": {"een"}, "g0.p1.name": {"doel"}, "notAfter": {"2027-01-01"}}}
	if step := w.edit("2+"); step != 2 || w.grants() != 2 || w.get("g1.type") != "connection" {
		t.Fatalf("adding: step %d, %v", step, w.values)
	}
	w.values.Set("g1.service", "twee")
	if w.edit("2-0"); w.grants() != 1 || w.get("g0.service") != "twee" || w.get("g1.service") != "" || w.get("notAfter") != "2027-01-01" {
		t.Errorf("removing: %v", w.values)
	}
	w.edit("2-0")
	w.edit("2-9")
	if w.grants() != 1 || w.get("g0.service") != "twee" {
		t.Errorf("the last one stays: %v", w.values)
	}
	for button, want := range map[string]int{"": 1, "x": 1, "9": 4, "-3": 1, "3": 3} {
		if got := w.edit(button); got != want {
			t.Errorf("step %q is %d, want %d", button, got, want)
		}
	}
}

func TestTheWizardReadsBackTheFormItWasMadeOf(t *testing.T) {
	own := controller.Outway{Name: "main", PublicKeyThumbprint: strings.Repeat("ab", 32)}
	f := controller.ProposalForm{Grants: []controller.GrantForm{
		{
			Type: fsc.GrantTypeDelegatedServiceConnection, Service: "personen", Provider: "00000099000000001000", Consumer: "00000099000000002000",
			Delegator: "00000099000000003000", ServiceDelegator: "00000099000000004000", OutwayThumbprint: own.PublicKeyThumbprint,
			Properties: []controller.PropertyForm{{Name: "doel", Value: `"zorg"`}, {Name: "lijst", Value: `[1,"a"]`}, {Name: "wit", Value: `" a "`}, {Name: "leeg", Value: `""`}},
		},
		{Type: fsc.GrantTypeServiceConnection, Service: "adressen", Provider: "00000099000000001000", Consumer: "00000099000000002000", OutwayDomain: "a.test"},
	}}
	w := &wizard{values: valuesOf(f, []controller.Outway{own})}
	got := w.form()
	if len(got.Grants) != 2 || !slices.Equal(got.Grants[0].Properties, f.Grants[0].Properties) || got.Grants[1].OutwayDomain != "a.test" {
		t.Errorf("%+v", got.Grants)
	}
	got.Grants[0].Properties, f.Grants[0].Properties = nil, nil
	if a, b := got.Grants[0], f.Grants[0]; a.Service != b.Service || a.Delegator != b.Delegator || a.ServiceDelegator != b.ServiceDelegator || a.OutwayThumbprint != b.OutwayThumbprint {
		t.Errorf("%+v", a)
	}
	for field, want := range map[string]string{
		"grants[0].properties[1].value": "g0.p1.value", "grants[1].service": "g1.service", "grants[0].": "g0.provider",
		"grants[1].outwayThumbprint": "g1.outway", "notAfter": "notAfter", "grants[x].a": "", "grants[0].properties[9].name": "",
	} {
		if got := w.fieldOf(field); got != want {
			t.Errorf("%s is field %q, want %q", field, got, want)
		}
	}
}

func TestAnOrganisationIsReadByItsOIN(t *testing.T) {
	for typed, want := range map[string]string{
		" 00000099000000001000 ": "00000099000000001000", "Gemeente (nieuw) (00000099000000001000)": "00000099000000001000",
		"OIN 00000099000000001000": "00000099000000001000", "Naam (OIN 00000099000000001000)": "00000099000000001000", "": "", "(": "(",
	} {
		if got := oinOf(typed); got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
	p := fsc.Peer{ID: "00000099000000001000", Name: "Schijn (00000099000000009999)"}
	if got := oinOf(suggestion(p)); got != string(p.ID) {
		t.Errorf("a name that pretends is read as %s", got)
	}
}

func TestAnEndAtMidnightIsToldAsTheLastDay(t *testing.T) {
	s := testServer(t)
	q := drawRequest(s)
	midnight := time.Date(2028, 1, 1, 0, 0, 0, 0, location())
	if got := q.untilText(midnight); got != "31 december 2027" {
		t.Errorf("midnight: %s", got)
	}
	if got := q.untilText(midnight.Add(90 * time.Minute)); got != "1 januari 2028 01:30" {
		t.Errorf("half past one: %s", got)
	}
	if start, end := dayText(midnight), lastDayText(midnight); start != "2028-01-01" || end != "2027-12-31" {
		t.Errorf("%s %s", start, end)
	}
}
