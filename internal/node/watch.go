// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/fsc/fscapi"
	"github.com/samenspel/samenspel/internal/directory"
)

const (
	// watchEvery is how often the Directories are read when no person does.
	watchEvery = 15 * time.Minute
	// sameFor is how long a list that stays the same isn't kept again. It is less
	// than watchEvery, so that each of those reads counts.
	sameFor = 10 * time.Minute
	// watchTime is how long a read without a person that waits may take.
	watchTime = time.Minute
)

// watch reads the Group's Directories and keeps what it saw there. All reads of
// whole lists go through it. A list of which a part failed is never compared:
// what is missing in it isn't gone.
type watch struct {
	directories []fsc.Peer
	services    func(context.Context, fsc.Peer) iter.Seq2[fscapi.ServiceListing, error]
	history     directory.History
	now         func() time.Time
	logger      *slog.Logger

	mu   sync.Mutex
	kept map[fsc.PeerID]keptList
}

// keptList is the list of a Directory that was compared last.
type keptList struct {
	at  time.Time
	sum [sha256.Size]byte
}

func (n *Node) newWatch() *watch {
	client := fscapi.NewClient(fscapi.ClientConfig{HTTP: n.clients[0].client, Address: n.self.ManagerAddress})
	return &watch{
		directories: n.cfg.directories(), history: n.store, now: n.now, logger: n.logger, kept: map[fsc.PeerID]keptList{},
		services: func(ctx context.Context, at fsc.Peer) iter.Seq2[fscapi.ServiceListing, error] {
			return client.AllServices(ctx, at, fscapi.ServicesRequest{Page: fscapi.Page{Limit: fscapi.MaxLimit}})
		},
	}
}

// read lists what all Directories tell.
func (w *watch) read(ctx context.Context) ([]directory.Listing, error) {
	var all []directory.Listing
	for _, d := range w.directories {
		at := w.now()
		var listed []directory.Listing
		for l, err := range w.services(ctx, d) {
			if err != nil {
				return nil, fsc.WrapError(fsc.CodeInternal, err, "the Directory "+string(d.ID)+" can't be asked now")
			}
			listed = append(listed, directory.Listing{
				Peer: l.Peer, Name: l.Name, Protocol: l.Protocol, Delegator: l.Delegator, Properties: l.Properties,
			})
		}
		w.keep(ctx, d.ID, listed, at)
		all = append(all, listed...)
	}
	return all, nil
}

// keep compares a whole list with what is known. Who asked for the list gets it
// also when that fails, and what was read is kept when nobody waits any more.
func (w *watch) keep(ctx context.Context, of fsc.PeerID, listed []directory.Listing, at time.Time) {
	list := keptList{at, sumOf(listed)}
	w.mu.Lock()
	last, ok := w.kept[of]
	w.mu.Unlock()
	if ok && last.sum == list.sum && at.Sub(last.at) < sameFor {
		return
	}
	err := w.history.Observe(context.WithoutCancel(ctx), of, func(known []directory.Observation) directory.News {
		return directory.Compare(of, known, listed, at)
	})
	if err != nil {
		w.logger.ErrorContext(ctx, "what a Directory lists isn't kept", "directory", of, "error", err)
		return
	}
	w.mu.Lock()
	w.kept[of] = list
	w.mu.Unlock()
}

// sumOf is the same for lists between which nothing changed that is kept.
func sumOf(listed []directory.Listing) (sum [sha256.Size]byte) {
	h := sha256.New()
	for i := range listed {
		l := &listed[i]
		_, _ = fmt.Fprintf(h, "%q %q %q %q %q\n", l.Peer.ID, l.Delegator.ID, l.Name, l.Protocol, l.Peer.ManagerAddress) // a hash never fails to write
	}
	h.Sum(sum[:0])
	return sum
}

// run reads at the start and every [watchEvery], until ctx ends.
func (w *watch) run(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		w.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (w *watch) look(ctx context.Context) {
	timed, cancel := context.WithTimeout(ctx, watchTime)
	defer cancel()
	if _, err := w.read(timed); err != nil && ctx.Err() == nil {
		w.logger.WarnContext(ctx, "the Directories can't be read", "error", err)
	}
}
