// SPDX-License-Identifier: EUPL-1.2

package publish

import (
	"context"

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
	return d.Excerpt(func(c *deed.Content) bool { return Public(c.Type) }).Raw()
}
