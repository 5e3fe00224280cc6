// SPDX-License-Identifier: EUPL-1.2

package deed_test

import (
	"testing"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

func FuzzParse(f *testing.F) {
	w := newWorld(f)
	f.Add(w.content(w.draft()).Raw())
	f.Add([]byte(`{"type":110,"id":"019b7600-0000-7f01-bf02-030405060708","rule":{"kind":"threshold","decision":{}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := deed.Parse(raw)
		if err != nil {
			return
		}
		again, err := deed.Parse(c.Raw())
		if err != nil || again.Hash() != c.Hash() || string(again.Raw()) != string(c.Raw()) {
			t.Errorf("canonical form isn't stable: %v", err)
		}
		if typ, err := c.Hash().Type(); err != nil || typ != c.Type {
			t.Errorf("type %d in the hash, %d in the deed", typ, c.Type)
		}
	})
}

func FuzzHash(f *testing.F) {
	f.Add(string(deed.AnnexHash(nil)))
	f.Add("$1$110$" + string(deed.AnnexHash(nil))[7:])
	f.Fuzz(func(t *testing.T, s string) {
		if typ, err := deed.Hash(s).Type(); err == nil && (!typ.Valid() || len(s) != len("$1$110$")+86) {
			t.Errorf("%q passes as the hash of a deed", s)
		}
	})
}

func FuzzParseSignature(f *testing.F) {
	w := newWorld(f)
	c := w.content(w.draft())
	f.Add(w.sign(w.member(town, ""), c, deed.Accept, "buyer").JWS)
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, jws string) {
		s, err := deed.ParseSignature(jws)
		if err != nil {
			return
		}
		if !s.Act.Valid() || !s.Role.Valid() {
			t.Errorf("got %+v", s.Statement)
		}
		if _, err := s.Judge(c, [][]byte{[]byte("no certificate")}, w.anchors, deed.Receipt{}); err == nil {
			t.Error("holds without a certificate")
		}
	})
}

func FuzzParseEntry(f *testing.F) {
	w := newWorld(f)
	entries, _, _ := w.story(w.member(town, ""), w.content(w.draft()), 1)
	for i := range entries {
		raw, err := entries[i].Raw()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := deed.ParseEntry(raw)
		if err != nil {
			return
		}
		plain, err := e.Raw()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := deed.ParseEntry(plain); err != nil || again != e {
			t.Errorf("got %+v, want %+v: %v", again, e, err)
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	w := newWorld(f)
	_, heads, _ := w.story(w.member(town, ""), w.content(w.draft()), 1)
	f.Add(w.witness(w.member(secretariat, ""), heads[1]).Checkpoint.JWS)
	f.Fuzz(func(t *testing.T, jws string) {
		if c, err := deed.ParseCheckpoint(jws); err == nil && c.Number < 1 {
			t.Errorf("got %+v", c)
		}
	})
}

func FuzzParseEquivocation(f *testing.F) {
	w := newWorld(f)
	keeper, m := w.member(secretariat, ""), w.member(town, "")
	c := w.content(w.draft())
	entries, heads, _ := w.story(m, c, 3)
	_, others, _ := w.story(m, c, 2)
	raw, err := deed.FindEquivocation(w.witness(keeper, others[2]), w.witness(keeper, heads[3]), entries[3:]).Raw()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := deed.ParseEquivocation(raw)
		if err != nil {
			return
		}
		if peer, err := e.Verify(group, w.anchors); err == nil && peer != secretariat {
			t.Errorf("blames %s", peer)
		}
	})
}

func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	raw, err := w.file(w.member(secretariat, ""), w.member(town, "")).Raw()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := deed.Verify(raw, w.anchors)
		if err != nil {
			return
		}
		for _, s := range r.Signed {
			if s.Signer != town && s.Signer != secretariat {
				t.Errorf("signature by %s holds", s.Signer)
			}
		}
	})
}
