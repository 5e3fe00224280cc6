// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// remote is a contract as another Manager lists it, accepted by the Peers given.
func (w *world) remote(t testing.TB, c *fsc.Content, accepted ...fsc.PeerID) manager.RemoteContract {
	t.Helper()
	rc := manager.RemoteContract{Content: c.Raw(), Signatures: map[fsc.SignatureType]map[fsc.PeerID]string{fsc.SignatureTypeAccept: {}}}
	for _, p := range accepted {
		rc.Signatures[fsc.SignatureTypeAccept][p] = w.orgs[p].jws(t, c.Hash(), fsc.SignatureTypeAccept, w.clock.Now())
	}
	return rc
}

func (n *node) reconcile(t testing.TB, with fsc.PeerID) manager.Reconciled {
	t.Helper()
	r, err := n.Reconcile(t.Context(), with)
	must(t, err)
	return r
}

func TestReconcileImportsAndAnswersAContractThatNeverArrived(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna, automatic).offers(t).knows(t, bart)
	c := content(t, draft(1, w.connection()))
	n.peers.has(w.remote(t, c, bart))
	equal(t, "first time", n.reconcile(t, bart), manager.Reconciled{Compared: 1, Imported: 1, Signatures: 1})
	equal(t, "signatures", n.marks(t, c.Hash()), "1000 accept, 2000 accept")
	equalAll(t, "outbox", n.waiting(t), []string{"accept " + string(bart) + " waiting"})
}

func TestReconcileTakesASignatureOfAThirdPeerFromItsOwnKeys(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).knows(t, bart)
	c := content(t, draft(1, w.delegated()))
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)))
	forged := w.remote(t, c, bart)
	forged.Signatures[fsc.SignatureTypeAccept][carla] = w.orgs[bart].jws(t, c.Hash(), fsc.SignatureTypeAccept, start)
	n.peers.has(forged)
	equal(t, "forged", n.reconcile(t, bart), manager.Reconciled{Compared: 1})
	n.peers.has(w.remote(t, c, bart, carla))
	equal(t, "real", n.reconcile(t, bart), manager.Reconciled{Compared: 1, Signatures: 1})
	equal(t, "signatures", n.marks(t, c.Hash()), "2000 accept, 3000 accept")
	equal(t, "again", n.reconcile(t, bart), manager.Reconciled{Compared: 1})
}

func TestReconcileTakesInAReject(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t).knows(t, bart)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	rc := w.remote(t, c, bart, anna)
	rc.Signatures[fsc.SignatureTypeReject] = map[fsc.PeerID]string{bart: w.orgs[bart].jws(t, c.Hash(), fsc.SignatureTypeReject, start)}
	n.peers.has(rc)
	n.reconcile(t, bart)
	equal(t, "state", n.state(t, c.Hash()), fsc.StateRejected)
}

func TestReconcileResendsWhatTheOtherLacks(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t).knows(t, bart)
	d := draft(1, w.connection())
	c := n.accepted(t, content(t, d))
	n.deliver(t)
	n.peers.messages()
	old := w.remote(t, c, bart, anna)
	n.peers.has(old)
	equal(t, "nothing is missing", n.reconcile(t, bart), manager.Reconciled{Compared: 1})

	n.peers.has(w.remote(t, c, bart))
	equal(t, "ours is missing", n.reconcile(t, bart).Resent, 1)
	equalAll(t, "outbox", n.waiting(t), []string{"accept " + string(bart) + " waiting"})
	n.deliver(t)

	w.clock.advance(time.Minute)
	n.org.renew(t, localca.Request{NotAfter: start.AddDate(1, 0, 0)})
	_, err := n.Sign(t.Context(), c.Hash(), fsc.SignatureTypeAccept)
	must(t, err)
	n.deliver(t)
	n.peers.has(old)
	equal(t, "theirs is older", n.reconcile(t, bart).Resent, 1)
	equalAll(t, "outbox", n.waiting(t), []string{"accept " + string(bart) + " waiting"})
}

func TestReconcileLeavesAWaitingDeliveryAsItIs(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t).knows(t, bart)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	n.peers.failWith(errors.New("connection refused"))
	n.deliver(t)
	before := n.outbox(t)
	n.peers.has(w.remote(t, c, bart))
	n.reconcile(t, bart)
	equalAll(t, "outbox", n.outbox(t), before)
}

