// SPDX-License-Identifier: EUPL-1.2

package deed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

func TestADeedIsReadBackAsItWasDrafted(t *testing.T) {
	w := newWorld(t)
	d := w.draft()
	parent := w.content(w.draft())
	d.Parents = []deed.Hash{parent.Hash()}
	d.Annexes = []deed.Annex{{Hash: deed.AnnexHash([]byte("x")), Name: "Programma van eisen", MediaType: "application/pdf", Size: 1, Owner: town}}
	c := w.content(d)
	again, err := deed.Parse(c.Raw())
	if err != nil {
		t.Fatal(err)
	}
	if again.Hash() != c.Hash() || string(again.Raw()) != string(c.Raw()) {
		t.Error("the hash changed")
	}
	if again.ID != d.ID || again.Parents[0] != parent.Hash() || again.Annexes[0] != d.Annexes[0] || again.NotAfter != d.NotAfter ||
		string(again.Body) != string(d.Body) || again.Rule.Role != "buyer" {
		t.Errorf("got %+v", again)
	}
	if typ, err := c.Hash().Type(); err != nil || typ != founding {
		t.Errorf("type in the hash: %d, %v", typ, err)
	}
	if keeper, ok := c.Keeper(); !ok || keeper != secretariat {
		t.Errorf("keeper: %s", keeper)
	}
	if s := c.Signatories(); len(s) != 1 || s[0].PeerID != town || !c.HasParty(town, "buyer") || c.HasParty(town, "seller") {
		t.Errorf("signatories: %v", s)
	}
}

func TestAnotherSpellingOfTheSameDeedHasTheSameHash(t *testing.T) {
	w := newWorld(t)
	c := w.content(w.draft())
	spaced := "\n " + strings.ReplaceAll(string(c.Raw()), `,"`, " ,\t\"") + "\r\n"
	spaced = replace(t, spaced, "Verhuizing", `\u0056erhuizing`)
	got, err := deed.Parse([]byte(spaced))
	if err != nil {
		t.Fatal(err)
	}
	if got.Hash() != c.Hash() || string(got.Raw()) != string(c.Raw()) {
		t.Error("white space or escapes changed the hash")
	}
}

func TestEveryMemberCountsForTheHash(t *testing.T) {
	w := newWorld(t)
	seen := map[deed.Hash]string{}
	for name, change := range map[string]func(*deed.Draft){
		"nothing":    func(*deed.Draft) {},
		"type":       func(d *deed.Draft) { d.Type++ },
		"group":      func(d *deed.Draft) { d.GroupID = "another" },
		"issued at":  func(d *deed.Draft) { d.IssuedAt++ },
		"not before": func(d *deed.Draft) { d.NotBefore++ },
		"not after":  func(d *deed.Draft) { d.NotAfter = 0 },
		"parents":    func(d *deed.Draft) { d.Parents = []deed.Hash{w.content(w.draft()).Hash()} },
		"parties":    func(d *deed.Draft) { d.Parties[0].PeerID = village },
		"rule":       func(d *deed.Draft) { d.Rule = deed.Rule{Kind: deed.RuleAll} },
		"body":       func(d *deed.Draft) { d.Body = []byte(`{"title":"Aangifte overlijden"}`) },
	} {
		d := w.draft()
		d.ID = deed.NewID(0, [10]byte{})
		change(d)
		h := w.content(d).Hash()
		if was, ok := seen[h]; ok {
			t.Errorf("a change of %s and of %s give one hash", name, was)
		}
		seen[h] = name
	}
}

