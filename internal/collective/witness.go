// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// alarm keeps what went wrong with a batch: with the proof, if the keeper told
// two stories.
func (d *Desk) alarm(ctx context.Context, b *taking, batch Batch, cause error) error {
	for _, cp := range batch.Checkpoints {
		if found, err := d.compare(ctx, cp, b.entries); found || err != nil {
			return err
		}
	}
	dossier := batch.Items[0].Entry.Dossier
	return d.cfg.Store.Update(ctx, func(tx Tx) error {
		if last, err := tx.ListAlarms(ctx, 1); err != nil || len(last) > 0 && last[0].Dossier == dossier && last[0].Code == "feed" {
			return err // told already
		}
		return tx.PutAlarm(ctx, &Alarm{At: d.now(), Peer: b.keeper, Dossier: dossier, Code: "feed", Detail: cause.Error()})
	})
}

// compare holds a checkpoint that somebody showed against those we have of the
// same dossier.
func (d *Desk) compare(ctx context.Context, shown SignedCheckpoint, entries map[deed.Hash][]deed.Entry) (found bool, err error) {
	c, err := deed.ParseCheckpoint(shown.JWS)
	if err != nil {
		return false, nil //nolint:nilerr // no checkpoint at all proves nothing
	}
	err = d.cfg.Store.Update(ctx, func(tx Tx) error {
		home, err := tx.FindDossier(ctx, c.Dossier)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		by, err := c.Keeper(d.cfg.Group, shown.Chain, d.cfg.Authority)
		if err != nil || by != home.Keeper {
			return nil //nolint:nilerr // not the keeper's word, so no proof against it
		}
		found, err = d.contradiction(ctx, tx, home, deed.Witnessed{Checkpoint: c, Chain: shown.Chain}, entries[c.Dossier])
		return err
	})
	return found, err
}

// contradiction looks for a checkpoint of ours that can't be of one chain with
// the one shown, and keeps the proof.
func (d *Desk) contradiction(ctx context.Context, tx Tx, home *Dossier, shown deed.Witnessed, theirs []deed.Entry) (bool, error) {
	c, err := tx.FindCheckpoint(ctx, home.Head.Dossier, min(home.Head.Number, shown.Checkpoint.Number))
	if errors.Is(err, ErrNotFound) {
		return false, nil // nothing to compare it with yet
	}
	if err != nil {
		return false, err
	}
	own, err := witnessed(ctx, tx, c)
	if err != nil {
		return false, err
	}
	e := deed.FindEquivocation(own, shown, between(theirs, c.Number, shown.Checkpoint.Number))
	if e == nil {
		return false, nil
	}
	proof, err := e.Raw()
	if err != nil {
		return false, err
	}
	d.cfg.Logger.Error("a keeper told two stories", "keeper", home.Keeper, "dossier", home.Head.Dossier)
	return true, tx.PutAlarm(ctx, &Alarm{
		At: d.now(), Peer: home.Keeper, Dossier: home.Head.Dossier, Code: "equivocation",
		Detail: "the keeper signed two feeds of one dossier that contradict each other", Proof: proof,
	})
}

// between gives the entries after one number up to another.
func between(entries []deed.Entry, after, upTo int64) []deed.Entry {
	var out []deed.Entry
	for _, e := range entries {
		if e.Number > after && e.Number <= upTo {
			out = append(out, e)
		}
	}
	return out
}

func witnessed(ctx context.Context, tx Tx, c *Checkpoint) (deed.Witnessed, error) {
	chain, err := tx.FindChain(ctx, c.Thumbprint)
	if err != nil {
		return deed.Witnessed{}, err
	}
	parsed, err := deed.ParseCheckpoint(c.JWS)
	return deed.Witnessed{Checkpoint: parsed, Chain: chain}, err
}

// Witness takes checkpoints that another Peer has seen, of whatever keeper, and
// answers with our last ones of the same dossiers. So two Peers to whom one
// keeper tells different stories find out.
func (d *Desk) Witness(ctx context.Context, _ fsc.PeerID, seen []SignedCheckpoint) ([]SignedCheckpoint, error) {
	var ours []SignedCheckpoint
	for _, s := range seen {
		if _, err := d.compare(ctx, s, nil); err != nil {
			return nil, err
		}
		c, err := deed.ParseCheckpoint(s.JWS)
		if err != nil {
			continue
		}
		err = d.cfg.Store.View(ctx, func(tx Tx) error {
			last, err := tx.FindCheckpoint(ctx, c.Dossier, 0)
			if errors.Is(err, ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			chain, err := tx.FindChain(ctx, last.Thumbprint)
			ours = append(ours, SignedCheckpoint{JWS: last.JWS, Chain: chain})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return ours, nil
}

// Alarms lists faults of other Peers, newest first.
func (d *Desk) Alarms(ctx context.Context, limit int) (out []Alarm, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		out, err = tx.ListAlarms(ctx, limit)
		return err
	})
	return out, err
}
