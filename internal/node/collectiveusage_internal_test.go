// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/binding"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

const (
	countingID fsc.PeerID = "00000099000000006000" // this Peer
	otherID    fsc.PeerID = "00000099000000007000"
	countGroup            = fsc.GroupID("count-group")
	ourCallOff            = deed.Hash("$1$112$ours")
)

// bound are properties that name a call-off.
func bound(t *testing.T, callOff deed.Hash) []byte {
	t.Helper()
	p, err := binding.Reference{Framework: "$1$110$f", Accession: "$1$111$a", CallOff: string(callOff), Lot: "1"}.Properties(nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// connection is a grant with which from calls a service of to.
func connection(from, to fsc.PeerID, service string, properties []byte) fsc.Grant {
	return fsc.Grant{
		Type: fsc.GrantTypeServiceConnection, Properties: properties,
		Outway:  fsc.Outway{PeerID: from, PublicKeyThumbprint: strings.Repeat("ab", 32)},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: to, Name: service},
	}
}

// ledger is the log and the contracts of this Peer.
type ledger struct {
	calls
	t       *testing.T
	at      time.Time
	written int
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), empty.Dir(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	l := &ledger{t: t, at: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)}
	m, err := manager.New(manager.Config{Self: fsc.Peer{ID: countingID}, Store: s})
	if err != nil {
		t.Fatal(err)
	}
	l.calls = calls{s.Log(), &Node{self: fsc.Peer{ID: countingID}, store: s, manager: m, now: func() time.Time { return l.at }}}
	return l
}

// contract stores one that all parties accepted and that runs a month.
func (l *ledger) contract(grants ...fsc.Grant) *fsc.Content {
	l.t.Helper()
	l.written++
	content, err := fsc.Draft{
		IV: fmt.Sprintf("00000000-0000-7000-8000-%012x", l.written), GroupID: countGroup,
		NotBefore: l.at, NotAfter: l.at.AddDate(0, 1, 0), CreatedAt: l.at, Grants: grants,
	}.Content(fsc.Rules{GroupID: countGroup})
	if err != nil {
		l.t.Fatal(err)
	}
	c := &manager.Contract{Content: content, StoredAt: l.at}
	for _, p := range content.Parties() {
		c.Signatures = append(c.Signatures, l.signed(p, fsc.SignatureTypeAccept))
	}
	err = l.node.store.Update(l.t.Context(), func(tx manager.Tx) error { return tx.PutContract(l.t.Context(), c) })
	if err != nil {
		l.t.Fatal(err)
	}
	return content
}

func (l *ledger) signed(p fsc.PeerID, as fsc.SignatureType) manager.Signature {
	return manager.Signature{
		PeerID: p, Type: as, JWS: "jws", SignedAt: l.at, Chain: [][]byte{[]byte("leaf")}, CertificateNotAfter: l.at.AddDate(1, 0, 0),
	}
}

// called writes n calls under a grant into the log.
func (l *ledger) called(dir txlog.Direction, g *fsc.Grant, at time.Time, n int) (ids []string) {
	l.t.Helper()
	var all []txlog.Record
	for range n {
		l.written++
		ms := at.UnixMilli()
		id := fmt.Sprintf("%08x-%04x-7000-8000-%012x", ms>>16, ms&0xffff, l.written)
		all = append(all, txlog.Record{
			TransactionID: id, Direction: dir, GrantHash: string(g.Hash), GroupID: countGroup, CreatedAt: at,
			ServiceName: g.Service.Name, OutwayPeerID: g.Outway.PeerID, ServicePeerID: g.Service.PeerID,
		})
		ids = append(ids, id)
	}
	if err := l.Index(l.t.Context(), all, txlog.Position{Segment: 1, Offset: int64(l.written)}); err != nil {
		l.t.Fatal(err)
	}
	return ids
}

// march counts the calls of our call-off in March under contracts.
func (l *ledger) march(outgoing bool, contracts ...*fsc.Content) usage.Summary {
	l.t.Helper()
	calendar, err := rule.NewCalendar()
	if err != nil {
		l.t.Fatal(err)
	}
	q := usage.Query{Outgoing: outgoing}
	for _, c := range contracts {
		grants, err := l.Grants(l.t.Context(), ourCallOff, c.Hash(), outgoing)
		if err != nil {
			l.t.Fatal(err)
		}
		q.GrantHashes = append(q.GrantHashes, grants...)
	}
	tree, err := usage.Count(l.t.Context(), l, calendar.Month, usage.Month{Year: 2026, Month: time.March}, q)
	if err != nil {
		l.t.Fatal(err)
	}
	return tree.Summary()
}

