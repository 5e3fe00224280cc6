// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"net/http"
	"testing"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
	"github.com/samenspel/samenspel/internal/node"
)

const faultyID = fsc.PeerID("00000099000000006000")

// faulty is a node in a process of its own whose disk can be made to fail. It
// offers a service to amber and calls the service of the federation's provider.
type faulty struct {
	*process
	federation *federation
	upstream   *upstream
	token      string        // of amber, for its service
	grant      fsc.GrantHash // of its own Outway
}

func newFaulty(t *testing.T, f *federation) *faulty {
	t.Helper()
	s := f.configure(t, faultyID, func(c *node.Config) {
		providing(c)
		c.Group.Directories = []node.PeerConfig{{PeerID: providerID, ManagerAddress: f.provider.peer.ManagerAddress}}
	})
	p := &faulty{process: launch(t, s), federation: f, upstream: newUpstream(t)}
	if err := p.door.PutService(t.Context(), internalapi.Service{Name: service, Upstream: p.upstream.url}); err != nil {
		t.Fatal(err)
	}
	c := draft(t, nil, connection(amberID, f.amber.pair, faultyID, service))
	f.created(t, f.amber.submit(t, p.peer, c))
	p.token, _ = f.amber.obtain(t, p.peer, c.Grants[0].Hash)
	eventually(t, "service at the Inway", func() bool { return p.callInway(t).status == http.StatusOK })
	own := propose(t, &running{setup: s, door: p.door}, connection(faultyID, s.pair, providerID, service))
	p.grant = own.GrantHashes[0]
	if a := callThrough(t, f.application, p.outway(), p.grant); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return p
}

func (f *faulty) callInway(t *testing.T) answer {
	t.Helper()
	return mustSend(t, f.federation.amber.client, http.MethodGet, f.inway()+"/", callHeader(f.token, newTransactionID(t)), nil)
}

func (f *faulty) callOutway(t *testing.T) answer {
	t.Helper()
	return callThrough(t, f.federation.application, f.outway(), f.grant)
}
