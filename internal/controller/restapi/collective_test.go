// SPDX-License-Identifier: EUPL-1.2

package restapi_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/controller/client"
)

// clientCollective asks for every operation about deeds, on a node that acts alone.
func (a *api) clientCollective(ctx context.Context, c *client.Client) {
	t, h := a.t, "$1$110$x"
	lot := []client.NewReservation{{Lot: "1", Need: 1}}
	order := client.NewCallOff{Accession: h, Lot: "1", Quantity: 1, ValueCents: 1, NotAfter: a.clock.Now().AddDate(1, 0, 0)}
	ran(t, c.Frameworks(ctx, client.FrameworkFilter{Text: "x", State: "live", Ours: true, Limit: 1}))
	ask(c.Framework(ctx, h))(t)
	mantel := client.NewFramework{
		Name: "x", Published: a.clock.Now(), NotBefore: a.clock.Now(), NotAfter: a.clock.Now(), Eligible: []fsc.PeerID{anna},
		EntryWindows: []client.NewEntryWindow{{From: a.clock.Now(), Until: a.clock.Now()}},
		Lots:         []client.NewFrameworkLot{{ID: "1", Name: "x", Unit: "x", MaximumQuantity: 1, MaximumValueCents: 1, Suppliers: []fsc.PeerID{evert}, Services: []string{"persons"}}},
	}
	ask(c.ForeseeFramework(ctx, mantel))(t)
	ask(c.ProposeFramework(ctx, mantel))(t)
	ask(c.ReadFramework(ctx, client.NewFrameworkReading{Releases: []byte(`{}`)}))(t)
	ask(c.ConfirmFramework(ctx, h, client.NewFrameworkConfirmation{Buyer: anna}))(t)
	ask(c.Prices(ctx, h))(t)
	ask(c.ForeseePrice(ctx, h, client.NewFrameworkPrice{Lot: "1", UnitPriceCents: 1250, EffortHours: 40}))(t)
	ask(c.ProposePrice(ctx, h, client.NewFrameworkPrice{Lot: "1", Supplier: evert, UnitPriceCents: 1250, EffortHours: 40, Note: "x", From: a.clock.Now()}))(t)
	ask(c.ForeseeAccession(ctx, client.NewAccession{Framework: h, Lots: lot}))(t)
	ask(c.Accede(ctx, client.NewAccession{Framework: h, Lots: lot}))(t)
	ask(c.Accession(ctx, h))(t)
	ran(t, c.CallOffs(ctx, client.CallOffFilter{State: "live", AwaitingUs: true}))
	ask(c.ForeseeCallOff(ctx, order))(t)
	ask(c.OfferCallOff(ctx, order))(t)
	ask(c.CallOff(ctx, h))(t)
	ask(c.ConnectCallOff(ctx, h, "persons"))(t)
	ask(c.ChangeCallOff(ctx, h, client.NewCallOffChange{Quantity: 2, ValueCents: 2, Reason: "x"}))(t)
	ask(c.DrawOwn(ctx, h))(t)
	ran(t, c.Usage(ctx, h, 1))
	ask(c.UsageMonth(ctx, h, "2026-11"))(t)
	ask(c.StateUsage(ctx, h, "2026-11"))(t)
	ask(c.AgreeUsage(ctx, h, "2026-11", client.NewUsageSettlement{Count: 3, Reason: "x"}))(t)
	ask(c.Savings(ctx, h))(t)
	saving := client.NewCallOffSaving{
		Quantity: 1, PriceCents: 1, BaselineCents: 2, Note: "x",
		Source: client.NewDocument{Name: "x.pdf", MediaType: "application/pdf", Size: 1, Hash: string(deed.AnnexHash([]byte("x")))},
	}
	ask(c.ForeseeSaving(ctx, h, saving))(t)
	ask(c.StateSaving(ctx, h, saving))(t)
	ask(c.CallOffSavings(ctx, h))(t)
	ask(c.DeedStateAt(ctx, h, a.clock.Now()))(t)
	ask(c.Deed(ctx, h))(t)
	ask(c.SignDeed(ctx, h, "accept"))(t)
	ask(c.DeedDossier(ctx, h))(t)
	ask(c.RebuildDeeds(ctx))(t)
	ask(c.AddAnnex(ctx, strings.NewReader("x")))(t)
	ask(c.Annex(ctx, "$1$900$x"))(t)
	ask(c.AnnexContent(ctx, "$1$900$x"))(t)
}

