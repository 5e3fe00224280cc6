// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"crypto/x509"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/outway"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest"
)

var (
	scaleContracts = flag.Int("grants-contracts", 0, "measure a node with so many contracts of ten grants; 0 does not")
	scaleStore     = flag.String("scale-store", "", "take the store in this folder, which an earlier run made, instead of making one")
	scaleReport    = flag.String("scale-report", "", "write the figures of -grants-contracts to this file")
)

const grantsEach = 10

// scalePage is the page with the figures.
const scalePage = `# Performance with many grants

A node whose Outway may use %d connection grants in %d contracts, in SQLite, on a machine with %s. Made by:

    make bench-scale

| what | time | at most | |
|---|--:|--:|---|
%s

Memory (RSS) of the store, the Manager and the Outway together: %d MiB at the end of the start, %d MiB when what was read with is given back.

A call takes the same steps among any number of grants; among very many, what it looks up is less often in the processor's caches. The time to find
the grant of a call, by Fsc-Grant-Hash and by host in turn, and to answer that somebody refuses it (the best of five rounds):

| grants | time | beside ten | allocations |
|--:|--:|--:|--:|
%s
A test compares the allocations of whole calls among a hundred and among ten thousand grants.

How it is made is in [ADR 0019](adr/0019-many-grants.md).
`

var scaleKey = strings.Repeat("ab", 32)

// scaled is a Manager and an Outway on a store with many grants, joined as a node
// joins them.
type scaled struct {
	store   *store.Store
	manager *manager.Manager
	outway  *outway.Outway
	version string
}

// noKeys has no keys: nothing is signed in the measurement.
type noKeys struct{ manager.Keys }

func (noKeys) Published() [][][]byte { return nil }

