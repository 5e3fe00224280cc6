// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// change is one transaction that adds deeds, signatures and entries.
type change struct {
	Tx
	desk     *Desk
	now      int64
	dossiers map[deed.Hash]*Dossier // touched
}

// dossier gives a dossier that this change works on.
func (c *change) dossier(ctx context.Context, h deed.Hash) (*Dossier, error) {
	if have := c.dossiers[h]; have != nil {
		return have, nil
	}
	have, err := c.FindDossier(ctx, h)
	if err == nil {
		c.dossiers[h] = have
	}
	return have, err
}

// home finds or founds the dossier that a deed stands in.
func (c *change) home(ctx context.Context, content *deed.Content) (*Dossier, error) {
	if keeper, ok := content.Keeper(); ok {
		have, err := c.dossier(ctx, content.Hash())
		if errors.Is(err, ErrNotFound) {
			have = &Dossier{Head: deed.NewFeed(content.Hash()), Type: content.Type, Keeper: keeper}
			c.dossiers[content.Hash()] = have
			err = nil
		}
		return have, err
	}
	for _, p := range content.Parents {
		parent, err := c.FindDeed(ctx, p)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return c.dossier(ctx, parent.Dossier)
	}
	return nil, &Refusal{Code: CodeNoHome, Field: "parents", Detail: "the deed neither founds a dossier nor follows a deed that is known here; hand in what it follows first"}
}

// addDeed adds a deed, with an entry if the dossier is kept here and a delivery
// if it is ours and isn't.
func (c *change) addDeed(ctx context.Context, content *deed.Content, from fsc.PeerID) error {
	if content.GroupID != c.desk.cfg.Group {
		return &Refusal{Code: CodeGroup, Field: "group_id", Detail: fmt.Sprintf("is another Group than %s", c.desk.cfg.Group)}
	}
	home, err := c.home(ctx, content)
	if err != nil {
		return err
	}
	if err := c.mayAdd(home, from); err != nil {
		return err
	}
	added, err := c.PutDeed(ctx, &Deed{Hash: content.Hash(), Dossier: home.Head.Dossier, Raw: content.Raw()})
	if err != nil || !added {
		return err
	}
	home.Version++
	return c.pass(ctx, home, deed.EntryDeed, content.Hash())
}

// mayAdd tells whether a Peer may add to this dossier here.
func (c *change) mayAdd(home *Dossier, from fsc.PeerID) error {
	self := c.desk.cfg.Self
	switch {
	case from != self && home.Keeper != self:
		return &Refusal{Code: CodeKeeper, Detail: fmt.Sprintf("the dossier is kept by Peer %s; hand it in there", home.Keeper)}
	case home.Head.Number == 0 && home.Keeper == self && from != self && !c.desk.cfg.Founder(from):
		return &Refusal{Code: CodeFounder, Detail: fmt.Sprintf("Peer %s may not found a dossier here; ask the secretariat", from)}
	case home.Head.Number >= deed.MaxEntries-1:
		return &Refusal{Code: CodeFull, Detail: "the dossier is full; found a new one that follows it"}
	}
	return nil
}

// signed is a signature that was verified, with its chain.
type signed struct {
	signature *deed.Signature
	chain     [][]byte
	by        deed.Signed
}

// addSignature adds a verified signature on a deed that is there.
func (c *change) addSignature(ctx context.Context, on *Deed, s signed, from fsc.PeerID) error {
	home, err := c.dossier(ctx, on.Dossier)
	if err != nil {
		return err
	}
	if err := c.mayAdd(home, from); err != nil {
		return err
	}
	added, err := c.putSignature(ctx, home, s)
	if err != nil || !added {
		return err
	}
	return c.pass(ctx, home, deed.EntrySignature, s.signature.Hash())
}

func (c *change) putSignature(ctx context.Context, home *Dossier, s signed) (bool, error) {
	if err := c.PutChain(ctx, s.signature.CertificateThumbprint, s.chain); err != nil {
		return false, err
	}
	added, err := c.PutSignature(ctx, &Signature{
		Hash: s.signature.Hash(), Deed: s.signature.DeedHash, Dossier: home.Head.Dossier, JWS: s.signature.JWS,
		Thumbprint: s.signature.CertificateThumbprint, Signer: s.by.Signer, Key: s.by.KeyThumbprint,
	})
	if added {
		home.Version++
	}
	return added, err
}

// pass numbers what was added, or sends it to who does.
func (c *change) pass(ctx context.Context, home *Dossier, kind deed.EntryKind, subject deed.Hash) error {
	if home.Keeper != c.desk.cfg.Self {
		return c.PutDelivery(ctx, &Delivery{
			ID: c.desk.nextDelivery(), Peer: home.Keeper, Subject: subject, NextAt: c.desk.cfg.Now().UTC(),
		})
	}
	e, next, err := home.Head.Append(kind, subject, c.now)
	if err != nil {
		return err
	}
	home.Head = next
	home.Version++
	if _, err = c.PutEntry(ctx, &e); err != nil {
		return err
	}
	return c.vouch(ctx, next)
}

// vouch signs the head of a feed of ours. Each entry has its checkpoint, so that
// a reader may stop anywhere.
func (c *change) vouch(ctx context.Context, head deed.Head) error {
	signer, chain, err := c.desk.cfg.Keys.DeedSigner()
	if err != nil {
		return err
	}
	cp, err := signer.Checkpoint(head, max(c.now, head.At))
	if err != nil {
		return err
	}
	if err := c.PutChain(ctx, cp.CertificateThumbprint, chain); err != nil {
		return err
	}
	return c.PutCheckpoint(ctx, &Checkpoint{Dossier: head.Dossier, Number: cp.Number, Head: cp.Head, JWS: cp.JWS, Thumbprint: cp.CertificateThumbprint})
}

// finish stores the dossiers that were touched.
func (c *change) finish(ctx context.Context) error {
	for _, home := range c.dossiers {
		if err := c.PutDossier(ctx, home); err != nil {
			return err
		}
	}
	return nil
}
