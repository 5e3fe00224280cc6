// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/samenspel/samenspel/fsc"
)

const (
	gossipEvery = 10 * time.Minute
	// gossipMost bounds how many checkpoints go along at once; over time all do.
	gossipMost = 100
)

// gossip shows other Peers what keepers signed, and compares it with what they
// were shown, until ctx ends.
func (d *Desk) gossip(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(gossipEvery/2 + rand.N(gossipEvery)): //nolint:gosec // jitter
		}
		for _, p := range d.cfg.Neighbours(ctx) {
			if err := d.Gossip(ctx, p); err != nil && ctx.Err() == nil {
				d.cfg.Logger.Warn("checkpoints can't be compared", "peer_id", p, "error", err)
			}
		}
	}
}

// Gossip compares the last words of keepers with another Peer, once. A keeper
// that told the two of us different stories becomes an alarm at both.
func (d *Desk) Gossip(ctx context.Context, with fsc.PeerID) error {
	seen, err := d.lastWords(ctx)
	if err != nil || len(seen) == 0 {
		return err
	}
	theirs, err := d.cfg.Remote.Witness(ctx, with, seen)
	if err != nil {
		return err
	}
	for _, cp := range theirs {
		if _, err := d.compare(ctx, cp, nil); err != nil {
			return err
		}
	}
	return nil
}

// lastWords gives the last checkpoints of some dossiers, chosen at random.
func (d *Desk) lastWords(ctx context.Context) (out []SignedCheckpoint, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		out = nil
		all, err := tx.ListDossiers(ctx, "")
		if err != nil {
			return err
		}
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] }) //nolint:gosec // any choice will do
		for _, at := range all[:min(len(all), gossipMost)] {
			last, err := tx.FindCheckpoint(ctx, at.Head.Dossier, 0)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			chain, err := tx.FindChain(ctx, last.Thumbprint)
			if err != nil {
				return err
			}
			out = append(out, SignedCheckpoint{JWS: last.JWS, Chain: chain})
		}
		return nil
	})
	return out, err
}
