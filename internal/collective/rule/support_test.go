// SPDX-License-Identifier: EUPL-1.2

package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// A small world: a mantel between a purchasing body and a supplier, which
// municipalities join and which decisions are taken about.
const (
	mantel    = deed.Type(110)
	joining   = deed.Type(111)
	ruling    = deed.Type(112)
	proposal  = deed.Type(113)
	day       = int64(86400)
	opening   = int64(1_767_225_600) // 1 January 2026, UTC
	group     = fsc.GroupID("example-group")
	keeper    = fsc.PeerID("keeper")
	body      = fsc.PeerID("body")
	supplier  = fsc.PeerID("supplier")
	town      = fsc.PeerID("town")
	village   = fsc.PeerID("village")
	stranger  = fsc.PeerID("stranger")
	keyOfTown = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

func specs() []rule.Spec {
	return []rule.Spec{
		{
			Type: mantel, Name: "mantel", MustEnd: true,
			Roles: []rule.RoleCount{{Role: "body", Min: 1, Max: 1}, {Role: "supplier", Min: 1}, {Role: deed.Secretariat, Max: 1}},
			Rules: []rule.Shape{{Kind: deed.RuleAll}},
			Words: map[rule.State]rule.State{rule.InForce: "live", rule.Revoked: "terminated"},
			Final: []rule.State{"exhausted"},
			Moves: []rule.Move{
				{Of: rule.OfChild, Type: ruling, On: rule.InForce, Set: "suspended", When: says("suspend")},
				{Of: rule.OfChild, Type: ruling, On: rule.InForce, Clear: "suspended", When: says("resume")},
				{Of: rule.OfChild, Type: ruling, On: rule.InForce, From: []rule.State{"live"}, To: "exhausted", When: says("exhaust")},
			},
		},
		{
			Type: joining, Name: "joining",
			Roles:    []rule.RoleCount{{Role: "buyer", Min: 1, Max: 1}, {Role: "body", Min: 1, Max: 1}},
			Rules:    []rule.Shape{{Kind: deed.RuleOne, Role: "buyer"}},
			Parents:  []rule.Parent{{Type: mantel, Min: 1, Max: 1, Unless: []string{"suspended"}, Ties: []rule.Tie{{Child: "body", Parent: "body"}}}},
			Mandates: rule.MandateOthers, Amount: amount,
			Words: map[rule.State]rule.State{rule.InForce: "effective"},
			Final: []rule.State{"ended"},
			Moves: []rule.Move{{Of: rule.OfParent, Type: mantel, On: "terminated", From: []rule.State{"effective"}, To: "ended"}},
		},
		{
			Type: ruling, Name: "ruling", Irrevocable: true,
			Roles:   []rule.RoleCount{{Role: "body", Min: 1, Max: 1}},
			Rules:   []rule.Shape{{Kind: deed.RuleOne}},
			Parents: []rule.Parent{{Type: mantel, Min: 1, Max: 1, Ties: []rule.Tie{{Child: "body", Parent: "body"}}}},
		},
		{
			Type: proposal, Name: "proposal",
			Roles:   []rule.RoleCount{{Role: "initiator", Min: 1, Max: 1}, {Role: deed.Secretariat, Max: 1}},
			Rules:   []rule.Shape{{Kind: deed.RuleThreshold}},
			Parents: []rule.Parent{{Type: rule.AnyType}},
		},
	}
}

func says(word string) func(self, other rule.Snapshot) bool {
	return func(_, other rule.Snapshot) bool { return strings.Contains(string(other.Deed.Body), word) }
}

func amount(c *deed.Content) (int64, error) {
	var b struct {
		Amount int64 `json:"amount"`
	}
	err := deed.Unmarshal(c.Body, &b)
	return b.Amount, err
}

// scene collects facts, with receipts of one secretariat in the order given.
type scene struct {
	t     testing.TB
	table *rule.Table
	facts rule.Facts
	ids   int64
	root  deed.Hash
	n     int64
}

func newScene(t testing.TB) *scene {
	t.Helper()
	table, err := rule.NewTable(specs()...)
	if err != nil {
		t.Fatal(err)
	}
	return &scene{t: t, table: table}
}

// deed writes a deed down; the first one founds the dossier.
func (s *scene) deed(d deed.Draft) *deed.Content {
	s.t.Helper()
	s.ids++
	if d.ID == "" {
		d.ID = deed.NewID(s.ids, [10]byte{})
	}
	if d.GroupID == "" {
		d.GroupID = group
	}
	if d.NotBefore == 0 {
		d.NotBefore = opening
	}
	d.IssuedAt = opening
	c, err := d.Content()
	if err != nil {
		s.t.Fatal(err)
	}
	if s.root == "" {
		s.root = c.Hash()
	}
	s.facts.Deeds = append(s.facts.Deeds, c)
	return c
}

// act adds a signature that the secretariat receives at a moment.
func (s *scene) act(c *deed.Content, peer fsc.PeerID, role deed.Role, a deed.Act, at int64) *deed.Signed {
	s.n++
	s.facts.Signed = append(s.facts.Signed, deed.Signed{
		Statement: deed.Statement{DeedHash: c.Hash(), Act: a, Role: role, SignedAt: at - 5}, Signer: peer,
		KeyThumbprint: fmt.Sprintf("%064x", []byte(peer)), Receipt: deed.Receipt{Dossier: s.root, Number: s.n, At: at},
	})
	return &s.facts.Signed[len(s.facts.Signed)-1]
}

func (s *scene) accept(c *deed.Content, peer fsc.PeerID, role deed.Role, at int64) *deed.Signed {
	return s.act(c, peer, role, deed.Accept, at)
}

// mantel is signed by both on the first day, for a year.
func (s *scene) mantel() *deed.Content { return s.mantelUntil(opening + 365*day) }

func (s *scene) mantelUntil(end int64) *deed.Content {
	s.t.Helper()
	c := s.deed(deed.Draft{
		Type: mantel, NotAfter: end, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: body, Role: "body"}, {PeerID: supplier, Role: "supplier"}, {PeerID: keeper, Role: deed.Secretariat}},
	})
	s.accept(c, body, "body", opening+1)
	s.accept(c, supplier, "supplier", opening+2)
	return c
}

