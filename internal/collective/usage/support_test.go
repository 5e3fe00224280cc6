// SPDX-License-Identifier: EUPL-1.2

package usage_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/usage"
	"github.com/samenspel/samenspel/internal/txlog/idset"
)

const (
	buyer    fsc.PeerID = "00000099000000300000"
	stranger fsc.PeerID = "00000099000000390000"
	supplier fsc.PeerID = "00000099000000500000"
)

// amsterdam is a usage.Calendar.
func amsterdam(year int, month time.Month) (from, until int64, err error) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return 0, 0, err
	}
	return time.Date(year, month, 1, 0, 0, 0, 0, zone).Unix(), time.Date(year, month+1, 1, 0, 0, 0, 0, zone).Unix(), nil
}

func tree(ids ...[]usage.ID) *usage.Tree { return idset.NewTree(slices.Concat(ids...)) }

func reasonOf(err error) usage.Reason {
	if r, ok := errors.AsType[*usage.Refusal](err); ok {
		return r.Reason
	}
	return ""
}

func write(t testing.TB, d deed.Draft, body any) *deed.Content {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	d.Body, d.GroupID, d.ID = raw, "samenspel-test", deed.NewID(d.IssuedAt*1000, [10]byte{byte(d.Type), byte(len(raw)), byte(len(d.Parties))})
	c, err := d.Content()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
