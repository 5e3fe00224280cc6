// SPDX-License-Identifier: EUPL-1.2

package collectivetest

import (
	"context"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
)

// signature is one by a party, with what its verification finds.
type signature struct {
	by        deed.Party
	signature *deed.Signature
	found     deed.Signed
}

// signatures lets the parties of a deed accept it. What the first signature of a
// Peer is found to be holds for the others: it has one key.
func (f *Federation) signatures(a act) []signature {
	f.t.Helper()
	var out []signature
	for _, p := range a.by {
		s, err := f.keys[p.PeerID].signer.Sign(deed.Statement{
			DeedHash: a.content.Hash(), Act: deed.Accept, Role: p.Role, SignedAt: f.Now().Unix(),
		})
		f.must(err)
		found, ok := f.judged[p.PeerID]
		if !ok {
			found, err = s.Judge(a.content, f.keys[p.PeerID].chain, f.Authority(), deed.Receipt{})
			f.must(err)
			f.judged[p.PeerID] = found
		}
		out = append(out, signature{p, s, found})
	}
	return out
}

// receive brings everything to the secretariat as other nodes do, and keeps how
// long that took without the making of it.
func (f *Federation) receive(all []act) {
	f.t.Helper()
	desk := f.Desk(f.Office)
	for _, a := range all {
		items := f.items(a)
		began := time.Now()
		for _, it := range items {
			f.must(desk.Receive(f.t.Context(), f.Office, it))
		}
		f.Took += time.Since(began)
		f.Received += len(items)
	}
	f.answer()
}

// store puts a dossier in the store of the secretariat at once.
func (f *Federation) store(all []act) {
	f.t.Helper()
	root := all[0].content.Hash()
	at := &collective.Dossier{Head: deed.NewFeed(root), Type: dossier.TypeFramework, Keeper: f.Office}
	var signed [][]signature
	for _, a := range all {
		signed = append(signed, f.signatures(a))
	}
	f.must(f.Store(f.Office).Collective().Update(f.t.Context(), func(tx collective.Tx) error {
		for _, id := range append(f.some(len(f.Works)-1), f.maker, f.Office) {
			if err := tx.PutChain(f.t.Context(), fsc.CertificateThumbprint(f.keys[id].chain[0]), f.keys[id].chain); err != nil {
				return err
			}
		}
		for i, a := range all {
			if err := f.put(f.t.Context(), tx, at, a, signed[i]); err != nil {
				return err
			}
		}
		return tx.PutDossier(f.t.Context(), at)
	}))
}

// put adds a deed and its signatures, each with its entry and checkpoint.
func (f *Federation) put(ctx context.Context, tx collective.Tx, at *collective.Dossier, a act, signed []signature) error {
	h := a.content.Hash()
	if _, err := tx.PutDeed(ctx, &collective.Deed{Hash: h, Dossier: at.Head.Dossier, Raw: a.content.Raw()}); err != nil {
		return err
	}
	if err := f.number(ctx, tx, at, deed.EntryDeed, h); err != nil {
		return err
	}
	for _, s := range signed {
		_, err := tx.PutSignature(ctx, &collective.Signature{
			Hash: s.signature.Hash(), Deed: h, Dossier: at.Head.Dossier, JWS: s.signature.JWS,
			Thumbprint: s.signature.CertificateThumbprint, Signer: s.found.Signer, Key: s.found.KeyThumbprint,
		})
		if err != nil {
			return err
		}
		if err := f.number(ctx, tx, at, deed.EntrySignature, s.signature.Hash()); err != nil {
			return err
		}
	}
	return nil
}

func (f *Federation) number(ctx context.Context, tx collective.Tx, at *collective.Dossier, kind deed.EntryKind, subject deed.Hash) error {
	e, head, err := at.Head.Append(kind, subject, f.Now().Unix())
	if err != nil {
		return err
	}
	at.Head = head
	at.Version += 2 // for the deed or signature, and for its entry
	if _, err := tx.PutEntry(ctx, &e); err != nil {
		return err
	}
	cp, err := f.keys[f.Office].signer.Checkpoint(head, head.At)
	if err != nil {
		return err
	}
	return tx.PutCheckpoint(ctx, &collective.Checkpoint{
		Dossier: head.Dossier, Number: cp.Number, Head: cp.Head, JWS: cp.JWS, Thumbprint: cp.CertificateThumbprint,
	})
}
