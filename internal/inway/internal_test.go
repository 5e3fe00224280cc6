// SPDX-License-Identifier: EUPL-1.2

package inway

import (
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/samenspel/samenspel/internal/limit"
)

// TestLimitsMakeNoGarbageOnACallThatPasses looks at what limits add to a call.
func TestLimitsMakeNoGarbageOnACallThatPasses(t *testing.T) {
	g := New(Config{})
	u := &url.URL{Scheme: "http", Host: "target.example"}
	for name, l := range map[string]limit.Limits{
		"without limits": {},
		"with all": {
			ConcurrentCalls: 10, ConcurrentCallsPerPeer: 5, CallsPerSecondPerPeer: limit.MaxCalls, RequestBytes: 1000, ResponseMilliseconds: 1000,
		},
	} {
		g.Update(SnapshotInput{Services: []Service{{Name: "personen", Upstream: u, Limits: l}}})
		c := &call{
			w: httptest.NewRecorder(), r: httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody),
			conn: &connection{peer: "00000099000000001000"}, service: g.snapshot.Load().services.Get("personen"), now: time.Now(),
		}
		if n := testing.AllocsPerRun(1000, func() {
			c.now = c.now.Add(time.Millisecond)
			if err := g.admit(c); err != nil {
				t.Fatal(err)
			}
			c.bound()
			c.pass.Leave()
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestRecentRemembersHalfAndStaysBounded(t *testing.T) {
	r := recent[[32]byte, int]{size: 64}
	key := func(n int) [32]byte { return sha256.Sum256(binary.LittleEndian.AppendUint64(nil, uint64(n))) }
	const total = 64 * shardCount * 10
	for n := range total {
		if !r.add(key(n), n) {
			t.Fatalf("%d was there already", n)
		}
	}
	kept := 0
	for i := range r.shards {
		kept += len(r.shards[i].young) + len(r.shards[i].old)
	}
	if kept > 2*64*shardCount {
		t.Errorf("%d are kept", kept)
	}
	for n := total - 64*shardCount/2; n < total; n++ { // shards aren't filled quite evenly
		if v, ok := r.get(key(n)); !ok || v != n || r.add(key(n), n) {
			t.Fatalf("%d of %d is forgotten", n, total)
		}
	}
}

func TestOctetsIgnoreCase(t *testing.T) {
	const id = "01932f5e-abcd-7000-8000-00000000000f"
	if a, b := octets(id), octets(strings.ToUpper(id)); a != b || a[15] != 0x0f || a[0] != 1 {
		t.Errorf("%x %x", a, b)
	}
}

func FuzzBearer(f *testing.F) {
	for _, s := range []string{"", "Bearer", "Bearer ", "bearer x.y.z", "x.y.z", "Basic abc", "Bearer  a b", " \t", "Bearer\tx"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		token, err := bearer([]string{value})
		if err != nil {
			return
		}
		if token == "" || !strings.Contains(value, token) || strings.HasPrefix(token, " ") {
			t.Errorf("%q gave %q", value, token)
		}
		if utf8.ValidString(value) && strings.EqualFold(token, "bearer") && !strings.Contains(strings.TrimSpace(value), " ") {
			t.Errorf("%q: the scheme was taken as token", value)
		}
	})
}