func TestReconcileResendsNothingAfterTheEnd(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).offers(t).knows(t, bart)
	c := n.accepted(t, content(t, draft(1, w.connection())))
	n.deliver(t)
	rc := w.remote(t, c, bart)
	w.clock.advance(25 * time.Hour)
	n.peers.has(rc)
	equal(t, "ended", n.reconcile(t, bart), manager.Reconciled{Compared: 1})
	equalAll(t, "outbox", n.waiting(t), []string{})
}

func TestReconcileIgnoresWhatIsNoneOfItsBusiness(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).knows(t, bart)
	good := content(t, draft(1, w.connection()))
	foreign := content(t, draft(2, w.foreign()))
	notTheirs := w.connection()
	notTheirs.Outway.PeerID = carla
	ended := draft(4, w.connection())
	ended.NotAfter = start
	otherGroup := draft(5, w.connection())
	otherGroup.GroupID = "other-group"
	strange := w.remote(t, good, bart, anna, erik)
	strange.Signatures["confirm"] = map[fsc.PeerID]string{bart: "x"}
	strange.Signatures[fsc.SignatureTypeReject] = map[fsc.PeerID]string{bart: "x", anna: w.orgs[anna].jws(t, good.Hash(), fsc.SignatureTypeReject, start)}
	unsigned := content(t, draft(6, w.connection()))
	n.peers.has(
		manager.RemoteContract{Content: []byte("{")},
		w.remote(t, foreign, bart, carla),
		w.remote(t, content(t, draft(3, notTheirs)), carla),
		w.remote(t, content(t, ended), bart),
		w.remote(t, content(t, otherGroup), bart),
		w.remote(t, unsigned),
		strange,
	)
	equal(t, "result", n.reconcile(t, bart), manager.Reconciled{Compared: 7, Imported: 1, Signatures: 1})
	equal(t, "signatures", n.marks(t, good.Hash()), "2000 accept")
	cs, err := n.ListContracts(t.Context(), manager.ContractFilter{})
	must(t, err)
	equal(t, "contracts", len(cs), 1)
}

func TestReconcileCountsOlderSignaturesOnce(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).knows(t, bart)
	c := content(t, draft(1, w.connection()))
	old := w.remote(t, c, bart)
	w.clock.advance(time.Minute)
	must(t, n.Submit(t.Context(), w.orgs[bart].caller(), w.orgs[bart].message(t, c, fsc.SignatureTypeAccept)))
	n.peers.has(old)
	changed := n.Changed()
	equal(t, "result", n.reconcile(t, bart), manager.Reconciled{Compared: 1})
	select {
	case <-changed:
		t.Error("nothing changed, yet it was told")
	default:
	}
}

func TestReconcileReadsABoundedList(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna).knows(t, bart)
	given := 0
	n.peers.contracts = func(context.Context) iter.Seq2[manager.RemoteContract, error] {
		return func(yield func(manager.RemoteContract, error) bool) {
			for yield(manager.RemoteContract{Content: []byte("{")}, nil) {
				given++
			}
		}
	}
	n.reconcile(t, bart)
	equal(t, "read", given, manager.MaxRemoteContracts)
}

func TestReconcileNeedsAnAddressAndAnAnswer(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, anna)
	if _, err := n.Reconcile(t.Context(), bart); err == nil {
		t.Error("reconciled with nobody")
	}
	n.knows(t, bart)
	broken := errors.New("connection reset")
	n.peers.contracts = func(context.Context) iter.Seq2[manager.RemoteContract, error] {
		return func(yield func(manager.RemoteContract, error) bool) { yield(manager.RemoteContract{}, broken) }
	}
	if _, err := n.Reconcile(t.Context(), bart); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestAPeerThatHangsDoesNotKeepRunFromTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.node(t, anna, automatic).offers(t).knows(t, bart, carla)
		c := content(t, draft(1, w.connection()))
		rc := w.remote(t, c, bart)
		asked := 0
		n.peers.contracts = func(ctx context.Context) iter.Seq2[manager.RemoteContract, error] {
			return func(yield func(manager.RemoteContract, error) bool) {
				if asked++; asked == 1 {
					<-ctx.Done()
					yield(rc, ctx.Err())
				}
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
		defer cancel()
		must(t, n.Run(ctx, 5*time.Minute))
		equal(t, "asked", asked, 2)
	})
}
