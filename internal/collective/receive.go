// SPDX-License-Identifier: EUPL-1.2

package collective

import (
	"context"
	"errors"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// Receive takes a deed or signature that a Peer hands in for a dossier that is
// kept here. Whoever brings it doesn't matter: what it is worth is in its
// signatures. Refusals are a [*Refusal] or a [*deed.Error]; nothing is kept then.
func (d *Desk) Receive(ctx context.Context, from fsc.PeerID, it Item) error {
	if it.Deed != nil {
		content, err := deed.Parse(it.Deed)
		if err != nil {
			return err
		}
		if err := d.formOf(content); err != nil {
			return err
		}
		return d.update(ctx, func(c *change) error { return c.addDeed(ctx, content, from) })
	}
	s, err := deed.ParseSignature(it.JWS)
	if err != nil {
		return err
	}
	on, content, err := d.find(ctx, s.DeedHash)
	if err != nil {
		return err
	}
	// The certificate has to be trusted at this moment: that of the receipt.
	by, err := s.Judge(content, it.Chain, d.cfg.Authority, deed.Receipt{Dossier: on.Dossier, Number: 1, At: d.now()})
	if err != nil {
		return err
	}
	return d.update(ctx, func(c *change) error {
		if err := c.roomFor(ctx, on, s); err != nil {
			return err
		}
		return c.addSignature(ctx, on, signed{s, it.Chain, by}, from)
	})
}

// formOf holds a deed to the rules of its type that need nothing but itself.
func (d *Desk) formOf(content *deed.Content) error {
	alone := rule.Fold(d.cfg.Table, rule.Facts{Deeds: []*deed.Content{content}}, d.now())
	if s, _ := alone.Status(content.Hash()); s.State == rule.Void {
		return refusalOf(s.Reasons)
	}
	return nil
}

// roomFor holds signatures to the number that a dossier in a file may have.
func (c *change) roomFor(ctx context.Context, on *Deed, s *deed.Signature) error {
	have, err := c.ListSignatures(ctx, on.Dossier, on.Hash)
	if err != nil {
		return err
	}
	same := 0
	for _, h := range have {
		if h.Hash == s.Hash() {
			return nil
		}
		if h.Thumbprint == s.CertificateThumbprint {
			same++
		}
	}
	if len(have) >= deed.MaxSignatures || same >= deed.MaxPerSigner {
		return &Refusal{Code: CodeFull, Detail: "no more signatures fit on this deed"}
	}
	return nil
}

// find gives a deed that is here.
func (d *Desk) find(ctx context.Context, h deed.Hash) (on *Deed, content *deed.Content, err error) {
	err = d.cfg.Store.View(ctx, func(tx Tx) error {
		on, err = tx.FindDeed(ctx, h)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil, &Refusal{Code: CodeUnknown, Detail: "the deed is not known here; hand it in first"}
	}
	if err != nil {
		return nil, nil, err
	}
	content, err = deed.Parse(on.Raw)
	return on, content, err
}
