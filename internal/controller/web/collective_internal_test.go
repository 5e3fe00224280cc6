// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// someState is what every deed has, with one text everywhere and all words.
func someChoice(prefix, text string) annexChoice {
	return annexChoice{Action: "/x", Field: "annex", Prefix: prefix, Hash: text, Size: 3, Hidden: []option{{prefix + ".hash", text}}}
}

func someState(text string, words ...collective.Word) controller.DeedState {
	peer := fsc.Peer{ID: "00000099000000002000", Name: text}
	self := fsc.Peer{ID: "00000099000000001000", Name: "Gemeente Voorbeeldstad"}
	because := []controller.Because{
		{Code: string(dossier.ReasonNotEligible), Peer: peer, Detail: text, Source: text}, {Code: text}, {Code: string(rule.ReasonRejected), Peer: peer},
	}
	d := controller.DeedState{
		Hash: "$1$110$abc", Type: dossier.TypeFramework, Word: words[0], Overlays: []string{collective.OverlayUsed90, text}, IssuedAt: testNow(), Since: testNow(),
		Parties: []controller.Signatory{
			{Peer: self, Role: dossier.RolePurchasingBody, Turn: true}, {Peer: peer, Role: dossier.RoleSupplier, Turn: true}, {Peer: peer, Role: deed.Role(text)},
		},
		Turn: true, Reasons: because, Notes: because, Requests: []operator.Request{{Act: "framework.sign", Name: text}},
	}
	d.Annexes = []controller.AnnexLine{{Hash: "$1$900$abc", Name: text, MediaType: text, Size: 1 << 20, Owner: peer}}
	for _, w := range words {
		d.History = append(d.History, controller.DeedStep{At: testNow(), Word: w, Overlays: d.Overlays, Reasons: because})
	}
	return d
}

// someFramework is a framework as its page shows it.
func someFramework(text string) *controller.FrameworkDetail {
	peer := fsc.Peer{ID: "00000099000000002000", Name: text}
	now := testNow()
	window := controller.EntryWindow{From: now.AddDate(0, -1, 0), Until: now.AddDate(0, 1, 0), Open: true}
	f := controller.Framework{
		DeedState: someState(text, append(frameworkWords(), collective.WordVoid)...), Name: text, NotBefore: now, NotAfter: now.AddDate(1, 0, 0), Until: now.AddDate(1, 0, 0),
		Last: now.AddDate(2, 0, 0), Published: now, TailDays: 30, TermRationale: text, Imported: true, Source: deed.Annex{Hash: "$1$900$abc", Name: text},
		Body: peer, Keeper: peer, Suppliers: []fsc.Peer{peer, {ID: "00000099000000003000"}}, Windows: []controller.EntryWindow{window}, Eligible: 342, Participants: 280, Part: "buyer",
		Lots: []controller.FrameworkLot{
			{ID: "1", Name: text, Unit: text, Maximum: 1000, Committed: 900, Reserved: 50, Left: 50, MaximumCents: 123456, UnitCents: 123, Suppliers: []fsc.Peer{peer}, Services: []string{text}, Mark: 90, Percent: 90, Ours: 5},
			{ID: "2", Name: "b", Unit: "stuks", Maximum: 10, Committed: 10, Mark: 100, Percent: 100},
		},
	}
	d := &controller.FrameworkDetail{Framework: f, EligiblePeers: []fsc.Peer{peer}, HiddenCallOffs: 2, MayJoin: true, MaySign: true, MayConfirm: true}
	d.Accessions = []controller.Accession{someAccession(text).Accession, {DeedState: someState(text, collective.WordEnded), Lots: []controller.ReservedLot{{Hidden: true}}}}
	d.CallOffs = []controller.CallOff{someCallOff(text, "buyer").CallOff}
	for _, k := range []dossier.ChangeKind{
		dossier.ChangeTax, dossier.ChangeIndexation, dossier.ChangePartyWithdrawal, dossier.ChangeThirdParty, dossier.ChangeTermination,
		dossier.ChangeAnnulment, dossier.ChangeSuspension, dossier.ChangeLift, dossier.ChangeExtension,
	} {
		d.Changes = append(d.Changes, controller.FrameworkChange{DeedState: someState(text, "in_force"), Kind: k, Reason: text, BasisPoints: -250, Supplier: peer, Successor: peer})
	}
	d.Saved = &usage.Total{Enough: true, Buyers: 2, Sum: -500}
	d.Prices = []controller.FrameworkPrice{
		{DeedState: someState(text, "in_force"), Sheet: dossier.PriceSheet{Lot: "1", Cents: 1250, Hours: 40, Note: text}, LotName: text, Unit: text, Supplier: peer, From: now, Current: true},
		{DeedState: someState(text, collective.WordProposed), Sheet: dossier.PriceSheet{Lot: text}, Supplier: peer, From: now},
	}
	d.Alarms = []controller.KeeperAlarm{{At: now, Peer: peer, Dossier: "$1$110$abc", Code: "equivocation", Proof: true}, {Code: text}}
	d.Confirmations = []controller.DeedState{someState(text, collective.WordProposed)}
	return d
}