func openScaled(tb testing.TB, dir string) *scaled {
	tb.Helper()
	s, err := store.OpenSQLite(tb.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	m, err := manager.New(manager.Config{Self: fsc.Peer{ID: storetest.BigPeer(1)}, Store: s, Keys: noKeys{}, Now: time.Now})
	if err != nil {
		tb.Fatal(err)
	}
	o := outway.New(outway.Config{PeerID: storetest.BigPeer(1)})
	tb.Cleanup(o.Close)
	return &scaled{store: s, manager: m, outway: o}
}

// feed brings the Outway up to date and gives the number of grants it was told of; 0
// when nothing had changed.
func (s *scaled) feed(tb testing.TB) int {
	tb.Helper()
	found, version, err := s.manager.OutwayChanges(tb.Context(), s.version)
	if err != nil {
		tb.Fatal(err)
	}
	if found == nil {
		return 0
	}
	s.outway.Update(outwayInput(found, nil, &x509.Certificate{}, scaleKey))
	s.version = version
	return len(found.Grants) + len(found.Gone)
}

func fillScaled(tb testing.TB, contracts int) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	grants := storetest.Grants{Contracts: contracts, Each: grantsEach, Key: scaleKey, Now: time.Now(), Part: 2500}
	storetest.FillManyGrants(tb, dir, grants, func(dir string) (manager.Store, func() error, error) {
		s, err := store.OpenSQLite(tb.Context(), dir, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, nil, err
		}
		return s, s.Close, nil
	})
	return dir
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

func TestTenThousandGrantsAreReadOnceAndWithoutTheirContracts(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	s := openScaled(t, fillScaled(t, 1000))
	before := allocated()
	if n := s.feed(t); n != 1000*grantsEach {
		t.Fatalf("%d grants", n)
	}
	// A contract that is read as a whole takes more than a hundred allocations for
	// each grant.
	if each := float64(allocated()-before) / (1000 * grantsEach); each > 12 {
		t.Errorf("%.1f allocations for each grant", each)
	}
	before = allocated()
	if n := s.feed(t); n != 0 {
		t.Errorf("%d grants although nothing changed", n)
	}
	if each := float64(allocated()-before) / 1000; each > 30 {
		t.Errorf("%.1f allocations for each contract although nothing changed", each)
	}
}

// figures are the lines of the page.
type figures struct {
	t     *testing.T
	lines []string
}

func (f *figures) took(what string, began time.Time, most time.Duration) {
	f.t.Helper()
	took := time.Since(began)
	verdict := "passed"
	if took > most {
		verdict = "**missed**"
	}
	f.t.Log(what, took, verdict)
	f.lines = append(f.lines, fmt.Sprintf("| %s | %.1f ms | %v | %s |", what, float64(took.Microseconds())/1000, most, verdict))
}

func TestManyGrants(t *testing.T) {
	if *scaleContracts == 0 {
		t.Skip("give -grants-contracts; make bench-scale does")
	}
	began := time.Now()
	dir := *scaleStore
	if dir == "" {
		dir = fillScaled(t, *scaleContracts)
		t.Logf("made in %v", time.Since(began).Round(time.Second))
	}
	f := &figures{t: t}
	debug.FreeOSMemory()
	before := residentKiB(t)
	start := time.Now()
	s := openScaled(t, dir)
	n := s.feed(t)
	f.took("start: open the store, read all grants and give them to the Outway", start, 5*time.Second)
	atStart := residentKiB(t) - before
	if n < *scaleContracts*grantsEach { // a store that was measured before has more
		t.Fatalf("%d grants", n)
	}
	readBack(t, s, *scaleContracts)
	began = time.Now()
	if s.feed(t) != 0 {
		t.Error("something changed")
	}
	f.took("look again when nothing changed", began, time.Second)
	changes(t, s, f, n/grantsEach)
	debug.FreeOSMemory()
	later := residentKiB(t) - before
	readForTokens(t, s, f)
	offer(t, s, f)
	report := fmt.Sprintf(scalePage, n, n/grantsEach, hardware(), strings.Join(f.lines, "\n"), atStart>>10, later>>10, lookups(t, s))
	t.Log("\n" + report)
	if *scaleReport != "" {
		if err := os.WriteFile(*scaleReport, []byte(report), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// readBack looks at some contracts as a request for a token does.
func readBack(t *testing.T, s *scaled, contracts int) {
	t.Helper()
	found, err := s.manager.OutwaySnapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(found.Grants); i += max(1, len(found.Grants)/50) {
		g, err := s.manager.FindOutwayGrant(t.Context(), found.Grants[i].Hash)
		if err != nil || *g != found.Grants[i] || i < contracts*grantsEach && g.Problem != "" {
			t.Fatalf("grant %d of %d contracts: %+v, %v", i, contracts, g, err)
		}
	}
}

// changes measures how long a change takes to be seen by calls.
func changes(t *testing.T, s *scaled, f *figures, next int) {
	t.Helper()
	one := storetest.Grants{First: next, Contracts: 1, Each: grantsEach, Key: scaleKey, Now: time.Now()}
	storetest.FillGrants(t, s.store, one)
	began := time.Now()
	if got := s.feed(t); got != grantsEach {
		t.Errorf("%d grants came with a new contract", got)
	}
	f.took("a contract more: until calls can use its grants", began, time.Second)
	found, err := s.manager.SearchContracts(t.Context(), manager.ContractSearch{Limit: 1})
	if err != nil || len(found.Contracts) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	hash := found.Contracts[0].Content.Hash()
	err = s.store.Update(t.Context(), func(tx manager.Tx) error {
		_, err := tx.PutSignature(t.Context(), hash, manager.Signature{
			PeerID: storetest.BigPeer(1), Type: fsc.SignatureTypeRevoke, JWS: "j", SignedAt: time.Now(), CertificateNotAfter: time.Now().AddDate(1, 0, 0),
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	if got := s.feed(t); got != grantsEach {
		t.Errorf("%d grants came with a revocation", got)
	}
	f.took("a contract revoked: until no call uses its grants", began, time.Second)
}

// hardware says what was measured on.
func hardware() string {
	model := "unknown processor"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := strings.Cut(string(b), "model name"); ok {
			line, _, _ := strings.Cut(rest, "\n")
			model = strings.TrimSpace(strings.TrimLeft(line, "\t :"))
		}
	}
	return fmt.Sprintf("%d processors (%s), %s", runtime.NumCPU(), model, runtime.Version())
}

// residentKiB reads VmRSS; 0 where there is none.
func residentKiB(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	var n int
	if _, err := fmt.Sscan(rest, &n); err != nil {
		return 0
	}
	return n
}