// cora buys centrally, evert supplies.
const (
	cora  fsc.PeerID = "00000099000000003000"
	evert fsc.PeerID = "00000099000000005000"
)

// plug stands in for the node, which makes contracts.
type plug struct{}

func (plug) Connect(context.Context, deed.Hash, string) (fsc.ContentHash, error) {
	return fsc.ContentHash("$1$1$" + strings.Repeat("A", 86)), nil
}

func TestAProgramReadsOpenDataOfAFramework(t *testing.T) {
	circle := collectivetest.New(t, group, time.Now().Truncate(time.Second), cora, evert, anna)
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Collective, c.Register = circle.Desk(anna), circle.Register }
	})
	ask := func(file, more string) *answer {
		raw, err := os.ReadFile(filepath.Join("..", "..", "collective", "ocds", "testdata", "real", file))
		must(t, err)
		return a.ask("reader", post, "/v1/framework-readings", `{"releases":`+string(raw)+more+`}`)
	}
	read := into[client.FrameworkReading](ask("uk-cf-repairs-planned-works-framework-award.json", `,"name":"works.json"`).want(200))
	f := read.Framework
	if f.Name != "Repairs and Planned Works Framework" || !f.NotAfter.Equal(time.Date(2029, 3, 31, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("framework %+v", f)
	}
	if read.Currency != "GBP" || len(read.Unnumbered) == 0 || len(f.Lots) != 1 || f.Lots[0].MaximumValueCents != 0 || f.Source.Name != "works.json" || len(f.Eligible) != 0 {
		t.Errorf("reading %+v", read)
	}
	if p := ask("uk-cf-network-cabling-framework-award.json", "").problem(400, "invalid_input"); !strings.Contains(p.Error(), "2014/24/EU art. 33(1)") || p.Errors[0].Pointer != "#/releases" {
		t.Errorf("five years: %+v", p)
	}
	long := into[client.FrameworkReading](ask("uk-cf-network-cabling-framework-award.json", `,"termRationale":"Kabels"`).want(200))
	if long.Framework.TermRationale != "Kabels" {
		t.Errorf("with a reason: %+v", long)
	}
	ask("chile-framework-open_multiple_award.json", "").problem(400, "invalid_input")
}

