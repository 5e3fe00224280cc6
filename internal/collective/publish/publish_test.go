// SPDX-License-Identifier: EUPL-1.2

package publish_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/ocds"
	"github.com/samenspel/samenspel/internal/collective/publish"
	"github.com/samenspel/samenspel/internal/collective/register"
)

const (
	office = fsc.PeerID("00000099000000000001")
	maker  = fsc.PeerID("00000099000000000002")
	town   = fsc.PeerID("00000099000000000003")
	heir   = fsc.PeerID("00000099000000000004")
	price  = 23_457 // of the call-off, in euro cents; nobody may find it in public
	need   = 345    // what the buyer reserves
	day    = int64(86400)
)

var opening = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// scene is a framework under which a municipality of the register called off.
type scene struct {
	*collectivetest.Circle
	t                             *testing.T
	record                        *publish.Record
	listed                        register.Municipality // may join, and didn't
	framework, accession, callOff deed.Hash
	ahead                         time.Duration
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func newScene(t *testing.T) *scene {
	t.Helper()
	reg, err := register.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, listed: reg.Municipalities()[0], Circle: collectivetest.New(t, "example-group", opening, office, maker, town, heir)}
	s.framework = s.Mantel(maker, 1000, town, fsc.PeerID(s.listed.OIN))
	s.accession, err = s.Desk(town).Propose(t.Context(), deed.Draft{
		Type: dossier.TypeAccession, Parents: []deed.Hash{s.framework}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: town, Role: dossier.RoleBuyer}}, Body: s.json(dossier.Accession{Lots: []dossier.Reservation{{Lot: "1", Need: need, Reserved: need}}}),
	}, collective.Act{Act: deed.Accept, Role: dossier.RoleBuyer})
	s.must(err)
	s.Settle()
	s.callOff, err = s.Desk(town).Propose(t.Context(), deed.Draft{
		Type: dossier.TypeCallOff, Parents: []deed.Hash{s.framework, s.accession}, Rule: deed.Rule{Kind: deed.RuleAll},
		NotAfter: opening.Unix() + 365*day,
		Parties:  []deed.Party{{PeerID: town, Role: dossier.RoleBuyer}, {PeerID: maker, Role: dossier.RoleSupplier}},
		Body:     s.json(dossier.CallOff{Lot: "1", Quantity: 40, Value: price, Services: []string{"verhuizing-doorgeven"}}),
	}, collective.Act{Act: deed.Accept, Role: dossier.RoleBuyer})
	s.must(err)
	s.Settle()
	s.record, err = publish.New(publish.Config{
		Desk: s.Desk(office), Register: s.Register, Self: fsc.Peer{ID: office, Name: "Aankoopcentrale"}, Prefix: "ocds-213czf",
		Now: func() time.Time { return s.Now().Add(s.ahead) }, Logger: slog.New(slog.DiscardHandler),
	})
	s.must(err)
	return s
}

