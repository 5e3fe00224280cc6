// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/txlog"
)

func openSQLite(tb testing.TB, dir string) *store.Store {
	tb.Helper()
	s, err := store.OpenSQLite(tb.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// newContract is a valid connection of peer-a to peer-b; n tells it apart.
func newContract(tb testing.TB, n int) *manager.Contract {
	tb.Helper()
	at := time.Unix(1_800_000_000, 0)
	content, err := fsc.Draft{
		IV: fmt.Sprintf("00000000-0000-7000-8000-%012x", n), GroupID: "test-group",
		NotBefore: at, NotAfter: at.Add(time.Hour), CreatedAt: at.Add(time.Duration(n) * time.Second),
		Grants: []fsc.Grant{{
			Type:    fsc.GrantTypeServiceConnection,
			Outway:  fsc.Outway{PeerID: "peer-a", PublicKeyThumbprint: strings.Repeat("ab", 32)},
			Service: fsc.Service{Type: fsc.ServiceTypeService, PeerID: "peer-b", Name: "persons"},
		}},
	}.Content(fsc.Rules{GroupID: "test-group"})
	if err != nil {
		tb.Fatal(err)
	}
	c := &manager.Contract{Content: content, StoredAt: at}
	for _, p := range content.Parties() {
		c.Signatures = append(c.Signatures, manager.Signature{
			PeerID: p, Type: fsc.SignatureTypeAccept, JWS: strings.Repeat("j", 400), SignedAt: at,
			Chain: [][]byte{[]byte(strings.Repeat("c", 800)), []byte(strings.Repeat("i", 800))}, CertificateNotAfter: at.AddDate(1, 0, 0),
		})
	}
	return c
}

func put(tb testing.TB, s *store.Store, cs ...*manager.Contract) {
	tb.Helper()
	err := s.Update(tb.Context(), func(tx manager.Tx) error {
		for _, c := range cs {
			if err := tx.PutContract(tb.Context(), c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func newRecord(n int) txlog.Record {
	return txlog.Record{
		TransactionID: fmt.Sprintf("%08x-%04x-7000-8000-%012x", n>>16, n&0xffff, n), Direction: txlog.DirectionIncoming,
		GrantHash: fmt.Sprintf("$1$3$%086d", n%100), GroupID: "test-group", ServiceName: fmt.Sprintf("service-%d", n%10),
		OutwayPeerID: fsc.PeerID(fmt.Sprintf("%020d", n%50)), ServicePeerID: "00000099000000001000",
		CreatedAt: time.UnixMicro(1_800_000_000_000_000 + int64(n)*100).UTC(),
	}
}
