// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/store"
)

const (
	manyContracts = 100_000
	contractsSelf = fsc.PeerID("00000099000000001000")
)

// contractsNow is when the states of the contracts of the benchmark are asked for.
func contractsNow() time.Time { return time.Unix(1_800_000_000, 0) }

// manyContractsStore has 10^5 contracts of self with 400 others about 300
// services: most run, many ended, some wait.
func manyContractsStore(b *testing.B) *store.Store {
	b.Helper()
	s := openSQLite(b, b.TempDir())
	err := s.Update(b.Context(), func(tx manager.Tx) error {
		for n := range 401 {
			p := fsc.Peer{ID: otherPeer(n), Name: fmt.Sprintf("Gemeente %c%d", 'A'+n%26, n)}
			if err := tx.PutPeer(b.Context(), p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for start := 0; start < manyContracts; start += 2000 {
		cs := make([]*manager.Contract, 2000)
		for i := range cs {
			cs[i] = someContract(b, start+i)
		}
		put(b, s, cs...)
	}
	return s
}

func otherPeer(n int) fsc.PeerID { return fsc.PeerID(fmt.Sprintf("000000990000%05d000", n+2)) }

// someContract spreads contracts over ten years of which the last began.
func someContract(b *testing.B, n int) *manager.Contract {
	b.Helper()
	created := contractsNow().Add(time.Duration(n-manyContracts) * 3000 * time.Second)
	grant := fsc.Grant{
		Type:    fsc.GrantTypeServiceConnection,
		Outway:  fsc.Outway{PeerID: otherPeer(n % 400), PublicKeyThumbprint: strings.Repeat("ab", 32)},
		Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: contractsSelf, Name: fmt.Sprintf("service-%d", n%300)},
	}
	if n%3 == 0 {
		grant.Outway.PeerID, grant.Service.PeerID = contractsSelf, otherPeer(n%400)
	}
	content, err := fsc.Draft{
		IV: fmt.Sprintf("00000000-0000-7000-8000-%012x", n), GroupID: "test-group", CreatedAt: created,
		NotBefore: created, NotAfter: created.AddDate(6, 0, 0), Grants: []fsc.Grant{grant},
	}.Content(fsc.Rules{GroupID: "test-group"})
	if err != nil {
		b.Fatal(err)
	}
	c := &manager.Contract{Content: content, StoredAt: created}
	sign := func(p fsc.PeerID, t fsc.SignatureType) {
		c.Signatures = append(c.Signatures, manager.Signature{
			PeerID: p, Type: t, JWS: strings.Repeat("j", 400), SignedAt: created,
			Chain: [][]byte{[]byte(strings.Repeat("c", 800))}, CertificateNotAfter: created.AddDate(10, 0, 0),
		})
	}
	sign(grant.Outway.PeerID, fsc.SignatureTypeAccept)
	if n%20 != 0 {
		sign(grant.Service.PeerID, fsc.SignatureTypeAccept)
	}
	switch {
	case n%50 == 1:
		sign(contractsSelf, fsc.SignatureTypeRevoke)
	case n%97 == 1:
		sign(contractsSelf, fsc.SignatureTypeReject)
	}
	return c
}

// BenchmarkSearchContracts measures pages and counts of 10^5 contracts. Making
// them takes some minutes.
func BenchmarkSearchContracts(b *testing.B) {
	s := manyContractsStore(b)
	view := func(name string, run func(manager.Tx) error) {
		b.Run(name, func(b *testing.B) {
			measure(b, func() error { return s.View(b.Context(), run) })
		})
	}
	middle := &manager.ContractPlace{At: contractsNow().Unix() - 3000*manyContracts/2}
	for name, search := range map[string]manager.ContractSearch{
		"newest":                    {},
		"middle":                    {After: middle},
		"page in front":             {Before: middle},
		"proposed":                  {State: fsc.StateProposed},
		"rejected, oldest first":    {State: fsc.StateRejected, Ascending: true},
		"revoked of our services":   {State: fsc.StateRevoked, Role: manager.RoleProvider},
		"not yet valid":             {State: fsc.StateNotYetValid},
		"awaiting us":               {AwaitingUs: true},
		"awaiting us as provider":   {AwaitingUs: true, Role: manager.RoleProvider},
		"of a type":                 {GrantType: fsc.GrantTypeServiceConnection},
		"of a type without any":     {GrantType: fsc.GrantTypeDelegatedServiceConnection, State: fsc.StateValid},
		"of a peer":                 {Peer: otherPeer(7)},
		"of a peer and a service":   {Peer: otherPeer(7), Service: "service-7"},
		"service of ours":           {Role: manager.RoleProvider, Service: "service-7", State: fsc.StateValid},
		"text of all":               {Text: "gemeente"},
		"text of few":               {Text: "meente H7"},
		"text of none":              {Text: "nergens"},
		"text of many":              {Text: "service-2"},
		"text of some, and expired": {Text: "service-29", State: fsc.StateExpired},
		"text and role and state":   {Text: "service-1", Role: manager.RoleConsumer, State: fsc.StateProposed},
		"hash":                      {Text: string(someContract(b, 77).Content.Hash())[:20]},
		"ending soon":               {State: fsc.StateValid, Sort: manager.SortEnds, Ascending: true, EndsBefore: contractsNow().AddDate(0, 1, 0)},
		"ours by end":               {Role: manager.RoleProvider, Sort: manager.SortEnds},
	} {
		search.Self, search.At, search.Limit = contractsSelf, contractsNow(), 50
		view(name, func(tx manager.Tx) error {
			_, err := tx.SearchContracts(b.Context(), search)
			return err
		})
	}
	view("counts", func(tx manager.Tx) error {
		_, err := tx.CountContracts(b.Context(), contractsSelf, contractsNow())
		return err
	})
	view("users of 300 services", func(tx manager.Tx) error {
		for n := range 300 {
			if _, err := tx.CountConnections(b.Context(), contractsSelf, fmt.Sprintf("service-%d", n), contractsNow()); err != nil {
				return err
			}
		}
		return nil
	})
}
