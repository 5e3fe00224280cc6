// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/directory"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

const (
	guideID  fsc.PeerID = "00000099000000004000"
	sourceID fsc.PeerID = "00000099000000001000"
)

// watched is a watch on one Directory that lists what the test says, and then
// fails if broken is set.
type watched struct {
	*watch
	store  *store.Store
	at     time.Time
	lists  []fscapi.ServiceListing
	broken error
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), empty.Dir(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w := &watched{store: s, at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.watch = &watch{
		directories: []fsc.Peer{{ID: guideID}}, services: w.list, history: s, now: func() time.Time { return w.at },
		logger: slog.New(slog.DiscardHandler), kept: map[fsc.PeerID]keptList{},
	}
	return w
}

func (w *watched) list(context.Context, fsc.Peer) iter.Seq2[fscapi.ServiceListing, error] {
	return func(yield func(fscapi.ServiceListing, error) bool) {
		for _, l := range w.lists {
			if !yield(l, nil) {
				return
			}
		}
		if w.broken != nil {
			yield(fscapi.ServiceListing{}, w.broken)
		}
	}
}

func offered(name string) fscapi.ServiceListing {
	return fscapi.ServiceListing{Peer: fsc.Peer{ID: sourceID, ManagerAddress: "https://source.test:443"}, Name: name, Protocol: fsc.ProtocolHTTP11}
}

func (w *watched) known(t *testing.T, name string) directory.Observation {
	t.Helper()
	all, err := w.store.Observations(t.Context(), sourceID, name)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d observations of %s", len(all), name)
	}
	return all[0]
}

func (w *watched) after(t *testing.T, passed time.Duration) error {
	t.Helper()
	w.at = w.at.Add(passed)
	_, err := w.read(t.Context())
	return err
}

func TestAReadThatFailedHalfwayMarksNothingAsGone(t *testing.T) {
	w := newWatched(t)
	w.lists = []fscapi.ServiceListing{offered("adressen"), offered("personen")}
	if err := w.after(t, 0); err != nil {
		t.Fatal(err)
	}
	w.lists, w.broken = w.lists[:1], errors.New("connection reset")
	if err := w.after(t, time.Hour); !errors.Is(err, w.broken) {
		t.Fatalf("the read gives %v", err)
	}
	w.look(t.Context())
	if o := w.known(t, "personen"); !o.GoneSince.IsZero() || len(o.Events) != 0 {
		t.Errorf("after a failed read: %+v", o)
	}
	w.broken = nil
	if err := w.after(t, time.Hour); err != nil {
		t.Fatal(err)
	}
	if o := w.known(t, "personen"); !o.GoneSince.Equal(w.at) {
		t.Errorf("after a whole read without it: %+v", o)
	}
	if o := w.known(t, "adressen"); !o.GoneSince.IsZero() || !o.LastSeen.Equal(w.at) {
		t.Errorf("what is still listed: %+v", o)
	}
}

func TestAListThatStaysTheSameIsKeptNowAndThen(t *testing.T) {
	w := newWatched(t)
	w.lists = []fscapi.ServiceListing{offered("personen")}
	began := w.at
	for _, step := range []struct{ passed, seen time.Duration }{{0, 0}, {sameFor / 2, 0}, {sameFor, sameFor * 3 / 2}} {
		if err := w.after(t, step.passed); err != nil {
			t.Fatal(err)
		}
		if got := w.known(t, "personen").LastSeen.Sub(began); got != step.seen {
			t.Errorf("last seen after %s, want %s", got, step.seen)
		}
	}
	w.lists[0].Protocol = fsc.ProtocolHTTP2
	if err := w.after(t, time.Second); err != nil {
		t.Fatal(err)
	}
	if o := w.known(t, "personen"); len(o.Events) != 1 || o.Events[0].Kind != directory.EventProtocol {
		t.Errorf("a change is kept at once: %+v", o)
	}
}
