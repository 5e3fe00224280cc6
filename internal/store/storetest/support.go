// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// The Peers of the tests. anna publishes and provides, bart consumes, carla
// delegates, dirk keeps the Directory.
const (
	anna  fsc.PeerID = "00000099000000001000"
	bart  fsc.PeerID = "00000099000000002000"
	carla fsc.PeerID = "00000099000000003000"
	dirk  fsc.PeerID = "00000099000000004000"
)

// start is a moment with microseconds, as far as stores keep time.
func start() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC) }

// draft is a contract in the making; n tells contracts apart.
func draft(n int, grants ...fsc.Grant) fsc.Draft {
	at := start().Truncate(time.Second)
	return fsc.Draft{
		IV: fmt.Sprintf("00000000-0000-7000-8000-%012x", n), GroupID: "test-group",
		NotBefore: at.Add(-24 * time.Hour), NotAfter: at.Add(24 * time.Hour), CreatedAt: at.Add(time.Duration(n) * time.Second),
		Grants: grants,
	}
}

func content(t *testing.T, d fsc.Draft) *fsc.Content {
	t.Helper()
	c, err := d.Content(fsc.Rules{GroupID: d.GroupID, Profiles: []fsc.Profile{cmp.Or(d.Profile, fsc.ProfileV2)}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// accepted is a contract that all parties accepted. Stores give signatures in
// order of Peer and type.
func accepted(t *testing.T, d fsc.Draft) *manager.Contract {
	t.Helper()
	c := &manager.Contract{Content: content(t, d), StoredAt: start()}
	for _, p := range slices.Sorted(slices.Values(c.Content.Parties())) {
		c.Signatures = append(c.Signatures, signature(p, fsc.SignatureTypeAccept, start()))
	}
	return c
}

func signature(p fsc.PeerID, t fsc.SignatureType, at time.Time) manager.Signature {
	return manager.Signature{
		PeerID: p, Type: t, JWS: fmt.Sprintf("%s.%s.%d", p, t, at.UnixMicro()), SignedAt: at,
		Chain: [][]byte{[]byte("leaf of " + p), []byte("intermediate")}, CertificateNotAfter: start().AddDate(1, 0, 0),
	}
}

func connection(consumer, provider fsc.PeerID, service string) fsc.Grant {
	return fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: consumer, PublicKeyThumbprint: strings.Repeat("ab", 32)},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: provider, Name: service},
	}
}

// delegatedConnection lets bart call a service in the name of the delegator.
func delegatedConnection(delegator, provider fsc.PeerID, service string) fsc.Grant {
	g := connection(bart, provider, service)
	g.Type, g.Delegator = fsc.GrantTypeDelegatedServiceConnection, delegator
	return g
}

func publication(provider fsc.PeerID, service string) fsc.Grant {
	return fsc.Grant{
		Type: fsc.GrantTypeServicePublication, Directory: dirk,
		Service: fsc.Service{PeerID: provider, Name: service, Protocol: fsc.ProtocolHTTP11},
	}
}

func delegatedPublication(provider, delegator fsc.PeerID, service string) fsc.Grant {
	g := publication(provider, service)
	g.Type, g.Delegator = fsc.GrantTypeDelegatedServicePublication, delegator
	return g
}

func put(t *testing.T, s Stores, contracts ...*manager.Contract) {
	t.Helper()
	update(t, s, func(tx manager.Tx) error {
		for _, c := range contracts {
			if err := tx.PutContract(t.Context(), c); err != nil {
				return err
			}
		}
		return nil
	})
}

func update(t *testing.T, s Stores, fn func(manager.Tx) error) {
	t.Helper()
	if err := s.Manager.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, s Stores, fn func(manager.Tx) error) {
	t.Helper()
	if err := s.Manager.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func find(t *testing.T, s Stores, h fsc.ContentHash) (c *manager.Contract) {
	t.Helper()
	view(t, s, func(tx manager.Tx) (err error) {
		c, err = tx.FindContract(t.Context(), h)
		return err
	})
	return c
}

func list(t *testing.T, s Stores, f manager.ContractFilter) (cs []*manager.Contract) {
	t.Helper()
	view(t, s, func(tx manager.Tx) (err error) {
		cs, err = tx.ListContracts(t.Context(), f)
		return err
	})
	return cs
}

// hashes gives the content hashes of contracts in order.
func hashes(cs []*manager.Contract) []fsc.ContentHash {
	out := make([]fsc.ContentHash, len(cs))
	for i, c := range cs {
		out[i] = c.Content.Hash()
	}
	return out
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %.2000s\nwant %.2000s", what, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want))
	}
}