func (s *scene) joining(m *deed.Content, buyer fsc.PeerID) *deed.Content {
	return s.deed(deed.Draft{
		Type: joining, Parents: []deed.Hash{m.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne, Role: "buyer"}, Body: []byte(`{"amount":500}`),
		Parties: []deed.Party{{PeerID: buyer, Role: "buyer"}, {PeerID: body, Role: "body"}},
	})
}

func (s *scene) ruling(m *deed.Content, word string, at int64) *deed.Content {
	c := s.deed(deed.Draft{
		Type: ruling, Parents: []deed.Hash{m.Hash()}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: body, Role: "body"}}, Body: []byte(`{"ruling":"` + word + `"}`),
	})
	s.accept(c, body, "body", at)
	return c
}

func (s *scene) at(c *deed.Content, now int64) rule.Status {
	s.t.Helper()
	st, ok := rule.Fold(s.table, s.facts, now).Status(c.Hash())
	if !ok {
		s.t.Fatal("the deed is unknown")
	}
	return st
}

func (s *scene) want(c *deed.Content, now int64, want rule.State, codes ...rule.ReasonCode) rule.Status {
	s.t.Helper()
	st := s.at(c, now)
	if st.State != want {
		s.t.Errorf("day %d: %s, want %s (%v, notes %v)", (now-opening)/day, st.State, want, st.Reasons, st.Notes)
	}
	for _, code := range codes {
		if !has(st.Reasons, code) && !has(st.Notes, code) {
			s.t.Errorf("day %d: no reason %s in %v, notes %v", (now-opening)/day, code, st.Reasons, st.Notes)
		}
	}
	return st
}

func has(reasons []rule.Reason, code rule.ReasonCode) bool {
	for _, r := range reasons {
		if r.Code == code {
			return true
		}
	}
	return false
}

// replace edits a text and fails when there is nothing to edit.
func replace(t testing.TB, s, old, with string) string {
	t.Helper()
	if !strings.Contains(s, old) {
		t.Fatalf("%q is not in %.300s", old, s)
	}
	return strings.Replace(s, old, with, 1)
}