func TestParseRefuses(t *testing.T) {
	w := newWorld(t)
	d := w.draft()
	d.Parents = []deed.Hash{w.content(w.draft()).Hash()}
	d.Annexes = []deed.Annex{{Hash: deed.AnnexHash([]byte("x")), Name: "Eisen", MediaType: "application/pdf", Size: 1, Owner: town}}
	good := string(w.content(d).Raw())
	parent := string(d.Parents[0])
	for _, c := range []struct {
		name, old, with string
		code            deed.Code
		part            string
	}{
		{"an unknown member", `{"annexes"`, `{"agreed":true,"annexes"`, deed.CodeMalformed, "agreed"},
		{"a member twice", `{"annexes"`, `{"id":"x","annexes"`, deed.CodeMalformed, "id"},
		{"a member in another case", `"id"`, `"ID"`, deed.CodeMalformed, "ID"},
		{"no type", `"type":110`, `"typ":110`, deed.CodeMalformed, "typ"},
		{"a type of the standard", `"type":110`, `"type":1`, deed.CodeMalformed, "type"},
		{"a type beyond the range", `"type":110`, `"type":900`, deed.CodeMalformed, "type"},
		{"a fraction", `"type":110`, `"type":110.0`, deed.CodeMalformed, "type"},
		{"an exponent", `"type":110`, `"type":11e1`, deed.CodeMalformed, "type"},
		{"a minus zero in the body", `"title":"Verhuizing doorgeven"`, `"n":-0`, deed.CodeMalformed, "body.n"},
		{"a null in the body", `"title":"Verhuizing doorgeven"`, `"n":null`, deed.CodeMalformed, "body.n"},
		{"an integer that a double can't hold", `"title":"Verhuizing doorgeven"`, `"n":9007199254740993`, deed.CodeMalformed, "body.n"},
		{"a body that isn't an object", `"body":{"title":"Verhuizing doorgeven"}`, `"body":[]`, deed.CodeMalformed, "body"},
		{"a UUID of another version", `-7`, `-4`, deed.CodeMalformed, "id"},
		{"a Group with a space", `"example-group"`, `"example group"`, deed.CodeMalformed, "group_id"},
		{"a negative time", `"issued_at":`, `"issued_at":-`, deed.CodeMalformed, "issued_at"},
		{"an end before the begin", fmt.Sprintf(`"not_after":%d`, d.NotAfter), fmt.Sprintf(`"not_after":%d`, d.NotBefore), deed.CodeMalformed, "not_after"},
		{"an end of 0", fmt.Sprintf(`"not_after":%d`, d.NotAfter), `"not_after":0`, deed.CodeMalformed, "not_after"},
		{"the year 10000", fmt.Sprintf(`"not_after":%d`, d.NotAfter), `"not_after":253402300800`, deed.CodeMalformed, "not_after"},
		{"a contract as parent", parent, "$1$1$" + parent[len("$1$110$"):], deed.CodeMalformed, "parents[0]"},
		{"a parent with a zero before its type", parent, "$1$0110$" + parent[len("$1$110$"):], deed.CodeMalformed, "parents[0]"},
		{"a parent with stray bits", parent, parent[:len(parent)-1] + "-", deed.CodeMalformed, "parents[0]"},
		{"a parent twice", `"` + parent + `"`, `"` + parent + `","` + parent + `"`, deed.CodeDuplicate, "parents[1]"},
		{"no parties", `"parties":[{"peer_id":"00000099000000000002","role":"buyer"},{"peer_id":"00000099000000000001","role":"secretariat"}]`, `"parties":[]`, deed.CodeMalformed, "parties"},
		{"a party twice", `{"peer_id":"00000099000000000001","role":"secretariat"}`, `{"peer_id":"00000099000000000002","role":"buyer"}`, deed.CodeDuplicate, "parties[1]"},
		{"a role in capitals", `"role":"buyer"},{`, `"role":"Buyer"},{`, deed.CodeMalformed, "parties[0].role"},
		{"a PeerID that can't be seen", `"peer_id":"00000099000000000002"`, `"peer_id":"0000\u202e0002"`, deed.CodeMalformed, "parties[0].peer_id"},
		{"a rule that doesn't exist", `"kind":"one"`, `"kind":"most"`, deed.CodeMalformed, "rule"},
		{"a rule without its role", `"role":"secretariat"}],"rule":{"kind":"one","role":"buyer"}`, `"role":"seller"}],"rule":{"kind":"one"}`, deed.CodeMalformed, "rule.role"},
		{"nobody to sign but the secretariat", `{"peer_id":"00000099000000000002","role":"buyer"},{"peer_id":"00000099000000000001","role":"secretariat"}],"rule":{"kind":"one","role":"buyer"}`, `{"peer_id":"00000099000000000001","role":"secretariat"}],"rule":{"kind":"all"}`, deed.CodeMalformed, "parties"},
		{"a rule with a role of nobody", `"rule":{"kind":"one","role":"buyer"}`, `"rule":{"kind":"one","role":"seller"}`, deed.CodeMalformed, "rule.role"},
		{"a rule with a role too many", `"kind":"one"`, `"kind":"all"`, deed.CodeMalformed, "rule.role"},
		{"an empty role", `"role":"buyer"},"type"`, `"role":""},"type"`, deed.CodeMalformed, "rule.role"},
		{"a threshold without decision", `"rule":{"kind":"one","role":"buyer"}`, `"rule":{"kind":"threshold"}`, deed.CodeMalformed, "rule.decision"},
		{"a decision where there is none", `"kind":"one"`, `"decision":{},"kind":"one"`, deed.CodeMalformed, "rule.decision"},
		{"an annex with the hash of a deed", string(d.Annexes[0].Hash), parent, deed.CodeMalformed, "annexes[0].hash"},
		{"an annex without size", `,"size":1`, ``, deed.CodeMalformed, "annexes[0].size"},
		{"an annex that is too large", `"size":1`, `"size":1073741825`, deed.CodeLimit, "annexes[0].size"},
		{"an annex with a line break in its name", `"Eisen"`, `"Ei\nsen"`, deed.CodeMalformed, "annexes[0].name"},
		{"an annex of no known kind", `"application/pdf"`, `"pdf"`, deed.CodeMalformed, "annexes[0].media_type"},
		{"an annex of nobody", `"owner":"00000099000000000002"`, `"owner":"x"`, deed.CodeMalformed, "annexes[0].owner"},
		{"something after it", "}}", "}}{}", deed.CodeMalformed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := good
			if c.name == "something after it" {
				text += "{}"
			} else {
				text = replace(t, good, c.old, c.with)
			}
			got, err := deed.Parse([]byte(text))
			wantCode(t, err, c.code, c.part)
			if got != nil {
				t.Error("deed and error both")
			}
		})
	}
}

