// SPDX-License-Identifier: EUPL-1.2

package deed_test

import (
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// file is a dossier of one deed with three signatures in its feed, covered by a
// checkpoint, and one signature that the feed hasn't received.
func (w *world) file(keeper, m *member) *deed.Dossier {
	w.t.Helper()
	c := w.content(w.draft())
	entries, heads, signatures := w.story(m, c, 4)
	return &deed.Dossier{
		Root: c.Hash(), Deeds: []*deed.Content{c}, Signatures: signatures,
		Chains: [][][]byte{keeper.chain, m.chain}, Entries: entries[:4],
		Checkpoints: []*deed.Checkpoint{w.witness(keeper, heads[3]).Checkpoint},
	}
}

func verify(t testing.TB, w *world, d *deed.Dossier) *deed.Report {
	t.Helper()
	raw, err := d.Raw()
	if err != nil {
		t.Fatal(err)
	}
	r, err := deed.Verify(raw, w.anchors)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestADossierIsVerifiedWithoutAskingAnybody(t *testing.T) {
	w := newWorld(t)
	d := w.file(w.member(secretariat, ""), w.member(town, ""))
	r := verify(t, w, d)
	if !r.Sound() || len(r.Missing) > 0 {
		t.Fatalf("findings: %+v %v", r.Findings, r.Missing)
	}
	if r.Keeper != secretariat || r.GroupID != group || r.Root != d.Root || r.Covered.Number != 4 || r.CheckpointAt != day.Add(time.Hour).Unix() {
		t.Errorf("got %+v", r)
	}
	if len(r.Deeds) != 1 || r.Received[d.Root] != (deed.Receipt{Dossier: d.Root, Number: 1, At: day.Unix()}) {
		t.Errorf("deeds %v, receipts %v", r.Deeds, r.Received)
	}
	if len(r.Signed) != 4 || r.Signed[0].Receipt.Number != 2 || r.Signed[2].Receipt.Number != 4 || r.Signed[3].Receipt.Given() {
		t.Errorf("got %+v", r.Signed)
	}
	for _, s := range r.Signed {
		if s.Signer != town {
			t.Errorf("signer %s", s.Signer)
		}
	}
}

func TestTheSameDossierGivesTheSameBytes(t *testing.T) {
	w := newWorld(t)
	d := w.file(w.member(secretariat, ""), w.member(town, ""))
	one, err := d.Raw()
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(d.Signatures)
	slices.Reverse(d.Chains)
	slices.Reverse(d.Entries)
	two, err := d.Raw()
	if err != nil || string(one) != string(two) {
		t.Errorf("the order in which it was collected shows: %v", err)
	}
	if again, err := deed.ParseDossier(one); err != nil || len(again.Entries) != 4 {
		t.Errorf("read back: %v", err)
	}
}

func TestVerifyFinds(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *world, d *deed.Dossier, keeper *member)
		code   deed.Code
		signed int // signatures that still hold
		number int64
	}{
		{"a checkpoint of somebody else", func(w *world, d *deed.Dossier, _ *member) {
			_, heads, _ := w.story(w.member(town, ""), d.Deeds[0], 3)
			m := w.member(village, "")
			d.Checkpoints[0], d.Chains = w.witness(m, heads[3]).Checkpoint, append(d.Chains, m.chain)
		}, deed.CodeFeed, 4, 0},
		{"an entry that was left out", func(_ *world, d *deed.Dossier, _ *member) {
			d.Entries = slices.Delete(d.Entries, 2, 3)
		}, deed.CodeFeed, 4, 0},
		{"a tail that was left out", func(_ *world, d *deed.Dossier, _ *member) {
			d.Entries = d.Entries[:3]
		}, deed.CodeFeed, 4, 0},
		{"a time that was changed", func(_ *world, d *deed.Dossier, _ *member) {
			d.Entries[3].ReceivedAt++
		}, deed.CodeFeed, 4, 0},
		{"a signature that was left out", func(_ *world, d *deed.Dossier, _ *member) {
			d.Signatures = d.Signatures[1:]
		}, deed.CodeUnknown, 3, 4},
		{"a certificate that was left out", func(_ *world, d *deed.Dossier, _ *member) {
			d.Chains = d.Chains[:1]
		}, deed.CodeLimit, 0, 4},
		{"a signature about a deed that isn't there", func(w *world, d *deed.Dossier, keeper *member) {
			d.Signatures = append(d.Signatures, w.sign(keeper, w.content(w.draft()), deed.Accept, "buyer"))
		}, deed.CodeUnknown, 4, 4},
		{"a deed of another Group", func(w *world, d *deed.Dossier, _ *member) {
			f := w.draft()
			f.GroupID = "another-group"
			d.Deeds = append(d.Deeds, w.content(f))
		}, deed.CodeMalformed, 4, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			keeper := w.member(secretariat, "")
			d := w.file(keeper, w.member(town, ""))
			c.change(w, d, keeper)
			r := verify(t, w, d)
			if r.Sound() || !slices.ContainsFunc(r.Findings, func(f deed.Finding) bool { return f.Code == c.code }) {
				t.Errorf("findings: %+v", r.Findings)
			}
			if len(r.Signed) != c.signed || r.Covered.Number != c.number {
				t.Errorf("%d signatures hold, feed up to %d", len(r.Signed), r.Covered.Number)
			}
		})
	}
}

