// SPDX-License-Identifier: EUPL-1.2

package txlog_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/txlog"
)

func fullRecord() *txlog.Record {
	r := record(7)
	r.Direction = txlog.DirectionIncoming
	r.SourceDelegator = "00000000000000000003"
	r.DestinationDelegator = "00000000000000000004"
	r.TraceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	r.SpanID = "00f067aa0ba902b7"
	r.AdditionalData = []byte(`{"contract":"é"}`)
	return r
}

func TestOnlyThePeersOfACallSeeItsRecord(t *testing.T) {
	r := *fullRecord()
	for _, p := range []fsc.PeerID{r.OutwayPeerID, r.ServicePeerID, r.SourceDelegator, r.DestinationDelegator} {
		if !r.VisibleTo(p) {
			t.Errorf("%s takes part but cannot see the record", p)
		}
	}
	if r.VisibleTo("00000000000000000005") {
		t.Error("a stranger sees the record")
	}
	if record(1).VisibleTo("") {
		t.Error("the empty PeerID matches the empty delegator")
	}
}

func TestRecordRefusesWhatTheSchemaForbids(t *testing.T) {
	cases := map[string]func(*txlog.Record){
		"transaction id in upper case":   func(r *txlog.Record) { r.TransactionID = strings.ToUpper(r.TransactionID) },
		"transaction id of version 4":    func(r *txlog.Record) { r.TransactionID = "01932f5e-0000-4000-8000-000000000001" },
		"transaction id, other variant":  func(r *txlog.Record) { r.TransactionID = "01932f5e-0000-7000-c000-000000000001" },
		"transaction id without dashes":  func(r *txlog.Record) { r.TransactionID = strings.Repeat("0", 36) },
		"transaction id too short":       func(r *txlog.Record) { r.TransactionID = "01932f5e" },
		"unknown direction":              func(r *txlog.Record) { r.Direction = "DIRECTION_UNSPECIFIED" },
		"no grant hash":                  func(r *txlog.Record) { r.GrantHash = "" },
		"grant hash too long":            func(r *txlog.Record) { r.GrantHash = strings.Repeat("a", 1025) },
		"no group":                       func(r *txlog.Record) { r.GroupID = "" },
		"service name too short":         func(r *txlog.Record) { r.ServiceName = "ab" },
		"service name with a zero byte":  func(r *txlog.Record) { r.ServiceName = "abc\x00" },
		"service name that is not UTF-8": func(r *txlog.Record) { r.ServiceName = "abc\xff" },
		"no outway peer":                 func(r *txlog.Record) { r.OutwayPeerID = "" },
		"no service peer":                func(r *txlog.Record) { r.ServicePeerID = "" },
		"source delegator too short":     func(r *txlog.Record) { r.SourceDelegator = "1" },
		"destination delegator too long": func(r *txlog.Record) { r.DestinationDelegator = fsc.PeerID(strings.Repeat("1", 256)) },
		"no time":                        func(r *txlog.Record) { r.CreatedAt = time.Time{} },
		"time after the year 9999":       func(r *txlog.Record) { r.CreatedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"trace id in upper case":         func(r *txlog.Record) { r.TraceID = strings.Repeat("A", 32) },
		"span id too long":               func(r *txlog.Record) { r.SpanID = strings.Repeat("a", 17) },
		"additional data is an array":    func(r *txlog.Record) { r.AdditionalData = []byte(`[]`) },
		"additional data is not JSON":    func(r *txlog.Record) { r.AdditionalData = []byte(`{a}`) },
		"additional data is not UTF-8":   func(r *txlog.Record) { r.AdditionalData = []byte("{\"a\":\"\xff\"}") },
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			r := fullRecord()
			spoil(r)
			if err := r.Validate(); !errors.Is(err, txlog.ErrInvalidRecord) {
				t.Fatalf("got %v", err)
			}
			if _, err := txlog.AppendRecord(nil, r); !errors.Is(err, txlog.ErrInvalidRecord) {
				t.Fatalf("encoded all the same: %v", err)
			}
		})
	}
}

func TestEncodingKeepsTheRecord(t *testing.T) {
	for name, r := range map[string]*txlog.Record{"plain": record(1), "full": fullRecord()} {
		b, err := txlog.AppendRecord(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := txlog.DecodeRecord(b)
		if err != nil || !reflect.DeepEqual(got, *r) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestDecodingRefusesEveryTruncationAndEveryExtraByte(t *testing.T) {
	for _, r := range []*txlog.Record{record(1), fullRecord()} {
		b, err := txlog.AppendRecord(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		for n := range b {
			if _, err := txlog.DecodeRecord(b[:n]); err == nil {
				t.Fatalf("%d of %d bytes accepted", n, len(b))
			}
		}
		if _, err := txlog.DecodeRecord(append(b, 0)); err == nil {
			t.Fatal("an extra byte accepted")
		}
	}
}

func TestRecordOverTheSizeLimitIsRefused(t *testing.T) {
	r := record(1)
	r.AdditionalData = []byte(`{"a":"` + strings.Repeat("x", txlog.MaxRecordBytes) + `"}`)
	l := open(t, txlog.Config{Dir: t.TempDir()})
	err := l.Record(t.Context(), r)
	if !errors.Is(err, txlog.ErrRecordTooLarge) || fsc.CodeOf(err) != fsc.CodeTransactionLogWriteError {
		t.Fatalf("got %v", err)
	}
	write(t, l, 2)
}

func FuzzDecodeRecord(f *testing.F) {
	for _, r := range []*txlog.Record{record(1), fullRecord()} {
		b, err := txlog.AppendRecord(nil, r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := txlog.DecodeRecord(b)
		if err != nil {
			return
		}
		again, err := txlog.AppendRecord(nil, &r)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("one record, two encodings: %v", err)
		}
	})
}

func FuzzScanSegment(f *testing.F) {
	good := txlog.FramesOf(9, []byte("one"), []byte("two"))
	f.Add(good, uint32(9))
	f.Add(append(good, 0, 0, 0, 0, 0, 0, 0, 0, 0), uint32(9))
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0}, uint32(0))
	f.Fuzz(func(t *testing.T, b []byte, seed uint32) {
		end, payloads, err := txlog.ScanSegment(b, seed)
		if err != nil || end < 0 || end > int64(len(b)) {
			t.Fatalf("end %d of %d, %v", end, len(b), err)
		}
		if !bytes.Equal(txlog.FramesOf(seed, payloads...), b[:end]) {
			t.Fatal("frames do not rebuild what was scanned")
		}
	})
}
