// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/internal/txlog"
)

// The links are part of a format that others verify: docs/transaction-log.md says
// how they are made, and they never change.
func TestLinksAreMadeAsTheyAreDocumented(t *testing.T) {
	r := txlog.Record{
		TransactionID: "01936f00-0000-7000-8000-000000000001", Direction: txlog.DirectionOutgoing, GrantHash: "$1$3$x", GroupID: "g",
		ServiceName: "svc", OutwayPeerID: "11111111111111111111", ServicePeerID: "22222222222222222222", CreatedAt: time.UnixMicro(1_700_000_000_000_001),
	}
	number := func(n byte) []byte { return []byte{0, 0, 0, 0, 0, 0, 0, n} }
	encoded := slices.Concat([]byte{1, 1}, fromHex(t, "01936f00000070008000000000000001"), fromHex(t, "01401e18240a0600"),
		[]byte("\x06\x00$1$3$x\x01\x00g\x03\x00svc\x14\x0011111111111111111111\x14\x0022222222222222222222"))
	content := sha256.Sum256(slices.Concat([]byte("samenspel log record 1\x00"), encoded))
	start := sha256.Sum256(slices.Concat([]byte("samenspel log start 1\x00"), number(9), number(2)))
	want := sha256.Sum256(slices.Concat([]byte("samenspel log link 1\x00"), start[:], number(1), content[:]))

	begin := txlog.ChainStart{At: 9, Unlinked: 2}
	if begin.Link() != start {
		t.Errorf("the beginning is %x, want %x", begin.Link(), start)
	}
	c := txlog.Chain{Head: begin.Link()}
	if err := c.Append(&r); err != nil {
		t.Fatal(err)
	}
	if c.Head != want || c.Last != 1 {
		t.Errorf("link %d is %x, want %x", c.Last, c.Head, want)
	}
}

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestARecordThatIsRefusedLeavesTheChainAsItWas(t *testing.T) {
	c := txlog.Chain{}
	good := txlog.Record{
		TransactionID: "01936f00-0000-7000-8000-000000000001", Direction: txlog.DirectionIncoming, GrantHash: "x", GroupID: "g", ServiceName: "svc",
		OutwayPeerID: "11111111111111111111", ServicePeerID: "22222222222222222222", CreatedAt: time.Unix(1, 0),
	}
	if err := c.Append(&good); err != nil {
		t.Fatal(err)
	}
	last, head := c.Last, c.Head
	bad := good
	bad.ServiceName = ""
	if err := c.Append(&bad); !errors.Is(err, txlog.ErrInvalidRecord) {
		t.Errorf("got %v", err)
	}
	bad = good
	bad.AdditionalData = []byte(`{"a":"` + strings.Repeat("x", txlog.MaxRecordBytes) + `"}`)
	if err := c.Append(&bad); !errors.Is(err, txlog.ErrRecordTooLarge) {
		t.Errorf("got %v", err)
	}
	if c.Last != last || c.Head != head {
		t.Errorf("the chain is %+v", c)
	}
}