func TestVerifyShowsThatTheSecretariatToldTwoStories(t *testing.T) {
	w := newWorld(t)
	keeper, m := w.member(secretariat, ""), w.member(town, "")
	d := w.file(keeper, m)
	_, others, _ := w.story(m, d.Deeds[0], 2)
	d.Checkpoints = append(d.Checkpoints, w.witness(keeper, others[2]).Checkpoint)
	r := verify(t, w, d)
	if r.Sound() || len(r.Equivocations) != 1 {
		t.Fatalf("got %+v", r.Findings)
	}
	if peer, err := r.Equivocations[0].Verify(group, w.anchors); err != nil || peer != secretariat {
		t.Errorf("got %s, %v", peer, err)
	}
}

func TestVerifyNamesWhatStandsElsewhere(t *testing.T) {
	w := newWorld(t)
	m := w.member(town, "")
	d := w.file(w.member(secretariat, ""), m)
	parent, mandate := w.content(w.draft()), w.content(w.draft())
	child := w.draft()
	child.Parents = []deed.Hash{d.Root, parent.Hash()}
	c := w.content(child)
	s, err := m.signer.Sign(deed.Statement{DeedHash: c.Hash(), Act: deed.Accept, Role: "buyer", MandateHash: mandate.Hash(), SignedAt: day.Unix()})
	if err != nil {
		t.Fatal(err)
	}
	d.Deeds, d.Signatures = append(d.Deeds, c), append(d.Signatures, s)
	r := verify(t, w, d)
	want := []deed.Hash{parent.Hash(), mandate.Hash()}
	slices.Sort(want)
	if !r.Sound() || !slices.Equal(r.Missing, want) {
		t.Errorf("missing %v, findings %v", r.Missing, r.Findings)
	}
}

func TestParseDossierRefuses(t *testing.T) {
	w := newWorld(t)
	d := w.file(w.member(secretariat, ""), w.member(town, ""))
	raw, err := d.Raw()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{`{"certificates"`, `{"x":1,"certificates"`},
		{`"version":1`, `"version":2`},
		{`"collective-dossier"`, `"zip"`},
		{`"entries":[`, `"entries":[{},`},
		{`"deeds":[`, `"deeds":[{},`},
		{`"signatures":[`, `"signatures":["x",`},
		{`"checkpoints":[`, `"checkpoints":["x",`},
		{`"certificates":[`, `"certificates":[[],`},
		{`"dossier":"$1$110`, `"dossier":"$1$1`},
	} {
		if _, err := deed.Verify([]byte(replace(t, string(raw), c[0], c[1])), w.anchors); err == nil {
			t.Errorf("%s was accepted", c[1])
		}
	}
	for name, change := range map[string]func(*deed.Dossier){
		"a deed twice":        func(d *deed.Dossier) { d.Deeds = append(d.Deeds, d.Deeds[0]) },
		"a signature twice":   func(d *deed.Dossier) { d.Signatures = append(d.Signatures, d.Signatures[0]) },
		"a certificate twice": func(d *deed.Dossier) { d.Chains = append(d.Chains, d.Chains[0]) },
		"a checkpoint twice":  func(d *deed.Dossier) { d.Checkpoints = append(d.Checkpoints, d.Checkpoints[0]) },
	} {
		copied := *d
		copied.Deeds, copied.Signatures = slices.Clone(d.Deeds), slices.Clone(d.Signatures)
		copied.Chains, copied.Checkpoints = slices.Clone(d.Chains), slices.Clone(d.Checkpoints)
		change(&copied)
		raw, err := copied.Raw()
		if err != nil {
			t.Fatal(err)
		}
		_, err = deed.ParseDossier(raw)
		if err == nil || deed.CodeOf(err) != deed.CodeDuplicate {
			t.Errorf("%s: %v", name, err)
		}
	}
	copied := *d
	copied.Root = w.content(w.draft()).Hash()
	_, err = copied.Verify(w.anchors)
	wantCode(t, err, deed.CodeUnknown, "founds")
}

func TestOneCertificateSignsADeedALimitedNumberOfTimes(t *testing.T) {
	w := newWorld(t)
	m := w.member(town, "")
	c := w.content(w.draft())
	_, _, signatures := w.story(m, c, deed.MaxPerSigner+1)
	d := &deed.Dossier{Root: c.Hash(), Deeds: []*deed.Content{c}, Signatures: signatures, Chains: [][][]byte{m.chain}}
	raw, err := d.Raw()
	if err != nil {
		t.Fatal(err)
	}
	_, err = deed.ParseDossier(raw)
	wantCode(t, err, deed.CodeLimit, "too many")
}

func TestAnExcerptNamesWhatItLeavesOut(t *testing.T) {
	w := newWorld(t)
	keeper, m := w.member(secretariat, ""), w.member(town, "")
	d := w.file(keeper, m)
	left := d.Signatures[0].Hash()
	d.Signatures = d.Signatures[1:]
	if r, err := d.Verify(w.anchors); err != nil || r.Sound() {
		t.Fatalf("what is left out without a word isn't sound: %v", err)
	}
	d.Withheld = []deed.Hash{left, d.Deeds[0].Hash()} // the second is there all the same
	raw, err := d.Raw()
	if err != nil {
		t.Fatal(err)
	}
	r, err := deed.Verify(raw, w.anchors)
	if err != nil || !r.Sound() || len(r.Withheld) != 1 || r.Withheld[0] != left {
		t.Fatalf("%v %+v", err, r)
	}
	d.Withheld = append(d.Withheld, left)
	if raw, err = d.Raw(); err != nil {
		t.Fatal(err)
	}
	_, err = deed.ParseDossier(raw)
	wantCode(t, err, deed.CodeDuplicate, "withheld[")
}
