// SPDX-License-Identifier: EUPL-1.2

package web

import "testing"

func TestAServiceIsOpenedOnlyUnderAnAgreementByItsForm(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	required := func() bool {
		t.Helper()
		services, err := d.manager.ListServices(t.Context())
		must(t, err)
		return services[0].RequiresAgreement
	}
	b.get("/services/-/new").has(t, `name="requires_agreement"`)
	b.follow(b.post("/services", "name", "parkeren", "upstream", "http://127.0.0.1:9", "requires_agreement", "yes")).
		has(t, "Zonder lopende nadere overeenkomst is er geen toegang", "samenspel service add parkeren --upstream http://127.0.0.1:9 --requires-agreement")
	if !required() {
		t.Error("the new service is open")
	}
	b.get("/services/parkeren/edit").has(t, `value="yes" checked`)
	b.follow(b.post("/services/parkeren", "upstream", "http://127.0.0.1:9")).has(t, "Niet nodig")
	if required() {
		t.Error("the service is closed")
	}
	b.get("/services/parkeren/edit").has(t, "Er zijn nu geen geldige contracten op deze dienst")
	b.follow(b.post("/services/parkeren", "upstream", "http://127.0.0.1:9", "requires_agreement", "yes"))
	if !required() {
		t.Error("the service is open")
	}
	b.get("/audit?act=service.agreement").has(t, "requires_agreement", "Gewijzigd of een dienst een nadere overeenkomst vraagt")
}

func TestARefusalForLackOfAnAgreementIsToldInWordsOfThePage(t *testing.T) {
	q := &request{s: testServer(t), Lang: dutch}
	for text, want := range map[string]string{
		"agreement_missing: name it <b>": "De dienst is alleen open met een nadere overeenkomst en het contract noemt er geen. Stel een nieuw contract voor dat de nadere overeenkomst noemt. agreement_missing: name it <b>",
		"agreement_new: x":               "agreement_new: x",
	} {
		if got := q.agreementText(text); got != want {
			t.Errorf("%q", got)
		}
	}
}
