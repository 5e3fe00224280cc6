// SPDX-License-Identifier: EUPL-1.2

package dossier_test

import (
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
)

const contract = "$1$1$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA"

// readAs reads a body as one of a type, whatever the type of the deed.
func readAs(typ deed.Type, c *deed.Content) (err error) {
	switch typ {
	case dossier.TypeAllocation:
		_, err = dossier.ReadAllocation(c)
	case dossier.TypeBinding:
		_, err = dossier.ReadBinding(c)
	case dossier.TypePriceSheet:
		_, err = dossier.ReadPriceSheet(c)
	case dossier.TypeOrganization:
		_, err = dossier.ReadOrganization(c)
	case dossier.TypeGroup:
		_, err = dossier.ReadGroup(c)
	case dossier.TypeMembership:
		_, err = dossier.ReadMembership(c)
	case dossier.TypeDecision:
		_, err = dossier.ReadDecision(c)
	case dossier.TypeProcess:
		_, err = dossier.ReadProcess(c)
	case dossier.TypeConfirmation:
		err = dossier.ReadConfirmation(c)
	case dossier.TypeChange:
		_, err = dossier.ReadChange(c)
	case dossier.TypeOwnDraw:
		_, err = dossier.ReadOwnDraw(c)
	case dossier.TypeCallOffChange:
		_, err = dossier.ReadCallOffChange(c)
	default:
	}
	return err
}

// draft gives parties and rule that go with a type.
func draft(t testing.TB, typ deed.Type, body string) deed.Draft {
	t.Helper()
	begin := day(t, 2026, 2, 1, 9).Unix()
	d := deed.Draft{Type: typ, IssuedAt: begin, NotBefore: begin, GroupID: "samenspel-test", ID: deed.NewID(begin*1000, [10]byte{byte(typ)}), Body: []byte(body)}
	one := func(p fsc.PeerID, r deed.Role) {
		d.Rule, d.Parties = deed.Rule{Kind: deed.RuleOne, Role: r}, []deed.Party{{PeerID: p, Role: r}}
	}
	both := func(p fsc.PeerID, r deed.Role, q fsc.PeerID, o deed.Role) {
		d.Rule, d.Parties = deed.Rule{Kind: deed.RuleAll}, []deed.Party{{PeerID: p, Role: r}, {PeerID: q, Role: o}}
	}
	switch typ {
	case dossier.TypeAllocation:
		one(purchaser, dossier.RolePurchasingBody)
	case dossier.TypeBinding:
		both(buyer, dossier.RoleBuyer, supplier, dossier.RoleSupplier)
		d.NotAfter = begin + 1000
	case dossier.TypeConfirmation, dossier.TypeCallOffChange:
		both(buyer, dossier.RoleBuyer, supplier, dossier.RoleSupplier)
	case dossier.TypeOrganization:
		one(buyer, dossier.RoleOrganization)
	case dossier.TypeMembership:
		one(buyer, dossier.RoleMember)
	case dossier.TypeProcess:
		one(buyer, dossier.RoleSteward)
	case dossier.TypeOwnDraw:
		one(buyer, dossier.RoleBuyer)
	case dossier.TypeChange, dossier.TypePriceSheet:
		both(purchaser, dossier.RolePurchasingBody, supplier, dossier.RoleSupplier)
	default:
		one(buyer, dossier.RoleInitiator)
	}
	return d
}

// prices gives the body of a price sheet.
func prices(cents, currency, hours, note string) string {
	return `{"lot":"1","unit_price_cents":` + cents + `,"currency":"` + currency + `","effort_hours":` + hours + `,"note":"` + note + `"}`
}

// ownDraw gives the body of an own draw of these members.
func ownDraw(kind, by, quantity, local string) string {
	return `{"command":{"request":"d/1","kind":"` + kind + `","lot":"perceel-1","buyer":"` + by + `","call_off":"c","quantity":` + quantity + `,"local":` + local + `}}`
}

const (
	command = `"command":{"request":"d/1","kind":"draw","lot":"perceel-1","buyer":"b","call_off":"c","quantity":5}`
	receipt = `"receipt":{"request":"d/1","kind":"draw","lot":"perceel-1","buyer":"b","serial":1,"from_pool":5,"escrow":0,"pool":5,"committed":5,"reached":[70]}`
	refusal = `"refusal":{"code":"not_enough","field":"quantity","detail":"Te veel.","remaining":3}`
)

