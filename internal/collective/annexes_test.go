// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/annex"
	"github.com/samenspel/samenspel/internal/collective/collectivetest"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/usage"
)

// documents is a Group in which the office imports frameworks with documents.
type documents struct {
	*collectivetest.Circle
	t *testing.T
}

func newDocuments(t *testing.T) *documents {
	t.Helper()
	return &documents{collectivetest.New(t, deskGroup, opening, office, maker, duinwijk, veenhoven), t}
}

// imported has the office import a framework whose document has this text and
// owner.
func (d *documents) imported(text string, owner fsc.PeerID) deed.Hash {
	d.t.Helper()
	now, h := d.Now().Unix(), deed.AnnexHash([]byte(text))
	body, err := json.Marshal(dossier.Framework{
		Name: "Riolering", Published: now - 90*day, Eligible: []fsc.PeerID{duinwijk, veenhoven}, Windows: []dossier.Window{{From: now - day, Until: now + 200*day}},
		Lots:   []dossier.Lot{{ID: "1", Name: "Inspectie", Unit: "meter", MaximumQuantity: 10, MaximumValue: 1000, Suppliers: []fsc.PeerID{maker}, Services: []string{"riool"}}},
		Source: h,
	})
	fatal(d.t, err)
	made, err := d.Desk(office).Propose(d.t.Context(), deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now, NotAfter: now + 700*day, Body: body,
		Rule:    deed.Rule{Kind: deed.RuleAllOfRole, Role: dossier.RolePurchasingBody},
		Annexes: []deed.Annex{{Hash: h, Name: "overeenkomst.pdf", MediaType: "application/pdf", Size: int64(len(text)), Owner: owner}},
		Parties: []deed.Party{{PeerID: office, Role: deed.Secretariat}, {PeerID: office, Role: dossier.RolePurchasingBody}, {PeerID: maker, Role: dossier.RoleSupplier}},
	}, collective.Act{Act: deed.Accept, Role: dossier.RolePurchasingBody})
	fatal(d.t, err)
	d.Settle()
	return made
}

func (d *documents) kept(at fsc.PeerID, text string) deed.Hash {
	d.t.Helper()
	h, _, err := d.Desk(at).KeepAnnex(strings.NewReader(text))
	fatal(d.t, err)
	return h
}

// fetch fetches an annex that one deed names.
func (d *documents) fetch(at fsc.PeerID, h deed.Hash) error {
	d.t.Helper()
	named, err := d.Desk(at).NamedAnnexes(d.t.Context(), h)
	if err != nil || len(named) != 1 {
		d.t.Fatalf("%s knows %+v: %v", at, named, err)
	}
	return d.Desk(at).FetchAnnex(d.t.Context(), named[0])
}

func wantCode(t *testing.T, err error, code, about string) {
	t.Helper()
	r, ok := errors.AsType[*collective.Refusal](err)
	if !ok || string(r.Code) != code || !strings.Contains(r.Detail, about) {
		t.Errorf("got %v, want %s about %q", err, code, about)
	}
}

func TestAnAnnexComesFromItsOwner(t *testing.T) {
	d := newDocuments(t)
	h := d.kept(office, "perceel")
	d.imported("perceel", office)
	fatal(t, d.fetch(duinwijk, h))
	body, size, err := d.Desk(duinwijk).OpenAnnex(h)
	fatal(t, err)
	got, err := io.ReadAll(body)
	if err = errors.Join(err, body.Close()); err != nil || string(got) != "perceel" || size != 7 {
		t.Errorf("got %q of %d bytes: %v", got, size, err)
	}
}

