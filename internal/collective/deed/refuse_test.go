// SPDX-License-Identifier: EUPL-1.2

package deed_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

func TestPayloadOfACheckpointRefuses(t *testing.T) {
	w := newWorld(t)
	m := w.member(secretariat, "")
	raw, err := fsc.NewStatementSigner(m.pair.Key, m.chain[0], "collective-checkpoint+jws")
	if err != nil {
		t.Fatal(err)
	}
	_, heads, _ := w.story(m, w.content(w.draft()), 1)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(w.witness(m, heads[1]).Checkpoint.JWS, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{`{`, `{"x":1,`},
		{`"number":2`, `"number":0`},
		{`"number":2`, `"number":120001`},
		{`,"number":2`, ``},
		{`"at":`, `"at":-`},
		{`"at":`, `"to":`},
		{`"dossier":"$1$110`, `"dossier":"$1$1`},
		{`"head":"$1$902`, `"head":"$1$901`},
		{`"head":"$1$902$`, `"head":"$1$902$x`},
	} {
		jws, err := raw.Sign([]byte(replace(t, string(payload), c[0], c[1])))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := deed.ParseCheckpoint(jws); err == nil {
			t.Errorf("%s was accepted", c[1])
		}
	}
}

func TestACheckpointHoldsOnlyWithTheKeyOfItsCertificate(t *testing.T) {
	w := newWorld(t)
	m, stranger := w.member(secretariat, ""), w.member(secretariat, "")
	_, heads, _ := w.story(m, w.content(w.draft()), 1)
	c := w.witness(m, heads[1]).Checkpoint
	if peer, err := c.Keeper(group, m.chain, w.anchors); err != nil || peer != secretariat {
		t.Errorf("got %s, %v", peer, err)
	}
	_, err := c.Keeper(group, stranger.chain, w.anchors)
	wantCode(t, err, deed.CodeCertificate, "isn't the one")
	_, err = c.Keeper(group, [][]byte{make([]byte, deed.MaxCertificate+1)}, w.anchors)
	wantCode(t, err, deed.CodeLimit, "bytes")
	own, other := strings.Split(c.JWS, "."), strings.Split(w.witness(stranger, heads[1]).Checkpoint.JWS, ".")
	mixed, err := deed.ParseCheckpoint(own[0] + "." + own[1] + "." + other[2])
	if err != nil {
		t.Fatal(err)
	}
	_, err = mixed.Keeper(group, m.chain, w.anchors)
	wantCode(t, err, deed.CodeSignature, "doesn't match")
}

func TestParseEquivocationRefuses(t *testing.T) {
	w := newWorld(t)
	keeper, m := w.member(secretariat, ""), w.member(town, "")
	c := w.content(w.draft())
	entries, heads, _ := w.story(m, c, 3)
	_, others, _ := w.story(m, c, 2)
	raw, err := deed.FindEquivocation(w.witness(keeper, others[2]), w.witness(keeper, heads[3]), entries[3:]).Raw()
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`{"entries"`, `{"x":1,"entries"`}, {`"first"`, `"third"`}, {`"checkpoint":"`, `"checkpoint":"x`}, {`"chain":[`, `"chain":["",`}, {`"entries":[`, `"entries":[{},`},
	} {
		if _, err := deed.ParseEquivocation([]byte(replace(t, string(raw), change[0], change[1]))); err == nil {
			t.Errorf("%s was accepted", change[1])
		}
	}
	_, err = deed.ParseEquivocation(make([]byte, deed.MaxDossierBytes+1))
	wantCode(t, err, deed.CodeLimit, "larger")
}

func TestVerifyTrustsNoCheckpointItCannotCheck(t *testing.T) {
	w := newWorld(t)
	keeper := w.member(secretariat, "")
	d := w.file(keeper, w.member(town, ""))
	_, strange, _ := w.story(keeper, w.content(w.draft()), 1)
	d.Checkpoints = append(d.Checkpoints, w.witness(keeper, strange[1]).Checkpoint, w.witness(w.member(secretariat, ""), strange[1]).Checkpoint)
	r := verify(t, w, d)
	if len(r.Findings) != 2 || r.Covered.Number != 4 || len(r.Equivocations) != 0 {
		t.Errorf("covered %d, findings %+v", r.Covered.Number, r.Findings)
	}
}

func TestAFeedThatReceivesASignatureBeforeItsDeedIsAFinding(t *testing.T) {
	w := newWorld(t)
	keeper, m := w.member(secretariat, ""), w.member(town, "")
	d := w.file(keeper, m)
	child := w.draft()
	child.Parents = []deed.Hash{d.Root}
	c := w.content(child)
	s := w.sign(m, c, deed.Accept, "buyer")
	head, err := deed.NewFeed(d.Root).Extend(d.Entries...)
	if err != nil {
		t.Fatal(err)
	}
	e, head, err := head.Append(deed.EntrySignature, s.Hash(), head.At)
	if err != nil {
		t.Fatal(err)
	}
	d.Deeds, d.Signatures, d.Entries = append(d.Deeds, c), append(d.Signatures, s), append(d.Entries, e)
	d.Checkpoints = append(d.Checkpoints, w.witness(keeper, head).Checkpoint)
	r := verify(t, w, d)
	if len(r.Findings) != 1 || r.Findings[0].Code != deed.CodeFeed || r.Findings[0].Subject != s.Hash() {
		t.Errorf("findings %+v", r.Findings)
	}
}