func TestTheBodiesAroundAFrameworkAreReadStrictly(t *testing.T) {
	long := strings.Repeat("x", 20_001)
	for name, c := range map[string]struct {
		typ  deed.Type
		body string
		want dossier.Reason
	}{
		"receipt":               {dossier.TypeAllocation, `{` + command + `,` + receipt + `}`, ""},
		"refusal":               {dossier.TypeAllocation, `{` + command + `,` + refusal + `}`, ""},
		"neither":               {dossier.TypeAllocation, `{` + command + `}`, dossier.ReasonMalformed},
		"both":                  {dossier.TypeAllocation, `{` + command + `,` + receipt + `,` + refusal + `}`, dossier.ReasonMalformed},
		"exhausted by refusal":  {dossier.TypeAllocation, `{` + command + `,` + refusal + `,"exhausted":true}`, dossier.ReasonMalformed},
		"a refusal without why": {dossier.TypeAllocation, `{` + command + `,"refusal":{"code":"full","detail":""}}`, dossier.ReasonMalformed},
		"unknown member":        {dossier.TypeAllocation, `{` + command + `,` + receipt + `,"x":1}`, dossier.ReasonMalformed},

		"binding":                  {dossier.TypeBinding, `{"contract":"` + contract + `"}`, ""},
		"the hash of a deed":       {dossier.TypeBinding, `{"contract":"` + strings.Replace(contract, "$1$1$", "$1$112$", 1) + `"}`, dossier.ReasonMalformed},
		"the hash of a grant":      {dossier.TypeBinding, `{"contract":"` + strings.Replace(contract, "$1$1$", "$1$3$", 1) + `"}`, dossier.ReasonMalformed},
		"confirmation":             {dossier.TypeConfirmation, `{}`, ""},
		"confirmation with a body": {dossier.TypeConfirmation, `{"lots":[]}`, dossier.ReasonMalformed},

		"price sheet":           {dossier.TypePriceSheet, `{"lot":"1","unit_price_cents":0,"currency":"EUR","effort_hours":0}`, ""},
		"price with a note":     {dossier.TypePriceSheet, prices("12500", "EUR", "40", "Exclusief btw."), ""},
		"the highest of each":   {dossier.TypePriceSheet, prices("100000000000", "EUR", "10000", strings.Repeat("é", 500)), ""},
		"price without hours":   {dossier.TypePriceSheet, `{"lot":"1","unit_price_cents":5,"currency":"EUR"}`, dossier.ReasonMalformed},
		"hours without a price": {dossier.TypePriceSheet, `{"lot":"1","currency":"EUR","effort_hours":5}`, dossier.ReasonMalformed},
		"price without a lot":   {dossier.TypePriceSheet, `{"unit_price_cents":5,"currency":"EUR","effort_hours":5}`, dossier.ReasonMalformed},
		"price below zero":      {dossier.TypePriceSheet, prices("-1", "EUR", "40", ""), dossier.ReasonMalformed},
		"price too high":        {dossier.TypePriceSheet, prices("100000000001", "EUR", "40", ""), dossier.ReasonMalformed},
		"other money":           {dossier.TypePriceSheet, prices("5", "USD", "40", ""), dossier.ReasonMalformed},
		"hours below zero":      {dossier.TypePriceSheet, prices("5", "EUR", "-1", ""), dossier.ReasonMalformed},
		"too many hours":        {dossier.TypePriceSheet, prices("5", "EUR", "10001", ""), dossier.ReasonMalformed},
		"a long price note":     {dossier.TypePriceSheet, prices("5", "EUR", "40", strings.Repeat("é", 501)), dossier.ReasonMalformed},
		"a hidden price note":   {dossier.TypePriceSheet, prices("5", "EUR", "40", `\u202e`), dossier.ReasonMalformed},
		"a price of more":       {dossier.TypePriceSheet, `{"lot":"1","unit_price_cents":5,"currency":"EUR","effort_hours":5,"x":1}`, dossier.ReasonMalformed},

		"organisation":        {dossier.TypeOrganization, `{"name":"Lochem","kind":"municipality","attributes":[{"name":"kvk","value":"1","source":"KvK","on":"2026-01-31"}]}`, ""},
		"a day that is none":  {dossier.TypeOrganization, `{"name":"Lochem","kind":"municipality","attributes":[{"name":"kvk","value":"1","source":"KvK","on":"2026-02-30"}]}`, dossier.ReasonMalformed},
		"an attribute twice":  {dossier.TypeOrganization, `{"name":"Lochem","kind":"municipality","attributes":[{"name":"kvk","value":"1","source":"KvK","on":"2026-01-31"},{"name":"kvk","value":"2","source":"KvK","on":"2026-01-31"}]}`, dossier.ReasonMalformed},
		"no source":           {dossier.TypeOrganization, `{"name":"Lochem","kind":"municipality","attributes":[{"name":"kvk","value":"1","source":"","on":"2026-01-31"}]}`, dossier.ReasonMalformed},
		"a takeover alone":    {dossier.TypeOrganization, `{"name":"Lochem","kind":"municipality","attributes":[],"predecessors":["00000099000000310000"]}`, dossier.ReasonSignatories},
		"no name":             {dossier.TypeOrganization, `{"name":"","kind":"municipality","attributes":[]}`, dossier.ReasonMalformed},
		"group":               {dossier.TypeGroup, `{"name":"IMG","kind":"size_class","basis":"inhabitants>=100000","invited":["00000099000000300000"]}`, ""},
		"invited twice":       {dossier.TypeGroup, `{"name":"IMG","kind":"region","invited":["00000099000000300000","00000099000000300000"]}`, dossier.ReasonMalformed},
		"invited by spaces":   {dossier.TypeGroup, `{"name":"IMG","kind":"region","invited":["  "]}`, dossier.ReasonMalformed},
		"membership":          {dossier.TypeMembership, `{"class":"voting"}`, ""},
		"no class":            {dossier.TypeMembership, `{}`, dossier.ReasonMalformed},
		"decision":            {dossier.TypeDecision, `{"title":"Kern","text":"Wij doen het zo."}`, ""},
		"a text that is long": {dossier.TypeDecision, `{"title":"Kern","text":"` + long + `"}`, dossier.ReasonMalformed},
		"no such document":    {dossier.TypeDecision, `{"title":"Kern","text":"Zo.","document":"` + string(deed.AnnexHash([]byte("x"))) + `"}`, dossier.ReasonMalformed},
		"process":             {dossier.TypeProcess, `{"code":"P01","name":"Verhuizing doorgeven"}`, ""},
		"no code":             {dossier.TypeProcess, `{"code":"","name":"Verhuizing doorgeven"}`, dossier.ReasonMalformed},

		"indexation":          {dossier.TypeChange, `{"kind":"indexation","reason":"Artikel 9.","basis_points":-250}`, ""},
		"indexation of zero":  {dossier.TypeChange, `{"kind":"indexation","reason":"Artikel 9."}`, dossier.ReasonMalformed},
		"points with a lift":  {dossier.TypeChange, `{"kind":"lift","reason":"Artikel 9.","basis_points":1}`, dossier.ReasonMalformed},
		"who leaves?":         {dossier.TypeChange, `{"kind":"party_withdrawal","reason":"Faillissement."}`, dossier.ReasonMalformed},
		"by itself":           {dossier.TypeChange, `{"kind":"third_party","reason":"Fusie.","supplier":"x00","successor":"x00"}`, dossier.ReasonMalformed},
		"the new one is away": {dossier.TypeChange, `{"kind":"third_party","reason":"Fusie.","supplier":"x00","successor":"y00"}`, dossier.ReasonSignatories},
		"no reason":           {dossier.TypeChange, `{"kind":"termination","reason":""}`, dossier.ReasonMalformed},
		"more called off":     {dossier.TypeCallOffChange, `{"quantity":300,"value_cents":5,"reason":"Meer balies."}`, ""},
		"nothing called off":  {dossier.TypeCallOffChange, `{"quantity":0,"value_cents":5,"reason":"Minder."}`, dossier.ReasonMalformed},
		"for no money":        {dossier.TypeCallOffChange, `{"quantity":3,"value_cents":0,"reason":"Minder."}`, dossier.ReasonMalformed},
		"changed without why": {dossier.TypeCallOffChange, `{"quantity":3,"value_cents":5,"reason":""}`, dossier.ReasonMalformed},
		"own draw":            {dossier.TypeOwnDraw, ownDraw("draw", string(buyer), "5", "1"), ""},
		"a change alone":      {dossier.TypeOwnDraw, ownDraw("change", string(buyer), "5", "1"), dossier.ReasonMalformed},
		"draw for another":    {dossier.TypeOwnDraw, ownDraw("draw", "b", "5", "1"), dossier.ReasonMalformed},
		"draw of nothing":     {dossier.TypeOwnDraw, ownDraw("draw", string(buyer), "0", "1"), dossier.ReasonMalformed},
		"draw without number": {dossier.TypeOwnDraw, ownDraw("draw", string(buyer), "5", "0"), dossier.ReasonMalformed},
		"an unknown kind":     {dossier.TypeChange, `{"kind":"verlenging","reason":"Zo."}`, dossier.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			d := draft(t, c.typ, c.body)
			content, err := d.Content()
			if err != nil {
				t.Fatal(err)
			}
			if err := readAs(c.typ, content); reasonOf(err) != c.want || (err == nil) != (c.want == "") {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if c.want != "" {
				return
			}
			d.Type = 899
			if content, err = d.Content(); err != nil {
				t.Fatal(err)
			}
			if readAs(c.typ, content) == nil {
				t.Error("is read from a deed of another type as well")
			}
		})
	}
}

func TestACostIsCountedExactlyOrNotAtAll(t *testing.T) {
	p := dossier.PriceSheet{Cents: 1250}
	if cents, ok := p.Cost(300); cents != 375_000 || !ok {
		t.Errorf("300 cost %d %v", cents, ok)
	}
	for _, quantity := range []int64{-1, 1<<63 - 1, 1 << 52} {
		if cents, ok := p.Cost(quantity); ok {
			t.Errorf("%d cost %d", quantity, cents)
		}
	}
}
