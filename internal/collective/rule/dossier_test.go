// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"crypto/x509"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/pki"
)

type anchors struct{ trusted *pki.Anchors }

func (a anchors) Identify(_ fsc.GroupID, chain [][]byte, at time.Time) (deed.Identity, error) {
	var certs []*x509.Certificate
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return deed.Identity{}, err
		}
		certs = append(certs, c)
	}
	if _, err := a.trusted.Verify(certs, at, x509.ExtKeyUsageAny); err != nil {
		return deed.Identity{}, err
	}
	p, err := pki.IdentityRule{}.Peer(certs[0])
	return deed.Identity{PeerID: p.ID, PublicKey: certs[0].PublicKey}, err
}

// From a file to a state with nothing but trust anchors: what an auditor does.
func TestTheStateOfADossierInAFile(t *testing.T) {
	text, err := os.ReadFile("../deed/testdata/vectors/dossier.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		AnchorPEM string          `json:"anchor_pem"`
		Dossier   json.RawMessage `json:"dossier"`
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	trusted, err := pki.LoadAnchors([]byte(v.AnchorPEM))
	if err != nil {
		t.Fatal(err)
	}
	report, err := deed.Verify(v.Dossier, anchors{trusted})
	if err != nil {
		t.Fatal(err)
	}
	table, err := rule.NewTable(rule.Spec{
		Type: 110, Name: "accession", Rules: []rule.Shape{{Kind: deed.RuleOne, Role: "buyer"}},
		Roles: []rule.RoleCount{{Role: "buyer", Min: 1, Max: 1}, {Role: deed.Secretariat, Max: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	first := report.Signed[0].Receipt.At
	for at, want := range map[int64]rule.State{first - 1: rule.Proposed, first: rule.InForce} {
		if st, ok := rule.Fold(table, rule.FactsOf(report), at).Status(report.Root); !ok || st.State != want {
			t.Errorf("at %d: %s, want %s (%v)", at, st.State, want, st.Notes)
		}
	}
}
