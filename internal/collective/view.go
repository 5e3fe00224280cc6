// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"

	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

const (
	// maxRelated bounds how many other dossiers one may lean on.
	maxRelated = 256
	// maxKnown bounds how many dossiers are held in memory.
	maxKnown = 256
)

// known is what a dossier holds, read and parsed: it changes only with the
// dossier's version.
type known struct {
	version   int64
	last      int64 // number of the last entry
	facts     rule.Facts
	subjects  map[deed.Hash]bool // all deeds and signatures, also those that were withheld
	related   map[deed.Hash]bool // parents and mandates that stand elsewhere
	view      *rule.View         // the last fold, with the versions it rests on
	basis     map[deed.Hash]int64
	projected projected
}

// View gives the state of a dossier and of those it leans on, now.
func (d *Desk) View(ctx context.Context, dossier deed.Hash) (v *rule.View, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		v, err = d.view(ctx, tx, dossier)
		return err
	})
	return v, err
}

// view folds a dossier, unless the last fold still holds.
func (d *Desk) view(ctx context.Context, tx Tx, dossier deed.Hash) (*rule.View, error) {
	facts, basis, err := d.facts(ctx, tx, dossier)
	if err != nil {
		return nil, err
	}
	now := d.now()
	d.mu.Lock()
	k := d.known[dossier]
	if k != nil && k.view != nil && k.view.Now() <= now && (k.view.Until() == 0 || now < k.view.Until()) && equalBasis(k.basis, basis) {
		d.mu.Unlock()
		return k.view, nil
	}
	d.mu.Unlock()
	v := rule.Fold(d.cfg.Table, facts, now)
	d.mu.Lock()
	if k := d.known[dossier]; k != nil {
		k.view, k.basis = v, basis
	}
	d.mu.Unlock()
	return v, nil
}

func equalBasis(a, b map[deed.Hash]int64) bool {
	if len(a) != len(b) {
		return false
	}
	for h, version := range a {
		if b[h] != version {
			return false
		}
	}
	return true
}

// facts gathers a dossier and those it leans on, however indirectly.
func (d *Desk) facts(ctx context.Context, tx Tx, dossier deed.Hash) (rule.Facts, map[deed.Hash]int64, error) {
	var all rule.Facts
	basis := map[deed.Hash]int64{}
	for queue := []deed.Hash{dossier}; len(queue) > 0 && len(basis) < maxRelated; queue = queue[1:] {
		if _, done := basis[queue[0]]; done {
			continue
		}
		k, err := d.load(ctx, tx, queue[0])
		if errors.Is(err, ErrNotFound) && queue[0] != dossier {
			continue
		}
		if err != nil {
			return rule.Facts{}, nil, err
		}
		basis[queue[0]] = k.version
		all.Deeds = append(all.Deeds, k.facts.Deeds...)
		all.Signed = append(all.Signed, k.facts.Signed...)
		for h := range k.related {
			if on, err := tx.FindDeed(ctx, h); err == nil {
				queue = append(queue, on.Dossier)
			} else if !errors.Is(err, ErrNotFound) {
				return rule.Facts{}, nil, err
			}
		}
	}
	return all, basis, nil
}

// load reads a dossier, unless it is known in this version.
func (d *Desk) load(ctx context.Context, tx Tx, dossier deed.Hash) (*known, error) {
	at, err := tx.FindDossier(ctx, dossier)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	k := d.known[dossier]
	d.mu.Unlock()
	if k != nil && k.version == at.Version {
		return k, nil
	}
	before := k
	if k, err = readOn(ctx, tx, at, before); err == nil && k == nil {
		k, err = read(ctx, tx, dossier, before)
	}
	if err != nil {
		return nil, err
	}
	k.version = at.Version
	d.mu.Lock()
	defer d.mu.Unlock()
	if last, ok := d.known[dossier]; ok {
		k.projected = last.projected
	} else if len(d.known) >= maxKnown {
		for other := range d.known { // any one: it is read again when it is asked for
			delete(d.known, other)
			break
		}
	}
	d.known[dossier] = k
	return k, nil
}

// read reads all of a dossier; what an earlier reading parsed isn't parsed again.
func read(ctx context.Context, tx Tx, dossier deed.Hash, before *known) (*known, error) {
	parsed := map[deed.Hash]*deed.Content{}
	k := &known{subjects: map[deed.Hash]bool{}, related: map[deed.Hash]bool{}}
	if before != nil {
		for _, c := range before.facts.Deeds {
			parsed[c.Hash()] = c
		}
	}
	deeds, err := tx.ListDeeds(ctx, dossier)
	if err != nil {
		return nil, err
	}
	for _, on := range deeds {
		c := parsed[on.Hash]
		if c == nil {
			if c, err = deed.Parse(on.Raw); err != nil {
				return nil, err
			}
		}
		k.facts.Deeds, k.subjects[on.Hash] = append(k.facts.Deeds, c), true
	}
	for _, c := range k.facts.Deeds {
		for _, p := range c.Parents {
			k.relate(p)
		}
	}
	return k, k.readSignatures(ctx, tx, dossier)
}

func (k *known) readSignatures(ctx context.Context, tx Tx, dossier deed.Hash) error {
	receipts := map[deed.Hash]deed.Receipt{}
	entries, err := tx.ListEntries(ctx, dossier, 0, 0)
	if err != nil {
		return err
	}
	for _, e := range entries {
		receipts[e.Subject] = e.Receipt()
		k.subjects[e.Subject], k.last = true, e.Number
	}
	signatures, err := tx.ListSignatures(ctx, dossier, "")
	if err != nil {
		return err
	}
	for i := range signatures {
		s := &signatures[i]
		k.subjects[s.Hash] = true
		if err := k.addSigned(s, receipts[s.Hash]); err != nil {
			return err
		}
	}
	return nil
}
