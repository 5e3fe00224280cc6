// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
	"github.com/samenspel/samenspel/internal/pki/localca"
)

// service is what the provider offers in the tests.
const service = "basisregistratie"

// federation is a Group with two nodes of ours and three Peers of another maker.
type federation struct {
	*lab
	provider, consumer     *running
	amber, beryl, outsider *foreign // amber signs with ECDSA, beryl with RSA
	upstream               *upstream
	application            *http.Client
}

// providing makes a node one that signs what fits without a person, and lists
// what others publish with it.
func providing(c *node.Config) {
	everybody := []fsc.PeerID{providerID, consumerID, amberID, berylID, outsiderID}
	for _, r := range []node.RuleConfig{{Role: "provider"}, {Role: "consumer"}, {Role: "delegator"}, {Role: "publication_delegator"}} {
		r.Delegators, r.AllowOtherProperties = everybody, true
		c.Manager.AutoAccept = append(c.Manager.AutoAccept, r)
	}
	c.Directory.AutoSign = true
}

func newFederation(t *testing.T) *federation {
	t.Helper()
	f := &federation{lab: newLab(t), upstream: newUpstream(t), application: plain(t)}
	f.provider = f.node(t, providerID, providing)
	f.consumer = f.node(t, consumerID, func(c *node.Config) {
		providing(c)
		c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: f.provider.peer.ManagerAddress}}
	})
	f.amber = f.foreign(t, amberID, localca.ECDSAP256)
	f.beryl = f.foreign(t, berylID, localca.RSA2048)
	f.outsider = f.foreign(t, outsiderID, localca.ECDSAP384)
	for _, p := range []*foreign{f.amber, f.beryl} {
		for _, n := range []*running{f.provider, f.consumer} {
			if a := p.api(t, n.peer, http.MethodPut, "/announce", nil); a.status != http.StatusOK {
				t.Fatalf("announce: %d %s", a.status, a.body)
			}
		}
	}
	if err := f.provider.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: f.upstream.url}); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFSCSuite has one subtest for each ID of the official test suite.
func TestFSCSuite(t *testing.T) {
	t.Parallel()
	s := &suite{federation: newFederation(t), ran: map[string]bool{}}
	s.submitContract(t)
	s.putSignature(t, "AcceptContract", fsc.SignatureTypeAccept)
	s.putSignature(t, "RejectContract", fsc.SignatureTypeReject)
	s.putSignature(t, "RevokeContract", fsc.SignatureTypeRevoke)
	s.listContracts(t)
	s.listServices(t)
	s.getToken(t)
	s.tokenContent(t)
	s.inwayRequests(t)
	s.inwayLog(t)
	s.outwayRequests(t)
	s.outwayLog(t)
	s.integration(t)
	s.managerInfo(t)
	s.managerLists(t)
	s.ports(t)
	for _, id := range suiteIDs() {
		if !s.ran[id] {
			t.Errorf("%s of the official suite has no test", id)
		}
		delete(s.ran, id)
	}
	for id := range s.ran {
		t.Errorf("%s is not an ID of the official suite", id)
	}
}

type suite struct {
	*federation
	ran map[string]bool
}

func (s *suite) run(t *testing.T, id string, test func(t *testing.T)) {
	t.Helper()
	s.ran[id] = true
	t.Run(id, test)
}

// suiteIDs are all IDs of the official suite (fsc-test-suite, January 2026).
func suiteIDs() []string {
	var ids []string
	for _, series := range []struct {
		name string
		n    int
	}{
		{"Manager-SubmitContract", 12},
		{"Manager-AcceptContract", 9},
		{"Manager-RejectContract", 7},
		{"Manager-RevokeContract", 7},
		{"Manager-Contracts", 2},
		{"Manager-Services", 4},
		{"Manager-GetToken", 11},
		{"Manager-PeerInfo", 1},
		{"Manager-Peers", 1},
		{"Manager-TransactionLogRecord", 1},
		{"Manager-Port", 1},
		{"Manager-JSONWebKeySet", 1},
		{"Inway-Incoming-Request", 6},
		{"Inway-TransactionLog", 6},
		{"Inway-Port", 1},
		{"Outway-IncomingRequest", 3},
		{"Outway-TransactionLog", 5},
		{"Integration-ConsumeService", 2},
		{"Integration-ConsumeServiceAsDelegatee", 1},
		{"Integration-ConsumeDelegatedService", 2},
		{"Integration-TransactionLog", 1},
	} {
		for i := range series.n {
			ids = append(ids, fmt.Sprintf("%s-%d", series.name, i+1))
		}
	}
	return ids
}

func TestSuiteHas84IDs(t *testing.T) {
	if n := len(suiteIDs()); n != 84 {
		t.Errorf("%d IDs", n)
	}
}

// stored checks that a Manager shows the contract, byte for byte, with exactly
// the signature of this Peer and type.
func (f *federation) stored(t *testing.T, by *foreign, c *fsc.Content, kind fsc.SignatureType, jws string) {
	t.Helper()
	got, ok := by.find(t, f.provider.peer, c)
	if !ok {
		t.Fatal("the contract is not stored")
	}
	if string(got.Content) != string(c.Raw()) {
		t.Errorf("the content is not that which was sent:\n%s\n%s", got.Content, c.Raw())
	}
	if jws != "" && got.Signatures[string(kind)][string(by.peer.ID)] != jws {
		t.Errorf("the %s signature of Peer %s is %q", kind, by.peer.ID, got.Signatures[string(kind)][string(by.peer.ID)])
	}
	inside, err := f.provider.door.ShowContract(t.Context(), c.Hash())
	if err != nil {
		t.Fatal(err)
	}
	if string(inside.Content) != string(c.Raw()) || inside.GrantHashes[0] != c.Grants[0].Hash {
		t.Errorf("inside the contract is %s %s", inside.GrantHashes, inside.Content)
	}
}

// notStored checks that nothing of the contract was kept.
func (f *federation) notStored(t *testing.T, c *fsc.Content) {
	t.Helper()
	if got, err := f.provider.door.ShowContract(t.Context(), c.Hash()); err == nil {
		t.Errorf("the contract is stored: %v", got.Signatures)
	} else if fsc.CodeOf(err) != fsc.CodeNotFound {
		t.Error(err)
	}
}

// validContract gives a contract between a foreign consumer and the provider
// that all parties have accepted.
func (f *federation) validContract(t *testing.T, by *foreign, more []*foreign, grants ...fsc.Grant) *fsc.Content {
	t.Helper()
	c := draft(t, nil, grants...)
	if a := by.submit(t, f.provider.peer, c); a.status != http.StatusCreated {
		t.Fatalf("submit: %d %s", a.status, a.body)
	}
	for _, p := range more {
		if a := p.put(t, f.provider.peer, fsc.SignatureTypeAccept, c); a.status != http.StatusCreated {
			t.Fatalf("accept: %d %s", a.status, a.body)
		}
	}
	f.inState(t, f.provider, c.Hash(), fsc.StateValid)
	return c
}

// inState waits until a node computes the state.
func (f *federation) inState(t *testing.T, n *running, h fsc.ContentHash, want fsc.ContractState) {
	t.Helper()
	eventually(t, fmt.Sprintf("state %s of %s at %s", want, h, n.peer.ID), func() bool {
		c, err := n.door.ShowContract(t.Context(), h)
		return err == nil && c.State == want
	})
}

// newTransactionID makes one as an Outway of another maker would.
func newTransactionID(t *testing.T) string {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}
