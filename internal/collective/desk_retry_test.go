// SPDX-License-Identifier: EUPL-1.2

package collective_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/pki"
	"github.com/samenspel/samenspel/internal/store"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

// nowhere is a way that isn't there; it tells of each attempt.
type nowhere chan struct{}

func (n nowhere) Put(context.Context, fsc.PeerID, collective.Item) error {
	return errors.New("no way")
}

func (n nowhere) Feed(ctx context.Context, _ fsc.PeerID, _ int64, _ time.Duration) (collective.Batch, error) {
	select {
	case n <- struct{}{}:
	case <-ctx.Done():
	}
	return collective.Batch{}, errors.New("no way")
}

func (n nowhere) Witness(context.Context, fsc.PeerID, []collective.SignedCheckpoint) ([]collective.SignedCheckpoint, error) {
	return nil, errors.New("no way")
}

func TestAFeedIsTriedAgainAtOnceWhenTheWayMayHaveOpened(t *testing.T) {
	c := newCircle(t)
	db, err := store.OpenSQLite(t.Context(), empty.Dir(t), slog.New(slog.DiscardHandler))
	fatal(t, err)
	defer db.Close()
	attempts := make(nowhere)
	d, err := collective.New(collective.Config{
		Self: duinwijk, Group: deskGroup, Store: db.Collective(), Keys: c.seal(duinwijk), Table: c.table,
		Authority: collective.Anchors{Group: deskGroup, Trusted: func() *pki.Anchors { return c.trusted }},
		Remote:    attempts, Follow: []fsc.PeerID{office}, Now: c.now, Logger: slog.New(slog.DiscardHandler),
	})
	fatal(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	patience := time.After(20 * time.Second)
	for i := range 20 { // by themselves they would take more than ten minutes
		select {
		case <-attempts:
			d.Retry()
		case <-patience:
			t.Fatalf("only %d attempts", i)
		}
	}
	stop()
	fatal(t, <-ended)
}
