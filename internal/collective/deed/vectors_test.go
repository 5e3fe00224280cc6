// SPDX-License-Identifier: EUPL-1.2

package deed_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/pki"
)

var update = flag.Bool("update", false, "write the vectors of signatures and dossiers anew, with new keys")

// vector is one spelling of a deed with what has to come out of it, or the
// member that makes it refused.
type vector struct {
	Name      string    `json:"name"`
	Content   string    `json:"content"`
	Canonical string    `json:"canonical,omitempty"`
	Hash      deed.Hash `json:"hash,omitempty"`
	Refused   deed.Code `json:"refused,omitempty"`
	Field     string    `json:"field,omitempty"`
}

func readVectors(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func writeVectors(t *testing.T, name string, v any) {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", "vectors", name), append(b, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestVectorsOfDeeds(t *testing.T) {
	var vectors []vector
	readVectors(t, "deeds.json", &vectors)
	if len(vectors) < 10 {
		t.Fatal("vectors are missing")
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			c, err := deed.Parse([]byte(v.Content))
			if v.Refused != "" {
				wantCode(t, err, v.Refused, v.Field)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(c.Raw()) != v.Canonical || c.Hash() != v.Hash {
				t.Errorf("got %s\n%s", c.Hash(), c.Raw())
			}
		})
	}
}

// dossierVector is a dossier of this project with the anchors it verifies under.
type dossierVector struct {
	AnchorPEM string          `json:"anchor_pem"`
	Dossier   json.RawMessage `json:"dossier"`
	Keeper    string          `json:"keeper"`
	Covered   int64           `json:"covered"`
	Head      deed.Hash       `json:"head"`
	Signed    []struct {
		Signer        string    `json:"signer"`
		KeyThumbprint string    `json:"key_thumbprint"`
		DeedHash      deed.Hash `json:"deed_hash"`
		Act           deed.Act  `json:"act"`
		Role          deed.Role `json:"role"`
		SignedAt      int64     `json:"signed_at"`
		ReceivedAt    int64     `json:"received_at"`
	} `json:"signed"`
}

func TestVectorOfADossier(t *testing.T) {
	if *update {
		writeDossierVector(t)
	}
	var v dossierVector
	readVectors(t, "dossier.json", &v)
	trusted, err := pki.LoadAnchors([]byte(v.AnchorPEM))
	if err != nil {
		t.Fatal(err)
	}
	r, err := deed.Verify(v.Dossier, anchors{trusted})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Sound() || string(r.Keeper) != v.Keeper || r.Covered.Number != v.Covered || r.Covered.Hash != v.Head || len(r.Signed) != len(v.Signed) {
		t.Fatalf("got %+v", r)
	}
	for i, want := range v.Signed {
		got := r.Signed[i]
		if string(got.Signer) != want.Signer || got.KeyThumbprint != want.KeyThumbprint || got.DeedHash != want.DeedHash || got.Act != want.Act ||
			got.Role != want.Role || got.SignedAt != want.SignedAt || got.Receipt.At != want.ReceivedAt {
			t.Errorf("signature %d: got %+v", i, got)
		}
	}
}

func writeDossierVector(t *testing.T) {
	t.Helper()
	w := newWorld(t)
	d := w.file(w.member(secretariat, ""), w.member(town, ""))
	raw, err := d.Raw()
	if err != nil {
		t.Fatal(err)
	}
	r := verify(t, w, d)
	v := map[string]any{
		"anchor_pem": string(w.ca.AnchorPEM()), "dossier": json.RawMessage(raw), "keeper": r.Keeper,
		"covered": r.Covered.Number, "head": r.Covered.Hash,
	}
	var signed []map[string]any
	for _, s := range r.Signed {
		signed = append(signed, map[string]any{
			"signer": s.Signer, "key_thumbprint": s.KeyThumbprint, "deed_hash": s.DeedHash, "act": s.Act,
			"role": s.Role, "signed_at": s.SignedAt, "received_at": s.Receipt.At,
		})
	}
	v["signed"] = signed
	writeVectors(t, "dossier.json", v)
}
