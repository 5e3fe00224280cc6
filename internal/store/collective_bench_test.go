// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/store"
)

var projections = flag.Int("projections", 100_000, "how many projections of call-offs the benchmarks make")

const (
	manyFrameworks = 1000
	purchasing     = fsc.PeerID("00000099000000001000") // a party in everything
)

func frameworkHash(n int) deed.Hash { return deed.Hash(fmt.Sprintf("$1$110$%085dA", n)) }

func callOffHash(n int) deed.Hash {
	return deed.Hash(fmt.Sprintf("$1$112$%085dA", uint64(n)*0x9e3779b97f4a7c15))
}

// callOff is the projection of a call-off: most are in force, one in fifty waits
// for its buyer, as do all of the last day for their supplier.
func callOff(n int) collective.State {
	framework := n * 7919 % manyFrameworks
	s := collective.State{
		Deed: callOffHash(n), Dossier: frameworkHash(framework), Type: 112, State: rule.InForce,
		Since: int64(1_700_000_000 + n), IssuedAt: int64(1_700_000_000 + n/3), NotAfter: 1_900_000_000, Overlays: []string{"allocated"},
	}
	buyer := collective.PartyTurn{Party: deed.Party{PeerID: otherPeer(n % 342), Role: "buyer"}}
	supplier := collective.PartyTurn{Party: deed.Party{PeerID: otherPeer(400 + framework%50), Role: "supplier"}}
	switch {
	case n%50 == 0:
		s.State, s.Overlays, buyer.Turn = rule.Proposed, nil, true
	case n%7 == 0:
		s.State, s.Final = rule.Expired, true
	case n%97 == 0:
		s.State, s.Final, s.Overlays = rule.Rejected, true, nil
	}
	s.Parties = []collective.PartyTurn{buyer, supplier, {Party: deed.Party{PeerID: purchasing, Role: deed.Secretariat}}}
	return s
}

