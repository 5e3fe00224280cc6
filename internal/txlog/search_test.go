// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
)

func TestSearchAsksThatEverythingHolds(t *testing.T) {
	r := *record(5)
	r.CreatedAt = time.UnixMicro(100_500_000).UTC()
	other := txlog.DirectionIncoming
	if r.Direction == other {
		other = txlog.DirectionOutgoing
	}
	own, next := txlog.CursorOf(r), txlog.CursorOf(r)
	next.CreatedAt++
	for _, c := range []struct {
		name   string
		search txlog.Search
		want   bool
	}{
		{"nothing asked", txlog.Search{}, true},
		{"a peer of the call", txlog.Search{Peer: r.ServicePeerID}, true},
		{"a stranger", txlog.Search{Peer: "stranger"}, false},
		{"its service and grant", txlog.Search{ServiceName: r.ServiceName, GrantHash: r.GrantHash}, true},
		{"its service, another grant", txlog.Search{ServiceName: r.ServiceName, GrantHash: "none"}, false},
		{"another service", txlog.Search{ServiceName: "none"}, false},
		{"the other direction", txlog.Search{Direction: other}, false},
		{"from its moment", txlog.Search{From: r.CreatedAt}, true},
		{"from a moment later", txlog.Search{From: r.CreatedAt.Add(1)}, false},
		{"until its moment", txlog.Search{Until: r.CreatedAt}, false},
		{"until a moment later", txlog.Search{Until: r.CreatedAt.Add(1)}, true},
		{"behind itself", txlog.Search{Before: &own}, false},
		{"behind a newer one", txlog.Search{Before: &next}, true},
		{"its id", txlog.Search{TransactionID: r.TransactionID}, true},
		{"its id in capitals without hyphens", txlog.Search{TransactionID: " " + strings.ToUpper(strings.ReplaceAll(r.TransactionID, "-", ""))}, true},
		{"how its id starts", txlog.Search{TransactionID: r.TransactionID[:11]}, true},
		{"how its id ends", txlog.Search{TransactionID: r.TransactionID[24:]}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.search.Matches(r); got != c.want || c.search.Validate() != nil {
				t.Fatalf("got %v, %v", got, c.search.Validate())
			}
		})
	}
}

func FuzzSearchForTransactionID(f *testing.F) {
	id := record(5).TransactionID
	for _, seed := range []string{id, id[:8], id[:7], id + "0", "--------", strings.ToUpper(id), "0000000g", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, part string) {
		s := txlog.Search{TransactionID: part}
		if err := s.Validate(); err != nil {
			if !errors.Is(err, txlog.ErrTransactionIDPart) {
				t.Fatal(err)
			}
			return
		}
		if digits := s.TransactionIDDigits(); part != "" && (len(digits) < 8 || len(digits) > 32 || strings.Trim(digits, "0123456789abcdef") != "") {
			t.Errorf("%q passes as %q", part, digits)
		}
	})
}
