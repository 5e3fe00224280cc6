// SPDX-License-Identifier: EUPL-1.2

package manager

import (
	"context"

	"github.com/samenspel/samenspel/fsc"
)

// InwaySnapshot is what an Inway has to know: everything at once, so that it
// can be replaced as a whole.
type InwaySnapshot struct {
	Services []Service
	// TokenKeys are the chains (DER, leaf first) of the keys that sign tokens.
	TokenKeys [][][]byte
	// Ended are grants under which no call may pass any more, although a token
	// for them may still be alive.
	Ended []fsc.GrantHash
}

// InwaySnapshot gives what the Inways of this Peer work with now.
func (m *Manager) InwaySnapshot(ctx context.Context) (*InwaySnapshot, error) {
	s := &InwaySnapshot{TokenKeys: m.cfg.Keys.Published()}
	err := m.cfg.Store.View(ctx, func(tx Tx) (err error) {
		if s.Services, err = tx.ListServices(ctx); err != nil {
			return err
		}
		stopped, err := tx.ListContracts(ctx, ContractFilter{ServicesOf: m.cfg.Self.ID, EndsAfter: m.cfg.Now(), Stopped: true})
		if err != nil {
			return err
		}
		s.Ended = nil
		for _, c := range stopped {
			for i := range c.Content.Grants {
				s.Ended = append(s.Ended, c.Content.Grants[i].Hash)
			}
		}
		return nil
	})
	return s, err
}
