// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// readOnMost is how many new entries are read one by one; more are read faster
// with all that was there already.
const readOnMost = 20

// readOn adds to what was known of a dossier what came in since. It gives nil when
// the dossier has to be read whole: much is new, or not all that is new has an
// entry that says where to find it. The version tells: it rises by one with each
// deed, signature and entry.
func readOn(ctx context.Context, tx Tx, at *Dossier, before *known) (*known, error) {
	if before == nil {
		return nil, nil
	}
	entries, err := tx.ListEntries(ctx, at.Head.Dossier, before.last, readOnMost+1)
	if err != nil || len(entries) > readOnMost {
		return nil, err
	}
	k, found := before.clone(), 0
	for i := range entries {
		e := &entries[i]
		if k.subjects[e.Subject] { // it was here without a receipt
			return nil, nil
		}
		k.subjects[e.Subject], k.last = true, e.Number
		switch err := k.readNew(ctx, tx, e); {
		case errors.Is(err, ErrNotFound): // withheld from us
		case err != nil:
			return nil, err
		default:
			found++
		}
	}
	if at.Version-before.version != int64(len(entries)+found) {
		return nil, nil
	}
	slices.SortFunc(k.facts.Deeds, func(a, b *deed.Content) int { return cmp.Compare(a.Hash(), b.Hash()) })
	return k, nil
}

// clone copies what is added to. Others may still work with the original.
func (k *known) clone() *known {
	out := &known{last: k.last, subjects: maps.Clone(k.subjects), related: maps.Clone(k.related)}
	out.facts.Deeds, out.facts.Signed = slices.Clone(k.facts.Deeds), slices.Clone(k.facts.Signed)
	return out
}

// readNew reads the subject of one entry.
func (k *known) readNew(ctx context.Context, tx Tx, e *deed.Entry) error {
	if e.Kind == deed.EntryDeed {
		on, err := tx.FindDeed(ctx, e.Subject)
		if err != nil {
			return err
		}
		c, err := deed.Parse(on.Raw)
		if err != nil {
			return err
		}
		k.facts.Deeds = append(k.facts.Deeds, c)
		delete(k.related, c.Hash())
		for _, p := range c.Parents {
			k.relate(p)
		}
		return nil
	}
	s, err := tx.FindSignature(ctx, e.Subject)
	if err != nil {
		return err
	}
	return k.addSigned(s, e.Receipt())
}

// relate notes that a deed leans on another, unless that stands in the dossier too.
func (k *known) relate(h deed.Hash) {
	if h != "" && !k.subjects[h] {
		k.related[h] = true
	}
}

// addSigned adds a signature; an empty receipt tells that it waits for one.
func (k *known) addSigned(s *Signature, receipt deed.Receipt) error {
	parsed, err := deed.ParseSignature(s.JWS)
	if err != nil {
		return err
	}
	k.facts.Signed = append(k.facts.Signed, deed.Signed{
		Statement: parsed.Statement, Signer: s.Signer, KeyThumbprint: s.Key, Receipt: receipt,
	})
	k.relate(parsed.MandateHash)
	return nil
}
