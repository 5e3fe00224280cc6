// SPDX-License-Identifier: EUPL-1.2

package idset_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog/idset"
)

func ids(t testing.TB, texts ...string) []idset.ID {
	t.Helper()
	var out []idset.ID
	for _, s := range texts {
		id, err := idset.ParseID(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, id)
	}
	return out
}

// calls are n calls in November 2026, the same for the same seed.
func calls(n int, seed uint64) []idset.ID {
	r := rand.New(rand.NewPCG(seed, 7))
	begin := time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC).UnixMilli()
	out := make([]idset.ID, n)
	for i := range out {
		binary.BigEndian.PutUint64(out[i][:8], uint64(begin+r.Int64N(30*24*3600*1000))<<16|7<<12|uint64(r.Uint32()>>20))
		binary.BigEndian.PutUint64(out[i][8:], 1<<63|r.Uint64()>>2)
	}
	return out
}

func tree(ids ...[]idset.ID) *idset.Tree { return idset.NewTree(slices.Concat(ids...)) }

func reasonOf(err error) idset.Reason {
	if r, ok := errors.AsType[*idset.Refusal](err); ok {
		return r.Reason
	}
	return ""
}
