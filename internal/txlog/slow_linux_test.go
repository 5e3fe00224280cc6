// SPDX-License-Identifier: EUPL-1.2

package txlog

import (
	"testing"
	"time"
)

// What watches the flushes of the active segment mustn't cost it its direct writes.
func TestWatchedSegmentIsWrittenPastTheCache(t *testing.T) {
	l, err := Open(Config{Dir: t.TempDir(), SegmentSize: minSegmentSize})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	err = l.Record(t.Context(), &Record{
		TransactionID: "01932f5e-0000-7000-8000-000000000001", Direction: DirectionOutgoing, GrantHash: "$1$4$x", GroupID: "group",
		ServiceName: "service", OutwayPeerID: "00000000000000000001", ServicePeerID: "00000000000000000002", CreatedAt: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := l.active.file.(watchedFile).File.(*dataFile)
	if file.direct.file == nil {
		t.Skip("this file system takes no direct writes")
	}
	if file.direct.have == 0 {
		t.Error("the record was written in the other way")
	}
}
