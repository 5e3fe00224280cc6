// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
	"github.com/samenspel/samenspel/internal/txlog"
)

// FuzzLogQuery: whatever is asked, the database understands it, nothing asked
// becomes part of the text, and the answer is that of Query.Matches.
func FuzzLogQuery(f *testing.F) {
	s := openSQLite(f, empty.Dir(f))
	var all []txlog.Record
	for n := range 20 {
		all = append(all, newRecord(n))
	}
	if err := s.Log().Index(f.Context(), all, txlog.Position{Segment: 1}); err != nil {
		f.Fatal(err)
	}
	f.Add("", "", "", "", int64(0), int64(0), uint8(0), 0)
	f.Add("00000000000000000001", "$1$3$x,y", "service-1", "", int64(1_799_999_999), int64(1_800_000_001), uint8(255), 5)
	f.Add("' OR 1=1 --", "')--", "%", all[3].TransactionID, int64(-1), int64(1)<<62, uint8(7), -3)
	f.Fuzz(func(t *testing.T, reader, grants, services, ids string, after, before int64, flags uint8, limit int) {
		for _, text := range []string{reader, grants, services, ids} {
			if len(text) > 2000 || strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
				t.Skip("doors let no such text in")
			}
		}
		q := txlog.Query{
			Reader: fsc.PeerID(reader), GrantHashes: fields(grants), ServiceNames: fields(services), TransactionIDs: fields(ids),
			Descending: flags&1 > 0, Limit: limit,
		}
		if flags&2 > 0 {
			q.After = &after
		}
		if flags&4 > 0 {
			q.Before = &before
		}
		if flags&8 > 0 {
			q.Cursor = &txlog.Cursor{CreatedAt: all[10].CreatedAt.UnixMicro(), TransactionID: grants, Direction: txlog.Direction(services)}
		}
		got, err := s.Log().Records(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(all), func(r txlog.Record) bool { return !q.Matches(r) })
		if q.Descending {
			slices.Reverse(want)
		}
		if limit > 0 && len(q.TransactionIDs) == 0 {
			want = want[:min(limit, len(want))]
		}
		if len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("got %d records, want %d, or in another order", len(got), len(want))
		}
		plain := txlog.Query{
			Reader: "peer", GrantHashes: same(q.GrantHashes), ServiceNames: same(q.ServiceNames), TransactionIDs: same(q.TransactionIDs),
			After: q.After, Before: q.Before, Cursor: q.Cursor, Descending: q.Descending, Limit: q.Limit,
		}
		if reader == "" {
			return
		}
		ask, plainly := store.RecordQueries(q), store.RecordQueries(plain)
		if !slices.EqualFunc(ask, plainly, func(a, b store.Query) bool { return a.Text == b.Text }) {
			t.Error("a value is part of the text")
		}
	})
}

// fields splits like a list in a URL.
func fields(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func same(values []string) []string { return slices.Repeat([]string{"x"}, len(values)) }

// FuzzNameFilters: every needle finds what it is part of, and no error.
func FuzzNameFilters(f *testing.F) {
	s := openSQLite(f, empty.Dir(f))
	f.Add("Gemeente Súdwest-Fryslân", "FRYSLÂN")
	f.Add("100%", "0%")
	f.Add("a_b", "A_")
	f.Add(`\`, `\`)
	f.Fuzz(func(t *testing.T, name, needle string) {
		if needle == "" || !utf8.ValidString(name+needle) || strings.Contains(name+needle, "\x00") || len(name+needle) > 500 {
			t.Skip("doors let no such text in")
		}
		var peers []fsc.Peer
		_, err := s.Queries(t.Context(), func(tx manager.Tx) (err error) {
			if err := tx.PutPeer(t.Context(), fsc.Peer{ID: "peer-a", Name: name}); err != nil {
				return err
			}
			peers, err = tx.ListPeers(t.Context(), manager.PeerFilter{NameContains: needle})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Contains(store.Fold(name), store.Fold(needle)); (len(peers) == 1) != want {
			t.Errorf("%q in %q: found is %v", needle, name, !want)
		}
		if _, err := s.ListServices(t.Context(), directory.Filter{NameContains: needle, PeerID: fsc.PeerID(name)}, newContract(t, 1).StoredAt); err != nil {
			t.Error(err)
		}
	})
}

func FuzzDecodeChain(f *testing.F) {
	f.Add([]byte{})
	f.Add(store.EncodeChain([][]byte{[]byte("leaf"), {}, []byte("intermediate")}))
	f.Add([]byte{255, 255, 255, 255, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		chain, err := store.DecodeChain(b)
		if err == nil && string(store.EncodeChain(chain)) != string(b) {
			t.Errorf("%x doesn't come back", b)
		}
	})
}
