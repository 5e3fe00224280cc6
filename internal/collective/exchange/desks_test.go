// SPDX-License-Identifier: EUPL-1.2

package exchange_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/annex"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/register"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/pki/localca"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

// office is a Peer with a real desk, whose clock is that of the machine.
type office struct {
	*member
	desk    *collective.Desk
	annexes string // their folder
}

// DeedSigner implements [collective.Keys].
func (m *member) DeedSigner() (*deed.Signer, [][]byte, error) { return m.signer, m.chain, nil }

func newOffice(t *testing.T, m *member, trusted *pki.Anchors, remote collective.Remote) *office {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), empty.Dir(t), quiet())
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	facts, err := register.Load()
	must(t, err)
	table, err := collective.NewTable(facts)
	must(t, err)
	cfg := collective.Config{
		Self: m.id, Group: group, Store: db.Collective(), Keys: m, Table: table, Remote: remote, Now: time.Now, Logger: quiet(),
		Authority: collective.Anchors{Group: group, Trusted: func() *pki.Anchors { return trusted }},
	}
	if remote != nil {
		cfg.Follow = []fsc.PeerID{keeper}
	}
	cfg.Librarian, _ = remote.(collective.Librarian)
	folder := t.TempDir()
	cfg.Annexes, err = annex.Open(folder, 1<<30)
	must(t, err)
	t.Cleanup(func() { _ = cfg.Annexes.Close() })
	d, err := collective.New(cfg)
	must(t, err)
	return &office{m, d, folder}
}

// run runs a desk until the test ends.
func (o *office) run(t *testing.T) {
	t.Helper()
	done := make(chan error)
	go func() { done <- o.desk.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// TestTwoDesksAgreeOverTheExchange lets a supplier sign a framework that the
// keeper proposed, with Outway and Inway between them.
func TestTwoDesksAgreeOverTheExchange(t *testing.T) {
	noLeak(t)
	ca, err := localca.New(time.Now())
	must(t, err)
	trusted, err := pki.LoadAnchors(ca.AnchorPEM())
	must(t, err)
	k := newOffice(t, newMember(t, ca, keeper), trusted, nil)
	supplies := newMember(t, ca, town)
	between := newLayer(t, supplies, k.member, trusted, k.desk)
	client := between.client(between.connection)
	supplier := newOffice(t, supplies, trusted, client)
	k.run(t)
	supplier.run(t)

	now := time.Now().Unix()
	body, err := json.Marshal(dossier.Framework{
		Name: "Webdiensten burgerzaken", Published: now - 90*86400, Eligible: []fsc.PeerID{village},
		Windows: []dossier.Window{{From: now - 60, Until: now + 86400}},
		Lots:    []dossier.Lot{{ID: "1", Name: "Verhuizing doorgeven", Unit: "meldingen", MaximumQuantity: 10, MaximumValue: 1000, Suppliers: []fsc.PeerID{town}, Services: []string{"verhuizing-doorgeven"}}},
	})
	must(t, err)
	h, err := k.desk.Propose(t.Context(), deed.Draft{
		Type: dossier.TypeFramework, NotBefore: now, NotAfter: now + 700*86400, Body: body, Rule: deed.Rule{Kind: deed.RuleAll},
		Parties: []deed.Party{{PeerID: keeper, Role: deed.Secretariat}, {PeerID: keeper, Role: dossier.RolePurchasingBody}, {PeerID: town, Role: dossier.RoleSupplier}},
	}, collective.Act{Act: deed.Accept, Role: dossier.RolePurchasingBody})
	must(t, err)
	state := func(o *office) string {
		s, err := o.desk.State(t.Context(), h)
		if err != nil {
			return ""
		}
		return string(s.State)
	}
	eventually(t, "the supplier knows the framework", func() bool { return state(supplier) != "" })
	before := state(k)
	must(t, supplier.desk.Sign(t.Context(), h, collective.Act{Act: deed.Accept, Role: dossier.RoleSupplier}))
	eventually(t, "both see the same new state", func() bool { return state(k) != before && state(k) == state(supplier) })
	eventually(t, "nothing is left to deliver", func() bool {
		left, err := supplier.desk.Deliveries(t.Context())
		return err == nil && len(left) == 0
	})
	told, err := client.Feed(t.Context(), keeper, 0, 0)
	must(t, err)
	theirs, err := client.Witness(t.Context(), keeper, told.Checkpoints)
	if err != nil || len(told.Checkpoints) != 1 || !reflect.DeepEqual(theirs, told.Checkpoints) {
		t.Errorf("got %v, want %v: %v", theirs, told.Checkpoints, err)
	}
	_, err = between.client("$1$4$none").Feed(t.Context(), keeper, 0, 0)
	if _, final := errors.AsType[*collective.Refused](err); err == nil || final || !strings.Contains(err.Error(), "the connection to Peer") {
		t.Errorf("a grant that isn't there: %v", err)
	}
}
