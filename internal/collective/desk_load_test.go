// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// TestTwoHundredAndEightyBuyersEndExact has 280 buyers join one framework of
// 130,000 units at the same time and call off 500 each, which is 10,000 too many:
// the ledger ends exact, and who comes too late gets a reason (design, row 54).
func TestTwoHundredAndEightyBuyersEndExact(t *testing.T) {
	if testing.Short() {
		t.Skip("not in the loop while you work; make test runs it")
	}
	const units, each, buyers = 130_000, 500, 280
	c := newCircle(t, office, maker)
	var eligible []fsc.PeerID
	for i := range buyers {
		eligible = append(eligible, fsc.PeerID(fmt.Sprintf("0000009900000030%04d", i)))
	}
	f := c.mantel(units, eligible...)
	supplier := c.seal(maker)
	began := time.Now()
	var g errgroup.Group
	var mu sync.Mutex
	accessions, callOffs := map[fsc.PeerID]deed.Hash{}, map[fsc.PeerID]deed.Hash{}
	for _, id := range eligible {
		key := c.seal(id)
		g.Go(func() error {
			in := c.accession(id, f, each)
			if err := c.hand(in, key, deed.Accept, dossier.RoleBuyer, id); err != nil {
				return err
			}
			o := c.callOffDraft(id, f, in.Hash(), each)
			if err := c.hand(o, key, deed.Accept, dossier.RoleBuyer, id); err != nil {
				return err
			}
			mu.Lock()
			accessions[id], callOffs[id] = in.Hash(), o.Hash()
			mu.Unlock()
			return c.hand(o, supplier, deed.Accept, dossier.RoleSupplier, maker)
		})
	}
	fatal(t, g.Wait())
	handed := time.Since(began)
	fatal(t, c.at(office).Fold(t.Context()))
	fatal(t, c.at(office).Fold(t.Context()))
	took := time.Since(began)

	view, err := c.at(office).View(t.Context(), f)
	fatal(t, err)
	ledger, err := collective.LedgerOf(view, f)
	fatal(t, err)
	if lots := ledger.Lots(); lots[0].Committed != units || lots[0].Pool != 0 || !lots[0].Exhausted {
		t.Errorf("the ledger ends with %+v", lots[0])
	}
	live, refused := 0, 0
	for _, o := range callOffs {
		switch s, _ := view.Status(o); {
		case collective.CallOffState(s) == collective.WordLive:
			live++
		case s.State == rule.Refused:
			refused++
		}
	}
	if live != units/each || live+refused != buyers {
		t.Errorf("%d call-offs are live and %d refused, of %d", live, refused, buyers)
	}
	t.Logf("%d accessions and call-offs, %d deeds and signatures: handed in within %v, counted after %v", buyers, 5*buyers, handed, took)
}

func (c *circle) accession(buyer fsc.PeerID, framework deed.Hash, need int64) *deed.Content {
	return c.draft(buyer, deed.Draft{
		Type: dossier.TypeAccession, Parents: []deed.Hash{framework}, Rule: deed.Rule{Kind: deed.RuleOne},
		Parties: []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}},
		Body:    body(c.t, dossier.Accession{Lots: []dossier.Reservation{{Lot: "1", Need: need}}}),
	})
}

func (c *circle) callOffDraft(buyer fsc.PeerID, framework, accession deed.Hash, quantity int64) *deed.Content {
	return c.draft(buyer, deed.Draft{
		Type: dossier.TypeCallOff, Parents: []deed.Hash{framework, accession}, Rule: deed.Rule{Kind: deed.RuleAll},
		NotAfter: c.now().Unix() + 365*day,
		Parties:  []deed.Party{{PeerID: buyer, Role: dossier.RoleBuyer}, {PeerID: maker, Role: dossier.RoleSupplier}},
		Body:     body(c.t, dossier.CallOff{Lot: "1", Quantity: quantity, Value: quantity * 100, Services: []string{"verhuizing-doorgeven"}}),
	})
}

// draft completes a draft of a Peer that has no desk of its own here.
func (c *circle) draft(_ fsc.PeerID, d deed.Draft) *deed.Content {
	content, err := c.at(office).Draft(d)
	if err != nil {
		c.t.Error(err)
	}
	return content
}

// hand brings a deed and a signature on it to the secretariat.
func (c *circle) hand(content *deed.Content, key seal, act deed.Act, role deed.Role, from fsc.PeerID) error {
	s, err := key.signer.Sign(deed.Statement{DeedHash: content.Hash(), Act: act, Role: role, SignedAt: c.now().Unix()})
	if err != nil {
		return err
	}
	if err := c.at(office).Receive(c.t.Context(), from, collective.Item{Deed: content.Raw()}); err != nil {
		return err
	}
	return c.at(office).Receive(c.t.Context(), from, collective.Item{JWS: s.JWS, Chain: key.chain})
}
