// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/samenspel/samenspel/internal/manager"
)

func TestAPropertyThatNobodyCouldActUponIsToldAtItsField(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	v := url.Values{
		"n": {"1"}, "g0.type": {"connection"}, "g0.provider": {"Bron (" + string(source) + ")"}, "g0.service": {"personen"},
		"g0.outway": {d.parties[town].pair.PublicKeyThumbprint()}, "step": {"4"}, "notAfter": {"2027-12-31"},
		"g0.p0.name": {"doel"}, "g0.p0.value": {"zorg"},
		"g0.p1.name": {"access.connection.operations"}, "g0.p1.value": {`[{"paths":["v1"]}]`}, "g0.p1.json": {"yes"},
	}
	b.get("/contracts/new?"+v.Encode()).want(t, http.StatusBadRequest, "").
		has(t, `href="#f-g0.p1.value"`, "Deze eigenschap klopt niet. Elke aanroep zou worden geweigerd.", "access.connection.operations[0].paths[0]", `value="zorg"`)
	v.Set("g0.p1.value", `[{"paths":["/v1"]}]`)
	b.get("/contracts/new?"+v.Encode()).want(t, http.StatusOK, "").has(t, "Daarna moeten deze partijen tekenen")
}

func TestAProposalWithAPropertyThatWeCantActUponCanOnlyBeRejected(t *testing.T) {
	d := newDeal(t)
	b := d.browser(t).setUp()
	must(t, d.manager.PutService(t.Context(), manager.Service{Name: "personen", Upstream: "http://upstream.test"}))
	d.begs(t, []byte(`{"access.connection.operation":[{"methods":["GET"]}]}`))
	contracts, err := d.manager.ListContracts(t.Context(), manager.ContractFilter{})
	must(t, err)
	path := contractPath(contracts[0].Content.Hash())
	b.get(path).has(t, "Een eigenschap in het contract klopt niet.", "access.connection.operation is not known here")
	b.follow(b.get(path+"/accept")).has(t, "met dit contract zou elke aanroep worden geweigerd")
	b.follow(b.post(path+"/reject", "confirmed", "yes")).has(t, "Het contract is afgewezen.")
}
