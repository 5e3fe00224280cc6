// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"strings"
	"testing"
)

func TestAGroupIsFoundedDecidesAndShowsWhatIsPromised(t *testing.T) {
	j := newJoint(t)
	b := j.sites[town].browser(t).setUp()
	b.get("/groups/new?inhabitants=100000").has(t, "32 organisaties uitnodigen", "Groningen", `name="invited"`, "gemeenten met 100.000 inwoners of meer")
	b.get("/groups/new?inhabitants=veel").has(t, "Oprichten")
	b.get("/groups/new?province=Utrecht").has(t, "gemeenten in Utrecht")
	made := b.post("/groups", "name", "Samen slim", "kind", "association", "keeper", string(office))
	group := made.Header.Get("Location")
	j.Settle()
	b.get(group).has(t, "Samen slim", "In oprichting", "Meedoen")
	b.post(group+"/join", "class", "guest").want(t, http.StatusSeeOther, group)
	j.Settle()
	b.get(group).has(t, "Uw organisatie doet mee als: Gast", "Lidmaatschap beëindigen").hasNot(t, "/decision\"")
	b.post(group+"/decision", "title", "x", "text", "y", "closesAt", "2020-01-01").want(t, http.StatusBadRequest, "").has(t, `href="#f-closesAt"`)
	b.get("/obligations").has(t, "Samen slim", "Deelname")
	if csv := b.get("/obligations?format=csv"); !strings.Contains(csv.text, "Samen slim") {
		t.Errorf("%s", csv.text)
	}
	b.get("/audit").has(t, "Samenwerking opgericht", "Lid geworden")
}

func TestTheOverviewTellsWhatWaitsAndTheBoardLeadsToFrameworks(t *testing.T) {
	j := newJoint(t)
	f := "/frameworks/" + string(j.Mantel(source, 1000, town))
	buyer, supplier := j.sites[town].browser(t).setUp(), j.sites[source].browser(t).setUp()
	supplier.get(f).hasNot(t, "Mogen wij toetreden?")
	buyer.post(f+"/accede", "need.0", "400", "reserved.0", "300")
	j.Settle()
	buyer.post("/board/P29", "framework", strings.TrimPrefix(f, "/frameworks/")).want(t, http.StatusSeeOther, "/board/P29")
	j.Settle()
	buyer.get("/board").has(t, "Er is toegetreden", "Verhuizing doorgeven")
	buyer.get("/board/P29").has(t, f, "Gemeente Voorbeeldstad")
	supplier.get("/board/P29").has(t, "Leveranciers zien het niet").hasNot(t, "Voorbeeldstad (OIN")
	supplier.get("/register/GM0014").has(t, "244.427", "Leveranciers zien het niet").hasNot(t, "Buren")
	buyer.get("/register/GM0014").has(t, "Buren", "Stadskanaal")
	buyer.get("/register?province=Utrecht").has(t, "26 gemeenten", "Provincies", "1 mei 2026") //nolint:misspell // Dutch
	buyer.get("/register/ended?q=brielle").has(t, "Voorne aan Zee")
	buyer.get("/register/arrangements").has(t, "451 regelingen")
	buyer.get("/register/XX").want(t, http.StatusNotFound, "")
	buyer.get("/mandates/new").has(t, `name="keyThumbprint"`)
	buyer.post("/mandates", "mandatary", string(town), "keyThumbprint", "kort", "type", "111", "notAfter", "2027-11-22").
		want(t, http.StatusBadRequest, "").has(t, `href="#f-keyThumbprint"`, `value="kort"`)
	mandate := buyer.post("/mandates", "mandatary", string(town), "keyThumbprint", strings.Repeat("ab", 32), "type", "111", "notAfter", "2027-11-22", "ceilingCents", "100,50").Header.Get("Location")
	j.Settle()
	buyer.get(mandate).has(t, "€ 100,50", "22 november 2027", "Mandaat intrekken")
	buyer.get("/mandates").has(t, "1 mandaat")
}

func TestANodeThatActsAloneHasNoPagesOfDecidingTogether(t *testing.T) {
	b := newDeal(t).browser(t).setUp()
	for _, path := range []string{"/obligations", "/board", "/board/P29", "/groups", "/groups/x", "/decisions", "/register", "/register/GM0014", "/mandates", "/alarms/x/proof"} {
		b.get(path).want(t, http.StatusNotFound, "")
	}
}