// seal lets the supplier sign, and the record be old.
func (s *scene) seal() {
	s.t.Helper()
	s.must(s.Desk(maker).Sign(s.t.Context(), s.callOff, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	s.Settle()
	s.ahead += publish.Fresh
}

func (s *scene) json(v any) []byte {
	s.t.Helper()
	raw, err := json.Marshal(v)
	s.must(err)
	return raw
}

func (s *scene) shown() *publish.Framework {
	s.t.Helper()
	f, err := s.record.Framework(s.t.Context(), s.framework)
	s.must(err)
	return f
}

func TestTheRecordTellsWhoBuysWhatTogether(t *testing.T) {
	s := newScene(t)
	f := s.shown()
	if f.Name != "Webdiensten burgerzaken" || f.Word != collective.WordLive || f.Eligible != 2 || f.Body.ID != office || len(f.Suppliers) != 1 {
		t.Errorf("%+v", f)
	}
	if len(f.Joined) != 1 || f.Joined[0].Buyer.ID != town || f.Joined[0].Buyer.Name != "Organisatie "+string(town) {
		t.Errorf("joined: %+v", f.Joined)
	}
	if len(f.CallOffs) != 0 {
		t.Errorf("an offer is nobody else's business: %+v", f.CallOffs)
	}
	s.seal()
	f = s.shown()
	if len(f.CallOffs) != 1 || f.CallOffs[0].Word != collective.WordLive || f.CallOffs[0].Quantity != 40 || f.CallOffs[0].Unit != "meldingen" {
		t.Errorf("call-offs: %+v", f.CallOffs)
	}
	if l := f.Lots[0]; l.Maximum != 1000 || l.Committed != 40 || l.Committed+l.Reserved+l.Left != l.Maximum {
		t.Errorf("lot: %+v", l)
	}
	if all, err := s.record.Frameworks(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%v %v", all, err)
	}
}

func TestAFrameworkThatIsOnlyProposedIsNotPublic(t *testing.T) {
	s := newScene(t)
	now := s.Now().Unix()
	h, err := s.Desk(office).Propose(t.Context(), deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now, NotAfter: now + 700*day, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{
			{PeerID: office, Role: deed.Secretariat}, {PeerID: office, Role: dossier.RolePurchasingBody}, {PeerID: maker, Role: dossier.RoleSupplier},
		},
		Body: s.json(dossier.Framework{
			Name: "Nog geheim", Published: now - 90*day, TailDays: 30, Eligible: []fsc.PeerID{town}, Windows: []dossier.Window{{From: now, Until: now + day}},
			Lots: []dossier.Lot{{ID: "1", Name: "Iets", Unit: "stuks", MaximumQuantity: 10, MaximumValue: 10, Suppliers: []fsc.PeerID{maker}, Services: []string{"iets"}}},
		}),
	}, collective.Act{Act: deed.Accept, Role: dossier.RolePurchasingBody})
	s.must(err)
	s.Settle()
	if _, err := s.record.Framework(t.Context(), h); !errors.Is(err, publish.ErrNotFound) {
		t.Errorf("it is shown: %v", err)
	}
	if _, err := s.record.Dossier(t.Context(), h); !errors.Is(err, publish.ErrNotFound) {
		t.Errorf("its dossier is given: %v", err)
	}
}

func TestAnExcerptIsSoundAndHoldsNothingThatIsNotPublic(t *testing.T) {
	s := newScene(t)
	price := s.Price(s.framework, maker, 98_765, 40)
	s.seal()
	raw, err := s.record.Dossier(t.Context(), s.framework)
	s.must(err)
	d, err := deed.ParseDossier(raw)
	s.must(err)
	for _, c := range d.Deeds {
		if !publish.Public(c.Type) {
			t.Errorf("a deed of type %d is in the excerpt", c.Type)
		}
	}
	if len(d.Deeds) != 1 || !slices.Contains(d.Withheld, s.callOff) || !slices.Contains(d.Withheld, s.accession) || !slices.Contains(d.Withheld, price) {
		t.Errorf("%d deeds, withheld %v", len(d.Deeds), d.Withheld)
	}
	report, err := d.Verify(s.Authority())
	s.must(err)
	if !report.Sound() || len(report.Withheld) != len(d.Withheld) || len(report.Missing) > 0 {
		t.Errorf("%+v", report.Findings)
	}
	silent(t, raw)
}

func TestOpenDataComesFromDeedsAndIsValid(t *testing.T) {
	s := newScene(t)
	s.Price(s.framework, maker, 98_765, 40)
	s.seal()
	raw, next, err := s.record.Releases(t.Context(), 0)
	s.must(err)
	silent(t, raw)
	standard, err := ocds.Load()
	s.must(err)
	reading, err := standard.Read(raw, ocds.DefaultLimits())
	s.must(err)
	if next != 0 || len(reading.Unknown) > 0 || len(reading.Releases) != 3 {
		t.Fatalf("next %d, %d releases, unknown %v\n%s", next, len(reading.Releases), reading.Unknown, raw)
	}
	f := s.shown()
	tags := [][]string{{"tender", "award"}, {"contract"}, {"award", "contract"}}
	for i, r := range reading.Releases {
		if !slices.Contains([]string{strings.Join(tags[0], ","), "contract", "award,contract"}, strings.Join(r.Tags(), ",")) || r.Date().Before(opening) {
			t.Errorf("release %d has tags %v, date %s", i, r.Tags(), r.Date())
		}
	}
	first, last := of(reading, tags[0]), of(reading, tags[2])
	if err := standard.CheckFramework(first, ""); err != nil || !first.IsFramework() || first.OCID() != f.OCID {
		t.Errorf("framework %s: %v", first.OCID(), err)
	}
	if want := f.OCID + "-no-nl-oin-" + string(town) + "-01"; last.OCID() != want || !strings.HasPrefix(last.ID(), want+"-") {
		t.Errorf("call-off %s %s, want %s", last.OCID(), last.ID(), want)
	}
	for _, part := range []string{"x_withheldInformation", string(s.listed.Code), "Organisatie " + string(maker), `"NL-OIN-` + s.listed.OIN + `"`} {
		if !bytes.Contains(raw, []byte(part)) {
			t.Errorf("%s is missing", part)
		}
	}

	again, _, err := s.record.Releases(t.Context(), 0)
	s.must(err)
	if !bytes.Equal(raw, again) {
		t.Error("the same deeds give other bytes")
	}
	for _, ocid := range []string{first.OCID(), last.OCID()} {
		record, err := s.record.Process(t.Context(), ocid)
		s.must(err)
		silent(t, record)
		if !bytes.Contains(record, []byte("compiledRelease")) {
			t.Errorf("%s: %.200s", ocid, record)
		}
	}
}

func TestAChangeOfAFrameworkIsAnAmendmentInOpenData(t *testing.T) {
	s := newScene(t)
	change := func(g dossier.Change, suppliers ...fsc.PeerID) {
		t.Helper()
		d := deed.Draft{
			Type: dossier.TypeChange, Parents: []deed.Hash{s.framework}, Rule: deed.Rule{Kind: deed.RuleAll},
			Parties: []deed.Party{{PeerID: office, Role: dossier.RolePurchasingBody}}, Body: s.json(g),
		}
		for _, p := range suppliers {
			d.Parties = append(d.Parties, deed.Party{PeerID: p, Role: dossier.RoleSupplier})
		}
		h, err := s.Desk(office).Propose(t.Context(), d, collective.Act{Act: deed.Accept, Role: dossier.RolePurchasingBody})
		s.must(err)
		s.Settle()
		for _, p := range suppliers {
			s.must(s.Desk(p).Sign(t.Context(), h, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
			s.Settle()
		}
	}
	s.Pass(time.Hour)
	change(dossier.Change{Kind: dossier.ChangeTax, Reason: "Het btw-tarief is veranderd.", BasisPoints: 100})
	s.Pass(time.Hour)
	change(dossier.Change{Kind: dossier.ChangeThirdParty, Reason: "Overname van het bedrijf.", Supplier: maker, Successor: heir}, heir)
	s.ahead += publish.Fresh

	raw, _, err := s.record.Releases(t.Context(), 0)
	s.must(err)
	standard, err := ocds.Load()
	s.must(err)
	reading, err := standard.Read(raw, ocds.DefaultLimits())
	s.must(err)
	if tax := of(reading, []string{"tenderAmendment"}); tax.OCID() != s.shown().OCID {
		t.Errorf("no release of the tax:\n%s", raw)
	}
	if taken := of(reading, []string{"tenderAmendment", "awardUpdate"}); taken.OCID() != s.shown().OCID {
		t.Errorf("no release of the new supplier:\n%s", raw)
	}
	record, err := s.record.Process(t.Context(), s.shown().OCID)
	s.must(err)
	for _, part := range []string{"Het btw-tarief is veranderd.", "Overname van het bedrijf.", "Organisatie " + string(heir)} {
		if !bytes.Contains(record, []byte(part)) {
			t.Errorf("%q isn't in the record", part)
		}
	}
}

func TestAChangedQuantityIsAnAmendmentOfTheContractAndItsReasonStaysPrivate(t *testing.T) {
	s := newScene(t)
	s.seal()
	s.Pass(time.Hour)
	h, err := s.Desk(town).Propose(t.Context(), deed.Draft{
		Type: dossier.TypeCallOffChange, Parents: []deed.Hash{s.framework, s.callOff}, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: town, Role: dossier.RoleBuyer}, {PeerID: maker, Role: dossier.RoleSupplier}},
		Body:    s.json(dossier.CallOffChange{Quantity: 55, Value: price + 1, Reason: "Wij betalen te veel."}),
	}, collective.Act{Act: deed.Accept, Role: dossier.RoleBuyer})
	s.must(err)
	s.Settle()
	s.must(s.Desk(maker).Sign(t.Context(), h, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	s.Settle()
	s.ahead += publish.Fresh
	if f := s.shown(); f.CallOffs[0].Quantity != 55 || f.Lots[0].Committed != 55 {
		t.Errorf("%+v %+v", f.CallOffs, f.Lots)
	}
	raw, _, err := s.record.Releases(t.Context(), 0)
	s.must(err)
	standard, err := ocds.Load()
	s.must(err)
	reading, err := standard.Read(raw, ocds.DefaultLimits())
	s.must(err)
	if !slices.ContainsFunc(reading.Releases, func(r ocds.Release) bool { return slices.Equal(r.Tags(), []string{"contractAmendment"}) }) {
		t.Errorf("no release of the change:\n%s", raw)
	}
	if !bytes.Contains(raw, []byte("gewijzigd in 55 meldingen")) || bytes.Contains(raw, []byte("te veel")) {
		t.Errorf("the amendment tells another reason:\n%s", raw)
	}
	silent(t, raw)
}

func of(r *ocds.Reading, tags []string) ocds.Release {
	for _, one := range r.Releases {
		if slices.Equal(one.Tags(), tags) {
			return one
		}
	}
	return ocds.Release{}
}

func TestOpenDataThatIsNotThereIsNotFound(t *testing.T) {
	s := newScene(t)
	for name, ask := range map[string]func() error{
		"another process":  func() error { _, err := s.record.Process(t.Context(), "ocds-213czf-none"); return err },
		"behind the last":  func() error { _, _, err := s.record.Releases(t.Context(), 100); return err },
		"before the first": func() error { _, _, err := s.record.Releases(t.Context(), -1); return err },
	} {
		if err := ask(); !errors.Is(err, publish.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAReleaseStaysWhenTheCallOffEnds(t *testing.T) {
	s := newScene(t)
	s.seal()
	before, _, err := s.record.Releases(t.Context(), 0)
	s.must(err)
	s.Pass(48 * time.Hour)
	s.must(s.Desk(town).Sign(t.Context(), s.callOff, collective.Act{Act: deed.Revoke, Role: dossier.RoleBuyer}))
	s.Settle()
	after, _, err := s.record.Releases(t.Context(), 0)
	s.must(err)
	standard, err := ocds.Load()
	s.must(err)
	was, err := standard.Read(before, ocds.DefaultLimits())
	s.must(err)
	is, err := standard.Read(after, ocds.DefaultLimits())
	s.must(err)
	all, err := ocds.Append(was.Releases, is.Releases...)
	if err != nil || len(all) != 4 || !slices.Contains(all[3].Tags(), "contractTermination") {
		t.Errorf("%d releases: %v", len(all), err)
	}
}

// silent looks for what may not be known.
func silent(t *testing.T, raw []byte) {
	t.Helper()
	for _, secret := range []string{"23457", "234.57", "98765", "987.65", "unit_price", `"need"`, `"reserved"`, `"value_cents"`} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("%q is public", secret)
		}
	}
}