func TestLimitsOfADeed(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(d *deed.Draft, n int) (limit int, field string){
		"parents": func(d *deed.Draft, n int) (int, string) {
			for i := range deed.MaxParents + n {
				p := w.draft()
				p.ID = deed.NewID(int64(i), [10]byte{})
				d.Parents = append(d.Parents, w.content(p).Hash())
			}
			return deed.MaxParents, "parents"
		},
		"parties": func(d *deed.Draft, n int) (int, string) {
			for i := range deed.MaxParties + n - 2 {
				d.Parties = append(d.Parties, deed.Party{PeerID: fsc.PeerID(fmt.Sprintf("%020d", i)), Role: "participant"})
			}
			return deed.MaxParties, "parties"
		},
		"annexes": func(d *deed.Draft, n int) (int, string) {
			for i := range deed.MaxAnnexes + n {
				d.Annexes = append(d.Annexes, deed.Annex{Hash: deed.AnnexHash([]byte{byte(i)}), Name: "x", MediaType: "text/plain", Owner: town})
			}
			return deed.MaxAnnexes, "annexes"
		},
		"body": func(d *deed.Draft, n int) (int, string) {
			d.Body = []byte(`{"x":"` + strings.Repeat("a", deed.MaxBodyBytes+n-len(`{"x":""}`)) + `"}`)
			return deed.MaxBodyBytes, "body"
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := w.draft()
			change(d, 0)
			if _, err := d.Content(); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			d = w.draft()
			_, field := change(d, 1)
			_, err := d.Content()
			wantCode(t, err, deed.CodeLimit, field)
		})
	}
	_, err := deed.Parse(make([]byte, deed.MaxContentBytes+1))
	wantCode(t, err, deed.CodeLimit, "larger")
	d := w.draft()
	d.Body = []byte(`{"x":` + strings.Repeat("[", deed.MaxDepth) + strings.Repeat("]", deed.MaxDepth) + `}`)
	_, err = d.Content()
	wantCode(t, err, deed.CodeLimit, "nested")
}

func TestIDsAreOfVersionSevenAndInOrderOfTime(t *testing.T) {
	if got := deed.NewID(0x019b76000000, [10]byte{0xff, 1, 0xff, 2, 3, 4, 5, 6, 7, 8}); got != "019b7600-0000-7f01-bf02-030405060708" {
		t.Errorf("got %s", got)
	}
	if deed.NewID(1, [10]byte{255}) >= deed.NewID(2, [10]byte{}) {
		t.Error("a later ID doesn't come later")
	}
}
