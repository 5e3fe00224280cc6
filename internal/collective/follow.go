// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

const (
	pollWait  = 25 * time.Second
	pollRetry = 2 * time.Second
	maxPause  = time.Minute
)

// follow reads the feeds of one keeper until ctx ends.
func (d *Desk) follow(ctx context.Context, keeper fsc.PeerID) {
	pause := pollRetry
	for ctx.Err() == nil {
		again := d.retried()
		err := d.followOnce(ctx, keeper, pollWait)
		if err == nil {
			pause = pollRetry
			continue
		}
		if ctx.Err() == nil {
			d.cfg.Logger.Warn("feed can't be followed; trying again", "keeper", keeper, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-again:
			pause = pollRetry
			continue
		case <-time.After(pause/2 + rand.N(pause)): //nolint:gosec // jitter
		}
		pause = min(2*pause, maxPause)
	}
}

func (d *Desk) followOnce(ctx context.Context, keeper fsc.PeerID, wait time.Duration) error {
	var after int64
	err := d.cfg.Store.View(ctx, func(tx Tx) (err error) {
		after, err = tx.Cursor(ctx, cursorOf(keeper))
		return err
	})
	if err != nil {
		return err
	}
	batch, err := d.cfg.Remote.Feed(ctx, keeper, after, wait)
	if err != nil || len(batch.Items) == 0 {
		return err
	}
	return d.Take(ctx, keeper, batch)
}

func cursorOf(keeper fsc.PeerID) string { return "feed " + string(keeper) }

// Take checks a part of a keeper's feeds and adds it: each entry has to follow
// on the one before, and a checkpoint of the keeper has to vouch for the last of
// each dossier. A feed that contradicts what the keeper vouched for before is an
// alarm, with the proof.
func (d *Desk) Take(ctx context.Context, keeper fsc.PeerID, batch Batch) error {
	b := &taking{desk: d, keeper: keeper, heads: map[deed.Hash]deed.Head{}, entries: map[deed.Hash][]deed.Entry{}}
	err := d.update(ctx, func(c *change) error {
		b.change = c
		clear(b.heads) // this may run again
		clear(b.entries)
		for i := range batch.Items {
			if err := b.item(ctx, &batch.Items[i]); err != nil {
				return err
			}
		}
		if err := b.vouched(ctx, batch.Checkpoints); err != nil {
			return err
		}
		return c.PutCursor(ctx, cursorOf(keeper), batch.Items[len(batch.Items)-1].Sequence)
	})
	if err == nil {
		return nil
	}
	return errors.Join(err, d.alarm(ctx, b, batch, err))
}

// taking is a batch on its way in.
type taking struct {
	*change
	desk    *Desk
	keeper  fsc.PeerID
	heads   map[deed.Hash]deed.Head
	entries map[deed.Hash][]deed.Entry // as offered
}

func (b *taking) item(ctx context.Context, it *FeedItem) error {
	e := it.Entry
	b.entries[e.Dossier] = append(b.entries[e.Dossier], e)
	home, err := b.home(ctx, it)
	if err != nil {
		return err
	}
	if e.Number <= home.Head.Number {
		return nil // had already
	}
	next, err := home.Head.Extend(e)
	if err != nil {
		return err
	}
	home.Head, b.heads[e.Dossier] = next, next
	home.Version++
	if _, err := b.PutEntry(ctx, &e); err != nil {
		return err
	}
	switch {
	case it.Item.Deed == nil && it.Item.JWS == "":
		return b.withheld(&e)
	case e.Kind == deed.EntryDeed:
		return b.deed(ctx, home, it)
	}
	return b.signature(ctx, home, it)
}

// home gives the dossier of an entry; the first one founds it.
func (b *taking) home(ctx context.Context, it *FeedItem) (*Dossier, error) {
	home, err := b.dossier(ctx, it.Entry.Dossier)
	if !errors.Is(err, ErrNotFound) {
		if err == nil && home.Keeper != b.keeper {
			return nil, fmt.Errorf("dossier %s is kept by Peer %s", it.Entry.Dossier, home.Keeper)
		}
		return home, err
	}
	content, err := deed.Parse(it.Item.Deed)
	if err != nil {
		return nil, fmt.Errorf("founding deed: %w", err)
	}
	keeper, ok := content.Keeper()
	if !ok || keeper != b.keeper || content.Hash() != it.Entry.Dossier || content.GroupID != b.desk.cfg.Group {
		return nil, fmt.Errorf("dossier %s isn't founded by a deed that names Peer %s as its secretariat", it.Entry.Dossier, b.keeper)
	}
	home = &Dossier{Head: deed.NewFeed(content.Hash()), Type: content.Type, Keeper: keeper}
	b.dossiers[content.Hash()] = home
	return home, nil
}

// withheld accepts that a deed between others isn't for us; of any other type
// that would hide what states depend on.
func (b *taking) withheld(e *deed.Entry) error {
	if t, err := e.Subject.Type(); err != nil || e.Kind != deed.EntryDeed || !t.Confidential() {
		return fmt.Errorf("entry %d of %s: the keeper withholds what is for all", e.Number, e.Dossier)
	}
	return nil
}

func (b *taking) deed(ctx context.Context, home *Dossier, it *FeedItem) error {
	content, err := deed.Parse(it.Item.Deed)
	if err != nil {
		return err
	}
	if content.Hash() != it.Entry.Subject || content.GroupID != b.desk.cfg.Group {
		return fmt.Errorf("entry %d of %s came with another deed", it.Entry.Number, it.Entry.Dossier)
	}
	added, err := b.PutDeed(ctx, &Deed{Hash: content.Hash(), Dossier: home.Head.Dossier, Raw: content.Raw()})
	if added {
		home.Version++
	}
	return err
}

// signature adds a signature that holds. One that doesn't is worth nothing and
// stays out; its entry stands, for the chain.
func (b *taking) signature(ctx context.Context, home *Dossier, it *FeedItem) error {
	s, err := deed.ParseSignature(it.Item.JWS)
	if err != nil {
		return err
	}
	if s.Hash() != it.Entry.Subject {
		return fmt.Errorf("entry %d of %s came with another signature", it.Entry.Number, it.Entry.Dossier)
	}
	on, err := b.FindDeed(ctx, s.DeedHash)
	if t, _ := s.DeedHash.Type(); errors.Is(err, ErrNotFound) && t.Confidential() {
		return nil // on a deed that isn't for us
	}
	if err != nil {
		return fmt.Errorf("entry %d of %s: signature on a deed that isn't there: %w", it.Entry.Number, it.Entry.Dossier, err)
	}
	content, err := deed.Parse(on.Raw)
	if err != nil {
		return err
	}
	by, err := s.Judge(content, it.Item.Chain, b.desk.cfg.Authority, it.Entry.Receipt())
	if err != nil {
		b.desk.cfg.Logger.Warn("signature in a feed doesn't hold", "keeper", b.keeper, "dossier", it.Entry.Dossier, "entry", it.Entry.Number, "error", err)
		return b.PutAlarm(ctx, &Alarm{
			At: b.now, Peer: b.keeper, Dossier: it.Entry.Dossier, Code: "signature",
			Detail: fmt.Sprintf("the keeper received a signature, entry %d, that doesn't hold", it.Entry.Number),
		})
	}
	_, err = b.putSignature(ctx, home, signed{s, it.Item.Chain, by})
	return err
}

// vouched checks that the keeper vouches for each feed up to its end.
func (b *taking) vouched(ctx context.Context, checkpoints []SignedCheckpoint) error {
	for _, cp := range checkpoints {
		c, err := deed.ParseCheckpoint(cp.JWS)
		if err != nil {
			return err
		}
		head, ours := b.heads[c.Dossier]
		if !ours || head.Number != c.Number {
			continue
		}
		by, err := c.Keeper(b.desk.cfg.Group, cp.Chain, b.desk.cfg.Authority)
		if err != nil {
			return err
		}
		if by != b.keeper || c.Head != head.Hash || c.At < head.At {
			return fmt.Errorf("the checkpoint of dossier %s is about another feed", c.Dossier)
		}
		if err := b.PutChain(ctx, c.CertificateThumbprint, cp.Chain); err != nil {
			return err
		}
		if err := b.PutCheckpoint(ctx, &Checkpoint{Dossier: c.Dossier, Number: c.Number, Head: c.Head, JWS: c.JWS, Thumbprint: c.CertificateThumbprint}); err != nil {
			return err
		}
		delete(b.heads, c.Dossier)
	}
	for dossier := range b.heads {
		return fmt.Errorf("no checkpoint of Peer %s vouches for dossier %s", b.keeper, dossier)
	}
	return nil
}

// Catch reads what a keeper has for us now, without waiting for more.
func (d *Desk) Catch(ctx context.Context, keeper fsc.PeerID) error {
	return d.followOnce(ctx, keeper, 0)
}
