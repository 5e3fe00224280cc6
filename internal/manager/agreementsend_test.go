// SPDX-License-Identifier: EUPL-1.2

package manager_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/binding"
	"github.com/samenspel/samenspel/internal/manager"
)

func TestTheEndOfAnAgreementEndsItsContracts(t *testing.T) {
	w := newWorld(t)
	n := w.gated(t, &deeds{found: callOff()})
	valid := content(t, draft(1, under(t, w.connection())))
	equal(t, "signed", n.proposes(t, valid), true)
	later := draft(2, under(t, w.connection()))
	later.NotBefore = start.Add(time.Hour)
	notYet := content(t, later)
	equal(t, "signed", n.proposes(t, notYet), true)
	proposed := content(t, draft(3, under(t, w.delegated())))
	equal(t, "signed", n.proposes(t, proposed), false)
	rejected := content(t, draft(4, under(t, w.delegated())))
	equal(t, "signed", n.proposes(t, rejected), false)
	_, err := n.Sign(t.Context(), rejected.Hash(), fsc.SignatureTypeReject)
	must(t, err)
	must(t, n.RequireAgreement(t.Context(), "persons", false))
	free := content(t, draft(5, w.connection()))
	equal(t, "signed", n.proposes(t, free), true)

	found, err := n.ContractsOfAgreement(t.Context(), theCallOff)
	must(t, err)
	equal(t, "contracts", len(found), 4)
	n.knows(t, bart, carla).deliver(t)
	for _, want := range []int{3, 0} {
		revoked, err := n.EndAgreement(t.Context(), theCallOff)
		must(t, err)
		equal(t, "ended", revoked, want)
	}
	for _, c := range []struct {
		content *fsc.Content
		want    fsc.ContractState
	}{
		{valid, fsc.StateRevoked},
		{notYet, fsc.StateRevoked},
		{proposed, fsc.StateRejected},
		{rejected, fsc.StateRejected},
		{free, fsc.StateValid},
	} {
		equal(t, "state", n.state(t, c.content.Hash()), c.want)
	}
	outbox := n.waiting(t)
	slices.Sort(outbox)
	equalAll(t, "outbox", outbox, []string{
		"reject " + string(bart) + " waiting", "reject " + string(carla) + " waiting",
		"revoke " + string(bart) + " waiting", "revoke " + string(bart) + " waiting",
	})
}

func TestAnAgreementNobodyNamesEndsNothing(t *testing.T) {
	n := newWorld(t).node(t, anna)
	revoked, err := n.EndAgreement(t.Context(), "$1$112$other")
	must(t, err)
	equal(t, "ended", revoked, 0)
	_, err = n.EndAgreement(t.Context(), "")
	refused(t, err, fsc.CodeInvalidRequest)
}

func TestWhatFailsWhileAnAgreementEndsCanBeTriedAgain(t *testing.T) {
	w := newWorld(t)
	n := w.gated(t, &deeds{found: callOff()})
	for i := range 3 {
		equal(t, "signed", n.proposes(t, content(t, draft(i, under(t, w.connection())))), true)
	}
	disk := errors.New("disk")
	n.store.set(disk)
	revoked, err := n.EndAgreement(t.Context(), theCallOff)
	if revoked != 0 || !errors.Is(err, disk) {
		t.Errorf("%d ended, %v", revoked, err)
	}
	n.store.set(nil)
	revoked, err = n.EndAgreement(t.Context(), theCallOff)
	must(t, err)
	equal(t, "ended", revoked, 3)
}

func TestTheConsumerEndsItsContractsToo(t *testing.T) {
	w := newWorld(t)
	n := w.node(t, bart)
	c, err := n.Create(t.Context(), manager.Proposal{NotAfter: start.Add(time.Hour), Grants: []fsc.Grant{under(t, w.connection())}})
	must(t, err)
	revoked, err := n.EndAgreement(t.Context(), theCallOff)
	must(t, err)
	equal(t, "ended", revoked, 1)
	equal(t, "state", n.state(t, c.Content.Hash()), fsc.StateRejected)
}

// FuzzTheCallOffIsThatOfTheGate holds what contracts are found by to what the gate
// reads: a contract that the gate would let through is found by its call-off.
func FuzzTheCallOffIsThatOfTheGate(f *testing.F) {
	f.Add([]byte(`{"` + manager.AgreementProperty + `":{"framework":"$1$110$a","accession":"$1$111$b","call_off":"$1$112$c","lot":"1"}}`))
	f.Add([]byte(`{"` + manager.AgreementProperty + `":{"call_off":null}}`))
	f.Add([]byte(`{"` + manager.AgreementProperty + `":"call_off"}`))
	f.Fuzz(func(t *testing.T, properties []byte) {
		g := fsc.Grant{Type: fsc.GrantTypeServiceConnection, Properties: properties}
		callOff := manager.CallOffOf(&g)
		if len(callOff) > 256 {
			t.Errorf("%d bytes", len(callOff))
		}
		if r, found, err := binding.ParseReference(properties); found && err == nil && callOff != r.CallOff {
			t.Errorf("%q is not %q", callOff, r.CallOff)
		}
		if g.Type = fsc.GrantTypeServicePublication; manager.CallOffOf(&g) != "" {
			t.Error("a publication has one")
		}
	})
}
