// SPDX-License-Identifier: EUPL-1.2

package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamageOfTheLogIsToldWhileCallsGoOn changes a byte of the log of a node that
// was stopped. The node starts, serves, and says in each place what it lacks.
func TestDamageOfTheLogIsToldWhileCallsGoOn(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the processors for seconds; make test runs it")
	}
	t.Parallel()
	p := newPair(t)
	client := plain(t)
	for range 20 {
		if a, err := p.call(client); err != nil || a.status != http.StatusOK {
			t.Fatalf("%d %s, %v", a.status, a.body, err)
		}
	}
	s := p.setups[providerID]
	s.logHolds(t)
	if err := p.running[providerID].terminate(t); err != nil {
		t.Fatal(err)
	}
	s.spoil(t, 700)
	p.running[providerID] = launch(t, s)
	eventually(t, "calls after the damage", func() bool {
		a, err := p.call(client)
		return err == nil && a.status == http.StatusOK
	})
	provider := p.running[providerID]
	ready := mustSend(t, client, http.MethodGet, "http://"+provider.addresses["monitoring"]+"/readyz", nil, nil)
	if ready.status != http.StatusOK || !strings.Contains(string(ready.body), `"log_segments":"segments of the transaction log that lost records: 1`) {
		t.Errorf("readyz: %d %s", ready.status, ready.body)
	}
	if n := provider.figure(t, "samenspel_log_damaged_segments"); n != 1 {
		t.Errorf("%v damaged segments", n)
	}
	out, err := command(t, "log", "verify", "--config", s.file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "lost records: readable up to byte") {
		t.Errorf("log verify: %v\n%s", err, out)
	}
}

// spoil changes a byte in the first segment of the log that has records.
func (s *setup) spoil(t *testing.T, at int64) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(s.dir, s.data, "log", "*.seg"))
	if err != nil || len(names) == 0 {
		t.Fatalf("segments: %v, %v", names, err)
	}
	f, err := os.OpenFile(names[0], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0x40
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}
