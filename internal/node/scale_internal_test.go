// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"crypto/x509"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"runtime"
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
	scaleReport    = flag.String("scale-report", "", "write the figures of -grants-contracts to this file")
)

const grantsEach = 10

// scalePage is the page with the figures.
const scalePage = `# Performance with many grants

A node whose Outway may use %d connection grants in %d contracts, in SQLite, on a machine with %d processors. Made by:

    make bench-scale

| what | time |
|---|--:|
%s

Memory for the store, the Manager and the Outway together: %d MiB.

What a call costs doesn't depend on the number of grants: a look-up in a map. A test compares its allocations among a hundred and among ten
thousand grants, and shows the time among a million:

    go test ./internal/outway -run AmongManyGrants -v -many-grants=1000000

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

func openScaled(tb testing.TB, dir string) *scaled {
	tb.Helper()
	s, err := store.OpenSQLite(tb.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	m, err := manager.New(manager.Config{Self: fsc.Peer{ID: storetest.BigPeer(1)}, Store: s, Now: time.Now})
	if err != nil {
		tb.Fatal(err)
	}
	o := outway.New(outway.Config{PeerID: storetest.BigPeer(1)})
	tb.Cleanup(o.Close)
	return &scaled{store: s, manager: m, outway: o}
}

// feed brings the Outway up to date and gives the number of grants it got; 0 when
// nothing had changed.
func (s *scaled) feed(tb testing.TB) int {
	tb.Helper()
	found, version, err := s.manager.OutwaySnapshotAfter(tb.Context(), s.version)
	if err != nil {
		tb.Fatal(err)
	}
	if found == nil {
		return 0
	}
	var in outway.SnapshotInput
	for i := range found.Grants {
		in.Grants = append(in.Grants, outwayGrant(&found.Grants[i], &x509.Certificate{}, scaleKey))
	}
	s.outway.Update(in)
	s.version = version
	return len(found.Grants)
}

func fillScaled(tb testing.TB, contracts int) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	s := openScaled(tb, dir)
	storetest.FillGrants(tb, s.store, 0, contracts, grantsEach, scaleKey)
	if err := s.store.Close(); err != nil {
		tb.Fatal(err)
	}
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

func TestManyGrants(t *testing.T) {
	if *scaleContracts == 0 {
		t.Skip("give -grants-contracts; make bench-scale does")
	}
	began := time.Now()
	dir := fillScaled(t, *scaleContracts)
	t.Logf("made in %v", time.Since(began).Round(time.Second))
	var lines []string
	line := func(what string, began time.Time) {
		t.Log(what, time.Since(began))
		lines = append(lines, fmt.Sprintf("| %s | %d ms |", what, time.Since(began).Milliseconds()))
	}
	runtime.GC()
	before := residentKiB(t)
	start := time.Now()
	s := openScaled(t, dir)
	line("open the store", start)
	began = time.Now()
	n := s.feed(t)
	line("read all grants and give them to the Outway", began)
	line("start, both together", start)
	began = time.Now()
	s.feed(t)
	line("look again when nothing changed", began)
	storetest.FillGrants(t, s.store, *scaleContracts, 1, 1, scaleKey)
	began = time.Now()
	if s.feed(t) != n+1 {
		t.Error("the new contract is missing")
	}
	line("one contract more", began)
	runtime.GC()
	report := fmt.Sprintf(scalePage, n, *scaleContracts, runtime.NumCPU(), strings.Join(lines, "\n"), (residentKiB(t)-before)>>10)
	t.Log("\n" + report)
	if *scaleReport != "" {
		if err := os.WriteFile(*scaleReport, []byte(report), 0o600); err != nil {
			t.Fatal(err)
		}
	}
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