func someAccession(text string) *controller.AccessionDetail {
	peer := fsc.Peer{ID: "00000099000000002000", Name: text}
	return &controller.AccessionDetail{
		Accession: controller.Accession{
			DeedState: someState(text, collective.WordEffective, collective.WordRequested), Framework: "$1$110$abc", FrameworkName: text, Buyer: peer, Ours: true,
			Lots: []controller.ReservedLot{{Lot: "1", Name: text, Unit: text, Need: 400, Reserved: 300, Held: 50}}, Predecessors: []deed.Hash{"$1$111$abc"},
		},
		Of:     &controller.Framework{Name: text, Until: testNow().AddDate(1, 0, 0), TailDays: 30},
		MayEnd: true, MayCallOff: true,
	}
}

func someCallOff(text, part string) *controller.CallOffDetail {
	peer := fsc.Peer{ID: "00000099000000002000", Name: text}
	contract := someContract(text).Contract
	return &controller.CallOffDetail{
		CallOff: controller.CallOff{
			DeedState: someState(text, append(callOffWords(), collective.WordLive)...), Framework: "$1$110$abc", FrameworkName: text, Accession: "$1$111$abc", Buyer: peer, Supplier: peer,
			Part: part, Lot: text, LotName: text, Unit: text, Quantity: 250, ValueCents: 20050, Services: []string{text}, NotBefore: testNow(), NotAfter: testNow().AddDate(1, 0, 0), Allocated: true,
			Bindings: []controller.CallOffBinding{
				{DeedState: someState(text, "bound"), Contract: contract.Hash}, {DeedState: someState(text, "cut"), Contract: "$1$1$elsewhere"},
			},
			DrawnAlone: part == "supplier",
			Changes:    []controller.CallOffChange{{DeedState: someState(text, "applied"), Quantity: 300, ValueCents: 24000, Reason: text}},
		},
		MayChange: true, MayDraw: part == "buyer", OwnLeft: 300,
		Of: &controller.Framework{Name: text}, MaySign: true, MayEnd: true, MayConnect: true, Contracts: []controller.Contract{contract},
		Savings: []controller.Saving{someSaving(text, 17_500), someSaving(text, -5)},
	}
}

