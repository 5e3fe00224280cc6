// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// The shape of what [FillLog] writes.
const (
	bigServices = 20
	bigPeers    = 50
	// bigDays is how long the records go back.
	bigDays = 90
	// BigRareGrant is the grant of a single record, the oldest of all.
	BigRareGrant = "$1$3$rare"
)

// BigPeer gives the nth Peer of a big database.
func BigPeer(n int) fsc.PeerID { return fsc.PeerID(fmt.Sprintf("%020d", 99_000_000_000_000+n)) }

// BigService gives the name of the nth Service of a big database.
func BigService(n int) string { return fmt.Sprintf("service-%02d", n) }

// BigGrant gives the hash of the grant of a Peer for a Service.
func BigGrant(peer, service int) string { return fmt.Sprintf("$1$3$%086d", peer*bigServices+service) }

// FillLog writes n records of calls to the file txlog.db in dir, which a store
// that is closed made, straight into its tables, for benchmarks: 20 Services of
// BigPeer(0), each used by the 50 Peers that follow, some far more than others,
// over the 90 days before now. It takes about a minute for ten million.
func FillLog(tb testing.TB, dir string, n int, now time.Time) {
	tb.Helper()
	fill(tb, filepath.Join(dir, "txlog.db"), func(run func(text string, args ...any)) {
		const insertKind = `INSERT INTO kinds (id, grant_hash, group_id, service_name, outway_peer, service_peer, source_delegator, destination_delegator)
			VALUES ($1, $2, 'test-group', $3, $4, $5, '', '')`
		for i := range bigServices * bigPeers {
			peer, service := i/bigServices, i%bigServices
			run(insertKind, i+1, BigGrant(peer, service), BigService(service), string(BigPeer(peer+1)), string(BigPeer(0)))
		}
		rare := bigServices*bigPeers + 1
		run(insertKind, rare, BigRareGrant, "rare", string(BigPeer(bigPeers+1)), string(BigPeer(0)))
		// Indexes are built fastest at the end.
		run("DROP INDEX records_by_transaction_id")
		run("DROP INDEX records_by_kind")
		step := (bigDays * 24 * time.Hour).Microseconds() / int64(n)
		first := now.UnixMicro() - int64(n)*step
		run(`WITH RECURSIVE call (i, at) AS (VALUES (0, $1) UNION ALL SELECT i + 1, at + $2 FROM call WHERE i < $3 - 1)
			INSERT INTO records (created_at, transaction_id, direction, kind, trace_id, span_id)
			SELECT at, unhex(printf('%012x7%03x8%015x', at / 1000, i % 4096, i)), 1,
				CASE i WHEN 0 THEN $4 ELSE 1 + (abs(random()) % $5) * (abs(random()) % $5) / $5 END, '', '' FROM call`,
			first, step, n, rare, bigServices*bigPeers)
		run("CREATE UNIQUE INDEX records_by_transaction_id ON records (transaction_id, direction)")
		run("CREATE INDEX records_by_kind ON records (kind, created_at, transaction_id, direction)")
		run(`INSERT INTO traffic_hours (hour, kind, direction, calls)
			SELECT created_at / 3600000000, kind, direction, COUNT(*) FROM records GROUP BY created_at / 3600000000, kind, direction`)
		run(`INSERT INTO traffic_days (day, kind, direction, calls)
			SELECT hour / 24, kind, direction, SUM(calls) FROM traffic_hours GROUP BY hour / 24, kind, direction`)
		run(`INSERT INTO traffic_totals (hour, direction, calls)
			SELECT hour, direction, SUM(calls) FROM traffic_hours GROUP BY hour, direction`)
	})
}

// fill runs statements in one transaction that isn't made durable.
func fill(tb testing.TB, path string, fn func(run func(text string, args ...any))) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(OFF)&_pragma=cache_size(-200000)&_pragma=temp_store(MEMORY)&_pragma=journal_mode(OFF)")
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	fn(func(text string, args ...any) {
		tb.Helper()
		if _, err := db.ExecContext(tb.Context(), text, args...); err != nil {
			tb.Fatal(err)
		}
	})
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
}

// FillContracts puts n contracts in a store, for benchmarks: connections of 50
// Peers to 20 Services of BigPeer(0), a day long or a year, three of four
// accepted by both. It takes about a minute for a hundred thousand.
func FillContracts(tb testing.TB, s manager.Store, n int, now time.Time) {
	tb.Helper()
	const batch = 2000
	now = now.UTC().Truncate(time.Second)
	for from := 0; from < n; from += batch {
		err := s.Update(tb.Context(), func(tx manager.Tx) error {
			for i := from; i < min(from+batch, n); i++ {
				if err := tx.PutContract(tb.Context(), bigContract(tb, i, n, now)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func bigContract(tb testing.TB, i, n int, now time.Time) *manager.Contract {
	tb.Helper()
	created := now.Add(-time.Duration(n-i) * time.Minute)
	length := 24 * time.Hour
	if i%2 == 0 {
		length *= 365
	}
	consumer, provider := BigPeer(1+i%bigPeers), BigPeer(0)
	d := draft(i, connection(consumer, provider, BigService(i/bigPeers%bigServices)))
	d.CreatedAt, d.NotBefore, d.NotAfter = created, created, created.Add(length)
	content, err := d.Content(fsc.Rules{GroupID: d.GroupID})
	if err != nil {
		tb.Fatal(err)
	}
	c := &manager.Contract{Content: content, StoredAt: created}
	signers := []fsc.PeerID{consumer, provider}
	if i%4 == 3 {
		signers = signers[:1]
	}
	for _, p := range signers {
		s := signature(p, fsc.SignatureTypeAccept, created)
		s.JWS, s.CertificateNotAfter = strings.Repeat("j", 400), now.AddDate(1, 0, 0)
		c.Signatures = append(c.Signatures, s)
	}
	return c
}