func summaryOf(t *testing.T, ids ...[]string) usage.Summary {
	t.Helper()
	var all []usage.ID
	for _, text := range slices.Concat(ids...) {
		id, err := idset.ParseID(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	return idset.NewTree(all).Summary()
}

func TestOnlyTheCallsUnderItsOwnGrantsOfTheMonthAreCountedForACallOff(t *testing.T) {
	l := newLedger(t)
	ours, another := bound(t, ourCallOff), bound(t, "$1$112$another")
	mixed := l.contract(
		connection(countingID, otherID, "verhuizing", ours),
		connection(countingID, otherID, "overlijden", another),
		connection(countingID, otherID, "personen", nil),
	)
	second := l.contract(connection(countingID, otherID, "geboorte", ours))
	unnamed := l.contract(connection(countingID, otherID, "geboorte", ours)) // bound by nobody
	g := mixed.Grants
	april := time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC) // in Amsterdam
	want := [][]string{
		l.called(txlog.DirectionOutgoing, &g[0], l.at, 3),
		l.called(txlog.DirectionOutgoing, &g[0], april.Add(-time.Second), 1),
		l.called(txlog.DirectionOutgoing, &second.Grants[0], l.at, 2),
	}
	l.called(txlog.DirectionOutgoing, &g[0], april, 1)
	l.called(txlog.DirectionOutgoing, &g[0], l.at.AddDate(0, -1, 0), 1)
	l.called(txlog.DirectionIncoming, &g[0], l.at, 1)
	for _, other := range []*fsc.Grant{&g[1], &g[2], &unnamed.Grants[0]} {
		l.called(txlog.DirectionOutgoing, other, l.at, 1)
	}
	if got := l.march(true, mixed, second); got != summaryOf(t, want...) || got.Count != 6 {
		t.Errorf("%d calls are counted, want 6: the same ones", got.Count)
	}
}

func TestASupplierCountsWhatCameIn(t *testing.T) {
	l := newLedger(t)
	c := l.contract(connection(otherID, countingID, "verhuizing", bound(t, ourCallOff)))
	want := l.called(txlog.DirectionIncoming, &c.Grants[0], l.at, 2)
	l.called(txlog.DirectionOutgoing, &c.Grants[0], l.at, 3)
	if got := l.march(false, c); got != summaryOf(t, want) {
		t.Errorf("%d calls are counted, want 2: the same ones", got.Count)
	}
}

func TestACallOffWithoutRecordsHereIsntCounted(t *testing.T) {
	l := newLedger(t)
	byOther := l.contract(connection(otherID, guideID, "verhuizing", bound(t, ourCallOff)), connection(countingID, otherID, "personen", nil))
	for want, contract := range map[string]fsc.ContentHash{
		string(otherID): byOther.Hash(), // its Outway has the records
		"isn't here":    fsc.ContentHash(strings.Replace(string(byOther.Hash()), "$1$1$", "$1$1$x", 1)),
	} {
		_, err := l.Grants(t.Context(), ourCallOff, contract, true)
		r, ok := errors.AsType[*collective.Refusal](err)
		if !ok || r.Code != collective.CodeCount || !strings.Contains(r.Detail, want) {
			t.Errorf("got %v, want a refusal that tells %q", err, want)
		}
	}
}

func TestAContractStandsUntilItIsRevokedOrOver(t *testing.T) {
	l := newLedger(t)
	revoked := l.contract(connection(countingID, otherID, "verhuizing", nil))
	over := l.contract(connection(countingID, otherID, "overlijden", nil))
	stands := func(h fsc.ContentHash, want bool) {
		t.Helper()
		if got, err := l.Stands(t.Context(), h); got != want || err != nil {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	stands(revoked.Hash(), true)
	err := l.node.store.Update(t.Context(), func(tx manager.Tx) error {
		_, err := tx.PutSignature(t.Context(), revoked.Hash(), l.signed(otherID, fsc.SignatureTypeRevoke))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	stands(revoked.Hash(), false)
	stands(over.Hash(), true)
	l.at = l.at.AddDate(0, 1, 0)
	stands(over.Hash(), false)
	stands("$1$1$unknown", false)
}