func collectiveFixtures() []fixture {
	s, err := parsed()
	if err != nil {
		return nil
	}
	var out []fixture
	for _, text := range []string{"Webdiensten", hostileText} {
		q := &request{Lang: dutch, s: s}
		f, a, o := someFramework(text), someAccession(text), someCallOff(text, "supplier")
		forecast := &controller.Forecast{Word: collective.WordRefused, Reasons: f.Reasons, Signers: f.Suppliers}
		well := &controller.Forecast{Word: collective.WordEffective, OK: true}
		lots := []accedeLot{{lotView: lotOf(f.Lots[0]), NeedField: "need.0", ReservedField: "reserved.0", Need: 5, Reserved: 6, Cents: 700}}
		priced := lots[0]
		priced.NeedField, priced.ReservedField = "need.1", "reserved.1"
		priced.Prices = []accedePrice{{priceRow: q.priceRow(&f.Prices[0]), Who: text, Cents: 5, Known: true}, {priceRow: q.priceRow(&f.Prices[0]), Who: text}}
		lots = append(lots, priced)
		checks := []accedeCheck{{Text: "Ja", Class: "ok", Icon: "circle-check"}, {Text: "Nee", Class: "problem", Icon: "circle-x", Source: text, Detail: text}}
		lot := lotOf(f.Lots[0])
		form := callOffNew{
			A: a, URL: "/x", AURL: "/y", Step: 1, Lots: []option{{text, text}}, Suppliers: peerOptions(f.Suppliers), Services: []serviceChoice{{text, true}, {"b", false}},
			Lot: &lot, LastDay: testNow(), End: "2027-01-01", CLI: text, Annex: someChoice("variation", text),
		}
		review, refused := form, form
		review.Step, review.Forecast, review.Hidden, review.Second = 2, q.forecastView(well), []option{{"lot", text}}, true
		refused.Step, refused.Forecast = 2, q.forecastView(forecast)
		d := &controller.Deed{DeedState: someState(text, collective.Word(text)), Parents: []deed.Hash{"$1$110$abc"}, Raw: []byte(`{"a":1}`)}
		d.Type = dossier.TypeConfirmation
		out = append(out,
			fixture{page: "frameworks", name: text[:4], data: &frameworksPage{Rows: []frameworkRow{q.frameworkRow(&f.Framework), {URL: "/x"}}, Words: q.wordOptions(frameworkWords()), Total: 2, Cursors: cursors{"a", "b"}, CLI: text}},
			fixture{page: "framework", name: text[:4], data: q.frameworkView(f)},
			fixture{page: "accede", name: "1 " + text[:4], data: &accedeView{F: f, URL: "/x", Step: 1, Checks: checks, Lots: lots, CLI: text}, problems: problems{{"need.0", text}}},
			fixture{page: "accede", name: "2 " + text[:4], data: &accedeView{F: f, URL: "/x", Step: 2, Able: true, Lots: lots, Forecast: q.forecastView(well), Second: true, Share: text}},
			fixture{page: "accede", name: "3 " + text[:4], data: &accedeView{F: f, URL: "/x", Step: 2, Lots: lots, Forecast: q.forecastView(forecast)}},
			fixture{page: "accession", name: text[:4], data: q.accessionView(a)},
			fixture{page: "calloffs", name: text[:4], data: &callOffsPage{Rows: []callOffRow{q.callOffRow(&o.CallOff), {URL: "/x"}}, Words: q.wordOptions(callOffWords()), Total: 2}},
			fixture{page: "calloff", name: text[:4], data: q.callOffView(o)},
			fixture{page: "calloff", name: "buyer " + text[:4], data: q.callOffView(someCallOff(text, "buyer"))},
			fixture{page: "calloff_new", name: "1 " + text[:4], data: &form, problems: problems{{"value", text}}},
			fixture{page: "calloff_new", name: "2 " + text[:4], data: &review},
			fixture{page: "calloff_new", name: "3 " + text[:4], data: &refused},
			fixture{page: "usage", name: text[:4], data: &usagePage{Row: q.callOffRow(&o.CallOff), Months: []usageView{someUsage(q, collective.UsageSettled, text)}, Cursors: cursors{"a", "b"}, CLI: text}},
			fixture{page: "usage_month", name: "settling " + text[:4], data: new(someUsage(q, collective.UsageSettling, text)), problems: problems{{"count", text}}},
			fixture{page: "usage_month", name: "running " + text[:4], data: new(someUsage(q, collective.UsageRunning, text))},
			fixture{page: "deed", name: text[:4], data: q.deedView(d)},
		)
		out = append(out, savingFixtures(text)...)
	}
	empty := &request{Lang: english, s: s}
	out = append(out, draftFixtures()...)
	return append(out,
		fixture{page: "frameworks", name: "empty", data: &frameworksPage{}},
		fixture{page: "frameworks", name: "none found", data: &frameworksPage{Filtered: true}},
		fixture{page: "framework", name: "empty", data: empty.frameworkView(&controller.FrameworkDetail{})},
		fixture{page: "accession", name: "empty", data: empty.accessionView(&controller.AccessionDetail{Of: &controller.Framework{}})},
		fixture{page: "calloffs", name: "empty", data: &callOffsPage{}},
		fixture{page: "calloffs", name: "none found", data: &callOffsPage{Filtered: true}},
		fixture{page: "usage", name: "empty", data: &usagePage{Row: callOffRow{URL: "/x"}}},
		fixture{page: "usage_month", name: "empty", data: new(empty.usageView("", &collective.UsageMonth{Word: collective.UsageOpen}))},
		fixture{page: "calloff", name: "empty", data: empty.callOffView(&controller.CallOffDetail{Of: &controller.Framework{}})},
	)
}