func TestPartiesAreAskedOnlyWhenTheOwnerIsSilent(t *testing.T) {
	d := newDocuments(t)
	h := d.kept(office, "perceel")
	d.imported("perceel", office)
	d.Cut(office)
	wantCode(t, d.fetch(duinwijk, h), collective.CodeAnnexAway, string(office))
	d.kept(maker, "perceel")
	fatal(t, d.fetch(duinwijk, h))

	lost := deed.AnnexHash([]byte("lost"))
	d.kept(office, "lost") // a party has it, but it isn't silence when the owner hasn't
	d.imported("lost", veenhoven)
	wantCode(t, d.fetch(duinwijk, lost), collective.CodeAnnexRefused, string(veenhoven))
	wantCode(t, d.fetch(veenhoven, lost), collective.CodeAnnexAway, "annex add")
}

// TestAnAnnexIsForWhoMayReadADeedThatNamesIt has a buyer state a saving, which is
// nobody else's, with a document.
func TestAnAnnexIsForWhoMayReadADeedThatNamesIt(t *testing.T) {
	d := newDocuments(t)
	f := d.Mantel(maker, 100, duinwijk)
	h := d.kept(duinwijk, "old invoice")
	body, err := json.Marshal(usage.SavingStatement{Quantity: 1, Price: 100, Baseline: usage.Baseline{Price: 200, Source: h, Note: "Oud contract."}})
	fatal(t, err)
	c, err := d.Desk(duinwijk).Draft(deed.Draft{
		Type: usage.TypeSaving, Parents: []deed.Hash{f}, Body: body, Rule: deed.Rule{Kind: deed.RuleOne},
		Annexes: []deed.Annex{{Hash: h, Name: "factuur.pdf", MediaType: "application/pdf", Size: 11, Owner: duinwijk}},
		Parties: []deed.Party{{PeerID: duinwijk, Role: dossier.RoleBuyer}},
	})
	fatal(t, err)
	fatal(t, d.Store(duinwijk).Collective().Update(t.Context(), func(tx collective.Tx) error {
		_, err := tx.PutDeed(t.Context(), &collective.Deed{Hash: c.Hash(), Dossier: f, Raw: c.Raw()})
		return err
	}))
	for _, reader := range []fsc.PeerID{office, maker, veenhoven} {
		if _, _, err := d.Desk(duinwijk).AnnexFor(t.Context(), reader, h); !errors.Is(err, collective.ErrNotFound) {
			t.Errorf("%s gets the invoice: %v", reader, err)
		}
	}
	body2, _, err := d.Desk(duinwijk).AnnexFor(t.Context(), duinwijk, h)
	fatal(t, err)
	fatal(t, body2.Close())
	loose := d.kept(duinwijk, "nobody names this")
	if _, _, err := d.Desk(duinwijk).AnnexFor(t.Context(), office, loose); !errors.Is(err, collective.ErrNotFound) {
		t.Errorf("an annex that no deed names is given: %v", err)
	}
	d.imported("old invoice", duinwijk) // and then a deed for all names it
	body3, _, err := d.Desk(duinwijk).AnnexFor(t.Context(), veenhoven, h)
	fatal(t, err)
	fatal(t, body3.Close())
}

func TestWhatIsTooLargeIsRefusedWithALimit(t *testing.T) {
	d := newDocuments(t)
	_, _, err := d.Desk(office).KeepAnnex(io.LimitReader(endless{}, annex.MaxBytes+1))
	wantCode(t, err, collective.CodeAnnexLarge, "25 MiB")
	huge := collective.NamedAnnex{Annex: deed.Annex{Hash: deed.AnnexHash(nil), Size: annex.MaxBytes + 1, Owner: maker}}
	wantCode(t, d.Desk(office).FetchAnnex(t.Context(), huge), collective.CodeAnnexLarge, "25 MiB")
}

// endless are bytes without end.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestTheSweepKeepsWhatADeedNames(t *testing.T) {
	d := newDocuments(t)
	named, loose := d.kept(office, "perceel"), d.kept(office, "nobody names this")
	d.imported("perceel", office)
	n, err := d.Desk(office).SweepAnnexes(t.Context(), time.Now().Add(time.Hour))
	if err != nil || n != 1 || !d.Desk(office).HasAnnex(named) || d.Desk(office).HasAnnex(loose) {
		t.Errorf("%d removed: %v", n, err)
	}
}