// putBareDeeds puts deeds without content, as far as projections need them.
func putBareDeeds(b *testing.B, db *sql.DB, states []collective.State) {
	b.Helper()
	tx, err := db.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range states {
		_, err := tx.ExecContext(b.Context(), "INSERT INTO deeds (hash, dossier, raw) VALUES ($1, $2, x'')", string(s.Deed), string(s.Dossier))
		if err == nil && s.Deed != s.Dossier {
			_, err = tx.ExecContext(b.Context(), "INSERT INTO deed_parents (deed, parent) VALUES ($1, $2)", string(s.Deed), string(s.Dossier))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// manyStates gives a store with call-offs in 1,000 frameworks, and the size of its
// file in bytes.
func manyStates(b *testing.B, count int) (_ *store.Store, size int64) {
	b.Helper()
	dir := b.TempDir()
	s := openSQLite(b, dir)
	db := rawSQLite(b, filepath.Join(dir, "node.db"))
	var states []collective.State
	flush := func() {
		putBareDeeds(b, db, states)
		err := s.Collective().Update(b.Context(), func(tx collective.Tx) error { return tx.PutStates(b.Context(), states) })
		if err != nil {
			b.Fatal(err)
		}
		states = states[:0]
	}
	for n := range manyFrameworks {
		states = append(states, collective.State{
			Deed: frameworkHash(n), Dossier: frameworkHash(n), Type: 110, State: rule.InForce, IssuedAt: int64(1_690_000_000 + n),
			Parties: []collective.PartyTurn{{Party: deed.Party{PeerID: purchasing, Role: deed.Secretariat}}},
		})
	}
	flush()
	for n := range count {
		if states = append(states, callOff(n)); len(states) == 5000 || n == count-1 {
			flush()
		}
	}
	if _, err := db.ExecContext(b.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		b.Fatal(err)
	}
	file, err := os.Stat(filepath.Join(dir, "node.db"))
	if err != nil {
		b.Fatal(err)
	}
	return s, file.Size()
}

// BenchmarkStates measures reading and changing projections. Making 100,000 of
// them takes half a minute.
func BenchmarkStates(b *testing.B) {
	count := *projections
	began := time.Now()
	s, size := manyStates(b, count)
	b.Logf("%d projections took %s and %d MB", count, time.Since(began).Round(time.Second), size>>20)
	read := func(name string, fn func(collective.Tx, int) error) {
		b.Run(name, func(b *testing.B) {
			n := 0
			measure(b, func() error {
				n++
				return s.Collective().View(b.Context(), func(tx collective.Tx) error { return fn(tx, n) })
			})
		})
	}
	read("find", func(tx collective.Tx, n int) error {
		_, err := tx.FindState(b.Context(), callOffHash(n*7919%count))
		return err
	})
	middle := callOff(count / 2)
	after := &collective.StateKey{IssuedAt: middle.IssuedAt, Deed: middle.Deed}
	for name, f := range map[string]collective.StateFilter{
		"newest":                      {},
		"middle":                      {After: after},
		"frameworks in force":         {Types: []deed.Type{110}, States: []rule.State{rule.InForce}},
		"rejected call-offs":          {Types: []deed.Type{112}, States: []rule.State{rule.Rejected}, After: after},
		"call-offs of a framework":    {Parent: frameworkHash(7), Types: []deed.Type{112}},
		"a dossier":                   {Dossier: frameworkHash(8)},
		"party in all":                {Party: purchasing, After: after},
		"a buyer":                     {Party: otherPeer(17)},
		"turn of a buyer":             {Party: otherPeer(18), Turn: true},
		"turn of anybody":             {Turn: true},
		"a buyer in a framework":      {Party: otherPeer(17), Parent: frameworkHash(7)},
		"turn of nobody":              {Party: purchasing, Turn: true},
		"supplier, proposed":          {Party: otherPeer(420), States: []rule.State{rule.Proposed}},
		"supplier, by another's turn": {Party: otherPeer(18), Turn: true, Parent: frameworkHash(7)},
	} {
		f.Limit = 50
		read("list "+name, func(tx collective.Tx, _ int) error { _, err := tx.ListStates(b.Context(), f); return err })
		read("count "+name, func(tx collective.Tx, _ int) error { _, err := tx.CountStates(b.Context(), f); return err })
	}
	b.Run("change one", func(b *testing.B) {
		n := 0
		measure(b, func() error {
			n++
			state := callOff(n * 7919 % count)
			state.State = []rule.State{rule.Revoked, rule.InForce}[n%2]
			return s.Collective().Update(b.Context(), func(tx collective.Tx) error { return tx.PutStates(b.Context(), []collective.State{state}) })
		})
	})
}

// BenchmarkReceive measures what a keeper stores for a deed of 4 kB with one
// signature: both, with their entries and checkpoints, in one transaction.
func BenchmarkReceive(b *testing.B) {
	s := openSQLite(b, b.TempDir())
	home := collective.Dossier{Head: deed.NewFeed(frameworkHash(1)), Type: 110, Keeper: purchasing}
	n := 0
	measure(b, func() error {
		n++
		d := deed.Draft{
			Type: 112, ID: fmt.Sprintf("00000000-0000-7000-8000-%012x", n), GroupID: "test-group", IssuedAt: int64(n), NotBefore: int64(n),
			Parents: []deed.Hash{frameworkHash(1)}, Parties: []deed.Party{{PeerID: otherPeer(1), Role: "buyer"}},
			Rule: deed.Rule{Kind: deed.RuleAll}, Body: fmt.Appendf(nil, `{"text":%q}`, strings.Repeat("x", 3600)),
		}
		c, err := d.Content()
		if err != nil {
			return err
		}
		return s.Collective().Update(b.Context(), func(tx collective.Tx) error { return receive(b, tx, &home, c) })
	})
}

func receive(b *testing.B, tx collective.Tx, home *collective.Dossier, c *deed.Content) error {
	b.Helper()
	jws := &deed.Signature{JWS: string(c.Hash()) + strings.Repeat("j", 900)}
	_, deedErr := tx.PutDeed(b.Context(), &collective.Deed{Hash: c.Hash(), Dossier: home.Head.Dossier, Raw: c.Raw()})
	chainErr := tx.PutChain(b.Context(), "leaf", [][]byte{make([]byte, 1500), make([]byte, 1500)})
	_, signatureErr := tx.PutSignature(b.Context(), &collective.Signature{
		Hash: jws.Hash(), Deed: c.Hash(), Dossier: home.Head.Dossier, JWS: jws.JWS, Thumbprint: "leaf", Signer: otherPeer(1), Key: "key",
	})
	err := errors.Join(deedErr, chainErr, signatureErr)
	for _, subject := range []deed.Hash{c.Hash(), jws.Hash()} {
		home.Head.Number++
		home.Version++
		_, entryErr := tx.PutEntry(b.Context(), &deed.Entry{Dossier: home.Head.Dossier, Number: home.Head.Number, Kind: deed.EntryDeed, Subject: subject})
		err = errors.Join(err, entryErr, tx.PutCheckpoint(b.Context(), &collective.Checkpoint{
			Dossier: home.Head.Dossier, Number: home.Head.Number, JWS: jws.JWS, Thumbprint: "leaf",
		}))
	}
	return errors.Join(err, tx.PutDossier(b.Context(), home))
}