// someUsage is a month with everything in it.
func someUsage(q *request, w collective.UsageWord, text string) usageView {
	side := &collective.UsageSide{Deed: "$1$115$x", Peer: "00000099000000001000", Count: 5}
	v := q.usageView("", &collective.UsageMonth{
		CallOff: "$1$112$x", Month: usage.Month{Year: 2026, Month: time.March}, Word: w, Buyer: side, Supplier: side, SoFar: &usage.Summary{Count: 3},
		Settlement: &collective.UsageSettlement{Count: 5, Reason: text, Awaiting: []fsc.PeerID{side.Peer}},
		Report:     &collective.UsageReport{Problem: text, Difference: &usage.Report{Own: []string{text}, Other: []string{text}}},
	})
	v.MayState, v.MayAgree, v.Count = true, true, text
	return v
}

func TestEveryWordRoleAndReasonOfTheDossiersHasAText(t *testing.T) {
	all, err := loadCatalogues()
	must(t, err)
	var keys []string
	for _, w := range []collective.Word{
		collective.WordProposed, collective.WordPlanned, collective.WordAsserted, collective.WordLive, collective.WordSuspended, collective.WordExhausted,
		collective.WordExpired, collective.WordTerminated, collective.WordAnnulled, collective.WordRequested, collective.WordEffective, collective.WordEnded,
		collective.WordOffered, collective.WordWaits, collective.WordCompleted, collective.WordRefused, collective.WordRejected, collective.WordLapsed,
		collective.WordVoid, collective.WordWaiting, "signed", "applied", "drawn",
	} {
		keys = append(keys, "collective.word."+string(w))
	}
	for _, r := range []dossier.Reason{
		dossier.ReasonSignatories, dossier.ReasonParent, dossier.ReasonTerm, dossier.ReasonNotEligible, dossier.ReasonWindowClosed, dossier.ReasonNotLive,
		dossier.ReasonNotAcceded, dossier.ReasonLot, dossier.ReasonSupplier, dossier.ReasonService, dossier.ReasonReservation, dossier.ReasonExhausted,
		dossier.ReasonTail, dossier.ReasonNoReceipt, dossier.ReasonChangeCap, dossier.ReasonRoles,
		dossier.Reason(collective.CodeAsserted), dossier.Reason(collective.CodeAcceded), dossier.Reason(collective.CodeSuccessor), dossier.Reason(collective.CodeTerm),
		dossier.Reason(collective.CodeOwnNumber), dossier.Reason(collective.CodeAllocated), dossier.Reason(collective.CodeChangeState),
		dossier.Reason(rule.ReasonForm), dossier.Reason(rule.ReasonRejected), dossier.Reason(rule.ReasonRevoked),
	} {
		keys = append(keys, "collective.reason."+string(r))
	}
	for _, key := range keys {
		if !all[dutch].has(key) {
			t.Errorf("no text %s", key)
		}
	}
}

func TestMoneyIsReadAndWrittenAsPeopleDo(t *testing.T) {
	for text, want := range map[string]int64{"1250": 125000, "1.250,00": 125000, "€ 1.250,5": 125050, "1,250.99": 125099, "0,01": 1, "1.250": 125000} {
		if got, ok := readMoney(text); !ok || got != want {
			t.Errorf("%q is read as %d %t, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "€", "-5", "1e3", "12a", "99999999999999999999", ",50", "1,2,x"} {
		if got, ok := readMoney(text); ok {
			t.Errorf("%q is read as %d", text, got)
		}
	}
	for cents, want := range map[int64]string{0: "€ 0,00", 5: "€ 0,05", 123456789: "€ 1.234.567,89", -250: "€ -2,50"} {
		if got := moneyText(dutch, cents); got != want {
			t.Errorf("%d is written as %q, want %q", cents, got, want)
		}
	}
}
