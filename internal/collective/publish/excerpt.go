// SPDX-License-Identifier: EUPL-1.2

package publish

import (
	"context"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// Dossier writes the public part of a framework's dossier in the form that
// anybody can verify offline. It is an excerpt: it has the deeds of types that
// are [Public], with their signatures, and names all others by their hash. h is
// the framework; [ErrNotFound].
func (r *Record) Dossier(ctx context.Context, h deed.Hash) ([]byte, error) {
	f, err := r.Framework(ctx, h)
	if err != nil {
		return nil, err
	}
	raw, err := r.cfg.Desk.Dossier(ctx, f.Dossier)
	if err != nil {
		return nil, err
	}
	d, err := deed.ParseDossier(raw)
	if err != nil {
		return nil, err
	}
	return excerpt(d).Raw()
}

// excerpt leaves out what isn't public. Entries that no checkpoint covers yet
// stay: they tell no more than that something came.
func excerpt(d *deed.Dossier) *deed.Dossier {
	out := &deed.Dossier{Root: d.Root, Entries: d.Entries, Checkpoints: d.Checkpoints}
	shown, needed, received := map[deed.Hash]bool{}, map[string]bool{}, map[deed.Hash]bool{}
	for _, e := range d.Entries {
		received[e.Subject] = true
	}
	for _, c := range d.Deeds {
		if received[c.Hash()] && Public(c.Type) {
			out.Deeds = append(out.Deeds, c)
			shown[c.Hash()] = true
		}
	}
	for _, s := range d.Signatures {
		if received[s.Hash()] && shown[s.DeedHash] {
			out.Signatures = append(out.Signatures, s)
			shown[s.Hash()] = true
			needed[s.CertificateThumbprint] = true
		}
	}
	for h := range received {
		if !shown[h] {
			out.Withheld = append(out.Withheld, h)
		}
	}
	for _, c := range d.Checkpoints {
		needed[c.CertificateThumbprint] = true
	}
	for _, chain := range d.Chains {
		if needed[fsc.CertificateThumbprint(chain[0])] {
			out.Chains = append(out.Chains, chain)
		}
	}
	return out
}