func TestAProgramJoinsCallsOffConnectsAndEnds(t *testing.T) {
	circle := collectivetest.New(t, group, time.Now().Truncate(time.Second), cora, evert, anna)
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) {
			c.Collective, c.Register, c.Connector = circle.Desk(anna), circle.Register, plug{}
		}
	})
	f := string(circle.Mantel(evert, 1000, anna))
	list := into[client.Page[client.Framework]](a.ask("reader", get, "/v1/frameworks?deedState=live&text=burgerzaken&ours=false", "").want(200))
	if list.Total != 1 || list.Items[0].Deed.Hash != f || list.Items[0].Lots[0].Left != 1000 {
		t.Fatalf("frameworks %+v", list)
	}
	join := `{"framework":"` + f + `","lots":[{"lot":"1","need":100,"reserved":%}]}`
	no := into[client.DeedForecast](a.ask("reader", post, "/v1/accession-previews", strings.Replace(join, "%", "121", 1)).want(200))
	if no.OK || no.Reasons[0].Code != string(dossier.ReasonReservation) || no.Reasons[0].Source == "" {
		t.Errorf("forecast %+v", no)
	}
	a.ask("signer", post, "/v1/accessions", strings.Replace(join, "%", "121", 1)).problem(409, "conflict")
	a.ask("reader", post, "/v1/accessions", strings.Replace(join, "%", "100", 1)).problem(403, "forbidden")
	made := a.ask("signer", post, "/v1/accessions", strings.Replace(join, "%", "100", 1), "Idempotency-Key", "k").want(201)
	circle.Settle()
	in := into[client.Accession](a.ask("reader", get, made.header.Get("Location"), "").want(200))
	if in.Deed.State != "effective" || in.Lots[0].Held != 100 || !in.Ours {
		t.Fatalf("accession %+v", in)
	}
	order := `{"accession":"` + in.Deed.Hash + `","lot":"1","quantity":%,"valueCents":8000,"notAfter":"` + a.clock.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339) + `"}`
	if no = into[client.DeedForecast](a.ask("reader", post, "/v1/call-off-previews", strings.Replace(order, "%", "1001", 1)).want(200)); no.OK {
		t.Errorf("forecast %+v", no)
	}
	offered := a.ask("signer", post, "/v1/call-offs", strings.Replace(order, "%", "80", 1)).want(201)
	at := offered.header.Get("Location")
	circle.Settle()
	o := into[client.CallOff](offered)
	must(t, circle.Desk(evert).Sign(t.Context(), deed.Hash(o.Deed.Hash), collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	circle.Settle()
	if o = into[client.CallOff](a.ask("reader", get, at, "").want(200)); o.Deed.State != "live" || !o.Allocated || o.ValueCents != 8000 {
		t.Errorf("call-off %+v", o)
	}
	months := into[client.Page[client.UsageMonth]](a.ask("reader", get, at+"/usage", "").want(200))
	if months.Total != 1 || months.Items[0].State != "running" {
		t.Errorf("usage %+v", months)
	}
	usage := at + "/usage/" + months.Items[0].Month
	a.ask("reader", get, usage, "").want(200)
	a.ask("reader", post, usage+"/statements", "").problem(403, "forbidden")
	a.ask("signer", post, usage+"/statements", "").problem(409, "conflict") // no log in this test
	a.ask("signer", post, usage+"/settlements", `{"count":3,"reason":"x"}`).problem(409, "conflict")
	a.ask("reader", get, at+"/usage/2026-13", "").problem(400, "invalid_input")
	a.ask("reader", get, "/v1/frameworks/"+f+"/savings", "").problem(409, "conflict") // cora keeps it
	a.savesUnder(at)
	a.ask("signer", post, at+"/connections", `{"service":"verhuizing-doorgeven"}`).want(201)
	if all := into[client.Page[client.CallOff]](a.ask("reader", get, "/v1/call-offs?deedState=live", "").want(200)); all.Total != 1 {
		t.Errorf("call-offs %+v", all)
	}
	deedAt := "/v1/deeds/" + o.Deed.Hash
	a.ask("signer", post, deedAt+"/signatures", `{"act":"accept"}`).problem(409, "conflict")
	a.ask("signer", post, deedAt+"/signatures", `{"act":"wave"}`).problem(400, "invalid_input")
	live := url.QueryEscape(circle.Now().UTC().Format(time.RFC3339))
	circle.Pass(time.Hour)
	if ended := into[client.Deed](a.ask("signer", post, deedAt+"/signatures", `{"act":"revoke"}`).want(201)); ended.Deed.State != "terminated" && ended.Deed.State != "live" {
		t.Errorf("ended %+v", ended.Deed)
	}
	circle.Settle()
	if d := into[client.FrameworkDetail](a.ask("reader", get, "/v1/frameworks/"+f, "").want(200)); d.CallOffs[0].Deed.State != "terminated" || d.Framework.Lots[0].Committed != 0 {
		t.Errorf("framework %+v", d)
	}
	if then := into[client.DeedState](a.ask("reader", get, deedAt+"/state?at="+live, "").want(200)); then.State != "live" || len(then.Parties[0].Signatures) != 1 {
		t.Errorf("before the end: %+v", then)
	}
	if now := into[client.Deed](a.ask("reader", get, deedAt, "").want(200)); now.Deed.State != "terminated" || len(now.Deed.Parties[0].Signatures) != 2 {
		t.Errorf("after the end: %+v", now.Deed)
	}
	for _, wrong := range []string{"", "?at=gisteren", "?at=2020-01-01T00:00:00Z", "?at=" + strconv.Itoa(time.Now().Year()+1) + "-01-01T00:00:00Z"} {
		if p := a.ask("reader", get, deedAt+"/state"+wrong, "").problem(400, "invalid_input"); len(p.Errors) != 1 || !strings.HasSuffix(p.Errors[0].Pointer, "at") {
			t.Errorf("state%s: %+v", wrong, p)
		}
	}
	a.ask("reader", get, "/v1/deeds/$1$110$nothing/state?at="+live, "").problem(404, "not_found")
	a.ask("reader", get, "/v1/deeds/$1$110$nothing", "").problem(404, "not_found")
	a.ask("reader", get, deedAt+"/dossier", "").problem(403, "forbidden")
	file := a.ask("auditor", get, deedAt+"/dossier", "").want(200)
	if r, err := deed.Verify(file.body, circle.Authority()); err != nil || !r.Sound() || string(r.Root) != f || len(r.Withheld) > 0 {
		t.Errorf("dossier: %v %+v", err, r)
	}
	a.ask("signer", post, "/v1/deed-rebuilds", "").problem(403, "forbidden")
	if r := into[client.DeedRebuild](a.ask("admin", post, "/v1/deed-rebuilds", "").want(200)); r.Deeds < 4 || r.Changed != 0 {
		t.Errorf("rebuilt %+v", r)
	}
}

// savesUnder states what a call-off of 80 units saves, looks at it and withdraws it.
func (a *api) savesUnder(at string) {
	t := a.t
	body := `{"quantity":80,"priceCents":100,"baselineCents":%,"note":"Contract 2025","source":{"name":"oud.pdf","mediaType":"application/pdf","size":3,"hash":"` +
		string(deed.AnnexHash([]byte("oud"))) + `"}}`
	more := into[client.SavingForecast](a.ask("reader", post, at+"/saving-previews", strings.Replace(body, "%", "90", 1)).want(200))
	if !more.Deed.OK || more.SavedCents != -800 {
		t.Errorf("forecast %+v", more)
	}
	a.ask("reader", post, at+"/savings", strings.Replace(body, "%", "150", 1)).problem(403, "forbidden")
	a.ask("signer", post, at+"/savings", strings.Replace(body, "%", "0", 1)).problem(400, "invalid_input")
	made := into[client.Deed](a.ask("signer", post, at+"/savings", strings.Replace(body, "%", "150", 1), "Idempotency-Key", "saving").want(201))
	all := into[client.CallOffSavings](a.ask("reader", get, at+"/savings", "").want(200))
	if len(all.Savings) != 1 || all.Savings[0].Deed.Hash != made.Deed.Hash || all.Savings[0].SavedCents != 4000 || all.Savings[0].Source.Name != "oud.pdf" {
		t.Errorf("savings %+v", all)
	}
	a.ask("signer", post, at+"/savings", strings.Replace(body, "%", "150", 1)).problem(409, "conflict")
}

// stalled is a Group of which the purchasing body receives everything and
// allocates nothing any more, with a call-off of 80 that anna and evert signed.
func stalled(t *testing.T) (*collectivetest.Circle, *api, client.CallOff) {
	t.Helper()
	circle := collectivetest.New(t, group, time.Now().Truncate(time.Second), cora, evert, anna)
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) {
			c.Collective, c.Register, c.Connector = circle.Desk(anna), circle.Register, plug{}
		}
	})
	f := string(circle.Mantel(evert, 1000, anna))
	in := into[client.Accession](a.ask("signer", post, "/v1/accessions", `{"framework":"`+f+`","lots":[{"lot":"1","need":100,"reserved":100}]}`).want(201))
	circle.Settle()
	o := into[client.CallOff](a.ask("signer", post, "/v1/call-offs", `{"accession":"`+in.Deed.Hash+`","lot":"1","quantity":80,"valueCents":8000,"notAfter":"`+
		a.clock.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339)+`"}`).want(201))
	pass(t, circle)
	must(t, circle.Desk(evert).Sign(t.Context(), deed.Hash(o.Deed.Hash), collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	pass(t, circle)
	return circle, a, o
}

// pass lets everything travel while the purchasing body counts nothing.
func pass(t *testing.T, c *collectivetest.Circle) {
	t.Helper()
	for range 2 {
		for _, id := range []fsc.PeerID{anna, evert} {
			must(t, c.Desk(id).Deliver(t.Context()))
		}
		for _, id := range []fsc.PeerID{anna, evert} {
			must(t, c.Desk(id).Catch(t.Context(), cora))
			must(t, c.Desk(id).Fold(t.Context()))
		}
	}
}

func TestAProgramDrawsFromItsOwnReservationWhileThePurchasingBodyIsSilent(t *testing.T) {
	circle, a, o := stalled(t)
	at := "/v1/call-offs/" + o.Deed.Hash
	if o = into[client.CallOff](a.ask("reader", get, at, "").want(200)); o.Deed.State != "waits" || o.Allocated {
		t.Fatalf("call-off %+v", o)
	}
	a.ask("reader", post, at+"/own-draws", "").problem(403, "forbidden")
	own := into[client.Deed](a.ask("signer", post, at+"/own-draws", "").want(200))
	again := into[client.Deed](a.ask("signer", post, at+"/own-draws", "").want(200))
	if again.Deed.Hash != own.Deed.Hash {
		t.Error("the same is drawn twice")
	}
	pass(t, circle)
	if o = into[client.CallOff](a.ask("reader", get, at, "").want(200)); o.Deed.State != "live" || !o.DrawnAlone {
		t.Errorf("call-off %+v", o)
	}
	if again = into[client.Deed](a.ask("signer", post, at+"/own-draws", "").want(200)); again.Deed.Hash != own.Deed.Hash {
		t.Error("it is drawn again after it was received")
	}
	a.ask("signer", post, at+"/changes", `{"quantity":90,"valueCents":9000,"reason":"x"}`).problem(409, "conflict") // not before it is settled
	circle.Settle()
	if o = into[client.CallOff](a.ask("reader", get, at, "").want(200)); o.Deed.State != "live" || o.DrawnAlone || !o.Allocated {
		t.Errorf("settled: %+v", o)
	}
}

func TestAProgramChangesTheQuantityOfACallOff(t *testing.T) {
	circle, a, o := stalled(t)
	circle.Settle()
	at := "/v1/call-offs/" + o.Deed.Hash
	change := `{"quantity":%,"valueCents":12000,"reason":"A second desk"}`
	for _, wrong := range []string{"0", "80", `"x"`} {
		a.ask("signer", post, at+"/changes", strings.Replace(change, "%", wrong, 1)).problem(400, "invalid_input")
	}
	a.ask("reader", post, at+"/changes", strings.Replace(change, "%", "120", 1)).problem(403, "forbidden")
	g := into[client.Deed](a.ask("signer", post, at+"/changes", strings.Replace(change, "%", "120", 1)).want(201))
	a.ask("signer", post, at+"/changes", strings.Replace(change, "%", "130", 1)).problem(409, "conflict") // one at a time
	circle.Settle()
	if o = into[client.CallOff](a.ask("reader", get, at, "").want(200)); o.Quantity != 80 || len(o.Changes) != 1 || o.Changes[0].Reason != "A second desk" {
		t.Errorf("before the supplier signs: %+v", o)
	}
	must(t, circle.Desk(evert).Sign(t.Context(), deed.Hash(g.Deed.Hash), collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	circle.Settle()
	if o = into[client.CallOff](a.ask("reader", get, at, "").want(200)); o.Quantity != 120 || o.ValueCents != 12000 || o.Changes[0].Deed.State != "applied" {
		t.Errorf("call-off %+v", o)
	}
	if f := into[client.FrameworkDetail](a.ask("reader", get, "/v1/frameworks/"+o.Framework, "").want(200)); f.Framework.Lots[0].Committed != 120 {
		t.Errorf("the lot: %+v", f.Framework.Lots)
	}
}

func TestAProgramImportsAFramework(t *testing.T) {
	circle := collectivetest.New(t, group, time.Now().Truncate(time.Second), anna, evert, bart)
	a := newAPI(t, func(o *options) {
		o.act = func(c *controller.Config) { c.Collective, c.Register = circle.Desk(anna), circle.Register }
	})
	day := func(days int) string { return a.clock.Now().AddDate(0, 0, days).UTC().Format(time.RFC3339) }
	body := `{"name":"Riolering","published":"` + day(-90) + `","notBefore":"` + day(-1) + `","notAfter":"%","tailDays":30,"eligible":["` + string(bart) + `"],
		"entryWindows":[{"from":"` + day(-1) + `","until":"` + day(300) + `"}],
		"lots":[{"id":"1","name":"Inspectie","unit":"meter","maximumQuantity":500,"maximumValueCents":100000,"suppliers":["` + string(evert) + `"],"services":["riool"]}],
		"source":{"name":"overeenkomst.pdf","mediaType":"application/pdf","size":3,"hash":"` + string(deed.AnnexHash([]byte("abc"))) + `"}}`
	if no := into[client.DeedForecast](a.ask("reader", post, "/v1/framework-previews", strings.Replace(body, "%", day(1900), 1)).want(200)); no.OK || no.Reasons[0].Code != string(dossier.ReasonTerm) {
		t.Errorf("five years: %+v", no)
	}
	made := into[client.Framework](a.ask("signer", post, "/v1/frameworks", strings.Replace(body, "%", day(700), 1)).want(201))
	if made.Deed.State != "asserted" || !made.Imported {
		t.Errorf("imported %+v", made)
	}
	a.ask("signer", post, "/v1/frameworks/"+made.Deed.Hash+"/confirmations", `{}`).problem(409, "conflict")
	a.ask("reader", post, "/v1/frameworks", strings.Replace(body, "%", day(700), 1)).problem(403, "forbidden")
}
