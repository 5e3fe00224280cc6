// SPDX-License-Identifier: EUPL-1.2

package verify_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/verify"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

var update = flag.Bool("update", false, "write the example files again")

func check(t *testing.T, v *verify.Verifier, files ...verify.File) *verify.Report {
	t.Helper()
	r, err := v.Verify(opening.Unix()+day, files...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestADossierIsSoundAndItsDeedsHaveTheirState(t *testing.T) {
	w := newWorld(t)
	f := w.mantel()
	both := w.file(f, w.sign(f, office, dossier.RolePurchasingBody), w.sign(f, maker, dossier.RoleSupplier))
	half := w.file(f, w.sign(f, office, dossier.RolePurchasingBody))
	for _, tc := range []struct {
		name, word string
		raw        []byte
		awaiting   int
	}{{"both.json", "live", both, 0}, {"half.json", "proposed", half, 1}} {
		r := check(t, w.verifier(), verify.File{Name: tc.name, Raw: tc.raw})
		if !r.Sound || len(r.Dossiers) != 1 || len(r.Missing) > 0 {
			t.Fatalf("%s: %+v", tc.name, r)
		}
		d := r.Dossiers[0]
		if d.File != tc.name || d.Keeper != office || d.Covered != int64(d.Entries) || len(d.Deeds) != 1 {
			t.Errorf("%s: %+v", tc.name, d)
		}
		got := d.Deeds[0]
		if string(got.Word) != tc.word || got.Kind != "framework" || got.Name != "Webdiensten burgerzaken" || len(got.Awaiting) != tc.awaiting {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
}

func TestAnnexesAreFoundByTheirBytesAndMayBeMissing(t *testing.T) {
	w := newWorld(t)
	now := opening.Unix()
	paper, logo := deed.AnnexHash([]byte("paper")), deed.AnnexHash([]byte("logo"))
	f := w.deed(deed.Draft{
		Type: dossier.TypeFramework, NotAfter: now + 700*day, Rule: deed.Rule{Kind: deed.RuleAllOfRole, Role: dossier.RolePurchasingBody},
		Annexes: []deed.Annex{
			{Hash: paper, Name: "paper.pdf", MediaType: "application/pdf", Size: 5, Owner: office},
			{Hash: logo, Name: "logo.png", MediaType: "image/png", Size: 4, Owner: maker},
		},
		Parties: []deed.Party{
			{PeerID: office, Role: deed.Secretariat}, {PeerID: office, Role: dossier.RolePurchasingBody}, {PeerID: maker, Role: dossier.RoleSupplier},
		},
	}, dossier.Framework{
		Name: "Riolering", Published: now - 90*day, Eligible: []fsc.PeerID{town}, Windows: []dossier.Window{{From: now - day, Until: now + 200*day}}, Source: paper,
		Lots: []dossier.Lot{{ID: "1", Name: "Inspectie", Unit: "meter", MaximumQuantity: 10, MaximumValue: 1000, Suppliers: []fsc.PeerID{maker}, Services: []string{"riool"}}},
	})
	r := check(t, w.verifier(), verify.File{Name: "f.json", Raw: w.file(f, w.sign(f, office, dossier.RolePurchasingBody))})
	r.Compare("scan.pdf", paper)
	annexes := r.Dossiers[0].Deeds[0].Annexes
	if !r.Sound || len(annexes) != 2 || annexes[0].File != "scan.pdf" || annexes[1].File != "" || annexes[1].Owner != maker {
		t.Errorf("sound %t, annexes %+v", r.Sound, annexes)
	}
	r.Compare("another.pdf", deed.AnnexHash([]byte("papers")))
	if r.Sound || len(r.Unnamed) != 1 || r.Unnamed[0] != "another.pdf" {
		t.Errorf("sound %t with %v", r.Sound, r.Unnamed)
	}
}

func TestAParentInOneFileCountsForADeedInAnother(t *testing.T) {
	w := newWorld(t)
	f := w.mantel()
	mantel := verify.File{Name: "mantel", Raw: w.file(f, w.sign(f, office, dossier.RolePurchasingBody), w.sign(f, maker, dossier.RoleSupplier))}
	p := w.process(f)
	process := verify.File{Name: "process", Raw: w.file(p, w.sign(p, office, dossier.RoleSteward))}

	alone := check(t, w.verifier(), process)
	if !alone.Sound || !slices.Equal(alone.Missing, []deed.Hash{f.Hash()}) || alone.Dossiers[0].Deeds[0].Word != "waiting" {
		t.Errorf("alone: %+v", alone)
	}
	together := check(t, w.verifier(), process, mantel)
	if !together.Sound || len(together.Missing) > 0 || together.Dossiers[0].Deeds[0].Word != "active" {
		t.Errorf("together: %+v", together)
	}
}

func TestTwoCopiesThatContradictEachOtherAreShownWithProof(t *testing.T) {
	w := newWorld(t)
	f := w.mantel()
	a, b := w.sign(f, office, dossier.RolePurchasingBody), w.sign(f, maker, dossier.RoleSupplier)
	one, other := w.file(f, a, b), w.file(f, b, a)
	short, longer := w.file(f, b), one // the keeper left out what came first
	v := w.verifier()
	for _, pair := range [][2][]byte{{one, other}, {short, longer}, {longer, short}} {
		r := check(t, v, verify.File{Name: "a", Raw: pair[0]}, verify.File{Name: "b", Raw: pair[1]})
		if r.Sound || len(r.Copies) != 1 || r.Copies[0].Keeper != office {
			t.Fatalf("%+v", r.Copies)
		}
		if e, err := deed.ParseEquivocation(r.Copies[0].Proof); err != nil || len(e.Entries) > 2 {
			t.Errorf("proof: %v", err)
		}
		for _, d := range r.Dossiers {
			if !d.Sound {
				t.Errorf("each file holds by itself: %+v", d.Findings)
			}
		}
	}
	if r := check(t, v, verify.File{Name: "a", Raw: w.file(f, a)}, verify.File{Name: "b", Raw: one}); !r.Sound {
		t.Errorf("an older copy of the same story is no fault: %+v", r.Copies)
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	w := newWorld(t)
	f := w.mantel()
	good := w.file(f, w.sign(f, office, dossier.RolePurchasingBody), w.sign(f, maker, dossier.RoleSupplier))
	stranger, err := localca.New(opening)
	w.must(err)
	other, err := verify.New(verify.Config{Group: group, Anchors: [][]byte{stranger.AnchorPEM()}})
	w.must(err)
	elsewhere, err := verify.New(verify.Config{Group: "another-group", Anchors: [][]byte{w.ca.AnchorPEM()}})
	w.must(err)
	changed := bytes.Replace(good, []byte(`"maximum_quantity":1000`), []byte(`"maximum_quantity":9000`), 1)
	if bytes.Equal(changed, good) {
		t.Fatal("nothing was changed")
	}
	for _, tc := range []struct {
		name string
		v    *verify.Verifier
		raw  []byte
	}{
		{"no anchor leads to these certificates", other, good},
		{"the anchors are of another Group", elsewhere, good},
		{"a number was changed", w.verifier(), changed},
		{"it is no dossier", w.verifier(), []byte("{}")},
		{"it is nothing", w.verifier(), nil},
	} {
		r := check(t, tc.v, verify.File{Name: "file", Raw: tc.raw})
		if r.Sound || len(r.Unread) == 0 && len(r.Dossiers[0].Findings) == 0 {
			t.Errorf("%s: %+v", tc.name, r)
		}
		for _, u := range r.Unread {
			if u.File != "file" || u.Detail == "" {
				t.Errorf("%s: %+v", tc.name, u)
			}
		}
	}
}

func TestAVerifierNeedsAGroupAnchorsAndAReasonableNumberOfFiles(t *testing.T) {
	w := newWorld(t)
	for _, cfg := range []verify.Config{{}, {Group: group}, {Group: group, Anchors: [][]byte{[]byte("none")}}, {Anchors: [][]byte{w.ca.AnchorPEM()}}} {
		if _, err := verify.New(cfg); err == nil {
			t.Errorf("%+v makes a Verifier", cfg)
		}
	}
	for _, n := range []int{0, verify.MaxFiles + 1} {
		if _, err := w.verifier().Verify(0, make([]verify.File, n)...); err == nil {
			t.Errorf("%d files are checked", n)
		}
	}
}

// TestTheExampleFilesHold keeps the files in testdata as they are: what was sound
// once has to stay so in every later version.
func TestTheExampleFilesHold(t *testing.T) {
	if *update {
		w := newWorld(t)
		f := w.mantel()
		p := w.process(f)
		a, b := w.sign(f, office, dossier.RolePurchasingBody), w.sign(f, maker, dossier.RoleSupplier)
		for name, raw := range map[string][]byte{
			"anchors.pem": w.ca.AnchorPEM(), "mantel.json": w.file(f, a, b), "mantel-other-story.json": w.file(f, b, a),
			"process.json": w.file(p, w.sign(p, office, dossier.RoleSteward)),
		} {
			w.must(os.WriteFile(filepath.Join("testdata", name), raw, 0o600))
		}
	}
	v, err := verify.New(verify.Config{Group: group, Anchors: [][]byte{example(t, "anchors.pem")}})
	if err != nil {
		t.Fatal(err)
	}
	r := check(t, v, verify.File{Name: "mantel", Raw: example(t, "mantel.json")}, verify.File{Name: "process", Raw: example(t, "process.json")})
	if !r.Sound || r.Dossiers[0].Deeds[0].Word != "live" || r.Dossiers[1].Deeds[0].Word != "active" {
		t.Errorf("%+v", r)
	}
	if r := check(t, v, verify.File{Raw: example(t, "mantel.json")}, verify.File{Raw: example(t, "mantel-other-story.json")}); r.Sound {
		t.Error("two stories are sound")
	}
}

func example(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func FuzzVerify(f *testing.F) {
	v, err := verify.New(verify.Config{Group: group, Anchors: [][]byte{example(f, "anchors.pem")}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example(f, "mantel.json"))
	f.Add(example(f, "process.json"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := v.Verify(opening.Unix(), verify.File{Name: "fuzz", Raw: raw})
		if err != nil {
			t.Fatal(err)
		}
		if r.Sound && len(r.Dossiers) != 1 {
			t.Errorf("sound without a dossier: %+v", r)
		}
	})
}
