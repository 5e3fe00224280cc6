// SPDX-License-Identifier: EUPL-1.2

package idsettest

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog/idset"
)

// Parse reads IDs as they are written.
func Parse(tb testing.TB, texts ...string) []idset.ID {
	tb.Helper()
	var out []idset.ID
	for _, s := range texts {
		id, err := idset.ParseID(s)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, id)
	}
	return out
}

// Calls are n calls in November 2026 by the clock of Amsterdam, the same for the
// same seed.
func Calls(n int, seed uint64) []idset.ID {
	r := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // tests that can be repeated
	begin := time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC)
	out := make([]idset.ID, n)
	for i := range out {
		out[i] = At(begin.Add(time.Duration(r.Int64N(30*24*3600*1000))*time.Millisecond), r)
	}
	return out
}

// At makes the ID of a call at a moment after 1970, in milliseconds (UUIDv7).
func At(moment time.Time, r *rand.Rand) (id idset.ID) {
	ms := uint64(moment.UnixMilli())
	binary.BigEndian.PutUint64(id[:8], ms<<16|7<<12|uint64(r.Uint32()>>20))
	binary.BigEndian.PutUint64(id[8:], 1<<63|r.Uint64()>>2)
	return id
}
