// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"
	"slices"

	"github.com/samenspel/samenspel/fsc"
)

// KeySet lists the certificate chains (DER, leaf first) of every key of this
// Peer that contract signatures or access tokens in use rest on (Core, JWKS).
// Keys that were replaced stay as long as a contract that hasn't ended has a
// signature by them.
func (m *Manager) KeySet(ctx context.Context) ([][][]byte, error) {
	keys := slices.Clone(m.cfg.Keys.Published())
	seen := map[string]bool{}
	for _, chain := range keys {
		seen[fsc.CertificateThumbprint(chain[0])] = true
	}
	var old [][][]byte
	err := m.cfg.Store.View(ctx, func(tx Tx) (err error) {
		old, err = tx.ListSigningChains(ctx, m.cfg.Self.ID, m.cfg.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, chain := range old {
		if t := fsc.CertificateThumbprint(chain[0]); !seen[t] {
			seen[t] = true
			keys = append(keys, chain)
		}
	}
	return keys, nil
}
