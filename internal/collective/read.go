// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"maps"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// Feed gives another Peer what has come into the dossiers kept here after a
// sequence, in order, at most limit entries.
//
// What the reader may not have is withheld: its entry is there, for the chain.
func (d *Desk) Feed(ctx context.Context, reader fsc.PeerID, after int64, limit int) (b Batch, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		b = Batch{}
		lines, err := tx.ListLines(ctx, d.cfg.Self, after, limit)
		if err != nil {
			return err
		}
		last := map[deed.Hash]int64{}
		for _, l := range lines {
			var it Item
			may, err := d.mayRead(ctx, tx, reader, l.Entry.Subject)
			if err == nil && may {
				it, err = itemOf(ctx, tx, l.Entry.Subject)
			}
			if err != nil {
				return err
			}
			b.Items = append(b.Items, FeedItem{Sequence: l.Sequence, Entry: l.Entry, Item: it})
			last[l.Entry.Dossier] = l.Entry.Number
		}
		return d.vouch(ctx, tx, &b, last)
	})
	return b, err
}

// vouch adds the checkpoints of a batch.
func (d *Desk) vouch(ctx context.Context, tx Tx, b *Batch, last map[deed.Hash]int64) error {
	for _, h := range slices.Sorted(maps.Keys(last)) {
		c, err := tx.FindCheckpoint(ctx, h, last[h])
		if err != nil {
			return err
		}
		chain, err := tx.FindChain(ctx, c.Thumbprint)
		if err != nil {
			return err
		}
		b.Checkpoints = append(b.Checkpoints, SignedCheckpoint{JWS: c.JWS, Chain: chain})
	}
	return nil
}

// Deed gives the canonical bytes of a deed; [ErrNotFound].
func (d *Desk) Deed(ctx context.Context, h deed.Hash) ([]byte, error) {
	it, err := d.item(ctx, h)
	return it.Deed, err
}

// Signatures gives those on one deed; [ErrNotFound].
func (d *Desk) Signatures(ctx context.Context, h deed.Hash) (out []Item, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		out = nil
		on, err := tx.FindDeed(ctx, h)
		if err != nil {
			return err
		}
		all, err := tx.ListSignatures(ctx, on.Dossier, h)
		if err != nil {
			return err
		}
		for _, s := range all {
			chain, err := tx.FindChain(ctx, s.Thumbprint)
			if err != nil {
				return err
			}
			out = append(out, Item{JWS: s.JWS, Chain: chain})
		}
		return nil
	})
	return out, err
}

// State gives the projection of a deed; [ErrNotFound].
func (d *Desk) State(ctx context.Context, h deed.Hash) (s *State, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		s, err = tx.FindState(ctx, h)
		return err
	})
	return s, err
}

// States lists projections.
func (d *Desk) States(ctx context.Context, f StateFilter) (out []State, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		out, err = tx.ListStates(ctx, f)
		return err
	})
	return out, err
}

// Status gives all that can be said of a deed now: why it is as it is, whose turn
// it is, and its history; [ErrNotFound].
func (d *Desk) Status(ctx context.Context, h deed.Hash) (rule.Status, error) {
	var v *rule.View
	err := d.cfg.Store.View(ctx, func(tx Tx) error {
		on, err := tx.FindDeed(ctx, h)
		if err != nil {
			return err
		}
		v, err = d.view(ctx, tx, on.Dossier)
		return err
	})
	if err != nil {
		return rule.Status{}, err
	}
	s, ok := v.Status(h)
	if !ok {
		return rule.Status{}, ErrNotFound
	}
	return s, nil
}

// StatusAt gives all that could be said of a deed at a moment in Unix seconds, by
// the deeds and signatures that are here today. A moment in the future is refused
// with [ErrFuture]: what is signed until then isn't known. [ErrNotFound].
func (d *Desk) StatusAt(ctx context.Context, h deed.Hash, at int64) (rule.Status, error) {
	if at > d.now() {
		return rule.Status{}, ErrFuture
	}
	var facts rule.Facts
	err := d.cfg.Store.View(ctx, func(tx Tx) error {
		on, err := tx.FindDeed(ctx, h)
		if err != nil {
			return err
		}
		facts, _, err = d.facts(ctx, tx, on.Dossier)
		return err
	})
	if err != nil {
		return rule.Status{}, err
	}
	s, ok := rule.Fold(d.cfg.Table, facts, at).Status(h)
	if !ok {
		return rule.Status{}, ErrNotFound
	}
	return s, nil
}

// Transitions lists what changed after a number, in order.
func (d *Desk) Transitions(ctx context.Context, after int64, limit int) (out []Transition, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		out, err = tx.ListTransitions(ctx, after, limit)
		return err
	})
	return out, err
}

// Deliveries lists what of ours hasn't reached its keeper, and why.
func (d *Desk) Deliveries(ctx context.Context) (out []Delivery, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		out, err = tx.ListDeliveries(ctx)
		return err
	})
	return out, err
}

// Dossier writes a dossier in the form that anybody can verify offline;
// [ErrNotFound].
func (d *Desk) Dossier(ctx context.Context, h deed.Hash) (raw []byte, err error) {
	return d.DossierFor(ctx, d.cfg.Self, h)
}

// fill adds all that is here of a dossier, with the last word of its keeper.
func (d *Desk) fill(ctx context.Context, tx Tx, reader fsc.PeerID, file *deed.Dossier) error {
	if _, err := tx.FindDossier(ctx, file.Root); err != nil {
		return err
	}
	deeds, err := tx.ListDeeds(ctx, file.Root)
	if err != nil {
		return err
	}
	for _, on := range deeds {
		may, err := d.mayRead(ctx, tx, reader, on.Hash)
		if err != nil {
			return err
		}
		if !may {
			continue
		}
		c, err := deed.Parse(on.Raw)
		if err != nil {
			return err
		}
		file.Deeds = append(file.Deeds, c)
	}
	needed := map[string]bool{}
	signatures, err := tx.ListSignatures(ctx, file.Root, "")
	if err != nil {
		return err
	}
	for _, s := range signatures {
		parsed, err := deed.ParseSignature(s.JWS)
		if err != nil {
			return err
		}
		file.Signatures = append(file.Signatures, parsed)
		needed[s.Thumbprint] = true
	}
	if err := fillFeed(ctx, tx, file, needed); err != nil {
		return err
	}
	for _, t := range slices.Sorted(maps.Keys(needed)) {
		chain, err := tx.FindChain(ctx, t)
		if err != nil {
			return err
		}
		file.Chains = append(file.Chains, chain)
	}
	return nil
}

func fillFeed(ctx context.Context, tx Tx, file *deed.Dossier, needed map[string]bool) (err error) {
	if file.Entries, err = tx.ListEntries(ctx, file.Root, 0, 0); err != nil || len(file.Entries) == 0 {
		return err
	}
	c, err := tx.FindCheckpoint(ctx, file.Root, 0)
	if err != nil {
		return err
	}
	parsed, err := deed.ParseCheckpoint(c.JWS)
	if err != nil {
		return err
	}
	file.Checkpoints = []*deed.Checkpoint{parsed}
	needed[c.Thumbprint] = true
	return nil
}
