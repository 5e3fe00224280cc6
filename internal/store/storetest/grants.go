// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// Grants are contracts of BigPeer(1), each with so many connection grants to as many
// Services of one of the 50 Peers that follow, accepted by both and a year long.
type Grants struct {
	// First is the number of the first contract, and Contracts how many there are.
	First, Contracts int
	Each             int    // grants of a contract
	Key              string // of the Outway
	Now              time.Time
	// Part is how many contracts are filled at a time by [FillManyGrants].
	Part int
}

// FillGrants puts contracts in a store. It takes three seconds for a thousand
// contracts of ten grants, and longer in a big store.
func FillGrants(tb testing.TB, s manager.Store, g Grants) {
	tb.Helper()
	if err := fillGrants(tb.Context(), s, g); err != nil {
		tb.Fatal(err)
	}
}

func fillGrants(ctx context.Context, s manager.Store, g Grants) error {
	const batch = 500
	for from := g.First; from < g.First+g.Contracts; from += batch {
		err := s.Update(ctx, func(tx manager.Tx) error {
			for i := from; i < min(from+batch, g.First+g.Contracts); i++ {
				c, err := g.contract(i)
				if err != nil {
					return err
				}
				if err := tx.PutContract(ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *Grants) contract(i int) (*manager.Contract, error) {
	provider := BigPeer(2 + i%bigPeers)
	var gs []fsc.Grant
	for n := range g.Each {
		grant := connection(BigPeer(1), provider, fmt.Sprintf("service-%d-%d", i%(bigPeers*200), n))
		grant.Outway.PublicKeyThumbprint = g.Key
		gs = append(gs, grant)
	}
	now := g.Now.UTC().Truncate(time.Second)
	d := draft(i, gs...)
	d.CreatedAt, d.NotBefore, d.NotAfter = now.Add(-time.Hour), now.Add(-time.Hour), now.AddDate(1, 0, 0)
	content, err := d.Content(fsc.Rules{GroupID: d.GroupID})
	if err != nil {
		return nil, err
	}
	c := &manager.Contract{Content: content, StoredAt: d.CreatedAt}
	for _, p := range content.Parties() {
		s := signature(p, fsc.SignatureTypeAccept, d.CreatedAt)
		s.JWS, s.CertificateNotAfter = strings.Repeat("j", 400), now.AddDate(2, 0, 0)
		c.Signatures = append(c.Signatures, s)
	}
	return c, nil
}

// OpenStore opens the store in a folder.
type OpenStore func(dir string) (s manager.Store, closeStore func() error, err error)

// FillManyGrants makes a store in dir with what [FillGrants] would put there, much
// faster: parts are filled through the store's own code, two at a time, and their
// rows are then moved together while there are no indexes.
func FillManyGrants(tb testing.TB, dir string, g Grants, open OpenStore) {
	tb.Helper()
	var parts []string
	for range (g.Contracts + g.Part - 1) / g.Part {
		parts = append(parts, tb.TempDir())
	}
	errs := make([]error, len(parts))
	var wait sync.WaitGroup
	turn := make(chan struct{}, 2)
	for n, part := range parts {
		wait.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			own := g
			own.First += n * g.Part
			own.Contracts = min(g.Part, g.Contracts-n*g.Part)
			errs[n] = fillPart(tb.Context(), part, own, open)
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := fillPart(tb.Context(), dir, Grants{}, open); err != nil {
		tb.Fatal(err)
	}
	moveTogether(tb, filepath.Join(dir, "node.db"), parts)
}

func fillPart(ctx context.Context, dir string, g Grants, open OpenStore) error {
	s, closeStore, err := open(dir)
	if err != nil {
		return err
	}
	if err := fillGrants(ctx, s, g); err != nil {
		return err
	}
	return closeStore()
}

// moveTogether puts the contracts of parts into the file, numbered on.
func moveTogether(tb testing.TB, path string, parts []string) {
	tb.Helper()
	fill(tb, path, func(run func(text string, args ...any)) {
		drops, makes := schemaOf(tb, path)
		for _, text := range drops {
			run(text)
		}
		for _, part := range parts {
			run("ATTACH $1 AS part", filepath.Join(part, "node.db"))
			run("CREATE TEMP TABLE before AS SELECT COALESCE(MAX(number), 0) AS n FROM main.standings")
			for _, text := range []string{
				"INTO contracts SELECT * FROM part.contracts ORDER BY content_hash",
				"OR IGNORE INTO chains SELECT * FROM part.chains",
				"INTO parties SELECT * FROM part.parties",
				"INTO grants SELECT * FROM part.grants",
				"INTO facets SELECT * FROM part.facets",
				"INTO signatures SELECT * FROM part.signatures",
				"INTO standings SELECT number + n, content_hash, not_before, not_after, standing, accepted_until FROM part.standings, before",
				`INTO searchable SELECT number + n, facet, value, created_at, not_before, not_after, standing, accepted_until
					FROM part.searchable, before`,
				"INTO connections SELECT number + n, packed FROM part.connections, before",
				"OR IGNORE INTO words SELECT * FROM part.words",
				"INTO contract_changes (number) SELECT number + n FROM part.contract_changes, before ORDER BY sequence",
			} {
				run("INSERT " + text)
			}
			run("DROP TABLE before")
			run("DETACH part")
		}
		for _, text := range makes {
			run(text)
		}
	})
}

// schemaOf gives the statements that drop all indexes and triggers, and those that
// make them again.
func schemaOf(tb testing.TB, path string) (drops, makes []string) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		tb.Fatal(err)
	}
	drops, makes = readSchema(tb, db)
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
	return drops, makes
}

func readSchema(tb testing.TB, db *sql.DB) (drops, makes []string) {
	tb.Helper()
	rows, err := db.QueryContext(tb.Context(), "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var kind, name, text string
		if err := rows.Scan(&kind, &name, &text); err != nil {
			tb.Fatal(err)
		}
		drops, makes = append(drops, "DROP "+kind+" "+name), append(makes, text)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return drops, makes
}
